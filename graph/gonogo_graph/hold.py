"""The hold point's paper: the review beside the sealed pack, and the request in the ledger.

Both are made before the graph pauses, and made again without harm when a crash repeats the last duty.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from gonogo_agents.evidence_port import signed_keys, without
from gonogo_agents.models.spending import spending_of
from gonogo_agents.redact_run import kept_redaction
from gonogo_agents.render.card import Surroundings, card
from gonogo_agents.render.notes import review_notes
from gonogo_agents.texts import translator
from gonogo_evidence import canonical, dsse
from gonogo_evidence.attest import duties
from gonogo_evidence.errors import Inconclusive, IntegrityBroken
from gonogo_evidence.files import read_bytes
from gonogo_evidence.ids import Digest
from gonogo_evidence.review import finish_review, stage_review, write_review
from gonogo_evidence.seal import ENVIRONMENT
from gonogo_evidence.text import msg
from gonogo_graph.commit import place_request, withdraw_signoffs
from gonogo_graph.engine import attest_seal, engine_key, signer
from gonogo_graph.handoff.letter import carried, handed_over
from gonogo_graph.hold_names import CARDS
from gonogo_graph.index import record_pack
from gonogo_graph.proof import CORE_LIMIT, pack_folder, sealed_as_named, sealed_now
from gonogo_graph.refusals import refused_roles
from gonogo_graph.said import all_said, in_short
from gonogo_graph.seats import hired, isolation
from gonogo_graph.store import Request
from gonogo_policies.trust import packaged_separation, packaged_signoff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.text import Text
    from gonogo_graph.context import RunContext
    from gonogo_graph.proof import Sealed
    from gonogo_policies.trust import Trust


def prepare(context: RunContext, results: Mapping[str, JSON]) -> None:
    """Write ``review/`` from the results, then ask the operator in the ledger.

    A review that was asked about before stays as it is: it may hold the operator's own words by now.
    """
    if context.store.request(context.run_id) is not None:
        return
    pack = _value(results, "pack")
    record_pack(context)
    review = write_review(pack_folder(context), review_files(context, results))
    _ask(
        context,
        pack_digest=Digest(str(pack["pack_digest"])),
        review_digest=review,
        why="hold point",
        index={
            "pack_id": str(pack["pack_id"]),
            "core_digest": str(pack["core_digest"]),
            "verdict": str(_value(results, "recommendation").get("result") or sealed_as_named(context).verdict),
            "recommendation": str(_value(results, "recommendation").get("recommendation", "NO-GO")),
        },
    )


def review_files(context: RunContext, results: Mapping[str, JSON], *, notes: bytes | None = None) -> dict[str, bytes]:
    """What a person reads and signs with the pack: risk review, recommendation, notes, cards, the engine's seal.

    What the seal replaced as a secret is replaced here too, also in words that the operator wrote.
    """
    redaction = kept_redaction(context.folder.root)
    state = cast("dict[str, JSON]", redaction.of({"inputs": context.inputs, **results}))
    results = state
    pack = _value(results, "pack")
    files = {
        "risk-review.json": canonical.dumps(_value(results, "risk_review")),
        "recommendation.json": canonical.dumps(_value(results, "recommendation")),
        "notes.md": review_notes(state, pack).encode() if notes is None else redaction.of_bytes(notes),
        "engine.pub": dsse.public_pem(engine_key(context.places)),
        "engine.dsse.json": attest_seal(
            context.places,
            pack_id=str(pack["pack_id"]),
            pack_digest=Digest(str(pack["pack_digest"])),
            core_digest=Digest(str(pack["core_digest"])),
            core=context.inputs,
        ),
    }
    files |= _attested(context, results, signer(context.places)) | carried(context)
    around = _surroundings(context)
    for language, name in CARDS.items():
        files[name] = card(state, pack, translator(language), around).encode()
    return files


def _attested(context: RunContext, results: Mapping[str, JSON], sign: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Envelopes and records of the duties that end after the seal; of one with a secret in it neither."""
    everybody = hired(context, [field for field in duties.DUTIES if field not in duties.SEALED])
    records = {
        field: duties.record(field, duties.DUTIES[field][1], cast("JSONObject", results[field]))
        for field in everybody.envelopes
    }
    around = canonical.loads_object(read_bytes(pack_folder(context) / ENVIRONMENT, limit=CORE_LIMIT), limit=CORE_LIMIT)
    changed = [
        field for field, data in everybody.envelopes.items() if _subject(data) != canonical.digest_of(records[field])
    ]
    kept = without(everybody, [*cast("list[str]", around.get(duties.REDACTED, [])), *changed])
    signed = signed_keys(context.run_id, kept, sign)
    return {**signed, **{duties.record_name(field): records[field] for field in kept.envelopes}}


def _subject(envelope: bytes) -> JSON:
    statement = cast("dict[str, list[dict[str, dict[str, JSON]]]]", json.loads(dsse.parse(envelope).payload))
    return statement["subject"][0]["digest"]["sha256"]


def _surroundings(context: RunContext) -> Surroundings:
    """What the card says that no duty knows: whose trust, which separation, and what the last signed run of it was."""
    trust = _trust(context)
    level = (trust.separation if trust else packaged_separation(context.defaults)).level
    return Surroundings(
        isolation=str(isolation(context)["level"]),
        trust=trust.label if trust else "none",
        separation=level,
        since=_since(context),
        refused=refused_roles(context),
        mode=str(context.inputs.get("mode", "smoke")),
        said=in_short(cast("list[JSON]", kept_redaction(context.folder.root).of(all_said(context)))),
        budget=spending_of(context.folder.root).text(),
        handed=handed_over(context),
    )


def _since(context: RunContext) -> Text | None:
    """The last run of this layer that was decided, to compare with."""
    layer = context.inputs["layer_id"]
    decided = (row for row in context.store.runs(["COMMITTED"], limit=200) if row.layer_id == layer)
    last = next(decided, None)
    if last is None:
        return msg("no run of this layer was decided before")
    words = {"run": last.run_id, "decision": str(last.decision), "verdict": str(last.verdict)}
    if last.git_ref == context.inputs["git_ref"]:
        return msg("{run} was decided {decision} on the same commit; its verdict was {verdict}", **words)
    commit = last.git_ref[:12]
    return msg("{run} was decided {decision} on {commit}; its verdict was {verdict}", commit=commit, **words)


def renew(context: RunContext, *, why: str, force: bool = False) -> tuple[Request, Sealed]:
    """Ask again if the newest request expired or the policy is another (or ``force``); with what is asked about.

    Raises:
        IntegrityBroken: ``PACK_CHANGED``; ``REVIEW_CHANGED``: the review is not the one that was asked about. Only
            :func:`edit_review` may change it.
    """
    finish_edit(context)
    sealed, trust = sealed_now(context), _trust(context)
    current = context.store.request(context.run_id)
    if current is not None:
        _refuse_another(sealed, current)
        if not force and current.policy_digest == _policy(trust) and current.expires > context.stamp():
            place_request(context)
            return current, sealed
    withdraw_signoffs(context)
    return _ask(context, pack_digest=sealed.pack_digest, review_digest=sealed.review_digest, why=why, index={}), sealed


def edit_review(context: RunContext, files: Mapping[str, bytes], *, why: str) -> None:
    """A new review, and a superseding request for it, on the record: the request first, so that a kill loses neither.

    Raises as :func:`renew`.
    """
    _, sealed = renew(context, why=why)
    fresh = stage_review(sealed.folder, files)
    withdraw_signoffs(context)
    _ask(context, pack_digest=sealed.pack_digest, review_digest=fresh, why=why, index={})
    finish_edit(context)


def finish_edit(context: RunContext) -> None:
    """What a kill left of an edited review: the ledger asks about it, and it is put in its place; or it never was."""
    request = context.store.request(context.run_id)
    if request is not None:
        finish_review(pack_folder(context), request.review_digest)


def _refuse_another(sealed: Sealed, request: Request) -> None:
    if (request.pack_digest, request.review_digest) != (sealed.pack_digest, sealed.review_digest):
        raise IntegrityBroken(
            "REVIEW_CHANGED",
            msg("The review is not the one that was asked about."),
            where=str(sealed.folder / "review"),
            next_step=msg('gonogo abandon {run} --reason "review changed"', run=request.run_id),
        )


def _policy(trust: Trust | None) -> Digest | None:
    return trust.policy_digest if trust else None


def _ask(
    context: RunContext, *, pack_digest: Digest, review_digest: Digest, why: str, index: dict[str, str | None]
) -> Request:
    trust = _trust(context)
    hours = (trust.signoff if trust else packaged_signoff(context.defaults)).request_valid_hours
    request = Request(
        request_id=context.world.token(8),
        run_id=context.run_id,
        pack_digest=pack_digest,
        review_digest=review_digest,
        policy_digest=_policy(trust),
        issued=context.stamp(),
        expires=context.stamp(hours=hours),
        why=why,
    )
    shown = {"pack_digest": pack_digest, "review_digest": review_digest, "updated": request.issued}
    context.store.add_request(request, state="AWAITING_OPERATOR", **shown, **index)
    place_request(context)
    return request


def _trust(context: RunContext) -> Trust | None:
    try:
        return context.trust()
    except Inconclusive:  # nobody is enrolled yet: the request is renewed when somebody is
        return None


def _value(results: Mapping[str, JSON], field: str) -> JSONObject:
    return cast("Mapping[str, JSONObject]", results[field])["value"]
