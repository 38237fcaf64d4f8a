"""What somebody with few rights tries, and what comes of it; the tests are in test_adversary.py.

``low`` may SELECT from dbo.shown, INSERT, UPDATE and DELETE in dbo.writable, and EXECUTE dbo.dyn and
dbo.by_owner. Nothing else in the database shop, and nothing in elsewhere, is his.
"""

from __future__ import annotations

from tests.runtime.conftest import PASSWORD

PASSWORDS = {"low": "Low-Pass-12!", "maker": "Maker-Pass-12!", "zoe": "Zoe-Pass-12!", "sa": PASSWORD}

SETUP = """
CREATE LOGIN low WITH PASSWORD = 'Low-Pass-12!', CHECK_POLICY = OFF
CREATE LOGIN maker WITH PASSWORD = 'Maker-Pass-12!', CHECK_POLICY = OFF
CREATE LOGIN zoe WITH PASSWORD = 'Zoe-Pass-12!', CHECK_POLICY = OFF
GO
CREATE USER low FOR LOGIN low
CREATE USER maker FOR LOGIN maker
CREATE USER zoe FOR LOGIN zoe
CREATE ROLE crew
ALTER ROLE crew ADD MEMBER zoe
CREATE TABLE dbo.hidden (a int NOT NULL CONSTRAINT pk_hidden PRIMARY KEY, word varchar(20),
  n int IDENTITY(5, 1))
INSERT dbo.hidden (a, word) VALUES (1, 'secret'), (2, 'top')
CREATE TABLE dbo.shown (a int NOT NULL CONSTRAINT pk_shown PRIMARY KEY,
  b int CONSTRAINT df_shown DEFAULT 4711, CONSTRAINT ck_shown CHECK (b <> 4712))
INSERT dbo.shown VALUES (1, 1)
CREATE TABLE dbo.writable (a int, b varchar(20))
INSERT dbo.writable VALUES (1, 'x')
GRANT SELECT ON dbo.shown TO low
GRANT INSERT, UPDATE, DELETE ON dbo.writable TO low
GRANT CREATE TABLE, CREATE VIEW, CREATE PROCEDURE, CREATE SCHEMA TO maker
GO
CREATE SCHEMA hers AUTHORIZATION maker
GO
CREATE VIEW dbo.peek AS SELECT a, word FROM dbo.hidden
GO
CREATE PROCEDURE dbo.hidden_one AS SELECT a FROM dbo.hidden
GO
CREATE PROCEDURE dbo.by_owner WITH EXECUTE AS OWNER AS SELECT USER_NAME() AS u
GO
CREATE PROCEDURE dbo.dyn @text nvarchar(max) AS EXEC (@text)
GO
GRANT EXECUTE ON dbo.by_owner TO low
GRANT EXECUTE ON dbo.dyn TO low
"""

# Statements that have no database but the current one in them, and the numbers of their errors.
READING: list[tuple[str, list[int]]] = [
    ("SELECT a FROM dbo.hidden", [229]),
    ("SELECT a FROM [DBO].[HIDDEN]", [229]),
    ('SELECT a FROM "hidden"', [229]),
    ("SELECT a FROM dbo.peek", [229]),
    ("SELECT * FROM _ldb.columns", [208]),
    ("SELECT * FROM master._ldb.server_principals", [208]),
    ("SELECT * FROM read_csv('/etc/passwd')", [208]),
    ("SELECT * FROM [/etc/passwd]", [208]),
    ("SELECT * FROM duckdb_tables()", [208]),
    ("SELECT * FROM sqlite_master", [208]),
    ("SELECT * FROM _ldb_dm_exec_sessions", [208]),
    ("SELECT a FROM dbo.shown ORDER BY (SELECT MAX(a) FROM dbo.hidden)", [229]),
    ("SELECT a FROM dbo.shown ORDER BY a OFFSET (SELECT MAX(a) FROM dbo.hidden) ROWS", [229]),
    ("SELECT CASE WHEN EXISTS (SELECT 1 FROM dbo.hidden) THEN 1 END", [229]),
    ("SELECT s.a FROM dbo.shown s CROSS APPLY (SELECT word FROM dbo.hidden) h", [229]),
    ("SELECT * FROM (VALUES ((SELECT MAX(a) FROM dbo.hidden))) v(x)", [229]),
    ("WITH r AS (SELECT a FROM dbo.hidden UNION ALL SELECT a FROM r WHERE a < 1) SELECT * FROM r", [229]),
    ("WITH hidden AS (SELECT 1 AS a) SELECT a FROM dbo.hidden", [229]),
    ("SELECT a FROM dbo.shown EXCEPT SELECT a FROM dbo.hidden", [229]),
    ("SELECT a FROM dbo.shown GROUP BY a HAVING COUNT(*) < (SELECT COUNT(*) FROM dbo.hidden)", [229]),
    ("SELECT (SELECT word FROM dbo.hidden WHERE a = s.a) FROM dbo.shown s", [229]),
    ("SELECT SUM(a) OVER (ORDER BY (SELECT MAX(a) FROM dbo.hidden)) FROM dbo.shown", [229]),
    ("SELECT CAST(word AS int) FROM dbo.hidden", [229]),
    ("SELECT j.* FROM dbo.hidden h CROSS APPLY OPENJSON(h.word) j", [229]),
    ("SELECT value FROM STRING_SPLIT((SELECT MAX(word) FROM dbo.hidden), ',')", [229]),
    ("SELECT * FROM dbo.hidden WITH (UPDLOCK)", [229]),
    ("SELECT a INTO #x FROM dbo.hidden", [229]),
    ("SELECT a INTO dbo.x FROM dbo.shown", [262]),
    ("DECLARE @x int; SET @x = (SELECT MAX(a) FROM dbo.hidden)", [229]),
    ("DECLARE @x int = (SELECT MAX(a) FROM dbo.hidden)", [229]),
    ("PRINT (SELECT MAX(a) FROM dbo.hidden)", [229]),
    ("WHILE (SELECT COUNT(*) FROM dbo.hidden) > 0 BREAK", [229]),
    ("IF 1 = (SELECT MIN(a) FROM dbo.hidden) PRINT 'x'", [229]),
    ("CREATE TABLE #t (a int CHECK (a IN (SELECT a FROM dbo.hidden)))", [1046]),
    ("CREATE TABLE #t (a int DEFAULT (SELECT MAX(a) FROM dbo.hidden))", [1046]),
    ("DECLARE @t TABLE (a int DEFAULT (SELECT MAX(a) FROM dbo.hidden))", [1046]),
    (
        "CREATE TABLE #t (a int); "
        "ALTER TABLE #t ADD b int DEFAULT (SELECT MAX(a) FROM dbo.hidden) WITH VALUES",
        [1046],
    ),
    ("DECLARE @h int; EXEC sp_prepexec @h OUTPUT, N'', N'SELECT a FROM dbo.hidden'", [229]),
    ("EXEC dbo.dyn N'SELECT a FROM dbo.hidden'", [229]),
    ("EXEC dbo.dyn N'EXECUTE AS CALLER; SELECT a FROM dbo.hidden'", [229]),
    ("EXEC dbo.dyn N'REVERT; SELECT a FROM dbo.hidden'", [229]),
    ("EXEC dbo.hidden_one", [229]),
    ("EXEC [HIDDEN_ONE]", [229]),
    ("DECLARE @p sysname = N'dbo.hidden_one'; EXEC @p", [229]),
    ("EXEC sp_executesql N'SELECT a FROM dbo.hidden'", [229]),
    ("EXEC sp_describe_first_result_set N'SELECT * FROM dbo.hidden'", [229]),
    ("EXEC sp_describe_first_result_set N'EXEC dbo.hidden_one'", [229]),
    ("EXEC sp_describe_undeclared_parameters N'SELECT 1 FROM dbo.hidden WHERE word = @x'", [11521]),
    ("EXEC sp_describe_undeclared_parameters N'INSERT dbo.hidden (a) VALUES (@x)'", [11521]),
    ("EXEC sp_describe_undeclared_parameters N'UPDATE dbo.hidden SET word = @x'", [11521]),
    ("EXEC dbo.dyn N'SELECT 1' WITH RESULT SETS (AS OBJECT dbo.hidden)", [40517]),
    ("EXEC sp_help 'dbo.hidden'", [15009]),
    ("EXEC sp_helpindex 'dbo.hidden'", [15009]),
    ("EXEC sp_helptext 'dbo.peek'", [15009]),
    ("EXEC sp_helptext 'dbo.by_owner'", [15009]),
    ("EXEC sp_helprole 'crew'", [15409]),
    ("EXEC sp_helprolemember 'crew'", [15409]),
    ("EXEC sp_helpuser 'zoe'", [15198]),
    ("SELECT * FROM sys.dm_exec_connections", [300, 297]),
    ("SELECT * FROM sys.dm_external_script_requests", [300, 297]),
    ("SELECT * FROM sys.dm_external_script_history", [300, 297]),
    ("SELECT * FROM sys.dm_external_script_execution_stats", [300, 297]),
    ("SELECT * FROM sys.dm_os_performance_counters", [300, 297]),
    ("SELECT * FROM sys.dm_resource_governor_external_resource_pools", [300, 297]),
    ("EXEC sp_execute_external_script @language = N'Python', @script = N'pass'", [262]),
    ("EXEC sp_rxPredict @model = 0x00, @inputData = N'SELECT a FROM dbo.hidden'", [262]),
    (
        "DECLARE @m varbinary(max) = 0x00; "
        "SELECT * FROM PREDICT(MODEL = @m, DATA = dbo.hidden AS d, RUNTIME = ONNX) WITH (x float) AS p",
        [229],
    ),
    (
        "SELECT * FROM PREDICT(MODEL = (SELECT CAST(MAX(word) AS varbinary(max)) FROM dbo.hidden), "
        "DATA = dbo.shown AS d, RUNTIME = ONNX) WITH (x float) AS p",
        [229],
    ),
]

WRITING: list[tuple[str, list[int]]] = [
    ("INSERT dbo.hidden (a) VALUES (9)", [229]),
    ("INSERT dbo.hidden (a) EXEC dbo.by_owner", [229]),
    ("INSERT dbo.writable SELECT a, word FROM dbo.hidden", [229]),
    ("INSERT dbo.writable (a) SELECT a FROM dbo.writable", [229]),
    ("INSERT dbo.writable (a) VALUES ((SELECT MAX(a) FROM dbo.hidden))", [229]),
    ("INSERT dbo.writable (a) OUTPUT inserted.a VALUES (1)", [229]),
    ("INSERT dbo.writable EXEC dbo.hidden_one", [229]),
    ("INSERT sys.database_permissions SELECT * FROM sys.database_permissions", [259]),
    ("UPDATE dbo.writable SET b = (SELECT MAX(word) FROM dbo.hidden)", [229]),
    ("UPDATE dbo.writable SET a = (SELECT MAX(a) FROM dbo.writable)", [229]),
    ("UPDATE dbo.writable SET a = 1 OUTPUT deleted.b", [229]),
    ("UPDATE dbo.writable SET b = b + 'x'", [229]),
    ("UPDATE w SET b = h.word FROM dbo.writable w JOIN dbo.hidden h ON 1 = 1", [229]),
    ("UPDATE dbo.writable SET b = 'q' WHERE 1 / a > 0", [229]),
    ("UPDATE sys.objects SET name = 'x'", [259]),
    ("DELETE dbo.shown", [229]),
    ("DELETE dbo.writable OUTPUT deleted.b", [229]),
    ("DELETE w FROM dbo.writable w JOIN dbo.hidden h ON h.a = w.a", [229]),
    ("DELETE dbo.writable WHERE b = 'x'", [229]),
    ("DELETE sys.sysobjects", [259]),
    ("MERGE dbo.writable w USING dbo.hidden h ON h.a = w.a WHEN MATCHED THEN DELETE;", [229]),
    ("TRUNCATE TABLE dbo.hidden", [1088]),
    ("TRUNCATE TABLE dbo.writable", [1088]),
    ("SET IDENTITY_INSERT dbo.hidden ON", [1088]),
    ("RAISERROR ('x', 10, 1) WITH LOG", [2778]),
    ("RAISERROR ('x', 20, 1) WITH LOG", [2778]),
    ("EXEC sp_reset_connection", [2812]),
]

DEFINING: list[tuple[str, list[int]]] = [
    ("CREATE TABLE dbo.x (a int)", [262]),
    ("CREATE TABLE dbo.hidden (a int)", [262]),
    ("CREATE TABLE sys.x (a int)", [2760]),
    ("CREATE VIEW dbo.x AS SELECT 1 AS a", [262]),
    ("CREATE VIEW dbo.hidden AS SELECT 1 AS a", [262]),
    ("CREATE PROCEDURE dbo.x AS SELECT 1", [262]),
    ("CREATE PROCEDURE dbo.hidden_one AS SELECT 1", [262]),
    ("ALTER VIEW dbo.peek AS SELECT 1 AS a", [3701]),
    ("ALTER VIEW dbo.hidden_one AS SELECT 1 AS a", [3701]),
    ("ALTER PROCEDURE dbo.by_owner AS SELECT 1", [3701]),
    ("CREATE OR ALTER PROCEDURE dbo.by_owner AS SELECT 1", [3701]),
    ("CREATE OR ALTER PROCEDURE dbo.hidden AS SELECT 1", [3701]),
    ("CREATE SCHEMA x", [262]),
    ("CREATE SCHEMA x AUTHORIZATION dbo", [262]),
    ("ALTER TABLE dbo.writable ADD c int", [1088]),
    ("CREATE INDEX i ON dbo.writable (a)", [1088]),
    ("DROP INDEX pk_hidden ON dbo.hidden", [1088]),
    ("DROP TABLE dbo.hidden", [3701]),
    ("DROP TABLE sys.objects", [3701]),
    ("DROP VIEW dbo.peek", [3701]),
    ("DROP PROCEDURE dbo.dyn", [3701]),
    ("DROP SCHEMA hers", [15151]),
    ("CREATE DATABASE x", [262]),
    ("CREATE EXTERNAL RESOURCE POOL p", [10901]),
    ("CREATE WORKLOAD GROUP g", [10901]),
    ("ALTER RESOURCE GOVERNOR RECONFIGURE", [10901]),
    ("CREATE EXTERNAL LIBRARY x FROM (CONTENT = 0x00) WITH (LANGUAGE = 'Python')", [262]),
    ("DROP EXTERNAL LIBRARY x", [15151]),
    ("CREATE EXTERNAL LANGUAGE x FROM (CONTENT = 0x00, FILE_NAME = 'x.so')", [262]),
    ("DROP EXTERNAL LANGUAGE x", [15151]),
    ("EXEC sp_configure 'show advanced options', 1", [15247]),
    ("RECONFIGURE", [5812]),
]

RISING: list[tuple[str, list[int]]] = [
    ("EXECUTE AS USER = 'dbo'", [15517]),
    ("EXECUTE AS USER = 'zoe'", [15517]),
    ("EXECUTE AS USER = 'guest'", [15517]),
    ("EXECUTE AS USER = 'sys'", [15517]),
    ("EXECUTE AS USER = 'db_owner'", [15517]),
    ("EXECUTE AS USER = 'public'", [15517]),
    ("EXECUTE AS LOGIN = 'sa'", [15406]),
    ("EXECUTE AS LOGIN = 'zoe'", [15406]),
    ("CREATE LOGIN x WITH PASSWORD = 'abcABC123!'", [15247]),
    ("ALTER LOGIN sa WITH PASSWORD = 'abcABC123!'", [15151]),
    ("ALTER LOGIN sa DISABLE", [15151]),
    ("ALTER LOGIN zoe WITH PASSWORD = 'abcABC123!'", [15151]),
    ("ALTER LOGIN zoe WITH PASSWORD = 'abcABC123!' OLD_PASSWORD = 'Zoe-Pass-12!'", [15151]),
    ("ALTER LOGIN low WITH PASSWORD = 'abcABC123!'", [15151]),
    ("ALTER LOGIN low WITH NAME = boss", [15151]),
    ("ALTER LOGIN low WITH CHECK_POLICY = OFF", [15151]),
    ("EXEC sp_password NULL, 'abcABC123!', 'zoe'", [15151]),
    ("EXEC sp_password NULL, 'abcABC123!'", [15151]),
    ("DROP LOGIN zoe", [15151]),
    ("CREATE USER x WITHOUT LOGIN", [15247]),
    ("CREATE USER boss FOR LOGIN sa", [15247]),
    ("ALTER USER zoe WITH NAME = x", [15151]),
    ("ALTER USER low WITH LOGIN = sa", [15151]),
    ("ALTER USER low WITH NAME = dbo", [15151]),
    ("ALTER USER dbo WITH NAME = x", [15150]),
    ("ALTER USER zoe WITH DEFAULT_SCHEMA = dbo", [15151]),
    ("DROP USER zoe", [15151]),
    ("CREATE ROLE x", [15247]),
    ("ALTER ROLE crew ADD MEMBER low", [15151]),
    ("ALTER ROLE db_owner ADD MEMBER low", [15151]),
    ("DROP ROLE crew", [15151]),
    ("EXEC sp_addrolemember 'db_owner', 'low'", [15151]),
    ("EXEC sp_addsrvrolemember 'low', 'sysadmin'", [15151]),
    ("EXEC master..sp_addsrvrolemember 'low', 'sysadmin'", [15151]),
    ("ALTER SERVER ROLE sysadmin ADD MEMBER low", [15151]),
    ("CREATE SERVER ROLE x", [15247]),
    ("GRANT SELECT ON dbo.hidden TO low", [15151]),
    ("GRANT SELECT ON dbo.no_such TO low", [15151]),
    ("GRANT SELECT ON dbo.hidden TO public", [15151]),
    ("GRANT EXECUTE ON dbo.hidden TO public", [15151]),
    ("GRANT SELECT ON dbo.shown TO zoe", [15151]),
    ("GRANT SELECT ON dbo.shown TO zoe AS dbo", [15151]),
    ("GRANT SELECT ON dbo.shown TO zoe AS db_owner", [15151]),
    ("GRANT CONTROL TO public", [4613]),
    ("GRANT CONNECT TO guest", [4613]),
    ("GRANT SELECT ON SCHEMA::dbo TO public", [15151]),
    ("GRANT IMPERSONATE ON USER::dbo TO public", [15151]),
    ("DENY SELECT ON dbo.shown TO zoe", [15151]),
    ("REVOKE SELECT ON dbo.shown FROM zoe", [15151]),
    ("USE master; GRANT VIEW SERVER STATE TO public", [4613]),
    ("ALTER AUTHORIZATION ON SCHEMA::hers TO low", [15151]),
    ("ALTER AUTHORIZATION ON ROLE::crew TO low", [15151]),
    ("USE model", [916]),
]

# Statements about other databases, which only the tests in process have.
ELSEWHERE: list[tuple[str, list[int]]] = [
    ("SELECT a FROM shop..hidden", [229]),
    ("EXEC shop.dbo.hidden_one", [229]),
    ("USE elsewhere", [916]),
    ("SELECT * FROM elsewhere.dbo.t", [916]),
    ("SELECT * FROM elsewhere..t", [916]),
    ("SELECT * FROM elsewhere.sys.tables", [916]),
    ("SELECT * FROM elsewhere.INFORMATION_SCHEMA.TABLES", [916]),
    ("EXEC elsewhere.sys.sp_tables", [916]),
    ("EXEC elsewhere..sp_executesql N'SELECT a FROM dbo.t'", [916]),
    ("EXEC elsewhere.dbo.p", [916]),
    ("EXEC sp_describe_first_result_set N'SELECT * FROM elsewhere.dbo.t'", [916]),
    ("EXEC sp_describe_undeclared_parameters N'SELECT 1 FROM elsewhere.dbo.t WHERE a = @x'", [11521]),
    ("INSERT elsewhere.dbo.t VALUES (1)", [916]),
    ("SELECT a INTO elsewhere.dbo.x FROM dbo.shown", [916]),
    ("CREATE TABLE elsewhere.dbo.x (a int)", [916]),
    ("CREATE TABLE elsewhere.no_such.x (a int)", [916]),
    ("CREATE INDEX i ON elsewhere.dbo.t (a)", [916]),
    ("ALTER TABLE elsewhere.dbo.t ADD b int", [916]),
    ("TRUNCATE TABLE elsewhere.dbo.t", [916]),
    ("SET IDENTITY_INSERT elsewhere.dbo.t ON", [916]),
    ("DROP TABLE elsewhere.dbo.t", [916]),
    ("DROP DATABASE elsewhere", [3701]),
    ("GRANT SELECT ON elsewhere.dbo.t TO public", [4610]),
    ("ALTER AUTHORIZATION ON DATABASE::shop TO low", [15151]),
]

# Questions that have no error, and all that they may show.
ASKING: list[tuple[str, list[tuple[object, ...]]]] = [
    ("SELECT name FROM sys.tables WHERE name = 'hidden'", []),
    ("SELECT name FROM sys.all_objects WHERE name LIKE '%hidden%' OR name = 'peek'", []),
    ("SELECT name FROM dbo.sysobjects WHERE name LIKE '%hidden%' OR name = 'peek'", []),
    ("SELECT name FROM syscolumns WHERE name = 'word'", []),
    ("SELECT name FROM sys.all_columns WHERE name = 'word'", []),
    ("SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_NAME = 'word'", []),
    ("SELECT definition FROM sys.all_sql_modules WHERE definition IS NOT NULL", []),
    ("SELECT ROUTINE_DEFINITION FROM INFORMATION_SCHEMA.ROUTINES WHERE ROUTINE_DEFINITION IS NOT NULL", []),
    ("SELECT name, definition FROM sys.check_constraints", [("ck_shown", None)]),
    ("SELECT name, definition FROM sys.default_constraints", [("df_shown", None)]),
    ("SELECT CHECK_CLAUSE FROM INFORMATION_SCHEMA.CHECK_CONSTRAINTS", [(None,)]),
    ("SELECT COLUMN_DEFAULT FROM INFORMATION_SCHEMA.COLUMNS WHERE COLUMN_DEFAULT IS NOT NULL", []),
    ("EXEC sp_columns 'hidden'", []),
    ("EXEC sp_pkeys 'hidden'", []),
    ("EXEC sp_statistics 'hidden'", []),
    ("EXEC sp_tables 'hidden'", []),
    ("EXEC sp_special_columns 'hidden'", []),
    ("EXEC sp_table_privileges 'hidden'", []),
    ("EXEC sp_fkeys 'hidden'", []),
    ("EXEC sp_stored_procedures 'hidden_one'", []),
    ("EXEC sp_sproc_columns 'hidden_one'", []),
    (
        "SELECT IDENT_CURRENT('dbo.hidden'), IDENT_SEED('dbo.hidden'), OBJECT_ID('dbo.hidden')",
        [(None, None, None)],
    ),
    ("SELECT OBJECT_DEFINITION(OBJECT_ID('dbo.by_owner')), COL_LENGTH('dbo.hidden', 'word')", [(None, None)]),
    ("SELECT IS_ROLEMEMBER('crew', 'zoe'), IS_ROLEMEMBER('crew', 'low')", [(None, 0)]),
    ("SELECT name FROM sys.sql_logins WHERE name NOT IN ('sa', SUSER_SNAME())", []),
    ("SELECT loginname FROM sys.syslogins WHERE loginname NOT IN ('sa', SUSER_SNAME())", []),
    ("SELECT name FROM sys.database_principals WHERE name IN ('crew', 'zoe', 'maker')", []),
    ("SELECT * FROM sys.server_role_members", []),
    ("SELECT * FROM sys.external_library_files", []),
    ("SELECT COUNT(*) FROM sys.dm_exec_sessions WHERE session_id <> @@SPID", [(0,)]),
    ("SELECT COUNT(*) FROM sys.dm_exec_requests WHERE session_id <> @@SPID", [(0,)]),
    (
        "SELECT OBJECT_NAME(n) FROM (SELECT 1000000 + a AS n FROM (VALUES (1), (2), (3), (4)) v(a)) w "
        "WHERE OBJECT_NAME(n) LIKE '%hidden%'",
        [],
    ),
    ("DROP TABLE IF EXISTS dbo.hidden", []),
    ("DROP DATABASE IF EXISTS elsewhere", []),
]
