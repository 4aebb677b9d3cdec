"""The broker on real repositories: what each verb answers, and that every request is written down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents.broker import Broker, RoleScope, jsonl_recorder, read_data_index
from gonogo_agents.duty import ROLES, Role
from gonogo_agents.repository import open_repository
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken, Refused
from support.broker_desk import Desk, by_path, scope
from support.repos import link, listing, make_repo, make_world, submodule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_agents.world import Command, Completed
    from gonogo_evidence.ids import JSON


def test_listing_shows_what_the_scope_allows(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"docs/a": "12", "src/b": "1", "secrets/k": "1", "docs/l": link("a")})
    desk = Desk(repo)
    answer = desk.ask("repo.list")
    assert sorted(by_path(answer)) == ["docs/a", "docs/l", "src/b"]
    assert (answer["count"], answer["hidden"], answer["truncated"], answer["commit"]) == (3, 1, False, repo.head)
    assert by_path(answer)["docs/a"] == {
        "path": "docs/a",
        "blob": repo.git("rev-parse", "HEAD:docs/a"),
        "mode": "100644",
        "size": 2,
    }
    desk.again(ORCHESTRATOR=replace(scope("ORCHESTRATOR"), paths_read=("docs/**",)))
    assert sorted(by_path(desk.ask("repo.list"))) == ["docs/a", "docs/l"]


def test_reading_gives_the_commits_text_not_the_desks(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "r",
        {
            "a.txt": "eins\r\n",
            "ü": "zwei\n",
            "bin": b"a\0b",
            "latin": b"\xfc\n",
            "l": link("/etc/passwd"),
            "s": submodule("1" * 40),
            "long": "x" * 99 + "\n" + ("y" * 99 + "\n") * 20_000,
            "huge": b"z" * (16 * 1024 * 1024 + 1),
            "loop": link("loop"),
        },
    )
    repo.write({"a.txt": "dirty"})
    desk = Desk(repo)
    assert desk.ask("repo.read", path="a.txt")["text"] == "eins\r\n"
    assert desk.ask("repo.read", path="u\u0308")["text"] == "zwei\n"
    reasons = {"bin": "binary", "latin": "not-utf8", "l": "link", "loop": "link", "s": "submodule", "huge": "too-large"}
    many = desk.ask("repo.read", paths=list(reasons))
    assert {entry["path"]: (entry["text"], entry["reason"]) for entry in many["files"]} == {
        path: (None, reason) for path, reason in reasons.items()
    }
    long = desk.ask("repo.read", path="long")
    assert long["truncated"] is True
    assert len(long["text"]) <= 1024 * 1024
    assert long["text"].endswith("y\n")
    with pytest.raises(BadInput) as caught:
        desk.ask("repo.read", path="not/there")
    assert caught.value.code == "PATH_NOT_IN_COMMIT"


def test_two_files_with_one_name_in_words(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "r", {"ü": "composed", "u\u0308": "decomposed", b"o\xcc\x88": "1", b"a\xff": "2", "a%FF": "3"}
    )
    desk = Desk(repo)
    assert desk.ask("repo.read", path="ü")["text"] == "composed"
    assert desk.ask("repo.read", path="a%FF")["text"] == "3"
    assert desk.ask("repo.read", path="ö")["text"] == "1"
    assert desk.ask("repo.list")["count"] == 5


def test_a_batch_is_read_in_one_process(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {f"f{number}": f"{number}\n" for number in range(300)}, checkout=False)
    desk = Desk(repo)
    started: list[str] = []
    real = desk.opened.world.run

    def counting(command: Command) -> Completed:
        started.append(command.argv[0])
        return real(command)

    world = replace(desk.opened.world, run=counting)
    desk.opened = replace(desk.opened, world=world, git=replace(desk.opened.git, world=world))
    desk.again()
    paths = [entry["path"] for entry in desk.ask("repo.list")["files"]]
    answer = desk.ask("repo.read", paths=paths)
    assert {entry["text"] for entry in answer["files"]} == {f"{number}\n" for number in range(300)}
    assert len(started) == 2


def test_versions(tmp_path: Path) -> None:
    answer = Desk(make_repo(tmp_path / "r", {"a": "1"})).ask("tools.versions")
    assert set(answer) == {"python", "git", "ruff", "ssh", "platform"}
    assert answer["git"].startswith("2.")
    assert answer["python"].startswith("3.")


def test_evidence_is_written_once_and_a_rerun_changes_nothing(tmp_path: Path) -> None:
    desk = Desk(make_repo(tmp_path / "r", {"a": "1"}))

    def append(path: str, content: JSON, **more: JSON) -> Any:  # noqa: ANN401 - tests look into JSON
        fields: dict[str, JSON] = {"media_type": "application/json", "determinism": "bit", **more}
        return desk.ask("evidence.append", path=path, content=content, **fields)

    first = append("reports/smoke.json", {"b": 1, "a": "ü"})
    data = '{"a":"ü","b":1}'.encode()
    assert first == {
        "path": "data/reports/smoke.json",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": "application/json",
        "determinism": "bit",
    }
    assert (desk.folder / "data/reports/smoke.json").read_bytes() == data
    append("log.txt", "text\n", media_type="text/plain", determinism="none", reason="times")
    before = listing(desk.folder)
    desk.again()
    assert append("reports/smoke.json", {"b": 1, "a": "ü"}) == first
    assert {path: entry[2] for path, entry in listing(desk.folder).items()} == {
        path: entry[2] for path, entry in before.items()
    }
    assert [(entry["path"], entry["role"], entry["reason"]) for entry in read_data_index(desk.folder)] == [
        ("data/log.txt", "ORCHESTRATOR", "times"),
        ("data/reports/smoke.json", "ORCHESTRATOR", ""),
    ]


def test_evidence_places_are_taken_once(tmp_path: Path) -> None:
    desk = Desk(make_repo(tmp_path / "r", {"a": "1"}))
    fields: dict[str, JSON] = {"media_type": "text/plain", "determinism": "bit"}
    desk.ask("evidence.append", path="a.txt", content="1", **fields)

    def code(role: Role = "ORCHESTRATOR", **arguments: JSON) -> str:
        with pytest.raises(GonogoError) as caught:
            desk.broker.ask_for(role, "A")("evidence.append", **{**fields, **arguments})
        return caught.value.code

    assert code(path="a.txt", content="2") == "EVIDENCE_TAKEN"
    assert code(path="A.txt", content="1") == "EVIDENCE_TAKEN"
    assert code("RISK_OFFICER", path="a.txt", content="1") == "EVIDENCE_TAKEN"
    desk.again()
    assert desk.ask("evidence.append", path="a.txt", content="2", **fields)["size"] == 1, "a re-run after a crash"
    assert (desk.folder / "data/a.txt").read_text() == "2"
    for path in ("ü.txt", ".hidden", "a b"):
        assert code(path=path, content="1") == "PACK_PATH"
    assert code(path="b", content="1", determinism="maybe") == "EVIDENCE_ARGUMENTS"
    assert code(path="b", content="1", determinism="none") == "EVIDENCE_ARGUMENTS"
    assert code(path="b") == "EVIDENCE_ARGUMENTS"
    assert code(path="b", content="\ud800") == "EVIDENCE_ARGUMENTS"
    assert code(path="b", content={"ü": 1}) == "JSON_KEY"
    assert code(path="../b", content="1") == "SCOPE_DENIED"
    assert [entry["path"] for entry in read_data_index(desk.folder)] == ["data/a.txt"]
    assert issubclass(IntegrityBroken, GonogoError)


def test_a_folder_that_cannot_be_written_is_inconclusive(tmp_path: Path) -> None:
    desk = Desk(make_repo(tmp_path / "r", {"a": "1"}))
    desk.folder.write_text("a file where the folder should be")
    with pytest.raises(Inconclusive) as caught:
        desk.ask("evidence.append", path="a", content="1", media_type="text/plain", determinism="bit")
    assert caught.value.code == "CANNOT_WRITE"
    with pytest.raises(Inconclusive):
        desk.ask("git.query", query="change")


def test_handlers_are_behind_the_same_decision(tmp_path: Path) -> None:
    desk = Desk(make_repo(tmp_path / "r", {"a": "1"}))
    assert desk.ask("gate.run", name="Lint Gate") == {"name": "Lint Gate", "verdict": "PASS"}
    with pytest.raises(Refused) as caught:
        desk.ask("model.invoke")
    assert caught.value.code == "VERB_UNKNOWN"
    desk.again(ORCHESTRATOR=replace(scope("ORCHESTRATOR"), tools=("repo.list",)))
    with pytest.raises(Refused) as caught:
        desk.ask("gate.run", name="Lint Gate")
    assert caught.value.code == "SCOPE_DENIED"


def test_a_role_without_a_scope_may_nothing(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": "1"})
    opened = open_repository(make_world(tmp_path / "home"), repo.path)
    inputs: dict[str, JSON] = {"git_ref": repo.head, "base": None}
    foreign: dict[Role, RoleScope] = {"ORCHESTRATOR": scope("RISK_OFFICER")}
    lines: list[Mapping[str, JSON]] = []
    broker = Broker(opened.world, opened, tmp_path / "run", inputs, foreign, lines.append)
    for role in ROLES:
        with pytest.raises(Refused):
            broker.ask_for(role, "A")("repo.list")
    assert len(lines) == len(ROLES)


def test_every_request_leaves_a_line(tmp_path: Path) -> None:
    desk = Desk(make_repo(tmp_path / "r", {"a": "1", "secrets/k": "key"}))
    desk.ask("repo.read", path="a")
    with pytest.raises(Refused):
        desk.ask("repo.read", path="secrets/k")
    with pytest.raises(BadInput):
        desk.ask("repo.read", path="b")
    desk.ask("evidence.append", path="x", content="y" * 5000, media_type="text/plain", determinism="bit")
    told = [(line["n"], line["verb"], line["allowed"], line.get("error")) for line in desk.lines]
    assert told == [
        (1, "repo.read", True, None),
        (2, "repo.read", False, "SCOPE_DENIED"),
        (3, "repo.read", True, "PATH_NOT_IN_COMMIT"),
        (4, "evidence.append", True, None),
    ]
    assert desk.lines[0]["at"] == "2026-01-09T12:00:00.000000Z"
    assert (desk.lines[1]["rule"], desk.lines[1]["step"]) == ("paths_forbidden:secrets/**", "A")
    assert desk.refused == [("paths_forbidden:secrets/**", "ORCHESTRATOR A repo.read")], "a denial goes to the ledger"
    answer: Any = desk.lines[0]["answer"]
    assert (len(answer["sha256"]), "key" in json.dumps(desk.lines)) == (64, False)
    arguments: Any = desk.lines[3]["arguments"]
    assert set(arguments["content"]) == {"sha256", "size"}


def test_a_door_is_open_for_its_duty_alone(tmp_path: Path) -> None:
    desk = Desk(make_repo(tmp_path / "r", {"a": "1"}))
    first = desk.broker.ask_for("ORCHESTRATOR", "A")
    assert first("tools.versions")
    with pytest.raises(Refused):
        desk.broker.ask_for("ORCHESTRATOR", "C")("tools.versions")
    with pytest.raises(Refused) as caught:
        first("tools.versions")
    assert "(step)" in caught.value.where
    assert [rule for rule, _ in desk.refused] == ["step", "step"]


def test_denials_without_end_fill_the_log_and_not_the_ledger(tmp_path: Path) -> None:
    desk = Desk(make_repo(tmp_path / "r", {"a": "1"}))
    ask = desk.broker.ask_for("ORCHESTRATOR", "A")
    for _ in range(210):
        with pytest.raises(Refused):
            ask("rm\n-rf")
    assert (len(desk.refused), len(desk.lines)) == (200, 210)
    assert desk.refused[0] == ("default", "ORCHESTRATOR A rm\\n-rf")


def test_links_in_the_commit_lead_nowhere(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "r",
        {"secrets/k": "key", "docs/l": link("../secrets"), "docs/k": link("../secrets/k"), "up": link("..")},
    )
    desk = Desk(repo)
    assert [desk.ask("repo.read", path=path)["text"] for path in ("docs/l", "docs/k", "up")] == [None, None, None]
    for path in ("docs/l/k", "up/r/secrets/k", "docs/k/"):
        with pytest.raises(GonogoError) as caught:
            desk.ask("repo.read", path=path)
        assert caught.value.code in {"PATH_NOT_IN_COMMIT", "SCOPE_DENIED"}


def test_the_recorder_loses_no_line_to_one_that_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "run" / "broker.jsonl"
    record = jsonl_recorder(path)
    record({"n": 1, "text": "ü\ud800"})
    with path.open("ab") as file:
        file.write(b'{"n": 2, "te')
    record({"n": 3})
    lines = path.read_bytes().split(b"\n")
    assert [json.loads(line)["n"] for line in (lines[0], lines[2])] == [1, 3]
    (tmp_path / "file").write_text("")
    with pytest.raises(Inconclusive):
        jsonl_recorder(tmp_path / "file" / "x.jsonl")({"n": 1})
