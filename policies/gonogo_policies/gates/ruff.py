"""The Lint Gate (runbook section 6, ``Lint Gate``): ruff over the Python files that the change touches.

Files are named one by one, so that no ignore file and no folder rule can make the gate green over nothing. A file that
the repository's own ruff settings govern is checked and its format compared under them; for one without any, only
errors that break at run time are looked for, in isolation from every settings file on this machine.
"""

from __future__ import annotations

import io
import os
import stat
import tokenize
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_policies.change import PYTHON_SUFFIXES, first
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.ruff_output import (
    LARGEST,
    by_printed_name,
    read_checked,
    read_complaints,
    read_listing,
    to_findings,
)
from gonogo_policies.gates.ruff_settings import SETTINGS_NAMES, SettingsFinder, formats_with_ruff
from gonogo_policies.gates.tool_session import Session, batches, find_tool
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, bad_output, judge
from gonogo_policies.gates.words import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_evidence.text import Text
    from gonogo_policies.change import Change, ChangedFile, RepoPath
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import CommandResult, GateContext, GateResult
    from gonogo_policies.gates.ruff_settings import Governed

SYNTAX = "E9,F7"
"""Errors that no comment and no setting excuses."""
FLOOR = "E9,F63,F7,F82"
"""Syntax errors, comparisons and statements that cannot mean what they say, undefined names."""
CLEAN, FOUND, ABNORMAL = 0, 1, 2
"""ruff's exit codes."""


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
        lint = _Lint(context.tree, session, ruff, seen, touched, formats_with_ruff(context.tree))
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


@dataclass(slots=True)
class _Lint:
    """ruff, batch by batch."""

    tree: Path
    session: Session
    ruff: str
    seen: Seen
    settings_touched: bool
    """Whether the change touches settings that ruff reads: then they do not decide alone."""
    formats: bool
    """Whether the repository shows that ruff formats it; where it does not, formats are not compared."""
    checked: list[RepoPath] = field(default_factory=list["RepoPath"])
    left_out: list[RepoPath] = field(default_factory=list["RepoPath"])
    """Excluded by the repository's own settings."""
    unread: list[RepoPath] = field(default_factory=list["RepoPath"])
    """Valid Python that ruff cannot read."""

    def check(self, batch: Sequence[RepoPath], governed: Governed) -> None:
        """List what ruff would look at, check it, and compare its format where the repository has settings."""
        own = governed != "none"
        scope = ("--force-exclude",) if own else ("--isolated",)
        done = self._run(("check", "--show-files", "--no-cache", *scope), batch, {CLEAN})
        listed = read_listing(done.stdout, by_printed_name(self.tree, batch))
        self.left_out += [file for file in batch if file not in set(listed)]
        if self.settings_touched:
            self._judge_floor(batch)  # those too that the touched settings leave out
        readable = [file for file in listed if self._readable(file)]
        if not readable:
            return
        rules = () if own else ("--select", FLOOR)
        counting = ("--verbose",) if governed == "own, with exclusions" else ()
        asked = ("check", "--output-format", "json", "--no-cache", "--no-fix", *scope, *rules, *counting)
        self._judge_check(readable, asked, counted=bool(counting))
        if not self.settings_touched:
            self._judge_floor(readable)
        if own and self.formats:
            self._judge_format(readable)

    def _judge_check(self, files: Sequence[RepoPath], asked: tuple[str, ...], *, counted: bool) -> None:
        done = self._run(asked, files, {CLEAN, FOUND})
        names = by_printed_name(self.tree, files)
        complaints = read_complaints(done.stdout, names)
        if bool(complaints) != (done.code == FOUND):
            raise bad_output("ruff")
        self.seen.findings += to_findings(self.tree, complaints)
        done_files = read_checked(done.stderr, names) if counted else list(files)
        self.seen.checked += len(done_files)
        self.checked += done_files
        self.left_out += [file for file in files if file not in set(done_files)]

    def _judge_floor(self, files: Sequence[RepoPath]) -> None:
        """What no setting and no comment can switch off: syntax, and the whole floor where the change touches them."""
        rules = FLOOR if self.settings_touched else SYNTAX
        asked = ("check", "--output-format", "json", "--no-cache", "--no-fix", "--isolated", "--ignore-noqa")
        done = self._run((*asked, "--select", rules), files, {CLEAN, FOUND})
        complaints = read_complaints(done.stdout, by_printed_name(self.tree, files))
        if bool(complaints) != (done.code == FOUND):
            raise bad_output("ruff")
        known = set(self.seen.findings)
        self.seen.findings += [found for found in to_findings(self.tree, complaints) if found not in known]

    def _judge_format(self, files: Sequence[RepoPath]) -> None:
        asked = ("format", "--check", "--output-format", "json", "--no-cache", "--force-exclude")
        done = self._run(asked, files, {CLEAN, FOUND, ABNORMAL} if self.seen.findings else {CLEAN, FOUND})
        if done.code == ABNORMAL:
            return
        complaints = read_complaints(done.stdout, by_printed_name(self.tree, files))
        if bool(complaints) != (done.code == FOUND):
            raise bad_output("ruff")
        self.seen.findings += to_findings(self.tree, complaints)

    def _run(self, options: tuple[str, ...], files: Sequence[RepoPath], expected: set[int]) -> CommandResult:
        names = tuple(str(self.tree / file.disk) for file in files)
        return self.session.run((self.ruff, *options, "--", *names), expected=expected)

    def _readable(self, file: RepoPath) -> bool:
        """Ruff passes over what is not UTF-8 (unless E902 is on): Python's own rule decides what that means."""
        try:
            data = read_bytes(self.tree / file.disk, limit=LARGEST)
        except GonogoError:
            self.unread.append(file)
            return False
        try:
            data.decode()
        except UnicodeDecodeError:
            self._foreign(file, data)
            return False
        return True

    def _foreign(self, file: RepoPath, data: bytes) -> None:
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            data.decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError):
            message = "the file is in no encoding that Python reads"
            mark = fingerprint(file.path, "E902", message, "")
            self.seen.findings.append(Finding(file.path, None, "E902", message, mark))
            self.seen.checked += 1
            self.checked.append(file)
        else:
            self.unread.append(file)


def _reason(lint: _Lint, *, own: int, bare: int) -> Text:
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
