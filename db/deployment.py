"""What ``deploy.py`` does, step by step; each step is done whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from db.connection import Connection, ResultSet
from db.data import current_data, has_sales, load_generated
from db.errors import DeploymentError
from db.external_scripts import require_external_scripts
from db.journal import JOURNAL_SCRIPT, Journal
from db.progress import Progress
from db.registry import Pushed, Registry
from db.scripts import Script, read_scripts
from db.target import Target
from db.training import TrainingReport, train_from_database
from model.train import Settings

SCHEMA_FOLDER = Path(__file__).parent / "schema"
PROCEDURES_FOLDER = Path(__file__).parent.parent / "stored_procedures"


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the scripts are, and where pictures and the artifact go."""

    output: Path = Path("output")
    schema: Path = SCHEMA_FOLDER
    procedures: Path = PROCEDURES_FOLDER


@dataclass(slots=True)
class UpReport:
    """What one ``up`` did; empty and None where there was nothing to do."""

    created_database: bool = False
    scripts: list[str] = field(default_factory=list)
    procedures: list[str] = field(default_factory=list)
    loaded: str | None = None
    training: TrainingReport | None = None
    version: int = 0
    summary: ResultSet = field(default_factory=lambda: ResultSet((), []))


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What the user may choose for ``up``."""

    settings: Settings = field(default_factory=Settings)
    scale: float = 1.0
    enable_external_scripts: bool = False


def up(target: Target, options: UpOptions, folders: Folders, progress: Progress) -> UpReport:
    """Bring the database up to date with this checkout: schema, procedures, data, model, scores."""
    report = UpReport(created_database=target.create_database())
    if report.created_database:
        progress.say(f"created database {target.database}")
    with target.connect() as connection:
        may_enable = target.embedded or options.enable_external_scripts
        if require_external_scripts(connection, may_enable):
            progress.say("enabled external scripts")
        report.scripts, report.procedures = apply_scripts(connection, folders, progress)
        if not has_sales(connection):
            report.loaded = load_generated(connection, progress, options.scale)
        registry = Registry(connection, options.settings.name)
        active = registry.active()
        if active is None:
            report.training, pushed = train_and_push(
                connection, options.settings, folders, progress, activate=True
            )
            active = pushed.version
        report.version = active
        report.summary = score(connection, options.settings.name, progress)
    return report


def apply_scripts(
    connection: Connection, folders: Folders, progress: Progress
) -> tuple[list[str], list[str]]:
    """Apply what is pending, all in one transaction; returns the names of scripts and of procedures."""
    journal = Journal(connection)
    schema = journal.pending_schema(read_scripts(folders.schema))
    procedures = journal.pending_procedures(read_scripts(folders.procedures))
    if not schema and not procedures:
        return [], []
    _check_first(schema, journal)
    with (
        connection.transaction(),
        progress.bar("applying scripts", len(schema) + len(procedures)) as advance,
    ):
        for kind, scripts in (("schema", schema), ("procedure", procedures)):
            for script in scripts:
                journal.apply(kind, script)
                progress.say(f"applied {script.name}.sql")
                advance(1)
    return [script.name for script in schema], [script.name for script in procedures]


def train_and_push(
    connection: Connection, settings: Settings, folders: Folders, progress: Progress, activate: bool
) -> tuple[TrainingReport, Pushed]:
    """Train on the feature view and store the model; with ``activate``, both or neither."""
    report = train_from_database(connection, settings, folders.output, progress)
    registry = Registry(connection, settings.name)
    with connection.transaction():
        pushed = registry.push(report.artifact)
        if activate:
            registry.activate(pushed.version, "trained and activated by deploy.py")
    told = "stored" if pushed.new else "already stored"
    progress.say(
        f"model {settings.name}: {told} as version {pushed.version}{' and active' if activate else ''}"
    )
    return report, pushed


def score(connection: Connection, model_name: str, progress: Progress) -> ResultSet:
    """Score all customers inside the database, store the result; returns size and means of each cluster."""
    scored = connection.call(
        "SET NOCOUNT ON; DECLARE @rows int, @version int; "
        "SELECT @version = version FROM dbo.active_models WHERE model_name = ?; "
        "EXEC dbo.store_customer_clusters @model_name = ?, @version = @version, @rows = @rows OUTPUT; "
        "SELECT @rows, @version;",
        [model_name, model_name],
    )
    rows, version = scored.result_sets[0].rows[0]
    progress.say(f"EXEC py_cluster_customers: {rows:,} customers scored by version {version} and stored")
    return cluster_summary(connection)


def cluster_summary(connection: Connection) -> ResultSet:
    """The tutorial's table of the stored clusters."""
    sql = (
        "SELECT cluster, customers, orderRatio, itemsRatio, monetaryRatio, frequency "
        "FROM dbo.customer_cluster_summary ORDER BY cluster"
    )
    return connection.run(sql).result_sets[0]


@dataclass(frozen=True, slots=True)
class Status:
    """What is deployed: pending scripts, data, versions, and the version of the stored clusters."""

    database: str
    pending: list[str]
    data: str | None
    versions: ResultSet
    scored: ResultSet


@contextmanager
def deployed(target: Target) -> Iterator[Connection]:
    """A session in the database; DeploymentError that says what to do if nothing was deployed to it yet."""
    with target.connect("master") as connection:
        if not target.exists(connection):
            raise DeploymentError(f"there is no database {target.database} yet; run: python deploy.py up")
    with target.connect() as connection:
        if not Journal(connection).exists:
            raise DeploymentError(f"nothing was deployed to {target.database} yet; run: python deploy.py up")
        yield connection


def status(target: Target, model_name: str, folders: Folders) -> Status:
    """What is deployed; changes nothing."""
    with deployed(target) as connection:
        journal = Journal(connection)
        pending = [
            *journal.pending_schema(read_scripts(folders.schema)),
            *journal.pending_procedures(read_scripts(folders.procedures)),
        ]
        scored = connection.run(
            "SELECT model_name, model_version, COUNT(*) AS customers, MAX(scored_at) AS scored_at "
            "FROM dbo.py_customer_clusters GROUP BY model_name, model_version "
            "ORDER BY model_name, model_version"
        )
        return Status(
            database=target.database,
            pending=[script.name for script in pending],
            data=current_data(connection),
            versions=Registry(connection, model_name).versions(),
            scored=scored.result_sets[0],
        )


def _check_first(schema: list[Script], journal: Journal) -> None:
    """The journal's own script must come first, because every script is recorded in it."""
    if not journal.exists and (not schema or schema[0].name != JOURNAL_SCRIPT):
        raise DeploymentError(f"the first script must be {JOURNAL_SCRIPT}.sql")
