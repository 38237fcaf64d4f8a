-- External languages, libraries and resource pools; the form is that of system_views.sql:
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/external-libraries-catalog-views-transact-sql
-- sys.external_library_setup_errors is not documented; its columns are those that a live server shows.

-- define: platform_of_file
CASE f.platform WHEN 'WINDOWS' THEN 1 ELSE 2 END AS platform_id, f.platform AS platform_desc

-- view: sys.external_languages (external_language_id int NOT NULL, language sysname NOT NULL,
--   create_date datetime2(7) NOT NULL, principal_id int NOT NULL)
SELECT s.col0, s.col1, d.create_date, 1
FROM (VALUES (1, 'R'), (2, 'Python')) s, "master"."_ldb".databases d WHERE d.name = {database}
UNION ALL
(SELECT external_language_id, language, create_date, principal_id FROM {db}."_ldb".external_languages
ORDER BY external_language_id)

-- view: sys.external_language_files (external_language_id int NOT NULL, content varbinary(max),
--   file_name nvarchar(266), platform tinyint, platform_desc nvarchar(60), parameters nvarchar(4000),
--   environment_variables nvarchar(4000))
SELECT external_language_id, encode(path), file_name, platform_id, platform_desc, nullif(parameters, ''),
  nullif(environment_variables, '')
FROM (SELECT *, {platform_of_file} FROM {db}."_ldb".external_language_files f)
ORDER BY external_language_id, platform_id

-- view: sys.external_libraries (external_library_id int NOT NULL, name sysname NOT NULL, principal_id int,
--   language sysname NOT NULL, scope int NOT NULL, scope_desc varchar(7) NOT NULL)
SELECT external_library_id, name, principal_id, language, CASE principal_id WHEN 1 THEN 0 ELSE 1 END,
  CASE principal_id WHEN 1 THEN 'PUBLIC' ELSE 'PRIVATE' END
FROM {db}."_ldb".external_libraries ORDER BY external_library_id

-- view: sys.external_library_files (external_library_id int NOT NULL, content varbinary(max), platform tinyint,
--   platform_desc nvarchar(60))
SELECT external_library_id, content, platform_id, platform_desc
FROM (SELECT *, {platform_of_file} FROM {db}."_ldb".external_library_files f)
ORDER BY external_library_id, platform_id

-- view: sys.external_library_setup_errors (db_id int NOT NULL, principal_id int NOT NULL,
--   external_library_id int NOT NULL, error_code int NOT NULL, error_timestamp datetime2(7) NOT NULL,
--   error_message nvarchar(4000))
SELECT e.db_id, e.principal_id, e.external_library_id, e.error_code, e.error_timestamp, e.error_message
FROM memory.main.external_library_setup_errors e JOIN "master"."_ldb".databases d ON d.database_id = e.db_id
WHERE d.name = {database} AND e.external_library_id IN (SELECT external_library_id FROM {db}."_ldb".external_libraries)
ORDER BY e.external_library_id

