"""The elbow and the profile of the clusters as PNG files."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from model.elbow import Elbow
from model.evaluation import Evaluation


def elbow_picture(elbow: Elbow, chosen_k: int, path: Path) -> Path:
    """Write the elbow curve with the computed knee and the chosen k marked; returns ``path``."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(elbow.ks, elbow.mean_distance, "b*-")
    axes.axvline(elbow.knee, color="grey", linestyle=":", label=f"computed knee, k = {elbow.knee}")
    axes.axvline(chosen_k, color="red", linestyle="--", label=f"chosen, k = {chosen_k}")
    axes.set_xticks(elbow.ks)
    axes.set_xlabel("Number of clusters")
    axes.set_ylabel("Mean distance to the nearest centre")
    axes.set_title("Elbow for KMeans clustering")
    axes.grid(True, alpha=0.4)
    axes.legend()
    return _save(figure, path)


def profile_picture(evaluation: Evaluation, features: tuple[str, ...], path: Path) -> Path:
    """Write one panel per feature with the mean of each cluster; returns ``path``."""
    figure = Figure(figsize=(3 * len(features), 4), layout="constrained")
    clusters = evaluation.clusters
    names = [f"{summary.cluster}\n(n={summary.size})" for summary in clusters]
    for index, feature in enumerate(features):
        axes = figure.add_subplot(1, len(features), index + 1)
        bars = axes.bar(names, [summary.means[index] for summary in clusters], color="steelblue")
        axes.bar_label(bars, fmt="%.3g", fontsize=8)
        axes.set_title(feature)
        axes.tick_params(axis="x", labelsize=8)
        axes.margins(y=0.15)
    figure.suptitle("Mean of each feature by cluster")
    return _save(figure, path)


def _save(figure: Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure)
    # No date or version in the file: the same data gives the same picture.
    figure.savefig(path, dpi=110, metadata={"Software": None})
    return path
