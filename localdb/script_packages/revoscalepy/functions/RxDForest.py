"""``from revoscalepy.functions.RxDForest import rx_dforest``, as in Microsoft's tutorials."""

from ..forest import rx_dforest

__all__ = ["rx_dforest"]
