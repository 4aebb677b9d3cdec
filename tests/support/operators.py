"""Operators who come at once: one process has everything imported, and each operator is a fork of it.

It reads a line of JSON for each race, ``[[command line, ...], environment, folder]``, forks once for each command line,
lets them all go in one moment, waits for them, and answers with ``[[exit code, standard error], ...]``. What is one
process for each operator stays one; only the seconds of importing are spent once for all races.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROOT = str(Path(__file__).resolve().parents[1])
_START = f"import sys; sys.path.insert(0, {_ROOT!r}); from support.operators import serve; serve()"
SECONDS = 240.0


class Operators:
    """The process that has everything imported."""

    def __init__(self) -> None:
        """Start it; it answers the first race when it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def at_once(
        self, commands: Sequence[Sequence[str]], env: Mapping[str, str], folder: Path
    ) -> list[tuple[int, str, str]]:
        """Exit code, standard output and standard error of each, all started in one moment."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([[list(words) for words in commands], dict(env), str(folder)]) + "\n")
        self._process.stdin.flush()
        return [(code, out, err) for code, out, err in json.loads(self._process.stdout.readline())]

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(SECONDS)


def serve() -> None:
    """The process itself."""
    import threading

    import gonogo.cli.runs
    import gonogo.signoff
    import gonogo_graph.drive

    del gonogo, gonogo_graph
    for line in sys.stdin:
        assert threading.active_count() == 1, "a fork would lose what other threads hold"
        commands, env, folder = json.loads(line)
        sys.stdout.write(json.dumps(_race(commands, env, folder)) + "\n")
        sys.stdout.flush()


def _race(commands: list[list[str]], env: dict[str, str], folder: str) -> list[tuple[int, str, str]]:
    place = Path(tempfile.mkdtemp())  # a TemporaryDirectory would be removed by the first fork that ends
    gate, start = os.pipe()
    said = [(place / f"{number}.out", place / f"{number}.err") for number in range(len(commands))]
    begun = [_operator(words, env, folder, (gate, start), files) for words, files in zip(commands, said, strict=True)]
    os.close(start)  # the last one to hold it: whoever reads from the gate now goes on
    os.close(gate)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in begun]
    ended = [(code, out.read_text(), err.read_text()) for code, (out, err) in zip(codes, said, strict=True)]
    shutil.rmtree(place)
    return ended


def _operator(
    words: list[str], env: dict[str, str], folder: str, gate: tuple[int, int], said: tuple[Path, Path]
) -> int:
    """A fork that waits at the gate, then is ``gonogo`` and ends as it does; its process number."""
    if pid := os.fork():
        return pid
    code: Any = 70
    try:
        os.close(gate[1])
        _become(env, folder, said)
        os.read(gate[0], 1)
        os.close(gate[0])
        from gonogo.main import main

        code = main(words)
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()  # a fork that leaves by _exit would leave its helpers behind
        os._exit(code if isinstance(code, int) else 70)


def _become(env: dict[str, str], folder: str, said: tuple[Path, Path]) -> None:
    streams = (os.open(os.devnull, os.O_RDONLY), *(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600) for path in said))
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
    os.chdir(folder)
    kept = {name: value for name, value in os.environ.items() if name.startswith("LANGGRAPH_")}
    os.environ.clear()
    os.environ.update({**env, **kept})  # what gonogo sets before it imports langgraph, it has set already
