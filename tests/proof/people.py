"""Who signs, and every way in which a signature can be wrong. Each statement is remembered with what is true of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical
from gonogo_evidence.ids import Digest, Principal, RunId
from gonogo_evidence.statement import SIGNOFF_NAMESPACE, Card, Condition, SignoffStatement, format_time
from gonogo_graph.store import SignOff
from proof.state import HOURS, PACK, RUN
from support.signing import SoftKey
from support.signoffs import FORMAL, NOW, PACKAGED, STRICT, signer_line, signers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.statement import Decision
    from gonogo_policies.trust import Trust
    from proof.world import Disk

KEYS: Final = {name: SoftKey(number) for number, name in enumerate(("ada", "bob", "mallory"), start=20)}
ZERO: Final = Digest("0" * 64)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a statement, whatever anybody's code says of it."""

    who: str
    decision: Decision
    names: frozenset[str]
    """The open points that its conditions name."""
    about: tuple[str, str, str, str]
    """Pack digest, review digest, request and policy that it was really made for."""
    until: int
    """Hours after which it counts no longer."""
    sound: bool
    """The signature is its signer's own, for this purpose, over these bytes, with presence enough."""


TRUE: Final[dict[tuple[str, bytes], Truth]] = {}
"""By the statement's digest and the signature."""

DEFECTS: Final = (
    "another pack", "another review", "another run", "an older request", "another policy", "expired", "no presence",
    "a foreign key", "somebody else's name", "another namespace", "other bytes", "signed too early", "too long",
)  # fmt: skip


def trusts(level: str, *, quorum: int = 1) -> tuple[Trust, Trust]:
    """The policy in force, and the one that replaces it: another digest, and ada no longer in it."""
    from support.signoffs import trusting

    lines = {name: signer_line(name, KEYS[name]) for name in ("ada", "bob")}
    people_alone = tuple(pair for pair in STRICT.pairs if pair.second == "signer")  # nobody attests a duty here
    separation = replace(STRICT, pairs=people_alone) if level == "strict" else FORMAL
    first = trusting("".join(lines.values()), separation=separation, quorum=quorum)
    hours = replace(PACKAGED, request_valid_hours=HOURS[2] - 5, decision_valid_hours=HOURS[1] - 5, quorum=quorum)
    first = replace(first, signoff=hours)
    return first, replace(first, signers=signers_of(lines["bob"]), policy_digest=Digest("e" * 64))


def conditions(names: tuple[str, ...]) -> tuple[Condition, ...]:
    """A condition for each open point; one about nothing where there is none."""
    return tuple(
        Condition(number, f"{name}: show it.", "bob", "2026-02-01")
        for number, name in enumerate(names or ("something",), start=1)
    )


@cache
def key_signature(name: str, message: bytes, namespace: str) -> bytes:
    """Signatures are made once: they follow from the bytes."""
    return KEYS[name].sign(message, namespace)


def statement(disk: Disk, who: str, decision: Decision, *, defect: str = "", unnamed: bool = False) -> SignOff:
    """A row for the ledger, as somebody with the database open would write it: right in all, or wrong in one thing."""
    request, trust = disk.store.request(RUN), disk.trust_of()
    assert request is not None
    sealed = disk.sealed_as_named(disk.context)
    named = () if unnamed or decision != "GO-WITH-CONDITIONS" else sealed.inconclusive
    at = NOW + timedelta(hours=HOURS[disk.now.hour])
    said = SignoffStatement(
        run_id=RUN,
        pack_id=PACK,
        pack_digest=sealed.pack_digest,
        review_digest=sealed.review_digest,
        request_id=request.request_id,
        decision=decision,
        reason="looked",
        conditions=conditions(named) if decision == "GO-WITH-CONDITIONS" else (),
        principal=Principal(who),
        presence="unproven" if decision == "NO-GO" else "typed",
        policy_digest=trust.policy_digest,
        card=Card("review/card.txt", ZERO),
        issued=format_time(at),
        not_after=format_time(at + timedelta(hours=trust.signoff.decision_valid_hours)),
    )
    said, key, namespace = _spoilt(said, who, defect)
    data = said.to_bytes()
    signature = key_signature(key, data, namespace)
    if defect == "other bytes":
        data = replace(said, reason="looked, and more").to_bytes()
    about = (said.pack_digest, said.review_digest, said.request_id, said.policy_digest)
    until = HOURS[disk.now.hour] + trust.signoff.decision_valid_hours if defect != "expired" else -1
    sound = defect in {"", "another pack", "another review", "an older request", "another policy", "expired"}
    names = frozenset(named)
    TRUE[canonical.digest_of(data), signature] = Truth(key, decision, names, about, until, sound and who != "mallory")
    return SignOff(
        digest=canonical.digest_of(data),
        run_id=RUN,
        request_id=request.request_id,
        fingerprint=KEYS[key].public.fingerprint,
        principal=who,
        decision=decision,
        statement=data,
        signature=signature,
        received=format_time(at),
    )


def _spoilt(said: SignoffStatement, who: str, defect: str) -> tuple[SignoffStatement, str, str]:
    wrongs: dict[str, dict[str, object]] = {
        "another pack": {"pack_digest": ZERO},
        "another review": {"review_digest": ZERO},
        "another run": {"run_id": RunId("20260101-000000-ffffff")},
        "an older request": {"request_id": "f" * 16},
        "another policy": {"policy_digest": ZERO},
        "expired": {
            "issued": format_time(NOW - timedelta(minutes=4)),
            "not_after": format_time(NOW - timedelta(minutes=3)),
        },
        "no presence": {"presence": "unproven"},
        "signed too early": {"issued": format_time(NOW - timedelta(hours=1))},
        "too long": {"not_after": format_time(NOW + timedelta(hours=500))},
        "somebody else's name": {"principal": Principal("bob" if who == "ada" else "ada")},
    }
    wrong = wrongs.get(defect, {})
    key = "mallory" if defect == "a foreign key" else who
    namespace = "git" if defect == "another namespace" else SIGNOFF_NAMESPACE
    return replace(said, **wrong), key, namespace  # type: ignore[arg-type]


def every(disk: Disk, people: tuple[str, ...]) -> Iterator[tuple[str, SignOff]]:
    """Every sign-off of these people on what lies there now, right and wrong, in words."""
    for who in people:
        for decision in ("GO", "GO-WITH-CONDITIONS", "NO-GO"):
            yield f"{who}: {decision}", statement(disk, who, decision)
            for defect in DEFECTS:
                if (defect, decision) != ("no presence", "NO-GO"):
                    yield f"{who}: {decision}, {defect}", statement(disk, who, decision, defect=defect)
        yield f"{who}: GO-WITH-CONDITIONS, unnamed", statement(disk, who, "GO-WITH-CONDITIONS", unnamed=True)
