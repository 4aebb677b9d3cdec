"""First use: enrolling the operator's existing public key in the local trust store, outside the repository."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, cast

from gonogo_agents.git import operator_git
from gonogo_agents.sshkeys import discover
from gonogo_agents.texts import yes_words
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.text import Text, msg
from gonogo_graph.context import trust_of
from gonogo_policies.packaged import packaged_config
from gonogo_policies.trust import Enrolment, apply, enrol, trust_folder

if TYPE_CHECKING:
    from gonogo.cli.context import Output
    from gonogo_agents.sshkeys import KeyChoice
    from gonogo_graph.session import Session
    from gonogo_policies.trust import Trust

GATES = (".gonogo/gates.toml", "config/gates.toml")
"""Where a repository says which gates it wants; enrolled as they are when the operator enrols."""


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


def offer_enrolment(output: Output, session: Session) -> None:
    """Before the first run, on a terminal: ask whether the operator's key shall be the one that signs."""
    if enrolled(session) is not None:
        return
    keys = [key for key in discover(output.world) if key.public_file is not None or key.in_agent]
    if not keys:
        output.say(no_key_text())
        return
    key = keys[0] if len(keys) == 1 else _choose(output, keys)
    principal = _name(output, key)
    plan = plan_enrolment(session, principal, key)
    output.say(msg("This key would sign for you here: {key} ({file})", key=key.public.fingerprint, file=_file(key)))
    for command in commands_in(plan):
        output.say(msg("and gates may run: {command}", command=command))
    answer = output.ask(msg("Enrol it as {principal}? Type yes:", principal=principal))
    if answer.lower() not in yes_words(output.language):
        output.say(msg("Not enrolled. The run goes on; nobody can sign it before gonogo init."))
        return
    apply(plan)
    output.say(msg("Enrolled {principal}; trust: local.", principal=principal))


def plan_enrolment(session: Session, principal: str, key: KeyChoice) -> Enrolment:
    """What enrolling would write, all of it in the trust store. Nothing is written yet."""
    folder = trust_folder(session.places.config_home, session.places.repository_id)
    return enrol(folder, principal, key.public.line, key_file=_file(key) or None, gates=_own_gates(session))


def commands_in(plan: Enrolment) -> list[str]:
    """The commands that the enrolled gates may run, so that the operator sees them before saying yes."""
    import tomllib  # noqa: PLC0415 - beside its only use

    found = next((change.after for change in plan.changes if change.path.name == "gates.toml"), None)
    document = tomllib.loads(found.decode()) if found else {}
    gates = cast("list[dict[str, list[str]]]", document.get("gate", []))
    return [shlex.join(gate["argv"]) for gate in gates if gate.get("argv")]


def no_key_text() -> Text:
    """What to say where there is no key at all."""
    return msg("No SSH key was found. Make one, then enrol it: ssh-keygen -t ed25519 && gonogo init")


def _own_gates(session: Session) -> bytes | None:
    commit = session.repository.resolve("HEAD")
    files = session.repository.config_files(commit)
    found = next((files[path] for path in GATES if path in files), None)
    return found if found and b"gonogo/gates/" in found else None


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
