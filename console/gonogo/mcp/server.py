"""The MCP server over standard input and output: names, descriptions and answers; what they do is in ``desk``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, ParamSpec, TypeVar

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, MCPServer, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from gonogo.mcp.starting import start
from gonogo_evidence.errors import GonogoError
from gonogo_graph.chat import By

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo.mcp.desk import ChatDesk
    from gonogo_agents.texts import Translator

P = ParamSpec("P")
T = TypeVar("T")

INSTRUCTIONS: Final = (
    "gonogo keeps the order, the scopes and the evidence of a governed run; you think for one role. Ask gonogo_status"
    " first. Play only the role that is due. Claims name evidence ids. Nobody approves here: the operator signs, in"
    " their own terminal, with a key that no agent holds."
)
LOOK: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
ACT: Final = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)

Run = Annotated[str, Field(description="the run: its id, an unambiguous beginning of it, or latest", max_length=64)]
Role = Annotated[str, Field(description="your role, in capitals, such as RISK_OFFICER", max_length=40)]


class Wanted(BaseModel):
    """What a run needs and nobody said yet."""

    layer: str = Field(description="the layer to run, L0 to L5")
    reason: str = Field(description="why this run is made")


async def wanted(layer: str = "", reason: str = "") -> Wanted | Elicit[Wanted]:
    """What was said, or the question to the operator."""
    if layer.strip() and reason.strip():
        return Wanted(layer=layer, reason=reason)
    return Elicit("Which layer is to be run, and why?", Wanted)


def serve(desk: ChatDesk, say: Translator, prompts: dict[str, tuple[str, str]], version: str) -> MCPServer:
    """The server of one repository. ``prompts``: by name, a description and the text."""
    server = MCPServer("gonogo", instructions=INSTRUCTIONS, version=version, log_level="ERROR")
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
    def gonogo_take_duty(run: Run, role: Role) -> dict[str, Any]:
        """The duty that is due for your role: what you may see, evidence ids, and the schema of what to hand in."""
        return told(say, desk.take_duty, run, role)

    @server.tool(annotations=LOOK, structured_output=False)
    def gonogo_read(run: Run, role: Role, evidence_id: str, offset: int = 0) -> dict[str, Any]:
        """Read by evidence id: state:FIELD, data:PATH, or repo:PATH of the commit. Long texts come in pages."""
        return told(say, desk.read, run, role, evidence_id, offset)

    @server.tool(annotations=LOOK, structured_output=False)
    def gonogo_list_files(run: Run, role: Role, prefix: str = "") -> dict[str, Any]:
        """The paths of the commit that your role may read."""
        return told(say, desk.list_files, run, role, prefix)

    @server.tool(annotations=LOOK, structured_output=False)
    def gonogo_change(run: Run, role: Role) -> dict[str, Any]:
        """The change that the run is about: base, head, and every path."""
        return told(say, desk.change, run, role)


def _acts(server: MCPServer, desk: ChatDesk, say: Translator) -> None:
    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_run_gate(run: Run, role: Role, gate: str) -> dict[str, Any]:
        """Run one planned gate (CI_GUARDIAN, step E) and read what it really checked."""
        return told(say, desk.run_gate, run, role, gate)

    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_append_evidence(run: Run, role: Role, path: str, text: str) -> dict[str, Any]:
        """Put a text of yours into the pack in the making; it answers with the evidence id to cite."""
        return told(say, desk.append_evidence, run, role, path, text)

    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_hand_in(
        run: Run, role: Role, contribution: dict[str, Any], context: Context, model: str = ""
    ) -> dict[str, Any]:
        """Hand in your words for the due duty, once. gonogo's own checks run after it and always win."""
        return told(say, desk.hand_in, run, role, contribution, _by(desk, context, model))

    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_propose_decision(
        run: Run, decision: str, reason: str, context: Context, model: str = ""
    ) -> dict[str, Any]:
        """Note what you would decide, for the operator to read. It decides nothing and is no sign-off."""
        return told(say, desk.propose, run, decision, reason, _by(desk, context, model))


def _starting(server: MCPServer, desk: ChatDesk, say: Translator) -> None:
    @server.tool(annotations=ACT, structured_output=False)
    def gonogo_start_run(
        asked: Annotated[ElicitationResult[Wanted], Resolve(wanted)], layer: str = "", reason: str = ""
    ) -> dict[str, Any]:
        """Start a run that chats drive. What is missing, the operator is asked for."""
        del layer, reason
        if not isinstance(asked, AcceptedElicitation):
            raise ToolError("RUN_NOT_STARTED: nobody said which layer and why. Next: ask the operator for both.")
        return told(say, start, desk, asked.data.layer, asked.data.reason)


def _resources(server: MCPServer, desk: ChatDesk, say: Translator) -> None:
    from gonogo.mcp.showing import card, pack, schema, timeline  # noqa: PLC0415 - beside what uses them

    @server.resource("gonogo://runs/{run}/card", mime_type="text/plain")
    def run_card(run: str) -> str:
        """The operator's card of a run that is sealed."""
        return told(say, card, desk, run)

    @server.resource("gonogo://runs/{run}/pack", mime_type="application/json")
    def run_pack(run: str) -> str:
        """The manifest of the sealed pack: every file with its digest."""
        return told(say, pack, desk, run)

    @server.resource("gonogo://runs/{run}/timeline", mime_type="application/json")
    def run_timeline(run: str) -> str:
        """What happened so far: duties with verdicts, and refused attempts."""
        return told(say, timeline, desk, run)

    @server.resource("gonogo://schemas/{name}", mime_type="application/json")
    def schemas(name: str) -> str:
        """A published JSON Schema of evidence, by name, such as seal."""
        return told(say, schema, name)


def told(say: Translator, act: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do it; a refusal becomes a tool error that says what is wrong and what to do next. Never a traceback."""
    try:
        return act(*arguments, **named)
    except GonogoError as error:
        following = say(error.next_step) if error.next_step else f"gonogo explain {error.code}"
        raise ToolError(f"{error.code}: {say(error.what)} Next: {following}") from None


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
