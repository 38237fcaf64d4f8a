"""``from revoscalepy.functions.RxLinMod import rx_lin_mod``, as in Microsoft's tutorials."""

from ..linear import rx_lin_mod

__all__ = ["rx_lin_mod"]
