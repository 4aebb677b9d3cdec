"""Layer runs with models through the whole loop: live, replay, reproduce; the shipped sample; and the docs' table."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents.models.recordings import digest_over
from gonogo_agents.world import World
from gonogo_evidence import canonical
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.ep_json import validate_evidence_pack
from gonogo_evidence.errors import GonogoError, Inconclusive
from gonogo_evidence.ids import Digest, RunId
from gonogo_evidence.replayed import provenance_of, replay_in
from gonogo_evidence.single_file import single_file_path
from gonogo_evidence.transcripts import request_digest
from gonogo_evidence.verify import open_pack
from gonogo_graph.asked import live_runs
from gonogo_graph.proof import sealed_in
from gonogo_graph.provenance import provenance
from gonogo_graph.publish import publish
from gonogo_graph.publish_calls import calls_place
from gonogo_graph.session import open_session
from support.chats import play
from support.desk import GONOGO
from support.layer_table import PAGE, page, table
from support.model_desk import CRITIC, PROPOSER, critique, give_providers, model_desk, proposal
from support.model_run import everything_below
from support.model_server import KEY, Answer, ModelServer, Status, model_server
from support.secrets_planted import rule_cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_graph.context import RunContext
    from gonogo_graph.places import Places
    from support.desk import Desk

AUDITED = {
    *("timestamp_utc", "run_id", "layer_id", "model_id", "prompt_hash", "input_tokens", "output_tokens", "cost_usd"),
    *("latency_ms", "success", "error_message", "artifact_hash", "inputs_manifest", "outputs_manifest"),
}
"""Interop 1.8: the union of the registry's fields and of RunLogging's."""
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


def claims(*given: tuple[str, str, str]) -> Answer:
    """Words of a model in a role."""
    made = [{"kind": kind, "text": text, "evidence": [evidence]} for kind, text, evidence in given]
    return Answer(json.dumps({"claims": made}))


SPOKEN = (
    claims(("fact", "The guide names make run.", "repo:docs/guide.md"), ("fact", "Out of thin air.", "repo:NOWHERE")),
    claims(("goal", "See whether the guide may say so.", "repo:docs/guide.md")),
    Answer(json.dumps(proposal())),
    claims(("note", "Only words changed.", "state:execution:D-CRITIC")),
    claims(("note", "The critic consented.", "state:validation:E-GATES")),
    claims(("finding", "The guide is short.", "state:execution:D-CONTRACT")),
    replace(claims(("action", "Read the guide.", "state:risk_review:G-FINDINGS")), usage=(0, 0)),
)
"""What the proposer's model says, call by call: the proposal, and words in six roles; the last is not counted."""


def test_a_live_run_replays_to_the_same_core_and_holds_no_key(desk: Desk, server: ModelServer) -> None:
    give_providers(desk, server, run="0.3")
    server.script(PROPOSER, *SPOKEN)
    server.say(CRITIC, critique())
    done = desk.gonogo("run", "--layer", "L0", "--reason", "r", "--mode", "live", "--driver", "model", "--json")
    live = json.loads(done.stdout)
    asked = len(server.requests)
    desk.env["TEST_MODEL_KEY"] = ""
    replay = ("--mode", "replay", "--driver", "model", "--transcript", live["run_id"])
    again = json.loads(desk.gonogo("run", "--layer", "L0", "--reason", "r", *replay, "--json").stdout)
    reproduced = desk.json("reproduce", live["run_id"], code=0)
    desk.env["TEST_MODEL_KEY"] = KEY
    assert asked == len(server.requests) == 8
    assert live["verdict"] == again["verdict"] == "PASS"
    assert live["core_digest"] == again["core_digest"] == reproduced["core_digest"]
    environment = json.loads((pack_of(again) / "environment.json").read_text())
    assert environment["mode"] == "replay"
    card = (pack_of(again) / "review" / "card.txt").read_text()
    assert "replay · gpt-5.2 proposed" in card
    lines = (pack_of(live) / "data" / "logs" / "ai_model_calls.jsonl").read_text().splitlines()
    assert [json.loads(line)["model_id"] for line in lines] == [PROPOSER] * 3 + [CRITIC] + [PROPOSER] * 2
    assert len(list((pack_of(live) / "data" / "transcripts").iterdir())) == 6
    for folder in (desk.state_folder(), desk.repo.path):
        assert KEY.encode() not in everything_below(folder)
    assert desk.gonogo("verify", live["run_id"], "--authentic-only").returncode == 0
    the_words_are_kept(live, again)
    the_budget_is_told(live, done.stderr)
    the_replay_says_who_recorded_it(live, again)
    the_calls_are_published_once(desk, live, again)
    the_single_file_names_both_sides(live)


def the_calls_are_published_once(desk: Desk, live: dict[str, Any], again: dict[str, Any]) -> None:
    """All of a run's calls, those after the seal too, with the fields that the registry demands and RunLogging's."""
    published = (desk.repo.path / "logs" / "ai_model_calls.jsonl").read_text().splitlines()
    lines = [json.loads(line) for line in published]
    assert [sum(line["run_id"] == run["run_id"] for line in lines) for run in (live, again)] == [8, 8]
    assert set(lines[0]) >= AUDITED
    assert {line["source"] for line in lines} == {"model"}
    assert {(line["mode"], line["counted_by"]) for line in lines} == {
        *(("live", "reported"), ("live", "estimated"), ("replay", "none"))
    }
    place = desk.repo.path / "logs" / "ai_model_calls.jsonl"
    with open_session(World(env=desk.environment()), desk.repo.path) as session:
        row = session.store.run(RunId(live["run_id"]))
        assert row is not None
        context = session.context(row)
        publish(context)
        assert place.read_text().splitlines() == published
        the_registry_says_where_calls_are_published(context, place)
        place.unlink()
        place.symlink_to(desk.home / "elsewhere.jsonl")
        refused = publish(context)
        assert isinstance(refused, GonogoError)
        assert not (desk.home / "elsewhere.jsonl").exists()
        place.unlink()


def the_registry_says_where_calls_are_published(context: RunContext, place: Path) -> None:
    """Below logs/ and nowhere else; nowhere at all where it keeps no such log."""
    audit: dict[str, Any] = {"log_all_model_calls": True, "log_destination": "logs/ai_model_calls.jsonl"}

    def told(**changes: Any) -> Path | None:  # noqa: ANN401 - what a registry may hold
        return calls_place(replace(context, inputs={**context.inputs, "asked": {"audit": {**audit, **changes}}}))

    assert told() == place
    assert told(log_all_model_calls=False) is None
    for name in (
        "../out.jsonl",
        "/etc/x.jsonl",
        "logs/../x.jsonl",
        "config/gates.jsonl",
        "logs/calls.sh",
        "",
        ".git/x.jsonl",
    ):
        with pytest.raises(Inconclusive, match="CALL_LOG_PLACE"):
            told(log_destination=name)


def the_single_file_names_both_sides(live: dict[str, Any]) -> None:
    """EP-JSON's run logs and its check of separation, which the predecessor's validator accepts."""
    path = single_file_path(pack_of(live))
    single = json.loads(path.read_text())
    assert [log["model_id"] for log in single["run_logs"]] == [PROPOSER, PROPOSER, CRITIC]
    (check,) = single["sod_checks"]
    assert (check["sod_result"], check["critic_decision"]) == ("PASS", "APPROVE")
    assert validate_evidence_pack(path).failures == ()


def the_words_are_kept(live: dict[str, Any], again: dict[str, Any]) -> None:
    """Words of six roles, the same in the replay; those before the seal in the pack, the others in the review."""
    folders = [pack_of(run) / "data" / "contributions" for run in (live, again)]
    words = [{path.name: json.loads(path.read_text()) for path in folder.iterdir()} for folder in folders]
    assert words[0] == words[1]
    assert sorted(words[0]) == ["2-inventory.json", "3-scope_plan.json", "6-validation.json", "7-pack.json"]
    facts = words[0]["2-inventory.json"]
    assert (facts["role"], facts["by"]["model"]) == ("FACTS_COLLECTOR", PROPOSER)
    assert [claim["text"] for claim in facts["claims"]] == ["The guide names make run."]
    assert facts["dropped"] == [{"claim": 1, "rule": "unknown-evidence"}]
    review = json.loads((pack_of(live) / "review" / "risk-review.json").read_text())
    assert review["said"]["exchange"]["request"]["messages"][1]["content"].count("[state:execution:D-CRITIC]") == 1
    assert next(one for one in review["checks"] if one["id"] == "G-MODEL")["verdict"] == "PASS"
    card = (pack_of(again) / "review" / "card.txt").read_text()
    assert "Said by models    6 claims, asserted, checked by nobody" in card
    assert "  » RISK_OFFICER, finding: The guide is short. [state:execution:D-CONTRACT]" in card


def the_budget_is_told(live: dict[str, Any], stderr: str) -> None:
    """The last call was not counted by its endpoint: it counts with all that it could have cost, and that is near."""
    (near,) = live["near_limits"]
    assert (near["limit"], near["most"]) == ("run_cost", "0.300000")
    assert "BUDGET_ALERT" in stderr
    assert f"run_cost {near['used']}/0.300000" in (pack_of(live) / "review" / "card.txt").read_text()


def the_replay_says_who_recorded_it(live: dict[str, Any], again: dict[str, Any]) -> None:
    """In the pack, on the card, and for whoever asks whether it may be released."""
    recorded = {"run_id": live["run_id"], "pack_id": live["pack_id"], "pack_digest": live["pack_digest"]}
    pack = open_pack(pack_of(again))
    around = pack.json("environment.json")
    assert replay_in(around) == {"provenance": "sealed", **recorded}
    assert provenance_of(around) == sealed_in(pack, Digest(again["review_digest"])).replay == "sealed"
    card = (pack_of(again) / "review" / "card.txt").read_text()
    assert f"recorded in run {live['run_id']}, seal verified, save words in roles: 2" in card.replace(
        "\n" + 18 * " ", " "
    )
    assert provenance_of(open_pack(pack_of(live)).json("environment.json")) is None


def test_transcripts_are_vouched_for_by_a_sealed_live_run_whose_engine_is_known_and_by_nothing_else(
    desk: Desk, server: ModelServer, tmp_path: Path
) -> None:
    server.say(PROPOSER, proposal())
    server.say(CRITIC, critique())
    live = desk.run("--mode", "live", "--seed", "11")
    pack, elsewhere, changed = pack_of(live), tmp_path / "elsewhere", tmp_path / "pack"
    shutil.copytree(pack / "data" / "transcripts", elsewhere)
    shutil.copytree(pack, changed)
    with open_session(World(env=desk.environment()), desk.repo.path) as session:
        places, runs = session.places, live_runs(session.places, session.store)

        def told(place: Path, runs: list[Path] = runs, places: Places = places) -> dict[str, Any]:
            return dict(provenance(place, places, runs))

        vouched = {
            "provenance": "sealed",
            "transcripts": 2,
            "given": digest_over(digest_of(path.read_bytes()) for path in elsewhere.iterdir()),
            "words_unproven": 0,
            "run_id": live["run_id"],
            "pack_id": pack.name,
            "pack_digest": live["pack_digest"],
        }
        published = desk.repo.path / "data" / "evidence_packs" / pack.name
        for place in (pack.parent.parent, pack, published, pack / "data" / "transcripts", changed):
            assert told(place, []) == vouched, place
        counted = {name: vouched[name] for name in ("transcripts", "given")}
        assert told(elsewhere) == told(next(elsewhere.iterdir())) | counted == vouched
        assert told(elsewhere, [])["provenance"] == "unproven"
        stranger = replace(places, state=tmp_path / "state", config_home=tmp_path / "config")
        assert told(pack, [], stranger)["provenance"] == "unproven"
        (changed / "SUMMARY.md").write_text("All is well.\n")
        assert told(changed, [])["provenance"] == "unproven"
        forged = next(elsewhere.iterdir())
        forged.write_bytes(forged.read_bytes().replace(b"card first", b"card never"))
        assert told(elsewhere)["provenance"] == "unproven"
        assert "run_id" not in told(elsewhere)
        assert told(SAMPLE / "transcripts")["provenance"] == "unproven"


def test_no_answer_counts_that_was_changed_or_put_there_after_the_run_began(desk: Desk, server: ModelServer) -> None:
    server.say(PROPOSER, proposal())
    server.say(CRITIC, critique(decision="REJECT"))
    live = desk.run("--mode", "live", "--seed", "12")
    recorded = [json.loads(path.read_text()) for path in (pack_of(live) / "data" / "transcripts").iterdir()]
    found: dict[str, str] = {}
    for mode, place in (("replay", "given"), ("replay", "data/transcripts"), ("live", "data/transcripts")):
        asked = ("run", "--driver", "chat", "--mode", mode, "--seed", "12", "--layer", "L0", "--reason", "test")
        run = str(desk.json(*asked, code=4)["run_id"])
        root = next(desk.state_folder().rglob(f"runs/{run}"))
        folder = root / place
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for exchange in recorded:
            content = exchange["answer"]["content"].replace("REJECT", "APPROVE")
            forged = {**exchange, "answer": {**exchange["answer"], "content": content}}
            (folder / f"{request_digest(exchange['request'])}.json").write_bytes(canonical.dumps(forged))
        play(desk, run, until=5)
        found[f"{mode}, {place}"] = json.loads((root / "results" / "execution.json").read_text().partition("\n")[0])[
            "verdict"
        ]
    assert live["verdict"] == "FAIL"
    assert found == {
        "replay, given": "INCONCLUSIVE",
        "replay, data/transcripts": "FAIL",
        "live, data/transcripts": "FAIL",
    }


def test_a_key_that_an_endpoint_echoes_is_in_no_output(desk: Desk, server: ModelServer) -> None:
    server.script(PROPOSER, Status(401, echo=True))
    server.say("gpt-5-mini", "{key} and {key}")
    done = desk.gonogo("run", "--layer", "L0", "--reason", "echo", "--mode", "live", "--json", "--debug")
    assert done.returncode == 4
    assert json.loads(done.stdout)["verdict"] == "INCONCLUSIVE"
    assert KEY not in done.stdout + done.stderr
    for folder in (desk.state_folder(), desk.repo.path):
        assert KEY.encode() not in everything_below(folder)


def test_a_model_in_one_role_is_asked_there_alone_and_changes_no_verdict(desk: Desk, server: ModelServer) -> None:
    words = claims(("finding", "All is well.", "state:execution:D-CRITIC"), ("goal", "GO.", "state:execution:D-CRITIC"))
    server.script(PROPOSER, Answer(json.dumps(proposal())), words)
    server.say(CRITIC, critique(decision="REJECT", rationale="E1 does not say so."))
    server.requests.clear()
    told = desk.run("--mode", "live", "--driver", "model", "--model-role", "RISK_OFFICER")
    assert (told["verdict"], told["recommendation"], told["near_limits"]) == ("FAIL", "NO-GO", [])
    assert len(server.requests) == 3
    review = json.loads((pack_of(told) / "review" / "risk-review.json").read_text())
    assert review["findings"]
    assert [claim["text"] for claim in review["said"]["claims"]] == ["All is well."]
    assert review["said"]["dropped"] == [{"claim": 1, "rule": "kind"}]
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
        (("--layer", "L0", "--model-role", "RISK_OFFICER"), "DRIVER_NEEDS_MODE", 2),
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
    card = (pack_of(told) / "review/card.txt").read_text()
    assert "replay · gemma-3-270m proposed; a recording criticised" in card
    assert "Transcripts       provenance: unproven; no sealed run vouches for them" in card


def test_the_docs_show_each_layer_in_each_mode_as_it_is(tmp_path: Path) -> None:
    words = PAGE.read_text(encoding="utf-8")
    assert page(words, table(tmp_path / "desk")) == words
