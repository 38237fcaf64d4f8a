"""Finds an ODBC driver for SQL Server: the system's, the one shipped as a wheel, or FreeTDS."""

from __future__ import annotations

import importlib.util
import platform
from dataclasses import dataclass
from pathlib import Path

import pyodbc

from db.errors import DeploymentError

MICROSOFT = "ODBC Driver 18 for SQL Server"
FREETDS = "FreeTDS"
_WHEEL = "mssql_python_odbc"


@dataclass(frozen=True, slots=True)
class Driver:
    """``value`` goes into ``Driver={...}``: a registered name or the path of a shared library."""

    value: str
    is_freetds: bool

    def options(self, host: str, port: int) -> dict[str, str]:
        """Keys that say where the server is; encrypted, but any certificate will do."""
        if self.is_freetds:
            return {"Driver": self.value, "Server": host, "Port": str(port), "TDS_Version": "7.4"}
        return {
            "Driver": self.value,
            "Server": f"{host},{port}",
            "Encrypt": "yes",
            "TrustServerCertificate": "yes",
        }


def installed_drivers() -> list[Driver]:
    """All usable drivers, best first."""
    registered = pyodbc.drivers()
    found = [Driver(MICROSOFT, False)] if MICROSOFT in registered else []
    shipped = shipped_library()
    if shipped is not None:
        found.append(Driver(str(shipped), False))
    if FREETDS in registered:
        found.append(Driver(FREETDS, True))
    return found


def find_driver() -> Driver:
    """The best driver; DeploymentError that says what to install when there is none."""
    found = installed_drivers()
    if not found:
        raise DeploymentError(
            "no ODBC driver for SQL Server was found. Any one of these will do:\n"
            f"  - Microsoft's '{MICROSOFT}' (package msodbcsql18)\n"
            "  - the Python package mssql-python-odbc, in this environment (pip install mssql-python-odbc)\n"
            "  - FreeTDS (apt-get install tdsodbc)"
        )
    return found[0]


def shipped_library() -> Path | None:
    """The driver's library in the wheel mssql-python-odbc that fits this system, or None."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None or platform.system() != "Linux":
        return None
    root = Path(spec.origin).parent / "libs" / "linux" / _distribution() / _machine() / "lib"
    libraries = sorted(root.glob("libmsodbcsql-18*.so*"))
    return libraries[-1] if libraries else None


def _machine() -> str:
    machine = platform.machine().lower()
    return {"amd64": "x86_64", "aarch64": "arm64"}.get(machine, machine)


def _distribution() -> str:
    """The wheel's folder for this distribution; its libraries differ in the OpenSSL they are linked to."""
    if Path("/etc/alpine-release").exists():
        return "alpine"
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "debian_ubuntu"
    names = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    if names & {"rhel", "fedora", "centos"}:
        return "rhel"
    if names & {"suse", "opensuse", "sles"}:
        return "suse"
    return "debian_ubuntu"
