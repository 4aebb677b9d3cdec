"""The Lint Gate (runbook section 6, ``Lint Gate``): ruff over the Python files that the change touches.

Files are named one by one, so that no ignore file and no folder rule can make the gate green over nothing. A file that
the repository's own ruff settings govern is checked and its format compared under them; for one without any, only
errors that break at run time are looked for, in isolation from every settings file on this machine.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies.change import PYTHON_SUFFIXES, first
from gonogo_policies.gates.interface import Applicability, PlanContext
from gonogo_policies.gates.ruff_lint import FLOOR, Lint
from gonogo_policies.gates.ruff_settings import SETTINGS_NAMES, SettingsFinder, formats_with_ruff
from gonogo_policies.gates.tool_session import Session, batches, find_tool
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_evidence.text import Text
    from gonogo_policies.change import Change, ChangedFile, RepoPath
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult
    from gonogo_policies.gates.ruff_settings import Governed


@dataclass(frozen=True, slots=True)
class RuffGate:
    """The Lint Gate for one declaration."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a Python file was added or changed, or where settings that ruff reads were touched."""
        del context
        found = hits(self.declaration, change)
        settings = tuple(name for name in change.paths if _is_settings(name))
        python = tuple(file.path for file in self._python(change))
        if found.files and (python or settings or not change.complete):
            files = tuple(sorted({*python, *settings})) or found.files
            # Of a pyproject.toml, ruff reads its own part only: green over old files says nothing about the rest of it.
            reads = bool(python) or not change.complete or any(not _is_shared(name) for name in settings)
            return Applicability(applies=True, trigger=found.trigger, files=files, why=found.why, reads_change=reads)
        if not found.files:
            return found.applies()
        why = msg("The changed Python files were deleted or are links: there is nothing to read.")
        return Applicability(applies=False, trigger=found.trigger, files=found.files, why=why)

    def run(self, context: GateContext) -> GateResult:
        """Check and judge."""
        found = self.applies(context.change, PlanContext(None))
        seen = Seen("files", reads_change=found.reads_change)
        session = Session(context, "ruff")
        try:
            self._look(context, session, seen)
        except Stopped as stop:
            seen.stop = stop
        seen.observed = session.observed()
        return judge(self.declaration, found, seen)

    def _look(self, context: GateContext, session: Session, seen: Seen) -> None:
        wanted = self._wanted(context)
        ruff = find_tool("ruff", context)
        session.find_version(ruff)
        present = [file for file in wanted if _is_regular(context.tree / file.disk)]
        finder = SettingsFinder(context.tree)
        groups: dict[Governed, list[RepoPath]] = {}
        for file in present:
            groups.setdefault(finder.governing(file.disk), []).append(file)
        touched = any(_is_settings(name) for name in context.change.paths)
        lint = Lint(context.tree, session, ruff, seen, touched, formats_with_ruff(context.tree))
        for governed in sorted(groups):
            for batch in batches(groups[governed], size=lambda file: len(os.fsencode(context.tree / file.disk)) + 1):
                lint.check(batch, governed)
        seen.files = tuple(sorted(file.path for file in lint.checked))
        seen.reason = _reason(lint, own=len(present) - len(groups.get("none", ())), bare=len(groups.get("none", ())))
        gone = len(wanted) - len(present)
        if gone or lint.unread:
            raise Stopped("GATE_INCOMPLETE", _incomplete(lint.unread, gone))
        if not seen.checked and lint.left_out:
            names = first([file.path for file in lint.left_out])
            why = msg("The repository's own ruff settings leave out every file in question: {names}.", names=names)
            raise Stopped("GATE_CHECKED_NOTHING", why)

    def _wanted(self, context: GateContext) -> list[RepoPath]:
        change = context.change
        everything = change.whole_tree or not change.complete or any(_is_settings(name) for name in change.paths)
        files = context.tracked() if everything else [file.place for file in self._python(change)]
        chosen = {file.disk: file for file in files if self._concerns(file.path)}
        return [chosen[disk] for disk in sorted(chosen)]

    def _python(self, change: Change) -> list[ChangedFile]:
        return [file for file in change.files if file.readable and self._concerns(file.path)]

    def _concerns(self, path: str) -> bool:
        where = PurePosixPath(path)
        inside = any(root == "." or where.is_relative_to(root.strip("/")) for root in self.declaration.paths)
        return inside and where.suffix.lower() in PYTHON_SUFFIXES


def _reason(lint: Lint, *, own: int, bare: int) -> Text:
    findings, checked = len(set(lint.seen.findings)), lint.seen.checked
    left_out = len(lint.left_out)
    if not bare:
        names = f" ({first([file.path for file in lint.left_out])})" if lint.left_out else ""
        counts: dict[str, str | int] = {"findings": findings, "checked": checked, "left_out": left_out, "names": names}
        if not lint.formats:
            return msg(
                "ruff check under the repository's own settings; nothing here says that ruff formats it, so no format"
                " was compared. Findings: {findings}. Files checked: {checked}. Left out by these settings:"
                " {left_out}{names}.",
                **counts,
            )
        return msg(
            "ruff check and ruff format under the repository's own settings. Findings: {findings}. Files checked:"
            " {checked}. Left out by these settings: {left_out}{names}.",
            **counts,
        )
    if not own:
        return msg(
            "This repository has no ruff settings: only errors that break at run time were looked for ({rules}), and no"
            " format was compared. Findings: {findings}. Files checked: {checked}.",
            rules=FLOOR,
            findings=findings,
            checked=checked,
        )
    return msg(
        "{own} files stand under the repository's own ruff settings. The other {bare} have none: there, only errors"
        " that break at run time were looked for ({rules}), and no format was compared. Findings: {findings}."
        " Files checked: {checked}. Left out by the settings: {left_out}.",
        own=own,
        bare=bare,
        rules=FLOOR,
        findings=findings,
        checked=checked,
        left_out=left_out,
    )


def _incomplete(unread: Sequence[RepoPath], gone: int) -> Text:
    if unread:
        names = first([file.path for file in unread])
        return msg("ruff cannot read {count} of the Python files in question: {names}.", count=len(unread), names=names)
    return msg("{count} of the Python files in question are not in the work tree.", count=gone)


def _is_settings(path: str) -> bool:
    return PurePosixPath(path).name in SETTINGS_NAMES


def _is_shared(path: str) -> bool:
    """Whether a settings file holds more than what ruff reads."""
    return PurePosixPath(path).name == "pyproject.toml"


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
