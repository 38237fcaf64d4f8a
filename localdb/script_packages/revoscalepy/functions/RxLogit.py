"""``from revoscalepy.functions.RxLogit import rx_logit``, as in Microsoft's tutorials."""

from ..logistic import rx_logit

__all__ = ["rx_logit"]
