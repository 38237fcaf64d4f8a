"""The UCI data set Online Retail as sales and returns: csv, csv.xz or the original xlsx, read in pieces.

Lines of invoices are sales, lines of invoices that begin with C are returns, lines without a customer are
left out. Ticket = InvoiceNo, item = StockCode (numbered as they appear), money = |Quantity| x UnitPrice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from db.errors import DeploymentError

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
CHUNK_ROWS = 20_000
# Day numbers of TPC-DS are Julian days; this one is 1970-01-01.
_JULIAN_EPOCH = 2440588


@dataclass(slots=True)
class OnlineRetail:
    """Turns pieces of the file into rows of our tables, and remembers items and customers met so far."""

    lines: int = 0
    without_customer: int = 0
    customers: set[int] = field(default_factory=set)
    _items: dict[str, int] = field(default_factory=dict)

    def tables(self, chunk: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Rows of store_sales and store_returns for one piece of the file."""
        known = chunk[chunk["CustomerID"].notna() & (chunk["CustomerID"].astype(str).str.strip() != "")]
        self.lines += len(chunk)
        self.without_customer += len(chunk) - len(known)
        invoice = known["InvoiceNo"].astype(str).str.strip()
        returned = invoice.str.upper().str.startswith("C").to_numpy()
        common = self._common(known, invoice)
        return {"store_sales": _sales(common[~returned]), "store_returns": _returns(common[returned])}

    def customer_rows(self) -> pd.DataFrame:
        """Rows of dbo.customer: the file knows numbers only, no names and no addresses."""
        keys = sorted(self.customers)
        return pd.DataFrame({"c_customer_sk": keys, "c_customer_id": [str(key) for key in keys]})

    def _common(self, known: pd.DataFrame, invoice: pd.Series) -> pd.DataFrame:
        try:
            ticket = invoice.str.upper().str.removeprefix("C").astype("int64")
            customer = known["CustomerID"].astype(float).astype("int64")
            quantity = known["Quantity"].astype("int64").abs()
            price = known["UnitPrice"].astype(float)
            when = pd.to_datetime(known["InvoiceDate"])
        except (ValueError, TypeError) as error:
            raise DeploymentError(f"around line {self.lines}: {error}") from error
        self.customers.update(customer.unique().tolist())
        day = when.dt.normalize()
        return pd.DataFrame(
            {
                "day": (day - pd.Timestamp(0)).dt.days + _JULIAN_EPOCH,
                "second": (when - day).dt.total_seconds().astype("int64"),
                "item": self._item_keys(known["StockCode"]),
                "customer": customer,
                "ticket": ticket,
                "quantity": quantity,
                "price": price.round(2),
                # Whole cents, halves upwards; the small addend is for products that floats put just below.
                "money": np.floor(quantity * price * 100 + 0.5 + 1e-7) / 100,
            }
        )

    def _item_keys(self, codes: pd.Series) -> list[int]:
        items = self._items
        return [items.setdefault(code, len(items) + 1) for code in codes.astype(str).str.strip()]


def read_chunks(file: Path) -> Iterator[pd.DataFrame]:
    """The file in pieces of CHUNK_ROWS lines, with the eight columns of the data set."""
    if not file.is_file():
        raise DeploymentError(f"there is no file {file}")
    if file.suffix.lower() == ".xlsx":
        yield from _read_xlsx(file)
    elif file.name.lower().endswith((".csv", ".csv.xz", ".csv.gz")):
        yield from _read_csv(file)
    else:
        raise DeploymentError(f"{file.name} is neither .csv, .csv.xz, .csv.gz nor .xlsx")


def _read_csv(file: Path) -> Iterator[pd.DataFrame]:
    try:
        with pd.read_csv(file, chunksize=CHUNK_ROWS, dtype=str, encoding="utf-8-sig") as chunks:
            for chunk in chunks:
                _check_columns(file, tuple(chunk.columns))
                yield chunk
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError, EOFError) as error:
        raise DeploymentError(f"{file.name} cannot be read: {error}") from error


def _read_xlsx(file: Path) -> Iterator[pd.DataFrame]:
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        _check_columns(file, tuple(str(name) for name in next(rows, ())))
        while piece := list(islice(rows, CHUNK_ROWS)):
            yield pd.DataFrame(piece, columns=list(COLUMNS))
    finally:
        book.close()


def _check_columns(file: Path, found: tuple[str, ...]) -> None:
    if found != COLUMNS:
        raise DeploymentError(
            f"{file.name} has the columns {', '.join(found)}; expected {', '.join(COLUMNS)}"
        )


def _sales(common: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ss_sold_date_sk": common["day"],
            "ss_sold_time_sk": common["second"],
            "ss_item_sk": common["item"],
            "ss_customer_sk": common["customer"],
            "ss_ticket_number": common["ticket"],
            "ss_quantity": common["quantity"],
            "ss_list_price": common["price"],
            "ss_sales_price": common["price"],
            "ss_net_paid": common["money"],
        }
    )


def _returns(common: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sr_returned_date_sk": common["day"],
            "sr_return_time_sk": common["second"],
            "sr_item_sk": common["item"],
            "sr_customer_sk": common["customer"],
            "sr_ticket_number": common["ticket"],
            "sr_return_quantity": common["quantity"],
            "sr_return_amt": common["money"],
        }
    )
