"""Confinement of a process by itself: what is refused afterwards, and what the filters say on both machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents import confine
from gonogo_agents.confine import calls, seccomp
from support import bpf

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSTEM = tuple(place for place in ("/usr", "/lib", "/lib64", "/bin", "/etc") if Path(place).exists())
HAS_LINUX = "filter" in confine.offered()
needs_linux = pytest.mark.skipif(not HAS_LINUX, reason="these layers are Linux's; elsewhere the level is process")
FORTY_TWO = 42


def in_a_child(layers: Sequence[confine.Layer], code: str) -> dict[str, Any]:
    """Put the layers on a fork of a fresh process, then run the code there; what it leaves in ``found``."""
    script = (
        "import json, os, sys\nfrom gonogo_agents import confine\n"
        f"on = confine.put_on({list(layers)!r}, (1,), os.getppid())\n"
        f"found = {{}}\n{code}\nos.write(1, json.dumps({{**found, 'on': on}}).encode())"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, env=env)
    found: dict[str, Any] = json.loads(done.stdout or b"null") or {"died": str(done.returncode)}
    return found


def fenced(fence: confine.Fence, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(confine.command(argv, fence), capture_output=True, text=True, check=False, timeout=60)


@needs_linux
def test_a_worker_can_neither_open_nor_reach_anybody() -> None:
    found = in_a_child(confine.offered(), "found.update(confine.tried())")
    assert found.pop("on") == {str(layer): "on" for layer in confine.offered()}
    assert found == {"open": "PermissionError", "socket": "PermissionError"}
    assert confine.refused(found)


@needs_linux
def test_without_the_filter_nothing_is_called_sealed() -> None:
    layers = [layer for layer in confine.offered() if layer != "filter"]
    found = in_a_child(layers, "found.update(confine.tried())")
    found.pop("on")
    assert found["socket"] == "it went through"
    assert not confine.refused(found)


def test_a_limit_alone_is_no_refusal() -> None:
    assert not confine.refused({"open": "OSError", "socket": "OSError"})
    assert not confine.refused({})


@needs_linux
def test_capabilities_are_gone_for_root_too() -> None:
    code = "found['caps'] = [l for l in open('/proc/self/status') if l.startswith(('CapEff', 'CapPrm'))][0].split()[1]"
    assert int(in_a_child(["capabilities"], code)["caps"], 16) == 0


def test_only_the_kept_descriptors_stay_open() -> None:
    code = (
        "import contextlib\n"
        "for fd in range(64):\n"
        "    with contextlib.suppress(OSError):\n"
        "        os.fstat(fd); found[str(fd)] = 'open'"
    )
    found = in_a_child(["descriptors"], code)
    assert {name for name in found if name != "on"} == {"1"}


@needs_linux
def test_a_program_reads_and_writes_inside_its_fence_alone(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "words").write_text("words\n")
    fence = confine.Fence(read=SYSTEM, write=(str(inside),))
    good = fenced(
        fence, "/bin/sh", "-c", f"cat {inside}/words && echo more >{inside}/new && mv {inside}/new {inside}/n"
    )
    assert (good.returncode, good.stdout, (inside / "n").read_text()) == (0, "words\n", "more\n")
    if "landlock" in confine.offered():
        assert fenced(fence, "/bin/cat", str(outside / "words")).returncode == 1
        assert fenced(fence, "/bin/sh", "-c", f"echo more >{outside}/new").returncode != 0
    assert not (outside / "new").exists()
    only_read = confine.Fence(read=(*SYSTEM, str(inside)))
    assert fenced(only_read, "/bin/cat", str(inside / "words")).stdout == "words\n"
    if "landlock" in confine.offered():
        assert fenced(only_read, "/bin/sh", "-c", f"echo more >{inside}/words").returncode != 0


@needs_linux
@pytest.mark.parametrize(
    ("family", "network", "code"), [("AF_INET", False, 3), ("AF_INET", True, 0), ("AF_UNIX", True, 3)]
)
def test_a_program_has_a_network_only_where_its_fence_says_so(family: str, network: bool, code: int) -> None:
    python = str(Path(sys.executable).resolve())
    fence = confine.Fence(read=("/",), network=network)
    look = f"import socket, sys\ntry: socket.socket(socket.{family})\nexcept PermissionError: sys.exit(3)"
    assert fenced(fence, python, "-c", look).returncode == code


@needs_linux
def test_a_program_cannot_make_namespaces_or_trace() -> None:
    look = (
        "import ctypes, os, threading\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "print([libc.unshare(0x10000000), libc.ptrace(16, os.getppid(), 0, 0)])\n"
        "thread = threading.Thread(target=print, args=('a thread',)); thread.start(); thread.join()"
    )
    done = fenced(confine.Fence(read=("/",)), str(Path(sys.executable).resolve()), "-c", look)
    assert done.stdout == "[-1, -1]\na thread\n"


def test_a_program_that_is_not_there_is_127() -> None:
    done = fenced(confine.Fence(read=("/",)), "no-such-program")
    assert (done.returncode, "no-such-program" in done.stderr) == (127, True)


def test_limits_hold_in_the_program() -> None:
    fence = confine.Fence(read=("/",), limits={"RLIMIT_NOFILE": FORTY_TWO})
    assert fenced(fence, "/bin/sh", "-c", "ulimit -n").stdout == f"{FORTY_TWO}\n"


@pytest.mark.parametrize("name", sorted(calls.MACHINES))
def test_the_filter_of_a_worker_on_each_machine(name: str) -> None:
    machine = calls.MACHINES[name]
    code = seccomp.pure(machine)
    for one, numbers in calls.PURE.items():
        assert bpf.ask(code, arch=machine.audit, number=numbers[machine.column]) == "allow", one
    limits = calls.PRLIMIT[machine.column]
    assert bpf.ask(code, arch=machine.audit, number=limits, arguments=(0,)) == "allow"
    assert bpf.ask(code, arch=machine.audit, number=limits, arguments=(1,)) == "EPERM"
    allowed = {numbers[machine.column] for numbers in calls.PURE.values()}
    assert {bpf.ask(code, arch=machine.audit, number=one) for one in range(600) if one not in allowed} >= {"EPERM"}
    through = {one for one in range(1024) if bpf.ask(code, arch=machine.audit, number=one) == "allow"}
    assert through == allowed | {limits}


@pytest.mark.parametrize("name", sorted(calls.MACHINES))
def test_another_machine_or_abi_gets_nothing(name: str) -> None:
    machine = calls.MACHINES[name]
    for code in (seccomp.pure(machine), seccomp.program(machine, network=True)):
        assert {bpf.ask(code, arch=0x40000003, number=one) for one in range(512)} == {"EPERM"}, "i386"
        if machine.foreign is not None:
            assert {bpf.ask(code, arch=machine.audit, number=machine.foreign + one) for one in range(512)} == {"EPERM"}


@pytest.mark.parametrize("name", sorted(calls.MACHINES))
def test_the_filter_of_a_program_on_each_machine(name: str) -> None:
    machine = calls.MACHINES[name]
    for network, answer in ((False, "EPERM"), (True, "allow")):
        code = seccomp.program(machine, network=network)
        for one, numbers in calls.DENIED.items():
            assert bpf.ask(code, arch=machine.audit, number=numbers[machine.column]) == "EPERM", one
        assert bpf.ask(code, arch=machine.audit, number=calls.SOCKET[machine.column], arguments=(2,)) == answer
        assert bpf.ask(code, arch=machine.audit, number=calls.SOCKET[machine.column], arguments=(1,)) == "EPERM"
        clone = calls.CLONE[machine.column]
        assert bpf.ask(code, arch=machine.audit, number=clone, arguments=(0x3D0F00,)) == "allow", "a thread"
        assert bpf.ask(code, arch=machine.audit, number=clone, arguments=(0x10000000,)) == "EPERM", "a user namespace"
        assert bpf.ask(code, arch=machine.audit, number=calls.CLONE3[machine.column]) == "ENOSYS"
        assert bpf.ask(code, arch=machine.audit, number=calls.PURE["read"][machine.column]) == "allow"


def test_no_number_stands_twice() -> None:
    for machine in calls.MACHINES.values():
        tables = [*calls.PURE.values(), *calls.DENIED.values(), calls.PRLIMIT, calls.SOCKET, calls.CLONE, calls.CLONE3]
        numbers = [numbers[machine.column] for numbers in tables]
        assert len(numbers) == len(set(numbers))


def test_the_weakest_part_is_the_level_of_the_whole() -> None:
    assert confine.weakest(["sealed", "process", "sealed"]) == "process"
    assert confine.weakest([]) == "none"
