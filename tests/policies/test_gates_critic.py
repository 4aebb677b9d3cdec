"""The Policy Critic Gate: what blocks fails, what is told is not lost, and what cannot be read never passes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg
from gonogo_policies.config import load_config, packaged_config, read_folder
from gonogo_policies.gates import PlanContext, make_gate, read_declaration
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_policies.gates import Declaration, GateResult

CONFIG = load_config([read_folder(packaged_config(), "packaged")])
NAME = "Policy Critic Gate"


def declared() -> Declaration:
    gate = CONFIG.gate(NAME)
    assert gate is not None
    return read_declaration(gate.model_dump(mode="json"))


GATE = declared()


def patch(path: str, old: str = "", new: str = "") -> str:
    """A diff that git would print, of one line each."""
    kind = "" if old else "new file mode 100644\n"
    before = f"a/{path}" if old else "/dev/null"
    hunk = f"@@ -{'1' if old else '0,0'} +1 @@\n" + (f"-{old}\n" if old else "") + f"+{new}\n"
    return f"diff --git a/{path} b/{path}\n{kind}index 1111111..2222222\n--- {before}\n+++ b/{path}\n{hunk}"


def run(tmp_path: Path, diff: str, *paths: str, gate: Declaration = GATE, secrets: object = None) -> GateResult:
    context = surroundings(write(tmp_path / "tree", {}), gate, changed(*paths))

    def find(texts: Sequence[bytes]) -> list[list[tuple[int, int, str]]]:
        if secrets is not None:
            raise Inconclusive("SECRET_SCAN_MISSING", msg("no detector"))
        return [[(0, 6, "kind")] if b"HUNTER" in text else [] for text in texts]

    return make_gate(gate).run(replace(context, diff=diff.encode, find_secrets=find))


def test_a_clean_change_passes_with_its_counts(tmp_path: Path) -> None:
    result = run(tmp_path, patch("src/risk/a.py", "x = 1", "x = 2"), "src/risk/a.py")
    assert (result.verdict, result.checked, result.unit, result.read_change) == ("PASS", 1, "files", True)
    assert str(result.reason).startswith("Rules: 11, over changed lines: 2, in files: 1. Blocking: 0, told: 0.")
    assert (result.observed.tool, result.observed.version) == ("policy pack", "default 1")


def test_a_block_fails_with_its_place(tmp_path: Path) -> None:
    result = run(tmp_path, patch("config/a.toml", "max_leverage = 3", "max_leverage = 5"), "config/a.toml")
    (finding,) = result.findings
    assert (result.verdict, finding.path, finding.line) == ("FAIL", "config/a.toml", 1)
    assert finding.message == "a risk limit is loosened: max_leverage: 3 -> 5"


def test_a_word_of_warning_stands_beside_a_pass(tmp_path: Path) -> None:
    result = run(tmp_path, patch("src/execution/a.py", "x = 1", "x = 2"), "src/execution/a.py")
    assert (result.verdict, [one.code for one in result.advice]) == ("PASS", ["EXECUTION_ENDPOINT_TOUCH"])
    assert result.json()["advice_count"] == 1


def test_a_secret_is_named_by_its_kind_and_not_shown(tmp_path: Path) -> None:
    result = run(tmp_path, patch("a.py", "x = 1", "HUNTER"), "a.py")
    assert (result.verdict, result.findings[0].message) == ("FAIL", "this looks like a secret (kind)")
    assert "HUNTER" not in str(result.json())


UNCLEAR = {
    "no detector": (GATE, patch("a.py", "x", "y"), ("a.py",), "SECRET_SCAN_MISSING"),
    "no diff": (GATE, "hello\n", ("a.py",), "GATE_OUTPUT"),
    "an empty diff": (GATE, "", ("a.py",), "GATE_INCOMPLETE"),
    "a file left out": (GATE, patch("a.py", "x", "y"), ("a.py", "b.py"), "GATE_INCOMPLETE"),
    "a binary file": (
        GATE,
        "diff --git a/a b/a\nindex 1111111..2222222 100644\nBinary files a/a and b/a differ\n",
        ("a",),
        "GATE_INCOMPLETE",
    ),
    "a merge": (
        GATE,
        "diff --cc a\nindex 1111111,2222222..3333333\n--- a/a\n+++ b/a\n@@@ -1,1 -1,1 +1,1 @@@\n- x\n -z\n++y\n",
        ("a",),
        "GATE_INCOMPLETE",
    ),
    "no rules": (replace(GATE, policy={"rule": []}), patch("a.py", "x", "y"), ("a.py",), "GATE_CHECKED_NOTHING"),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_what_cannot_be_read_or_asked_never_passes(case: str, tmp_path: Path) -> None:
    gate, diff, paths, code = UNCLEAR[case]
    result = run(tmp_path, diff, *paths, gate=gate, secrets="none" if case == "no detector" else None)
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", code)


def test_what_was_found_before_the_end_still_fails(tmp_path: Path) -> None:
    diff = patch("config/a.toml", "max_leverage = 3", "max_leverage = 5")
    assert run(tmp_path, diff, "config/a.toml", "b").verdict == "FAIL"


@pytest.mark.parametrize(
    ("paths", "applies", "reads"),
    [
        (("docs/a.md", "README.md"), False, False),
        ((), False, False),
        (("data/a.csv",), True, False),
        (("src/risk/a.py", "README.md"), True, True),
    ],
)
def test_when_it_applies(paths: tuple[str, ...], applies: bool, reads: bool) -> None:
    found = make_gate(GATE).applies(changed(*paths), PlanContext(None))
    assert (found.applies, found.reads_change) == (applies, reads)
    assert str(found.trigger)
    assert str(found.why)
