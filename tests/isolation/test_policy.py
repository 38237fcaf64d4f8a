# ruff: noqa: E501 (one script, one line)
"""Layers, grades, and what is refused when a promise cannot be kept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from localdb.satellite import seccomp, syscalls
from localdb.satellite.contract import LEAST_MEMORY, Limits
from localdb.satellite.isolation import (
    BEST_EFFORT,
    LAYERS,
    PROMISES,
    REQUIRE_FULL,
    Grade,
    Isolation,
    LayerState,
    grade,
    missing,
    refusal,
)

EVERY = ("namespaces", "Landlock", "seccomp")


def _states(*absent: str) -> tuple[LayerState, ...]:
    return tuple(LayerState(x.name, x.name not in absent, "not here" * (x.name in absent)) for x in LAYERS)


@pytest.mark.parametrize(
    ("absent", "expected"),
    [
        ((), Grade.FULL),
        (("namespaces",), Grade.FULL),
        (("Landlock",), Grade.FULL),
        (("dedicated user",), Grade.FULL),
        (("seccomp",), Grade.REDUCED),
        (("namespaces", "Landlock"), Grade.REDUCED),
        (("namespaces", "seccomp"), Grade.REDUCED),
        (EVERY, Grade.NONE),
        ((*EVERY, "dedicated user"), Grade.NONE),
    ],
)
def test_grades(absent, expected):
    assert grade(_states(*absent)) is expected
    assert bool(missing(_states(*absent))) is (expected is not Grade.FULL)


def test_what_is_missing_is_named():
    assert missing(_states("seccomp")) == "processes (seccomp: not here)"
    text = refusal(_states(*EVERY), Isolation())
    assert all(promise in text for promise in PROMISES) and REQUIRE_FULL in text
    assert refusal(_states(*EVERY), Isolation(BEST_EFFORT)) == ""


@pytest.mark.parametrize("settings", [{"policy": "none"}, {"without": ("a wall",)}])
def test_unknown_settings_are_refused(settings):
    with pytest.raises(ValueError):
        Isolation(**settings)


@pytest.mark.parametrize(
    "limits", [{"memory": LEAST_MEMORY - 1}, {"memory": LEAST_MEMORY, "wall_clock": None}]
)
def test_limits_that_would_hang_are_refused(limits):
    with pytest.raises(ValueError):
        Limits(**limits)


def test_every_layer_is_there(usual):
    absent = {name: reason for name, (available, reason) in usual.layers.items() if not available}
    expected = {} if usual.user == 0 else {"dedicated user": "the server does not run as root"}
    assert absent == expected


def test_scripts_are_refused_below_full(server):
    below = server(os.getuid(), without=("seccomp",), modules=[])
    result = below.run("print(1)")
    assert result["outcome"] == "REFUSED" and result["stdout"] == ""
    assert result["error"].endswith("Not isolated: processes (seccomp: switched off).")
    assert below.run("print(1)")["outcome"] == "REFUSED"


def test_best_effort_runs_them(server):
    below = server(os.getuid(), without=("seccomp",), policy=BEST_EFFORT, modules=[])
    assert below.run("print(1)")["stdout"] == "1\n"


def test_one_user_for_each_concurrent_script(server):
    if os.getuid() != 0:
        pytest.skip("only a server that runs as root has users to give")
    one = server(0, without=())
    one.ask("start", name="first", script="while True: pass")
    users = {
        one.run("import os; print(os.getuid(), os.getgid(), os.getgroups())")["stdout"] for _ in range(3)
    }
    assert all(re.fullmatch(r"(61\d\d\d) \1 \[\]\n", line) for line in users), users


def test_no_orphan_survives_in_the_namespace(server):
    """Without seccomp a script can start processes; they end with it."""
    below = server(os.getuid(), without=("seccomp", "Landlock"), policy=BEST_EFFORT, modules=[])
    before = below.look()
    script = "import os, time\nfor _ in range(3):\n  if os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nos._exit(0)"
    assert below.run(script)["outcome"] == "DIED"
    init = before["children"][0]
    assert Path(f"/proc/{init}/task/{init}/children").read_text() == ""
    assert below.look() == before


HEADERS = {
    0: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    1: Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", HEADERS)
def test_numbers_of_system_calls(machine):
    """They are those of the kernel's headers, where these know the call."""
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    text = HEADERS[machine].read_text()
    known = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    ours = {name: row[machine] for name, row in syscalls._NUMBERS.items() if row[machine] is not None}
    assert {name: number for name, number in ours.items() if name in known} == {
        n: known[n] for n in ours if n in known
    }
    assert len(ours.keys() & known.keys()) > 100
    assert all(number > max(known.values()) for name, number in ours.items() if name not in known)


@pytest.mark.parametrize("name", [*seccomp.FORBIDDEN, *seccomp.ATTRIBUTES])
def test_forbidden_names_are_known(name):
    assert name in syscalls._NUMBERS


def test_the_filter_in_python():
    """The program interpreted here, over every number: what is allowed is what is not listed."""
    number = syscalls.numbers()
    allowed = {n for n in range(600) if _interpret(seccomp.program(7), n) == seccomp._ALLOW}
    listed = {number[name] for name in seccomp.FORBIDDEN if name in number}
    conditional = {number[n] for n in ("clone", "socketpair", "prctl", "kill", "tgkill", "rt_sigqueueinfo")}
    conditional |= {number[n] for n in ("rt_tgsigqueueinfo", "clone3")}
    assert allowed == set(range(syscalls.LAST_KNOWN + 1)) - listed - conditional
    assert _interpret(seccomp.program(7), number["kill"], 7) == seccomp._ALLOW
    assert _interpret(seccomp.program(7), number["kill"], 8) == seccomp._DENY
    assert _interpret(seccomp.program(7), number["clone"], 0x3D0F00) == seccomp._ALLOW
    assert _interpret(seccomp.program(7), number["clone"], 0x3D0F00 | 0x40000000) == seccomp._DENY
    assert _interpret(seccomp.program(7), number["socketpair"], 1, 1 | 0x80800) == seccomp._ALLOW
    assert _interpret(seccomp.program(7), number["socketpair"], 1, 2) == seccomp._DENY
    assert _interpret(seccomp.program(7), number["ioctl"], 0, 0x5412) == seccomp._DENY


def _interpret(program, number: int, *arguments: int) -> int:
    data = {0: number, 4: seccomp._AUDIT_MACHINE[os.uname().machine]}
    data |= {16 + 8 * index: value for index, value in enumerate((*arguments, 0, 0)[:6])}
    position = value = 0
    while True:
        code, true, false, constant = program[position]
        position += 1
        if code == seccomp._RETURN:
            return constant
        if code == seccomp._LOAD:
            value = data[constant]
        elif code == seccomp._AND:
            value &= constant
        else:
            tests = {
                seccomp._EQUAL: value == constant,
                seccomp._ABOVE: value > constant,
                seccomp._ANY_BIT: bool(value & constant),
            }
            position += true if tests[code] else false


def test_the_option_of_the_server():
    done = subprocess.run(
        [sys.executable, "-m", "localdb", "serve", "--isolation", "none"], capture_output=True, text=True
    )
    assert done.returncode != 0 and "require-full" in done.stderr + done.stdout
