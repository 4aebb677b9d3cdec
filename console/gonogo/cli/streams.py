"""Writing to the terminal so that nothing crashes: closed pipes, full disks, terminals that know no umlaut."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, TextIO
from unicodedata import category

if TYPE_CHECKING:
    from gonogo_evidence.errors import GonogoError


def prepare() -> None:
    """Let what a stream cannot show come out as an escape (``U+00FC`` as four letters) instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def visible(words: str) -> str:
    """Words of others on one line: what moves the cursor, turns the writing round or hides comes out as an escape."""
    return words if words.isprintable() else "".join(sign if _shows(sign) else _escape(sign) for sign in words)


def visible_lines(text: str) -> str:
    """The same for a text whose lines are its own."""
    return "\n".join(map(visible, text.split("\n")))


def visible_json(text: str) -> str:
    """The same for JSON, which has such signs inside its strings alone: the same document, in other escapes."""
    return "".join(sign if _shows(sign) or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)


def _shows(sign: str) -> bool:
    return sign.isprintable() or category(sign) == "Zs"


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape", "surrogatepass").decode("ascii")


def emit(stream: TextIO, text: str) -> None:
    """Write a line and flush. A reader that went away (``| head``) is no error; anything else is raised as one."""
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError as error:
        _silence(stream)
        raise _lost(error) from error


def shows(stream: TextIO, text: str) -> bool:
    """Whether the stream's encoding has all characters of the text."""
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _silence(stream: TextIO) -> None:
    """Point a dead stream at nothing: what is still buffered would fail again when Python ends."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def _lost(error: OSError) -> GonogoError:
    from gonogo_evidence.errors import Inconclusive  # noqa: PLC0415 - help needs no error tree
    from gonogo_evidence.text import msg  # noqa: PLC0415 - the same

    return Inconclusive(
        "OUTPUT_LOST",
        msg("The result could not be written: {reason}. The work itself is kept.", reason=error.strerror or str(error)),
        where="stdout",
        next_step=msg("gonogo show latest"),
    )
