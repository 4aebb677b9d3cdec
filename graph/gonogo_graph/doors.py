"""Doors to the world: the broker and its verbs for one leg's duties, and for the chat hosts that play roles."""

from __future__ import annotations

import platform
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

from gonogo_agents.broker import Broker, EvidenceFolder, RoleScope, Rules, decide, jsonl_recorder
from gonogo_agents.duty import ROLES, Role
from gonogo_agents.evidence_port import EvidencePort
from gonogo_agents.gate_fence import Fences
from gonogo_agents.gate_runner import GateRunner
from gonogo_agents.git_fence import fenced
from gonogo_agents.watch import Watch, guards_of
from gonogo_evidence.errors import Inconclusive, Refused
from gonogo_graph import chat
from gonogo_graph.engine import signer
from gonogo_graph.model_verbs import Models
from gonogo_graph.refusals import record_attempt, refusal_keeper, refusal_verbs, refused_so_far
from gonogo_graph.role_words import words_for
from gonogo_graph.said import CHAT, MODEL, SEALING, all_said, as_evidence, said, speaks
from gonogo_graph.seats import hired, isolation
from gonogo_graph.session import pack_id_of
from gonogo_graph.table import DUTIES
from gonogo_graph.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_agents.broker import Handler
    from gonogo_agents.duty import Ask
    from gonogo_agents.models.local import LocalModel
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import Progress, RunContext
    from gonogo_graph.table import Duty

FIRST: Final = 1
"""The duty at which the work trees are looked at, to compare with later."""


class Doors:
    """What the duties of one leg reach the world by. A leg without a duty needs none: all is made on first use."""

    def __init__(self, context: RunContext, local: LocalModel, progress: Progress) -> None:
        self._given, self._local, self._progress = context, local, progress
        self._so_far: dict[str, JSON] = {}

    def __call__(self, duty: Duty, results: Mapping[str, JSON]) -> Ask:
        """The duty's own door; evidence verbs see the results so far."""
        self._see(results)
        if duty.number == FIRST:
            self._watch.begin()
        return self._broker.ask_for(duty.role, duty.step)

    def hear(self, duty: Duty, results: Mapping[str, JSON]) -> JSON:
        """What others than the duty's code say: a chat host is waited for, a model asked. Their words go into the pack.

        None in a run in which nobody but code speaks.
        """
        context = self._given
        if context.inputs["driver"] not in {CHAT, MODEL}:
            return None
        if speaks(context.inputs, duty):
            words = self._words(duty, results)
            if duty.number <= SEALING:
                EvidenceFolder(context.folder.root).append(duty.role, as_evidence(context, duty, words))
        return all_said(context)

    def _words(self, duty: Duty, results: Mapping[str, JSON]) -> JSONObject:
        context = self._given
        if context.inputs["driver"] == MODEL:
            self._see(results)
            return words_for(context, duty, self._models)
        words = said(context, duty)
        if words is None:
            from langgraph.types import interrupt  # noqa: PLC0415 - langgraph, only where a run goes on

            interrupt({"run_id": context.run_id, chat.WAITS: duty.role, "duty": duty.number})
        return cast("JSONObject", words)

    def _see(self, results: Mapping[str, JSON]) -> None:
        self._so_far.clear()
        self._so_far.update(results)

    def hand_in(self, duty: Duty) -> None:
        """Take the duty's result. Raises where its role may not write the field."""
        self._broker.hand_in(duty.role, duty.step, duty.writes)

    def reads(self, role: Role) -> frozenset[str]:
        """The state fields that a role may see."""
        return frozenset(_scope(self._given, role).state_read)

    def _change(self) -> JSON:
        return self._broker.change()

    @cached_property
    def _context(self) -> RunContext:
        return _fenced(self._given)

    @cached_property
    def _watch(self) -> Watch:
        return _watching(self._context)

    @cached_property
    def _broker(self) -> Broker:
        context, watch = self._context, self._watch
        gates, sealing = _gates(context, self._change, watch), _sealing(context, self._so_far, watch)
        return _broker(context, {**gates, **sealing, **refusal_verbs(context), **self._models.handlers()})

    @cached_property
    def _models(self) -> Models:
        return Models(self._context, self._change, self._so_far, self._local, self._progress)


def chat_door(context: RunContext, duty: Duty) -> Ask:
    """The same door for the chat host that plays a role. What the scope refuses ends here, on the record.

    A worker that asks for what its scope refuses is not the role that was planned with, and fails the run. A model
    tries things: its attempt is refused and recorded, and the run goes on.
    """
    context = _fenced(context)

    def changed() -> JSON:
        return broker.change()

    broker = _broker(context, {**_gates(context, changed, _watching(context)), **refusal_verbs(context)})
    rules, ask = Rules(_scope(context, duty.role)), broker.ask_for(duty.role, duty.step)

    def careful(verb: str, /, **arguments: JSON) -> JSON:
        decision = decide(rules, duty.role, duty.step, verb, arguments)
        if not decision.allowed:
            error = Refused("CHAT_SCOPE_DENIED", decision.reason, where=f"{duty.role} {duty.step} {verb}")
            record_attempt(context, error)
            raise error
        return ask(verb, **arguments)

    return careful


def _fenced(context: RunContext) -> RunContext:
    """The same run, whose git is in its fence: it may write the run's own folder."""
    repository = fenced(context.repository, context.folder.root)
    return replace(context, world=repository.world, repository=repository)


def _watching(context: RunContext) -> Watch:
    folder, commit = context.folder, str(context.inputs["git_ref"])
    return Watch(context.repository, folder.root, folder.tree, commit, guards_of(context.inputs))


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
        tool_steps=_tool_steps(rights),
        steps=tuple(sorted({duty.step for duty in DUTIES if duty.role == role})),
        paths_forbidden=tuple(forbidden),
    )


def _tool_steps(rights: Mapping[str, JSON]) -> dict[str, tuple[str, ...]]:
    limits = cast("Mapping[str, list[str]]", rights.get("tool_steps", {}))  # a run that was begun before has none
    return {verb: tuple(steps) for verb, steps in limits.items()}


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
