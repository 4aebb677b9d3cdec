"""The letter in a hand-over: what the engine that hands a run over says of it, in-toto statement in a DSSE envelope.

Whoever imports believes of it what it can check: the repository, the version of the steps, the inputs that it would
freeze itself. The signature says that whoever sealed the pack wrote the letter, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import canonical, dsse
from gonogo_evidence.errors import GonogoError, IntegrityBroken
from gonogo_evidence.files import read_bytes
from gonogo_evidence.review import HANDOFF
from gonogo_evidence.seal import STATEMENT_TYPE
from gonogo_evidence.statement_fields import PACK_ID, RUN_ID, Fields, Problem
from gonogo_evidence.text import Text, msg
from gonogo_graph.engine import engine_public_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import RunContext

PREDICATE: Final = "urn:gonogo:handoff:v1"
NAME: Final = HANDOFF
LIMIT: Final = 16 * 1024 * 1024
VKEYS_LIMIT: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Letter:
    """What it says."""

    run_id: str
    pack_id: str
    pack_digest: str
    root_commit: str
    graph_version: str
    created: str
    """When the run began."""
    expires: str
    """Until when the run could be decided where it came from: a hand-over keeps no longer."""
    addressee: str | None
    """Origin of the one log whose ledger may take the run up; None: any."""
    vkeys: str
    """Verifier key lines of the log that the pack is in."""
    inputs: JSONObject
    objections: tuple[JSONObject, ...] = ()
    """What chats objected in step G, which is done again elsewhere: an objection is not."""


WORDS: Final = ("run_id", "root_commit", "graph_version", "created", "expires", "vkeys")


def write(letter: Letter, sign: Callable[[bytes], bytes]) -> bytes:
    """The envelope; the same letter gives the same bytes."""
    said: dict[str, JSON] = {name: getattr(letter, name) for name in (*WORDS, "addressee", "inputs")}
    said["objections"] = list(letter.objections)
    return sign(
        canonical.dumps(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": letter.pack_id, "digest": {"sha256": letter.pack_digest}}],
                "predicateType": PREDICATE,
                "predicate": said,
            }
        )
    )


def read(envelope: bytes, key: Ed25519PublicKey) -> Letter:
    """What an envelope says that this engine signed. Raises ``IntegrityBroken`` ``HANDOFF_LETTER``."""
    try:
        return _parsed(canonical.loads_object(dsse.verify(envelope, [key]).payload, limit=LIMIT))
    except (GonogoError, Problem) as error:
        raise no_letter(str(error)) from error


def _parsed(statement: JSONObject) -> Letter:
    top = Fields(statement, "$", ("_type", "subject", "predicateType", "predicate"))
    top.one_of("_type", [STATEMENT_TYPE])
    top.one_of("predicateType", [PREDICATE])
    subjects = list(top.each("subject", ("name", "digest"), most=1))
    said = top.fields("predicate", (*WORDS, "addressee", "inputs", "objections"))
    raw = cast("JSONObject", statement["predicate"])
    inputs, addressee, objections = raw["inputs"], raw["addressee"], raw["objections"]
    if not isinstance(inputs, dict) or len(subjects) != 1:
        raise Problem("$.predicate.inputs", "an object is expected")
    if not isinstance(objections, list) or not all(isinstance(one, dict) for one in objections):
        raise Problem("$.predicate.objections", "a list of objects is expected")
    return Letter(
        run_id=said.matching("run_id", RUN_ID),
        pack_id=subjects[0].matching("name", PACK_ID),
        pack_digest=subjects[0].fields("digest", ("sha256",)).digest("sha256"),
        root_commit=said.text("root_commit"),
        graph_version=said.text("graph_version"),
        created=said.time("created"),
        expires=said.time("expires"),
        addressee=None if addressee is None else said.text("addressee"),
        vkeys=said.text("vkeys", limit=VKEYS_LIMIT, lines=True),
        inputs=inputs,
        objections=tuple(cast("list[JSONObject]", objections)),
    )


def carried(context: RunContext) -> dict[str, bytes]:
    """The letter of a run that was handed over to this machine, for its review; empty for all others."""
    path = context.folder.root / NAME
    return {NAME: read_bytes(path, limit=LIMIT)} if path.exists() else {}


def handed_over(context: RunContext) -> Text | None:
    """What the card says of such a run: another engine measured it, and whether that one is known here."""
    for envelope in carried(context).values():
        engine = dsse.parse(envelope).keyid
        known = {dsse.key_id(key) for key in engine_public_keys(context.places)}
        words = {"engine": engine[:16]}
        if engine in known:
            return msg("measured elsewhere, by engine {engine}, which is known here", **words)
        return msg("measured elsewhere, by engine {engine}, which is not known here", **words)
    return None


def no_letter(reason: str) -> IntegrityBroken:
    """What lies where the letter should."""
    words = msg("The letter is not from the engine that sealed the pack, or it is none: {reason}.", reason=reason)
    return IntegrityBroken("HANDOFF_LETTER", words, where=NAME, next_step=msg("gonogo explain HANDOFF_LETTER"))
