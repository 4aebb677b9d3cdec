"""``gonogo attack``: every known bypass on a throw-away copy of your own configuration, and what each came to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo.attacks import Attack, Outcome, Result, Seat

SCHEMA = "gonogo/attack/v1"
EXECUTED, INCONCLUSIVE = 6, 3
OUTCOMES: Mapping[Outcome, Text] = {
    "refused": msg("refused"),
    "EXECUTED": msg("EXECUTED"),
    "allowed": msg("allowed by policy"),
    "not-applicable": msg("not applicable"),
    "broken": msg("could not be mounted"),
}


@click.command("attack")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "only_list", is_flag=True, help=str(msg("name the attacks and mount none")))
@json_option
@repo_option
@pass_output
def command(output: Output, *, names: tuple[str, ...], only_list: bool, repo: Path | None) -> int:
    """Mount every known bypass on a throw-away copy of your configuration. Exit 6 when one executes."""
    from gonogo.attacks import changed_since, mount, seat_at, seen_now, stage_of  # noqa: PLC0415 - the graph's floor

    chosen = _chosen(names)
    if only_list:
        output.result({"schema": SCHEMA, "attacks": [_named(output, one) for one in chosen]}, _listed(output, chosen))
        return 0
    seat, results = seat_at(output.world, repo or Path.cwd()), dict[str, "Result"]()
    before = seen_now(seat)
    with stage_of(seat, output.say) as stage:
        for number, attack in enumerate(chosen, start=1):
            results[attack.name] = mount(attack, stage)
            _say(output, number, len(chosen), attack, results[attack.name])
    document = _document(output, seat, chosen, results, changed_since(before, seat))
    output.result(document, _human(output, chosen, results, document))
    return int(document["exit_code"])


def _chosen(names: Sequence[str]) -> list[Attack]:
    from gonogo.attacks import ATTACKS  # noqa: PLC0415 - see command

    known = {attack.name: attack for attack in ATTACKS}
    for name in names:
        if name not in known:
            from difflib import get_close_matches  # noqa: PLC0415 - needed by a mistake only

            near = get_close_matches(name, known, n=1)
            raise BadInput(
                "ATTACK_UNKNOWN",
                msg("There is no attack {name}.", name=ascii(name)),
                next_step=msg("Did you mean: gonogo attack {name}", name=near[0])
                if near
                else msg("gonogo attack --list"),
            )
    return [known[name] for name in dict.fromkeys(names)] or list(ATTACKS)


def _named(output: Output, attack: Attack) -> dict[str, Any]:
    return {"name": attack.name, "family": attack.family, "text": output.words(attack.text)}


def _document(
    output: Output, seat: Seat, chosen: Sequence[Attack], results: Mapping[str, Result], touched: Sequence[str]
) -> dict[str, Any]:
    counts: dict[Outcome, int] = {
        outcome: sum(result.outcome == outcome for result in results.values()) for outcome in OUTCOMES
    }
    return {
        "schema": SCHEMA,
        "repository": str(seat.repository.root),
        "verdict": {0: "PASS", EXECUTED: "FAIL"}.get(_exit(counts, touched), "INCONCLUSIVE"),
        "exit_code": _exit(counts, touched),
        "counts": counts,
        "untouched": not touched,
        "touched": list(touched),
        "attacks": [{**_named(output, attack), **_result(output, results[attack.name])} for attack in chosen],
    }


def _result(output: Output, result: Result) -> dict[str, Any]:
    why = output.words(result.why) if result.why else None
    return {"outcome": result.outcome, "code": result.code, "why": why, "seconds": round(result.seconds, 3)}


def _exit(counts: Mapping[Outcome, int], touched: Sequence[str]) -> int:
    """0 only where something was refused, nothing executed, everything could be mounted, and nothing was touched."""
    if counts["EXECUTED"]:
        return EXECUTED
    return 0 if counts["refused"] and not counts["broken"] and not touched else INCONCLUSIVE


def _say(output: Output, number: int, count: int, attack: Attack, result: Result) -> None:
    output.say(
        msg(
            "{number}/{count} {attack}: {outcome} {code}",
            number=number,
            count=count,
            attack=attack.name,
            outcome=output.words(OUTCOMES[result.outcome]),
            code=result.code,
        )
    )


def _listed(output: Output, chosen: Sequence[Attack]) -> str:
    from gonogo.attacks import FAMILIES  # noqa: PLC0415 - see command
    from gonogo.cli.columns import columns  # noqa: PLC0415 - only when there is a table

    rows = [(one.name, output.words(FAMILIES[one.family]), output.words(one.text)) for one in chosen]
    return columns(output, (msg("attack"), msg("on"), msg("what is tried")), rows)


def _human(output: Output, chosen: Sequence[Attack], results: Mapping[str, Result], document: Mapping[str, Any]) -> str:
    from gonogo.cli.columns import columns  # noqa: PLC0415 - only when there is a table

    rows = [
        (one.name, output.words(OUTCOMES[results[one.name].outcome]), _by(output, results[one.name])) for one in chosen
    ]
    table = columns(output, (msg("attack"), msg("outcome"), msg("by")), rows)
    counts = document["counts"]
    summary = msg(
        "{refused} refused, {executed} EXECUTED, {allowed} allowed by policy, {not_applicable} not applicable,"
        " {broken} not mounted. Only refusals count as passed.",
        refused=counts["refused"],
        executed=counts["EXECUTED"],
        allowed=counts["allowed"],
        not_applicable=counts["not-applicable"],
        broken=counts["broken"],
    )
    kept = (
        msg("Your repository, state, trust store and keys were not touched.")
        if document["untouched"]
        else msg("Something of yours changed meanwhile: {paths}", paths=", ".join(document["touched"][:5]))
    )
    return "\n".join([table, "", output.words(summary), output.words(kept)])


def _by(output: Output, result: Result) -> str:
    return output.words(result.why) if result.why else result.code
