"""What people sign: in-toto Statements (v1) for a sign-off and for the close of a condition.

Bytes and dataclass are one to one: :meth:`to_bytes` gives canonical JSON, :func:`SignoffStatement.from_bytes` takes
nothing else. Times are ``YYYY-MM-DDTHH:MM:SSZ``, days ``YYYY-MM-DD``, digests 64 lower-case hex digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeVar, get_args

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.statement_fields import (
    MAX_TEXT,
    PACK_ID,
    REQUEST_ID,
    RUN_ID,
    Fields,
    Problem,
    format_time,
    parse_time,
)
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_evidence.ids import JSON, JSONObject

Statement = TypeVar("Statement")

__all__ = [
    "CLOSE_NAMESPACE", "CLOSE_TYPE", "DECISIONS", "PRESENCES", "SEAL_TYPE", "SIGNOFF_NAMESPACE", "SIGNOFF_TYPE",
    "STATEMENT_TYPE", "Card", "CloseStatement", "Condition", "Decision", "Evidence", "IndexSeen", "Presence",
    "SignoffStatement", "format_time", "parse_time",
]  # fmt: skip

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
SIGNOFF_TYPE: Final = "urn:gonogo:signoff:v1"
CLOSE_TYPE: Final = "urn:gonogo:close:v1"
SEAL_TYPE: Final = "urn:gonogo:seal:v1"
SIGNOFF_NAMESPACE: Final = "gonogo-signoff@v1"
CLOSE_NAMESPACE: Final = "gonogo-close@v1"
MAX_BYTES: Final = 1024 * 1024
MAX_CONDITIONS: Final = 999
MAX_DRILLS: Final = 100
"""A statement is a page, not a book."""

Decision: TypeAlias = Literal["GO", "NO-GO", "GO-WITH-CONDITIONS"]
Presence: TypeAlias = Literal["touch", "confirmed", "typed", "unproven"]
DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)
PRESENCES: Final[tuple[Presence, ...]] = get_args(Presence)
"""From the strongest to the weakest."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a GO-WITH-CONDITIONS."""

    number: int
    """From 1, without gaps, in order."""
    text: str
    owner: str
    due: str
    """``YYYY-MM-DD``; that day still counts."""


@dataclass(frozen=True, slots=True)
class Card:
    """The card that the signer saw, by its path in the pack and its digest."""

    path: str
    sha256: Digest


@dataclass(frozen=True, slots=True)
class IndexSeen:
    """The index checkpoint that the signer saw."""

    origin: str
    size: int
    root: Digest


@dataclass(frozen=True, slots=True)
class SignoffStatement:
    """A decision about exactly one sealed pack and its review."""

    run_id: RunId
    pack_id: PackId
    pack_digest: Digest
    review_digest: Digest
    request_id: str
    decision: Decision
    reason: str
    conditions: tuple[Condition, ...]
    """Empty unless the decision is GO-WITH-CONDITIONS, and never empty then."""
    principal: Principal
    presence: Presence
    """A claim; only ``touch`` can be proven, from the signature."""
    policy_digest: Digest
    card: Card
    issued: str
    not_after: str
    index_seen: IndexSeen | None = None
    drills: tuple[JSONObject, ...] = ()
    """The signed results of drills that the signer brings, as DSSE envelopes; policy may require some."""

    def to_bytes(self) -> bytes:
        """Return the canonical bytes to sign. Raises :class:`BadInput` ``STATEMENT_INPUT`` for what cannot be said."""
        seen = self.index_seen
        predicate: JSONObject = {
            "run_id": self.run_id,
            "request_id": self.request_id,
            "decision": self.decision,
            "reason": self.reason,
            "conditions": [
                {"number": item.number, "text": item.text, "owner": item.owner, "due": item.due}
                for item in self.conditions
            ],
            "principal": self.principal,
            "presence": self.presence,
            "policy_digest": self.policy_digest,
            "card": {"path": self.card.path, "sha256": self.card.sha256},
            "issued": self.issued,
            "not_after": self.not_after,
            "index_seen": {"origin": seen.origin, "size": seen.size, "root": seen.root} if seen else None,
            **({"drills": list(self.drills)} if self.drills else {}),
        }
        subjects = {self.pack_id: self.pack_digest, "review": self.review_digest}
        return _write(SIGNOFF_TYPE, subjects, predicate, _read_signoff)

    @classmethod
    def from_bytes(cls, data: bytes) -> SignoffStatement:
        """Read canonical bytes, every key and type of them. Raises :class:`IntegrityBroken` ``STATEMENT_MALFORMED``."""
        return _parse(data, _read_signoff)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The file that shows that a condition is met."""

    name: str
    sha256: Digest
    size: int


@dataclass(frozen=True, slots=True)
class CloseStatement:
    """A condition of a signed GO-WITH-CONDITIONS is met."""

    run_id: RunId
    pack_digest: Digest
    signoff_digest: Digest
    """SHA-256 of the sign-off statement's bytes."""
    condition: int
    evidence: Evidence
    principal: Principal
    issued: str

    def to_bytes(self) -> bytes:
        """Return the canonical bytes to sign. Raises :class:`BadInput` ``STATEMENT_INPUT`` for what cannot be said."""
        evidence = self.evidence
        predicate: JSONObject = {
            "run_id": self.run_id,
            "condition": self.condition,
            "evidence": {"name": evidence.name, "sha256": evidence.sha256, "size": evidence.size},
            "principal": self.principal,
            "issued": self.issued,
        }
        subjects = {"pack": self.pack_digest, "signoff": self.signoff_digest, "evidence": evidence.sha256}
        return _write(CLOSE_TYPE, subjects, predicate, _read_close)

    @classmethod
    def from_bytes(cls, data: bytes) -> CloseStatement:
        """Read canonical bytes, every key and type of them. Raises :class:`IntegrityBroken` ``STATEMENT_MALFORMED``."""
        return _parse(data, _read_close)


_TOP = ("_type", "subject", "predicateType", "predicate")
_SIGNOFF = (
    "run_id", "request_id", "decision", "reason", "conditions", "principal", "presence", "policy_digest", "card",
    "issued", "not_after", "index_seen",
)  # fmt: skip
_CLOSE = ("run_id", "condition", "evidence", "principal", "issued")


def _read_signoff(value: JSON) -> SignoffStatement:
    predicate, subjects = _open(value, SIGNOFF_TYPE, _SIGNOFF, ("drills",))
    (pack, pack_digest), (review, review_digest) = _exactly(subjects, 2)
    if not PACK_ID.fullmatch(pack) or review != "review":
        raise Problem("$.subject", "the subjects are the pack by its id, and review")
    decision = predicate.one_of("decision", DECISIONS)
    conditions = tuple(
        Condition(
            item.number("number", least=1), item.text("text", limit=MAX_TEXT), item.text("owner"), item.day("due")
        )
        for item in predicate.each("conditions", ("number", "text", "owner", "due"), most=MAX_CONDITIONS)
    )
    if [item.number for item in conditions] != list(range(1, len(conditions) + 1)):
        raise predicate.problem("conditions", "conditions are numbered from 1")
    if bool(conditions) != (decision == "GO-WITH-CONDITIONS"):
        raise predicate.problem("conditions", "GO-WITH-CONDITIONS, and nothing else, has conditions")
    issued, not_after = predicate.time("issued"), predicate.time("not_after")
    if not_after <= issued:
        raise predicate.problem("not_after", "it is not after issued")
    card = predicate.fields("card", ("path", "sha256"))
    seen = predicate.optional("index_seen", ("origin", "size", "root"))
    return SignoffStatement(
        run_id=RunId(predicate.matching("run_id", RUN_ID)),
        pack_id=PackId(pack),
        pack_digest=pack_digest,
        review_digest=review_digest,
        request_id=predicate.matching("request_id", REQUEST_ID),
        decision=decision,
        reason=predicate.text("reason", limit=MAX_TEXT, lines=True),
        conditions=conditions,
        principal=Principal(predicate.text("principal")),
        presence=predicate.one_of("presence", PRESENCES),
        policy_digest=predicate.digest("policy_digest"),
        card=Card(card.pack_path("path"), card.digest("sha256")),
        issued=issued,
        not_after=not_after,
        index_seen=IndexSeen(seen.text("origin"), seen.number("size", least=0), seen.digest("root")) if seen else None,
        drills=predicate.objects("drills", most=MAX_DRILLS),
    )


def _read_close(value: JSON) -> CloseStatement:
    predicate, subjects = _open(value, CLOSE_TYPE, _CLOSE)
    (pack, pack_digest), (signoff, signoff_digest), (shown, shown_digest) = _exactly(subjects, 3)
    evidence = predicate.fields("evidence", ("name", "sha256", "size"))
    if (pack, signoff, shown) != ("pack", "signoff", "evidence") or evidence.digest("sha256") != shown_digest:
        raise Problem("$.subject", "the subjects are pack, signoff and the same evidence")
    return CloseStatement(
        run_id=RunId(predicate.matching("run_id", RUN_ID)),
        pack_digest=pack_digest,
        signoff_digest=signoff_digest,
        condition=predicate.number("condition", least=1),
        evidence=Evidence(evidence.text("name"), shown_digest, evidence.number("size", least=0)),
        principal=Principal(predicate.text("principal")),
        issued=predicate.time("issued"),
    )


def _open(
    value: JSON, kind: str, keys: tuple[str, ...], free: tuple[str, ...] = ()
) -> tuple[Fields, list[tuple[str, Digest]]]:
    """The predicate and the subjects. ``free`` keys may be left out; one that is there is not empty."""
    top = Fields(value, "$", _TOP)
    top.one_of("_type", (STATEMENT_TYPE,))
    top.one_of("predicateType", (kind,))
    subjects = [
        (item.text("name"), item.fields("digest", ("sha256",)).digest("sha256"))
        for item in top.each("subject", ("name", "digest"), most=3)
    ]
    given = top.optional_keys("predicate", free)
    return top.fields("predicate", (*keys, *given)), subjects


def _exactly(subjects: list[tuple[str, Digest]], count: int) -> list[tuple[str, Digest]]:
    if len(subjects) != count:
        raise Problem("$.subject", f"exactly {count} subjects are expected")
    return subjects


def _parse(data: bytes, read: Callable[[JSON], Statement]) -> Statement:
    try:
        return read(canonical.loads(data, limit=MAX_BYTES))
    except Problem as problem:
        raise IntegrityBroken(
            "STATEMENT_MALFORMED",
            msg("This is not such a statement: {reason}.", reason=str(problem)),
            where=problem.path,
        ) from problem


def _write(kind: str, subjects: Mapping[str, Digest], predicate: JSONObject, read: Callable[[JSON], object]) -> bytes:
    value: dict[str, JSON] = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects.items()],
        "predicateType": kind,
        "predicate": predicate,
    }
    try:
        read(value)
        return canonical.dumps(value)
    except Problem as problem:
        reason, where = str(problem), problem.path
    except canonical.NotCanonical as error:
        reason, where = str(error.what).rstrip("."), error.where
    raise BadInput("STATEMENT_INPUT", msg("This cannot be signed: {reason}.", reason=reason), where=where)
