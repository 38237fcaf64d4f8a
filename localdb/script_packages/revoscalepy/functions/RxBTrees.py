"""``from revoscalepy.functions.RxBTrees import rx_btrees``, as in Microsoft's tutorials."""

from ..boosting import rx_btrees

__all__ = ["rx_btrees"]
