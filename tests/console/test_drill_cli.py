"""``gonogo drill``: from the first command to the session log, and the linter of logs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.drills import DRILLS, sessions
from gonogo.drills.lint import NAME, SECTIONS, lint
from gonogo.drills.log import files_of
from gonogo.main import main
from support.catalogue import TREE
from support.drill_operators import EXPERTS
from support.terminal import small_world

if TYPE_CHECKING:
    from collections.abc import Sequence


class Seat:
    """One operator's ``gonogo drill``, in a home of their own."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.capsys = home, capsys

    def say(self, *arguments: str, ok: int = 0) -> str:
        """Standard output of a command."""
        code = main(["drill", *arguments], world=small_world(self.home))
        said = self.capsys.readouterr()
        assert code == ok, said
        return said.out

    def json(self, *arguments: str, ok: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """The document of a command."""
        return json.loads(self.say(*arguments, "--json", ok=ok))

    def refused(self, *arguments: str, ok: int) -> str:
        """The code of a refusal."""
        return str(self.json(*arguments, ok=ok)["error"]["code"])


@pytest.fixture
def seat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Seat:
    return Seat(tmp_path, capsys)


def test_a_drill_from_start_to_log(seat: Seat, tmp_path: Path) -> None:
    begun = seat.json("start", "d03", "--seed", "4", "--difficulty", "1", "--operator", "Jörg Ö")
    assert (begun["drill"], begun["seed"], begun["minutes"]) == ("D03", 4, 15)
    assert seat.json("check", ok=1)["verdict"] == "FAIL"
    assert seat.json("hint")["number"] == 1
    assert seat.refused("report", ok=2) == "DRILL_NOT_SCORED"
    EXPERTS["D03"](Path(begun["folder"]))
    assert seat.json("check")["verdict"] == "PASS"
    card = seat.json("score", "--validator", "grace")
    assert (card["verdict"], card["hints"]) == ("PASS", 1)
    assert seat.refused("score", ok=5) == "DRILL_SCORED"
    told = seat.json("report", "--repo", str(tmp_path / "mine"))
    log = Path(told["log"])
    assert log.parent == tmp_path / "mine/docs/ops/drills/runs"
    assert NAME.fullmatch(log.name)
    assert sorted(Path(name).name for name in told["files"][1:]) == [
        *("drill.dsse.json", "evidence_pack_pointers.txt", "operator_notes.md", "run_manifest.json"),
        *("scorecard.json", "validator_report.txt"),
    ]
    assert all("drill" in Path(name).read_text().lower() for name in told["files"] if "dsse" not in name)
    assert seat.json("lint", str(log))["verdict"] == "PASS"
    assert seat.refused("report", "--repo", str(tmp_path / "mine"), ok=2) == "DRILL_LOG_THERE"
    stand = {one["drill"]: one for one in seat.json("history")["drills"]}
    assert (stand["D03"]["due"], stand["D01"]["due"]) == (False, True)


def test_a_report_of_an_edited_scorecard_is_refused(seat: Seat) -> None:
    begun = seat.json("start", "D03", "--seed", "1", "--operator", "ada")
    seat.json("score", ok=1)
    card = Path(begun["folder"]) / "scorecard.json"
    card.write_text(card.read_text().replace("FAIL", "PASS"))
    assert seat.refused("report", ok=6) == "DRILL_SCORECARD"


def test_no_pack_of_a_drill_passes_as_a_production_pack(seat: Seat, tmp_path: Path) -> None:
    seat.json("start", "D03", "--seed", "1", "--operator", "ada")
    seat.json("score", ok=1)
    files = [Path(name) for name in seat.json("report", "--repo", str(tmp_path / "mine"))["files"]]
    for place in (files[1].parent, *files):
        assert main(["verify", str(place)], world=small_world(tmp_path)) in {2, 5}
        assert main(["evidence", "validate", str(place)], world=small_world(tmp_path)) != 0
    assert json.loads(next(one for one in files if one.suffix == ".json").read_text())["production"] is False


@pytest.mark.parametrize(
    ("arguments", "code", "ok"),
    [
        (("start", "D99", "--operator", "a"), "DRILL_UNKNOWN", 2),
        (("start", "D03", "--operator", " "), "DRILL_OPERATOR", 2),
        (("check",), "DRILL_SESSION", 2),
        (("score", "nowhere"), "DRILL_SESSION", 2),
        (("lint", "/nowhere/DRILL_RUN.md"), "FILE_NOT_FOUND", 2),
    ],
)
def test_mistakes_are_said(seat: Seat, arguments: Sequence[str], code: str, ok: int) -> None:
    assert seat.refused(*arguments, ok=ok) == code


def test_hints_end(seat: Seat) -> None:
    seat.json("start", "D03", "--operator", "ada")
    for _ in range(3):
        seat.json("hint")
    assert seat.refused("hint", ok=2) == "DRILL_HINTS"


def test_the_list_is_whole_and_speaks_german(seat: Seat) -> None:
    assert [one["drill"] for one in seat.json("list")["drills"]] == [f"D0{number}" for number in range(1, 9)]
    english, german = seat.say("list"), seat.say("list", "--lang", "de")
    for drill in DRILLS:
        assert str(drill.objective) in english
        assert str(drill.objective) not in german
        assert len(drill.hints) == 3


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Name and text of a log that gonogo wrote."""
    home = tmp_path_factory.mktemp("log")
    world = small_world(home)
    main(["drill", "start", "D03", "--seed", "2", "--operator", "ada"], world=world)
    main(["drill", "score"], world=world)
    main(["drill", "report", "--repo", str(home)], world=world)
    (log,) = (home / "docs/ops/drills/runs").iterdir()
    assert lint(log.name, log.read_text()) == []
    return log.name, log.read_text()


BREAKS: dict[str, tuple[str, str, str]] = {
    "criterion without evidence": ("| FAIL | E01 |", "| FAIL | - |", "LOG_EVIDENCE"),
    "evidence that is not there": ("| FAIL | E01 |", "| FAIL | E77 |", "LOG_EVIDENCE"),
    "another word": ("| FAIL | E01 |", "| OK | E01 |", "LOG_SCORE"),
    "a pass that is none": ("**Overall Result:** FAIL", "**Overall Result:** PASS", "LOG_SCORE"),
    "no result": ("**Overall Result:** FAIL", "**Overall Result:** fine", "LOG_SCORE"),
    "no timebox": ("**Timebox Status:** WITHIN", "**Timebox Status:** -", "LOG_TIMEBOX"),
    "over time": ("min / 15 min", "min / 15 min".replace("min / 15", "99 / 15"), "LOG_TIMEBOX"),
    "no operator": ("- **Operator:** ada\n- **Session", "- **Session", "LOG_METADATA"),
    "no moment": ("- **Date/Time:** 2", "- **Date/Time:** about 2", "LOG_METADATA"),
    "another drill": ("- **Drill ID:** D03", "- **Drill ID:** D04", "LOG_NAME"),
    "one for all": ("- RISK_OFFICER: nobody", "- RISK_OFFICER: Ada (again)", "LOG_SOD"),
    "a role left out": ("- EVIDENCE_SCRIBE:", "- SCRIBE:", "LOG_SOD"),
    "no preconditions": ("**Preconditions:**", "**Before:**", "LOG_MANIFEST"),
    "a step without status": ("**Status:** FAIL\n\n### Step 2", "\n\n### Step 2", "LOG_STEPS"),
    "not reproducible": ("**Reproducibility:**", "**Again:**", "LOG_FINDINGS"),
    "no sign-off": ("**Drill Completion:** INCOMPLETE", "**Drill Completion:** yes", "LOG_CLOSEOUT"),
    "a placeholder": ("**Drill Objective:**", "**Drill Objective:** [One sentence]", "LOG_PLACEHOLDER"),
    "vague": ("**Drill Objective:**", "**Drill Objective:** looks good to me", "LOG_VAGUE"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_each_point_of_the_checklist_is_found(name: str, sound: tuple[str, str]) -> None:
    before, after, point = BREAKS[name]
    text = sound[1].replace(before, after, 1)
    if name == "over time":
        text = sound[1].replace("- **Session Duration:** ", "- **Session Duration:** 99", 1)
    assert text != sound[1]
    assert point in {one.point for one in lint(sound[0], text)}


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_is_missed(section: str, sound: tuple[str, str]) -> None:
    text = sound[1].replace(f"## {section}", "## Something else")
    found = [one for one in lint(sound[0], text) if one.point == "LOG_SECTION"]
    assert [section in str(one.message) for one in found] == [True]


OLD_TIMES = """# Log

## Session Metadata

- **Date:** 2026-01-09
- **Operator:** ops

## Run Manifest

### Roles (SoD)
- **ORCHESTRATOR:** drive the drill

### Timebox
- **Planned:** 10 minutes
- **Actual:** ~29 minutes

## Scorecard

| Criterion | Pass/Fail | Evidence Pointer | Notes |
|---|---|---|---|
| Guardrails | ⚠️ PARTIAL | E07 | code was changed |

**Overall Score:** ✅ **PASS (with extensions)**
"""
NO_POINTERS = """# Log

## Scorecard

| Criterion | Pass/Fail | Evidence |
|---|---|---|
| Timebox | ✅ PASS | ~30 min actual |
"""
STYLES: dict[str, tuple[str, set[str]]] = {
    "DRILL_RUN_20260109_1930_ops_D01.md": (
        OLD_TIMES,
        {"LOG_METADATA", "LOG_SOD", "LOG_SCORE", "LOG_TIMEBOX", "LOG_EVIDENCE", "LOG_SECTION", "LOG_MANIFEST"},
    ),
    "DRILL_RUN_20260109_D03A_CI_POLLING.md": (NO_POINTERS, {"LOG_NAME", "LOG_SECTION", "LOG_SCORE", "LOG_TIMEBOX"}),
    "DRILL_RUN_20260109_2203_templates_M01_D03A.md": ("# Notes\n\nIt felt right.\n", {"LOG_SECTION", "LOG_VAGUE"}),
    "DRILL_RUN_20260112_noop_proof.md": (
        "# Run\n\n## 5. Observed Result\n\n**Conclusion:** TBD\n\n## References\n\n- one\n",
        {"LOG_NAME", "LOG_SECTION", "LOG_PLACEHOLDER"},
    ),
}
"""The four styles of the predecessor's logs, in short."""


@pytest.mark.parametrize("name", STYLES)
def test_logs_in_older_styles_get_the_findings_a_reader_would_write(name: str) -> None:
    text, expected = STYLES[name]
    assert {one.point for one in lint(name, text)} == expected


@pytest.mark.parametrize(
    "text", ["", "\0", "## ", "|" * 50, "```\n## Scorecard", "# Findings\n## Findings\n**Finding 1:**"]
)
def test_any_text_is_linted_without_a_stumble(text: str) -> None:
    assert lint("x.md", text)


def test_the_page_of_drills_says_what_the_code_has() -> None:
    page = (TREE / "docs/drills.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[:3] for line in page.splitlines() if line.startswith("| D0")]
    assert rows == [[f"| {drill.drill_id}", str(drill.name), str(drill.minutes)] for drill in DRILLS]
    assert {f"`{code}`" for code in ("DRILL_STATE", "DRILL_SCORECARD", "DRILL_CLOCK", "DRILL_SAME_PERSON")} <= {
        *re.findall(r"`DRILL_[A-Z_]+`", page)
    }


@pytest.mark.parametrize("drill", [drill.drill_id for drill in DRILLS])
def test_the_log_of_every_drill_satisfies_the_checklist(drill: str, seat: Seat, tmp_path: Path) -> None:
    seat.json("start", drill, "--seed", "5", "--operator", "ada")
    seat.json("score", ok=1)
    told = seat.json("report", "--repo", str(tmp_path / "mine"))
    assert all(name.startswith(str(tmp_path / "mine/docs/ops/drill")) for name in told["files"])
    assert seat.json("lint", told["log"], ok=0)["logs"][0]["findings"] == []
    (session,) = sessions(small_world(tmp_path))
    good = [{**one, "verdict": "PASS"} for one in session.scored["criteria"]]
    for operator in ("Jörg Ö <joerg@example.org>", "_x|y", "`a` **b** [c](d)", "../../x"):
        card = {**session.scored, "operator": operator, "verdict": "PASS", "criteria": good}
        path, text = next(iter(files_of(replace(session, operator=operator, scored=card)).items()))
        assert lint(Path(path).name, text) == [], operator
        assert Path(path).parent == Path("docs/ops/drills/runs")
