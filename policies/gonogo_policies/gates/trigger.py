"""The trigger of a declaration, evaluated on a change: what every gate asks first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import Text, msg
from gonogo_policies import globs
from gonogo_policies.gates.interface import Applicability
from gonogo_policies.gates.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration

SHOWN = 12
"""Globs named in a sentence."""


@dataclass(frozen=True, slots=True)
class Hits:
    """What a trigger found in a change."""

    trigger: Text
    """The trigger in words."""
    files: tuple[str, ...]
    """The changed names that it means; empty where it does not fire."""
    evaluated: tuple[str, ...]
    """Every changed name."""
    why: Text

    def standing(self, change: Change, *, links: bool = False) -> tuple[str, ...]:
        """Those of ``files`` that are there after the change: regular files, with ``links`` all that is there."""
        there = {file.path for file in change.files if file.readable or (links and file.status != "D")}
        return tuple(path for path in self.files if path in there)

    def applies(self, files: Sequence[str] | None = None, *, reads_change: bool = True) -> Applicability:
        """The gate applies to these of ``files`` (default: all of them); where none is left, it does not."""
        left = self.files if files is None else tuple(files)
        why = self.why
        if self.files and not left:
            count = len(self.files)
            why = msg("Of the {count} changed files of this kind, none is one that this gate reads.", count=count)
        if not left:
            return Applicability(applies=False, trigger=self.trigger, files=self.evaluated, why=why)
        return Applicability(applies=True, trigger=self.trigger, files=left, why=why, reads_change=reads_change)


def hits(gate: Declaration, change: Change) -> Hits:
    """Evaluate the trigger on every name that the change touches, old names of renamed files included."""
    paths = change.paths
    words = describe(gate)
    if not paths:
        return Hits(words, (), (), msg("The change touches no file."))
    if gate.unless_only and all(globs.match(path, gate.unless_only) for path in paths):
        why = msg("All {count} changed files lie where this gate does not look.", count=len(paths))
        return Hits(words, (), paths, why)
    wanted = globs.Globs(glob for group in gate.trigger.values() for glob in group)
    found = tuple(path for path in paths if wanted.index(path) is not None) if gate.trigger else paths
    if not found:
        return Hits(words, (), paths, msg("No changed file is of this kind. Changed files: {count}.", count=len(paths)))
    return Hits(words, found, paths, msg("{count} changed files are of this kind.", count=len(found)))


def describe(gate: Declaration) -> Text:
    """The trigger in words."""
    if gate.trigger:
        wanted = [glob for group in gate.trigger.values() for glob in group]
        listed = plain(", ".join(wanted[:SHOWN]) + (", …" if len(wanted) > SHOWN else ""), 1000)
        return msg("a changed file in: {globs}", globs=listed)
    if gate.unless_only:
        return msg("a changed file outside of: {globs}", globs=plain(", ".join(gate.unless_only[:SHOWN]), 1000))
    return msg("any changed file")
