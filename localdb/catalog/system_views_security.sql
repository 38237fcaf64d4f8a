-- Logins, users, roles and permissions; the form is that of system_views.sql:
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/security-catalog-views-transact-sql

-- view: sys.server_principals (name sysname NOT NULL, principal_id int NOT NULL, sid varbinary(85), type char(1) NOT NULL,
--   type_desc nvarchar(60), is_disabled bit, create_date datetime NOT NULL, modify_date datetime NOT NULL,
--   default_database_name sysname, default_language_name sysname,
--   is_fixed_role bit NOT NULL)
SELECT *, false FROM (SELECT name, principal_id, CASE principal_id WHEN 1 THEN '\x01'::BLOB END, 'S', 'SQL_LOGIN', is_disabled, create_date,
  create_date, default_database, 'us_english' FROM "master"."_ldb".logins) l
UNION ALL
SELECT r.*, NULL, 'R', 'SERVER_ROLE', false, d.create_date, d.create_date, NULL, NULL, r.col1 > 2
FROM (VALUES ('public', 2), ('sysadmin', 3), ('securityadmin', 4), ('serveradmin', 5), ('setupadmin', 6),
  ('processadmin', 7), ('diskadmin', 8), ('dbcreator', 9), ('bulkadmin', 10)) r, "master"."_ldb".databases d
WHERE d.database_id = 1

-- view: sys.sql_logins (name sysname NOT NULL, principal_id int NOT NULL, sid varbinary(85), type char(1) NOT NULL,
--   type_desc nvarchar(60), is_disabled bit, create_date datetime NOT NULL, modify_date datetime NOT NULL,
--   default_database_name sysname, default_language_name sysname,
--   is_policy_checked bit, is_expiration_checked bit)
SELECT *, false, false FROM (SELECT name, principal_id, CASE principal_id WHEN 1 THEN '\x01'::BLOB END, 'S', 'SQL_LOGIN', is_disabled, create_date,
  create_date, default_database, 'us_english' FROM "master"."_ldb".logins) l

-- view: sys.database_principals (name sysname NOT NULL, principal_id int NOT NULL, type char(1) NOT NULL,
--   type_desc nvarchar(60), default_schema_name sysname, create_date datetime NOT NULL, modify_date datetime NOT NULL,
--   owning_principal_id int, sid varbinary(85), is_fixed_role bit NOT NULL, authentication_type int NOT NULL,
--   authentication_type_desc nvarchar(60))
SELECT p.col0, p.col1, p.col2, CASE p.col2 WHEN 'R' THEN 'DATABASE_ROLE' ELSE 'SQL_USER' END, p.col3, d.create_date,
  d.create_date, CASE p.col2 WHEN 'R' THEN 1 END, CASE p.col1 WHEN 1 THEN '\x01'::BLOB WHEN 2 THEN '\x00'::BLOB END,
  p.col1 >= 16384, CASE p.col1 WHEN 1 THEN 1 ELSE 0 END, CASE p.col1 WHEN 1 THEN 'INSTANCE' ELSE 'NONE' END
FROM (VALUES ('public', 0, 'R', NULL), ('dbo', 1, 'S', 'dbo'), ('guest', 2, 'S', 'guest'),
  ('INFORMATION_SCHEMA', 3, 'S', NULL), ('sys', 4, 'S', NULL), ('db_owner', 16384, 'R', NULL),
  ('db_accessadmin', 16385, 'R', NULL), ('db_securityadmin', 16386, 'R', NULL), ('db_ddladmin', 16387, 'R', NULL),
  ('db_backupoperator', 16389, 'R', NULL), ('db_datareader', 16390, 'R', NULL), ('db_datawriter', 16391, 'R', NULL),
  ('db_denydatareader', 16392, 'R', NULL), ('db_denydatawriter', 16393, 'R', NULL)) p,
  "master"."_ldb".databases d
WHERE d.name = {database}

-- view: sys.sysusers (uid smallint NOT NULL, name sysname NOT NULL, hasdbaccess int, islogin int, issqluser int, issqlrole int)
SELECT * FROM (VALUES (0, 'public', 0, 0, 0, 1), (1, 'dbo', 1, 1, 1, 0), (2, 'guest', 0, 1, 1, 0),
  (3, 'INFORMATION_SCHEMA', 0, 1, 1, 0), (4, 'sys', 0, 1, 1, 0), (16384, 'db_owner', 0, 0, 0, 1)) v
