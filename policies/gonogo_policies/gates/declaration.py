"""A gate's entry in ``gates.toml`` as it is frozen into a run's inputs, read without pydantic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON

GateKind: TypeAlias = Literal["ruff", "command", "pack", "references", "contexts", "hygiene", "tokens", "unbuilt"]
Output: TypeAlias = Literal["exit", "pytest", "junit"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One gate, under the exact name of its check context."""

    name: str
    kind: GateKind
    hard: bool
    step: str = "E"
    origin: str = "packaged"
    """Which side named it: ``commit``, ``trust`` or ``packaged``."""
    trigger: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Named groups of globs; none: every change."""
    unless_only: tuple[str, ...] = ()
    """The gate does not apply to a change whose files all lie here."""
    timeout_seconds: int = 600
    workflow: str = ""
    argv: tuple[str, ...] = ()
    output: Output = "exit"
    report: str = ""
    """Where the command writes its JUnit file, relative to the work tree, or to ``{output}`` where argv names that."""
    paths: tuple[str, ...] = (".",)
    """What the lint gate looks at, relative to the work tree."""
    contexts: tuple[str, ...] = ()
    """Required checks that the trust side enrolled."""
    exclude: tuple[str, ...] = ()
    """Documents that the reference gate leaves out: samples for tests, and what others wrote."""
    issue: str = ""
    network: bool = False
    reads: tuple[str, ...] = ()
    """Places outside the work tree that its programs may read."""
    writes: tuple[str, ...] = ()
    """Globs of the tree's files that its programs may change, and places outside it (with ``/`` or ``~/`` before)."""
    unfenced: str = ""
    """Why its programs run without a fence; empty: they run in one."""


def read_declaration(stored: JSON) -> Declaration:
    """Read one entry of ``inputs["gates"]``. Raises BadInput GATE_DECLARATION for what is none."""
    if isinstance(stored, Mapping):
        name, kind, hard = _word(stored, "name"), _word(stored, "kind"), stored.get("hard")
        output = _word(stored, "output") or "exit"
        if name and kind in get_args(GateKind) and isinstance(hard, bool) and output in get_args(Output):
            return Declaration(
                name=name,
                kind=cast("GateKind", kind),
                hard=hard,
                step=_word(stored, "step") or "E",
                origin=_word(stored, "origin") or "commit",
                trigger=_groups(stored.get("trigger")),
                unless_only=_words(stored.get("unless_only")),
                timeout_seconds=_seconds(stored.get("timeout_seconds")),
                workflow=_word(stored, "workflow"),
                argv=_words(stored.get("argv")),
                output=cast("Output", output),
                report=_word(stored, "report"),
                paths=_words(stored.get("paths")) or (".",),
                contexts=_words(stored.get("contexts")),
                exclude=_words(stored.get("exclude")),
                issue=_word(stored, "issue"),
                network=stored.get("network") is True,
                reads=_words(stored.get("reads")),
                writes=_words(stored.get("writes")),
                unfenced=_word(stored, "unfenced"),
            )
    raise BadInput(
        "GATE_DECLARATION",
        msg("An entry of the frozen inputs is no gate that this version knows."),
        next_step=msg('gonogo run --layer LAYER --reason "TEXT"'),
    )


def _word(stored: Mapping[str, JSON], name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""


def _words(value: JSON) -> tuple[str, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(item for item in value if isinstance(item, str))
    return ()


def _groups(value: JSON) -> dict[str, tuple[str, ...]]:
    return {name: _words(globs) for name, globs in value.items()} if isinstance(value, Mapping) else {}


def _seconds(value: JSON) -> int:
    return value if isinstance(value, int) and value > 0 else 600
