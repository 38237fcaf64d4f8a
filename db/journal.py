"""What dbo.deployment_journal says was applied, and the rules that follow from it."""

from __future__ import annotations

from db.connection import Connection
from db.errors import DatabaseError, DeploymentError
from db.scripts import Script

JOURNAL_SCRIPT = "000_deployment_journal"


class Journal:
    """The newest hash of each name, by kind: 'schema' (run once), 'procedure' (run when changed), 'data'."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def exists(self) -> bool:
        found = self._connection.value("SELECT OBJECT_ID(N'dbo.deployment_journal', N'U')")
        return found is not None

    def entries(self, kind: str) -> dict[str, str]:
        """Name and hash of what was applied; empty before the first deployment."""
        if not self.exists:
            return {}
        sql = "SELECT name, sha256 FROM dbo.deployment_journal WHERE kind = ? ORDER BY entry_id"
        return {str(name): str(sha256).strip() for name, sha256 in self._connection.rows(sql, [kind])}

    def record(self, kind: str, name: str, sha256: str) -> None:
        """Add a row, in the transaction of what it tells of."""
        sql = "INSERT INTO dbo.deployment_journal (kind, name, sha256) VALUES (?, ?, ?)"
        self._connection.run(sql, [kind, name, sha256])

    def pending_schema(self, scripts: list[Script]) -> list[Script]:
        """The run-once scripts that were not applied; refuses an applied one whose text has changed since."""
        applied = self.entries("schema")
        changed = [
            script.name for script in scripts if applied.get(script.name, script.sha256) != script.sha256
        ]
        if changed:
            raise DeploymentError(
                f"these scripts were changed after they had been applied: {', '.join(changed)}.\n"
                "A run-once script must stay as it is; put the change into a new script with the next number."
            )
        lost = sorted(set(applied) - {script.name for script in scripts})
        if lost:
            raise DeploymentError(
                f"this database has scripts that are not here: {', '.join(lost)}. Is this an older checkout?"
            )
        return [script for script in scripts if script.name not in applied]

    def pending_procedures(self, scripts: list[Script]) -> list[Script]:
        """The run-always scripts that are new or whose text has changed."""
        applied = self.entries("procedure")
        return [script for script in scripts if applied.get(script.name) != script.sha256]

    def apply(self, kind: str, script: Script) -> None:
        """Run the batches of ``script`` and record it; the caller holds a transaction."""
        for batch in script.batches:
            try:
                for _ in range(batch.count):
                    self._connection.run(batch.text)
            except DatabaseError as error:
                raise error.while_doing(f"script {script.name}.sql, batch at line {batch.line}") from error
        self.record(kind, script.name, script.sha256)
