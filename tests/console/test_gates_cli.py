"""``gonogo gates``: the desk as it stands, a change or a commit; what it says, in every form, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from support.desk import GONOGO
from support.pty_session import Answers, at_terminal
from support.repos import listing

if TYPE_CHECKING:
    from support.desk import Desk

DOCS = "docs-reference-targets-gate"


def gates(desk: Desk, *arguments: str, code: int) -> dict[str, Any]:
    """The JSON document of one look."""
    found: dict[str, Any] = desk.json("gates", *arguments, code=code)
    return found


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    """What each gate says."""
    return {gate["name"]: gate["verdict"] for gate in found["gates"]}


def test_the_whole_tree_passes_and_nothing_of_the_operators_changes(desk: Desk) -> None:
    before = listing(desk.repo.path)
    found = gates(desk, code=0)
    assert listing(desk.repo.path) == before
    assert (found["verdict"], found["uncommitted"], found["base_rule"]) == ("PASS", False, "whole-tree")
    assert found["commit"] == desk.repo.head
    assert verdicts(found)["Lint Gate"] == "PASS"
    assert "schema" not in verdicts(found)


def test_what_is_not_committed_yet_is_looked_at(desk: Desk) -> None:
    desk.repo.write({"new.py": "print(unknown)\n", "docs/new.md": "[gone](gone.md)\n"})
    found = gates(desk, "--changed", code=1)
    assert (found["uncommitted"], found["base"], found["base_rule"]) == (True, desk.repo.head, "head")
    assert found["files"] == 2
    said = {gate["name"]: gate for gate in found["gates"]}
    assert [one["code"] for one in said["Lint Gate"]["findings"]] == ["F821"]
    assert [one["code"] for one in said[DOCS]["findings"]] == ["MISSING_TARGET"]
    assert gates(desk, "--commit", "HEAD", code=0)["uncommitted"] is False


def test_documents_parsed_before_are_said_and_change_no_verdict(desk: Desk) -> None:
    desk.repo.write({"docs/new.md": "[gone](gone.md)\n"})
    first, again = (gates(desk, DOCS, code=1)["gates"][0] for _ in range(2))
    assert first["findings"] == again["findings"]
    assert ("parsed before" in str(first["reason"]), "parsed before" in str(again["reason"])) == (False, True)


def test_a_gate_that_was_asked_for_and_does_not_apply_is_no_open_question(desk: Desk) -> None:
    desk.repo.write({"notes.txt": "x\n"})
    found = gates(desk, "--changed", DOCS, code=0)
    assert verdicts(found) == {DOCS: "NOT_APPLICABLE"}
    assert gates(desk, "--changed", code=3)["verdict"] == "INCONCLUSIVE"


def test_a_soft_gate_that_was_asked_for_decides(desk: Desk) -> None:
    desk.repo.write({"docs/ops/PR_1_MERGE_LOG.md": "/home/ada\n"})
    assert gates(desk, "--changed", "Merge Log Hygiene", code=1)["verdict"] == "FAIL"


def test_an_unknown_gate_is_named_with_those_that_are_there(desk: Desk) -> None:
    done = desk.gonogo("gates", "Lint")
    assert done.returncode == 2
    assert "GATE_NAME_UNKNOWN" in done.stderr
    assert "Lint Gate" in done.stderr


def test_what_gates_left_can_be_kept(desk: Desk) -> None:
    desk.repo.write({"new.py": "print(unknown)\n"})
    place = desk.home / "kept" / "gates"
    gates(desk, "--changed", "Lint Gate", "--keep", str(place), code=1)
    (file,) = place.iterdir()
    assert file.name.endswith("Lint-Gate.stdout.txt")
    assert "F821" in file.read_text()
    (desk.home / "taken").write_text("")
    done = desk.gonogo("gates", "Lint Gate", "--keep", str(desk.home / "taken" / "below"))
    assert done.returncode == 3
    assert "CANNOT_WRITE" in done.stderr


def test_an_unknown_base_is_no_pass(desk: Desk) -> None:
    done = desk.gonogo("gates", "--base", "origin/nowhere")
    assert (done.returncode, done.stdout, "BASE_UNRESOLVED" in done.stderr) == (3, "", True)


def test_a_change_of_nothing_is_no_pass(desk: Desk) -> None:
    for words in (("--commit", "HEAD", "--base", "HEAD"), ("--commit", "HEAD~1", "--base", "HEAD"), ("--base", "HEAD")):
        found = gates(desk, DOCS, *words, code=3)
        assert (found["files"], found["verdict"]) == (0, "INCONCLUSIVE"), words
    assert "no gate looked at anything" in found["reason"]


def test_a_change_is_all_that_is_committed_staged_unstaged_and_untracked(desk: Desk) -> None:
    broken = "[gone](gone.md)\n"
    desk.repo.commit({"docs/unstaged.md": "fine\n", "docs/committed.md": broken})
    desk.repo.write({"docs/staged.md": broken, "docs/unstaged.md": broken, "docs/untracked.md": broken})
    desk.repo.git("add", "docs/staged.md")
    found = gates(desk, DOCS, "--base", "HEAD~1", code=1)
    paths = [one["path"] for one in found["gates"][0]["findings"]]
    assert paths == [f"docs/{name}.md" for name in ("committed", "staged", "unstaged", "untracked")]
    assert (found["files"], found["base_rule"], found["uncommitted"]) == (4, "option", True)
    said = desk.gonogo("gates", DOCS, "--base", "HEAD~1").stdout
    assert "as it stands, uncommitted and new files too. Files: 4." in said


def test_what_was_renamed_long_ago_is_proposed(desk: Desk) -> None:
    desk.repo.commit({"docs/old.md": "a page of some length\n" * 9})
    desk.repo.commit({"docs/old.md": None, "docs/mid.md": "a page of some length\n" * 9})
    desk.repo.commit({"docs/mid.md": None, "docs/deep/new.md": "a page of some length\n" * 9})
    desk.repo.write({"docs/other.md": "[a](old.md)\n"})
    (one,) = gates(desk, DOCS, "--changed", code=1)["gates"][0]["findings"]
    assert one["message"] == "old.md: there is no docs/old.md; did you mean docs/deep/new.md?"


@pytest.mark.parametrize("form", ["text", "junit", "sarif", "github"])
def test_every_form_tells_the_same(form: str, desk: Desk) -> None:
    desk.repo.write({"docs/new.md": "x\n[gone](gone.md)\n"})
    done = desk.gonogo("gates", DOCS, "--changed", "--format", form)
    assert done.returncode == 1
    if form == "text":
        assert "docs/new.md:2 MISSING_TARGET gone.md: there is no docs/gone.md" in done.stdout
    elif form == "junit":
        root = ET.fromstring(done.stdout)  # noqa: S314 - our own words
        assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == [DOCS]
    elif form == "sarif":
        (result,) = json.loads(done.stdout)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    else:
        assert "::error file=docs/new.md,line=2,title=" in done.stdout


def test_the_job_summary_goes_where_the_forge_says(desk: Desk) -> None:
    place = desk.home / "summary.md"
    place.write_text("before\n", encoding="utf-8")
    done = desk.gonogo("gates", "Lint Gate", "--format", "github", GITHUB_STEP_SUMMARY=str(place))
    assert done.returncode == 0
    assert place.read_text(encoding="utf-8").startswith("before\n### gonogo gates: PASS")
    bad = desk.gonogo("gates", "Lint Gate", "--format", "github", GITHUB_STEP_SUMMARY=str(desk.home))
    assert (bad.returncode, "SUMMARY_UNWRITABLE" in bad.stderr) == (3, True)


def test_watching_looks_again_when_the_desk_changes_and_ends_with_ctrl_c(desk: Desk) -> None:
    def spoil(screen: str) -> str:
        del screen
        desk.repo.write({"docs/new.md": "[gone](gone.md)\n"})
        return ""

    ends = r"a run looks for itself\."
    shown = at_terminal(
        [*GONOGO, "gates", DOCS, "--watch"],
        Answers([(ends, spoil), (rf"MISSING_TARGET[\s\S]*{ends}", "\x03")]),
        cwd=desk.repo.path,
        env=desk.environment(),
    )
    assert shown.code == 130
    assert "Traceback" not in shown.screen
    assert shown.raw.count("\x1b[2J") == 2


@pytest.mark.parametrize("more", [["--json"], ["--format", "sarif"], ["--commit", "HEAD"]])
def test_what_cannot_be_watched_is_refused(more: list[str], desk: Desk) -> None:
    done = desk.gonogo("gates", "--watch", *more)
    assert (done.returncode, "WATCH_WORDS" in done.stderr + done.stdout) == (2, True)
    inside = desk.gonogo("gates", "--watch", GONOGO_GATE="tests")
    assert (inside.returncode, "RUN_INSIDE_GATE" in inside.stderr) == (5, True)


def test_words_in_german(desk: Desk) -> None:
    done = desk.gonogo("gates", "Lint Gate", "--changed", "--lang", "de")
    assert "Bei den verlangten Gates ist nichts offen" in done.stdout


def test_a_gate_that_asks_for_gates_would_never_end(desk: Desk) -> None:
    done = desk.gonogo("gates", "Lint Gate", GONOGO_GATE="tests")
    assert (done.returncode, "RUN_INSIDE_GATE" in done.stderr) == (5, True)


def test_a_gate_that_changes_the_tree_fails_here_as_in_a_run(desk: Desk) -> None:
    (store,) = desk.trust_folders()
    entry = """
[[gate]]
name = "writer"
step = "E"
hard = true
kind = "command"
purpose = "Writes where it may not."
timeout_seconds = 60
argv = ["sh", "-c", "echo x > README.md"]
output = "exit"
unfenced = "a test of what is found without a fence"
"""
    place = store / "gates.toml"
    place.write_text((place.read_text() if place.exists() else 'schema = "gonogo/gates/v1"\n') + entry)
    place.chmod(0o600)
    found = gates(desk, "writer", code=1)
    assert (verdicts(found)["writer"], found["verdict"]) == ("PASS", "FAIL")
