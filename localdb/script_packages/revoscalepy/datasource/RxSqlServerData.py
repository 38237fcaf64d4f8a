"""``from revoscalepy.datasource.RxSqlServerData import RxSqlServerData``, as in Microsoft's tutorials."""

from ..data_sources import RxSqlServerData

__all__ = ["RxSqlServerData"]
