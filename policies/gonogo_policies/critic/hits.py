"""What a check is given, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from gonogo_policies.critic.grammar import told

if TYPE_CHECKING:
    from gonogo_policies.critic.code import Told
    from gonogo_policies.critic.diff_file import FileDiff, Line, Side
    from gonogo_policies.critic.pack import Rule, Severity
    from gonogo_policies.globs import Globs

Span: TypeAlias = "tuple[int, int, str]"
"""First byte, byte after the last, and the detector's name for what lies there."""
FindSecrets: TypeAlias = Callable[[Sequence[bytes]], Sequence[Sequence[Span]]]
"""The secrets in each text. Raises where the detectors cannot run or their answer cannot be believed."""
MOST_SNIPPET = 200
MOST_LINE = 1000
HIDDEN = "[secret]"


@dataclass(frozen=True, slots=True)
class Context:
    """What the author says about the change. Nothing of it is believed; a missing word is what can be told."""

    justification: str = ""
    test_plan: str = ""
    author: str = ""
    related_issue: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One piece of evidence: a rule, and the lines that it found."""

    rule: str
    severity: Severity
    message: str
    fix: str
    path: str
    start: int
    """First line, from 1; 0 where the whole file is meant."""
    end: int
    side: str
    """``new`` or ``old``: which side the line numbers are of."""
    snippet: str
    """The lines' text, secrets hidden."""


@dataclass(frozen=True, slots=True)
class Case:
    """What all checks look at."""

    files: Sequence[FileDiff]
    context: Context
    documents: Globs
    secrets: Mapping[str, Mapping[int, tuple[str, str]]] = field(
        default_factory=dict[str, Mapping[int, tuple[str, str]]]
    )
    """For each file, its lines (of the new side) that hold a secret: its kind, and the line with it hidden."""

    read: dict[tuple[int, Side], list[Told] | None] = field(
        default_factory=dict["tuple[int, Side]", "list[Told] | None"]
    )

    def told(self, file: FileDiff, side: Side) -> list[Told] | None:
        """A side's settings by the file's own grammar, read once; None where it has none that fits."""
        place = (id(file), side)
        if place not in self.read:
            self.read[place] = told(file, side)
        return self.read[place]

    def is_document(self, file: FileDiff) -> bool:
        """Whether a file only speaks of settings."""
        return self.documents.index(file.path) is not None

    def hit(
        self,
        rule: Rule,
        file: FileDiff,
        lines: Sequence[Line] = (),
        *,
        old: bool = False,
        message: str = "",
        soft: bool = False,
    ) -> Hit:
        """Evidence for a rule. ``soft``: it is told, whatever the rule says."""
        shown = "\n".join(self._shown(file, line, old=old) for line in lines)
        return Hit(
            rule=rule.id,
            severity="WARN" if soft and rule.severity == "BLOCK" else rule.severity,
            message=message or rule.message,
            fix=rule.fix,
            path=file.path if not old or file.old_path is None else file.old_path,
            start=lines[0][0] if lines else 0,
            end=lines[-1][0] if lines else 0,
            side="old" if old else "new",
            snippet=shown if len(shown) <= MOST_SNIPPET else f"{shown[: MOST_SNIPPET - 1]}…",
        )

    def _shown(self, file: FileDiff, line: Line, *, old: bool) -> str:
        hidden = None if old else self.secrets.get(file.path, {}).get(line[0])
        return (hidden[1] if hidden else line[1][:MOST_LINE]).strip()
