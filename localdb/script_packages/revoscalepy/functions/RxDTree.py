"""``from revoscalepy.functions.RxDTree import rx_dtree``, as in Microsoft's tutorials."""

from ..single_tree import rx_dtree

__all__ = ["rx_dtree"]
