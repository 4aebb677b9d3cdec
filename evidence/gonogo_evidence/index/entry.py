"""What the index says: one in-toto statement an entry, signed by the engine's key, and the forms that it takes.

In ``entries.jsonl`` a line is canonical JSON ``{"key", "sig", "statement"}``: readable and greppable. From it follow,
byte for byte, the DSSE envelope and the leaf of the Merkle tree: the RFC 8785 form of a Rekor ``dsse`` 0.0.1 body, so
that tools for Rekor's entries can check ours.
"""

from __future__ import annotations

import functools
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gonogo_evidence import canonical, dsse
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.index.fields import DETAILS, read_details
from gonogo_evidence.seal import PAYLOAD_TYPE, STATEMENT_TYPE
from gonogo_evidence.statement_fields import RUN_ID, Fields, Problem
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON, Digest

ENTRY_TYPE: Final = "urn:gonogo:index-entry:v1"
KEY_BYTES: Final = 32
MAX_LINE: Final = 64 * 1024
"""Bytes of a line; C2SP tiles hold entries of at most as much."""
LINE: Final = b'{"key":"%b","sig":"%b","statement":%b}'
ENVELOPE: Final = (
    b'{"payload":"%b","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"%b","sig":"%b"}]}'
)
LEAF: Final = (
    b'{"apiVersion":"0.0.1","kind":"dsse","spec":{"envelopeHash":{"algorithm":"sha256","value":"%b"},'
    b'"payloadHash":{"algorithm":"sha256","value":"%b"},"signatures":[{"signature":"%b","verifier":"%b"}]}}'
)
"""Canonical JSON of fixed keys around digests and base64, which need no escapes: nothing is left to encode."""

Kind: TypeAlias = Literal[
    "intent", "pack", "abandoned", "failed", "decision", "revocation", "key-rotation", "foreign-checkpoint"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OF_RUNS: Final[tuple[Kind, ...]] = ("intent", "pack", "abandoned", "failed", "decision")
"""Kinds that speak of one run; the others speak of keys, packs and other logs."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of the index."""

    kind: Kind
    run_id: str | None
    """None for the kinds that are about no run."""
    time: str
    """``YYYY-MM-DDTHH:MM:SSZ``, a claim of who wrote it."""
    subject: str
    """The pack's id, the run's id, or what else it is about."""
    digest: Digest
    """SHA-256: the pack digest, the digest of a run's frozen inputs, or of what else it is about."""
    details: Mapping[str, JSON] = field(default_factory=dict[str, "JSON"])
    """The keys that :data:`gonogo_evidence.index.fields.DETAILS` lists for the kind."""

    @property
    def identity(self) -> Digest:
        """The same for entries that say the same thing at another time: kind, run and digest.

        A revocation with another reason or another time says something else.
        """
        more = [self.details.get(name) for name in DETAILS[self.kind]] if self.kind == "revocation" else []
        return canonical.digest_of(canonical.dumps([self.kind, self.run_id, self.digest, *more]))

    def to_bytes(self) -> bytes:
        """The statement's canonical bytes. Raises :class:`BadInput` ``INDEX_ENTRY_INPUT`` for what cannot be said."""
        value = self.statement()
        try:
            _read(value, given=self.details)
            return canonical.dumps(value)
        except Problem as problem:
            reason, where = str(problem), problem.path
        except canonical.NotCanonical as error:
            reason, where = str(error.what).rstrip("."), error.where
        raise BadInput("INDEX_ENTRY_INPUT", msg("This is no entry of the index: {reason}.", reason=reason), where=where)

    def statement(self) -> dict[str, JSON]:
        """The statement as plain JSON."""
        return {
            "_type": STATEMENT_TYPE,
            "predicateType": ENTRY_TYPE,
            "subject": [{"name": self.subject, "digest": {"sha256": self.digest}}],
            "predicate": {
                "kind": self.kind,
                "run_id": self.run_id,
                "time": self.time,
                "details": {name: self.details.get(name) for name in DETAILS[self.kind]},
            },
        }


@dataclass(frozen=True, slots=True)
class Signed:
    """An entry with its signature, as a line holds it. :meth:`check` says whether the signature is good."""

    entry: Entry
    payload: bytes
    """The statement's canonical bytes."""
    key: bytes
    """The raw Ed25519 public key, 32 bytes. Whether it is to be believed is a question for who reads."""
    signature: bytes
    made_here: bool = field(default=False, compare=False, repr=False)
    """Whether :func:`sign` made the signature in this process: then there is nothing to check."""

    @property
    def public(self) -> Ed25519PublicKey:
        """The key that signed it."""
        return Ed25519PublicKey.from_public_bytes(self.key)

    @property
    def keyid(self) -> str:
        """The key's id as DSSE envelopes name it."""
        return _names(self.key)[0]

    @property
    def pem(self) -> bytes:
        """The key as PEM (SubjectPublicKeyInfo)."""
        return _names(self.key)[1]

    @property
    def envelope(self) -> bytes:
        """The DSSE envelope's canonical bytes."""
        return ENVELOPE % (b64encode(self.payload), self.keyid.encode(), b64encode(self.signature))

    @property
    def leaf(self) -> bytes:
        """The leaf's data."""
        return leaf_of(self.envelope, self.payload, self.signature, self.pem)

    def line(self) -> bytes:
        """The line in ``entries.jsonl``, with its line end. Raises :class:`BadInput` ``INDEX_ENTRY_TOO_LARGE``."""
        line = LINE % (b64encode(self.key), b64encode(self.signature), self.payload)
        if len(line) > MAX_LINE:
            words = msg("The entry has {size} bytes; {limit} are allowed.", size=len(line), limit=MAX_LINE)
            raise BadInput("INDEX_ENTRY_TOO_LARGE", words)
        return line + b"\n"

    def check(self) -> None:
        """Raise :class:`IntegrityBroken` ``DSSE_BAD_SIGNATURE`` unless the named key signed this statement."""
        if self.made_here:
            return
        try:
            self.public.verify(self.signature, dsse.pae(PAYLOAD_TYPE, self.payload))
        except InvalidSignature as error:
            raise IntegrityBroken(
                "DSSE_BAD_SIGNATURE",
                msg(
                    "The signature of key {key} does not belong to this payload: one of the two was changed.",
                    key=self.keyid,
                ),
            ) from error


def sign(entry: Entry, private: Ed25519PrivateKey) -> Signed:
    """Sign an entry with the engine's key. Ed25519 gives the same bytes every time."""
    payload = entry.to_bytes()
    whole = replace(entry, details={name: entry.details.get(name) for name in DETAILS[entry.kind]})
    key, signature = private.public_key().public_bytes_raw(), private.sign(dsse.pae(PAYLOAD_TYPE, payload))
    return Signed(whole, payload, key, signature, made_here=True)


def parse_line(line: bytes) -> Signed:
    """Read one line (with or without its end). Raises :class:`IntegrityBroken` ``INDEX_ENTRY_MALFORMED``."""
    match canonical.loads(line.removesuffix(b"\n"), limit=MAX_LINE):
        case {"key": str(key), "sig": str(signature), "statement": dict(statement), **more} if not more:
            raw, payload = _decode(key, KEY_BYTES), canonical.dumps(statement)
            return _signed(statement, payload, raw, _decode(signature, dsse.SIGNATURE_BYTES))
        case _:
            raise _malformed("key, sig and statement are expected, and nothing else")


def from_envelope(envelope: bytes, pem: bytes) -> Signed:
    """Read an entry from its envelope and the public key that the envelope names by its id.

    Raises:
        IntegrityBroken: malformed, or the key is not the one that the envelope names.
    """
    read = dsse.parse(envelope)
    try:
        public = dsse.load_public(pem)
    except BadInput as error:
        raise _malformed("the key of the entry is no Ed25519 key in PEM") from error
    statement = canonical.loads(read.payload, limit=MAX_LINE)
    signed = _signed(statement, read.payload, public.public_bytes_raw(), read.signature)
    if signed.pem != pem or read.keyid != signed.keyid or read.payload_type != PAYLOAD_TYPE:
        raise _malformed("envelope and key do not belong together")
    return signed


def leaf_of(envelope: bytes, payload: bytes, signature: bytes, pem: bytes) -> bytes:
    """The leaf over an envelope with one signature: Rekor's ``dsse`` 0.0.1 body in the form of RFC 8785."""
    digests = [canonical.digest_of(data).encode() for data in (envelope, payload)]
    return LEAF % (*digests, b64encode(signature), b64encode(pem))


def _signed(statement: JSON, payload: bytes, key: bytes, signature: bytes) -> Signed:
    try:
        entry = _read(statement)
    except Problem as problem:
        raise _malformed(f"{problem.path}: {problem}") from problem
    return Signed(entry, payload, key, signature)


def _read(value: JSON, *, given: Mapping[str, JSON] | None = None) -> Entry:
    top = Fields(value, "$", ("_type", "subject", "predicateType", "predicate"))
    top.one_of("_type", (STATEMENT_TYPE,))
    top.one_of("predicateType", (ENTRY_TYPE,))
    subjects = list(top.each("subject", ("name", "digest"), most=1))
    if not subjects:
        raise Problem("$.subject", "exactly one subject is expected")
    subject = subjects[0]
    predicate = top.fields("predicate", ("kind", "run_id", "time", "details"))
    kind = predicate.one_of("kind", KINDS)
    raw = cast("Mapping[str, Mapping[str, JSON]]", value)["predicate"]
    if unknown := sorted(set(given or {}) - set(DETAILS[kind])):
        raise predicate.problem(f"details.{unknown[0]}", "there is no such key")
    details = read_details(
        kind, cast("Mapping[str, JSON]", raw["details"]), predicate.fields("details", tuple(DETAILS[kind]))
    )
    run_id = predicate.matching("run_id", RUN_ID) if kind in OF_RUNS else None
    if run_id is None and raw["run_id"] is not None:
        raise predicate.problem("run_id", "this kind is about no run")
    return Entry(kind, run_id, predicate.time("time"), subject.text("name"), _digest(subject), details)


@functools.lru_cache(maxsize=16)
def _names(key: bytes) -> tuple[str, bytes]:
    """Id and PEM of a key: a log has few keys and many entries."""
    public = Ed25519PublicKey.from_public_bytes(key)
    return dsse.key_id(public), public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _digest(subject: Fields) -> Digest:
    return subject.fields("digest", ("sha256",)).digest("sha256")


def _decode(text: str, size: int) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise _malformed("key and sig are base64") from error
    if len(data) != size or b64encode(data).decode() != text:
        raise _malformed("key and sig are base64 in its one form, of 32 and 64 bytes")
    return data


def _malformed(reason: str) -> IntegrityBroken:
    return IntegrityBroken("INDEX_ENTRY_MALFORMED", msg("This is not an entry of the index: {reason}.", reason=reason))
