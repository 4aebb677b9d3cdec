"""The parts of an entry of ``gates.toml``: arguments, places, and what each kind and form says of itself."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gonogo_policies import globs
from gonogo_policies.config.base import Decimal, Globs, Key, Many, Model, Sentence, Word, Words

PLACEHOLDERS = frozenset({"python", "output"})
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def _argument(word: str) -> str:
    if not unicodedata.is_normalized("NFC", word):
        raise ValueError("an argument is written in Unicode normal form C")
    for name in PLACEHOLDER.findall(word):
        if name not in PLACEHOLDERS:
            raise ValueError(f"there is no placeholder {{{name}}}: there are {{python}} and {{output}}")
    return word


Argument = Annotated[
    str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]*$"), AfterValidator(_argument)
]
"""One word of an argv. ``{python}`` is the interpreter that gonogo runs under, ``{output}`` a folder for its files."""


def _place(words: str) -> str:
    """Check a place outside the tree: absolute, or below the operator's home, and nothing on the way back up."""
    if not words.startswith(("/", "~/")) or not words.isprintable() or ".." in words.split("/"):
        raise ValueError("a place is absolute or begins with '~/', without '..'")
    return words


def _room(words: str) -> str:
    """Check what may be written: a place outside the tree, or a glob of its files."""
    if words.startswith(("/", "~")):
        return _place(words)
    if why := globs.problem(words):
        raise ValueError(why)
    return words


def _file(words: str) -> str:
    """Check the place of one file: outside the tree as any place, or relative to it."""
    if words.startswith(("/", "~")):
        return _place(words)
    if words.startswith("./") or ".." in words.split("/") or not words.isprintable():
        raise ValueError("a file of the tree is named without './' and '..'")
    return words


def _tree_file(words: str) -> str:
    if words.startswith(("/", "~")):
        raise ValueError("a baseline is a file of the repository")
    return _file(words)


Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Place = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_place)]
Room = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_room)]


Pointer = Annotated[str, StringConstraints(max_length=400, pattern=r"^(/([^~/\x00-\x1f]|~[01])*)*$")]
"""A JSON pointer (RFC 6901); the empty one is the whole document."""


class Pointers(Model):
    """Where a report says what: JSON pointers into it, and into each of its findings."""

    checked: Pointer | None = None
    """How much was checked: a number, or a list of it."""
    verdict: Pointer | None = None
    """True or false, or a word: pass, passed, ok, success, clean; fail, failed, failure, error."""
    failed: Pointer | None = None
    """How much failed: a number, or a list of it."""
    findings: Pointer | None = None
    """A list of findings, objects or plain words."""
    path: Pointer | None = None
    line: Pointer | None = None
    code: Pointer | None = None
    message: Pointer | None = None


class Audit(Model):
    """What the audit gate audits, and whom it asks."""

    locks: Globs = ()
    """Lock files; none named: every file with the name of one."""
    environment: Argument | None = None
    """An interpreter whose installed packages are audited, too; ``{python}`` is the one that gonogo runs under."""
    service: Literal["pypi", "osv", "none"] = "pypi"
    """Asked through pip-audit; ``none``: the snapshot alone."""
    service_url: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=400)] | None = None
    """Another place of the OSV service."""
    snapshot: Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_file)] | None = None
    """An advisory snapshot, asked where the service cannot be: relative to the work tree, absolute, or ``~/``."""
    max_age_days: Annotated[int, Field(ge=1, le=366)] = 7
    """How old the snapshot may be."""
    own: Words = ()
    """Packages of one's own, which no service knows: not audited, and not missed."""
    accepted: Mapping[Key, Sentence] = Field(default_factory=dict)
    """Vulnerabilities by id or alias that do not fail the gate, each with the reason; they are shown."""

    @model_validator(mode="after")
    def _asks_somebody(self) -> Self:
        if self.service == "none" and self.snapshot is None:
            raise ValueError("without a service, an audit needs a snapshot")
        if self.service_url is not None and self.service != "osv":
            raise ValueError("only the place of the 'osv' service can be named")
        return self


class Column(Model):
    """How far the values of one column may move from the baseline: the wider of both."""

    name: Word
    absolute: Decimal | None = None
    relative: Decimal | None = None
    """Of the baseline's own size: 0.01 is one in a hundred."""
    nan: Literal["equal", "fail"] = "equal"
    """Whether NaN in both is as it was. A NaN on one side is always a movement."""


class Numeric(Model):
    """How a numeric report (CSV or JSON, as its baseline) is held against the baseline."""

    baseline: Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_tree_file)]
    """A file of the repository. A change that touches it proves nothing about itself."""
    key: Words = ()
    """Columns that name a row; none: its number."""
    columns: Many[Column] = ()
    """Columns without an entry must be exactly as they were."""
    ignore: Words = ()
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
