"""The statements about principals and permissions, judged by Microsoft's own parser where it is present."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from localdb.errors import SqlError
from localdb.tsql.parser import parse_batch

CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "tsqlcheck"

ACCEPTED = """
GRANT SELECT ON t TO PUBLIC
GRANT VIEW SERVER STATE ON SERVER::x TO a
GRANT EXECUTE EXTERNAL SCRIPT ON EXTERNAL LANGUAGE::R TO a
GRANT REFERENCES ON EXTERNAL LIBRARY::lib TO a
GRANT CONTROL ON SERVER ROLE::sysops TO a
DENY SELECT, INSERT ON SCHEMA::dbo TO a, [b] CASCADE AS dbo
REVOKE GRANT OPTION FOR SELECT ON OBJECT::dbo.t FROM a CASCADE
REVOKE GRANT OPTION FOR SELECT ON dbo.t TO a CASCADE AS dbo
GRANT ALL PRIVILEGES ON t TO a WITH GRANT OPTION AS b
GRANT EXEC ON p TO a; GRANT CONNECT SQL, VIEW SERVER STATE TO a
CREATE LOGIN a WITH PASSWORD = N'x', SID = 0x01, DEFAULT_DATABASE = [master]
CREATE LOGIN a WITH PASSWORD = '', CHECK_POLICY = OFF, CHECK_EXPIRATION = ON
ALTER LOGIN a WITH PASSWORD = 'x' OLD_PASSWORD = 'y', NAME = b, DEFAULT_DATABASE = d
ALTER LOGIN a ENABLE ALTER LOGIN a DISABLE DROP LOGIN a
CREATE USER a CREATE USER b FOR LOGIN b WITH DEFAULT_SCHEMA = dbo CREATE USER c FROM LOGIN d
CREATE USER a WITHOUT LOGIN WITH DEFAULT_SCHEMA = dbo
ALTER USER a WITH NAME = b, DEFAULT_SCHEMA = s, LOGIN = c
DROP USER IF EXISTS a DROP USER b
CREATE ROLE a AUTHORIZATION b ALTER ROLE a ADD MEMBER b ALTER ROLE a DROP MEMBER b
ALTER ROLE a WITH NAME = b DROP ROLE IF EXISTS a DROP ROLE b
CREATE SERVER ROLE a AUTHORIZATION b ALTER SERVER ROLE a ADD MEMBER b
ALTER SERVER ROLE a WITH NAME = b DROP SERVER ROLE a
ALTER AUTHORIZATION ON SCHEMA::s TO a ALTER AUTHORIZATION ON DATABASE::d TO sa
ALTER AUTHORIZATION ON OBJECT::s.t TO SCHEMA OWNER
IF 1 = 1 GRANT SELECT TO a ELSE BEGIN DENY SELECT TO a; REVOKE SELECT FROM a END
""".strip().splitlines()

REFUSED_BY_BOTH = """
CREATE LOGIN a WITH SID = 0x01, PASSWORD = 'x'
CREATE LOGIN a WITH PASSWORD = 'x' CHECK_POLICY = OFF
CREATE LOGIN a WITH PASSWORD 'x'
CREATE LOGIN a
DROP LOGIN IF EXISTS a
DROP LOGIN a, b
DROP USER a, b
ALTER ROLE public ADD MEMBER b
ALTER ROLE a ADD b
ALTER ROLE a
CREATE USER public
CREATE USER a WITHOUT LOGIN FOR LOGIN b
DROP SERVER ROLE IF EXISTS a
GRANT SELECT ON s.t TO dbo.x
GRANT SELECT ON t
GRANT ON t TO a
GRANT SELECT ON t TO a CASCADE
DENY SELECT ON t FROM a
DENY SELECT ON t TO a WITH GRANT OPTION
ALTER AUTHORIZATION ON SCHEMA::s
ALTER AUTHORIZATION TO a
""".strip().splitlines()

REFUSED_BY_NAME = {
    "CREATE LOGIN a FROM WINDOWS": 40517,
    "CREATE LOGIN a FROM CERTIFICATE c": 40517,
    "CREATE LOGIN a FROM EXTERNAL PROVIDER": 40517,
    "CREATE LOGIN a WITH PASSWORD = 0x01 HASHED": 40517,
    "CREATE LOGIN a WITH PASSWORD = 'x' MUST_CHANGE": 40517,
    "CREATE LOGIN a WITH PASSWORD = 'x', DEFAULT_LANGUAGE = us_english": 40517,
    "CREATE LOGIN a WITH PASSWORD = 'x', CREDENTIAL = c": 40517,
    "ALTER LOGIN a WITH PASSWORD = 'x' UNLOCK": 40517,
    "ALTER LOGIN a WITH NO CREDENTIAL": 40517,
    "ALTER LOGIN a ADD CREDENTIAL c": 40517,
    "CREATE USER a WITH PASSWORD = 'x'": 40517,
    "CREATE USER a FOR CERTIFICATE c": 40517,
    "CREATE USER a WITHOUT LOGIN WITH SID = 0x01": 40517,
    "ALTER USER a WITH DEFAULT_SCHEMA = NULL": 40517,
    "GRANT SELECT (a) ON t TO x": 40517,
    "GRANT SELECT ON t (a) TO x": 40517,
    "GRANT CONTROL ON CERTIFICATE::c TO x": 40514,
    "DENY EXECUTE ON XML SCHEMA COLLECTION::c TO x": 40514,
    "CREATE APPLICATION ROLE a WITH PASSWORD = 'x'": 40510,
    "ADD SIGNATURE TO a BY CERTIFICATE b": 40510,
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_is_accepted(text: str) -> None:
    assert parse_batch(text)


@pytest.mark.parametrize("text", REFUSED_BY_BOTH)
def test_what_is_no_t_sql(text: str) -> None:
    with pytest.raises(SqlError) as refused:
        parse_batch(text)
    assert refused.value.number in (102, 156)


@pytest.mark.parametrize(("text", "number"), REFUSED_BY_NAME.items())
def test_what_only_sql_server_has_is_refused_by_name(text: str, number: int) -> None:
    with pytest.raises(SqlError) as refused:
        parse_batch(text)
    assert refused.value.number == number


def judged(folder: Path, texts: list[str]) -> set[str]:
    """Those of the texts that Microsoft's parser refuses."""
    if not CHECKER.exists():
        pytest.skip(f"the syntax checker is not at {CHECKER}")
    files = {}
    for number, text in enumerate(texts):
        file = folder / f"case{number}.sql"
        file.write_text(text)
        files[file.name] = text
    command = [str(CHECKER), *(str(folder / name) for name in files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 2:
        pytest.skip(f"the syntax checker cannot run: {done.stderr.strip()}")
    return {text for name, text in files.items() if f"{name}:" in done.stdout}


def test_microsofts_parser_agrees(tmp_path: Path) -> None:
    texts = [*ACCEPTED, *REFUSED_BY_NAME, *REFUSED_BY_BOTH]
    assert judged(tmp_path, texts) == set(REFUSED_BY_BOTH)
