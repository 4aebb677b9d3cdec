"""What attackers and, in the control, the copy's people do: play a run, answer, plant an answer, edit a database."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gonogo.attacks.interface import Result, executed, refused
from gonogo.attacks.stage import BASE
from gonogo_agents.git import own_git
from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.ids import Digest, Principal
from gonogo_evidence.statement import SIGNOFF_NAMESPACE, Card, Condition, SignoffStatement
from gonogo_graph.context import trust_of
from gonogo_graph.drive import carry_on
from gonogo_graph.signing import Asked, ask, submit
from gonogo_graph.start import Options, start_run
from gonogo_graph.store import SignOff
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gonogo.attacks.keys import Person, ThrowAwayKey
    from gonogo.attacks.stage import Stage
    from gonogo_agents.workers import Crew
    from gonogo_evidence.statement import Decision, Presence
    from gonogo_evidence.text import Text
    from gonogo_graph.context import RunContext
    from gonogo_graph.store import RunRow

LAYER = "L0"
AUTHOR = "Nobody <nobody@attack.invalid>"


def play_run(
    stage: Stage, ref: str, reason: str = "gonogo attack", *, crew: Crew | None = None, dataset: str | None = None
) -> str:
    """A run of the copy to its hold point; returns its id."""
    with stage.session() as session:
        context = start_run(
            Options(layer=LAYER, reason=reason, operator=stage.starter, git_ref=ref, dataset_snapshot=dataset),
            world=session.world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        carry_on(context, crew=crew)
        return context.run_id


def asked_of(context: RunContext) -> Asked:
    """The newest request, as ``gonogo sign`` opens it."""
    return ask(context, "en")


def statement(
    stage: Stage,
    context: RunContext,
    asked: Asked,
    who: str,
    decision: Decision = "GO",
    **changes: Any,  # noqa: ANN401 - any field of the statement
) -> SignoffStatement:
    """What a signer of the copy would sign, with whatever an attacker wants to be different in it."""
    hours = asked.trust.signoff.decision_valid_hours
    conditions = _conditions(stage, asked, who) if decision == "GO-WITH-CONDITIONS" else ()
    said = SignoffStatement(
        run_id=context.run_id,
        pack_id=asked.sealed.pack_id,
        pack_digest=asked.sealed.pack_digest,
        review_digest=asked.sealed.review_digest,
        request_id=asked.request.request_id,
        decision=decision,
        reason="gonogo attack",
        conditions=conditions,
        principal=Principal(who),
        presence=asked.trust.signoff.least_presence[decision],
        policy_digest=asked.trust.policy_digest,
        card=Card(f"review/{asked.card_name}", canonical.digest_of(asked.card.encode())),
        issued=context.stamp(),
        not_after=context.stamp(hours=hours),
    )
    return replace(said, **changes)


def _conditions(stage: Stage, asked: Asked, who: str) -> tuple[Condition, ...]:
    day = f"{stage.world.now():%Y-%m-%d}"
    names = asked.sealed.inconclusive or ("it",)
    return tuple(Condition(number, f"{name} is looked at", who, day) for number, name in enumerate(names, start=1))


def key_of(person: Person, presence: Presence) -> ThrowAwayKey:
    """The key with which a person can show that presence."""
    return person.touch if presence == "touch" else person.plain


def give_genuine(stage: Stage, context: RunContext, decision: Decision | None = None) -> str | None:
    """The people it takes sign, and the run is carried on; returns what was decided."""
    sign_genuine(stage, context, decision)
    return carry_on(context).row.decision


def signers_needed(stage: Stage, context: RunContext) -> Sequence[Person]:
    """So many people that quorum and required roles are met: those with a required role first."""
    policy = context.trust().signoff
    able = [person for person in stage.people if person.principal != stage.starter] or list(stage.people)
    if context.trust().separation.level == "formal":
        able = list(stage.people)
    holders = [person for person in able if policy.roles.get(person.principal) in policy.require_roles]
    ordered = list(dict.fromkeys([*holders, *able]))
    return ordered[: max(policy.quorum, len(holders))]


def hand_in(
    stage: Stage,
    context: RunContext,
    said: SignoffStatement | bytes,
    key: ThrowAwayKey,
    namespace: str = SIGNOFF_NAMESPACE,
) -> RunRow:
    """Sign and hand in at the front door; where that is refused, plant the answer in the ledger and carry on.

    Raises what the second way ran into: the front door alone would prove little about a ledger that anybody can write.
    """
    data = said if isinstance(said, bytes) else said.to_bytes()
    return plant(stage, context, data, key.sign(data, namespace), key)


def plant(stage: Stage, context: RunContext, data: bytes, signature: bytes, key: ThrowAwayKey) -> RunRow:
    """An answer's bytes, by both ways."""
    asked = asked_of(context)
    with suppress(GonogoError):
        submit(context, asked, data, signature)
    row = SignOff(
        digest=Digest(canonical.digest_of(data)),
        run_id=context.run_id,
        request_id=asked.request.request_id,
        fingerprint=key.public.fingerprint,
        principal=stage.people[0].principal,
        decision="GO",
        statement=data,
        signature=signature,
        received=context.stamp(),
    )
    context.store.add_signoff(row)
    return carry_on(context).row


def edit(stage: Stage, script: str, *values: object, database: str = "gonogo.db") -> None:
    """Somebody with a database open."""
    with closing(sqlite3.connect(stage.state / database)) as connection:
        if values:
            connection.execute(script, values)
        else:
            connection.executescript(script)
        connection.commit()


def look(stage: Stage, query: str, database: str = "gonogo.db", *, state: Path | None = None) -> list[tuple[Any, ...]]:
    """Rows of a database of the stage's state folder, or of another one."""
    with closing(sqlite3.connect((state or stage.state) / database)) as connection:
        return connection.execute(query).fetchall()


def sign_one(stage: Stage, context: RunContext, person: Person, decision: Decision) -> None:
    """One of the copy's people reads the card and signs."""
    asked = asked_of(context)
    said = statement(stage, context, asked, person.principal, decision)
    data = said.to_bytes()
    submit(context, asked, data, key_of(person, said.presence).sign(data, SIGNOFF_NAMESPACE))


def sign_genuine(stage: Stage, context: RunContext, decision: Decision | None = None) -> None:
    """The people it takes sign, and nobody carries the run on."""
    for person in signers_needed(stage, context):
        sign_one(stage, context, person, decision or stage.release)


def victim(stage: Stage, context: RunContext) -> Person:
    """The person whose answer is forged: everybody else whom it takes has signed, so only that answer is missing."""
    *others, last = signers_needed(stage, context)
    for person in others:
        sign_one(stage, context, person, stage.release)
    return last


def decisions(stage: Stage) -> frozenset[tuple[str, str, bytes]]:
    """What is decided on this stage: run, decision, outcome."""
    return frozenset(look(stage, "SELECT run_id, decision, outcome FROM spent"))


def refusals(stage: Stage) -> list[str]:
    """The codes on the stage's record, oldest first."""
    return [code for (code,) in look(stage, "SELECT code FROM refusals ORDER BY rowid")]


def second_decision(stage: Stage) -> str:
    """The code that whoever hands in another decision on the decided run gets; empty where it is taken."""
    with stage.run() as context:
        try:
            asked_of(context)
        except GonogoError as error:
            return error.code
    return ""


def rewrite_trust(stage: Stage, name: str, change: Callable[[bytes], bytes]) -> None:
    """Replace a trust file where it counts: at the protected ref that the store names, else in the store."""
    with stage.session() as session:
        before = trust_of(session.places, session.repository, packaged_config()).files.get(name, b"")
    if stage.trust.base_ref is None:
        path = stage.trust_store / name
        path.touch(mode=0o600)
        path.write_bytes(change(before))
    else:
        put_commit(stage, BASE, {f"config/{name}": change(before)}, parent=BASE)


def put_commit(
    stage: Stage, branch: str, files: Mapping[str, bytes], *, parent: str, links: Mapping[str, bytes] | None = None
) -> None:
    """Put a commit on a branch of the copy; ``links`` are symbolic links and where they point."""
    git = own_git(stage.world, stage.repo)
    start = git.line("rev-parse", "--verify", "--end-of-options", f"{parent}^{{commit}}")
    ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    stamp = f"{int(stage.world.now().timestamp())} +0000"
    stream = bytearray(f"feature done\ncommit {ref}\nauthor {AUTHOR} {stamp}\ncommitter {AUTHOR} {stamp}\n".encode())
    stream += b"data 9\na change\n\nfrom %b\n" % start.encode()
    for mode, changed in ((b"100644", files), (b"120000", links or {})):
        for path, data in changed.items():
            quoted = b"".join(b"\\%03o" % byte for byte in path.encode())
            stream += b'M %b inline "%b"\ndata %d\n%b\n' % (mode, quoted, len(data), data)
    git("fast-import", "--quiet", "--force", stdin=bytes(stream) + b"done\n")


def told(do: Callable[[], object], why: Text) -> Result:
    """The code with which something is refused; EXECUTED, for this reason, where it is not."""
    try:
        do()
    except GonogoError as error:
        return refused(error.code)
    return executed(why)
