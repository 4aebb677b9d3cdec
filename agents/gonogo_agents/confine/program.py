"""Programs that the broker starts: fenced by path rules, limits and a filter, through a launcher that then execs.

The launcher is ``python -I`` with this package alone on its path; it puts the layers on itself and becomes the program.
A layer that was asked for and cannot be put on is exit 126, and the program never starts.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo_agents.confine import calls, landlock, process, seccomp
from gonogo_agents.confine.worker import offered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_agents.confine.layers import Layer

CANNOT: Final = 126
"""Exit code of the launcher where a layer could not be put on; 127 where there is no such program."""
MISSING: Final = 127
LIMITS: Final[Mapping[str, int]] = {"RLIMIT_CORE": 0}
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from gonogo_agents.confine.program import main; main()"
)


@dataclass(frozen=True, slots=True)
class Fence:
    """What a program may reach. Everything else of the file system is refused where Landlock is there."""

    read: tuple[str, ...] = ()
    """Files and folders to read, list and execute; absolute. One that does not exist is left out."""
    write: tuple[str, ...] = ()
    """Files and folders to write too."""
    run: tuple[str, ...] | None = None
    """Files and folders whose programs may be started; None: whatever may be read."""
    network: bool = False
    """TCP and UDP. Unix sockets are refused in any case."""
    limits: Mapping[str, int] = field(default_factory=lambda: dict(LIMITS))
    """By their names: ``RLIMIT_AS`` in bytes, ``RLIMIT_CPU`` in seconds, and so on."""
    layers: tuple[Layer, ...] = field(default_factory=offered)
    """What is put on; by default all that this system has. Say in the evidence which these were."""


def command(argv: Sequence[str], fence: Fence) -> list[str]:
    """The argv that starts a program inside its fence. Environment, folder and streams are the caller's."""
    root = str(Path(__file__).resolve().parents[2])
    return [sys.executable, "-I", "-S", "-c", _START, root, json.dumps(asdict(fence)), *argv]


def main() -> None:
    """The launcher: fence this process, then become the program."""
    fence, argv = json.loads(sys.argv[1]), sys.argv[2:]
    layers = set(fence["layers"])
    try:
        put_on(fence, layers)
    except (OSError, AttributeError) as error:
        _end(CANNOT, f"confine: {error}")
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - argv only, no shell: that is what a launcher is for
    except OSError as error:
        _end(MISSING, f"confine: {argv[0]}: {error.strerror}")


def put_on(fence: Mapping[str, object], layers: set[str]) -> None:
    """Put the fence's layers on this process, for good. Raises ``OSError`` at the first that cannot be put on."""
    given = Fence(**fence)  # type: ignore[arg-type]  # JSON of a Fence
    machine = calls.machine()
    if "descriptors" in layers:
        process.close_others((0, 1, 2))
    if "limits" in layers:
        process.limit(given.limits)
    if "death" in layers:
        process.die_with(os.getppid())
    if "no-new-privileges" in layers:
        process.no_new_privileges()
    if "capabilities" in layers:
        process.drop_capabilities()
    if "landlock" in layers:
        read, write, run = (_there(paths) for paths in (given.read, given.write, given.run or ()))
        landlock.restrict(read, write, None if given.run is None else run, network=given.network)
    if "filter" in layers and machine is not None:
        seccomp.install(seccomp.program(machine, network=given.network))


def _there(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if os.path.lexists(path)]


def _end(code: int, words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
    os._exit(code)
