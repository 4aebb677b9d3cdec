"""``gates.toml``: what must be green, when it applies, and how it is run (runbook section 6)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gonogo_policies import globs
from gonogo_policies.config.base import Glob, Globs, Key, Many, Model, Note, Seconds, Sentence, Word, some

GateKind: TypeAlias = Literal["ruff", "command", "pack", "references", "contexts", "hygiene", "tokens", "unbuilt"]
"""``ruff``: the lint gate. ``command``: the operator's own. ``pack``: our own evidence. ``references``: what
documents point at. ``contexts``: required checks and their jobs. ``hygiene``: merge logs. ``tokens``: paths in code
spans. ``unbuilt``: comes later."""

OutputFormat: TypeAlias = Literal["exit", "pytest", "junit"]
"""How a command's evidence is read, so that a PASS is positive evidence.

``pytest`` (its summary line) and ``junit`` (its report) give a count of tests, and none is INCONCLUSIVE; ``exit`` gives
the exit code alone, and what counts as read are the changed files that triggered the gate."""

Origin: TypeAlias = Literal["commit", "trust", "packaged"]

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


Place = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_place)]
Room = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_room)]


class GateEntry(Model):
    """One gate as a file describes it, under the exact name of its check context."""

    name: Word
    step: Literal["E"]
    hard: bool
    kind: GateKind
    purpose: Sentence
    workflow: Note = ""
    """The CI file that runs it under this name, as the runbook has it; empty for a gate that only runs here."""
    trigger: Mapping[Key, Annotated[Globs, AfterValidator(some)]] = Field(default_factory=dict)
    """Named groups of globs: the gate applies when a changed file is in any. No groups: it always applies."""
    unless_only: Globs = ()
    """The gate does not apply to a change whose files all lie here (the runbook's docs-only changes)."""
    timeout_seconds: Seconds
    network: bool = False
    """Whether its programs may use TCP and UDP; without it they get no socket at all."""
    reads: Many[Place] = ()
    """Places outside the work tree that its programs need beside system, interpreter and PATH."""
    writes: Many[Room] = ()
    """Globs of the tree's files that they may change (``build/**``), and places outside it (``/dev/shm``). Where a glob
    stands here the tree is not read-only for them, and the comparison afterwards keeps them to it."""
    unfenced: Note = ""
    """Why its programs must run without a fence, with the rights of the operator's account; empty: they run in one."""
    argv: Many[Argument] = ()
    """The program and its arguments; never a shell. Empty: not enrolled, nothing is run, and the gate says so."""
    output: OutputFormat | None = None
    report: Glob | None = None
    """Where the command writes its JUnit file, relative to the work tree or to ``{output}``."""
    paths: Many[Word] = ()
    """What the lint gate looks at, relative to the work tree."""
    contexts: Many[Word] = ()
    """Checks that must be green before a merge, beside those that the repository lists itself."""
    exclude: Many[Glob] = ()
    """Documents that the gates over documents leave out."""
    issue: Note = ""
    """For an unbuilt gate: the issue that brings it."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        command = self.kind == "command"
        if command != (self.output is not None):
            raise ValueError("a command gate, and no other, says in 'output' how its evidence is read")
        if (self.argv or self.report) and not command:
            raise ValueError("argv and report belong to command gates")
        if (self.output == "junit") != (self.report is not None):
            raise ValueError("output 'junit' and the place of the 'report' come together")
        if bool(self.paths) != (self.kind == "ruff"):
            raise ValueError("paths belong to the lint gate, which needs at least one")
        if self.exclude and self.kind not in {"references", "tokens"}:
            raise ValueError("exclude belongs to the gates over documents")
        if self.contexts and self.kind != "contexts":
            raise ValueError("contexts belong to the contract of required checks")
        if bool(self.issue) != (self.kind == "unbuilt"):
            raise ValueError("an unbuilt gate, and no other, names the issue that brings it")
        return self

    def named_by(self, origin: Origin) -> "Gate":
        """Return the gate with the side that named it."""
        return Gate.model_validate({**self.model_dump(), "origin": origin})


class Gate(GateEntry):
    """A gate, and which side named it."""

    origin: Origin

    def described_otherwise(self, other: Self) -> bool:
        """Whether the two differ in anything but the side that named them."""
        return self.model_dump(exclude={"origin"}) != other.model_dump(exclude={"origin"})

    @property
    def reads_change(self) -> bool:
        """Whether a PASS of it can say something about the change. Checks of our own pack cannot."""
        return self.kind in {"ruff", "command"}

    @property
    def enrolled(self) -> bool:
        """Whether the trust side stands behind what would be run: commands proposed by a commit are not."""
        return self.kind != "command" or (bool(self.argv) and self.origin != "commit")

    def triggered_by(self, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return for each trigger group the changed paths in it; empty where the gate does not apply.

        Without groups, all paths stand under ``any``. A change that lies wholly in ``unless_only`` triggers nothing.
        """
        changed = tuple(paths)
        if self.unless_only and changed and all(globs.match(path, self.unless_only) for path in changed):
            return {}
        groups = self.trigger or {"any": ("**",)}
        hits = {name: tuple(path for path in changed if globs.match(path, group)) for name, group in groups.items()}
        return {name: found for name, found in hits.items() if found}


class GatesFile(Model):
    """All gates of one file."""

    gate: Annotated[Many[GateEntry], AfterValidator(some)]

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        names = [gate.name for gate in self.gate]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"a gate is named twice: {', '.join(twice)}")
        return self
