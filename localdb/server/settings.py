"""What an administrator may set about the wire."""

from __future__ import annotations

from dataclasses import dataclass

from localdb.tds.connection import DEFAULT_MESSAGE_LIMIT
from localdb.tds.packets import DEFAULT_PACKET_SIZE
from localdb.tds.prelogin import Encryption


@dataclass(frozen=True, slots=True)
class Settings:
    """Seconds and bytes. ``encryption`` is OFF (as each client likes), REQUIRED or NOT_SUPPORTED.

    ``send_timeout`` ends a connection whose client has not read for that long; 0 waits for ever, as
    SQL Server does.
    """

    encryption: Encryption = Encryption.OFF
    login_timeout: float = 15.0
    send_timeout: float = 0.0
    max_connections: int = 1000
    packet_size: int = DEFAULT_PACKET_SIZE
    message_limit: int = DEFAULT_MESSAGE_LIMIT
    thread_stack: int = 64 * 1024 * 1024
    program: str = "Microsoft SQL Server"
    version: tuple[int, int, int] = (16, 0, 1000)

    @property
    def wire_version(self) -> bytes:
        """PRELOGIN's VERSION: major, minor, build (big-endian), sub-build."""
        major, minor, build = self.version
        return bytes([major, minor]) + build.to_bytes(2, "big") + b"\0\0"
