"""``from revoscalepy.functions.RxPredict import rx_predict``, as in Microsoft's tutorials."""

from ..prediction import rx_predict, rx_predict_default, rx_predict_rx_dforest, rx_predict_rx_dtree

__all__ = ["rx_predict", "rx_predict_default", "rx_predict_rx_dforest", "rx_predict_rx_dtree"]
