"""Where the tests work: an embedded server of their own, or the server that ``--target`` names."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import connection_string
from db.data import load_generated
from db.deployment import Folders, UpOptions, apply_scripts, score, up
from db.drivers import find_driver, installed_drivers
from db.embedded import PASSWORD_VARIABLE, embedded_server
from db.external_scripts import require_external_scripts
from db.progress import Silent
from db.registry import Registry
from db.target import Target
from db.training import FEATURE_QUERY
from model.artifact import write
from model.features import feature_matrix
from model.train import DEFAULT_NAME, Settings, train

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_addoption(parser):
    parser.addoption(
        "--target",
        default="embedded",
        help="'embedded' (a server on a temporary folder) or an ODBC connection string of a SQL Server",
    )


def driver_ids() -> list[str]:
    return ["freetds" if driver.is_freetds else "odbc18" for driver in installed_drivers()]


@pytest.fixture(scope="session")
def target_option(request) -> str:
    return str(request.config.getoption("--target"))


@pytest.fixture(scope="session")
def server_parts(target_option, tmp_path_factory) -> Iterator[dict[str, str]]:
    """Connection keys of the server, with the best driver."""
    if target_option != "embedded":
        parts = connection_string.parse(target_option)
        yield {"Driver": find_driver().value, **parts}
        return
    environment = {key: value for key, value in os.environ.items() if key != PASSWORD_VARIABLE}
    with embedded_server(tmp_path_factory.mktemp("localdb"), environment) as server:
        yield connection_string.parse(server.connection_string())


@pytest.fixture(scope="session")
def new_database(server_parts, target_option):
    """Makes targets on databases of their own, which are dropped at the end."""
    made: list[Target] = []

    def make(prefix: str = "test") -> Target:
        target = Target(
            server_parts, f"{prefix}_{uuid.uuid4().hex[:12]}", embedded=target_option == "embedded"
        )
        made.append(target)
        return target

    yield make
    for target in made:
        with target.connect("master") as connection:
            connection.run(f"DROP DATABASE IF EXISTS [{target.database}]")


@pytest.fixture(scope="session", params=driver_ids())
def driver_parts(request, server_parts, target_option) -> dict[str, str]:
    """Connection keys for each driver in turn."""
    driver = next(d for d in installed_drivers() if d.is_freetds == (request.param == "freetds"))
    server = connection_string.find(server_parts, "Server") or ""
    host, _, port = server.partition(",")
    own = connection_string.without(
        server_parts, "Driver", "Server", "Port", "TDS_Version", "Encrypt", "TrustServerCertificate"
    )
    if target_option != "embedded" and not driver.is_freetds:
        return {**server_parts, "Driver": driver.value}
    return {**driver.options(host.removeprefix("tcp:"), int(port or 1433)), **own}


@pytest.fixture(scope="session")
def tutorial(new_database, tmp_path_factory):
    """The tutorial's data at scale 1, deployed once: (target, report of ``up``, output folder)."""
    target = new_database("tutorial")
    folders = Folders(tmp_path_factory.mktemp("output"))
    report = up(target, UpOptions(enable_external_scripts=True), folders, Silent())
    return target, report, folders


@pytest.fixture
def small(new_database) -> Target:
    """A fresh database with a hundredth of the data, deployed like ``up`` but without elbow and pictures."""
    target = new_database("small")
    target.create_database()
    with target.connect() as connection:
        require_external_scripts(connection, may_enable=True)
        apply_scripts(connection, Folders(), Silent())
        load_generated(connection, Silent(), scale=0.01)
        matrix = feature_matrix(connection.frame(FEATURE_QUERY))
        registry = Registry(connection, DEFAULT_NAME)
        registry.push(write(train(matrix, Settings(), "0" * 64).model))
        registry.activate(1, "the first")
        score(connection, DEFAULT_NAME, Silent())
    return target


@pytest.fixture(scope="session")
def online_retail_file() -> Path:
    file = SHARED_DATA / "online_retail" / "online_retail.csv.xz"
    if not file.exists():
        pytest.skip(f"the data set Online Retail is not at {file}")
    return file
