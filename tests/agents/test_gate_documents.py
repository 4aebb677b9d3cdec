"""The reference gate as the broker runs it: a second process inside the real fence, and what is kept by blob id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo_policies.docs import beside
from gonogo_policies.docs.sheets import NAME
from support.gate_run import start

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.gate_run import Run

NAMED = "docs-reference-targets-gate"
GATE = {"name": NAMED, "kind": "references", "hard": True, "trigger": {"documentation": ["**/*.md"]}}
FILES = {f"docs/{number}.md": f"[a]({number}.md) [b](gone-{number}.md)\n" * 3 for number in range(4)}


def begun(tmp_path: Path, **more: str) -> Run:
    """A run over a change of documents, each with broken references."""
    return start(tmp_path, GATE, files={**FILES, **more})


def without_observed(result: dict[str, object]) -> dict[str, object]:
    """What enters the core, its words of how it was done left out."""
    return {name: value for name, value in result.items() if name not in {"observed", "reason"}}


def test_a_second_process_in_the_fence_changes_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = begun(tmp_path / "alone")(NAMED)
    answered: list[int] = []
    real = beside.Beside.answers

    def answers(self: beside.Beside) -> object:
        found = real(self)
        answered.append(len(found))
        return found

    monkeypatch.setattr(beside.Beside, "answers", answers)
    monkeypatch.setattr(beside, "WORTH", 1)
    monkeypatch.setattr(beside, "cores", lambda: 2)
    both = begun(tmp_path / "both")(NAMED)
    assert answered == [2]
    assert without_observed(both) == without_observed(alone)
    assert both["verdict"] == "FAIL"


def test_a_run_keeps_nothing(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run(NAMED)
    assert run.runner.kept is None
    assert not list(tmp_path.rglob(NAME))


def test_what_is_kept_is_said_and_a_broken_file_of_it_changes_no_verdict(tmp_path: Path) -> None:
    run = begun(tmp_path)
    run.runner = replace(run.runner, kept=tmp_path / "kept")
    first = run(NAMED)
    place = tmp_path / "kept" / NAME
    assert place.stat().st_mode & 0o077 == 0
    again = run(NAMED)
    assert without_observed(again) == without_observed(first)
    assert "parsed before" in again["reason"]["text"]
    assert "parsed before" not in first["reason"]["text"]
    whole = place.read_bytes()
    place.write_bytes(whole.replace(b"gone-1.md", b"gone.1.md"))
    broken = run(NAMED)
    assert without_observed(broken) == without_observed(first)
    assert "parsed before" not in broken["reason"]["text"]
    assert place.read_bytes() == whole
