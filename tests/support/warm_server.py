"""The process behind :mod:`support.warm`: it has imported everything, and forks for each order.

A fork goes on as ``python -P -m gonogo``, through a function of the tests, or as a program of ours that stays.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.spares import Spares, become

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TESTS: Final = sys.path.pop(0)
"""What is started from here has no tests on its path."""
STARTERS: Final = ("run", "resume", "reproduce")
"""The commands that start programs of ours."""
MODULES: Final = (
    *("gonogo.main", "gonogo.cli.group", "gonogo.cli.run", "gonogo.cli.runs", "gonogo.cli.sign", "gonogo.cli.show"),
    *("gonogo.cli.verify", "gonogo.cli.init", "gonogo.trusting", "gonogo.signoff", "gonogo.decision", "gonogo.planned"),
    *("gonogo.summary", "gonogo.cli.progress", "gonogo.declared_gates", "gonogo.enrolment", "gonogo_evidence.verify"),
    *("gonogo_graph.drive", "gonogo_graph.machine", "gonogo_graph.start", "gonogo_graph.saver", "gonogo_graph.waits"),
    *("gonogo_policies.gates.critic", "gonogo_policies.gates.secrets", "gonogo_policies.gates.ruff", "_strptime"),
    *("langchain_core.tracers.stdout", "langchain_core.tracers.run_collector", "langchain_core.tracers.context"),
)


def serve() -> list[str]:
    """In the process that stays: import, then fork for each order. A child goes on, with what it is to go through."""
    for name in MODULES:
        importlib.import_module(name)
    _make_ready()
    gc.freeze()
    assert threading.active_count() == 1, "a thread is not forked"
    line = socket.socket(fileno=int(sys.argv[2]))
    for asked in sys.stdin.buffer:
        kind, *order = json.loads(asked)
        if kind == "wait":
            _answer(_exit_of(*order))
            continue
        given = socket.recv_fds(line, 1, 32)[1] if kind == "start" else []
        child = os.fork()
        if child == 0 and kind == "start":
            os.setsid()
            become(order[0], given)
        if child == 0:
            return _begin(*order)
        for one in given:
            os.close(one)
        _answer(child if kind == "start" else _exit_of(child, order[5], then_kill=True))
    os._exit(0)


def _answer(number: int | None) -> None:
    sys.stdout.write(f"{json.dumps(number)}\n")
    sys.stdout.flush()


def _begin(
    words: list[str], cwd: str, env: dict[str, str], out: str, err: str, _timeout: float, *through: str
) -> list[str]:
    _become(cwd, env, out, err)
    if words[0] in STARTERS:
        Spares()
    sys.argv[:] = [_program(), *words]
    return list(through)


def _make_ready() -> None:
    """What a run and its programs build once from files of the product: rules, schemas and patterns."""
    from gonogo_agents import secret_scan
    from gonogo_agents.workers.zygote import LATER
    from gonogo_evidence import schema
    from gonogo_policies.config import load_config, packaged_config, read_folder
    from gonogo_policies.critic.pack import read_pack

    for name in LATER:
        importlib.import_module(name)
    schema.warm()
    for gate in load_config([read_folder(packaged_config(), "packaged")]).gates:
        if gate.policy is not None:
            read_pack(gate.policy.model_dump(mode="json"))
    secret_scan._kinds(str(Path(sys.argv[1]) / "gonogo" / "secret-rules"))
    secret_scan._names()


def _program() -> str:
    """What ``python -m gonogo`` is called as."""
    found = importlib.util.find_spec("gonogo.__main__")
    assert found is not None
    return str(found.origin)


def _become(cwd: str, env: dict[str, str], out: str, err: str) -> None:
    """Take another program's folder, environment and streams; the streams' objects stay, as they are made at start."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    for number, place, how in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        opened = os.open(place, how)
        os.dup2(opened, number)
        os.close(opened)


def _exit_of(child: int, timeout: float, *, then_kill: bool = False) -> int | None:
    """As ``subprocess`` gives it; None for one whose time is up."""
    ends = time.monotonic() + timeout
    wait = 0.001
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(wait)
        wait = min(wait * 1.5, 0.02)
    if not then_kill:
        return None
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def go_on(through: Sequence[str]) -> int:
    """In the child: what ``python -P -m gonogo`` does, or what a function of the tests makes of it."""
    if not through:
        from gonogo.main import main

        return main()
    module, _, name = through[0].partition(":")
    sys.path.append(TESTS)
    begin: Callable[..., int] = getattr(importlib.import_module(module), name)
    sys.path.remove(TESTS)
    return begin(*through[1:])


if __name__ == "__main__":
    sys.exit(go_on(serve()))
