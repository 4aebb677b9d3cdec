"""Thin scripts at the runbook's paths, so that the commands of its steps D and E run as printed.

Each is one file for any ``python3`` from 3.8 on, standard library only, or for any ``sh``: it finds gonogo beside the
interpreter or on the PATH and hands over, else it says how to get it and ends with 3. A header line with a digest marks
a script as ours and untouched; a file without it, or changed by hand, is never written over and never taken away.
Whatever style a repository has, its linter and formatter leave them as they are.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MODE: Final = 0o755
LIMIT: Final = 1 << 20
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "scripts/aiops/generate_evidence_pack.py": ("evidence", "generate"),
    "scripts/aiops/update_evidence_index.py": ("evidence", "index"),
    "scripts/aiops/validate_evidence_pack.py": ("evidence", "validate"),
    "scripts/ops/verify_docs_reference_targets.sh": ("gates", "docs-reference-targets-gate"),
    "scripts/run_layer_evidence_pack.py": ("run",),
    "scripts/run_layer_smoke_with_evidence_pack.py": (
        *("run", "--mode", "smoke", "--reason", "layer smoke", "--layer", "L0"),
    ),
    "scripts/run_policy_critic.py": ("policy-critic",),
    "scripts/validate_evidence_pack.py": ("evidence", "validate"),
    "scripts/validate_evidence_pack_ci.py": ("evidence", "validate", "--root", ".artifacts/evidence_packs"),
    "scripts/validate_layer_map_config.py": ("layers", "--repo", "."),
}
"""Path in the repository, and the gonogo command in whose place it stands. What is typed comes behind, and wins."""

_HEADER: Final = re.compile(rb"#!/(?:usr/bin/env python3|bin/sh)\n# gonogo-runbook-command sha256:([0-9a-f]{64})\n")
_BODY: Final = '''\
# fmt: off
# ruff: noqa
# ruff: noqa: PGH004
"""{title}: hands over to "gonogo {command}".

Made by "gonogo init --with-runbook-commands"; taken away by "gonogo init --with-runbook-commands --remove".
"""

import os
import shutil
import sys

COMMAND = {words}
HELP = """gonogo is not here: neither beside this Python ({{python}}) nor on the PATH.
  get it:   python3 -m pip install PATH       (PATH: gonogo's wheel, or a checkout of it)
  or put the folder of an installed gonogo on the PATH, or start this script with the Python beside it.
"""


def find():
    beside = os.path.join(os.path.dirname(os.path.abspath(sys.executable or "python3")), "gonogo")
    if os.path.isfile(beside) and os.access(beside, os.X_OK):
        return beside
    return shutil.which("gonogo")


def main():
    program = find()
    if program is None:
        sys.stderr.write(HELP.format(python=sys.executable))
        return 3
    sys.stdout.flush()
    try:
        os.execv(program, [program] + COMMAND + sys.argv[1:])
    except OSError as error:
        sys.stderr.write("gonogo cannot be started: " + program + ": " + str(error) + "\\n")
        return 3


if __name__ == "__main__":
    sys.exit(main())
'''


_SHELL: Final = """\
# {title}: hands over to "gonogo {command}".
# Made by "gonogo init --with-runbook-commands"; taken away by "gonogo init --with-runbook-commands --remove".
python=$(command -v python3 2>/dev/null)
for program in "${{python%/*}}/gonogo" "$(command -v gonogo 2>/dev/null)"; do
    if [ -n "$program" ] && [ -f "$program" ] && [ -x "$program" ]; then exec "$program" {words} "$@"; fi
done
echo "gonogo is not here: neither beside python3 nor on the PATH.
  get it:   python3 -m pip install PATH       (PATH: gonogo's wheel, or a checkout of it)
  or put the folder of an installed gonogo on the PATH." >&2
exit 3
"""


def script(path: str) -> bytes:
    """The bytes of one script of :data:`COMMANDS`."""
    command, shell = COMMANDS[path], path.endswith(".sh")
    words = shlex.join(command) if shell else "[" + ", ".join(f'"{word}"' for word in command) + "]"
    body = (_SHELL if shell else _BODY).format(title=path, command=" ".join(command), words=words).encode()
    first = "#!/bin/sh" if shell else "#!/usr/bin/env python3"
    return f"{first}\n# gonogo-runbook-command sha256:{hashlib.sha256(body).hexdigest()}\n".encode() + body


def is_ours(data: bytes) -> bool:
    """Whether some version of gonogo wrote these bytes and nobody changed them."""
    header = _HEADER.match(data)
    return header is not None and hashlib.sha256(data[header.end() :]).hexdigest() == header[1].decode()


def missing_or_old(root: Path) -> list[Path]:
    """The scripts that :func:`write` would write. Raises as it."""
    _check_places(root)
    return [root / path for path in COMMANDS if not _up_to_date(root / path, script(path))]


def write(root: Path) -> list[Path]:
    """Write the scripts that are not there or are ours of another version; returns what was written.

    Raises:
        BadInput: ``RUNBOOK_COMMAND_FOREIGN``: what is not ours lies in a place; nothing is written.
        Inconclusive: no room, or no right to write. Calling it again goes on.
    """
    todo = missing_or_old(root)
    for path in todo:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(path, error) from error
        write_atomic(path, script(path.relative_to(root).as_posix()), mode=MODE)
        path.chmod(MODE)  # whatever the umask took away
    return todo


def remove(root: Path) -> list[Path]:
    """Take our scripts away again, and folders that are empty then. What is not ours stays; returns what went."""
    gone = [root / path for path in COMMANDS if _kind(root, root / path) == "ours"]
    for path in gone:
        try:
            path.unlink()
        except OSError as error:
            raise _cannot_write(path, error) from error
    for folder in ("scripts/aiops", "scripts/ops", "scripts"):
        if gone:
            with suppress(OSError):  # something else lies in it
                (root / folder).rmdir()
    return gone


def _check_places(root: Path) -> None:
    foreign = [path for path in COMMANDS if _kind(root, root / path) == "foreign"]
    if foreign:
        raise BadInput(
            "RUNBOOK_COMMAND_FOREIGN",
            msg("Files that gonogo did not write, or that were changed, lie here: {paths}", paths=", ".join(foreign)),
            where=str(root / foreign[0]),
            next_step=msg("Nothing was written. Move them away (git mv) and run it again, or keep using them."),
        )


def _kind(root: Path, path: Path) -> str:
    """``absent``, ``ours`` or ``foreign``. A link on the way is foreign: it may lead out of the repository."""
    way: Sequence[Path] = [path, *path.parents]
    inside = [step for step in way if step != root and step.is_relative_to(root)]
    if any(step.is_symlink() for step in inside):
        return "foreign"
    if not os.path.lexists(path):
        return "foreign" if any(step.exists() and not step.is_dir() for step in inside[1:]) else "absent"
    try:
        data = read_bytes(path, limit=LIMIT)
    except (GonogoError, OSError):
        return "foreign"
    return "ours" if is_ours(data) else "foreign"


def _up_to_date(path: Path, data: bytes) -> bool:
    if not path.exists():
        return False
    return read_bytes(path, limit=LIMIT) == data and stat.S_IMODE(path.stat().st_mode) & 0o111 == MODE & 0o111


def _cannot_write(path: Path, error: OSError) -> Inconclusive:
    words = msg("Writing failed: {reason}.", reason=error.strerror or str(error))
    return Inconclusive("CANNOT_WRITE", words, where=str(path))
