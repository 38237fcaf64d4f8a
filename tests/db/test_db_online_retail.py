"""The loader of Online Retail maps the file as the data's README says, from csv, csv.xz and xlsx."""

import lzma

import openpyxl
import pandas as pd
import pytest

from db.errors import DeploymentError
from db.online_retail import COLUMNS, OnlineRetail, read_chunks
from model.features import feature_matrix
from model.train import Settings, train
from tests.feature_judge import FEATURES, ONLINE_RETAIL, features_of

LINES = [
    ("536365", "85123A", "HEART", 6, "2010-12-01 08:26:00", 2.55, 17850.0, "United Kingdom"),
    ("536365", "85123A", "HEART", 2, "2010-12-01 08:26:00", 0.335, 17850.0, "United Kingdom"),
    ("536366", "71053", "LANTERN", 1, "2010-12-01 08:28:00", 3.39, None, "United Kingdom"),
    ("C536379", "71053", "LANTERN", -1, "2010-12-02 00:00:01", 3.39, 17850.0, "United Kingdom"),
]


def everything(file):
    retail = OnlineRetail()
    pieces = [retail.tables(chunk) for chunk in read_chunks(file)]
    tables = {name: pd.concat([piece[name] for piece in pieces]) for name in ("store_sales", "store_returns")}
    return retail, tables


def as_csv(folder):
    file = folder / "online.csv"
    pd.DataFrame(LINES, columns=list(COLUMNS)).to_csv(file, index=False)
    return file


def as_xz(folder):
    file = folder / "online.csv.xz"
    file.write_bytes(lzma.compress(as_csv(folder).read_bytes()))
    return file


def as_xlsx(folder):
    file = folder / "online.xlsx"
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    for invoice, code, text, quantity, when, price, customer, country in LINES:
        number = int(invoice) if invoice.isdigit() else invoice
        book.active.append(
            (number, code, text, quantity, pd.Timestamp(when).to_pydatetime(), price, customer, country)
        )
    book.save(file)
    return file


@pytest.mark.parametrize("write", [as_csv, as_xz, as_xlsx])
def test_lines_become_sales_and_returns(tmp_path, write):
    retail, tables = everything(write(tmp_path))
    assert tables["store_sales"].to_dict("records") == [
        {
            "ss_sold_date_sk": 2455532,
            "ss_sold_time_sk": 30360,
            "ss_item_sk": 1,
            "ss_customer_sk": 17850,
            "ss_ticket_number": 536365,
            "ss_quantity": 6,
            "ss_list_price": 2.55,
            "ss_sales_price": 2.55,
            "ss_net_paid": 15.3,
        },
        {
            "ss_sold_date_sk": 2455532,
            "ss_sold_time_sk": 30360,
            "ss_item_sk": 1,
            "ss_customer_sk": 17850,
            "ss_ticket_number": 536365,
            "ss_quantity": 2,
            "ss_list_price": pytest.approx(0.34, abs=0.011),
            "ss_sales_price": pytest.approx(0.34, abs=0.011),
            "ss_net_paid": 0.67,
        },
    ]
    assert tables["store_returns"].to_dict("records") == [
        {
            "sr_returned_date_sk": 2455533,
            "sr_return_time_sk": 1,
            "sr_item_sk": 2,
            "sr_customer_sk": 17850,
            "sr_ticket_number": 536379,
            "sr_return_quantity": 1,
            "sr_return_amt": 3.39,
        }
    ]
    assert (retail.lines, retail.without_customer, retail.customers) == (4, 1, {17850})


def test_the_whole_file_gives_the_reference_features_and_clusters(online_retail_file):
    retail, tables = everything(online_retail_file)
    assert (retail.lines, retail.without_customer, len(retail.customers)) == (541_909, 135_080, 4_372)
    features = features_of(tables)
    reference = pd.read_csv(online_retail_file.parent / "customer_return_features.csv.gz")
    assert features["customer"].tolist() == reference["CustomerID"].tolist()
    # The reference was computed without rounding lines to pence.
    pd.testing.assert_frame_equal(features[FEATURES], reference[FEATURES], check_dtype=False, atol=1e-3)
    trained = train(feature_matrix(features), Settings(), "0" * 64)
    assert trained.model.inertia == pytest.approx(5779.9748, abs=0.01)
    means = features[FEATURES].groupby(trained.labels).mean()
    for size, centre in zip(trained.model.sizes, means.to_numpy(), strict=True):
        assert tuple(centre) == pytest.approx(ONLINE_RETAIL[size], abs=2e-6)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "InvoiceNo,Price\n1,2\n", "has the columns InvoiceNo, Price"),
        ("a.csv", "", "cannot be read"),
        ("a.csv", ",".join(COLUMNS) + "\nA1,x,y,1,2010-12-01,1.0,5,UK\n", "line 1"),
        ("a.csv", ",".join(COLUMNS) + "\n1,x,y,many,2010-12-01,1.0,5,UK\n", "many"),
        ("a.txt", "", "neither"),
    ],
)
def test_another_file_is_refused_with_the_reason(tmp_path, name, content, reason):
    (tmp_path / name).write_text(content)
    with pytest.raises(DeploymentError, match=reason):
        everything(tmp_path / name)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DeploymentError, match="no file"):
        everything(tmp_path / "none.csv")
