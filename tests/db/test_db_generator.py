"""The generated data gives the tutorial's published table; the features are computed with pandas alone."""

import numpy as np
import pandas as pd
import pytest

from db.generator.shape import shaped_tables
from db.generator.targets import FREQUENT, INACTIVE, OCCASIONAL, OUTLIER
from db.generator.tutorial import tutorial_tables
from model.features import FEATURES, feature_matrix
from model.predict import nearest_centre
from model.train import Settings, train
from tests.feature_judge import features_of


@pytest.fixture(scope="module")
def tables():
    return tutorial_tables()


@pytest.fixture(scope="module")
def features(tables):
    return features_of(tables)


@pytest.fixture(scope="module")
def trained(features):
    return train(feature_matrix(features), Settings(), "0" * 64)


def test_sizes_and_means_are_the_published_ones(features, trained):
    found = features.groupby(trained.labels).agg(["size", "mean"])
    rows = {
        int(found.loc[label, ("customer", "size")]): [
            found.loc[label, (name, "mean")] for name in ("customer", *FEATURES)
        ]
        for label in found.index
    }
    assert set(rows) == {31675, 4989, 1, 671}
    for target in (INACTIVE, OCCASIONAL, OUTLIER, FREQUENT):
        published = (
            target.customer,
            target.order_ratio,
            target.items_ratio,
            target.monetary_ratio,
            target.frequency,
        )
        assert rows[target.size] == pytest.approx(published, abs=5.1e-7)


def test_clusters_are_numbered_as_in_the_tutorial(trained):
    assert trained.model.sizes == (31675, 4989, 1, 671)


@pytest.mark.parametrize(
    ("customer", "row"),
    [
        (29727, (0, 0, 0, 0)),
        (97643, (0.068182, 0.078176, 0.037034, 3)),
        (57247, (0, 0, 0, 0)),
        (32549, (0.086957, 0.068657, 0.031281, 4)),
        (2040, (0, 0, 0, 0)),
        (57044, (1, 2, 108.719154, 1)),
    ],
)
def test_the_customers_that_the_tutorial_shows(features, customer, row):
    found = features[features["customer"] == customer].iloc[0]
    assert tuple(found[name] for name in FEATURES) == pytest.approx(row, abs=5.1e-7)


def test_labels_from_the_centres_equal_scikit_learns(features, trained):
    assert (
        nearest_centre(feature_matrix(features), trained.model.centroids).tolist() == trained.labels.tolist()
    )


def test_return_tickets_and_sizes(tables):
    assert len(tables["store_sales"]) <= 250_000
    returned = tables["store_returns"].groupby("sr_customer_sk")["sr_ticket_number"].nunique()
    assert returned.sum() == 8344
    assert tables["customer"]["c_customer_sk"].is_unique
    assert len(tables["customer"]) == 40_000
    assert set(tables["store_sales"]["ss_customer_sk"]) <= set(tables["customer"]["c_customer_sk"])


def test_returns_refer_to_sales(tables):
    sold = set(
        zip(tables["store_sales"]["ss_ticket_number"], tables["store_sales"]["ss_item_sk"], strict=True)
    )
    back = zip(
        tables["store_returns"]["sr_ticket_number"], tables["store_returns"]["sr_item_sk"], strict=True
    )
    assert set(back) <= sold


def test_money_adds_up_and_fits_decimal_7_2(tables):
    sales, returns = tables["store_sales"], tables["store_returns"]
    np.testing.assert_allclose(
        sales["ss_quantity"] * sales["ss_sales_price"], sales["ss_net_paid"], atol=0.001
    )
    np.testing.assert_allclose(
        returns[["sr_refunded_cash", "sr_reversed_charge", "sr_store_credit"]].sum(axis=1),
        returns["sr_return_amt"],
    )
    for frame in (sales, returns):
        money = frame.select_dtypes("float64")
        assert money.abs().to_numpy().max() < 100_000
        np.testing.assert_allclose(money * 100, (money * 100).round(), atol=1e-6)
    assert returns["sr_return_amt"].min() >= 0.01


@pytest.mark.parametrize("scale", [0.001, 0.01, 0.1])
def test_smaller_data_keeps_the_proportions(scale):
    features = features_of(tutorial_tables(scale))
    sizes = {max(1, round(scale * target.size)) for target in (INACTIVE, OCCASIONAL, OUTLIER)}
    found = train(feature_matrix(features), Settings(), "0" * 64).model.sizes
    assert sizes <= set(found)


def test_seed_and_scale_decide_every_row():
    first, second = tutorial_tables(0.01, 5), tutorial_tables(0.01, 5)
    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name])
    assert not first["store_sales"].equals(tutorial_tables(0.01, 6)["store_sales"])


@pytest.mark.parametrize("scale", [0, -1, 1000, float("nan")])
def test_a_scale_without_sense_is_refused(scale):
    with pytest.raises(ValueError, match="scale"):
        tutorial_tables(scale)


def test_shaped_data_has_the_shape():
    tables = shaped_tables(customers=900, sales=27_500, returns=2_780)
    assert len(tables["store_sales"]) == 27_500
    assert len(tables["store_returns"]) == 2_780
    assert tables["store_sales"]["ss_customer_sk"].nunique() == 900
    assert (features_of(tables)["orderRatio"] <= 1).all()
