"""What the commands about runs share: opening, one JSON document, one set of human lines, one exit code."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.cli.streams import visible_lines
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg
from gonogo_graph.session import Session, open_session
from gonogo_policies.signoff import sign_again

if TYPE_CHECKING:
    from collections.abc import Generator

    from gonogo.cli.context import Output
    from gonogo_graph.store import RunRow
    from gonogo_graph.table import Duty
    from gonogo_graph.waits import Missing

SCHEMA = "gonogo/run/v1"
WAITS = 4
CARD_LIMIT = 1024 * 1024


@contextmanager
def session_at(output: Output, repo: Path | None) -> Generator[Session, None, None]:
    """The runs of the repository around ``repo`` or the current folder."""
    with open_session(output.world, repo or Path.cwd()) as session:
        yield session


def pack_path(session: Session, row: RunRow) -> Path | None:
    """Where the run's pack lies in the state folder, if it is sealed."""
    if row.pack_id is None:
        return None
    folder = session.places.run(session.context(row).run_id).packs / row.pack_id
    return folder if folder.is_dir() else None


def open_conditions(session: Session, row: RunRow) -> list[int]:
    """Numbers of the conditions of a GO-WITH-CONDITIONS that nobody closed yet."""
    from gonogo_graph.conditions import closed_numbers, conditions_of  # noqa: PLC0415 - only decided runs have any

    if row.decision != "GO-WITH-CONDITIONS":
        return []
    context = session.context(row)
    closed = closed_numbers(context)
    return [condition.number for condition in conditions_of(context) if condition.number not in closed]


def exit_code(session: Session, row: RunRow) -> int:
    """The exit code that a run's state stands for (product.md; decisions.md, verdicts and exits)."""
    if row.state == "COMMITTED":
        if row.decision == "GO-WITH-CONDITIONS":
            return WAITS if open_conditions(session, row) else 0
        return 0 if row.decision == "GO" else 1
    if due(session, row) is not None:
        return WAITS
    return {"AWAITING_OPERATOR": WAITS, "ABANDONED": 1}.get(row.state, 3)


def due(session: Session, row: RunRow) -> Duty | None:
    """The duty for which a run waits that chat hosts drive; None for every other run."""
    if row.state != "RUNNING" or b'"driver":"chat"' not in row.inputs:
        return None
    from gonogo_graph.chat import waits_for_chat  # noqa: PLC0415 - only such a run has one

    try:
        return waits_for_chat(session.context(row))
    except GonogoError:
        return None  # resume says what is wrong with it


def due_json(duty: Duty | None) -> dict[str, Any] | None:
    """The form for ``--json``."""
    named = ("number", "step", "role", "name")
    return {name: getattr(duty, name) for name in named} if duty is not None else None


def next_command(session: Session, row: RunRow) -> Text | None:
    """The command that goes on from here, ready to paste."""
    if row.state == "AWAITING_OPERATOR" and _signed(session, row) and missing_for(session, row) is None:
        return msg("gonogo resume {run}", run=row.run_id)
    if row.state == "AWAITING_OPERATOR":
        return sign_again(session.context(row).run_id)
    if row.state == "CHANGED":
        return msg('gonogo abandon {run} --reason "run row changed"', run=row.run_id)
    if due(session, row) is not None:
        return None
    if row.state in {"RUNNING", "AMBIGUOUS"}:
        return msg("gonogo resume {run}", run=row.run_id)
    if missing := open_conditions(session, row):
        return msg("gonogo close {run} --condition {number} --evidence FILE", run=row.run_id, number=missing[0])
    if row.state != "COMMITTED":
        return None
    if is_drill(row):
        return msg("gonogo verify {run} --drill", run=row.run_id)
    return msg("gonogo verify {run}", run=row.run_id)


def is_drill(row: RunRow) -> bool:
    """Whether the run bears the mark of a drill."""
    return b'"drill":{' in row.inputs


def missing_for(session: Session, row: RunRow) -> Missing | None:
    """What a waiting run still needs to be released. None too where it cannot be said: no trust roots, no pack."""
    from gonogo_graph.waits import waits_for  # noqa: PLC0415 - only for a run that waits

    if row.state != "AWAITING_OPERATOR":
        return None
    context = session.context(row)
    try:
        return waits_for(context, session.trust())
    except GonogoError:
        return None


def signed_by(session: Session, row: RunRow) -> list[str]:
    """Who answered the newest request."""
    run_id = session.context(row).run_id
    request = session.store.request(run_id)
    return [answer.principal for answer in session.store.signoffs(run_id, request.request_id)] if request else []


def _signed(session: Session, row: RunRow) -> bool:
    return bool(signed_by(session, row))


def document(output: Output, session: Session, row: RunRow) -> dict[str, Any]:
    """The JSON document of a run: keys are only ever added."""
    step, pack, missing = next_command(session, row), pack_path(session, row), missing_for(session, row)
    return {
        "schema": SCHEMA,
        "run_id": row.run_id,
        "state": row.state,
        "verdict": row.verdict,
        "recommendation": row.recommendation,
        "decision": row.decision,
        "pack": str(pack) if pack else None,
        "pack_id": row.pack_id,
        "pack_digest": row.pack_digest,
        "core_digest": row.core_digest,
        "review_digest": row.review_digest,
        "blockers": _points(session, row, "blockers"),
        "inconclusive": _points(session, row, "inconclusive"),
        "open_conditions": open_conditions(session, row),
        "signed_by": signed_by(session, row),
        "missing": missing.json() if missing else None,
        "git_ref": row.git_ref,
        "layer_id": row.layer_id,
        "drill": is_drill(row),
        "near_limits": _near_limits(session, row),
        "due": due_json(due(session, row)),
        "next": output.words(step) if step else None,
    }


def _near_limits(session: Session, row: RunRow) -> list[dict[str, Any]]:
    """Limits of model calls that are nearly used up; none in a run that asked nobody."""
    if row.mode == "smoke":
        return []
    from gonogo_agents.models.spending import spending_of  # noqa: PLC0415 - only a run with models has calls

    return [dict(one) for one in spending_of(session.places.run(session.context(row).run_id).root).near]


def _points(session: Session, row: RunRow, name: str) -> list[dict[str, str]]:
    """What stands in the way of a GO (``blockers``), or must be named by a condition, as the review has it."""
    from gonogo_agents.render.safe import plain  # noqa: PLC0415 - only where a pack is read
    from gonogo_evidence import canonical  # noqa: PLC0415 - orjson, the same
    from gonogo_evidence.files import read_bytes  # noqa: PLC0415 - the same

    pack = pack_path(session, row)
    if pack is None:
        return []
    try:
        review = canonical.loads_object(read_bytes(pack / "review" / "recommendation.json", limit=1 << 24))
    except GonogoError:
        return [{"id": "review", "text": "unreadable"}]
    found: Any = review.get(name, [])
    return [{"id": plain(str(item["id"])), "text": plain(str(item["text"]["text"]))} for item in found]


def card_of(output: Output, pack: Path | None) -> str:
    """The operator's card in their language, as it lies beside the pack; empty where there is none."""
    from gonogo_evidence.files import read_bytes  # noqa: PLC0415 - orjson's floor, only where a pack is read
    from gonogo_graph.hold_names import CARDS  # noqa: PLC0415 - the same

    path = pack / "review" / CARDS[output.language] if pack else None
    if path is None or not path.exists():
        return ""
    return visible_lines(read_bytes(path, limit=CARD_LIMIT).decode("utf-8", "replace"))


def say_missing(output: Output, session: Session, row: RunRow) -> None:
    """Where somebody signed and it is not enough: what is missing, and who may give it."""
    signed, missing = signed_by(session, row), missing_for(session, row)
    if not signed or missing is None:
        return
    who = ", ".join(missing.may_sign) or output.words(msg("nobody who is enrolled"))
    words = {"signed": ", ".join(signed), "missing": output.words(missing.text), "who": who}
    output.say(msg("signed by {signed}. {missing} It can come from: {who}.", **words))


def finish(output: Output, session: Session, row: RunRow, human: str = "") -> int:
    """Hand over the result, say the next command, return the exit code."""
    output.result(document(output, session, row), human)
    say_missing(output, session, row)
    if (duty := due(session, row)) and not output.json:
        words = {"role": duty.role, "number": duty.number, "step": duty.step, "name": duty.name}
        output.say(msg("waits for {role} in a chat: duty {number}, step {step} ({name})", **words))
    step = next_command(session, row)
    if step and not output.json:
        output.say(msg("next: {command}", command=output.words(step)))
    return exit_code(session, row)
