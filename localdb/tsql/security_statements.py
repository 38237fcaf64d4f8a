"""CREATE, ALTER and DROP of logins, users and roles.

https://learn.microsoft.com/sql/t-sql/statements/create-login-transact-sql, .../create-user-transact-sql,
.../create-role-transact-sql, .../create-server-role-transact-sql and their ALTER and DROP.
What localdb has not is refused by name: Windows logins, certificates, hashed passwords, contained users.
"""

from __future__ import annotations

from localdb.errors import SqlError
from localdb.tsql import ast, ast_security
from localdb.tsql.cursor import Cursor
from localdb.tsql.lexer import Kind

_LOGIN_SOURCES = ("WINDOWS", "CERTIFICATE", "ASYMMETRIC", "EXTERNAL")


def at_principal(cursor: Cursor) -> bool:
    """Whether CREATE, ALTER or DROP is of a login, a user or a role."""
    return cursor.at_any("LOGIN", "USER", "ROLE") or cursor.at("SERVER", "ROLE")


def parse_create_principal(cursor: Cursor, line: int) -> ast.Statement:
    match _kind(cursor):
        case "LOGIN":
            return _create_login(cursor, line)
        case "USER":
            return _create_user(cursor, line)
        case kind:
            make = ast_security.CreateServerRole if kind == "SERVER ROLE" else ast_security.CreateRole
            name = cursor.identifier()
            return make(line, name, cursor.identifier() if cursor.accept("AUTHORIZATION") else None)


def parse_alter_principal(cursor: Cursor, line: int) -> ast.Statement:
    match _kind(cursor):
        case "LOGIN":
            return _alter_login(cursor, line)
        case "USER":
            return _alter_user(cursor, line)
        case kind:
            make = ast_security.AlterServerRole if kind == "SERVER ROLE" else ast_security.AlterRole
            return make(line, cursor.identifier(), *_role_change(cursor))


def parse_drop_principal(cursor: Cursor, line: int) -> ast.Statement:
    match _kind(cursor):
        case "LOGIN":
            return ast_security.DropLogin(line, cursor.identifier())
        case "SERVER ROLE":
            return ast_security.DropServerRole(line, cursor.identifier())
        case kind:
            make = ast_security.DropUser if kind == "USER" else ast_security.DropRole
            if_exists = cursor.accept("IF", "EXISTS")
            return make(line, cursor.identifier(), if_exists)


def _kind(cursor: Cursor) -> str:
    if cursor.accept("SERVER", "ROLE"):
        return "SERVER ROLE"
    return cursor.expect_any("LOGIN", "USER", "ROLE")


# --- logins ---


def _create_login(cursor: Cursor, line: int) -> ast_security.CreateLogin:
    name = cursor.identifier()
    if cursor.at("FROM") and cursor.ahead().word in _LOGIN_SOURCES:
        raise cursor.unsupported_option(f"CREATE LOGIN ... FROM {cursor.ahead().word}")
    cursor.expect("WITH")
    if not cursor.at("PASSWORD"):
        raise cursor.syntax_error()
    return ast_security.CreateLogin(line, name, _login_options(cursor, "CREATE LOGIN"))


def _alter_login(cursor: Cursor, line: int) -> ast_security.AlterLogin:
    name = cursor.identifier()
    if cursor.at_any("ADD", "DROP"):
        raise cursor.unsupported_option(f"ALTER LOGIN ... {cursor.current.word} CREDENTIAL")
    word = cursor.expect_any("ENABLE", "DISABLE", "WITH")
    if word != "WITH":
        return ast_security.AlterLogin(line, name, word == "ENABLE")
    return ast_security.AlterLogin(line, name, None, _login_options(cursor, "ALTER LOGIN"))


def _login_options(cursor: Cursor, statement: str) -> ast_security.LoginOptions:
    """The options behind WITH: each at most once."""
    strings: dict[str, str] = {}
    flags: dict[str, bool] = {}
    sid: bytes | None = None
    while True:
        option = cursor.current.word
        if option.lower() in {*strings, *flags} or (option == "SID" and sid is not None):
            raise cursor.syntax_error()
        match option:
            case "PASSWORD":
                strings |= _passwords(cursor, statement)
            case "CHECK_POLICY" | "CHECK_EXPIRATION":
                _option(cursor)
                flags[option.lower()] = cursor.expect_any("ON", "OFF") == "ON"
            case "DEFAULT_DATABASE":
                strings["default_database"] = _named(cursor)
            case "NAME" if statement == "ALTER LOGIN":
                strings["name"] = _named(cursor)
            case "SID" if statement == "CREATE LOGIN":
                sid = _sid(cursor)
            case "DEFAULT_LANGUAGE" | "CREDENTIAL" | "NO":
                raise cursor.unsupported_option(f"{statement} WITH {option}")
            case _:
                raise _without_secret(cursor)
        if not cursor.accept(","):
            break
    if cursor.current.kind is Kind.STRING:
        raise _without_secret(cursor)
    return ast_security.LoginOptions(
        strings.get("password"),
        strings.get("old_password"),
        sid,
        strings.get("default_database"),
        flags.get("check_policy"),
        flags.get("check_expiration"),
        strings.get("name"),
    )


def _passwords(cursor: Cursor, statement: str) -> dict[str, str]:
    """``PASSWORD = '...'`` with OLD_PASSWORD behind it; HASHED, MUST_CHANGE and UNLOCK are refused."""
    found = {"password": _secret(cursor, statement)}
    if statement == "ALTER LOGIN" and cursor.at("OLD_PASSWORD"):
        found["old_password"] = _secret(cursor, statement)
    if cursor.at_any("HASHED", "MUST_CHANGE", "UNLOCK"):
        raise cursor.unsupported_option(f"{statement} ... PASSWORD ... {cursor.current.word}")
    return found


def _secret(cursor: Cursor, statement: str) -> str:
    _option(cursor)
    if cursor.current.kind is Kind.BINARY:
        raise cursor.unsupported_option(f"{statement} ... PASSWORD ... HASHED")
    if cursor.current.kind is not Kind.STRING:
        raise cursor.syntax_error()
    return cursor.advance().value


def _sid(cursor: Cursor) -> bytes:
    _option(cursor)
    if cursor.current.kind is not Kind.BINARY:
        raise _without_secret(cursor)
    digits = cursor.advance().text[2:]
    return bytes.fromhex(digits if len(digits) % 2 == 0 else "0" + digits)


def _named(cursor: Cursor) -> str:
    _option(cursor)
    return cursor.identifier()


def _option(cursor: Cursor) -> None:
    """An option's name and its equals sign."""
    cursor.advance()
    if not cursor.accept("="):
        raise _without_secret(cursor)


def _without_secret(cursor: Cursor) -> SqlError:
    """A syntax error that never repeats a string: it may be a password."""
    index = cursor.index
    while cursor.tokens[index].kind is Kind.STRING:
        index -= 1
    return cursor.syntax_error(cursor.tokens[index])


# --- users ---


def _create_user(cursor: Cursor, line: int) -> ast_security.CreateUser:
    name = cursor.identifier()
    login: str | None = name
    if cursor.accept("WITHOUT", "LOGIN"):
        login = None
    elif cursor.accept_any("FOR", "FROM"):
        if not cursor.accept("LOGIN"):
            raise cursor.unsupported_option(f"CREATE USER ... FOR {cursor.current.word}")
        login = cursor.identifier()
    options = _user_options(cursor, "CREATE USER", ("DEFAULT_SCHEMA",)) if cursor.accept("WITH") else {}
    return ast_security.CreateUser(line, name, login, options.get("DEFAULT_SCHEMA"))


def _alter_user(cursor: Cursor, line: int) -> ast_security.AlterUser:
    name = cursor.identifier()
    cursor.expect("WITH")
    options = _user_options(cursor, "ALTER USER", ("NAME", "DEFAULT_SCHEMA", "LOGIN"))
    return ast_security.AlterUser(
        line, name, options.get("NAME"), options.get("DEFAULT_SCHEMA"), options.get("LOGIN")
    )


def _user_options(cursor: Cursor, statement: str, known: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    while True:
        option = cursor.current.word
        if option in ("PASSWORD", "SID", "DEFAULT_LANGUAGE", "ALLOW_ENCRYPTED_VALUE_MODIFICATIONS"):
            raise cursor.unsupported_option(f"{statement} WITH {option}")
        if option not in known or option in found:
            raise cursor.syntax_error()
        _option(cursor)
        if cursor.at("NULL"):
            # Only a Windows group can have no default schema.
            raise cursor.unsupported_option(f"{statement} WITH {option} = NULL")
        found[option] = cursor.identifier()
        if not cursor.accept(","):
            return found


# --- roles ---


def _role_change(cursor: Cursor) -> tuple[str, str]:
    if cursor.accept("WITH"):
        cursor.expect("NAME", "=")
        return "NAME", cursor.identifier()
    verb = cursor.expect_any("ADD", "DROP")
    cursor.expect("MEMBER")
    return f"{verb} MEMBER", cursor.identifier()
