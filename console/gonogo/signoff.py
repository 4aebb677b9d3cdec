"""The operator's part of the sign-off: card on the screen, words typed from it, their key, their signature."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.cli.streams import emit, visible_lines
from gonogo_agents.redact_run import refuse_secrets
from gonogo_agents.render.words import digest_words
from gonogo_agents.sshkeys import KeyChoice, choice_from_file, key_for, sign
from gonogo_agents.texts import parse_date
from gonogo_evidence import canonical
from gonogo_evidence.allowed_signers import find
from gonogo_evidence.drill import FIELD as DRILL
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.statement import SIGNOFF_NAMESPACE, Condition, Decision, Presence
from gonogo_evidence.text import msg
from gonogo_graph.elsewhere import ask_copy, leave, under_policy
from gonogo_graph.signing import Asked, Said, ask, deciders, draft, statement_for, submit, take_back, words_of
from gonogo_policies.drilled import counts, newest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gonogo.cli.context import Output
    from gonogo_evidence.allowed_signers import Signer
    from gonogo_evidence.ids import JSONObject
    from gonogo_graph.context import RunContext
    from gonogo_graph.store import Request
    from gonogo_policies.signoff import Judged
    from gonogo_policies.trust import Trust

TRIES = 3
"""How often the words may be mistyped."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator decided, before it is signed."""

    decision: Decision
    reason: str
    conditions: tuple[Condition, ...]
    key: str | None


def parse_conditions(given: Sequence[str]) -> tuple[Condition, ...]:
    """Read ``TEXT; owner=P; due=YYYY-MM-DD`` (or ``31.12.2026``), numbered from 1."""
    return tuple(_condition(number, text) for number, text in enumerate(given, start=1))


def _condition(number: int, given: str) -> Condition:
    parts = [part.strip() for part in given.split(";")]
    named = dict(re.split(r"\s*=\s*", part, maxsplit=1) for part in parts[1:] if "=" in part)
    if not parts[0] or set(named) != {"owner", "due"} or len(named) != len(parts) - 1 or not named["owner"]:
        raise BadInput(
            "CONDITION_FORM",
            msg("Condition {number} needs a text, an owner and a due date.", number=number),
            where=given,
            next_step=msg('--condition "TEXT; owner=NAME; due=2026-12-31"'),
        )
    return Condition(number, parts[0], named["owner"], parse_date(named["due"]).isoformat())


def sign_decision(output: Output, context: RunContext, answer: Answer) -> None:
    """Show the card, prove presence as policy asks, sign, and hand the signed answer in."""
    _check_answer(answer)
    before = context.store.request(context.run_id)
    asked = ask(context, output.language)
    if answer.decision == "NO-GO" and take_back(context, signing_key(output, asked.trust, answer.key)[0].public):
        asked = ask(context, output.language)
    if before is not None and before.request_id != asked.request.request_id:
        _say_lapsed(output, context, before)
    statement, signature = _signed(output, asked, answer, partial(statement_for, context, asked))
    _say_signed(output, submit(context, asked, statement, signature))


def sign_copy(output: Output, folder: Path, trust: Trust, answer: Answer) -> Path:
    """The same on a copy of a pack, where its run does not live. Returns the sign-off that is to be brought there."""
    _check_answer(answer)
    asked = under_policy(ask_copy(folder, trust, output.language, at=output.world.now()), answer.decision)

    def drafted(said: Said) -> bytes:
        refuse_secrets(output.world, words_of(said))
        return draft(asked, said, at=output.world.now().replace(microsecond=0))

    statement, signature = _signed(output, asked, answer, drafted)
    path, judged = leave(asked, statement, signature, at=output.world.now())
    _say_signed(output, judged)
    return path


def _signed(output: Output, asked: Asked, answer: Answer, statement: Callable[[Said], bytes]) -> tuple[bytes, bytes]:
    """Show the card, prove presence as policy asks, and sign; returns the statement and its signature."""
    emit(sys.stderr, visible_lines(asked.card))
    key, signer = signing_key(output, asked.trust, answer.key)
    drills = _trained(output, asked.trust, signer.principal) if answer.decision != "NO-GO" else ()
    said = Said(answer.decision, answer.reason, answer.conditions, signer.principal, "unproven", drills)
    statement(said)  # what cannot be released is refused before anybody types words for it
    made = statement(replace(said, presence=_presence(output, asked, answer.decision, key)))
    if key.hardware:
        output.say(msg("Touch your key now."))
    signed = sign(
        output.world,
        made,
        key=key,
        namespace=SIGNOFF_NAMESPACE,
        interactive=output.interactive and not output.json,
    )
    return made, signed.signature


def _trained(output: Output, trust: Trust, principal: str) -> tuple[JSONObject, ...]:
    """The signed results of drills that the policy asks of this person; what there is of them on this machine."""
    policy = trust.signoff
    if not policy.drills_required:
        return ()
    from gonogo.drills import sessions  # noqa: PLC0415 - only where policy asks for drills
    from gonogo.drills.result import drill_keys, results  # noqa: PLC0415 - the same

    now, people = output.world.now(), trust.people()
    found = results(sessions(output.world), drill_keys(output.world))
    own = [
        (result, canonical.loads_object(session.signed.encode()))
        for result, session in found
        if counts(result, principal, people, now, policy.drills_max_age_days)
    ]
    return tuple(newest(own, policy.drills_required))


def _say_signed(output: Output, judged: Judged) -> None:
    output.say(
        msg(
            "signed {decision} as {principal} with {key}, presence {presence}",
            decision=judged.statement.decision,
            principal=judged.signer.principal,
            key=judged.signer.key.fingerprint,
            presence=judged.presence,
        )
    )


def _say_lapsed(output: Output, context: RunContext, before: Request) -> None:
    """Who had answered the request that was just replaced: their answers stay on the ledger, and count no longer."""
    for row in context.store.signoffs(context.run_id, before.request_id):
        output.say(
            msg(
                "{who} had signed {decision} on {when}; it was never committed, its request ended, and it no longer"
                " counts.",
                who=row.principal,
                decision=row.decision,
                when=row.received,
            )
        )


def _check_answer(answer: Answer) -> None:
    """What can be seen to be wrong before anybody reads the card."""
    if not answer.reason.strip():
        raise BadInput("REASON_EMPTY", msg("A reason is needed."), next_step=msg("--reason TEXT"))
    if bool(answer.conditions) != (answer.decision == "GO-WITH-CONDITIONS"):
        raise BadInput(
            "CONDITIONS_FIT",
            msg(
                "GO-WITH-CONDITIONS, and no other decision, has conditions; here: {decision}.", decision=answer.decision
            ),
            next_step=msg('--decision GO-WITH-CONDITIONS --condition "TEXT; owner=NAME; due=2026-12-31"'),
        )


def signing_key(
    output: Output, trust: Trust, named: str | None, namespace: str = SIGNOFF_NAMESPACE
) -> tuple[KeyChoice, Signer]:
    """The key to sign with, and whom the policy knows it as. A key that would not count is refused before it signs."""
    if named is not None:
        key = choice_from_file(output.world, Path(named))
    else:
        key = key_for(output.world, [signer.key for signer in trust.signers], hint=trust.key_file)
    signer = next((signer for signer in trust.signers if signer.key.blob == key.public.blob), None)
    if signer is None:
        raise Refused(
            "SIGNER_UNTRUSTED",
            msg("The key {key} is not among the allowed signers.", key=key.public.fingerprint),
            where=str(key.public_file or ""),
            next_step=msg("Sign with an enrolled key: --key FILE"),
        )
    return key, find(trust.signers, signer.key, namespace, output.world.now())


def _presence(output: Output, asked: Asked, decision: Decision, key: KeyChoice) -> Presence:
    """What shows that a person is there: a hardware key's touch, or words typed from the card at a terminal."""
    if key.hardware:
        return "touch"
    if decision == "NO-GO" or not output.interactive:
        return "unproven"
    words = digest_words(asked.sealed.pack_digest)
    for _ in range(TRIES):
        typed = output.ask(
            msg("Type the four words of the digest from the card to sign {decision}:", decision=decision)
        )
        if tuple(typed.lower().replace("-", " ").split()) == words:
            return "typed"
        output.say(msg("These are not the words on the card."))
    raise Refused(
        "PRESENCE_NOT_SHOWN",
        msg("The words were not typed; nothing was signed."),
        where=asked.sealed.pack_id,
        next_step=msg("Read the card and sign again."),
    )


def say_decided(output: Output, context: RunContext, *, mine: bool) -> None:
    """Say who decided what and when, and whether this command committed it or came to find it so."""
    spent = context.store.spent(context.run_id)
    if spent is None:
        return
    words = {"who": ", ".join(deciders(spent)), "decision": spent.decision, "when": spent.at}
    if mine:
        output.say(msg("{who} decided {decision} on {when}; it is committed.", **words))
    else:
        output.say(msg("{who} decided {decision} on {when}; it was committed before.", **words))
    if DRILL in context.inputs:
        output.say(msg("DRILL: this is a drill's {decision}; it releases nothing.", decision=spent.decision))
