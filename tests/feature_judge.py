"""The formula of dbo.customer_return_features, a second time, with pandas: a judge of generator and view."""

import pandas as pd

FEATURES = ["orderRatio", "itemsRatio", "monetaryRatio", "frequency"]

# Sizes and means of Online Retail with KMeans(4, random_state=111, n_init=10), from the data's own README.
ONLINE_RETAIL = {
    3944: (0.138284, 0.027575, 0.022234, 0.371704),
    367: (0.574085, 0.085108, 0.070490, 4.449591),
    27: (0.481338, 0.079565, 0.055020, 19.185185),
    1: (1.0, 16.0, 57.050667, 1.0),
}
# What the tutorial publishes for its own data.
TUTORIAL = {
    31675: (0.0, 0.0, 0.0, 0.0),
    4989: (0.721604, 0.453365, 0.307721, 1.097815),
    1: (1.0, 2.0, 108.719154, 1.0),
    671: (0.136277, 0.078346, 0.044497, 4.271237),
}


def features_of(tables):
    """Customer and features from frames with the columns of store_sales and store_returns."""
    sold = _grouped(tables["store_sales"], "ss_customer_sk", "ss_ticket_number", "ss_item_sk", "ss_net_paid")
    back = _grouped(
        tables["store_returns"], "sr_customer_sk", "sr_ticket_number", "sr_item_sk", "sr_return_amt"
    )
    both = sold.join(back.add_suffix("_back"), how="left").fillna(0.0)
    ratios = {
        name: (both[f"{part}_back"] / both[part].where(both[part] != 0)).round(7).fillna(0.0)
        for name, part in zip(FEATURES[:3], ("tickets", "items", "money"), strict=True)
    }
    return pd.DataFrame({**ratios, "frequency": both["tickets_back"]}).rename_axis("customer").reset_index()


def by_size(rows):
    """Means by size, from rows of (cluster, size, four means): cluster numbers are unordered."""
    return {int(size): tuple(means) for _, size, *means in rows}


def _grouped(frame, customer, ticket, item, money):
    groups = frame.groupby(customer)
    counts = {"tickets": groups[ticket].nunique(), "items": groups[item].count()}
    return pd.DataFrame({**counts, "money": groups[money].sum().round(2)})
