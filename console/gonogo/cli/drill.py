"""``gonogo drill``: the operator is trained on a throw-away desk with seeded faults, and scored from what is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output
from gonogo.cli.drill_log import history, lint, report
from gonogo.cli.drill_sign import sign
from gonogo.cli.drill_start import guide, listing, start, status
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo.drills import Drill, Look, Verdict

SCHEMA = "gonogo/drill/v1"
SESSION = click.argument("session", default="latest", metavar="[SESSION]")


@click.group("drill", help=str(msg("Train the operator: drills on a throw-away desk, scored from evidence.")))
def command() -> None:
    """Hold the commands about drills."""


@command.command("check", help=str(msg("Look where the drill stands now. It may be looked at as often as you like.")))
@SESSION
@json_option
@pass_output
def check(output: Output, /, *, session: str) -> int:
    """Judge the desk as it is; nothing is scored."""
    from gonogo.drills import drill_named, find  # noqa: PLC0415 - only when it is used
    from gonogo.drills.interface import overall  # noqa: PLC0415 - the same
    from gonogo.drills.session import look, save  # noqa: PLC0415 - the same

    known = find(output.world, session)
    found, minutes = look(output.world, known)
    if not known.scored:
        save(output.world, replace(known, seen=output.world.now().isoformat()))
    drill = drill_named(known.drill)
    verdict = overall(found, known.before, in_time=minutes <= drill.minutes)
    rows = {name: (one.verdict, one.actual) for name, one in found.items()}
    document = {
        "schema": SCHEMA,
        "session": known.session,
        "drill": known.drill,
        "verdict": verdict,
        "timebox": "WITHIN" if minutes <= drill.minutes else "EXCEEDED",
        "minutes": round(minutes, 1),
        "criteria": [_criterion(name, one) for name, one in found.items()],
    }
    output.result(document, _table(output, drill, rows, verdict, str(document["timebox"])))
    return _exit(verdict)


@command.command("score", help=str(msg("End the drill: judge it for good and write scorecard.json. Only once.")))
@SESSION
@click.option("--validator", default="", help=str(msg("who looked on; never the operator")))
@json_option
@pass_output
def score(output: Output, /, *, session: str, validator: str) -> int:
    """Judge for good."""
    from gonogo.drills import drill_named, find  # noqa: PLC0415 - only when it is used
    from gonogo.drills.session import score as judge  # noqa: PLC0415 - the same

    card = judge(output.world, find(output.world, session), validator).scored
    drill = drill_named(str(card["drill"]))
    rows = {one["criterion"]: (one["verdict"], one["actual"]) for one in card["criteria"]}
    output.result(card, _table(output, drill, rows, card["verdict"], str(card["timebox"])))
    output.say(drill.debrief)
    if card["guided"]:
        name = drill.drill_id
        unguided = msg("With the guide a drill is PARTIAL at best. Now without: gonogo drill start {drill}", drill=name)
        output.say(unguided)
    output.say(msg("Write the session log: gonogo drill report {session}", session=str(card["session"])))
    return _exit(card["verdict"])


@command.command("hint", help=str(msg("Ask for the next hint. Hints are counted.")))
@SESSION
@json_option
@pass_output
def hint(output: Output, /, *, session: str) -> int:
    """Give the next hint."""
    from gonogo.drills import drill_named, find  # noqa: PLC0415 - only when it is used
    from gonogo.drills.session import save  # noqa: PLC0415 - the same

    known = find(output.world, session)
    hints = drill_named(known.drill).hints
    if known.hints >= len(hints):
        raise BadInput("DRILL_HINTS", msg("There is no further hint."), next_step=msg("gonogo drill check"))
    if not known.scored:
        save(output.world, replace(known, hints=known.hints + 1))
    said = output.words(hints[known.hints])
    output.result({"schema": SCHEMA, "session": known.session, "number": known.hints + 1, "hint": said}, said)
    return 0


for further in (listing, start, guide, status, sign, report, lint, history):
    command.add_command(further)


def _criterion(name: str, one: Look) -> dict[str, Any]:
    return {
        "criterion": name,
        "verdict": one.verdict,
        "expected": one.expected,
        "actual": one.actual,
        "pointer": one.pointer,
    }


def _table(output: Output, drill: Drill, rows: Mapping[str, tuple[str, str]], verdict: Verdict, timebox: str) -> str:
    from gonogo.cli.columns import columns  # noqa: PLC0415 - only when there is a table

    lines = [(verdict, output.words(drill.criteria[name]), actual) for name, (verdict, actual) in rows.items()]
    table = columns(output, (msg("verdict"), msg("criterion"), msg("what is there")), lines)
    return f"{table}\n\n{verdict}: {drill.drill_id}, {timebox}"


def _exit(verdict: str) -> int:
    return 0 if verdict == "PASS" else 1
