"""``from revoscalepy.datasource.RxOdbcData import RxOdbcData``, as in Microsoft's tutorials."""

from ..data_sources import RxOdbcData

__all__ = ["RxOdbcData"]
