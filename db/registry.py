"""Model versions in the database: calls of the stored procedures that keep them."""

from __future__ import annotations

from dataclasses import dataclass

from db.connection import Connection, ResultSet


@dataclass(frozen=True, slots=True)
class Pushed:
    """``new`` is false when the same bytes were stored before."""

    version: int
    new: bool


class Registry:
    """Versions of one model."""

    def __init__(self, connection: Connection, model_name: str) -> None:
        self._connection = connection
        self._name = model_name

    def push(self, artifact: bytes) -> Pushed:
        """Store ``artifact`` as the next version, or find the version that has these bytes."""
        before = self.newest()
        version = int(
            self._connection.value(
                "SET NOCOUNT ON; DECLARE @version int; "
                "EXEC dbo.push_model @artifact = ?, @model_name = ?, @version = @version OUTPUT; "
                "SELECT @version;",
                [artifact, self._name],
            )
        )
        return Pushed(version, version > before)

    def newest(self) -> int:
        """The highest version, 0 if there is none."""
        sql = "SELECT COALESCE(MAX(version), 0) FROM dbo.models WHERE model_name = ?"
        return int(self._connection.value(sql, [self._name]))

    def active(self) -> int | None:
        """The version that scores, None if none was activated."""
        found = self._connection.value(
            "SELECT version FROM dbo.active_models WHERE model_name = ?", [self._name]
        )
        return None if found is None else int(found)

    def activate(self, version: int, reason: str) -> None:
        """Make ``version`` the one that scores."""
        self._connection.run(
            "EXEC dbo.activate_model @version = ?, @model_name = ?, @reason = ?",
            [version, self._name, reason],
        )

    def roll_back(self, reason: str) -> int:
        """Bring back the version that was active before; returns it."""
        return int(
            self._connection.value(
                "SET NOCOUNT ON; DECLARE @version int; "
                "EXEC dbo.rollback_model @model_name = ?, @reason = ?, @version = @version OUTPUT; "
                "SELECT @version;",
                [self._name, reason],
            )
        )

    def versions(self) -> ResultSet:
        """All versions, as dbo.list_models shows them."""
        return self._connection.run("EXEC dbo.list_models @model_name = ?", [self._name]).result_sets[0]
