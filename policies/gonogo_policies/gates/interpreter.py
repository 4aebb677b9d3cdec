"""The interpreter of a matrix entry: ``tests (3.9)`` is run by Python 3.9 and by no other, or it could not tell.

A program with the right name can be a shim that fails, or another version: each candidate is run and asked.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies.gates.verdicts import Stopped
from gonogo_policies.gates.words import decode, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_policies.gates.interface import GateContext
    from gonogo_policies.gates.tool_session import Session

PLACE = "{python}"
ASK = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
_VERSION = re.compile(r"(\d+\.\d+)\.\d+")


def with_interpreter(argv: Sequence[str], context: GateContext, session: Session) -> list[str]:
    """The argv with ``{python}`` filled in; where the entry names a version, it was asked of the program itself.

    Raises:
        Stopped: GATE_TOOL_MISSING where no interpreter of the version is here, GATE_WRONG_PYTHON where argv names
            another.
    """
    wanted = context.settings.python
    if not wanted:
        return [word.replace(PLACE, context.python) for word in argv]
    if not any(PLACE in word for word in argv):
        if not _is(wanted, argv[0], session):
            why = msg("{program} is not Python {version}.", program=plain(argv[0]), version=wanted)
            raise Stopped("GATE_WRONG_PYTHON", why)
        return list(argv)
    for candidate in _candidates(wanted, context):
        if _is(wanted, candidate, session):
            return [word.replace(PLACE, candidate) for word in argv]
    why = msg("There is no Python {version} here, so nothing was checked.", version=wanted)
    raise Stopped("GATE_TOOL_MISSING", why)


def _candidates(wanted: str, context: GateContext) -> Iterator[str]:
    """The interpreter that gonogo runs under, then each of the version's name on PATH."""
    yield context.python
    for folder in context.env.get("PATH", "").split(os.pathsep):
        program = Path(folder) / f"python{wanted}"
        if folder.startswith("/") and program.is_file() and os.access(program, os.X_OK):
            yield str(program)


def _is(wanted: str, program: str, session: Session) -> bool:
    """Whether an interpreter says that it is of this version; one that cannot be run is not."""
    done = session.attempt([program, "-I", "-S", "-c", ASK])
    found = _VERSION.fullmatch(decode(done.stdout).strip()) if done.code == 0 else None
    if found is None or found[1] != wanted:
        return False
    session.note_version(found[0])
    return True
