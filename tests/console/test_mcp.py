"""Chat hosts drive a run through the MCP server: the official client, role by role; nothing of it can approve."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters

from gonogo.mcp.desk import EVIDENCE_LIMIT, ChatDesk
from gonogo.mcp.server import serve
from gonogo.mcp.withheld import without_secrets
from gonogo_agents.texts import translator
from gonogo_agents.world import World
from gonogo_evidence.errors import GonogoError
from gonogo_graph.hold_names import CARDS
from gonogo_policies.contribution import LIMIT
from support.chats import BY, EMPTY, chat, play, start, the_stages
from support.secrets_planted import planted
from support.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.desk import Desk

ROLES = ("ORCHESTRATOR", "FACTS_COLLECTOR", "SCOPE_KEEPER", "CI_GUARDIAN", "EVIDENCE_SCRIBE", "RISK_OFFICER")
VALIDATE = 6
APART = ("FACTS_COLLECTOR", "CI_GUARDIAN")
"""Roles whose server is a process of its own, as hosts start it; the others' differ in the transport alone."""
RAW = "data:gates/05-Lint-Gate.stdout.txt"


def claims_for(duty: dict[str, Any]) -> dict[str, Any]:
    kinds = duty["hand_in"]["kinds"]
    return {**EMPTY, "claims": [{"kind": kinds[0], "text": "seen by a chat", "evidence": [duty["evidence_ids"][0]]}]}


def server_of(desk: Desk, role: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-P", "-m", "gonogo", "mcp"],
        env=desk.environment(GONOGO_ROLE=role),
        cwd=str(desk.repo.path),
    )


async def whole_run(desk: Desk) -> tuple[list[tuple[int, str]], dict[str, Any]]:
    """Each duty by the client and the server of its own role, in the order that the status gives."""
    played: list[tuple[int, str]] = []
    async with AsyncExitStack() as open_ones:
        clients: dict[str, Client] = {}
        while (now := chat(desk).status("latest")["runs"][0])["due"] is not None:
            role = now["due"]["role"]
            if role not in clients:
                server = server_of(desk, role) if role in APART else serve(chat(desk, role), translator("en"), {}, "0")
                clients[role] = await open_ones.enter_async_context(Client(server))
            played.append((await one_duty(clients[role], role), role))
    return played, now


async def one_duty(client: Client, role: str) -> int:
    asked = {"run": "latest", "role": role}
    duty = await answer(client, "gonogo_take_duty", asked)
    assert (RAW in duty["evidence_ids"]) is False, "what a program printed is for those who may read the commit"
    if duty["duty"] == VALIDATE:
        look = await answer(client, "gonogo_run_gate", {**asked, "gate": "Lint Gate"})
        assert look["data"]["verdict"] == "PASS"
    if duty["duty"] > VALIDATE:
        told = await client.call_tool("gonogo_read", {**asked, "evidence_id": RAW})
        assert told.is_error
        assert "CHAT_SCOPE_DENIED" in str(told.content)
    words = {**asked, "contribution": claims_for(duty), "model": "test-model"}
    done = await answer(client, "gonogo_hand_in", words)
    assert (done["kept"], done["dropped"]) == (1, [])
    return int(done["duty"])


async def answer(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call a tool that must not refuse."""
    told = await client.call_tool(tool, arguments)
    text = "".join(getattr(part, "text", "") for part in told.content)
    assert not told.is_error, text
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def test_six_clients_carry_a_run_to_the_hold_point(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    desk = the_stages(tmp_path_factory).at(1, tmp_path)
    played, end = asyncio.run(whole_run(desk))
    assert [number for number, _ in played] == list(range(1, 10))
    assert {role for _, role in played} == set(ROLES)
    assert (end["state"], end["verdict"]) == ("AWAITING_OPERATOR", "PASS")
    assert end["operator_runs_next"].startswith("gonogo sign ")
    sealed = desk.json("show", "latest", code=0)
    folder = next(desk.repo.path.glob("data/evidence_packs/EVP-*/"))
    words = json.loads((folder / "data/contributions/2-inventory.json").read_bytes())
    assert words["by"] == {
        "basis": "asserted",
        "binding": "process",
        "client": words["by"]["client"],
        "host": "mcp",
        "model": "test-model",
    }
    assert words["claims"][0]["text"] == "seen by a chat"
    look = json.loads((folder / "data/chat/gates/1.json").read_bytes())
    assert (look["gate"], look["result"]["verdict"]) == ("Lint Gate", "PASS"), "what a look saw stays to be seen"
    assert json.loads((folder / "review/risk-review.json").read_bytes())["said"]["duty"] == 8
    assert json.loads((folder / "review/recommendation.json").read_bytes())["said"]["duty"] == 9
    verified = desk.json("verify", "latest", code=4)
    assert verified["pack_digest"] == sealed["pack_digest"]
    the_operator_sees_all_and_a_role_its_own(desk, folder)


def the_operator_sees_all_and_a_role_its_own(desk: Desk, folder: Path) -> None:
    """What the server's resources show of a run at its hold point."""
    asked = [f"runs/latest/{name}" for name in ("card", "pack", "timeline")]
    card, pack, timeline = shown(desk, *asked)
    assert card == (folder / "review" / CARDS["en"]).read_text(encoding="utf-8")
    manifest = (folder / "manifest-sha256.txt").read_text(encoding="utf-8")
    assert {f"{digest}  {path}" for path, digest in json.loads(pack)["files"].items()} == set(manifest.splitlines())
    assert {one["verdict"] for one in json.loads(timeline)["duties"]} == {"PASS"}
    card, pack, timeline = shown(desk, *asked, role="SCOPE_KEEPER")
    assert "CHAT_SCOPE_DENIED" in card
    assert "CHAT_SCOPE_DENIED" in pack
    assert [one["duty"] for one in json.loads(timeline)["duties"] if "verdict" in one] == [1, 2, 3]


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    """A run whose FACTS_COLLECTOR is due."""
    stages = the_stages(tmp_path_factory)
    return stages.at(2, tmp_path_factory.mktemp("mcp")), stages.run


def contribution(**changed: object) -> dict[str, Any]:
    return {**EMPTY, **changed}


Act = Any
REFUSED: list[tuple[str, str, Act]] = [
    ("status of no run", "RUN_UNKNOWN", lambda c, _: c.status("nope")),
    ("take of no run", "RUN_UNKNOWN", lambda c, _: c.take_duty("nope", "FACTS_COLLECTOR")),
    *(
        (f"{role} out of turn", "CHAT_OUT_OF_TURN", lambda c, r, role=role: c.take_duty(r, role))
        for role in ROLES
        if role != "FACTS_COLLECTOR"
    ),
    ("a role that is none", "CHAT_OUT_OF_TURN", lambda c, r: c.take_duty(r, "APPROVER")),
    ("a role in small letters", "CHAT_OUT_OF_TURN", lambda c, r: c.take_duty(r, "facts_collector")),
    ("hand in twice", "CHAT_OUT_OF_TURN", lambda c, r: c.hand_in(r, "ORCHESTRATOR", EMPTY, BY)),
    ("hand in ahead", "CHAT_OUT_OF_TURN", lambda c, r: c.hand_in(r, "RISK_OFFICER", EMPTY, BY)),
    ("hand in of nothing", "CONTRIBUTION_MALFORMED", lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", {}, BY)),
    ("hand in of text", "CONTRIBUTION_MALFORMED", lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", "APPROVED", BY)),
    (
        "a decision inside",
        "CONTRIBUTION_MALFORMED",
        lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", contribution(decision="GO"), BY),
    ),
    (
        "a verdict of its own",
        "CONTRIBUTION_MALFORMED",
        lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", contribution(verdict="APPROVED"), BY),
    ),
    (
        "an objection without a reason",
        "CONTRIBUTION_MALFORMED",
        lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", contribution(verdict="FAIL"), BY),
    ),
    (
        "another schema",
        "CONTRIBUTION_MALFORMED",
        lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", contribution(schema="x"), BY),
    ),
    (
        "too many claims",
        "CONTRIBUTION_MALFORMED",
        lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", contribution(claims=[{"kind": "fact", "text": "x"}] * 41), BY),
    ),
    (
        "an oversized one",
        "CONTRIBUTION_TOO_LARGE",
        lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", contribution(reason="x" * LIMIT), BY),
    ),
    ("deep JSON", "CONTRIBUTION_MALFORMED", lambda c, r: c.hand_in(r, "FACTS_COLLECTOR", "[" * 9000, BY)),
    ("read a secret", "CHAT_SCOPE_DENIED", lambda c, r: c.read(r, "FACTS_COLLECTOR", "repo:.env")),
    ("read out of the tree", "CHAT_SCOPE_DENIED", lambda c, r: c.read(r, "FACTS_COLLECTOR", "repo:../x")),
    ("read an absolute path", "CHAT_SCOPE_DENIED", lambda c, r: c.read(r, "FACTS_COLLECTOR", "repo:/etc/passwd")),
    ("read what is not there", "PATH_NOT_IN_COMMIT", lambda c, r: c.read(r, "FACTS_COLLECTOR", "repo:gone.py")),
    ("read a state not its own", "EVIDENCE_ID_UNKNOWN", lambda c, r: c.read(r, "FACTS_COLLECTOR", "state:pack")),
    ("read a state to come", "EVIDENCE_ID_UNKNOWN", lambda c, r: c.read(r, "FACTS_COLLECTOR", "state:validation")),
    ("read data by dots", "EVIDENCE_ID_UNKNOWN", lambda c, r: c.read(r, "FACTS_COLLECTOR", "data:../gonogo.db")),
    ("read no kind", "EVIDENCE_ID_UNKNOWN", lambda c, r: c.read(r, "FACTS_COLLECTOR", "file:/etc/passwd")),
    ("read out of turn", "CHAT_OUT_OF_TURN", lambda c, r: c.read(r, "RISK_OFFICER", "state:inputs")),
    ("a gate not its own", "CHAT_SCOPE_DENIED", lambda c, r: c.run_gate(r, "FACTS_COLLECTOR", "Lint Gate")),
    ("evidence not its own", "CHAT_SCOPE_DENIED", lambda c, r: c.append_evidence(r, "FACTS_COLLECTOR", "a.txt", "x")),
    (
        "evidence too long",
        "CHAT_EVIDENCE_TOO_LARGE",
        lambda c, r: c.append_evidence(r, "FACTS_COLLECTOR", "a.txt", "x" * (EVIDENCE_LIMIT + 1)),
    ),
    ("approved", "PROPOSAL_MALFORMED", lambda c, r: c.propose(r, "APPROVED", "x", BY)),
]


@pytest.mark.parametrize(("code", "act"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_out_of_turn_out_of_scope_or_malformed_is_refused(
    waiting: tuple[Desk, str], code: str, act: Callable[[ChatDesk, str], object]
) -> None:
    desk, run = waiting
    server = chat(desk)
    with pytest.raises(GonogoError) as caught:
        act(server, run)
    assert caught.value.code == code
    assert caught.value.next_step is not None or code in {"CHAT_SCOPE_DENIED", "PATH_NOT_IN_COMMIT"}
    due = server.status(run)["runs"][0]["due"]
    assert due["role"] == "FACTS_COLLECTOR", "nothing was taken"


def test_there_are_thirty_of_them() -> None:
    assert len(REFUSED) >= 30


def test_refused_calls_are_in_the_ledger(waiting: tuple[Desk, str]) -> None:
    desk, run = waiting
    with pytest.raises(GonogoError):
        chat(desk).take_duty(run, "RISK_OFFICER")
    with pytest.raises(GonogoError):
        chat(desk, role="SCOPE_KEEPER").take_duty(run, "FACTS_COLLECTOR")
    from gonogo.mcp.showing import timeline

    codes = {entry["code"] for entry in json.loads(timeline(chat(desk), run))["refused"]}
    assert {"CHAT_OUT_OF_TURN", "CHAT_OTHER_ROLE"} <= codes


def test_what_a_role_may_read_comes_in_pages_and_fenced(waiting: tuple[Desk, str]) -> None:
    desk, run = waiting
    server = chat(desk)
    page = server.read(run, "FACTS_COLLECTOR", "repo:src/sample.py")
    assert "ANSWER = 43" in page["data"]
    assert (page["next_offset"], page["total"]) == (None, len(page["data"]))
    assert server.read(run, "FACTS_COLLECTOR", "repo:src/sample.py:3", 10)["data"] == page["data"][10:]
    assert "not instructions" in page["note"]
    assert server.list_files(run, "FACTS_COLLECTOR", "src/")["data"] == ["src/sample.py"]
    assert "src/sample.py" in json.dumps(server.change(run, "FACTS_COLLECTOR")["data"])


def test_no_tool_approves_for_ever(waiting: tuple[Desk, str]) -> None:
    desk, _ = waiting

    async def names() -> set[str]:
        async with Client(serve(chat(desk), translator("en"), {}, "0")) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    tools = asyncio.run(names())
    assert tools == {
        "gonogo_status",
        "gonogo_take_duty",
        "gonogo_read",
        "gonogo_list_files",
        "gonogo_change",
        "gonogo_run_gate",
        "gonogo_append_evidence",
        "gonogo_hand_in",
        "gonogo_propose_decision",
        "gonogo_start_run",
    }
    words = ("approve", "sign", "commit", "resume", "decide_", "close", "abandon", "enrol")
    assert not [name for name in tools for word in words if word in name]


def test_a_proposal_decides_nothing(waiting: tuple[Desk, str]) -> None:
    desk, run = waiting
    before = chat(desk).status(run)
    answer = chat(desk).propose(run, "GO", "it is approved, says the chat", BY)
    assert (answer["stored_as"], answer["decides"]) == ("proposal", "nothing")
    assert chat(desk).status(run) == before


def test_a_server_of_one_role_plays_no_other(waiting: tuple[Desk, str]) -> None:
    desk, run = waiting
    with pytest.raises(GonogoError, match="CHAT_OTHER_ROLE"):
        chat(desk, role="RISK_OFFICER").take_duty(run, "FACTS_COLLECTOR")
    assert desk.gonogo("mcp", "--role", "APPROVER").returncode == 2


def test_no_secret_is_shown_and_the_answer_says_why(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    stages = the_stages(tmp_path_factory)
    desk = stages.at(4, tmp_path)
    server, (line, secret) = chat(desk), planted()["github"]
    put = server.append_evidence(stages.run, "CI_GUARDIAN", "a.txt", f"seen:\n{line}\n")
    page = server.read(stages.run, "CI_GUARDIAN", put["evidence_id"])
    assert secret not in json.dumps(page)
    assert page["data"].startswith("seen:\nremote: fatal: could not read [redacted:")
    assert page["withheld"]["count"] == 1
    assert "shown to nobody" in page["withheld"]["why"]
    assert "withheld" not in server.read(stages.run, "CI_GUARDIAN", "repo:src/sample.py")


def test_a_file_of_the_commit_that_holds_a_secret_is_read_without_it(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    desk, (line, secret) = the_stages(tmp_path_factory).at(1, tmp_path), planted()["github"]
    desk.repo.commit({"notes.txt": f"first\n{line}\nlast\n"})
    desk.repo.commit({"src/later.py": '"""Later."""\n'})
    run = start(desk)
    play(desk, run, until=1)

    async def read(*names: str) -> list[dict[str, Any]]:
        async with Client(serve(chat(desk, "FACTS_COLLECTOR"), translator("en"), {}, "0")) as client:
            asked = {"run": run, "role": "FACTS_COLLECTOR"}
            return [await answer(client, "gonogo_read", {**asked, "evidence_id": name}) for name in names]

    whole, by_line, clean = asyncio.run(read("repo:notes.txt", "repo:notes.txt:2", "repo:src/later.py"))
    for page in (whole, by_line):
        assert secret not in json.dumps(page)
        assert page["data"].startswith("first\nremote: fatal: could not read [redacted:")
        assert page["data"].endswith("last\n")
        assert page["total"] == len(page["data"]), "the length of what is shown, not of the secret"
        assert (page["withheld"]["count"], "shown to nobody" in page["withheld"]["why"]) == (1, True)
    assert "withheld" not in clean


@pytest.mark.parametrize("kind", sorted(planted()))
def test_every_kind_of_secret_is_withheld_from_every_answer(kind: str) -> None:
    line, secret = planted()[kind]
    for value in (line, {"lines": ["x", line]}, [{"text": f"before\n{line}\nafter"}]):
        shown, note = without_secrets(World(), value)
        assert secret not in json.dumps(shown)
        assert note["withheld"]["count"] >= 1
    assert without_secrets(World(), {"blob": "a" * 40}) == ({"blob": "a" * 40}, {})
