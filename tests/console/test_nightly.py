"""``gonogo nightly``: all layers to the hold point, what it leaves behind, and what it is compared with."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gonogo.nightly.brought import night_in, signed_in
from gonogo_agents.texts import translator
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Report, passed
from support.desk import CHANGE, GONOGO, Desk, make_desk
from support.pty_session import Answers, at_terminal
from support.repos import Repo, clean_env

SAY = translator("en")
WORDS = re.compile(r"\b([a-z]{4,7}-[a-z]{4,7}-[a-z]{4,7}-[a-z]{4,7})\b")


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A machine without any key: a CI runner."""
    return make_desk(tmp_path_factory.mktemp("night"), key=False)


@pytest.fixture(scope="module")
def nights(keyless: Desk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The output folders of two nights over one commit."""
    base = tmp_path_factory.mktemp("out")
    first = keyless.gonogo("nightly", "--operator", "ci", "--layers", "L5,L6", "--out", str(base / "1"))
    second = keyless.gonogo(
        "nightly",
        "--operator",
        "ci",
        "--layers",
        "L5",
        "--handoff",
        "--out",
        str(base / "2"),
    )
    (base / "said").write_text(second.stderr)
    assert (first.returncode, second.returncode) == (4, 4), first.stderr + second.stderr
    return base / "1", base / "2"


def told_of(folder: Path) -> Any:  # noqa: ANN401 - a document
    """The document of a night."""
    return json.loads((folder / "night.json").read_bytes())


def test_a_night_ends_at_the_hold_point_and_says_what_may_not_run(keyless: Desk, nights: tuple[Path, Path]) -> None:
    told = told_of(nights[0])
    assert (told["verdict"], told["exit_code"], len(told["waiting"])) == ("PASS", 4, 1)
    assert [(one["layer_id"], one["state"], one["verdict"]) for one in told["layers"]] == [
        ("L5", "WAITS", "PASS"), ("L6", "FORBIDDEN", "NOT_APPLICABLE"),
    ]  # fmt: skip
    assert told["layers"][1]["code"] == "LAYER_FORBIDDEN"
    waiting = keyless.json("inbox", code=0)["runs"]
    assert {one["run_id"] for one in waiting} >= set(told["waiting"])
    assert all(one["decision"] is None for one in waiting)


def test_a_night_leaves_packs_index_and_reports_with_their_digests(keyless: Desk, nights: tuple[Path, Path]) -> None:
    out, told = nights[0], told_of(nights[0])
    lines = [line.split("  ", 1) for line in (out / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    assert set(sums) == files
    assert all(hashlib.sha256((out / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    assert {"report.html", "junit.xml", "report.sarif", "summary.md", "index/checkpoint", "index/index.vkey"} <= files
    assert not {name for name in files if name.endswith(".key")}
    assert not {name for name in files if "/." in f"/{name}"}, "an upload of artifacts leaves these out"
    pack = out / "packs" / told["layers"][0]["pack_id"]
    assert keyless.gonogo("verify", str(pack), "--authentic-only").returncode == 0


def test_the_next_night_of_the_same_commit_reproduces_the_core(nights: tuple[Path, Path]) -> None:
    first, second = told_of(nights[0]), told_of(nights[1])
    since = second["layers"][0]["since_last_night"]
    assert since["changes"][0] == "same commit, same core: reproduced bit for bit"
    assert since["core_digest"] == second["layers"][0]["core_digest"] == first["layers"][0]["core_digest"]
    assert second["layers"][0]["since_last_signed"] is None
    assert [one["started"] for one in second["history"]] == [first["started"], second["started"]]


def test_what_a_night_handed_over_is_signed_in_the_morning_on_another_machine_once(
    keyless: Desk, nights: tuple[Path, Path], tmp_path: Path
) -> None:
    """From the night's own folder and the line that it said, to a key, a terminal and typed words elsewhere."""
    run = told_of(nights[1])["layers"][0]["run_id"]
    line = next(one for one in (nights[1].parent / "said").read_text().splitlines() if f"{run} is handed over" in one)
    command = ["handoff", "import", *line.partition(" handoff import ")[2].split()]
    assert f"gonogo {' '.join(command)}" in (nights[1] / "summary.md").read_text()
    operator = make_desk(tmp_path, commits=(CHANGE,))
    assert operator.repo.head == keyless.repo.head
    operator.enrol()
    shutil.copy(nights[1] / "handoff" / command[2], operator.repo.path)
    taken = operator.json(*command, code=4)
    assert (taken["run_id"], taken["verdict"]) == (run, "PASS")
    typed = [(r"to sign GO:", lambda screen: WORDS.findall(screen)[-1].replace("-", " "))]
    words = [*GONOGO, "sign", run, "--decision", "GO", "--reason", "read"]
    signed = at_terminal(words, Answers(typed), cwd=operator.repo.path, env=operator.environment(TERM="dumb"))
    assert (signed.code, "presence typed" in signed.screen) == (0, True), signed.screen
    again = operator.gonogo(*command)
    assert (again.returncode, "HANDOFF_KNOWN" in again.stderr, "COMMITTED" in again.stderr) == (5, True, True)
    assert keyless.json("show", run, code=0)["state"] == "ABANDONED"


def test_a_night_is_read_from_the_folder_that_it_left_and_only_as_it_was(
    nights: tuple[Path, Path], tmp_path: Path
) -> None:
    assert night_in(nights[0]) == nights[0] / "night.json"
    for name in ("night.json", "SHA256SUMS"):
        folder = tmp_path / name
        shutil.copytree(nights[0], folder)
        with (folder / name).open("r+b") as file:
            file.truncate(1 if name == "SHA256SUMS" else None)
            file.write(b" ")
        with pytest.raises(BadInput) as refused:
            night_in(folder)
        assert refused.value.code == "NIGHT_UNREADABLE"


def test_packs_that_were_signed_elsewhere_are_found_by_layer_and_nothing_else_is(
    nights: tuple[Path, Path], tmp_path: Path
) -> None:
    report = Report((passed("x", msg("y")),), areas=("authentic",))
    ((layer_id, run),) = signed_in(nights[0], lambda _: (report, "GO"), SAY)
    told = told_of(nights[0])["layers"][0]
    assert (layer_id, run.run_id, run.verdict, run.decision) == ("L5", told["run_id"], "PASS", "GO")
    assert {one.name for one in run.gates} == {one["name"] for one in told["gates"]}
    for decision in ("open", "INVALID", "unknown", "REVOKED"):
        with pytest.raises(Refused) as not_signed:
            list(signed_in(nights[0], lambda _, said=decision: (report, said), SAY))  # type: ignore[misc]
        assert not_signed.value.code == "NIGHT_NOT_SIGNED"
    with pytest.raises(BadInput) as nothing:
        list(signed_in(tmp_path, lambda _: (report, "GO"), SAY))
    assert nothing.value.code == "NIGHT_NO_PACK"


def test_a_night_of_replays_answers_from_the_place_that_was_named(tmp_path: Path) -> None:
    """The shipped sample: a recording of a proposer without a critic, so that the night says what is open."""
    sample = Path(__file__).parents[2] / "examples" / "layer-run"
    make = [sys.executable, str(sample / "make_sample.py"), str(tmp_path / "repo")]
    subprocess.run(make, check=True, env=clean_env(tmp_path), capture_output=True)
    (tmp_path / "home").mkdir()
    desk = Desk(tmp_path / "home", Repo(tmp_path / "repo"))
    about = ("--reason", "Summarise the handbook for an operator.", "--operator", "sample", "--seed", "7")
    replay = ("--mode", "replay", "--transcript", str(sample / "transcripts"), "--layers", "L0")
    told = desk.json("nightly", *about, *replay, "--out", str(tmp_path / "out"), code=3)
    (layer,) = told["layers"]
    assert (told["mode"], layer["state"], layer["reason"]) == ("replay", "WAITS", "Open: D-CRITIC · validation")
    (calls,) = (tmp_path / "out").glob("packs/*/data/logs/ai_model_calls.jsonl")
    assert '"replay"' in calls.read_text()


def test_an_output_folder_is_never_written_over(keyless: Desk, nights: tuple[Path, Path]) -> None:
    done = keyless.gonogo("nightly", "--operator", "ci", "--layers", "L6", "--out", str(nights[0]))
    assert (done.returncode, "NIGHT_OUT_TAKEN" in done.stderr) == (2, True)


def test_a_night_in_which_nothing_may_run_shows_nothing(keyless: Desk, tmp_path: Path) -> None:
    found = keyless.json("nightly", "--operator", "ci", "--layers", "L6", "--out", str(tmp_path / "o"), code=3)
    assert (found["verdict"], found["waiting"]) == ("INCONCLUSIVE", [])
    assert not (tmp_path / "o" / "report.sarif").exists()


def test_a_layer_that_is_not_in_the_map_is_named(keyless: Desk, tmp_path: Path) -> None:
    done = keyless.gonogo("nightly", "--operator", "ci", "--layers", "L0,L9", "--out", str(tmp_path / "o"))
    assert (done.returncode, "LAYER_UNKNOWN" in done.stderr, (tmp_path / "o").exists()) == (2, True, False)
