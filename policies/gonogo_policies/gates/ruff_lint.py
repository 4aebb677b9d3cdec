"""ruff itself, batch by batch: what it looks at, what it finds, what comments excuse."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_policies.change import first
from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.ruff_output import (
    LARGEST,
    by_printed_name,
    read_checked,
    read_complaints,
    read_listing,
    to_findings,
)
from gonogo_policies.gates.verdicts import bad_output
from gonogo_policies.gates.words import fingerprint

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from pathlib import Path

    from gonogo_policies.change import RepoPath
    from gonogo_policies.gates.interface import CommandResult
    from gonogo_policies.gates.ruff_settings import Governed
    from gonogo_policies.gates.tool_session import Session
    from gonogo_policies.gates.verdicts import Seen

SYNTAX = "E9,F7"
"""Errors that no comment and no setting excuses."""
FLOOR = "E9,F63,F7,F82"
"""Syntax errors, comparisons and statements that cannot mean what they say, undefined names."""
CLEAN, FOUND, ABNORMAL = 0, 1, 2
"""ruff's exit codes."""


@dataclass(slots=True)
class Lint:
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
        found = to_findings(self.tree, complaints)
        self.seen.findings += found
        self._tell_excused(files, asked, {one.fingerprint for one in found})
        done_files = read_checked(done.stderr, names) if counted else list(files)
        self.seen.checked += len(done_files)
        self.checked += done_files
        self.left_out += [file for file in files if file not in set(done_files)]

    def _tell_excused(self, files: Sequence[RepoPath], asked: tuple[str, ...], known: Container[str]) -> None:
        """Comments (``noqa``) may hide a whole file: what they excuse is told, a line a file."""
        done = self._run((*asked, "--ignore-noqa"), files, {CLEAN, FOUND})
        codes: dict[str, list[str]] = {}
        for one in to_findings(self.tree, read_complaints(done.stdout, by_printed_name(self.tree, files))):
            if one.fingerprint not in known:
                codes.setdefault(one.path, []).append(one.code)
        for path, hidden in sorted(codes.items()):
            message = f"comments excuse {len(hidden)}: {first(sorted(set(hidden)))}"
            self.seen.advice.append(
                Finding(path, None, "EXCUSED_BY_COMMENT", message, fingerprint(path, message, "", ""))
            )

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
