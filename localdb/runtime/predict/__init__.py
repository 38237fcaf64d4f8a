"""PREDICT and sp_rxPredict: a model asked in a satellite before the statement runs."""
