"""The errors of this package; each text says what was wrong and, where there is one, what to do instead."""

from __future__ import annotations


class RevoError(Exception):
    """What all errors of this package have in common."""


class NotSupportedError(RevoError, NotImplementedError):
    """Something that Microsoft's revoscalepy documents and this package does not do."""


class FormulaError(RevoError, ValueError):
    """A formula that cannot be read, or that does not fit the function or the data."""


class DataError(RevoError, ValueError):
    """Data that a function cannot work with."""


class ModelError(RevoError, ValueError):
    """Bytes that are not a model of ours, or a model that does not fit the data."""


class UnsupportedModelError(ModelError):
    """A model of a type that this package does not know."""


class ConnectionSettingError(RevoError):
    """A connection that cannot be made as asked for."""
