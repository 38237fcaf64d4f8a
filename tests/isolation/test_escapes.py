"""Nothing that a script tries leads out of its worker, as root and as another user."""

from __future__ import annotations

import pytest

from tests.isolation.escapes import DISK, ESCAPES, RESOURCES, script

LIMITS = {"memory": 768 * 2**20, "wall_clock": 20}


def _attempt(server, body: str) -> None:
    sibling = "import time\nwhile True: time.sleep(1)"
    if "sibling" not in vars(server):
        server.ask("start", name="sibling", script=sibling)
        server.sibling = True
    result = server.run(script(body, server.current_targets()), libraries=["own"], **LIMITS)
    print(result["stdout"], result["error"])
    assert "ESCAPED" not in result["stdout"]
    # A script that stops itself is as good, one that is not stopped is not. Python itself can hang where it
    # finds no memory for a thread: then it is the wall clock that stops a hog.
    ends = ("DIED", "TIMED_OUT") if body in RESOURCES.values() else ("DIED",)
    assert result["stdout"].startswith("stopped:") or result["outcome"] in ends
    assert server.look()["findings"] == []


@pytest.mark.parametrize("name", ESCAPES)
def test_no_way_out(full, name):
    _attempt(full, ESCAPES[name])


@pytest.mark.parametrize("name", DISK)
def test_no_way_to_fill_the_disk(usual, name):
    _attempt(usual, DISK[name])


def test_the_techniques_work_without_isolation(server):
    """The attempts are honest: without the layers, most of them succeed."""
    everything = ("namespaces", "dedicated user", "no privileges", "Landlock", "seccomp")
    open_server = server(0, policy="best-effort", without=everything)
    harmless = (
        "fork",
        "tcp to the host",
        "udp",
        "unix socket",
        "abstract socket",
        "/etc/passwd",
        "the data file",
    )
    harmless += (
        "os.system",
        "subprocess",
        "the server's environment",
        "the server's memory",
        "processes listed",
    )
    harmless += ("setresuid", "unshare network", "signal 0, are you there", "pidfd", "System V shared memory")
    harmless += ("unix datagram of a pair", "chroot", "keyctl")
    harmless += ("another library read", "another library imported", "the libraries listed")
    harmless += ("another library up with dots", "a spare's memory read", "a spare's descriptors")
    for name in harmless:
        result = open_server.run(script(ESCAPES[name], open_server.current_targets()), libraries=["own"])
        assert "ESCAPED" in result["stdout"], (name, result)
