"""The executable as it was called, so that printed commands work when they are pasted."""

from __future__ import annotations

import os
import re
import sys
from shlex import quote
from typing import TYPE_CHECKING

from gonogo.cli.table import TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMAND = re.compile(r"(?<![\w./-])(?<!-m )gonogo(?= (?:" + "|".join(entry.name for entry in TABLE) + r")\b| --[a-z])")


def invocation(env: Mapping[str, str] | None = None) -> str:
    """How to call this program again from here: ``gonogo``, ``.venv/bin/gonogo``, ``.venv/bin/python -m gonogo``."""
    search = (os.environ if env is None else env).get("PATH", "")
    program = sys.argv[0] if sys.argv else ""
    name = os.path.basename(program)  # noqa: PTH119 - pathlib is not worth its import here
    if program.endswith(f"{os.sep}gonogo{os.sep}__main__.py"):
        return f"{_interpreter(search)} -m gonogo"
    return _short(program, search) if name.startswith("gonogo") else "gonogo"


def with_invocation(sentence: str, gonogo: str) -> str:
    """Put the executable into a sentence: for ``{gonogo}``, and for the word where a command begins."""
    return _COMMAND.sub(lambda _: gonogo, sentence.replace("{gonogo}", gonogo))


def _interpreter(search: str) -> str:
    """As :func:`_short`, but a virtual environment's Python is a link to one without gonogo: links are not followed."""
    program = sys.executable
    name = os.path.basename(program)  # noqa: PTH119 - see above
    found = (os.path.join(folder, name) for folder in search.split(os.pathsep) if folder)  # noqa: PTH118 - see above
    first = next((path for path in found if os.path.exists(path)), "")  # noqa: PTH110 - see above
    return name if first and os.path.abspath(first) == os.path.abspath(program) else _short(program, "")  # noqa: PTH100


def _short(program: str, search: str) -> str:
    """The bare name where PATH leads to this very file, else a path from here."""
    name = os.path.basename(program)  # noqa: PTH119 - see above
    for folder in search.split(os.pathsep):
        candidate = os.path.join(folder, name)  # noqa: PTH118 - see above
        if folder and os.path.exists(candidate):  # noqa: PTH110 - see above
            if os.path.exists(program) and os.path.samefile(candidate, program):  # noqa: PTH110, PTH121 - see above
                return name
            break
    try:
        path = os.path.abspath(program)  # noqa: PTH100 - links stay as they were typed
        below = os.path.relpath(path)
    except OSError:  # the current folder was removed
        return quote(program)
    if below.startswith(".."):
        return quote(path)
    return quote(below if os.sep in below else f".{os.sep}{below}")
