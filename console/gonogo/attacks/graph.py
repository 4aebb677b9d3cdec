"""Attacks with the graph in hand: langgraph's own moves, each of which releases a run that trusts its position."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gonogo.attacks.interface import Result, executed, not_applicable, refused, refused_by
from gonogo.attacks.moves import (
    asked_of,
    decisions,
    give_genuine,
    hand_in,
    key_of,
    second_decision,
    sign_genuine,
    statement,
    victim,
)
from gonogo.attacks.stage import DECIDED
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.statement import SIGNOFF_NAMESPACE
from gonogo_evidence.text import msg
from gonogo_graph.drive import carry_on
from gonogo_graph.raw import ROLE, another_version, raw_graph
from gonogo_graph.signing import submit

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.stage import Stage
    from gonogo_evidence.statement import Decision
    from gonogo_graph.raw import Hold, RawGraph

AT_ONCE = 4
"""Callers of a race."""
GO: dict[str, Any] = {"decision": "GO"}


def _with_graph(stage: Stage, move: Callable[[RawGraph], object], hold: Hold = "asks") -> Wordless:
    with stage.run() as context, raw_graph(context, hold=hold) as graph:
        yield
        move(graph)


@refused_by("SIGNOFF_WAITS")
def state_edit(stage: Stage) -> Moves:
    """``update_state`` with a decision, as the hold point."""
    return _with_graph(stage, lambda graph: graph.edit(decision="GO", outcome="0" * 64))


@refused_by("SIGNOFF_WAITS")
def goto_commit(stage: Stage) -> Moves:
    """``Command(goto="commit")`` while paused."""
    return _with_graph(stage, lambda graph: graph.goto("commit"))


@refused_by("ROLE_HAS_NO_DUTY")
def goto_role(stage: Stage) -> Moves:
    """``Command(goto=ROLE)``: a role that has no duty now."""
    return _with_graph(stage, lambda graph: graph.goto(ROLE))


@refused_by("SIGNOFF_WAITS")
def raw_answer(stage: Stage) -> Moves:
    """``Command(resume={"decision": "GO"})``: an answer without a signature."""
    return _with_graph(stage, lambda graph: graph.answer(GO))


@refused_by("SIGNOFF_WAITS")
def empty_answer(stage: Stage) -> Moves:
    """``Command(resume="")``, then on."""
    return _with_graph(stage, lambda graph: graph.answer("").go_on())


@refused_by("SIGNOFF_WAITS")
def answer_and_goto(stage: Stage) -> Moves:
    """``Command(resume=False, goto="commit")``: a human says no, and the commit runs."""
    return _with_graph(stage, lambda graph: graph.answer({"decision": "NO-GO"}, goto="commit").go_on())


@refused_by("SIGNOFF_WAITS")
def answer_and_update(stage: Stage) -> Moves:
    """``Command(resume=…, update=…)``: on with other verdicts than those that were asked about."""
    return _with_graph(stage, lambda graph: graph.answer(GO, decision="GO"))


@refused_by("SIGNOFF_WAITS")
def unknown_interrupt(stage: Stage) -> Moves:
    """A map that answers an interrupt that nobody asked."""
    return _with_graph(stage, lambda graph: graph.answer({"0" * 32: GO}).go_on())


@refused_by("SIGNOFF_WAITS")
def fresh_input(stage: Stage) -> Moves:
    """A new input on the paused thread, whose duties all claim PASS, then an answer."""
    return _with_graph(stage, lambda graph: graph.begin().answer(GO))


@refused_by("SIGNOFF_WAITS")
def swallowed_interrupt(stage: Stage) -> Moves:
    """A hold point whose code catches the interrupt."""
    return _with_graph(stage, lambda graph: graph.go_on(), "swallows")


@refused_by("SIGNOFF_WAITS")
def renamed_hold_point(stage: Stage) -> Moves:
    """The hold point renamed while a run is paused."""
    return _with_graph(stage, lambda graph: graph.go_on().answer(GO), "renamed")


@refused_by("GRAPH_CHANGED")
def other_version(stage: Stage) -> Wordless:
    """A run that stopped in another version of the graph, with good signatures, carried on as if nothing had been."""
    with stage.run() as context:
        sign_genuine(stage, context)
        context.store.update_run(context.run_id, graph_version=another_version())
        yield
        carry_on(context)


@refused_by("ALREADY_DECIDED")
def time_travel(stage: Stage) -> Moves:
    """Every checkpoint of a decided run again, then another decision."""
    stage.restore(DECIDED)
    before = decisions(stage)
    with stage.run() as context, raw_graph(context) as graph:
        yield
        graph.replay()
    return _first_stands(stage, before)


@refused_by("ALREADY_DECIDED")
def double_resume(stage: Stage) -> Moves:
    """A decided run carried on twice more, then another decision."""
    stage.restore(DECIDED)
    before = decisions(stage)
    yield
    with stage.run() as context:
        carry_on(context)
        carry_on(context)
    return _first_stands(stage, before)


@refused_by("ALREADY_DECIDED")
def concurrent_resumes(stage: Stage) -> Moves:
    """Four at once carry on a signed run, and each then wants another decision."""
    with stage.run() as context:
        sign_genuine(stage, context)

    def resume(_: int) -> str | None:
        with stage.run() as context:
            return carry_on(context).row.decision

    yield
    with ThreadPoolExecutor(AT_ONCE) as callers:
        answers = set(callers.map(resume, range(AT_ONCE)))
    first = decisions(stage)
    if answers != {stage.release} or len(first) != 1:
        return executed(msg("callers were told: {answers}", answers=", ".join(sorted(map(str, answers)))))
    return _first_stands(stage, first)


@refused_by("ALREADY_SIGNED")
def concurrent_decisions(stage: Stage) -> Moves:
    """One key says GO and NO-GO at the same moment."""
    with stage.run() as context:
        person, asked = victim(stage, context), asked_of(context)
        least = asked.trust.signoff.least_presence[stage.release]
        words: tuple[Decision, ...] = (stage.release, "NO-GO")
        both = [statement(stage, context, asked, person.principal, word, presence=least) for word in words]

    def answer(number: int) -> str:
        data = both[number].to_bytes()
        with stage.run() as context:
            try:
                submit(context, asked, data, key_of(person, least).sign(data, SIGNOFF_NAMESPACE))
            except GonogoError as error:
                return error.code
        return ""

    yield
    with ThreadPoolExecutor(2) as callers:
        said = sorted(callers.map(answer, range(2)))
    return refused(said[1]) if said[0] == "" and said[1] else executed(msg("both answers were taken"))


@refused_by("ALREADY_DECIDED")
def no_then_goto(stage: Stage) -> Moves:
    """A signed NO-GO, the graph sent to the commit, then a GO."""
    with stage.run() as context:
        sign_genuine(stage, context, "NO-GO")
        with raw_graph(context) as graph:
            yield
            graph.answer(GO, goto="commit")
    return _no_stands(stage)


@refused_by("ALREADY_DECIDED")
def second_after_no(stage: Stage) -> Moves:
    """A GO after a committed NO-GO, also planted in the ledger."""
    with stage.run() as context:
        person, asked = victim(stage, context), asked_of(context)
        give_genuine(stage, context, "NO-GO")
        said = statement(stage, context, asked, person.principal, stage.release)
        yield
        with suppress(GonogoError):
            hand_in(stage, context, said, key_of(person, said.presence))
    return _no_stands(stage)


@refused_by()
def subgraph(stage: Stage) -> Moves:
    """An interrupt inside a part of the graph loses what its neighbours wrote."""
    with stage.run() as context, raw_graph(context) as graph:
        parts = graph.parts()
    if not parts:
        return not_applicable(msg("the compiled graph has no part that is a graph of its own"))
    yield
    return executed(msg("the graph has parts of its own: {parts}", parts=", ".join(parts)))


def _no_stands(stage: Stage) -> Result:
    found = decisions(stage)
    if [decision for _, decision, _ in found] != ["NO-GO"]:
        return executed(msg("decided: {decisions}", decisions=", ".join(decision for _, decision, _ in sorted(found))))
    return _first_stands(stage, found)


def _first_stands(stage: Stage, first: frozenset[tuple[str, str, bytes]]) -> Result:
    """Whoever comes later gets a refusal, and the first outcome is the only one."""
    code = second_decision(stage)
    if decisions(stage) != first:
        return executed(msg("the first outcome was replaced"))
    return refused(code) if code else executed(msg("a second decision was taken"))
