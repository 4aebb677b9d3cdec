"""The MCP server over standard input and output: names, descriptions and answers; what they do is in ``desk``."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

from mcp.server.mcpserver import Context, MCPServer, Resolve
from mcp.server.mcpserver.exceptions import ResourceError
from mcp.types import ToolAnnotations
from pydantic import Field

from gonogo.mcp.asking import Serving, Wanted, in_words, meant, told, wanted
from gonogo.mcp.starting import start
from gonogo_evidence.errors import GonogoError
from gonogo_graph.chat import By

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from gonogo.mcp.desk import ChatDesk
    from gonogo_agents.texts import Translator

INSTRUCTIONS: Final = (
    "gonogo keeps the order, the scopes and the evidence of a governed run; you think for one role. Ask gonogo_status"
    " first. Play only the role that is due. Claims name evidence ids. Nobody approves here: the operator signs, in"
    " their own terminal, with a key that no agent holds."
)
LOOK: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
ACT: Final = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)

Run = Annotated[str, Field(description="the run: its id, an unambiguous beginning of it, or latest", max_length=64)]
Named = Annotated[
    str, Field(description="the run: its id or latest; empty: the one that waits for your role", max_length=64)
]
Meant = Annotated[str, Resolve(meant)]
Role = Annotated[str, Field(description="your role, in capitals, such as RISK_OFFICER", max_length=40)]


def serve(desk: ChatDesk, say: Translator, prompts: dict[str, tuple[str, str]], version: str) -> MCPServer:
    """The server of one repository. ``prompts``: by name, a description and the text."""

    @asynccontextmanager
    async def serving(_: MCPServer) -> AsyncGenerator[Serving, None]:
        yield Serving(desk, say)

    server = MCPServer("gonogo", instructions=INSTRUCTIONS, version=version, log_level="ERROR", lifespan=serving)
    _looks(server, desk, say)
    _acts(server, desk, say)
    _starting(server, desk, say)
    _resources(server, desk, say)
    for name, (description, text) in prompts.items():
        server.prompt(name=name, description=description)(_constant(text))
    return server


def _looks(server: MCPServer, desk: ChatDesk, say: Translator) -> None:
    @server.tool(annotations=LOOK, structured_output=False)
    def gonogo_status(run: str = "") -> dict[str, Any]:
        """Which runs wait, at which duty and for which role; and what the operator would do next. Ask this first."""
        return told(say, desk.status, run)

    @server.tool(annotations=LOOK, structured_output=False)
    def gonogo_take_duty(role: Role, chosen: Meant, run: Named = "") -> dict[str, Any]:
        """The duty that is due for your role: what you may see, evidence ids, and the schema of what to hand in."""
        del run
        return told(say, desk.take_duty, chosen, role)

    @server.tool(annotations=LOOK, structured_output=False)
    def gonogo_read(role: Role, chosen: Meant, evidence_id: str, offset: int = 0, run: Named = "") -> dict[str, Any]:
        """Read by evidence id: state:FIELD, data:PATH, or repo:PATH of the commit. Long texts come in pages."""
        del run
        return told(say, desk.read, chosen, role, evidence_id, offset)

    @server.tool(annotations=LOOK, structured_output=False)
    def gonogo_list_files(role: Role, chosen: Meant, prefix: str = "", run: Named = "") -> dict[str, Any]:
        """The paths of the commit that your role may read."""
        del run
        return told(say, desk.list_files, chosen, role, prefix)

    @server.tool(annotations=LOOK, structured_output=False)
    def gonogo_change(role: Role, chosen: Meant, run: Named = "") -> dict[str, Any]:
        """The change that the run is about: base, head, and every path."""
        del run
        return told(say, desk.change, chosen, role)


def _acts(server: MCPServer, desk: ChatDesk, say: Translator) -> None:
    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_run_gate(role: Role, chosen: Meant, gate: str, run: Named = "") -> dict[str, Any]:
        """Run one planned gate (CI_GUARDIAN, step E) and read what it really checked."""
        del run
        return told(say, desk.run_gate, chosen, role, gate)

    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_append_evidence(role: Role, chosen: Meant, path: str, text: str, run: Named = "") -> dict[str, Any]:
        """Put a text of yours into the pack in the making; it answers with the evidence id to cite."""
        del run
        return told(say, desk.append_evidence, chosen, role, path, text)

    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_hand_in(
        role: Role, chosen: Meant, contribution: dict[str, Any], context: Context, model: str = "", run: Named = ""
    ) -> dict[str, Any]:
        """Hand in your words for the due duty, once. gonogo's own checks run after it and always win."""
        del run
        return told(say, desk.hand_in, chosen, role, contribution, _by(desk, context, model))

    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_propose_decision(
        run: Run, decision: str, reason: str, context: Context, model: str = ""
    ) -> dict[str, Any]:
        """Note what you would decide, for the operator to read. It decides nothing and is no sign-off."""
        return told(say, desk.propose, run, decision, reason, _by(desk, context, model))


def _starting(server: MCPServer, desk: ChatDesk, say: Translator) -> None:
    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_start_run(
        chosen: Annotated[Wanted, Resolve(wanted)], layer: str = "", reason: str = ""
    ) -> dict[str, Any]:
        """Start a run that chats drive. What is missing, the operator is asked for."""
        del layer, reason
        return told(say, start, desk, chosen.layer, chosen.reason)


def _resources(server: MCPServer, desk: ChatDesk, say: Translator) -> None:
    from gonogo.mcp.showing import card, pack, schema, timeline  # noqa: PLC0415 - beside what uses them

    def shown(act: Callable[..., str], *arguments: object) -> str:
        try:
            return act(*arguments)
        except GonogoError as error:
            raise ResourceError(in_words(say, error)) from None

    @server.resource("gonogo://runs/{run}/card", mime_type="text/plain")
    def run_card(run: str) -> str:
        """The operator's card of a run that is sealed. It is for the operator: a server of one role shows none."""
        return shown(card, desk, run)

    @server.resource("gonogo://runs/{run}/pack", mime_type="application/json")
    def run_pack(run: str) -> str:
        """The manifest of the sealed pack: every file with its digest. For the operator, as the card."""
        return shown(pack, desk, run)

    @server.resource("gonogo://runs/{run}/timeline", mime_type="application/json")
    def run_timeline(run: str) -> str:
        """What happened so far: duties with verdicts, and refused attempts; to a role, what it may see of that."""
        return shown(timeline, desk, run)

    @server.resource("gonogo://schemas/{name}", mime_type="application/json")
    def schemas(name: str) -> str:
        """A published JSON Schema of evidence, by name, such as seal."""
        return shown(schema, name)


def _by(desk: ChatDesk, context: Context, model: str) -> By:
    params = context.request_context.session.client_params
    info = params.client_info if params is not None else None
    name = f"{info.name} {info.version}".strip() if info is not None else "unknown"
    binding = "process" if desk.role else "asserted"
    return By(host="mcp", client=_line(name), model=_line(model) or "not said", binding=binding)


def _line(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())[:100]


def _constant(text: str) -> Callable[[], str]:
    def prompt() -> str:
        return text

    return prompt
