"""Reading what ruff prints, strictly: anything else than the form that was asked for stops the gate."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.verdicts import bad_output
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_policies.change import RepoPath

LARGEST = 16 * 1024 * 1024
"""Bytes of a source file that is read for the text of a line."""
_CHECKED = re.compile(r"\[DEBUG\] Checked (\d+) files? in")
_CHECKING = re.compile(r"\[DEBUG\] Checking: (.*)")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One item of ruff's JSON."""

    file: RepoPath
    line: int | None
    code: str
    message: str


def by_printed_name(tree: Path, files: Iterable[RepoPath]) -> dict[str, RepoPath]:
    """The files under the name that ruff prints for them: absolute, bytes that are not UTF-8 replaced."""
    return {os.fsencode(tree / file.disk).decode("utf-8", "replace"): file for file in files}


def read_listing(output: bytes, names: Mapping[str, RepoPath]) -> list[RepoPath]:
    """The files of ``ruff check --show-files`` that were asked about; other lines are not ours and count nothing."""
    lines = output.decode("utf-8", "replace").splitlines()
    return sorted({names[line] for line in lines if line in names}, key=lambda file: file.path)


def read_complaints(output: bytes, names: Mapping[str, RepoPath]) -> list[Complaint]:
    """The items of ruff's JSON. Raises Stopped GATE_OUTPUT for all but a list of complaints about these files."""
    try:
        items = cast("JSON", json.loads(output))
    except ValueError as error:
        raise bad_output("ruff") from error
    if not isinstance(items, list):
        raise bad_output("ruff")
    return [_complaint(item, names) for item in items]


def read_checked(stderr: bytes, names: Mapping[str, RepoPath]) -> list[RepoPath]:
    """The files that ruff's verbose log says it checked. Raises Stopped GATE_OUTPUT where it is not clear."""
    words = stderr.decode("utf-8", "replace")
    counts, listed = _CHECKED.findall(words), _CHECKING.findall(words)
    if len(counts) != 1 or int(counts[0]) != len(listed) or not names.keys() >= set(listed):
        raise bad_output("ruff")
    return [names[name] for name in listed]


def to_findings(tree: Path, complaints: Iterable[Complaint]) -> list[Finding]:
    """Findings with fingerprints over the text of their lines, each file read once."""
    texts: dict[str, list[str]] = {}
    found: list[Finding] = []
    for complaint in complaints:
        disk = complaint.file.disk
        if disk not in texts:
            texts[disk] = _lines(tree / disk)
        lines, line = texts[disk], complaint.line
        text = lines[line - 1] if line is not None and 0 < line <= len(lines) else ""
        path, code, message = complaint.file.path, complaint.code, complaint.message
        found.append(Finding(path, line, code, message, fingerprint(path, code, message, text)))
    return found


def _complaint(item: JSON, names: Mapping[str, RepoPath]) -> Complaint:
    if isinstance(item, Mapping):
        name, message, code = item.get("filename"), item.get("message"), item.get("code")
        location, in_notebook = item.get("location"), item.get("cell") is not None
        if isinstance(name, str) and name in names and isinstance(message, str) and isinstance(code, str | None):
            row = location.get("row") if isinstance(location, Mapping) and not in_notebook else None
            line = row if isinstance(row, int) and row > 0 else None
            return Complaint(names[name], line, plain(code or "invalid-syntax", 60), plain(message, 500))
    raise bad_output("ruff")


def _lines(path: Path) -> list[str]:
    try:
        return read_bytes(path, limit=LARGEST).decode("utf-8", "replace").split("\n")
    except GonogoError:
        return []
