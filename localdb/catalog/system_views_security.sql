-- Logins, users, roles and permissions; the form is that of system_views.sql:
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/security-catalog-views-transact-sql

-- define: permission_codes
(VALUES
  ('ADMINISTER BULK OPERATIONS', 'ADBO'), ('ADMINISTER DATABASE BULK OPERATIONS', 'DABO'), ('ALTER', 'AL'),
  ('ALTER ANY APPLICATION ROLE', 'ALAR'), ('ALTER ANY ASSEMBLY', 'ALAS'), ('ALTER ANY ASYMMETRIC KEY', 'ALAK'),
  ('ALTER ANY AVAILABILITY GROUP', 'ALAG'), ('ALTER ANY CERTIFICATE', 'ALCF'),
  ('ALTER ANY COLUMN ENCRYPTION KEY', 'ALCK'), ('ALTER ANY COLUMN MASTER KEY', 'ALCM'),
  ('ALTER ANY CONNECTION', 'ALCO'), ('ALTER ANY CONTRACT', 'ALSC'), ('ALTER ANY CREDENTIAL', 'ALCD'),
  ('ALTER ANY DATABASE', 'ALDB'), ('ALTER ANY DATABASE AUDIT', 'ALDA'), ('ALTER ANY DATABASE DDL TRIGGER', 'ALTG'),
  ('ALTER ANY DATABASE EVENT NOTIFICATION', 'ALED'), ('ALTER ANY DATABASE SCOPED CONFIGURATION', 'ALDC'),
  ('ALTER ANY DATASPACE', 'ALDS'), ('ALTER ANY ENDPOINT', 'ALHE'), ('ALTER ANY EVENT NOTIFICATION', 'ALES'),
  ('ALTER ANY EVENT SESSION', 'AAES'), ('ALTER ANY EXTERNAL DATA SOURCE', 'AEDS'),
  ('ALTER ANY EXTERNAL FILE FORMAT', 'AEFF'), ('ALTER ANY EXTERNAL LANGUAGE', 'ALLA'),
  ('ALTER ANY EXTERNAL LIBRARY', 'AELB'), ('ALTER ANY FULLTEXT CATALOG', 'ALFT'),
  ('ALTER ANY LINKED SERVER', 'ALLS'), ('ALTER ANY LOGIN', 'ALLG'), ('ALTER ANY MASK', 'AAMK'),
  ('ALTER ANY MESSAGE TYPE', 'ALMT'), ('ALTER ANY REMOTE SERVICE BINDING', 'ALSB'), ('ALTER ANY ROLE', 'ALRL'),
  ('ALTER ANY ROUTE', 'ALRT'), ('ALTER ANY SCHEMA', 'ALSM'), ('ALTER ANY SECURITY POLICY', 'ALSP'),
  ('ALTER ANY SENSITIVITY CLASSIFICATION', 'AASC'), ('ALTER ANY SERVER AUDIT', 'ALAA'),
  ('ALTER ANY SERVER ROLE', 'ALSR'), ('ALTER ANY SERVICE', 'ALSV'), ('ALTER ANY SYMMETRIC KEY', 'ALSK'),
  ('ALTER ANY USER', 'ALUS'), ('ALTER RESOURCES', 'ALRS'), ('ALTER SERVER STATE', 'ALSS'),
  ('ALTER SETTINGS', 'ALST'), ('ALTER TRACE', 'ALTR'), ('AUTHENTICATE', 'AUTH'), ('AUTHENTICATE SERVER', 'AUTH'),
  ('BACKUP DATABASE', 'BADB'), ('BACKUP LOG', 'BALO'), ('CHECKPOINT', 'CP'), ('CONNECT', 'CO'),
  ('CONNECT ANY DATABASE', 'CADB'), ('CONNECT REPLICATION', 'CORP'), ('CONNECT SQL', 'COSQ'), ('CONTROL', 'CL'),
  ('CONTROL SERVER', 'CL'), ('CREATE AGGREGATE', 'CRAG'), ('CREATE ANY DATABASE', 'CRDB'),
  ('CREATE ASSEMBLY', 'CRAS'), ('CREATE ASYMMETRIC KEY', 'CRAK'), ('CREATE AVAILABILITY GROUP', 'CRAC'),
  ('CREATE CERTIFICATE', 'CRCF'), ('CREATE CONTRACT', 'CRSC'), ('CREATE DATABASE', 'CRDB'),
  ('CREATE DATABASE DDL EVENT NOTIFICATION', 'CRED'), ('CREATE DDL EVENT NOTIFICATION', 'CRDE'),
  ('CREATE DEFAULT', 'CRDF'), ('CREATE ENDPOINT', 'CRHE'), ('CREATE EXTERNAL LANGUAGE', 'CRLA'),
  ('CREATE EXTERNAL LIBRARY', 'CRLB'), ('CREATE FULLTEXT CATALOG', 'CRFT'), ('CREATE FUNCTION', 'CRFN'),
  ('CREATE LOGIN', 'CRLG'), ('CREATE MESSAGE TYPE', 'CRMT'), ('CREATE PROCEDURE', 'CRPR'), ('CREATE QUEUE', 'CRQU'),
  ('CREATE REMOTE SERVICE BINDING', 'CRSB'), ('CREATE ROLE', 'CRRL'), ('CREATE ROUTE', 'CRRT'),
  ('CREATE RULE', 'CRRU'), ('CREATE SCHEMA', 'CRSM'), ('CREATE SEQUENCE', 'CRSO'), ('CREATE SERVER ROLE', 'CRSR'),
  ('CREATE SERVICE', 'CRSV'), ('CREATE SYMMETRIC KEY', 'CRSK'), ('CREATE SYNONYM', 'CRSN'), ('CREATE TABLE', 'CRTB'),
  ('CREATE TRACE EVENT NOTIFICATION', 'CRTE'), ('CREATE TYPE', 'CRTY'), ('CREATE USER', 'CUSR'),
  ('CREATE VIEW', 'CRVW'), ('CREATE XML SCHEMA COLLECTION', 'CRXS'), ('DELETE', 'DL'), ('EXECUTE', 'EX'),
  ('EXECUTE ANY EXTERNAL SCRIPT', 'EAES'), ('EXECUTE EXTERNAL SCRIPT', 'EESC'), ('EXTERNAL ACCESS ASSEMBLY', 'XA'),
  ('IMPERSONATE', 'IM'), ('IMPERSONATE ANY LOGIN', 'IAL'), ('INSERT', 'IN'), ('REFERENCES', 'RF'), ('SELECT', 'SL'),
  ('SELECT ALL USER SECURABLES', 'SUS'), ('SHOWPLAN', 'SPLN'), ('SHUTDOWN', 'SHDN'),
  ('SUBSCRIBE QUERY NOTIFICATIONS', 'SUQN'), ('TAKE OWNERSHIP', 'TO'), ('UNMASK', 'UMSK'), ('UNSAFE ASSEMBLY', 'XU'),
  ('UPDATE', 'UP'), ('VIEW ANY COLUMN ENCRYPTION KEY DEFINITION', 'VWCK'),
  ('VIEW ANY COLUMN MASTER KEY DEFINITION', 'VWCM'), ('VIEW ANY DATABASE', 'VWDB'), ('VIEW ANY DEFINITION', 'VWAD'),
  ('VIEW ANY PERFORMANCE DEFINITION', 'VWAP'), ('VIEW ANY SECURITY DEFINITION', 'VWAS'),
  ('VIEW CHANGE TRACKING', 'VWCT'), ('VIEW DATABASE PERFORMANCE STATE', 'VDP'),
  ('VIEW DATABASE SECURITY STATE', 'VDS'), ('VIEW DATABASE STATE', 'VWDS'), ('VIEW DEFINITION', 'VW'),
  ('VIEW PERFORMANCE DEFINITION', 'VWP'), ('VIEW SECURITY DEFINITION', 'VWS'),
  ('VIEW SERVER PERFORMANCE STATE', 'VSP'), ('VIEW SERVER SECURITY STATE', 'VSS'), ('VIEW SERVER STATE', 'VWSS'))
  AS k(name, code)

-- define: granted
k.code, p.name, p.state,
    CASE p.state WHEN 'G' THEN 'GRANT' WHEN 'W' THEN 'GRANT_WITH_GRANT_OPTION' ELSE 'DENY' END

-- define: logins
(SELECT name, principal_id, sid, type, CASE type WHEN 'R' THEN 'SERVER_ROLE' ELSE 'SQL_LOGIN' END AS type_desc, is_disabled,
    create_date, modify_date, default_database, CASE type WHEN 'S' THEN 'us_english' END AS language, owner_id, is_fixed_role,
    is_policy_checked, is_expiration_checked
  FROM "master"."_ldb".server_principals ORDER BY principal_id)

-- define: users
(SELECT u.name, u.principal_id, u.type, u.default_schema, u.create_date, u.modify_date, u.owner_id, u.is_fixed_role,
    CASE u.principal_id WHEN 1 THEN d.owner_sid ELSE u.sid END AS sid,
    CASE WHEN u.type = 'S' AND (u.principal_id = 1 OR octet_length(u.sid) = 16) THEN 1 ELSE 0 END AS has_login
  FROM {db}."_ldb".database_principals u, "master"."_ldb".databases d
  WHERE lower(d.name) = lower({database}) ORDER BY u.principal_id)

-- view: sys.server_principals (name sysname NOT NULL, principal_id int NOT NULL, sid varbinary(85), type char(1) NOT NULL,
--   type_desc nvarchar(60), is_disabled bit, create_date datetime NOT NULL, modify_date datetime NOT NULL,
--   default_database_name sysname, default_language_name sysname, credential_id int, owning_principal_id int,
--   is_fixed_role bit NOT NULL)
SELECT name, principal_id, sid, type, type_desc, is_disabled, create_date, modify_date, default_database, language, NULL,
  owner_id, is_fixed_role
FROM {logins}

-- view: sys.sql_logins (name sysname NOT NULL, principal_id int NOT NULL, sid varbinary(85), type char(1) NOT NULL,
--   type_desc nvarchar(60), is_disabled bit, create_date datetime NOT NULL, modify_date datetime NOT NULL,
--   default_database_name sysname, default_language_name sysname, credential_id int, is_policy_checked bit,
--   is_expiration_checked bit)
SELECT name, principal_id, sid, type, type_desc, is_disabled, create_date, modify_date, default_database, language, NULL,
  is_policy_checked, is_expiration_checked
FROM {logins} WHERE type = 'S'

-- view: sys.server_role_members (role_principal_id int NOT NULL, member_principal_id int NOT NULL)
SELECT role_id, member_id FROM "master"."_ldb".server_members ORDER BY role_id, member_id

-- view: sys.server_permissions (class tinyint NOT NULL, class_desc nvarchar(60), major_id int NOT NULL, minor_id int NOT NULL,
--   grantee_principal_id int NOT NULL, grantor_principal_id int NOT NULL, type char(4) NOT NULL, permission_name nvarchar(128),
--   state char(1) NOT NULL, state_desc nvarchar(60))
SELECT p.class_id, CASE p.class_id WHEN 100 THEN 'SERVER' ELSE 'SERVER_PRINCIPAL' END, p.major_id, 0, p.grantee_id,
  p.grantor_id, {granted}
FROM "master"."_ldb".server_permissions p JOIN (SELECT * FROM {permission_codes}) k ON k.name = p.name
ORDER BY p.class_id, p.major_id, p.grantee_id

-- view: sys.database_principals (name sysname NOT NULL, principal_id int NOT NULL, type char(1) NOT NULL,
--   type_desc nvarchar(60), default_schema_name sysname, create_date datetime NOT NULL, modify_date datetime NOT NULL,
--   owning_principal_id int, sid varbinary(85), is_fixed_role bit NOT NULL, authentication_type int NOT NULL,
--   authentication_type_desc nvarchar(60), default_language_name sysname, default_language_lcid int,
--   allow_encrypted_value_modifications bit NOT NULL)
SELECT name, principal_id, type, CASE type WHEN 'R' THEN 'DATABASE_ROLE' ELSE 'SQL_USER' END, default_schema, create_date,
  modify_date, owner_id, sid, is_fixed_role, has_login, CASE has_login WHEN 1 THEN 'INSTANCE' ELSE 'NONE' END, NULL, NULL, false
FROM {users}

-- view: sys.database_role_members (role_principal_id int NOT NULL, member_principal_id int NOT NULL)
SELECT role_id, member_id FROM {db}."_ldb".database_members ORDER BY role_id, member_id

-- view: sys.database_permissions (class tinyint NOT NULL, class_desc nvarchar(60), major_id int NOT NULL, minor_id int NOT NULL,
--   grantee_principal_id int NOT NULL, grantor_principal_id int NOT NULL, type char(4) NOT NULL, permission_name nvarchar(128),
--   state char(1) NOT NULL, state_desc nvarchar(60))
SELECT p.class_id, CASE p.class_id WHEN 0 THEN 'DATABASE' WHEN 1 THEN 'OBJECT_OR_COLUMN' WHEN 3 THEN 'SCHEMA'
    WHEN 4 THEN 'DATABASE_PRINCIPAL' WHEN 33 THEN 'EXTERNAL LIBRARY' ELSE 'EXTERNAL LANGUAGE' END,
  p.major_id, 0, p.grantee_id, p.grantor_id, {granted}
FROM {db}."_ldb".database_permissions p JOIN (SELECT * FROM {permission_codes}) k ON k.name = p.name
ORDER BY p.class_id, p.major_id, p.grantee_id

-- view: sys.sysusers (uid smallint NOT NULL, status smallint, name sysname NOT NULL, sid varbinary(85), createdate datetime NOT NULL,
--   updatedate datetime NOT NULL, altuid smallint, gid smallint, hasdbaccess int, islogin int, isntname int, isntgroup int,
--   isntuser int, issqluser int, isaliased int, issqlrole int, isapprole int)
SELECT u.principal_id, 0, u.name, u.sid, u.create_date, u.modify_date, u.owner_id, CASE u.type WHEN 'R' THEN u.principal_id ELSE 0 END,
  EXISTS (FROM {db}."_ldb".database_permissions p WHERE p.grantee_id = u.principal_id AND p.class_id = 0 AND p.name = 'CONNECT'
    AND p.state <> 'D')::INTEGER,
  (u.type = 'S')::INTEGER, 0, 0, 0, (u.type = 'S')::INTEGER, 0, (u.type = 'R')::INTEGER, 0
FROM {users} u

-- view: sys.syslogins (sid varbinary(85), createdate datetime NOT NULL, updatedate datetime NOT NULL, name sysname NOT NULL,
--   dbname sysname, language sysname, denylogin int, hasaccess int, isntname int, isntgroup int, isntuser int, sysadmin int,
--   securityadmin int, serveradmin int, setupadmin int, processadmin int, diskadmin int, dbcreator int, bulkadmin int,
--   loginname sysname NOT NULL)
SELECT l.sid, l.create_date, l.modify_date, l.name, l.default_database, l.language,
  EXISTS (FROM "master"."_ldb".server_permissions p WHERE p.grantee_id = l.principal_id AND p.name = 'CONNECT SQL' AND p.state = 'D')::INTEGER,
  EXISTS (FROM "master"."_ldb".server_permissions p WHERE p.grantee_id = l.principal_id AND p.name = 'CONNECT SQL' AND p.state <> 'D')::INTEGER,
  0, 0, 0, list_contains(coalesce(m.roles, []), 3)::INTEGER, list_contains(coalesce(m.roles, []), 4)::INTEGER, list_contains(coalesce(m.roles, []), 5)::INTEGER,
  list_contains(coalesce(m.roles, []), 6)::INTEGER, list_contains(coalesce(m.roles, []), 7)::INTEGER, list_contains(coalesce(m.roles, []), 8)::INTEGER,
  list_contains(coalesce(m.roles, []), 9)::INTEGER, list_contains(coalesce(m.roles, []), 10)::INTEGER, l.name
FROM {logins} l LEFT JOIN (SELECT member_id, list(role_id) AS roles FROM "master"."_ldb".server_members GROUP BY ALL) m
  ON m.member_id = l.principal_id
WHERE l.type = 'S' ORDER BY l.principal_id
