"""The one exception of this package; its text is meant for the person who runs the command."""

from __future__ import annotations


class ModelError(ValueError):
    """Features, a model or an artifact that cannot be used; the message says which and why."""
