"""The gate over paths in code spans: the predecessor's rule, with the reference gate's eyes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_policies.gates import CiFacts, Declaration, PlanContext, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.gates import GateResult

GATE = Declaration(
    "docs-token-policy-gate",
    "tokens",
    hard=True,
    origin="trust",
    trigger={"documentation": ("**/*.md",)},
    exclude=("tests/**",),
)


def looked(tmp_path: Path, source: str | bytes) -> GateResult:
    """Run the gate over one document of a repository with ``docs`` and ``src``."""
    tree = write(tmp_path / "tree", {"docs/a.md": source, "src/x.py": ""})
    return make_gate(GATE).run(surroundings(tree, GATE, changed("docs/a.md")))


@pytest.mark.parametrize("words", ["out/run/pack.json", "reports/x/", "lib/a/b", "out/a.md:12", "lib/t.py::test_x"])
def test_an_example_must_say_that_it_is_one(words: str, tmp_path: Path) -> None:
    result = looked(tmp_path, f"x\n`{words}`\n")
    assert [(one.line, one.code) for one in result.findings] == [(2, "EXAMPLE_PATH")]
    assert result.findings[0].message.endswith(words.replace("/", "&#47;"))
    assert looked(tmp_path, f"`{words.replace('/', '&#47;')}`").verdict == "PASS"


@pytest.mark.parametrize(
    "words",
    [
        "docs/a.md",
        "docs/never.md",
        "src/*.py",
        "out/<name>.md",
        "out/YYYY/a.md",
        "and/or",
        "application/json",
        "feature/x",
        "git add out/a.md",
        "./run.sh",
        "../out/a.md",
        "~/out/a.md",
        "/etc/hosts.conf",
        "https://h/a.md",
        "owner@h/a.md",
        "a&#47;b.md",
    ],
)
def test_what_is_no_example(words: str, tmp_path: Path) -> None:
    result = looked(tmp_path, f"`{words}` ``out/a.md``\n\n```\n`out/a.md`\n```\n")
    assert (result.verdict, result.checked, result.findings) == ("PASS", 1, ())


def test_the_packaged_entry_applies_where_ci_has_the_job() -> None:
    gate = make_gate(replace(GATE, origin="packaged"))
    ours = CiFacts((".github/workflows/ci.yml",), {GATE.name: (".github/workflows/ci.yml:3",)})
    assert gate.applies(changed("docs/a.md"), PlanContext(ours)).applies
    without = gate.applies(changed("docs/a.md"), PlanContext(CiFacts((".github/workflows/ci.yml",), {})))
    assert (without.applies, without.files) == (False, (".github/workflows/ci.yml",))
    assert make_gate(GATE).applies(changed("docs/a.md"), PlanContext(CiFacts((), {}))).applies


def test_where_it_applies_and_what_it_cannot_read(tmp_path: Path) -> None:
    gate = make_gate(GATE)
    assert not gate.applies(changed("tests/a.md", "deleted:docs/b.md", "x.py"), PlanContext(ci=None)).applies
    assert gate.applies(changed("docs/a.md"), PlanContext(ci=None)).reads_change
    result = looked(tmp_path, b"\xff")
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_UNREADABLE")
