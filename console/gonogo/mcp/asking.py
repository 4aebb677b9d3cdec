"""What a call needs and nobody said: the operator is asked where the client can ask, else the caller is told.

By MCP's elicitation. Only inputs are asked for (a layer, a reason, which run is meant), never an approval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, ParamSpec, TypeVar, cast

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field, create_model

from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo.mcp.desk import ChatDesk
    from gonogo_agents.texts import Translator

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Serving:
    """What every call of one server has at hand."""

    desk: ChatDesk
    say: Translator


class Layer(BaseModel):
    """Asked where the reason was said."""

    layer: str = Field(description="the layer to run, L0 to L5")


class Reason(BaseModel):
    """Asked where the layer was said."""

    reason: str = Field(description="why this run is made")


class Wanted(Layer, Reason):
    """What a run is started with."""


class Which(BaseModel):
    """One of the runs that wait."""

    run: str


QUESTIONS: Final[dict[tuple[str, ...], tuple[Text, type[BaseModel]]]] = {
    ("layer", "reason"): (msg("Which layer is to be run, and why?"), Wanted),
    ("layer",): (msg("Which layer is to be run?"), Layer),
    ("reason",): (msg("Why is this run made?"), Reason),
}


async def asked_to_start(context: Context[Any, Any], layer: str, reason: str) -> Elicit[Any] | Layer | None:
    """The question for what is missing; None where nothing is."""
    lacks = _lacks(layer, reason)
    if not lacks:
        return None
    if not _can_ask(context):
        raise _missing(context, lacks)
    question, form = QUESTIONS[lacks]
    return Elicit(_serving(context).say(question), form)


async def wanted(
    asked: Annotated[ElicitationResult[Any], Resolve(asked_to_start)],
    context: Context[Any, Any],
    layer: str,
    reason: str,
) -> Wanted:
    """What the caller said, and what the operator answered to the rest."""
    answered: Mapping[str, str] = {}
    if isinstance(asked, AcceptedElicitation) and asked.data is not None:
        answered = asked.data.model_dump()
    found = {"layer": layer, "reason": reason, **answered}
    if lacks := _lacks(**found):
        raise _missing(context, lacks)
    return Wanted.model_validate(found)


async def asked_which(context: Context[Any, Any], run: str, role: str) -> Elicit[Any] | str:
    """The run that is meant: as it was said, or the only one that waits for the role; else the question."""
    if run.strip():
        return run
    waiting = _waiting(_serving(context), role)
    if len(waiting) == 1:
        return next(iter(waiting))
    if not waiting or not _can_ask(context):
        raise _unnamed(context, waiting)
    form = create_model("Which", __base__=Which, run=(str, Field(json_schema_extra={"enum": [*waiting]})))
    return Elicit(_serving(context).say(msg("Which run is meant? {runs}", runs=_listed(waiting))), form)


async def meant(
    asked: Annotated[ElicitationResult[Any], Resolve(asked_which)], context: Context[Any, Any], role: str
) -> str:
    """The run's name."""
    if not isinstance(asked, AcceptedElicitation):
        raise _unnamed(context, _waiting(_serving(context), role))
    return asked.data.run if isinstance(asked.data, Which) else str(asked.data)


def told(say: Translator, act: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do it; a refusal becomes a tool error that says what is wrong and what to do next. Never a traceback."""
    try:
        return act(*arguments, **named)
    except GonogoError as error:
        raise ToolError(in_words(say, error)) from None


def in_words(say: Translator, error: GonogoError) -> str:
    """The code, what is wrong, and what to do next."""
    following = say(error.next_step) if error.next_step else f"gonogo explain {error.code}"
    return f"{error.code}: {say(error.what)} Next: {following}"


def _serving(context: Context[Any, Any]) -> Serving:
    return cast("Serving", context.request_context.lifespan_context)


def _can_ask(context: Context[Any, Any]) -> bool:
    """Whether the client declared that it shows forms; ``elicitation: {}`` is the older way to say so."""
    declared = context.client_capabilities.elicitation if context.client_capabilities else None
    return declared is not None and (declared.form is not None or declared.url is None)


def _lacks(layer: str, reason: str) -> tuple[str, ...]:
    return tuple(name for name, said in (("layer", layer), ("reason", reason)) if not said.strip())


def _waiting(serving: Serving, role: str) -> dict[str, str]:
    """Runs that wait for a chat's role, by name; those that wait for this role, if there are any."""
    runs = told(serving.say, serving.desk.status)["runs"]
    due: dict[str, Mapping[str, Any]] = {one["run"]: one["due"] for one in runs if one["due"] is not None}
    mine = {run: duty for run, duty in due.items() if duty["role"] == role}
    return {run: f"{duty['role']}, duty {duty['number']}, step {duty['step']}" for run, duty in (mine or due).items()}


def _listed(waiting: Mapping[str, str]) -> str:
    return "; ".join(f"{run} ({due})" for run, due in waiting.items())


def _missing(context: Context[Any, Any], lacks: tuple[str, ...]) -> ToolError:
    words = msg("A run cannot be started without: {names}.", names=", ".join(lacks))
    return _error(context, words, msg("Ask the operator, and call again with what they say."))


def _unnamed(context: Context[Any, Any], waiting: Mapping[str, str]) -> ToolError:
    if not waiting:
        return _error(context, msg("No run waits for a chat."), msg("Tell the operator; a run is started first."))
    words = msg("More than one run waits, and none was named: {runs}.", runs=_listed(waiting))
    return _error(context, words, msg("Ask the operator which one is meant, and call again with its name."))


def _error(context: Context[Any, Any], what: Text, following: Text) -> ToolError:
    return ToolError(in_words(_serving(context).say, BadInput("CHAT_INPUT_MISSING", what, next_step=following)))
