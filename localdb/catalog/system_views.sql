-- The catalog views, as DuckDB queries over the catalog tables of one database.
--
-- Each section is "-- view: schema.name (column type [NOT NULL], ...)" (on as many comment lines as it takes, up to
-- the closing parenthesis) and a query with those columns in that order. {db} stands for the database's quoted
-- name, {database} for its name as a string; {types} for the section "define: types".
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/catalog-views-transact-sql

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

-- define: sized_columns
(SELECT c.*, y.system_type_id, y.user_type_id,
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
         WHEN c.length IS NOT NULL THEN 0 ELSE y.scale END AS shown_scale
  FROM {db}."_ldb".columns c JOIN (SELECT * FROM {types}) y ON y.name = c.type_name)

-- define: objects
(SELECT o.name, o.object_id, NULL::INTEGER AS principal_id, o.schema_id, 0 AS parent_object_id,
    rpad(o.type, 2, ' ') AS type,
    CASE o.type WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'P' THEN 'SQL_STORED_PROCEDURE' END AS type_desc,
    o.create_date, o.modify_date
  FROM {db}."_ldb".objects o
  UNION ALL
  SELECT k.name, k.constraint_id, NULL, o.schema_id, k.object_id,
    CASE k.kind WHEN 'PRIMARY KEY' THEN 'PK' WHEN 'UNIQUE KEY' THEN 'UQ' WHEN 'CHECK' THEN 'C ' ELSE 'F ' END,
    CASE k.kind WHEN 'PRIMARY KEY' THEN 'PRIMARY_KEY_CONSTRAINT' WHEN 'UNIQUE KEY' THEN 'UNIQUE_CONSTRAINT'
                WHEN 'CHECK' THEN 'CHECK_CONSTRAINT' ELSE 'FOREIGN_KEY_CONSTRAINT' END,
    k.create_date, k.create_date
  FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id WHERE k.kind <> 'INDEX')

-- view: sys.schemas (name sysname NOT NULL, schema_id int NOT NULL, principal_id int)
SELECT name, schema_id, 1 FROM {db}."_ldb".schemas
UNION ALL SELECT * FROM (VALUES ('sys', 4, 4), ('INFORMATION_SCHEMA', 3, 3), ('guest', 2, 2)) v
WHERE col0 NOT IN (SELECT name FROM {db}."_ldb".schemas)

-- view: sys.objects (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL)
SELECT *, false, false, false FROM {objects}

-- view: sys.all_objects (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, is_published bit NOT NULL, is_schema_published bit NOT NULL)
SELECT *, false, false, false FROM {objects}

-- view: sys.tables (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL, temporal_type tinyint, is_external bit NOT NULL)
SELECT *, false, 0, false FROM {objects} WHERE type = 'U '

-- view: sys.views (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL)
SELECT *, false FROM {objects} WHERE type = 'V '

-- view: sys.procedures (name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), create_date datetime NOT NULL,
--   modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL)
SELECT *, false FROM {objects} WHERE type = 'P '

-- view: sys.columns (object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT NULL,
--   user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, scale tinyint NOT NULL,
--   collation_name sysname, is_nullable bit, is_identity bit NOT NULL, is_computed bit NOT NULL,
--   default_object_id int NOT NULL)
SELECT object_id, name, column_id, system_type_id, user_type_id, max_length, shown_precision, shown_scale,
  CASE WHEN type_name IN ('char', 'varchar', 'nchar', 'nvarchar') THEN 'SQL_Latin1_General_CP1_CI_AS' END,
  nullable, identity_seed IS NOT NULL, false, CASE WHEN default_name IS NULL THEN 0 ELSE object_id + 1000000000 + column_id END
FROM {sized_columns}

-- view: sys.all_columns (object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT NULL,
--   user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, scale tinyint NOT NULL,
--   collation_name sysname, is_nullable bit, is_identity bit NOT NULL, is_computed bit NOT NULL)
SELECT object_id, name, column_id, system_type_id, user_type_id, max_length, shown_precision, shown_scale,
  CASE WHEN type_name IN ('char', 'varchar', 'nchar', 'nvarchar') THEN 'SQL_Latin1_General_CP1_CI_AS' END,
  nullable, identity_seed IS NOT NULL, false
FROM {sized_columns}

-- view: sys.identity_columns (object_id int NOT NULL, name sysname, column_id int NOT NULL,
--   system_type_id tinyint NOT NULL, seed_value bigint, increment_value bigint, is_identity bit NOT NULL)
SELECT object_id, name, column_id, system_type_id, identity_seed, identity_increment, true
FROM {sized_columns} WHERE identity_seed IS NOT NULL

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
--   is_output bit NOT NULL, has_default_value bit NOT NULL, is_nullable bit)
SELECT p.object_id, p.name, p.parameter_id, y.system_type_id, y.user_type_id,
  CASE WHEN p.length = -1 THEN -1 WHEN p.type_name IN ('nchar', 'nvarchar') THEN p.length * 2 ELSE coalesce(p.length, y.max_length) END,
  coalesce(p."precision", y."precision"), coalesce(p.scale, y.scale), p.is_output, false, true
FROM {db}."_ldb".parameters p JOIN (SELECT * FROM {types}) y ON y.name = p.type_name

-- view: sys.sql_modules (object_id int NOT NULL, definition nvarchar(max), uses_ansi_nulls bit,
--   uses_quoted_identifier bit, is_schema_bound bit, execute_as_principal_id int)
SELECT object_id, definition, true, true, false, NULL FROM {db}."_ldb".objects WHERE definition IS NOT NULL

-- view: sys.key_constraints (name sysname NOT NULL, object_id int NOT NULL, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), unique_index_id int)
SELECT o.name, o.object_id, o.schema_id, o.parent_object_id, o.type, o.type_desc, i.index_id
FROM {objects} o JOIN {indexes} i ON i.constraint_id = o.object_id WHERE o.type IN ('PK', 'UQ')

-- view: sys.check_constraints (name sysname NOT NULL, object_id int NOT NULL, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, type char(2), type_desc nvarchar(60), definition nvarchar(max), is_disabled bit NOT NULL)
SELECT o.name, o.object_id, o.schema_id, o.parent_object_id, o.type, o.type_desc, '(' || k.expression || ')', false
FROM {objects} o JOIN {db}."_ldb".constraints k ON k.constraint_id = o.object_id WHERE o.type = 'C '

-- view: sys.default_constraints (name sysname NOT NULL, object_id int NOT NULL, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, parent_column_id int NOT NULL, type char(2), type_desc nvarchar(60), definition nvarchar(max))
SELECT c.default_name, c.object_id + 1000000000 + c.column_id, o.schema_id, c.object_id, c.column_id, 'D ',
  'DEFAULT_CONSTRAINT', '(' || c.default_text || ')'
FROM {db}."_ldb".columns c JOIN {db}."_ldb".objects o ON o.object_id = c.object_id WHERE c.default_text IS NOT NULL

-- view: sys.foreign_keys (name sysname NOT NULL, object_id int NOT NULL, schema_id int NOT NULL,
--   parent_object_id int NOT NULL, referenced_object_id int, delete_referential_action tinyint,
--   update_referential_action tinyint, is_disabled bit NOT NULL)
SELECT k.name, k.constraint_id, o.schema_id, k.object_id, r.object_id, 0, 0, false
FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id
LEFT JOIN ({db}."_ldb".objects r JOIN {db}."_ldb".schemas s ON s.schema_id = r.schema_id)
  ON lower(r.name) = lower(k.referenced_name) AND lower(s.name) = lower(k.referenced_schema)
WHERE k.kind = 'FOREIGN KEY'

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

-- define: indexes
(SELECT object_id, constraint_id, name, kind, columns,
    CASE WHEN kind = 'PRIMARY KEY' THEN 1
         ELSE 1 + row_number() OVER (PARTITION BY object_id, kind = 'PRIMARY KEY' ORDER BY constraint_id) END AS index_id
  FROM {db}."_ldb".constraints WHERE kind IN ('PRIMARY KEY', 'UNIQUE KEY', 'INDEX'))

-- view: sys.indexes (object_id int NOT NULL, name sysname, index_id int NOT NULL, type tinyint NOT NULL,
--   type_desc nvarchar(60), is_unique bit, is_primary_key bit, is_unique_constraint bit, is_disabled bit)
SELECT object_id, name, index_id, CASE WHEN index_id = 1 THEN 1 ELSE 2 END,
  CASE WHEN index_id = 1 THEN 'CLUSTERED' ELSE 'NONCLUSTERED' END, true, kind = 'PRIMARY KEY', kind = 'UNIQUE KEY', false
FROM {indexes}
UNION ALL
SELECT object_id, NULL, 0, 0, 'HEAP', false, false, false, false FROM {db}."_ldb".objects
WHERE type = 'U' AND object_id NOT IN (SELECT object_id FROM {db}."_ldb".constraints WHERE kind = 'PRIMARY KEY')

-- view: sys.index_columns (object_id int NOT NULL, index_id int NOT NULL, index_column_id int NOT NULL,
--   column_id int NOT NULL, key_ordinal tinyint NOT NULL, is_descending_key bit, is_included_column bit)
SELECT i.object_id, i.index_id, i.ordinal, c.column_id, i.ordinal, false, false
FROM (SELECT object_id, index_id, unnest(columns) AS column_name, generate_subscripts(columns, 1) AS ordinal FROM {indexes}) i
JOIN {db}."_ldb".columns c ON c.object_id = i.object_id AND lower(c.name) = lower(i.column_name)

-- view: sys.databases (name sysname NOT NULL, database_id int NOT NULL, source_database_id int, owner_sid varbinary(85),
--   create_date datetime NOT NULL, compatibility_level tinyint NOT NULL, collation_name sysname, user_access tinyint,
--   user_access_desc nvarchar(60), is_read_only bit, state tinyint, state_desc nvarchar(60),
--   snapshot_isolation_state tinyint, is_read_committed_snapshot_on bit, recovery_model tinyint,
--   recovery_model_desc nvarchar(60), is_trustworthy_on bit)
SELECT name, database_id, NULL, '\x01'::BLOB, create_date, 160, 'SQL_Latin1_General_CP1_CI_AS', 0, 'MULTI_USER', false,
  0, 'ONLINE', 1, true, 1, 'FULL', false
FROM "master"."_ldb".databases

-- view: sys.configurations (configuration_id int NOT NULL, name nvarchar(35) NOT NULL, value int, minimum int, maximum int,
--   value_in_use int, description nvarchar(255) NOT NULL, is_dynamic bit NOT NULL, is_advanced bit NOT NULL)
SELECT configuration_id, name, value, minimum, maximum, value_in_use, description, is_dynamic, is_advanced
FROM "master"."_ldb".configurations

-- view: sys.server_principals (name sysname NOT NULL, principal_id int NOT NULL, type char(1) NOT NULL,
--   type_desc nvarchar(60), is_disabled bit, create_date datetime NOT NULL, default_database_name sysname)
SELECT name, principal_id, 'S', 'SQL_LOGIN', is_disabled, create_date, default_database FROM "master"."_ldb".logins

-- view: sys.sql_logins (name sysname NOT NULL, principal_id int NOT NULL, type char(1) NOT NULL,
--   type_desc nvarchar(60), is_disabled bit, create_date datetime NOT NULL, default_database_name sysname)
SELECT name, principal_id, 'S', 'SQL_LOGIN', is_disabled, create_date, default_database FROM "master"."_ldb".logins

-- view: sys.database_principals (name sysname NOT NULL, principal_id int NOT NULL, type char(1) NOT NULL,
--   type_desc nvarchar(60), default_schema_name sysname)
SELECT * FROM (VALUES ('public', 0, 'R', 'DATABASE_ROLE', NULL), ('dbo', 1, 'S', 'SQL_USER', 'dbo'),
  ('guest', 2, 'S', 'SQL_USER', 'guest'), ('INFORMATION_SCHEMA', 3, 'S', 'SQL_USER', NULL), ('sys', 4, 'S', 'SQL_USER', NULL)) v

-- view: sys.extended_properties (class tinyint NOT NULL, class_desc nvarchar(60), major_id int NOT NULL,
--   minor_id int NOT NULL, name sysname NOT NULL, value nvarchar(4000))
SELECT 0, '', 0, 0, '', '' WHERE false

-- view: INFORMATION_SCHEMA.SCHEMATA (CATALOG_NAME nvarchar(128), SCHEMA_NAME sysname NOT NULL, SCHEMA_OWNER nvarchar(128),
--   DEFAULT_CHARACTER_SET_NAME nvarchar(128))
SELECT {database}, name, 'dbo', 'iso_1' FROM {db}."_ldb".schemas

-- view: INFORMATION_SCHEMA.TABLES (TABLE_CATALOG nvarchar(128), TABLE_SCHEMA sysname, TABLE_NAME sysname NOT NULL,
--   TABLE_TYPE varchar(10))
SELECT {database}, s.name, o.name, CASE o.type WHEN 'U' THEN 'BASE TABLE' ELSE 'VIEW' END
FROM {db}."_ldb".objects o JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE o.type IN ('U', 'V')

-- view: INFORMATION_SCHEMA.VIEWS (TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL,
--   VIEW_DEFINITION nvarchar(4000), CHECK_OPTION varchar(7), IS_UPDATABLE varchar(2))
SELECT {database}, s.name, o.name, CASE WHEN length(o.definition) <= 4000 THEN o.definition END, 'NONE', 'NO'
FROM {db}."_ldb".objects o JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE o.type = 'V'

-- view: INFORMATION_SCHEMA.COLUMNS (TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL,
--   COLUMN_NAME sysname, ORDINAL_POSITION int, COLUMN_DEFAULT nvarchar(4000), IS_NULLABLE varchar(3),
--   DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH int, NUMERIC_PRECISION tinyint,
--   NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE int, DATETIME_PRECISION smallint, CHARACTER_SET_NAME sysname,
--   COLLATION_NAME sysname)
SELECT {database}, s.name, o.name, c.name, c.column_id, '(' || c.default_text || ')',
  CASE WHEN c.nullable THEN 'YES' ELSE 'NO' END, c.type_name, c.length,
  CASE WHEN c.length = -1 THEN -1 WHEN c.type_name IN ('nchar', 'nvarchar') THEN c.length * 2 ELSE c.length END,
  CASE WHEN c.type_name IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'money', 'smallmoney', 'real', 'float')
       THEN c.shown_precision END,
  CASE WHEN c.type_name IN ('real', 'float') THEN 2
       WHEN c.type_name IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'money', 'smallmoney') THEN 10 END,
  CASE WHEN c.type_name IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'money', 'smallmoney') THEN c.shown_scale END,
  CASE WHEN c.type_name IN ('time', 'datetime2', 'datetimeoffset') THEN c.scale WHEN c.type_name = 'datetime' THEN 3
       WHEN c.type_name IN ('date', 'smalldatetime') THEN 0 END,
  CASE WHEN c.type_name IN ('char', 'varchar') THEN 'iso_1' WHEN c.type_name IN ('nchar', 'nvarchar') THEN 'UNICODE' END,
  CASE WHEN c.type_name IN ('char', 'varchar', 'nchar', 'nvarchar') THEN 'SQL_Latin1_General_CP1_CI_AS' END
FROM {sized_columns} c JOIN {db}."_ldb".objects o ON o.object_id = c.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id

-- view: INFORMATION_SCHEMA.ROUTINES (SPECIFIC_CATALOG nvarchar(128), SPECIFIC_SCHEMA nvarchar(128),
--   SPECIFIC_NAME nvarchar(128) NOT NULL, ROUTINE_CATALOG nvarchar(128), ROUTINE_SCHEMA nvarchar(128),
--   ROUTINE_NAME sysname NOT NULL, ROUTINE_TYPE nvarchar(20), ROUTINE_DEFINITION nvarchar(4000),
--   CREATED datetime NOT NULL, LAST_ALTERED datetime NOT NULL)
SELECT {database}, s.name, o.name, {database}, s.name, o.name, 'PROCEDURE', left(o.definition, 4000), o.create_date, o.modify_date
FROM {db}."_ldb".objects o JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE o.type = 'P'

-- view: INFORMATION_SCHEMA.PARAMETERS (SPECIFIC_CATALOG nvarchar(128), SPECIFIC_SCHEMA nvarchar(128),
--   SPECIFIC_NAME nvarchar(128) NOT NULL, ORDINAL_POSITION int NOT NULL, PARAMETER_MODE nvarchar(10),
--   PARAMETER_NAME sysname, DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int)
SELECT {database}, s.name, o.name, p.parameter_id, CASE WHEN p.is_output THEN 'INOUT' ELSE 'IN' END, p.name, p.type_name, p.length
FROM {db}."_ldb".parameters p JOIN {db}."_ldb".objects o ON o.object_id = p.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id

-- view: INFORMATION_SCHEMA.TABLE_CONSTRAINTS (CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128),
--   CONSTRAINT_NAME sysname NOT NULL, TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname,
--   CONSTRAINT_TYPE varchar(11), IS_DEFERRABLE varchar(2) NOT NULL, INITIALLY_DEFERRED varchar(2) NOT NULL)
SELECT {database}, s.name, k.name, {database}, s.name, o.name,
  CASE k.kind WHEN 'UNIQUE KEY' THEN 'UNIQUE' ELSE k.kind END, 'NO', 'NO'
FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE k.kind <> 'INDEX'

-- view: INFORMATION_SCHEMA.KEY_COLUMN_USAGE (CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128),
--   CONSTRAINT_NAME nvarchar(128) NOT NULL, TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128),
--   TABLE_NAME nvarchar(128) NOT NULL, COLUMN_NAME nvarchar(128), ORDINAL_POSITION int NOT NULL)
SELECT {database}, s.name, k.name, {database}, s.name, o.name, k.column_name, k.ordinal
FROM (SELECT name, object_id, unnest(columns) AS column_name, generate_subscripts(columns, 1) AS ordinal
      FROM {db}."_ldb".constraints WHERE kind IN ('PRIMARY KEY', 'UNIQUE KEY', 'FOREIGN KEY')) k
JOIN {db}."_ldb".objects o ON o.object_id = k.object_id JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id

-- view: INFORMATION_SCHEMA.CHECK_CONSTRAINTS (CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128),
--   CONSTRAINT_NAME sysname NOT NULL, CHECK_CLAUSE nvarchar(4000))
SELECT {database}, s.name, k.name, '(' || k.expression || ')'
FROM {db}."_ldb".constraints k JOIN {db}."_ldb".objects o ON o.object_id = k.object_id
JOIN {db}."_ldb".schemas s ON s.schema_id = o.schema_id WHERE k.kind = 'CHECK'
