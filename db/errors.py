"""What goes wrong on the database side, with every message that the server sent."""

from __future__ import annotations

from dataclasses import dataclass


class DeploymentError(Exception):
    """Something that stops a command; the text is for the person who ran it."""


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """One diagnostic record: ``number`` is SQL Server's (0 for the driver's own), ``state`` the SQLSTATE."""

    number: int
    state: str
    text: str

    def __str__(self) -> str:
        return f"Msg {self.number}: {self.text}" if self.number else f"{self.state}: {self.text}"


class DatabaseError(DeploymentError):
    """A statement failed; ``messages`` are all diagnostics, in the order in which the server sent them."""

    def __init__(self, messages: tuple[ServerMessage, ...], doing: str = "") -> None:
        self.messages = messages
        self.doing = doing
        lines = [f"{doing}:"] if doing else []
        super().__init__("\n".join([*lines, *(str(message) for message in messages)]))

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(message.number for message in self.messages)

    def while_doing(self, doing: str) -> DatabaseError:
        """The same error with a first line that says what was being done."""
        return DatabaseError(self.messages, doing)
