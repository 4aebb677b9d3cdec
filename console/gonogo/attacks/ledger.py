"""Attacks by whoever can write the ledger: rows edited, forged and forgotten."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gonogo.attacks.interface import executed, refused_by
from gonogo.attacks.keys import ThrowAwayKey
from gonogo.attacks.moves import (
    asked_of,
    decisions,
    edit,
    give_genuine,
    key_of,
    plant,
    sign_genuine,
    statement,
    told,
    victim,
)
from gonogo.attacks.stage import DECIDED
from gonogo.cli.runs import open_conditions
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.ids import Principal
from gonogo_evidence.statement import CLOSE_NAMESPACE, SIGNOFF_NAMESPACE, CloseStatement, Evidence
from gonogo_evidence.text import msg
from gonogo_graph.conditions import conditions_of
from gonogo_graph.drive import carry_on
from gonogo_graph.engine import attest_outcome
from gonogo_graph.proof import sealed_as_named
from gonogo_graph.raw import raw_graph
from gonogo_graph.signing import submit
from gonogo_graph.store import Close

if TYPE_CHECKING:
    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.stage import Stage


@refused_by("SSHSIG_BAD")
def edited_answer(stage: Stage) -> Wordless:
    """A signed NO-GO whose row was made a GO."""
    with stage.run() as context:
        person, asked = victim(stage, context), asked_of(context)
        least = asked.trust.signoff.least_presence[stage.release]
        data = statement(stage, context, asked, person.principal, "NO-GO", presence=least).to_bytes()
        submit(context, asked, data, key_of(person, least).sign(data, SIGNOFF_NAMESPACE))
        good = statement(stage, context, asked, person.principal, stage.release).to_bytes()
        edit(stage, "UPDATE signoffs SET decision = ?, statement = ? WHERE decision = 'NO-GO'", stage.release, good)
        yield
        carry_on(context)


@refused_by("REVIEW_CHANGED")
def edited_request(stage: Stage) -> Wordless:
    """A request that was made to name another pack."""
    with stage.run() as context:
        sign_genuine(stage, context)
        edit(stage, f"UPDATE requests SET pack_digest = '{'0' * 64}'")  # noqa: S608 - our own words
        yield
        carry_on(context)


@refused_by("OUTCOME_DIFFERS")
def forged_outcome(stage: Stage) -> Moves:
    """A single-use row that says GO, attested with the engine's own key, and no answer behind it."""
    with stage.run() as context:
        asked = asked_of(context)
        body = attest_outcome(
            context.places,
            pack_id=asked.sealed.pack_id,
            pack_digest=asked.sealed.pack_digest,
            outcome={
                "run_id": context.run_id,
                "decision": "GO",
                "signoffs": [],
                "principals": [str(stage.people[0].principal)],
                "review_digest": asked.sealed.review_digest,
                "request_id": asked.request.request_id,
                "policy_digest": asked.trust.policy_digest,
                "committed": context.stamp(),
            },
        )
        edit(stage, "INSERT INTO spent VALUES (?, 'GO', 'INTENT', ?, ?)", context.run_id, body, context.stamp())
        yield
        return told(lambda: carry_on(context), msg("the forged outcome was carried out"))


@refused_by("OUTCOME_DIFFERS")
def turned_outcome(stage: Stage) -> Moves:
    """The single-use row of a NO-GO, made a GO."""
    with stage.run() as context:
        give_genuine(stage, context, "NO-GO")
        edit(stage, "UPDATE spent SET decision = 'GO'")
        yield
        return told(lambda: carry_on(context), msg("the row was believed"))


@refused_by("DECISION_FORGOTTEN")
def forgotten_decision(stage: Stage) -> Moves:
    """The single-use row, the answers and the outcome of a decided run removed, and another decision signed."""
    stage.restore(DECIDED)
    edit(stage, "DELETE FROM spent; DELETE FROM signoffs")
    for path in (stage.pack / "review").iterdir():
        if path.name == "outcome.json" or ".signoff." in path.name:
            path.unlink()
    yield
    with stage.run() as context:
        return told(lambda: give_genuine(stage, context, "NO-GO"), msg("it was decided a second time"))


@refused_by("RUN_ABANDONED")
def abandoned_run(stage: Stage) -> Moves:
    """An abandoned run, with good answers planted, sent to the commit."""
    with stage.run() as context:
        person, asked = victim(stage, context), asked_of(context)
        said = statement(stage, context, asked, person.principal, stage.release)
        data, key = said.to_bytes(), key_of(person, said.presence)
        submit(context, asked, data, key.sign(data, SIGNOFF_NAMESPACE))
        context.store.abandon(context.run_id, "nobody", "gonogo attack", context.stamp())
        with raw_graph(context) as graph:
            yield
            result = told(lambda: graph.goto("commit"), msg("the graph committed it"))
    return executed(msg("it was decided all the same")) if decisions(stage) else result


@refused_by("SIGNER_UNTRUSTED")
def forged_close(stage: Stage) -> Moves:
    """A condition of the decision closed by a row in the ledger, signed by a key that nobody enrolled."""
    key = ThrowAwayKey()
    with stage.session() as session:
        context = session.context(session.find(stage.run_id))
        give_genuine(stage, context, "GO-WITH-CONDITIONS")
        (point, *_) = conditions_of(context)
        said = CloseStatement(
            run_id=context.run_id,
            pack_digest=sealed_as_named(context).pack_digest,
            signoff_digest=point.signoff,
            condition=point.condition.number,
            evidence=Evidence("nothing.txt", point.signoff, 1),
            principal=Principal(stage.people[0].principal),
            issued=context.stamp(),
        ).to_bytes()
        who = stage.people[0].principal
        context.store.add_close(
            Close(context.run_id, point.number, who, said, key.sign(said, CLOSE_NAMESPACE), context.stamp())
        )
        yield
        result = told(lambda: carry_on(context), msg("the close was placed beside the pack"))
        still_open = open_conditions(session, session.find(stage.run_id))
    return result if point.number in still_open else executed(msg("the condition counts as met"))


@refused_by("SSHSIG_MALFORMED")
def planted_answers(stage: Stage) -> Wordless:
    """Rows in the ledger that say GO in every signer's name, with nothing behind them."""
    yield
    with stage.run() as context:
        for person in stage.people:
            with suppress(GonogoError):
                plant(stage, context, b'{"decision":"GO"}', b"GO", person.plain)
        carry_on(context)
