"""Layer runs with models through the whole loop: live, replay, reproduce; the shipped sample; and the docs' table."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.desk import GONOGO
from support.layer_table import PAGE, page, table
from support.model_desk import CRITIC, PROPOSER, critique, model_desk, proposal
from support.model_run import everything_below
from support.model_server import KEY, Answer, ModelServer, Status, model_server
from support.secrets_planted import rule_cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.desk import Desk

TREE = Path(__file__).resolve().parents[2]
SAMPLE = TREE / "examples" / "layer-run"


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def desk(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return model_desk(tmp_path_factory.mktemp("models"), server)


def pack_of(document: dict[str, Any]) -> Path:
    return Path(document["pack"])


def test_a_live_run_replays_to_the_same_core_and_holds_no_key(desk: Desk, server: ModelServer) -> None:
    server.say(PROPOSER, proposal())
    server.say(CRITIC, critique())
    live = desk.run("--mode", "live")
    asked = len(server.requests)
    desk.env["TEST_MODEL_KEY"] = ""
    again = desk.run("--mode", "replay", "--transcript", live["run_id"])
    reproduced = desk.json("reproduce", live["run_id"], code=0)
    desk.env["TEST_MODEL_KEY"] = KEY
    assert asked == len(server.requests) == 2
    assert live["verdict"] == again["verdict"] == "PASS"
    assert live["core_digest"] == again["core_digest"] == reproduced["core_digest"]
    environment = json.loads((pack_of(again) / "environment.json").read_text())
    assert environment["mode"] == "replay"
    assert "replay · gpt-5.2 proposed" in (pack_of(again) / "review" / "card.txt").read_text()
    lines = (pack_of(live) / "data" / "logs" / "ai_model_calls.jsonl").read_text().splitlines()
    assert [json.loads(line)["model_id"] for line in lines] == [PROPOSER, CRITIC]
    assert len(list((pack_of(live) / "data" / "transcripts").iterdir())) == 2
    for folder in (desk.state_folder(), desk.repo.path):
        assert KEY.encode() not in everything_below(folder)
    assert desk.gonogo("verify", live["run_id"], "--authentic-only").returncode == 0


def test_a_key_that_an_endpoint_echoes_is_in_no_output(desk: Desk, server: ModelServer) -> None:
    server.script(PROPOSER, Status(401, echo=True))
    server.say("gpt-5-mini", "{key} and {key}")
    done = desk.gonogo("run", "--layer", "L0", "--reason", "echo", "--mode", "live", "--json", "--debug")
    assert done.returncode == 4
    assert json.loads(done.stdout)["verdict"] == "INCONCLUSIVE"
    assert KEY not in done.stdout + done.stderr
    for folder in (desk.state_folder(), desk.repo.path):
        assert KEY.encode() not in everything_below(folder)


def test_a_model_may_add_words_to_the_review_and_changes_no_verdict(desk: Desk, server: ModelServer) -> None:
    claim = {"text": "The critic consented.", "evidence": ["D-CRITIC"]}
    risk = {"text": "All is well.", "evidence": ["NO-SUCH"], "likelihood": 1, "impact": 1}
    words = {"goal": [claim], "findings": [claim], "risks": [risk], "mitigations": []}
    server.script(PROPOSER, Answer(json.dumps(proposal())), Answer(json.dumps(words)))
    server.say(CRITIC, critique(decision="REJECT", rationale="E1 does not say so."))
    told = desk.run("--mode", "live", "--driver", "model")
    assert (told["verdict"], told["recommendation"]) == ("FAIL", "NO-GO")
    review = json.loads((pack_of(told) / "review" / "risk-review.json").read_text())
    assert review["findings"]
    assert (review["model"]["findings"], review["model"]["risks"], review["model"]["dropped"]) == ([claim], [], 1)
    assert review["model"]["exchange"]["request"]["messages"][1]["content"].count("[D-CRITIC] execution") == 1
    assert desk.gonogo("verify", told["run_id"], "--authentic-only").returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("--layer", "L5", "--mode", "live"), "LAYER_WITHOUT_MODEL", 2),
        (("--layer", "L6", "--mode", "live"), "LAYER_FORBIDDEN", 5),
        (("--layer", "L0", "--mode", "replay", "--transcript", "./nothing"), "TRANSCRIPT_MISSING", 2),
        (("--layer", "L0", "--mode", "replay", "--transcript", "README.md"), "TRANSCRIPT_FILE", 2),
        (("--layer", "L2", "--mode", "replay"), "TRANSCRIPT_MISSING", 2),
        (("--layer", "L0", "--driver", "model"), "DRIVER_NEEDS_MODE", 2),
    ],
)
def test_what_cannot_be_run_is_refused_before_there_is_a_run(
    desk: Desk, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    done = desk.gonogo("run", "--reason", "x", *words, "--json")
    assert done.returncode == exit_code
    assert code in done.stdout + done.stderr


def test_the_shipped_sample_replays_without_a_model_and_says_so(tmp_path: Path) -> None:
    sample = tmp_path / "repo"
    subprocess.run([sys.executable, SAMPLE / "make_sample.py", sample], check=True)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", **rule_cache()}
    task = next(line for line in (TREE / "Makefile").read_text().splitlines() if line.startswith("TASK := "))
    words = ["--layer", "L0", "--reason", task.removeprefix("TASK := "), "--operator", "sample", "--seed", "7"]
    mode = ["--mode", "replay", "--transcript", str(SAMPLE / "transcripts"), "--json"]
    done = subprocess.run(
        [*GONOGO, "run", *words, *mode], cwd=sample, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 4, done.stderr
    told = json.loads(done.stdout)
    core = json.loads((pack_of(told) / "core" / "pack.json").read_text())
    checks = {check["id"]: check["verdict"] for check in core["execution"]["value"]["checks"]}
    assert (checks["D-PROPOSER"], checks["D-CONTRACT"], checks["D-CRITIC"]) == ("PASS", "PASS", "INCONCLUSIVE")
    assert core["execution"]["value"]["models"]["critic"]["source"] == "recording"
    assert "replay · gemma-3-270m proposed; a recording criticised" in (pack_of(told) / "review/card.txt").read_text()


def test_the_docs_show_each_layer_in_each_mode_as_it_is(tmp_path: Path) -> None:
    words = PAGE.read_text(encoding="utf-8")
    assert page(words, table(tmp_path / "desk")) == words
