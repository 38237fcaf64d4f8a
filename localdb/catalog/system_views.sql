-- The catalog views, as DuckDB queries over the catalog tables of one database.
--
-- Each section is "-- view: schema.name (column type [NOT NULL], ...)" (on as many comment lines as it takes, up to
-- the closing parenthesis) and a query with those columns in that order. {db} stands for the database's quoted
-- name, {database} for its name as a string; {types} for the section "define: types".
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/catalog-views-transact-sql
-- sys.sysobjects and its like are the system tables of SQL Server 2000, which old scripts and drivers still read:
-- https://learn.microsoft.com/sql/relational-databases/system-compatibility-views/system-compatibility-views-transact-sql
-- A column that is not listed here does not exist (error 207). Rows come in the order that SQL Server's indexes give
-- them, since many a query relies on it without an ORDER BY.

-- define: types
(VALUES
  ('tinyint', 48, 48, 1, 3, 0), ('smallint', 52, 52, 2, 5, 0), ('int', 56, 56, 4, 10, 0),
  ('bigint', 127, 127, 8, 19, 0), ('bit', 104, 104, 1, 1, 0), ('real', 59, 59, 4, 24, 0),
  ('float', 62, 62, 8, 53, 0), ('decimal', 106, 106, 17, 38, 38), ('numeric', 108, 108, 17, 38, 38),
  ('money', 60, 60, 8, 19, 4), ('smallmoney', 122, 122, 4, 10, 4), ('date', 40, 40, 3, 10, 0),
  ('time', 41, 41, 5, 16, 7), ('datetime2', 42, 42, 8, 27, 7), ('datetimeoffset', 43, 43, 10, 34, 7),
  ('smalldatetime', 58, 58, 4, 16, 0), ('datetime', 61, 61, 8, 23, 3), ('varbinary', 165, 165, 8000, 0, 0),
  ('varchar', 167, 167, 8000, 0, 0), ('binary', 173, 173, 8000, 0, 0), ('char', 175, 175, 8000, 0, 0),
  ('nvarchar', 231, 231, 8000, 0, 0), ('nchar', 239, 239, 8000, 0, 0), ('sysname', 231, 256, 256, 0, 0),
  ('uniqueidentifier', 36, 36, 16, 0, 0))
  AS t(name, system_type_id, user_type_id, max_length, "precision", scale)

-- define: measures
y.system_type_id, y.user_type_id,
    CASE WHEN c.length = -1 THEN -1
         WHEN c.type_name IN ('nchar', 'nvarchar') THEN c.length * 2
         WHEN c.length IS NOT NULL THEN c.length
         WHEN c.type_name = 'decimal' THEN CASE WHEN c."precision" <= 9 THEN 5 WHEN c."precision" <= 19 THEN 9
                                               WHEN c."precision" <= 28 THEN 13 ELSE 17 END
         WHEN c.type_name = 'time' THEN 3 + CASE WHEN c.scale <= 2 THEN 0 WHEN c.scale <= 4 THEN 1 ELSE 2 END
         WHEN c.type_name = 'datetime2' THEN 6 + CASE WHEN c.scale <= 2 THEN 0 WHEN c.scale <= 4 THEN 1 ELSE 2 END
         WHEN c.type_name = 'datetimeoffset' THEN 8 + CASE WHEN c.scale <= 2 THEN 0 WHEN c.scale <= 4 THEN 1 ELSE 2 END
         ELSE y.max_length END AS max_length,
    CASE WHEN c.type_name = 'decimal' THEN c."precision" WHEN c.type_name = 'time' THEN 8 + c.scale + (c.scale > 0)::INT
         WHEN c.type_name = 'datetime2' THEN 19 + c.scale + (c.scale > 0)::INT
         WHEN c.type_name = 'datetimeoffset' THEN 26 + c.scale + (c.scale > 0)::INT
         WHEN c.length IS NOT NULL THEN 0 ELSE y."precision" END AS shown_precision,
    CASE WHEN c.type_name IN ('decimal', 'time', 'datetime2', 'datetimeoffset') THEN c.scale
         WHEN c.length IS NOT NULL THEN 0 ELSE y.scale END AS shown_scale,
    CASE WHEN c.type_name IN ('char', 'varchar', 'nchar', 'nvarchar') THEN 'SQL_Latin1_General_CP1_CI_AS' END AS collation_name,
    c.type_name IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'money', 'smallmoney') AS is_exact,
    c.type_name IN ('real', 'float') AS is_approximate,
    CASE WHEN c.length = -1 THEN -1 WHEN c.type_name IN ('nchar', 'nvarchar') THEN c.length * 2 ELSE c.length END AS octets,
    CASE WHEN c.type_name IN ('time', 'datetime2', 'datetimeoffset') THEN c.scale WHEN c.type_name = 'datetime' THEN 3
         WHEN c.type_name IN ('date', 'smalldatetime') THEN 0 END AS fraction,
    CASE WHEN c.type_name IN ('char', 'varchar') THEN 'iso_1' WHEN c.type_name IN ('nchar', 'nvarchar') THEN 'UNICODE' END
      AS character_set

-- define: sized_columns
(SELECT c.*, {measures},
    CASE WHEN c.default_text = '' THEN NULL
         WHEN regexp_full_match(c.default_text, '[(\s]*[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?[)\s]*')
         THEN '((' || trim(c.default_text, '() ') || '))'
         WHEN regexp_full_match(c.default_text, '[(\s]*[nN]?''[^'']*''[)\s]*') THEN '(' || trim(c.default_text, '() ') || ')'
         ELSE '(' || c.default_text || ')' END AS default_definition,
    1073741824 + ((c.object_id - 1000000) * 1024 + c.column_id) % 1073741823 AS default_id
  FROM {db}."_ldb".columns c JOIN (SELECT * FROM {types}) y ON y.name = c.type_name)

-- define: sized_parameters
(SELECT c.*, {measures} FROM {db}."_ldb".parameters c JOIN (SELECT * FROM {types}) y ON y.name = c.type_name)

-- define: objects
(SELECT o.name, o.object_id, NULL::INTEGER AS principal_id, o.schema_id, 0 AS parent_object_id,
    rpad(o.type, 2, ' ') AS type,
    CASE o.type WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'P' THEN 'SQL_STORED_PROCEDURE' END AS type_desc,
    o.create_date, o.modify_date, false AS is_ms_shipped, false AS is_published, false AS is_schema_published
  FROM {db}."_ldb".objects o
  UNION ALL
  SELECT k.name, k.constraint_id, NULL, o.schema_id, k.object_id,
    CASE k.kind WHEN 'PRIMARY KEY' THEN 'PK' WHEN 'UNIQUE KEY' THEN 'UQ' WHEN 'CHECK' THEN 'C ' ELSE 'F ' END,
    CASE k.kind WHEN 'PRIMARY KEY' THEN 'PRIMARY_KEY_CONSTRAINT' WHEN 'UNIQUE KEY' THEN 'UNIQUE_CONSTRAINT'
                WHEN 'CHECK' THEN 'CHECK_CONSTRAINT' ELSE 'FOREIGN_KEY_CONSTRAINT' END,
    k.create_date, k.create_date, false, false, false
  FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id
  WHERE k.kind IN ('PRIMARY KEY', 'UNIQUE KEY', 'CHECK', 'FOREIGN KEY')
  UNION ALL
  SELECT c.default_name, c.default_id, NULL, o.schema_id, c.object_id, 'D ', 'DEFAULT_CONSTRAINT',
    o.create_date, o.modify_date, false, false, false
  FROM {sized_columns} c JOIN {db}."_ldb".objects o ON o.object_id = c.object_id
  WHERE c.default_text IS NOT NULL AND o.type = 'U')

-- define: is_system_named
regexp_full_match(o.name, '(PK|UQ|CK|FK|DF)__.*__[0-9A-F]{8,16}')

-- view: sys.schemas (name sysname NOT NULL, schema_id int NOT NULL, principal_id int)
SELECT name, schema_id, principal_id FROM {db}."_ldb".schemas

-- view: sys.objects (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL)
SELECT * FROM {objects}

-- view: sys.all_objects (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL)
SELECT * FROM {objects}

-- view: sys.tables (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL,
--   max_column_id_used int NOT NULL, lock_on_bulk_load bit NOT NULL, uses_ansi_nulls bit, is_replicated bit,
--   large_value_types_out_of_row bit, is_tracked_by_cdc bit, lock_escalation tinyint, lock_escalation_desc nvarchar(60),
--   is_filetable bit, is_memory_optimized bit, durability tinyint, durability_desc nvarchar(60), temporal_type tinyint,
--   temporal_type_desc nvarchar(60), history_table_id int, is_external bit NOT NULL, is_node bit, is_edge bit)
SELECT o.*, (SELECT max(column_id) FROM {db}."_ldb".columns c WHERE c.object_id = o.object_id), false, true, false,
  false, false, 0, 'TABLE', false, false, 0, 'SCHEMA_AND_DATA', 0, 'NON_TEMPORAL_TABLE', NULL, false, false, false
FROM {objects} o WHERE o.type = 'U '

-- view: sys.views (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL,
--   with_check_option bit NOT NULL, is_date_correlation_view bit NOT NULL)
SELECT *, false, false FROM {objects} WHERE type = 'V '

-- view: sys.all_views (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL,
--   with_check_option bit NOT NULL, is_date_correlation_view bit NOT NULL)
SELECT *, false, false FROM {objects} WHERE type = 'V '

-- view: sys.procedures (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL,
--   is_auto_executed bit NOT NULL, is_execution_replicated bit)
SELECT *, false, false FROM {objects} WHERE type = 'P '

-- view: sys.triggers (name sysname NOT NULL, object_id int NOT NULL, parent_class tinyint NOT NULL, parent_class_desc nvarchar(60),
--   parent_id int NOT NULL, type char(2) NOT NULL, type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_disabled bit NOT NULL,
--   is_not_for_replication bit NOT NULL, is_instead_of_trigger bit NOT NULL)
SELECT '', 0, 0, '', 0, '', '', NULL, NULL, false, false, false, false WHERE false

-- view: sys.computed_columns (object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT NULL,
--   is_computed bit NOT NULL, definition nvarchar(max), is_persisted bit NOT NULL)
SELECT 0, '', 0, 0, true, '', false WHERE false

-- view: sys.columns (object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT NULL,
--   user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, scale tinyint NOT NULL,
--   collation_name sysname, is_nullable bit, is_ansi_padded bit NOT NULL, is_rowguidcol bit NOT NULL,
--   is_identity bit NOT NULL, is_computed bit NOT NULL, is_filestream bit NOT NULL, is_replicated bit,
--   is_xml_document bit NOT NULL, xml_collection_id int NOT NULL, default_object_id int NOT NULL,
--   rule_object_id int NOT NULL, is_sparse bit, is_column_set bit, generated_always_type tinyint,
--   generated_always_type_desc nvarchar(60), is_hidden bit NOT NULL, is_masked bit NOT NULL)
SELECT object_id, name, column_id, system_type_id, user_type_id, max_length, shown_precision, shown_scale, collation_name,
  nullable, collation_name IS NOT NULL OR type_name IN ('binary', 'varbinary'), false, identity_seed IS NOT NULL, false, false,
  false, false, 0, CASE WHEN default_text IS NULL THEN 0 ELSE default_id END, 0, false, false, 0, 'NOT_APPLICABLE',
  false, false
FROM {sized_columns}
ORDER BY object_id, column_id

-- view: sys.all_columns (object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT NULL,
--   user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, scale tinyint NOT NULL,
--   collation_name sysname, is_nullable bit, is_ansi_padded bit NOT NULL, is_rowguidcol bit NOT NULL,
--   is_identity bit NOT NULL, is_computed bit NOT NULL, is_filestream bit NOT NULL, is_replicated bit,
--   is_xml_document bit NOT NULL, xml_collection_id int NOT NULL, default_object_id int NOT NULL,
--   rule_object_id int NOT NULL, is_sparse bit, is_column_set bit, generated_always_type tinyint,
--   generated_always_type_desc nvarchar(60), is_hidden bit NOT NULL, is_masked bit NOT NULL)
SELECT object_id, name, column_id, system_type_id, user_type_id, max_length, shown_precision, shown_scale, collation_name,
  nullable, collation_name IS NOT NULL OR type_name IN ('binary', 'varbinary'), false, identity_seed IS NOT NULL, false, false,
  false, false, 0, CASE WHEN default_text IS NULL THEN 0 ELSE default_id END, 0, false, false, 0, 'NOT_APPLICABLE',
  false, false
FROM {sized_columns}
ORDER BY object_id, column_id

-- view: sys.identity_columns (object_id int NOT NULL, name sysname, column_id int NOT NULL,
--   system_type_id tinyint NOT NULL, user_type_id int NOT NULL, max_length smallint NOT NULL,
--   precision tinyint NOT NULL, scale tinyint NOT NULL, is_nullable bit, is_identity bit NOT NULL,
--   seed_value bigint, increment_value bigint, is_not_for_replication bit)
SELECT object_id, name, column_id, system_type_id, user_type_id, max_length, shown_precision, shown_scale, nullable,
  true, identity_seed, identity_increment, false
FROM {sized_columns} WHERE identity_seed IS NOT NULL
ORDER BY object_id, column_id

-- view: sys.types (name sysname NOT NULL, system_type_id tinyint NOT NULL, user_type_id int NOT NULL,
--   schema_id int NOT NULL, principal_id int, max_length smallint NOT NULL, precision tinyint NOT NULL,
--   scale tinyint NOT NULL, collation_name sysname, is_nullable bit, is_user_defined bit NOT NULL,
--   is_assembly_type bit NOT NULL, default_object_id int NOT NULL, rule_object_id int NOT NULL, is_table_type bit NOT NULL)
SELECT name, system_type_id, user_type_id, 4, NULL, max_length, "precision", scale,
  CASE WHEN name IN ('char', 'varchar', 'nchar', 'nvarchar', 'sysname') THEN 'SQL_Latin1_General_CP1_CI_AS' END,
  name <> 'sysname', false, false, 0, 0, false
FROM {types}

-- view: sys.parameters (object_id int NOT NULL, name sysname, parameter_id int NOT NULL, system_type_id tinyint NOT NULL,
--   user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, scale tinyint NOT NULL,
--   is_output bit NOT NULL, is_cursor_ref bit NOT NULL, has_default_value bit NOT NULL, is_xml_document bit NOT NULL,
--   xml_collection_id int NOT NULL, is_readonly bit NOT NULL, is_nullable bit)
SELECT object_id, name, parameter_id, system_type_id, user_type_id, max_length, shown_precision, shown_scale,
  is_output, false, false, false, 0, false, true
FROM {sized_parameters}
ORDER BY object_id, parameter_id

-- view: sys.all_parameters (object_id int NOT NULL, name sysname, parameter_id int NOT NULL, system_type_id tinyint NOT NULL,
--   user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, scale tinyint NOT NULL,
--   is_output bit NOT NULL, is_cursor_ref bit NOT NULL, has_default_value bit NOT NULL, is_xml_document bit NOT NULL,
--   xml_collection_id int NOT NULL, is_readonly bit NOT NULL, is_nullable bit)
SELECT object_id, name, parameter_id, system_type_id, user_type_id, max_length, shown_precision, shown_scale,
  is_output, false, false, false, 0, false, true
FROM {sized_parameters}
ORDER BY object_id, parameter_id

-- view: sys.sql_modules (object_id int NOT NULL, definition nvarchar(max), uses_ansi_nulls bit,
--   uses_quoted_identifier bit, is_schema_bound bit, uses_database_collation bit, is_recompiled bit,
--   null_on_null_input bit, execute_as_principal_id int, uses_native_compilation bit)
SELECT object_id, definition, true, true, false, false, false, false, execute_as_principal_id, false
FROM {db}."_ldb".objects WHERE type IN ('P', 'V')

-- view: sys.all_sql_modules (object_id int NOT NULL, definition nvarchar(max), uses_ansi_nulls bit,
--   uses_quoted_identifier bit, is_schema_bound bit)
SELECT object_id, definition, true, true, false FROM {db}."_ldb".objects WHERE type IN ('P', 'V')

-- view: sys.key_constraints (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL,
--   unique_index_id int, is_system_named bit NOT NULL, is_enforced bit)
SELECT o.*, i.index_id, {is_system_named}, true
FROM {objects} o JOIN {indexes} i ON i.constraint_id = o.object_id WHERE o.type IN ('PK', 'UQ')

-- view: sys.check_constraints (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL,
--   is_disabled bit NOT NULL, is_not_for_replication bit NOT NULL, is_not_trusted bit NOT NULL,
--   parent_column_id int NOT NULL, definition nvarchar(max), uses_database_collation bit, is_system_named bit NOT NULL)
SELECT o.*, false, false, false, 0, '(' || k.expression || ')', true, {is_system_named}
FROM {objects} o JOIN {db}."_ldb".constraints k ON k.constraint_id = o.object_id WHERE o.type = 'C '

-- view: sys.default_constraints (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL,
--   parent_column_id int NOT NULL, definition nvarchar(max), is_system_named bit NOT NULL)
SELECT o.*, c.column_id, c.default_definition, {is_system_named}
FROM {objects} o JOIN {sized_columns} c ON c.object_id = o.parent_object_id AND c.default_id = o.object_id
WHERE o.type = 'D '

-- view: sys.foreign_keys (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL,
--   referenced_object_id int, key_index_id int, is_disabled bit NOT NULL, is_not_for_replication bit NOT NULL,
--   is_not_trusted bit NOT NULL, delete_referential_action tinyint, delete_referential_action_desc nvarchar(60),
--   update_referential_action tinyint, update_referential_action_desc nvarchar(60), is_system_named bit NOT NULL)
SELECT o.*, r.object_id, i.index_id, false, false, false, 0, 'NO_ACTION', 0, 'NO_ACTION', {is_system_named}
FROM {objects} o JOIN {db}."_ldb".constraints k ON k.constraint_id = o.object_id
LEFT JOIN ({db}."_ldb".objects r JOIN {db}."_ldb".schemas s ON s.schema_id = r.schema_id)
  ON lower(r.name) = lower(k.referenced_name) AND lower(s.name) = lower(k.referenced_schema)
LEFT JOIN {indexes} i ON i.object_id = r.object_id AND i.is_unique
  AND i.index_id = (SELECT min(j.index_id) FROM {indexes} j WHERE j.object_id = r.object_id AND j.is_unique
    AND list_sort(list_transform(j.columns, lambda x: lower(x)))
      = list_sort(list_transform(k.referenced_columns, lambda x: lower(x))))
WHERE o.type = 'F '

-- view: sys.foreign_key_columns (constraint_object_id int NOT NULL, constraint_column_id int NOT NULL,
--   parent_object_id int NOT NULL, parent_column_id int NOT NULL, referenced_object_id int NOT NULL,
--   referenced_column_id int NOT NULL)
SELECT k.constraint_id, k.ordinal, k.object_id, c.column_id, r.object_id, rc.column_id
FROM (SELECT *, unnest(columns) AS column_name, unnest(referenced_columns) AS referenced_column,
        generate_subscripts(columns, 1) AS ordinal
      FROM {db}."_ldb".constraints WHERE kind = 'FOREIGN KEY') k
JOIN {db}."_ldb".columns c ON c.object_id = k.object_id AND lower(c.name) = lower(k.column_name)
JOIN {db}."_ldb".objects r ON lower(r.name) = lower(k.referenced_name)
JOIN {db}."_ldb".schemas s ON s.schema_id = r.schema_id AND lower(s.name) = lower(k.referenced_schema)
JOIN {db}."_ldb".columns rc ON rc.object_id = r.object_id AND lower(rc.name) = lower(k.referenced_column)
ORDER BY k.constraint_id, k.ordinal

-- define: indexes
(SELECT object_id, constraint_id, name, kind, columns, kind <> 'PLAIN INDEX' AS is_unique,
    CASE WHEN kind = 'PRIMARY KEY' THEN 1
         ELSE 1 + row_number() OVER (PARTITION BY object_id, kind = 'PRIMARY KEY' ORDER BY constraint_id) END AS index_id
  FROM {db}."_ldb".constraints WHERE kind IN ('PRIMARY KEY', 'UNIQUE KEY', 'INDEX', 'PLAIN INDEX'))

-- view: sys.indexes (object_id int NOT NULL, name sysname, index_id int NOT NULL, type tinyint NOT NULL,
--   type_desc nvarchar(60), is_unique bit, data_space_id int, ignore_dup_key bit, is_primary_key bit,
--   is_unique_constraint bit, fill_factor tinyint NOT NULL, is_padded bit, is_disabled bit, is_hypothetical bit,
--   allow_row_locks bit, allow_page_locks bit, has_filter bit, filter_definition nvarchar(max))
SELECT object_id, name, index_id, CASE WHEN index_id = 1 THEN 1 ELSE 2 END,
  CASE WHEN index_id = 1 THEN 'CLUSTERED' ELSE 'NONCLUSTERED' END, is_unique, 1, false, kind = 'PRIMARY KEY',
  kind = 'UNIQUE KEY', 0, false, false, false, true, true, false, NULL
FROM {indexes}
UNION ALL
SELECT object_id, NULL, 0, 0, 'HEAP', false, 1, false, false, false, 0, false, false, false, true, true, false, NULL
FROM {db}."_ldb".objects
WHERE type = 'U' AND object_id NOT IN (SELECT object_id FROM {db}."_ldb".constraints WHERE kind = 'PRIMARY KEY')

-- view: sys.index_columns (object_id int NOT NULL, index_id int NOT NULL, index_column_id int NOT NULL,
--   column_id int NOT NULL, key_ordinal tinyint NOT NULL, partition_ordinal tinyint NOT NULL, is_descending_key bit,
--   is_included_column bit)
SELECT i.object_id, i.index_id, i.ordinal, c.column_id, i.ordinal, 0, false, false
FROM (SELECT object_id, index_id, unnest(columns) AS column_name, generate_subscripts(columns, 1) AS ordinal FROM {indexes}) i
JOIN {db}."_ldb".columns c ON c.object_id = i.object_id AND lower(c.name) = lower(i.column_name)
ORDER BY i.object_id, i.index_id, i.ordinal

-- view: sys.databases (name sysname NOT NULL, database_id int NOT NULL, source_database_id int, owner_sid varbinary(85),
--   create_date datetime NOT NULL, compatibility_level tinyint NOT NULL, collation_name sysname, user_access tinyint,
--   user_access_desc nvarchar(60), is_read_only bit, is_auto_close_on bit NOT NULL, is_auto_shrink_on bit, state tinyint,
--   state_desc nvarchar(60), is_in_standby bit, snapshot_isolation_state tinyint, snapshot_isolation_state_desc nvarchar(60),
--   is_read_committed_snapshot_on bit, recovery_model tinyint, recovery_model_desc nvarchar(60), is_trustworthy_on bit,
--   is_encrypted bit, containment tinyint NOT NULL, containment_desc nvarchar(60))
SELECT name, database_id, NULL, owner_sid, create_date, 160, 'SQL_Latin1_General_CP1_CI_AS', 0, 'MULTI_USER', false,
  false, false, 0, 'ONLINE', false, 1, 'ON', true, 1, 'FULL', false, false, 0, 'NONE'
FROM "master"."_ldb".databases

-- view: sys.configurations (configuration_id int NOT NULL, name nvarchar(35) NOT NULL, value int, minimum int, maximum int,
--   value_in_use int, description nvarchar(255) NOT NULL, is_dynamic bit NOT NULL, is_advanced bit NOT NULL)
SELECT configuration_id, name, value, minimum, maximum, value_in_use, description, is_dynamic, is_advanced
FROM "master"."_ldb".configurations

-- view: sys.extended_properties (class tinyint NOT NULL, class_desc nvarchar(60), major_id int NOT NULL,
--   minor_id int NOT NULL, name sysname NOT NULL, value nvarchar(4000))
SELECT 0, '', 0, 0, '', '' WHERE false

-- view: INFORMATION_SCHEMA.SCHEMATA (CATALOG_NAME nvarchar(128), SCHEMA_NAME sysname NOT NULL, SCHEMA_OWNER nvarchar(128),
--   DEFAULT_CHARACTER_SET_CATALOG sysname, DEFAULT_CHARACTER_SET_SCHEMA sysname, DEFAULT_CHARACTER_SET_NAME sysname)
SELECT {database}, name, CASE WHEN name IN ('sys', 'guest', 'INFORMATION_SCHEMA') THEN name ELSE 'dbo' END, NULL, NULL, 'iso_1'
FROM {db}."_ldb".schemas

-- view: INFORMATION_SCHEMA.TABLES (TABLE_CATALOG nvarchar(128), TABLE_SCHEMA sysname, TABLE_NAME sysname NOT NULL,
--   TABLE_TYPE varchar(10))
SELECT {database}, s.name, o.name, CASE o.type WHEN 'U' THEN 'BASE TABLE' ELSE 'VIEW' END
FROM {db}."_ldb".objects o JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V')
ORDER BY o.object_id

-- view: INFORMATION_SCHEMA.VIEWS (TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL,
--   VIEW_DEFINITION nvarchar(4000), CHECK_OPTION varchar(7), IS_UPDATABLE varchar(2))
SELECT {database}, s.name, o.name, CASE WHEN length(o.definition) <= 4000 THEN o.definition END, 'NONE', 'NO'
FROM {db}."_ldb".objects o JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE o.type = 'V'

-- view: INFORMATION_SCHEMA.COLUMNS (TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL,
--   COLUMN_NAME sysname, ORDINAL_POSITION int, COLUMN_DEFAULT nvarchar(4000), IS_NULLABLE varchar(3),
--   DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH int, NUMERIC_PRECISION tinyint,
--   NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE int, DATETIME_PRECISION smallint, CHARACTER_SET_CATALOG sysname,
--   CHARACTER_SET_SCHEMA sysname, CHARACTER_SET_NAME sysname, COLLATION_CATALOG sysname, COLLATION_SCHEMA sysname,
--   COLLATION_NAME sysname, DOMAIN_CATALOG sysname, DOMAIN_SCHEMA sysname, DOMAIN_NAME sysname)
SELECT {database}, s.name, o.name, c.name, c.column_id, c.default_definition, CASE WHEN c.nullable THEN 'YES' ELSE 'NO' END,
  c.type_name, c.length, c.octets, CASE WHEN c.is_exact OR c.is_approximate THEN c.shown_precision END,
  CASE WHEN c.is_exact THEN 10 WHEN c.is_approximate THEN 2 END, CASE WHEN c.is_exact THEN c.shown_scale END, c.fraction,
  NULL, NULL, c.character_set, NULL, NULL, c.collation_name, NULL, NULL, NULL
FROM {sized_columns} c JOIN {db}."_ldb".objects o ON o.object_id = c.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id
ORDER BY o.object_id, c.column_id

-- view: INFORMATION_SCHEMA.ROUTINES (SPECIFIC_CATALOG nvarchar(128), SPECIFIC_SCHEMA nvarchar(128),
--   SPECIFIC_NAME nvarchar(128) NOT NULL, ROUTINE_CATALOG nvarchar(128), ROUTINE_SCHEMA nvarchar(128),
--   ROUTINE_NAME sysname NOT NULL, ROUTINE_TYPE nvarchar(20), ROUTINE_DEFINITION nvarchar(4000),
--   CREATED datetime NOT NULL, LAST_ALTERED datetime NOT NULL)
SELECT {database}, s.name, o.name, {database}, s.name, o.name, 'PROCEDURE', left(o.definition, 4000), o.create_date, o.modify_date
FROM {db}."_ldb".objects o JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE o.type = 'P'
ORDER BY o.object_id

-- view: INFORMATION_SCHEMA.PARAMETERS (SPECIFIC_CATALOG nvarchar(128), SPECIFIC_SCHEMA nvarchar(128),
--   SPECIFIC_NAME nvarchar(128) NOT NULL, ORDINAL_POSITION int NOT NULL, PARAMETER_MODE nvarchar(10), IS_RESULT nvarchar(10),
--   AS_LOCATOR nvarchar(10), PARAMETER_NAME sysname, DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int,
--   CHARACTER_OCTET_LENGTH int, COLLATION_NAME sysname, CHARACTER_SET_NAME sysname, NUMERIC_PRECISION tinyint,
--   NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE int, DATETIME_PRECISION smallint)
SELECT {database}, s.name, o.name, c.parameter_id, CASE WHEN c.is_output THEN 'INOUT' ELSE 'IN' END, 'NO', 'NO', c.name,
  c.type_name, c.length, c.octets, c.collation_name, c.character_set,
  CASE WHEN c.is_exact OR c.is_approximate THEN c.shown_precision END,
  CASE WHEN c.is_exact THEN 10 WHEN c.is_approximate THEN 2 END, CASE WHEN c.is_exact THEN c.shown_scale END, c.fraction
FROM {sized_parameters} c JOIN {db}."_ldb".objects o ON o.object_id = c.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id
ORDER BY o.object_id, c.parameter_id

-- view: INFORMATION_SCHEMA.TABLE_CONSTRAINTS (CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128),
--   CONSTRAINT_NAME sysname NOT NULL, TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname,
--   CONSTRAINT_TYPE varchar(11), IS_DEFERRABLE varchar(2) NOT NULL, INITIALLY_DEFERRED varchar(2) NOT NULL)
SELECT {database}, s.name, k.name, {database}, s.name, o.name,
  CASE k.kind WHEN 'UNIQUE KEY' THEN 'UNIQUE' ELSE k.kind END, 'NO', 'NO'
FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id
WHERE k.kind IN ('PRIMARY KEY', 'UNIQUE KEY', 'CHECK', 'FOREIGN KEY')

-- view: INFORMATION_SCHEMA.KEY_COLUMN_USAGE (CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128),
--   CONSTRAINT_NAME nvarchar(128) NOT NULL, TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128),
--   TABLE_NAME nvarchar(128) NOT NULL, COLUMN_NAME nvarchar(128), ORDINAL_POSITION int NOT NULL)
SELECT {database}, s.name, k.name, {database}, s.name, o.name, k.column_name, k.ordinal
FROM (SELECT name, object_id, unnest(columns) AS column_name, generate_subscripts(columns, 1) AS ordinal
      FROM {db}."_ldb".constraints WHERE kind IN ('PRIMARY KEY', 'UNIQUE KEY', 'FOREIGN KEY')) k
JOIN {db}."_ldb".objects o ON o.object_id = k.object_id JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id
ORDER BY o.object_id, k.name, k.ordinal

-- view: INFORMATION_SCHEMA.CHECK_CONSTRAINTS (CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128),
--   CONSTRAINT_NAME sysname NOT NULL, CHECK_CLAUSE nvarchar(4000))
SELECT {database}, s.name, k.name, '(' || k.expression || ')'
FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE k.kind = 'CHECK'

-- view: INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS (CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128),
--   CONSTRAINT_NAME sysname NOT NULL, UNIQUE_CONSTRAINT_CATALOG nvarchar(128), UNIQUE_CONSTRAINT_SCHEMA nvarchar(128),
--   UNIQUE_CONSTRAINT_NAME sysname, MATCH_OPTION varchar(7), UPDATE_RULE varchar(11), DELETE_RULE varchar(11))
SELECT {database}, s.name, k.name, {database}, rs.name, (SELECT i.name FROM {indexes} i WHERE i.object_id = r.object_id
    AND i.is_unique AND list_sort(list_transform(i.columns, lambda x: lower(x)))
      = list_sort(list_transform(k.referenced_columns, lambda x: lower(x))) ORDER BY i.index_id LIMIT 1),
  'SIMPLE', 'NO ACTION', 'NO ACTION'
FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id
JOIN {db}."_ldb".objects r ON lower(r.name) = lower(k.referenced_name)
JOIN {db}."_ldb".schemas rs ON rs.schema_id = r.schema_id AND lower(rs.name) = lower(k.referenced_schema)
WHERE k.kind = 'FOREIGN KEY'

-- view: INFORMATION_SCHEMA.CONSTRAINT_COLUMN_USAGE (TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128),
--   TABLE_NAME nvarchar(128) NOT NULL, COLUMN_NAME nvarchar(128), CONSTRAINT_CATALOG nvarchar(128),
--   CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME nvarchar(128) NOT NULL)
SELECT {database}, s.name, o.name, k.column_name, {database}, s.name, k.name
FROM (SELECT name, object_id, unnest(columns) AS column_name FROM {db}."_ldb".constraints
      WHERE kind IN ('PRIMARY KEY', 'UNIQUE KEY', 'FOREIGN KEY')) k
JOIN {db}."_ldb".objects o ON o.object_id = k.object_id JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id

-- view: INFORMATION_SCHEMA.CONSTRAINT_TABLE_USAGE (TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128),
--   TABLE_NAME sysname NOT NULL, CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128),
--   CONSTRAINT_NAME sysname NOT NULL)
SELECT {database}, s.name, o.name, {database}, s.name, k.name
FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id
WHERE k.kind IN ('PRIMARY KEY', 'UNIQUE KEY', 'CHECK', 'FOREIGN KEY')

-- view: sys.sysobjects (name sysname NOT NULL, id int NOT NULL, xtype char(2) NOT NULL, uid smallint, parent_obj int NOT NULL,
--   crdate datetime NOT NULL, type char(2), refdate datetime NOT NULL)
SELECT name, object_id, type, schema_id, parent_object_id, create_date, CASE type WHEN 'PK' THEN 'K ' WHEN 'UQ' THEN 'K '
  ELSE type END, create_date
FROM {objects}

-- view: sys.syscolumns (name sysname, id int NOT NULL, xtype tinyint NOT NULL, xusertype smallint, length smallint NOT NULL,
--   xprec tinyint NOT NULL, xscale tinyint NOT NULL, colid smallint, cdefault int NOT NULL, prec smallint, scale int,
--   iscomputed int, isoutparam int NOT NULL, isnullable int, collation sysname)
SELECT name, object_id, system_type_id, user_type_id, max_length, shown_precision, shown_scale, column_id,
  CASE WHEN default_text IS NULL THEN 0 ELSE default_id END, coalesce(length, shown_precision),
  CASE WHEN is_exact OR fraction IS NOT NULL THEN shown_scale END, 0, 0, nullable::INT, collation_name
FROM {sized_columns}
ORDER BY object_id, column_id

-- view: sys.systypes (name sysname NOT NULL, xtype tinyint NOT NULL, xusertype smallint, length smallint NOT NULL,
--   xprec tinyint NOT NULL, xscale tinyint NOT NULL, tdefault int NOT NULL, domain int NOT NULL, uid smallint,
--   usertype smallint, variable bit NOT NULL, allownulls bit, type tinyint NOT NULL, prec smallint, scale tinyint,
--   collation sysname)
SELECT t.name, t.system_type_id, t.user_type_id, t.max_length, t."precision", t.scale, 0, 0, 4, u.usertype,
  t.name IN ('varchar', 'nvarchar', 'varbinary', 'sysname'), t.name <> 'sysname', u.type,
  CASE WHEN t."precision" > 0 THEN t."precision" WHEN t.name IN ('nchar', 'nvarchar', 'sysname') THEN t.max_length // 2
       ELSE t.max_length END,
  CASE WHEN t."precision" > 0 AND t.name NOT IN ('bit', 'real', 'float') THEN t.scale END,
  CASE WHEN t.name IN ('char', 'varchar', 'nchar', 'nvarchar', 'sysname') THEN 'SQL_Latin1_General_CP1_CI_AS' END
FROM {types} JOIN (VALUES ('uniqueidentifier', 0, 37), ('date', 0, 0), ('time', 0, 0), ('datetime2', 0, 0),
  ('datetimeoffset', 0, 0), ('tinyint', 5, 48), ('smallint', 6, 52), ('int', 7, 56), ('smalldatetime', 22, 58),
  ('real', 23, 59), ('money', 11, 60), ('datetime', 12, 61), ('float', 8, 62), ('bit', 16, 50), ('decimal', 24, 55),
  ('numeric', 10, 63), ('smallmoney', 21, 122), ('bigint', 0, 63), ('varbinary', 4, 37), ('varchar', 2, 39),
  ('binary', 3, 45), ('char', 1, 47), ('nvarchar', 0, 39), ('nchar', 0, 47), ('sysname', 18, 39)) u(name, usertype, type)
  ON u.name = t.name
ORDER BY t.user_type_id

-- view: sys.sysdatabases (name sysname NOT NULL, dbid smallint, sid varbinary(85), crdate datetime NOT NULL, cmptlevel tinyint NOT NULL)
SELECT name, database_id, '\x01'::BLOB, create_date, 160 FROM "master"."_ldb".databases
