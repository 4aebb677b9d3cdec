"""What a pack itself says that its sign-offs must be about, read from its bytes for :mod:`gonogo.decision`."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, cast

from gonogo_evidence import canonical, dsse
from gonogo_evidence.attest.statements import SUFFIX
from gonogo_evidence.errors import Inconclusive, IntegrityBroken
from gonogo_evidence.ids import Digest, PackId, RunId
from gonogo_evidence.replayed import provenance_of
from gonogo_evidence.statement import parse_time
from gonogo_evidence.text import msg
from gonogo_evidence.verify.engine import OUTCOME_PREDICATE, REQUEST_PREDICATE
from gonogo_policies.actors import ENVELOPES, actors_of
from gonogo_policies.release import RECOMMENDATION, shown_by
from gonogo_policies.remote import remote_of
from gonogo_policies.signoff import Expected

if TYPE_CHECKING:
    from datetime import datetime

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.statement import SignoffStatement
    from gonogo_evidence.verify import UnverifiedPack

OUTCOME = "review/outcome.json"
REQUEST = "review/request.json"
REVIEW_JSON = "review/review.json"
ENGINE_PUB = "review/engine.pub"
RECOMMENDED = f"review/{RECOMMENDATION}"
REQUEST_WORDS = ("request_id", "policy_digest", "issued", "expires")
OUTCOME_WORDS = ("committed", "decision", "request_id", "policy_digest", "review_digest")


def outcome_of(pack: UnverifiedPack) -> JSONObject:
    """The engine's record of the commit, by the very engine key that the people signed with the review.

    Raises:
        IntegrityBroken: ``OUTCOME_OTHER_ENGINE``, ``OUTCOME_MALFORMED``, or another envelope than DSSE's.
    """
    statement = _of_its_engine(pack, OUTCOME)
    predicate = statement.get("predicate")
    if statement.get("predicateType") != OUTCOME_PREDICATE or not _is_outcome(predicate):
        raise IntegrityBroken("OUTCOME_MALFORMED", msg("This is not an outcome."), where=OUTCOME)
    return cast("JSONObject", predicate)


def request_of(pack: UnverifiedPack) -> JSONObject:
    """What was asked, by the same key; sign-offs beside the pack answer it and no other.

    Raises:
        IntegrityBroken: ``OUTCOME_OTHER_ENGINE``, ``REQUEST_DIFFERS``, or another envelope than DSSE's.
    """
    statement = _of_its_engine(pack, REQUEST)
    predicate = statement.get("predicate")
    shaped = isinstance(predicate, dict) and all(isinstance(predicate.get(name), str) for name in REQUEST_WORDS)
    if statement.get("predicateType") != REQUEST_PREDICATE or not shaped:
        raise IntegrityBroken("REQUEST_DIFFERS", msg("This is not a request."), where=REQUEST)
    return cast("JSONObject", predicate)


def _of_its_engine(pack: UnverifiedPack, path: str) -> JSONObject:
    """What an envelope says, if the engine signed it whose key lies in the review that people signed."""
    try:
        known = dsse.verify(pack.read(path), [dsse.load_public(pack.read(ENGINE_PUB))])
    except Inconclusive as error:
        if error.code != "DSSE_KEY_UNKNOWN":
            raise
        words = msg("It was not written by the engine whose key was signed with the review.")
        raise IntegrityBroken("OUTCOME_OTHER_ENGINE", words, where=path) from error
    return canonical.loads_object(known.payload)


def check_card(pack: UnverifiedPack, statement: SignoffStatement) -> None:
    """The card that the signer was shown is one of the review that they signed. Raises ``CARD_DIFFERS``."""
    files = pack.document(REVIEW_JSON).get("files")
    name = statement.card.path.removeprefix("review/")
    listed = files.get(name) if isinstance(files, dict) else None
    if not isinstance(listed, dict) or listed.get("sha256") != statement.card.sha256:
        words = msg("The signer was shown another card than those of the review: {card}.", card=statement.card.path)
        raise IntegrityBroken("CARD_DIFFERS", words)


def expected_of(pack: UnverifiedPack, statement: SignoffStatement, request: JSONObject | None) -> Expected:
    """What the pack says that a sign-off must be about; where it lacks the request, the statement's own words."""
    asked = request or {
        "request_id": statement.request_id,
        "policy_digest": statement.policy_digest,
        "issued": statement.issued,
        "expires": statement.not_after,
    }
    core, environment = pack.json("core/pack.json"), pack.json("environment.json")
    shown = shown_by(core, pack.json(RECOMMENDED) if RECOMMENDED in pack.entries else {})
    return Expected(
        run_id=RunId(str(environment["run_id"])),
        pack_id=PackId(str(environment["pack_id"])),
        pack_digest=Digest(canonical.digest_of(pack.read("seal.json"))),
        review_digest=Digest(canonical.digest_of(pack.read("review/review.json"))),
        request_id=str(asked["request_id"]),
        policy_digest=Digest(str(asked["policy_digest"])),
        pack_verdict=shown.verdict,
        inconclusive=shown.inconclusive,
        actors=actors_in(pack),
        requested_at=str(asked["issued"]),
        expires=str(asked["expires"]),
        remote=remote_of(environment, str(core.get("git_ref"))),
        replay=provenance_of(environment),
    )


def actors_in(pack: UnverifiedPack) -> dict[str, tuple[str, ...]]:
    """Who did the run, as the sealed documents and the attested duties have it."""
    names = [path for path in pack.entries if path.startswith(tuple(f"{name}/" for name in ENVELOPES))]
    envelopes = (pack.read(path) for path in names if path.endswith(SUFFIX))
    return actors_of(pack.json("core/pack.json"), pack.json("environment.json"), envelopes)


def _is_outcome(predicate: JSON) -> bool:
    """Whether a predicate has the fields of an outcome, each of its type; what they say is judged elsewhere."""
    if not isinstance(predicate, dict) or not all(isinstance(predicate.get(name), str) for name in OUTCOME_WORDS):
        return False
    try:
        time_of(str(predicate["committed"]))
    except ValueError:
        return False
    return isinstance(predicate.get("signoffs"), list)


def time_of(stamp: str) -> datetime:
    """A time ``YYYY-MM-DDTHH:MM:SSZ``, aware. Raises ``ValueError``."""
    return parse_time(stamp).replace(tzinfo=UTC)
