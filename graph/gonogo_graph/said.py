"""What others than the duties' code said in a run: a chat host's words, or a model's in a role. Kept under a MAC.

Words lie in the state folder, and go into the pack beside what the duties measured: below ``data/contributions/`` up to
the seal, into ``review/`` after it. Nothing here reads or judges them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_graph.context import stored_result
from gonogo_graph.table import DUTIES, Duty
from gonogo_policies.contribution import LIMIT, SPEAKS, read_contribution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_graph.context import RunContext

CHAT: Final = "chat"
MODEL: Final = "model"
STORED_LIMIT: Final = 16 * LIMIT
REASONS: Final = {CHAT: "words that a chat host handed in", MODEL: "words that a model wrote in a role"}
SEALING: Final = 7
"""The last duty whose words lie in the sealed pack; later ones are in the review."""


def speaks(inputs: Mapping[str, JSON], duty: Duty) -> bool:
    """Whether somebody else than code has words for this duty: in every one a chat host, in some a model."""
    driver = inputs["driver"]
    if driver == MODEL:
        return duty.writes in SPEAKS and duty.role in cast("list[str]", inputs.get("model_roles", []))
    return driver == CHAT


def said(context: RunContext, duty: Duty) -> JSONObject | None:
    """What was handed in for a duty. Raises :class:`IntegrityBroken` ``CONTRIBUTION_CHANGED``."""
    path = context.folder.said / f"{duty.writes}.json"
    if not path.exists():
        return None
    data, _, mac = read_bytes(path, limit=STORED_LIMIT).partition(b"\n")
    try:
        fits = context.store.key.fits(bytes.fromhex(mac.decode("ascii")), "said", context.run_id, duty.writes, data)
    except ValueError:
        fits = False
    if not fits:
        raise _changed(context, path.name)
    return canonical.loads_object(data)


def all_said(context: RunContext) -> list[JSON]:
    """Everything that was handed in so far, in the order of the duties; raises as :func:`said`."""
    mine = [duty for duty in DUTIES if speaks(context.inputs, duty)]
    return [cast("JSON", found) for duty in mine if (found := _heard(context, duty)) is not None]


def _heard(context: RunContext, duty: Duty) -> JSONObject | None:
    """What was handed in for a duty. One that was done had its words: where they are gone, an objection may be."""
    found = said(context, duty)
    if found is None and stored_result(context, duty.writes) is not None:
        raise _changed(context, f"{duty.writes}.json")
    return found


WEIGHT: Final = ("finding", "risk", "goal", "mitigation", "action")
"""Kinds of claims that a reader wants first; the others follow."""


def in_short(said_so_far: Sequence[JSON]) -> tuple[str, ...]:
    """One line a claim for a card: who, what kind, the words, and what they rest on."""
    lines: list[tuple[int, str]] = []
    for document in reversed(cast("Sequence[Mapping[str, Any]]", said_so_far)):  # the risk review before the plan
        for claim in document["claims"]:
            rank = WEIGHT.index(claim["kind"]) if claim["kind"] in WEIGHT else len(WEIGHT)
            ids = ", ".join(claim["evidence"])
            lines.append((rank, f"{document['role']}, {claim['kind']}: {claim['text']} [{ids}]"))
    return tuple(line for _, line in sorted(lines, key=lambda one: one[0]))


def as_evidence(context: RunContext, duty: Duty, document: JSONObject) -> Mapping[str, JSON]:
    """The arguments of ``evidence.append`` that put words into the pack."""
    driver = str(context.inputs["driver"])
    return {
        "path": _path(duty),
        "content": document,
        "media_type": "application/json",
        "determinism": "replay" if driver == MODEL else "none",
        "reason": REASONS[driver],
    }


def take_over(context: RunContext, pack: Path) -> None:
    """Take what the sealed pack of a run that was handed over holds of it, under this machine's MAC."""
    for duty in DUTIES:
        path = pack / "data" / _path(duty)
        if speaks(context.inputs, duty) and path.exists():
            store(context, duty, canonical.dumps(canonical.loads_object(read_bytes(path, limit=STORED_LIMIT))))


def late_objections(context: RunContext) -> tuple[JSONObject, ...]:
    """What was objected after the seal: it stands in the review, which another machine makes anew."""
    told = cast("Sequence[Mapping[str, Any]]", all_said(context))
    return tuple(one for one in told if one["duty"] > SEALING and one["verdict"] != "PASS")


def take_objections(context: RunContext, objections: Sequence[JSONObject]) -> None:
    """Keep what was objected elsewhere in step G: the role has spoken, and is not asked again.

    Raises:
        BadInput: CONTRIBUTION_MALFORMED, CONTRIBUTION_TOO_LARGE: it is no objection of such a duty.
    """
    late = {duty.number: duty for duty in DUTIES if duty.number > SEALING and speaks(context.inputs, duty)}
    for document in objections:
        words = {name: document.get(name) for name in ("schema", "verdict", "reason", "claims")}
        read = read_contribution(canonical.dumps(words))
        duty = late.get(cast("int", document.get("duty")))
        if duty is None or document.get("role") != duty.role or read.verdict == "PASS":
            raise BadInput(
                "CONTRIBUTION_MALFORMED",
                msg("The letter of the hand-over holds words that are no objection of step G."),
                where=context.run_id,
            )
        store(context, duty, canonical.dumps(document))


def _path(duty: Duty) -> str:
    return f"contributions/{duty.number}-{duty.writes}.json"


def store(context: RunContext, duty: Duty, data: bytes) -> None:
    """Keep the words for a duty, canonical bytes, under this machine's MAC."""
    context.folder.said.mkdir(parents=True, exist_ok=True, mode=0o700)
    mac = context.store.key.of("said", context.run_id, duty.writes, data)
    write_atomic(context.folder.said / f"{duty.writes}.json", b"%b\n%b\n" % (data, mac.hex().encode()))


def _changed(context: RunContext, name: str) -> IntegrityBroken:
    return IntegrityBroken(
        "CONTRIBUTION_CHANGED",
        msg("What a chat host or a model said was changed afterwards."),
        where=str(context.folder.said / name),
        next_step=msg('gonogo abandon {run} --reason "contribution changed"', run=context.run_id),
    )
