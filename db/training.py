"""Trains outside the database: features by one query, a model by the package ``model``, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from db.connection import Connection
from db.errors import DeploymentError
from db.progress import Progress
from model import artifact
from model.elbow import Elbow, elbow
from model.evaluation import Evaluation, evaluate
from model.features import feature_matrix
from model.pictures import elbow_picture, profile_picture
from model.train import Settings, Trained, train

FEATURE_QUERY = (
    "SELECT customer, orderRatio, itemsRatio, monetaryRatio, frequency "
    "FROM dbo.customer_return_features ORDER BY customer"
)


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training found, and the files it wrote."""

    trained: Trained
    elbow: Elbow
    evaluation: Evaluation
    artifact: bytes
    artifact_file: Path
    elbow_file: Path
    profile_file: Path


def train_from_database(
    connection: Connection, settings: Settings, output: Path, progress: Progress
) -> TrainingReport:
    """Read the feature view, compute the elbow, train, evaluate; the files go into the folder ``output``."""
    frame = connection.frame(FEATURE_QUERY)
    if frame.empty:
        raise DeploymentError(
            "there are no customers with sales to train on; load data first (deploy.py load)"
        )
    query_sha256 = connection.value("SELECT sha256 FROM dbo.training_query")
    if query_sha256 is None:
        raise DeploymentError(
            "the text of the view dbo.customer_return_features may not be read by this login"
        )
    matrix = feature_matrix(frame, settings.features)
    progress.say(f"{len(frame):,} customers read from dbo.customer_return_features")
    curve = elbow(matrix)
    progress.say(
        f"elbow for k = {curve.ks[0]} to {curve.ks[-1]}: bend at k = {curve.knee}, k = {settings.k} is used"
    )
    trained = train(matrix, settings, str(query_sha256))
    evaluation = evaluate(matrix, trained.labels, trained.model)
    written = artifact.write(trained.model)
    output.mkdir(parents=True, exist_ok=True)
    artifact_file = output / f"{settings.name}.model"
    artifact_file.write_bytes(written)
    return TrainingReport(
        trained=trained,
        elbow=curve,
        evaluation=evaluation,
        artifact=written,
        artifact_file=artifact_file,
        elbow_file=elbow_picture(curve, settings.k, output / "elbow.png"),
        profile_file=profile_picture(evaluation, settings.features, output / "clusters.png"),
    )
