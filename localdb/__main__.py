"""The command line: ``python -m localdb serve --data DIR --host HOST --port PORT``."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from localdb.engine.folder import DataFolderInUse
from localdb.engine.recovery import DamagedDatabase
from localdb.errors import SqlError
from localdb.runtime.governance.admissions import ScriptSettings
from localdb.runtime.instance import Instance
from localdb.satellite.isolation import hide_memory
from localdb.satellite.launcher import BEST_EFFORT, REQUIRE_FULL, Isolation, Launcher, Limits
from localdb.server.loopback import Loopback
from localdb.server.serve import serve as serve_connections

PASSWORD_VARIABLE = "MSSQL_SA_PASSWORD"


class IsolationPolicy(StrEnum):
    """What is asked of the isolation of external scripts."""

    REQUIRE_FULL = REQUIRE_FULL
    BEST_EFFORT = BEST_EFFORT


application = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@application.callback()
def commands() -> None:
    """localdb: an embedded server that speaks TDS and T-SQL."""


def sa_password(data: Path) -> tuple[str, str]:
    """The password of sa, and a sentence that says where it is kept.

    It is the environment's, else that of DATA/sa_password, which is made with mode 0600 at first start.
    """
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given, f"the password of sa is taken from {PASSWORD_VARIABLE}"
    file = data / "sa_password"
    if not file.exists():
        # Complete before it has its name: a file without a password would let everybody in.
        new = file.with_name(f"sa_password.{os.getpid()}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(24) + "\n")
            stream.flush()
            os.fsync(descriptor)
        new.replace(file)
    return file.read_text().strip(), f"the password of sa is in {file}"


@application.command()
def serve(
    data: Annotated[Path, typer.Option(help="The folder that holds the databases.")] = Path(".localdb"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 1433,
    isolation: Annotated[
        IsolationPolicy, typer.Option(help="Refuse external scripts that cannot be fully isolated, or not.")
    ] = IsolationPolicy.REQUIRE_FULL,
    max_scripts: Annotated[
        int, typer.Option(min=1, max=1000, help="External scripts that run at once; further ones wait.")
    ] = 20,
    script_time_limit: Annotated[
        int, typer.Option(min=1, help="Seconds that an external script may run.")
    ] = 600,
    script_queue_time: Annotated[
        int, typer.Option(min=0, help="Seconds that an external script waits to run, then error 39108.")
    ] = 60,
    script_loopback: Annotated[
        bool, typer.Option("--script-loopback", help="Let external scripts connect back as their callers.")
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "warning",
) -> None:
    """Serve the databases of a folder until SIGTERM or Ctrl-C.

    Example: localdb serve --data .localdb --port 1433
    """
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    password, where = sa_password(data)
    hide_memory()  # from external scripts, should they run as this user
    launcher = Launcher(
        data.resolve() / "satellites", concurrency=max_scripts, isolation=Isolation(isolation.value)
    )
    try:
        instance = Instance(
            data,
            sa_password=password,
            launcher=launcher,
            limits=Limits(wall_clock=script_time_limit),
            scripts=ScriptSettings(scripts=max_scripts, queue_seconds=script_queue_time),
        )
    except (DataFolderInUse, DamagedDatabase, SqlError, OSError) as error:
        typer.echo(f"localdb: {error}", err=True)
        raise typer.Exit(1) from error
    try:
        # After the data folder is ours: the launcher clears what an earlier server left in its own.
        launcher.start()
        asyncio.run(_serve(instance, data, host, port, where, script_loopback))
    except OSError as error:
        typer.echo(f"localdb: cannot listen on {host}:{port}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    finally:
        launcher.close()
        instance.close()


async def _serve(
    instance: Instance, data: Path, host: str, port: int, where: str, script_loopback: bool
) -> None:
    address = data / "server.json"

    def ready(bound_host: str, bound_port: int) -> None:
        _tell(address, {"host": bound_host, "port": bound_port, "pid": os.getpid()})
        print(f"localdb: ready on {bound_host}:{bound_port}", flush=True)
        print(f"localdb: {where}", flush=True)

    def offer_loopback(service: Loopback) -> None:
        if script_loopback:
            instance.loopback = service

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await serve_connections(
            instance, host, port, data_dir=data, ready=ready, stop=stop, offer_loopback=offer_loopback
        )
    finally:
        address.unlink(missing_ok=True)


def _tell(file: Path, facts: dict[str, str | int]) -> None:
    """Write what the commands of this folder look for. A full disk must not keep the data from being read."""
    new = file.with_name(f"{file.name}.new")
    try:
        new.write_text(json.dumps(facts))
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        logging.getLogger("localdb").warning("%s cannot be written: %s", file, error.strerror)


def main() -> None:
    application()


if __name__ == "__main__":
    main()
