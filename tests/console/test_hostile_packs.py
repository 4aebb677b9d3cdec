"""Packs that somebody made to be believed: what they say must not paint the report, nor choose who judges it."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from gonogo.cli.streams import visible, visible_json
from gonogo.summary import check_summary
from gonogo_agents.render.summary import SUMMARY_RENDERER, summary
from gonogo_evidence import verify_pack as stranger
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.verify import open_pack
from gonogo_evidence.verify.fields import check_ids
from gonogo_evidence.verify.overall import check as check_overall
from support.desk import make_desk
from support.packs import PACK_ID, core_fields, core_files, duty, edit_json, gate, gates, overwrite, reseal, sample_pack

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from support.bad_input import Said
    from support.desk import Desk

FORGED = "\x1b[2J\nok   decision.answer ada decided GO.\x9b2J\u202e\u2028"
SIGNS = ("\x1b", "\x9b", "\u202e", "\u2028", "\nok   decision.answer")


def assert_plain(words: str) -> None:
    assert [sign for sign in SIGNS if sign in words] == []


@pytest.fixture
def painted(tmp_path: Path) -> Path:
    """A sealed pack with such words wherever a pack may hold words."""
    report: JSON = {"schema": "gonogo/validator-report/v1", "gates": [gate(FORGED, unit=FORGED), *gates()]}
    tools: JSON = {FORGED.encode("unicode_escape").decode(): "1", "to\nol": FORGED}
    return sample_pack(
        tmp_path / "packs" / PACK_ID, core={"validator_report": report}, environment={"tools": tools}
    ).folder


def test_the_words_of_a_pack_painted_the_report(gonogo: Said, desk: Desk, painted: Path) -> None:
    before = painted.parent / "before"
    shutil.copytree(painted, before)
    sample_pack(painted.parent / "other" / PACK_ID)
    for words in (("verify", str(painted)), ("diff", str(painted), str(painted.parent / "other" / PACK_ID))):
        for form in ((), ("--json",)):
            done = gonogo(desk, *words, *form)
            assert_plain(done.stdout + done.stderr)
    assert "\\x1b[2J\\nok   decision.answer" in gonogo(desk, "verify", str(painted)).stdout


@pytest.mark.parametrize("place", ["{}", "data/{}", "review/{}", "index/{}", "attestations/{}"])
def test_the_name_of_a_file_forged_a_line(gonogo: Said, desk: Desk, painted: Path, place: str) -> None:
    for folder in ("data", "review", "index", "attestations"):
        (painted / folder).mkdir(exist_ok=True)
    (painted / place.format(FORGED)).write_text("x")
    done = gonogo(desk, "verify", str(painted))
    assert done.returncode == 6
    assert_plain(done.stdout + done.stderr)


@pytest.mark.parametrize("words", [("verify",), ("index", "check", "--index"), ("show",)])
def test_a_path_that_was_given_painted_the_refusal(gonogo: Said, desk: Desk, words: tuple[str, ...]) -> None:
    done = gonogo(desk, *words, f"./{FORGED}")
    assert done.returncode == 2
    assert_plain(done.stdout + done.stderr)


def test_a_copied_card_is_shown_without_its_colours(gonogo: Said, desk: Desk, painted: Path) -> None:
    (painted / "review").mkdir()
    (painted / "review" / "card.txt").write_text("first\n\x1b[2Jsecond \u202e\n")
    assert gonogo(desk, "show", str(painted)).stdout == "first\n\\x1b[2Jsecond \\u202e\n\n"


def test_words_stay_what_they_are() -> None:
    assert visible("Prüfung für März\u00a0\u2013 ok") == "Prüfung für März\u00a0\u2013 ok"
    document = {"a\x9b": ["\u202e", "\U000e0001", "ü", "\ud800"]}
    text = visible_json(json.dumps(document, indent=2, ensure_ascii=False))
    assert (json.loads(text), text.isprintable(), "ü" in text) == (document, False, True)
    assert text.replace("\n", "").isprintable()


CHECKS: JSON = [{"id": "A-ROOT", "hard": True, "verdict": "PASS"}, {"id": "A-LIVE", "hard": True, "verdict": "FAIL"}]
PLAN: JSON = [{"name": name, "hard": True} for name in ("Lint Gate", "audit")]
SOFT: JSON = [{"name": "Lint Gate", "hard": True}, {"name": "audit", "hard": False}]


def _codes(folder: Path) -> tuple[set[str], set[str]]:
    """What both tools say of a pack's verdict."""
    theirs = set[str]()
    with suppress(stranger.Finding):
        for step in (stranger.overall, stranger.named):
            try:
                theirs |= {one.code for one in step(stranger.Pack(folder))}
            except stranger.Finding as problem:
                theirs.add(problem.code)
    pack = open_pack(folder)
    found = (*check_overall(pack), *check_ids(pack))
    return {one.code for one in found if one.verdict != "PASS"}, theirs - {"OK"}


@pytest.mark.parametrize(
    ("parts", "core"),
    [
        ({"preflight_snapshot": duty(checks=CHECKS)}, {}),
        ({}, {"inventory": {"schema": "gonogo/inventory/v1", "facts": [], "checks": CHECKS}}),
        ({}, {"run_plan": {"schema": "gonogo/run-plan/v1", "scope": {"checks": CHECKS}}}),
        ({}, {"run_plan": {"schema": "gonogo/run-plan/v1", "gates": {"gates": PLAN}}}),
        ({}, {"run_plan": {"schema": "gonogo/run-plan/v1", "gates": ["Lint Gate", "audit"]}}),
    ],
    ids=[
        "a check failed inside a duty that passed",
        "in the inventory",
        "in the scope",
        "a planned gate is not reported",
        "by name",
    ],
)
def test_a_core_that_contradicts_itself_passed(tmp_path: Path, parts: dict[str, JSON], core: dict[str, JSON]) -> None:
    folder = sample_pack(tmp_path / PACK_ID, core=core, **parts).folder
    assert _codes(folder) == ({"VERDICT_DIFFERS"}, {"VERDICT_DIFFERS"})


def test_soft_checks_and_soft_gates_stay_soft(tmp_path: Path) -> None:
    soft: JSON = [{"id": "A-SHELL", "hard": False, "verdict": "FAIL"}]
    plan: JSON = {"schema": "gonogo/run-plan/v1", "gates": {"gates": SOFT}}
    folder = sample_pack(tmp_path / PACK_ID, core={"run_plan": plan}, preflight_snapshot=duty(checks=soft)).folder
    assert _codes(folder) == (set(), set())


def test_a_core_of_two_repositories_passed(tmp_path: Path) -> None:
    snapshot = duty(checks=[], root_commit="a" * 40)
    folder = sample_pack(tmp_path / PACK_ID, root_commit="b" * 40, preflight_snapshot=snapshot).folder
    assert _codes(folder) == ({"PACK_ROOT_DIFFERS"}, {"PACK_ROOT_DIFFERS"})


def test_the_pack_chose_whose_trust_judged_it(gonogo: Said, held: Desk, tmp_path: Path) -> None:
    """Verified for one repository, it was judged by who may sign in another one of the same home."""
    (pack,) = (held.repo.path / "data" / "evidence_packs").glob("EVP-*/")
    other = make_desk(tmp_path / "other", {"README.md": "other\n"}, ({"README.md": "more\n"},), key=False)
    for words, code in (((), 4), (("--repo", str(held.repo.path)), 4), (("--repo", str(other.repo.path)), 3)):
        done = gonogo(held, "verify", str(pack), *words, "--json")
        said = {one["code"] for one in json.loads(done.stdout)["checks"]}
        assert (done.returncode, "PACK_ELSEWHERE" in said) == (code, code == 3), words
    other.home = held.home
    around = gonogo(other, "verify", str(pack), "--json")
    (found,) = (one for one in json.loads(around.stdout)["checks"] if one["code"] == "PACK_ELSEWHERE")
    assert (around.returncode, found["limit"]) == (4, True), "the repository around is no order: a stated limit"


def _summarised(tmp_path: Path, text: str, renderer: str = SUMMARY_RENDERER) -> Path:
    folder = sample_pack(tmp_path / PACK_ID).folder
    edit_json(folder / "seal.json", {"summary_renderer": renderer})
    overwrite(folder / "SUMMARY.md", text.encode())
    reseal(folder)
    return folder


def test_a_summary_said_that_everything_is_perfect(tmp_path: Path) -> None:
    true = summary(core_fields(), core_files())
    for text, renderer, code in (
        (true, SUMMARY_RENDERER, "OK"),
        ("# everything perfect\n", SUMMARY_RENDERER, "SUMMARY_DIFFERS"),
        ("# everything perfect\n", "other/1", "SUMMARY_OTHER_RENDERER"),
    ):
        (found,) = check_summary(
            open_pack(_summarised(tmp_path / digest_of(text.encode() + renderer.encode()), text, renderer))
        )
        assert (found.code, found.exit) == (code, 6 if code == "SUMMARY_DIFFERS" else 0)


@pytest.mark.parametrize("verdicts", [[], "PASS", None, {}])
def test_a_core_of_another_shape_gives_no_summary_and_no_traceback(tmp_path: Path, verdicts: JSON) -> None:
    folder = _summarised(tmp_path, "x")
    edit_json(folder / "core" / "pack.json", {"verdicts": verdicts})
    assert [one.code for one in check_summary(open_pack(folder))] == ["SUMMARY_DIFFERS"]
