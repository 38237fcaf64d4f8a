"""``from revoscalepy.etl.RxDataStep import rx_data_step``, as in Microsoft's tutorials."""

from ..data_step import rx_data_step

__all__ = ["rx_data_step"]
