#!/usr/bin/env python
"""The command line: deploys schema, data, model and scores to the embedded server or to a SQL Server."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from db import deployment
from db.connection import ResultSet
from db.data import load_generated, load_online_retail
from db.errors import DeploymentError
from db.registry import Registry
from db.target import Target, open_target
from db.training import TrainingReport
from model import artifact
from model.errors import ModelError
from model.train import DEFAULT_K, DEFAULT_N_INIT, DEFAULT_NAME, DEFAULT_SEED, Settings

SHARED_OPTIONS = ("--target", "--data", "--database")


def shared_options_first(words: list[str]) -> list[str]:
    """``words`` with the options of all commands before the command, where typer wants them."""
    first: list[str] = []
    rest: list[str] = []
    remaining = iter(words)
    for word in remaining:
        if word == "--":
            rest.extend([word, *remaining])
        elif word in SHARED_OPTIONS:
            first.extend([word, *([value] if (value := next(remaining, None)) is not None else [])])
        else:
            (first if word.startswith(tuple(f"{name}=" for name in SHARED_OPTIONS)) else rest).append(word)
    return [*first, *rest]


@dataclass(frozen=True)
class Where:
    """The options that all commands share."""

    target: str
    data: Path
    database: str | None


application = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

NameOption = Annotated[str, typer.Option("--model", help="Name of the model.")]
OutputOption = Annotated[Path, typer.Option(help="Folder for pictures and the artifact.")]
KOption = Annotated[int, typer.Option(min=1, help="Number of clusters.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Random state of KMeans.")]
StartsOption = Annotated[int, typer.Option("--n-init", min=1, help="Starts of KMeans; the best one counts.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept in the history.")]

OUTPUT = Path("output")


@application.callback()
def where(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Option(
            envvar="MSSQL_CONNECTION_STRING",
            help="'embedded', or an ODBC connection string of a SQL Server. With a password in it, use the "
            "variable: other users see the command line.",
        ),
    ] = "embedded",
    data: Annotated[Path, typer.Option(help="Folder of the embedded server's data.")] = Path(".localdb"),
    database: Annotated[str | None, typer.Option(help="Database, by default tpcxbb_1gb.")] = None,
) -> None:
    """Machine learning deployed inside the database: schema, data, model versions and scores.

    Example: [bold]python deploy.py --target "$MSSQL_CONNECTION_STRING" up[/bold]
    """
    context.obj = Where(target, data, database)


@application.command()
def up(
    context: typer.Context,
    scale: Annotated[float, typer.Option(help="Size of the generated data; 1 is 37,336 customers.")] = 1.0,
    k: KOption = DEFAULT_K,
    seed: SeedOption = DEFAULT_SEED,
    n_init: StartsOption = DEFAULT_N_INIT,
    output: OutputOption = OUTPUT,
    enable_external_scripts: Annotated[
        bool,
        typer.Option("--enable-external-scripts", help="Turn sp_execute_external_script on if it is off."),
    ] = False,
) -> None:
    """Bring everything up to date: database, scripts, data, model, scores.

    Example: [bold]python deploy.py up[/bold]
    """
    options = deployment.UpOptions(Settings(k=k, seed=seed, n_init=n_init), scale, enable_external_scripts)
    with _opened(context) as (opened, screen):
        report = deployment.up(opened, options, deployment.Folders(output), screen)
        screen.up_report(report)


@application.command()
def load(
    context: typer.Context,
    dataset: Annotated[str, typer.Argument(help="online-retail (needs FILE) or tutorial (generated).")],
    file: Annotated[
        Path | None, typer.Argument(help="csv, csv.xz, csv.gz or xlsx of UCI Online Retail.")
    ] = None,
    scale: Annotated[float, typer.Option(help="Size of the generated data.")] = 1.0,
) -> None:
    """Replace the shop's rows by another data set. Models and stored clusters stay as they are.

    Example: [bold]python deploy.py load online-retail online_retail.csv.xz[/bold]
    """
    with _opened(context) as (opened, screen), deployment.deployed(opened) as connection:
        if dataset == "online-retail" and file is not None:
            name = load_online_retail(connection, screen, file)
        elif dataset == "tutorial" and file is None:
            name = load_generated(connection, screen, scale)
        else:
            raise DeploymentError("load what? Either 'online-retail FILE' or 'tutorial'")
        screen.say(f"loaded: {name}. Next: python deploy.py train, activate, score")


@application.command()
def train(
    context: typer.Context,
    model: NameOption = DEFAULT_NAME,
    k: KOption = DEFAULT_K,
    seed: SeedOption = DEFAULT_SEED,
    n_init: StartsOption = DEFAULT_N_INIT,
    output: OutputOption = OUTPUT,
    activate: Annotated[
        bool, typer.Option("--activate", help="Make the new version active at once.")
    ] = False,
) -> None:
    """Train on the feature view and store the model as the next version. The same rows give the same version.

    Example: [bold]python deploy.py train --k 5 --activate[/bold]
    """
    settings = Settings(name=model, k=k, seed=seed, n_init=n_init)
    with _opened(context) as (opened, screen), deployment.deployed(opened) as connection:
        report, pushed = deployment.train_and_push(
            connection, settings, deployment.Folders(output), screen, activate
        )
        screen.training(report)
        if not activate:
            screen.say(f"make it the active version: python deploy.py activate {pushed.version}")


@application.command()
def push(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Artifact of a model, as train writes it.")],
    activate: Annotated[bool, typer.Option("--activate", help="Make it the active version at once.")] = False,
) -> None:
    """Check an artifact and store it as the next version of its model.

    Example: [bold]python deploy.py push output/customer_returns.model[/bold]
    """
    with _opened(context) as (opened, screen):
        content = file.read_bytes()
        model = artifact.read(content)
        with deployment.deployed(opened) as connection:
            registry = Registry(connection, model.name)
            with connection.transaction():
                pushed = registry.push(content)
                if activate:
                    registry.activate(pushed.version, f"pushed from {file.name}")
        told = "stored" if pushed.new else "already stored"
        screen.say(
            f"model {model.name}: {told} as version {pushed.version}{' and active' if activate else ''}"
        )


@application.command()
def activate(
    context: typer.Context,
    version: Annotated[int, typer.Argument(min=1, help="Version, as status shows it.")],
    model: NameOption = DEFAULT_NAME,
    reason: ReasonOption = "activated by deploy.py",
) -> None:
    """Make a stored version the one that scores.

    Example: [bold]python deploy.py activate 2 --reason "trained on the data of May"[/bold]
    """
    with _opened(context) as (opened, screen), deployment.deployed(opened) as connection:
        Registry(connection, model).activate(version, reason)
        screen.say(f"model {model}: version {version} is active")


@application.command()
def rollback(
    context: typer.Context,
    model: NameOption = DEFAULT_NAME,
    reason: ReasonOption = "rolled back by deploy.py",
) -> None:
    """Bring back the version that was active before. Repeated, it goes further back.

    Example: [bold]python deploy.py rollback --reason "too many customers in cluster 3"[/bold]
    """
    with _opened(context) as (opened, screen), deployment.deployed(opened) as connection:
        version = Registry(connection, model).roll_back(reason)
        screen.say(f"model {model}: version {version} is active again")


@application.command()
def status(
    context: typer.Context,
    model: NameOption = DEFAULT_NAME,
) -> None:
    """Show what is deployed: scripts, data, model versions, stored clusters. Changes nothing.

    Example: [bold]python deploy.py status[/bold]
    """
    with _opened(context) as (opened, screen):
        screen.status(deployment.status(opened, model, deployment.Folders()))


@application.command()
def score(
    context: typer.Context,
    model: NameOption = DEFAULT_NAME,
) -> None:
    """Score all customers inside the database with the active version and store their clusters.

    Example: [bold]python deploy.py score[/bold]
    """
    with _opened(context) as (opened, screen), deployment.deployed(opened) as connection:
        screen.clusters(deployment.score(connection, model, screen))


@dataclass
class Screen:
    """Shows progress and results on a terminal; plain lines where there is none."""

    console: Console

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def bar(self, text: str, total: int | None) -> Iterator[Callable[[int], None]]:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            task = progress.add_task(text, total=total)
            yield lambda done: progress.advance(task, done)

    def up_report(self, report: deployment.UpReport) -> None:
        if not report.scripts and not report.procedures:
            self.say("nothing to apply: schema and procedures are up to date")
        if report.loaded:
            self.say(f"loaded: {report.loaded}")
        if report.training:
            self.training(report.training)
        else:
            self.say(f"nothing to train: version {report.version} is active")
        self.clusters(report.summary)

    def training(self, report: TrainingReport) -> None:
        found = report.evaluation
        silhouette = "none" if found.silhouette is None else f"{found.silhouette:.4f}"
        self.say(f"inertia {found.inertia:.4f}, silhouette {silhouette} (sample of {found.sample_rows})")
        self.say(f"artifact: {report.artifact_file} (sha256 {artifact.sha256(report.artifact)})")
        self.say(f"elbow picture: {report.elbow_file}")
        self.say(f"cluster picture: {report.profile_file}")

    def clusters(self, summary: ResultSet) -> None:
        table = Table(title="Clusters of customers", title_justify="left")
        for name in ("cluster", "size", "orderRatio", "itemsRatio", "monetaryRatio", "frequency"):
            table.add_column(name, justify="right", no_wrap=True)
        for cluster, size, *means in summary.rows:
            table.add_row(str(cluster), f"{size:,}", *(f"{mean:.6f}" for mean in means))
        self.console.print(table)

    def status(self, found: deployment.Status) -> None:
        self.say(f"database: {found.database}")
        self.say(f"data: {found.data or 'none was loaded by deploy.py'}")
        self.say(f"pending scripts: {', '.join(found.pending) or 'none'}")
        shown = ("version", "status", "k", "created_at", "created_by", "activated_at")
        self.listing("Model versions (activated_at: the live one)", found.versions, shown)
        self.listing("Stored clusters", found.scored, found.scored.columns)

    def listing(self, title: str, result: ResultSet, shown: tuple[str, ...]) -> None:
        table = Table(title=title, title_justify="left")
        for name in shown:
            table.add_column(name)
        places = [result.columns.index(name) for name in shown]
        for row in result.rows:
            table.add_row(*(_text(row[place]) for place in places))
        self.console.print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


@contextmanager
def _opened(context: typer.Context) -> Iterator[tuple[Target, Screen]]:
    """The target for the duration of a command; any failure becomes one message and exit status 1."""
    screen = Screen(Console())
    where: Where = context.obj
    try:
        with open_target(where.target, where.data, os.environ, where.database) as opened:
            yield opened, screen
    except (DeploymentError, ModelError, OSError) as error:
        Console(stderr=True).print(f"failed: {error}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        print("stopped; what was not finished was rolled back", file=sys.stderr)
        raise typer.Exit(130) from None


if __name__ == "__main__":
    application(shared_options_first(sys.argv[1:]))
