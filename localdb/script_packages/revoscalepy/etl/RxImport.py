"""``from revoscalepy.etl.RxImport import rx_import``, as in Microsoft's tutorials."""

from ..data_step import rx_import

__all__ = ["rx_import"]
