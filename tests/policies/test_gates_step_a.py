"""The gates of step A: live configuration and secrets in a change fail, and what cannot be looked at never passes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg
from gonogo_policies.change import Change, ChangedFile
from gonogo_policies.gates import Declaration, PlanContext, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_policies.gates import GateResult

LIVE = Declaration("live-config-guard", "live", hard=True, step="A", live=("config/live/**", "live.toml"))
SECRETS = Declaration("secret-scan", "secrets", hard=True, step="A")


def guard(tmp_path: Path, change: Change, gate: Declaration = LIVE) -> GateResult:
    return make_gate(gate).run(surroundings(write(tmp_path / "tree", {}), gate, change))


def test_a_change_without_live_paths_passes_and_proves_nothing_else(tmp_path: Path) -> None:
    result = guard(tmp_path, changed("src/a.py", "docs/live.md"))
    assert (result.verdict, result.checked, result.read_change, result.step) == ("PASS", 2, False, "A")


@pytest.mark.parametrize(
    ("file", "path"),
    [
        (ChangedFile("config/live/a.toml", "M"), "config/live/a.toml"),
        (ChangedFile("live.toml", "D"), "live.toml"),
        (ChangedFile("docs/a.toml", "R", "live.toml"), "docs/a.toml"),
        (ChangedFile("config/live/a.toml", "R", "docs/a.toml"), "config/live/a.toml"),
        (ChangedFile("a/../live.toml", "M"), "a/../live.toml"),
    ],
)
def test_live_configuration_fails_on_either_side(tmp_path: Path, file: ChangedFile, path: str) -> None:
    result = guard(tmp_path, Change((file,), 1, "b" * 40))
    assert (result.verdict, [one.path for one in result.findings]) == ("FAIL", [path])


@pytest.mark.parametrize(
    ("gate", "change", "code"),
    [
        (replace(LIVE, live=()), changed("a"), "GATE_CHECKED_NOTHING"),
        (LIVE, Change((), 0, None), "GATE_INCOMPLETE"),
        (LIVE, Change((ChangedFile("a", "M"),), 2, None), "GATE_INCOMPLETE"),
    ],
)
def test_without_a_list_nothing_is_told(tmp_path: Path, gate: Declaration, change: Change, code: str) -> None:
    result = guard(tmp_path, change, gate)
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", code)


def test_what_is_found_in_a_list_that_was_cut_short_still_fails(tmp_path: Path) -> None:
    assert guard(tmp_path, Change((ChangedFile("live.toml", "M"),), 9, None)).verdict == "FAIL"


HEAD = "diff --git a/a.py b/a.py\nindex 1111111..2222222 100644\n--- a/a.py\n+++ b/a.py\n"
ADDED = f"{HEAD}@@ -1 +1,2 @@\n x\n+HUNTER\n"
KEPT = f"{HEAD}@@ -1 +1,2 @@\n HUNTER\n+x\n"
KNOWN = f"{HEAD}@@ -1 +1,2 @@\n x\n+HUNTER  # pragma: allowlist secret\n"
EXCUSED = KNOWN.replace("HUNTER", "'GUESS'")


def find(texts: Sequence[bytes]) -> list[list[tuple[int, int, str]]]:
    kinds = ((b"HUNTER", "kind"), (b"GUESS", "assigned-secret"))
    return [
        [(text.index(word), text.index(word) + len(word), kind) for word, kind in kinds if word in text]
        for text in texts
    ]


def missing(texts: Sequence[bytes]) -> list[list[tuple[int, int, str]]]:
    raise Inconclusive("SECRET_SCAN_MISSING", msg("no detector for {count}", count=len(texts)))


def scan(tmp_path: Path, diff: str, gate: Declaration = SECRETS, *, paths: tuple[str, ...] = ("a.py",)) -> GateResult:
    context = surroundings(write(tmp_path / "tree", {}), gate, changed(*paths))
    return make_gate(gate).run(replace(context, diff=diff.encode, find_secrets=find))


def test_an_added_secret_fails_at_its_line_and_one_that_was_there_is_told(tmp_path: Path) -> None:
    result = scan(tmp_path, ADDED)
    assert (result.verdict, [(one.path, one.line, one.code) for one in result.findings]) == (
        "FAIL",
        [("a.py", 2, "SECRET")],
    )
    assert str(result.reason) == "Secrets in added lines: 1, first a.py:2."
    assert "HUNTER" not in str(result.json())
    for diff in (KEPT, EXCUSED):
        result = scan(tmp_path, diff)
        assert (result.verdict, len(result.advice), result.read_change) == ("PASS", 1, False)
        assert "HUNTER" not in str(result.json())
    assert scan(tmp_path, KNOWN).verdict == "FAIL", "what its form alone gives away is excused by the trust side only"


def test_the_trust_side_excuses_files_and_fingerprints(tmp_path: Path) -> None:
    (finding,) = scan(tmp_path, ADDED).findings
    for gate in (replace(SECRETS, exclude=("*.py",)), replace(SECRETS, allow=(finding.fingerprint,))):
        result = scan(tmp_path, ADDED, gate)
        assert (result.verdict, len(result.advice)) == ("PASS", 1)
    assert scan(tmp_path, ADDED, replace(SECRETS, allow=("0" * 16,))).verdict == "FAIL"


def test_without_a_detector_or_a_diff_nothing_passes(tmp_path: Path) -> None:
    context = surroundings(write(tmp_path / "tree", {}), SECRETS, changed("a.py"))
    for wrong, code in (
        (replace(context, diff=ADDED.encode, find_secrets=missing), "SECRET_SCAN_MISSING"),
        (replace(context, diff=lambda: b"hello\n", find_secrets=find), "GATE_OUTPUT"),
        (context, "GATE_INCOMPLETE"),
    ):
        result = make_gate(SECRETS).run(wrong)
        assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", code)


@pytest.mark.parametrize("gate", [LIVE, SECRETS])
def test_they_apply_to_every_change_that_touches_a_file(gate: Declaration) -> None:
    assert make_gate(gate).applies(changed("README.md"), PlanContext(None)).applies
    assert not make_gate(gate).applies(Change((), 0, None), PlanContext(None)).applies
