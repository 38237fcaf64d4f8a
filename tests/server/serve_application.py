"""The small application as a process: ``python -m tests.server.serve_application FOLDER [SETTINGS as JSON]``.

A process of its own, because drivers hold the interpreter's lock in some of their calls.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from localdb.server.serve import serve
from localdb.server.settings import Settings
from localdb.tds.prelogin import Encryption
from tests.server.application import Instance


def settings(text: str) -> Settings:
    values: dict[str, Any] = json.loads(text)
    if "encryption" in values:
        values["encryption"] = Encryption[values["encryption"]]
    return Settings(**values)


async def main(folder: Path, settings: Settings) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    def ready(host: str, port: int) -> None:
        print(f"ready {host} {port}", flush=True)

    await serve(Instance(), "127.0.0.1", 0, folder, ready, stop, settings)


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG if "--trace" in sys.argv else logging.WARNING)
    asyncio.run(main(Path(sys.argv[1]), settings(sys.argv[2] if len(sys.argv) > 2 else "{}")))
