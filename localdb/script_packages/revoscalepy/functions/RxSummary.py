"""``from revoscalepy.functions.RxSummary import rx_summary``, as in Microsoft's tutorials."""

from ..summary import rx_summary

__all__ = ["rx_summary"]
