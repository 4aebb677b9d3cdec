"""First use: enrolling the operator's existing public key in the local trust store, outside the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.declared_gates import choose, offered, say_commands
from gonogo_agents.git import operator_git
from gonogo_agents.sshkeys import discover
from gonogo_agents.texts import yes_words
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.text import Text, msg
from gonogo_graph.context import trust_of
from gonogo_policies.packaged import packaged_config
from gonogo_policies.trust import Enrolment, apply, enrol, trust_folder
from gonogo_policies.trust_pin import check, look, pin, real, said
from gonogo_policies.trust_store import make_store

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo.cli.context import Output
    from gonogo.declared_gates import Declared, Wanted
    from gonogo_agents.sshkeys import KeyChoice
    from gonogo_graph.session import Session
    from gonogo_policies.trust import Trust


def enrolled(session: Session) -> Trust | None:
    """The trust roots of this repository, or None where nobody is enrolled."""
    try:
        return trust_of(session.places, session.repository, packaged_config())
    except Inconclusive:
        return None


def default_operator(session: Session) -> str | None:
    """The enrolled principal, else git's ``user.email``."""
    trust = enrolled(session)
    if trust is not None and trust.principal:
        return trust.principal
    try:
        done = operator_git(session.world, session.repository.root).attempt("config", "--get", "user.email")
    except GonogoError:
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None


def offer_enrolment(output: Output, session: Session, gates: Wanted | None = None) -> list[str]:
    """Before the first run, on a terminal: ask whether the operator's key shall be the one that signs.

    Returns the files that were written.
    """
    if enrolled(session) is not None:
        return []
    keys = [key for key in discover(output.world) if key.public_file is not None or key.in_agent]
    if not keys:
        output.say(no_key_text())
        return []
    key = keys[0] if len(keys) == 1 else _choose(output, keys)
    principal, offer = _name(output, key), offered(session)
    chosen = choose(output, offer, gates, ask=True)
    plan = plan_enrolment(session, principal, key, chosen)
    output.say(msg("This key would sign for you here: {key} ({file})", key=key.public.fingerprint, file=_file(key)))
    say_commands(output, offer, chosen)
    answer = output.ask(msg("Enrol it as {principal}? Type yes:", principal=principal))
    if answer.lower() not in yes_words(output.language):
        output.say(msg("Not enrolled. The run goes on; nobody can sign it before gonogo init."))
        return []
    written = carry_out(session, plan)
    output.say(msg("Enrolled {principal}; trust: local.", principal=principal))
    return written


def plan_enrolment(session: Session, principal: str, key: KeyChoice, gates: Declared) -> Enrolment:
    """What enrolling would write, all of it in the trust store. Nothing is written yet."""
    return enrol(_trust(session), principal, key.public.line, key_file=_file(key) or None, gates=gates.data)


def carry_out(session: Session, plan: Enrolment) -> list[str]:
    """Write the plan, and pin trust store and ledger to each other; returns the files that were written.

    A pair that was pinned elsewhere is refused before anything is written: see :func:`settle_places`.
    """
    pair = look(plan.folder, session.places.state)
    if pair.fit in {"other-trust", "other-state"}:
        check(plan.folder, session.places.state)
    apply(plan)
    if pair.fit != "pinned":
        pin(plan.folder, session.places.state, session.world.token(16))
    return [str(change.path) for change in plan.changes]


def settle_places(output: Output, session: Session) -> None:
    """``gonogo init`` at a terminal: where trust store or ledger is not the enrolled one, ask whether it shall be.

    Raises:
        Refused: ``TRUST_ELSEWHERE``, ``STATE_ELSEWHERE``, ``PIN_LOST``: the answer was not yes.
    """
    trust, state = _trust(session), session.places.state
    pair = look(trust, state)
    if pair.fit == "pinned" or (pair.fit == "unpinned" and enrolled(session) is None):
        return
    if pair.fit != "unpinned":
        output.say(said(pair))
        question = msg(
            "From now on, shall {trust} say who may sign, and {state} hold the ledger? Type yes:",
            trust=real(trust),
            state=real(state),
        )
        if output.ask(question).lower() not in yes_words(output.language):
            check(trust, state)
    make_store(trust)
    pin(trust, state, session.world.token(16))
    output.say(msg("Trust store and ledger are enrolled together now."))


def no_key_text() -> Text:
    """What to say where there is no key at all."""
    return msg("No SSH key was found. Make one, then enrol it: ssh-keygen -t ed25519 && gonogo init")


def _trust(session: Session) -> Path:
    return trust_folder(session.places.config_home, session.places.repository_id)


def _choose(output: Output, keys: list[KeyChoice]) -> KeyChoice:
    for number, key in enumerate(keys, start=1):
        output.say(msg("{number}: {key} {file}", number=number, key=key.public.fingerprint, file=_file(key)))
    answer = output.ask(msg("Which key is yours? Type its number:"))
    if not answer.isdecimal() or not 1 <= int(answer) <= len(keys):
        raise BadInput("KEY_NOT_CHOSEN", msg("No key was chosen."), next_step=msg("gonogo init"))
    return keys[int(answer) - 1]


def _name(output: Output, key: KeyChoice) -> str:
    suggestion = key.comment.split()[0] if key.comment.split() else "operator"
    answer = output.ask(msg("Your name as signer [{name}]:", name=suggestion))
    return answer or suggestion


def _file(key: KeyChoice) -> str:
    return str(key.public_file) if key.public_file else ""
