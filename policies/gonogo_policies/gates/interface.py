"""The port of the gates: what a gate is asked, what it is given, and what it answers (runbook sections 4 E and 6).

A gate is one file. :meth:`Gate.applies` is pure and belongs to the plan; :meth:`Gate.run` looks at the run's own work
tree, through the one door it is handed for starting programs. It never decides a verdict itself: it tells
:mod:`gonogo_policies.gates.verdicts` what it saw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

from gonogo_evidence.canonical import digest_of
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg
from gonogo_policies.gates.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.text import Text
    from gonogo_evidence.verdict import GateVerdict
    from gonogo_policies.change import Change
    from gonogo_policies.critic.hits import FindSecrets, Span
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.listing import Listing

GATE_ENV = "GONOGO_GATE"
"""Set to the gate's name for every program that a gate starts; ``gonogo run`` refuses to start where it is set."""

Unit: TypeAlias = Literal["files", "tests", "fields", "commands", "checks", "packages", "values", "packs"]
MOST_FILES = 200
"""Files named in a result; the count is always whole."""
MOST_FINDINGS = 500
"""Findings kept in a result; the count is always whole."""
MOST_ARGUMENTS = 40
MOST_RAW = 4 * 1024 * 1024
"""Bytes kept of each raw output."""


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether a gate applies to a change. Not applying must be earned: by a trigger, evaluated on files."""

    applies: bool
    trigger: Text
    """What was evaluated."""
    files: tuple[str, ...]
    """The files it was evaluated on, or, where it applies, those that triggered it."""
    why: Text
    reads_change: bool = False
    """Whether a PASS would be one over the changed files themselves."""


@dataclass(frozen=True, slots=True)
class CiFacts:
    """What the inventory found in this repository's CI configuration."""

    files: tuple[str, ...]
    contexts: Mapping[str, tuple[str, ...]]
    """Check context (a job's exact name) to the places that make it, ``path:line``."""


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What a gate may know when the plan is made."""

    ci: CiFacts | None
    """None: the inventory could not look."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a started program left."""

    code: int | None
    """Exit code, negative for a signal; None where it was stopped by the time-out or never started."""
    stdout: bytes = b""
    stderr: bytes = b""
    duration_ms: int = 0
    timed_out: bool = False
    missing: bool = False
    """There is no such program."""


class RunCommand(Protocol):
    """Starts a program by argv and waits for its end. ``timeout`` in seconds; ``env`` is its whole environment."""

    def __call__(self, argv: Sequence[str], *, cwd: Path, timeout: float, env: Mapping[str, str]) -> CommandResult:
        """Never raises for what the program does."""
        ...


def _no_diff() -> bytes:
    return b""


def _no_detector(texts: Sequence[bytes]) -> Sequence[Sequence[Span]]:
    raise Inconclusive(
        "SECRET_SCAN_MISSING", msg("Nothing here can search {count} texts for secrets.", count=len(texts))
    )


def _nothing(path: str) -> None:
    """Nothing was there before, as of a first commit."""
    del path


@dataclass(frozen=True, slots=True)
class GateContext:
    """What a running gate is given."""

    tree: Path
    """The run's own work tree: tools may write into it."""
    change: Change
    settings: Declaration
    run_command: RunCommand
    python: str
    """The interpreter that gonogo runs under; tools that came with it lie beside it."""
    env: Mapping[str, str]
    """A clean environment: PATH, an empty HOME, LC_ALL, and nothing of the operator's settings."""
    output: Path
    """An empty folder outside the tree for what the gate's tools write."""
    tracked: Callable[[], Listing]
    """The commit's regular files, links and submodules left out."""
    now: Callable[[], datetime]
    """The clock, for what grows old; it never enters a result."""
    home: Path
    """The operator's own home, for a place that an entry names with ``~/``. Programs never see it."""
    diff: Callable[[], bytes] = _no_diff
    """The change as git prints it, every touched file whole, no content left out as binary."""
    find_secrets: FindSecrets = _no_detector
    """Asks the detectors. Raises Inconclusive SECRET_SCAN_MISSING or SECRET_SCAN_FAILED where they cannot answer."""
    renamed: Callable[[], Mapping[str, str]] = dict
    """Old names of files to new ones, from the history of the commit."""
    at_base: Callable[[str], bytes | None] = _nothing
    """What a file held before the change; None where it was not there, as nothing was before the first commit. A look
    at a whole tree that is no change (``gonogo gates``) has its own commit for this, or HEAD where the desk differs."""
    kept: Path | None = None
    """A folder for what is a pure function of a blob and of a gate's own code; None: a sealed run keeps nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault at one place. ``message`` is in the tool's words."""

    path: str
    line: int | None
    code: str
    message: str
    fingerprint: str
    """Stays the same while the line moves: over path, code, message and the line's text."""

    def json(self) -> dict[str, JSON]:
        """The form for evidence."""
        return {
            "path": self.path,
            "line": self.line,
            "code": self.code,
            "message": self.message,
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that a gate made for people, kept beside the raw outputs: a picture of what it saw."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Observation:
    """What a clock, a host or a version decides. It never enters the core."""

    tool: str = ""
    version: str = ""
    argv: tuple[str, ...] = ()
    exit_code: int | None = None
    duration_ms: int = 0
    timed_out: bool = False
    stdout: bytes = b""
    stderr: bytes = b""
    attempts: tuple[Mapping[str, JSON], ...] = ()
    """Each start of the command, where it was started more than once."""
    kept: tuple[Kept, ...] = ()

    def json(self, paths: Mapping[str, str] | None = None) -> dict[str, JSON]:
        """The form for environment.json; ``paths`` says where the raw outputs were kept."""
        told: dict[str, JSON] = {"attempts": [dict(one) for one in self.attempts]} if self.attempts else {}
        if self.kept:
            told["kept"] = [_raw(one.name, one.data, paths or {}) for one in self.kept]
        return {
            **told,
            "tool": self.tool,
            "version": self.version,
            "argv": [plain(word, 500) for word in self.argv[:MOST_ARGUMENTS]],
            "argv_count": len(self.argv),
            "exit_code": self.exit_code,
            "duration_ms": self.duration_ms,
            "timed_out": self.timed_out,
            "stdout": _raw("stdout", self.stdout, paths or {}),
            "stderr": _raw("stderr", self.stderr, paths or {}),
        }


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a gate says, with positive evidence."""

    name: str
    step: str
    hard: bool
    verdict: GateVerdict
    checked: int
    unit: Unit
    read_change: bool
    reason: Text
    trigger: Text
    files: tuple[str, ...]
    """What was really looked at; for NOT_APPLICABLE, what the trigger was evaluated on."""
    findings: tuple[Finding, ...] = ()
    advice: tuple[Finding, ...] = ()
    """What is told beside a verdict and never makes it: soft findings, in any verdict."""
    reason_code: str | None = None
    """Why it is INCONCLUSIVE, as a stable code."""
    observed: Observation = field(default_factory=Observation)

    def json(self, paths: Mapping[str, str] | None = None) -> dict[str, JSON]:
        """The form that the broker answers with; ``observed`` is taken off before it enters the core."""
        told: dict[str, JSON] = {}
        if self.advice:
            listed = [finding.json() for finding in self.advice[:MOST_FINDINGS]]
            told = {"advice": listed, "advice_count": len(self.advice)}
        return {
            **told,
            "name": self.name,
            "step": self.step,
            "hard": self.hard,
            "verdict": self.verdict,
            "checked": self.checked,
            "unit": self.unit,
            "read_change": self.read_change,
            "findings": [finding.json() for finding in self.findings[:MOST_FINDINGS]],
            "findings_count": len(self.findings),
            "reason": cast("JSON", self.reason.json()),
            "reason_code": self.reason_code,
            "trigger": cast("JSON", self.trigger.json()),
            "files": list(self.files[:MOST_FILES]),
            "files_count": len(self.files),
            "observed": self.observed.json(paths),
        }


class Gate(Protocol):
    """One kind of gate, for one declaration."""

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """Whether it applies to this change, and why. Pure."""
        ...

    def run(self, context: GateContext) -> GateResult:
        """Look, and say what was seen. Only called where it applies."""
        ...


def _raw(name: str, data: bytes, paths: Mapping[str, str]) -> dict[str, JSON]:
    """Digest and size of what is kept; ``whole_size`` where that is not all."""
    kept: dict[str, JSON] = {"sha256": digest_of(data[:MOST_RAW]), "size": min(len(data), MOST_RAW)}
    if len(data) > MOST_RAW:
        kept["whole_size"] = len(data)
    if name in paths:
        kept["path"] = paths[name]
    return kept
