"""Driving a run: the player with its broker, the log, one call of ``advance``, and the published copy."""

from __future__ import annotations

import platform
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, NamedTuple, cast

from gonogo_agents.broker import Broker, EvidenceFolder, RoleScope, Rules, decide, jsonl_recorder
from gonogo_agents.duty import ROLES, Role
from gonogo_agents.evidence_port import EvidencePort
from gonogo_agents.gate_fence import Fences
from gonogo_agents.gate_runner import GateRunner
from gonogo_agents.watch import Watch
from gonogo_agents.workers import open_crew
from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError, Inconclusive, Refused
from gonogo_evidence.files import write_atomic
from gonogo_graph import chat
from gonogo_graph.advance import advance
from gonogo_graph.context import Progress, Quiet, RunContext
from gonogo_graph.elsewhere import take_published
from gonogo_graph.engine import signer
from gonogo_graph.hold import prepare
from gonogo_graph.log import open_log
from gonogo_graph.play import Player
from gonogo_graph.publish import publish
from gonogo_graph.refusals import record_attempt, refusal_keeper, refusal_verbs, refused_so_far
from gonogo_graph.seats import hired, isolation
from gonogo_graph.session import pack_id_of
from gonogo_graph.table import DUTIES
from gonogo_graph.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from gonogo_agents.broker import Handler
    from gonogo_agents.duty import Ask
    from gonogo_agents.workers import Crew
    from gonogo_evidence.ids import JSON
    from gonogo_graph.store import RunRow
    from gonogo_graph.table import Duty

INPUTS = "inputs.json"
SEALING = 7
"""The last duty whose words lie in the sealed pack; later ones are in the review."""
FIRST = 1
"""The duty at which the work trees are looked at, to compare with later."""


class Done(NamedTuple):
    """What driving a run came to."""

    row: RunRow
    committed: bool
    """Whether the decision was committed just now, by this call and no other."""


def carry_on(
    context: RunContext,
    *,
    tell: Callable[[GonogoError], None] | None = None,
    progress: Progress | None = None,
    verbose: int = 0,
    crew: Crew | None = None,
    migrate: bool = False,
) -> Done:
    """Take sign-offs that lie beside the published copy, do what is due for the run, and publish its pack again.

    A sign-off that is refused, or a copy that fails, loses nothing: it is logged and told. ``crew`` plays the duties;
    without one it is opened here, and nobody is started where no duty is due.
    """
    with player_for(context, progress or Quiet(), verbose=verbose, crew=crew) as player:

        def warned(error: GonogoError) -> None:
            player.log.warning("told", code=error.code, what=str(error.what), where=error.where)
            if tell:
                tell(error)

        take_published(context, warned)
        row = advance(context, player, migrate=migrate)
        if row.pack_id is not None:
            copied = publish(context)
            if isinstance(copied, GonogoError):
                warned(copied)
    return Done(row, player.committed)


@contextmanager
def player_for(
    context: RunContext, progress: Progress, *, verbose: int = 0, crew: Crew | None = None
) -> Generator[Player, None, None]:
    """Who plays the run's duties, with the run's log open and its folders made."""
    context.folder.create()
    if not (context.folder.results / INPUTS).exists():
        write_atomic(context.folder.results / INPUTS, canonical.dumps(context.inputs))
    hired = nullcontext(crew) if crew is not None else open_crew(context.world)
    with open_log(context.folder.log, verbose=verbose) as log, hired as players:
        yield Player(
            context,
            crew=players,
            ask_for=_doors(context),
            reads=lambda role: frozenset(_scope(context, role).state_read),
            after={"recommendation": lambda results: prepare(context, results)},
            log=log,
            progress=progress,
            hear=_listener(context),
        )


def _listener(context: RunContext) -> Callable[[Duty], JSON] | None:
    """For a run that chat hosts drive: pauses at a duty until its role has handed in, and puts that into the pack."""
    if context.inputs["driver"] != chat.DRIVER:
        return None
    folder = EvidenceFolder(context.folder.root)

    def hear(duty: Duty) -> JSON:
        words = chat.said(context, duty)
        if words is None:
            from langgraph.types import interrupt  # noqa: PLC0415 - langgraph, only where a run goes on

            interrupt({"run_id": context.run_id, chat.WAITS: duty.role, "duty": duty.number})
        elif duty.number <= SEALING:
            folder.append(duty.role, chat.as_evidence(duty, words))
        return chat.all_said(context)

    return hear


def _doors(context: RunContext) -> Callable[[Duty, Mapping[str, JSON]], Ask]:
    """A door to the world for each duty; evidence verbs see the results so far."""
    so_far: dict[str, JSON] = {}

    def changed() -> JSON:
        return broker.change()

    tree, commit = context.folder.tree, str(context.inputs["git_ref"])
    watch = Watch(context.repository, context.folder.root, tree, commit)
    broker = _broker(
        context, {**_gates(context, changed, watch), **_sealing(context, so_far, watch), **refusal_verbs(context)}
    )

    def door(duty: Duty, results: Mapping[str, JSON]) -> Ask:
        so_far.clear()
        so_far.update(results)
        if duty.number == FIRST:
            watch.begin()
        return broker.ask_for(duty.role, duty.step)

    return door


def chat_door(context: RunContext, duty: Duty) -> Ask:
    """The same door for the chat host that plays a role. What the scope refuses ends here, on the record.

    A worker that asks for what its scope refuses is not the role that was planned with, and fails the run. A model
    tries things: its attempt is refused and recorded, and the run goes on.
    """

    def changed() -> JSON:
        return broker.change()

    watch = Watch(context.repository, context.folder.root, context.folder.tree, str(context.inputs["git_ref"]))
    broker = _broker(context, {**_gates(context, changed, watch), **refusal_verbs(context)})
    rules, ask = Rules(_scope(context, duty.role)), broker.ask_for(duty.role, duty.step)

    def careful(verb: str, /, **arguments: JSON) -> JSON:
        decision = decide(rules, duty.role, duty.step, verb, arguments)
        if not decision.allowed:
            error = Refused("CHAT_SCOPE_DENIED", decision.reason, where=f"{duty.role} {duty.step} {verb}")
            record_attempt(context, error)
            raise error
        return ask(verb, **arguments)

    return careful


def _broker(context: RunContext, handlers: Mapping[str, Handler]) -> Broker:
    return Broker(
        context.world,
        context.repository,
        context.folder.root,
        context.inputs,
        {role: _scope(context, role) for role in ROLES},
        jsonl_recorder(context.folder.requests),
        handlers=handlers,
        refused=refusal_keeper(context),
    )


def _scope(context: RunContext, role: Role) -> RoleScope:
    rights = cast("Mapping[str, Mapping[str, list[str]]]", context.inputs["roles"])[role]
    forbidden = cast("Mapping[str, list[str]]", context.inputs["guardrails"])["secret"]
    return RoleScope(
        role,
        paths_read=tuple(rights["paths_read"]),
        paths_write=tuple(rights["paths_write"]),
        tools=tuple(rights["tools"]),
        git_queries=tuple(rights["git_queries"]),
        state_read=tuple(rights["state_read"]),
        state_write=tuple(rights["state_write"]),
        steps=tuple(sorted({duty.step for duty in DUTIES if duty.role == role})),
        paths_forbidden=tuple(forbidden),
    )


def _gates(context: RunContext, change: Callable[[], JSON], watch: Watch) -> dict[str, Handler]:
    """``gate.run``, over a work tree of the commit that is made when the first gate runs."""
    runner = GateRunner(
        context.world,
        context.folder.root,
        context.folder.tree,
        context.inputs,
        change,
        watch,
        Fences(context.world),
        context.repository.objects,
    )
    return runner.handlers()


def _sealing(context: RunContext, results: Mapping[str, JSON], watch: Watch) -> dict[str, Handler]:
    """The evidence verbs; the seal also looks at the work trees and says how they stand."""
    seen: dict[str, JSON] = {}
    handlers = _evidence(context, results, seen)

    def seal(arguments: Mapping[str, JSON]) -> JSON:
        seen["trees"] = watch.at_seal()
        return {**cast("Mapping[str, JSON]", handlers["evidence.seal"](arguments)), **seen}

    return {**handlers, "evidence.seal": seal}


def _evidence(context: RunContext, results: Mapping[str, JSON], seen: Mapping[str, JSON]) -> dict[str, Handler]:
    port = EvidencePort(
        world=context.world,
        run_folder=context.folder.root,
        inputs=context.inputs,
        results=lambda: results,
        pack_id=lambda: pack_id_of(context),
        facts=lambda: {**_facts(context), **seen},
        hired=lambda fields: hired(context, fields),
        signer=lambda: signer(context.places),
    )
    return port.handlers()


def _facts(context: RunContext) -> dict[str, JSON]:
    """What environment.json says beyond what the duties observed: ids, clock, host, isolation, trust."""
    row, proven = context.store.run(context.run_id), isolation(context)
    return {
        "run_id": context.run_id,
        "mode": str(context.inputs["mode"]),
        "started": row.created if row else context.stamp(),
        "finished": context.stamp(),
        "host": {"name": platform.node(), "system": platform.system(), "release": platform.release()},
        "isolation": proven["level"],
        "layers": proven["layers"],
        "trust": _trust_label(context),
        "tools": {"python": platform.python_version(), "implementation": platform.python_implementation()},
        "gonogo_version": VERSION,
        **refused_so_far(context),
    }


def _trust_label(context: RunContext) -> str:
    try:
        return context.trust().label
    except Inconclusive:  # nobody is enrolled
        return "none"
