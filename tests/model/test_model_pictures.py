"""The pictures are PNG files, and the same data gives the same file."""

import numpy as np

from model.elbow import elbow
from model.evaluation import evaluate
from model.features import FEATURES
from model.pictures import elbow_picture, profile_picture
from model.train import Settings, train


def test_pictures_are_written(tmp_path):
    rows = np.random.default_rng(1).random((50, 4))
    trained = train(rows, Settings(), "0" * 64)
    first = elbow_picture(elbow(rows, range(1, 5)), 4, tmp_path / "made" / "elbow.png")
    second = profile_picture(
        evaluate(rows, trained.labels, trained.model), FEATURES, tmp_path / "profile.png"
    )
    for file in (first, second):
        assert file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    again = elbow_picture(elbow(rows, range(1, 5)), 4, tmp_path / "again.png")
    assert again.read_bytes() == first.read_bytes()
