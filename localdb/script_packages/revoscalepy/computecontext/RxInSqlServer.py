"""``from revoscalepy.computecontext.RxInSqlServer import RxInSqlServer``, as in Microsoft's tutorials."""

from ..contexts import RxInSqlServer
from ..data_sources import RxSqlServerData

__all__ = ["RxInSqlServer", "RxSqlServerData"]
