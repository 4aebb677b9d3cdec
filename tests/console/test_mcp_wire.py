"""The MCP server at the wire: every protocol version from 2025-06-18 on, and frames that are none."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client
from mcp.server.stdio import stdio_server
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from gonogo.mcp.server import serve
from gonogo_agents.texts import translator
from support.chats import chat, the_stages

if TYPE_CHECKING:
    from mcp.server import MCPServer

OLDEST = "2025-06-18"
SPOKEN = [version for version in HANDSHAKE_PROTOCOL_VERSIONS if version >= OLDEST]
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> MCPServer:
    desk = the_stages(tmp_path_factory).at(2, tmp_path_factory.mktemp("wire"))
    return serve(chat(desk), translator("en"), {}, "0")


def greeting(version: str) -> dict[str, Any]:
    asks = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": asks}


def call(number: int, tool: str, **arguments: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def exchanged(server: MCPServer, *frames: object, last: int) -> dict[int, Any]:
    """Write frames as a host does, one a line, and read answers until that of ``last``; by id."""

    async def talk() -> dict[int, Any]:
        ours, theirs = os.pipe(), os.pipe()
        answers: dict[int, Any] = {}
        with os.fdopen(ours[0]) as stdin, os.fdopen(theirs[1], "w") as stdout, os.fdopen(theirs[0]) as heard:
            async with stdio_server(anyio.wrap_file(stdin), anyio.wrap_file(stdout)) as (incoming, outgoing):
                inner = server._lowlevel_server
                running = asyncio.create_task(inner.run(incoming, outgoing, inner.create_initialization_options()))
                with os.fdopen(ours[1], "w") as said:
                    for frame in frames:
                        said.write((frame if isinstance(frame, str) else json.dumps(frame)) + "\n")
                    said.flush()
                    while last not in answers:
                        told = json.loads(await asyncio.to_thread(heard.readline))
                        answers[told.get("id")] = told
                await running
        return answers

    return asyncio.run(asyncio.wait_for(talk(), 60))


@pytest.mark.parametrize("version", SPOKEN)
def test_each_version_with_a_handshake_lists_and_calls(server: MCPServer, version: str) -> None:
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    answers = exchanged(server, greeting(version), READY, listing, call(3, "gonogo_status"), last=3)
    assert answers[1]["result"]["protocolVersion"] == version
    assert "gonogo_hand_in" in {tool["name"] for tool in answers[2]["result"]["tools"]}
    status = json.loads(answers[3]["result"]["content"][0]["text"])
    assert status["runs"][0]["due"]["role"] == "FACTS_COLLECTOR"


@pytest.mark.parametrize("version", MODERN_PROTOCOL_VERSIONS)
def test_each_version_without_one_lists_and_calls(server: MCPServer, version: str) -> None:
    async def talk() -> tuple[set[str], str]:
        async with Client(server, mode=version) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            told = await client.call_tool("gonogo_status", {})
            return tools, "".join(getattr(part, "text", "") for part in told.content)

    tools, status = asyncio.run(talk())
    assert "gonogo_hand_in" in tools
    assert json.loads(status)["runs"][0]["due"]["role"] == "FACTS_COLLECTOR"


def test_the_oldest_and_the_newest_are_among_them() -> None:
    assert OLDEST in SPOKEN
    assert MODERN_PROTOCOL_VERSIONS


def test_frames_that_are_none_are_survived_and_nothing_is_taken(
    server: MCPServer, capfd: pytest.CaptureFixture[str]
) -> None:
    hostile = [
        *("garbage", "", "[]", "{}", "null", "[" * 9000, '{"jsonrpc":"2.0"', '{"jsonrpc":"1.0","id":7,"method":"x"}'),
        '{"jsonrpc":"2.0","id":8,"method":"' + "x" * 20_000 + '"}',
        {"jsonrpc": "2.0", "id": 9, "method": "gonogo/approve"},
        call(10, "gonogo_sign", run="latest"),
        call(11, "gonogo_status", run=5),
        call(12, "gonogo_take_duty", run="x" * 5000, role="FACTS_COLLECTOR"),
        call(13, "gonogo_hand_in", run="latest", role="FACTS_COLLECTOR", contribution="GO"),
        call(14, "gonogo_hand_in", run="latest", role="FACTS_COLLECTOR", contribution={"a": ["b"] * 2000}),
    ]
    answers = exchanged(server, greeting(OLDEST), READY, *hostile[:9], *hostile[9:], last=14)
    last = exchanged(server, greeting(OLDEST), READY, call(2, "gonogo_status"), last=2)
    for number in range(9, 15):
        if number in answers:
            assert "error" in answers[number] or answers[number]["result"]["isError"], answers[number]
    assert "CONTRIBUTION_MALFORMED" in json.dumps(answers[14])
    assert "FACTS_COLLECTOR" in last[2]["result"]["content"][0]["text"], "it is still this role's turn"
    assert "Traceback" not in capfd.readouterr().err + json.dumps(answers)
