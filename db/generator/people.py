"""Rows of dbo.customer: invented people with addresses at example.org, which belongs to nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd

from db.generator.solve import Ints

_FIRST = (
    "Ada",
    "Alan",
    "Ben",
    "Carla",
    "Edith",
    "Frank",
    "Grace",
    "Hugo",
    "Ida",
    "Karen",
    "Leo",
    "Nora",
    "Otto",
)
_LAST = (
    "Adams",
    "Baker",
    "Cole",
    "Diaz",
    "Evans",
    "Garcia",
    "Ito",
    "Kim",
    "Lopez",
    "Novak",
    "Olsen",
    "Silva",
)
_COUNTRIES = ("AUSTRIA", "BRAZIL", "CANADA", "FRANCE", "GERMANY", "JAPAN", "NORWAY", "UNITED STATES")


def customer_frame(keys: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """All columns of dbo.customer for ``keys``, sorted by key."""
    keys = np.sort(keys)
    count = len(keys)
    first = np.array(_FIRST)[rng.integers(0, len(_FIRST), size=count)]
    last = np.array(_LAST)[rng.integers(0, len(_LAST), size=count)]
    texts = pd.Series(keys).astype(str)
    first_sale = rng.integers(2448998, 2452649, size=count)
    address = pd.Series(first).str.lower() + "." + pd.Series(last).str.lower() + "." + texts + "@example.org"
    frame = {
        "c_customer_sk": keys,
        "c_customer_id": "AAAAAAAA" + texts.str.zfill(8),
        "c_current_cdemo_sk": rng.integers(1, 1_920_801, size=count),
        "c_current_hdemo_sk": rng.integers(1, 7_201, size=count),
        "c_current_addr_sk": rng.integers(1, 50_001, size=count),
        "c_first_shipto_date_sk": first_sale + 30,
        "c_first_sales_date_sk": first_sale,
        "c_salutation": np.array(["Dr.", "Miss", "Mr.", "Mrs.", "Ms.", "Sir"])[
            rng.integers(0, 6, size=count)
        ],
        "c_first_name": first,
        "c_last_name": last,
        "c_preferred_cust_flag": np.where(rng.random(count) < 0.5, "Y", "N"),
        "c_birth_day": rng.integers(1, 29, size=count),
        "c_birth_month": rng.integers(1, 13, size=count),
        "c_birth_year": rng.integers(1924, 1993, size=count),
        "c_birth_country": np.array(_COUNTRIES)[rng.integers(0, len(_COUNTRIES), size=count)],
        "c_login": texts.where(texts == "", None),
        "c_email_address": address,
        "c_last_review_date": rng.integers(2452283, 2452649, size=count).astype(str),
    }
    return pd.DataFrame(frame)
