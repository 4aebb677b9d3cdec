"""``gonogo inbox``: the runs that wait for somebody, read from the ledger alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_graph.session import Session
    from gonogo_graph.store import RunRow, RunState

PAGE = 50
REASON_COLUMNS = 60


@click.command("inbox")
@click.option("--all", "everything", is_flag=True, help=str(msg("decided and abandoned runs too")))
@click.option("--limit", type=click.IntRange(1, 1000), default=PAGE, show_default=True)
@json_option
@repo_option
@pass_output
def command(output: Output, *, everything: bool, limit: int, repo: Path | None) -> None:
    """List the runs that wait: for whom, how old, until when."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used

    with session_at(output, repo) as session:
        waiting: tuple[RunState, ...] = () if everything else ("AWAITING_OPERATOR", "RUNNING", "AMBIGUOUS")
        rows = session.store.runs(waiting, limit=limit)
        if not everything:
            rows += [row for row in session.store.runs(["COMMITTED"], limit=limit) if _open(session, row)]
        entries = [_entry(output, session, row) for row in rows]
    if not entries and not output.json:
        output.say(msg("Nothing waits here."))
    output.result({"schema": "gonogo/inbox/v1", "runs": entries}, "\n".join(_line(output, entry) for entry in entries))


def _open(session: Session, row: RunRow) -> bool:
    from gonogo.cli.runs import open_conditions  # noqa: PLC0415 - see command

    return bool(open_conditions(session, row))


def _entry(output: Output, session: Session, row: RunRow) -> dict[str, Any]:
    from gonogo.cli.runs import due, due_json, missing_for, next_command, signed_by  # noqa: PLC0415 - see command

    context = session.context(row)
    request, step = session.store.request(context.run_id), next_command(session, row)
    signed = signed_by(session, row)
    missing = missing_for(session, row) if signed else None  # where nobody answered yet, no pack is read: they are many
    return {
        "run_id": row.run_id,
        "state": row.state,
        "verdict": row.verdict,
        "recommendation": row.recommendation,
        "decision": row.decision,
        "layer_id": row.layer_id,
        "reason": row.reason,
        "operator_id": row.operator_id,
        "created": row.created,
        "expires": request.expires if request else None,
        "signed_by": signed,
        "missing": missing.json() if missing else None,
        "missing_text": output.words(missing.text) if missing else "",
        "due": due_json(due(session, row)),
        "next": output.words(step) if step else None,
    }


def _line(output: Output, entry: dict[str, Any]) -> str:
    until = output.words(msg("until {time}", time=_minutes(entry["expires"]))) if entry["expires"] else ""
    verdict, reason = entry["decision"] or entry["verdict"] or "-", _shown(entry["reason"])
    signed = f"  ({', '.join(entry['signed_by'])}: {entry['missing_text']})" if entry["missing"] else ""
    if entry["due"]:
        until = output.words(msg("{role}, duty {number}", role=entry["due"]["role"], number=entry["due"]["number"]))
    return f"{entry['run_id']}  {entry['state']:<17} {verdict:<13} {entry['layer_id']}  {until}  {reason}{signed}"


def _minutes(stamp: str) -> str:
    """``2026-12-31 23:59`` of a stamp in UTC."""
    return stamp[:16].replace("T", " ")


def _shown(reason: str) -> str:
    """A reason is somebody's words: one line of it, and nothing that moves the cursor."""
    from gonogo_agents.render.safe import clip, plain  # noqa: PLC0415 - see command

    return clip(plain(reason), REASON_COLUMNS)
