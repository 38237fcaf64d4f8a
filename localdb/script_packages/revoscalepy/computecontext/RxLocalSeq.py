"""``from revoscalepy.computecontext.RxLocalSeq import RxLocalSeq``, as in Microsoft's tutorials."""

from ..contexts import RxLocalSeq

__all__ = ["RxLocalSeq"]
