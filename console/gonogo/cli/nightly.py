"""``gonogo nightly``: all layers, headless, to the hold point or earlier; nobody signs, and no key is in reach."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.columns import columns
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo.nightly import Asked, Night
    from gonogo.nightly.compare import NightThen, RunThen
    from gonogo_evidence.verify import Report
    from gonogo_graph.session import Session
    from gonogo_policies.config.layers import Layer

REASON = "nightly"
FORMS = ("text", "json", "junit", "sarif", "github")
HEADINGS = (msg("Layer"), msg("Verdict"), msg("Recommendation"), msg("Run"), msg("Why"))
MOST_JOBS = 16


@click.command(
    "nightly",
    help=str(
        msg(
            "Run all layers to the hold point, without a key that could sign. Exit 4: all passed and wait for the"
            " operator; 1: a run failed; 3: something could not be told."
        )
    ),
)
@click.option("--layers", metavar="L0,L1", help=str(msg("the layers to run (default: all of the map)")))
@click.option("--reason", default=REASON, show_default=True, help=str(msg("why; the same each night")))
@click.option("--operator", help=str(msg("who runs it (default: the enrolled signer, then git's user.email)")))
@click.option("--mode", type=click.Choice(["smoke", "replay"]), default="smoke", show_default=True)
@click.option(
    "--transcript",
    metavar="PLACE",
    help=str(msg("what the replays answer from: a folder, a run, a pack (default: each layer's newest live run)")),
)
@click.option("--seed", type=int, help=str(msg("the seed, recorded; a replay needs that of its recording")))
@click.option("--git-ref", default="HEAD", show_default=True, help=str(msg("the commit to run on")))
@click.option("--base", help=str(msg("what the change is measured against")))
@click.option("--jobs", type=click.IntRange(1, MOST_JOBS), help=str(msg("runs at a time (default: at most 4)")))
@click.option("--limit", type=click.FloatRange(min=1), default=3600.0, help=str(msg("seconds of one run")))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FOLDER",
    help=str(msg("a new or empty folder for reports, packs and index")),
)
@click.option(
    "--last-night",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help=str(msg("night.json of the last night, or the folder it left (default: what this machine remembers)")),
)
@click.option(
    "--last-signed",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="PACK|FOLDER",
    help=str(msg("the last signed pack, or a folder of such packs (default: what this ledger has as decided)")),
)
@click.option(
    "--handoff",
    is_flag=True,
    help=str(msg("hand over every run that waits: it ends here and goes on where its file is imported")),
)
@click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True)
@json_option
@repo_option
@pass_output
def command(
    output: Output,
    /,
    *,
    repo: Path | None,
    out: Path,
    last_night: Path | None,
    last_signed: Path | None,
    handoff: bool,
    form: str,
    **asked: Any,  # noqa: ANN401 - the options' names and types are click's
) -> int:
    """Run all layers headless."""
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.enrolment import enrolled  # noqa: PLC0415 - the same
    from gonogo.nightly import leave, play, refuse_keys  # noqa: PLC0415 - the same
    from gonogo.nightly.forms import document  # noqa: PLC0415 - the same
    from gonogo.nightly.leave import claim, hand_over  # noqa: PLC0415 - the same
    from gonogo_graph.inside_gate import refuse_inside_gate  # noqa: PLC0415 - the same

    output.json = output.json or form == "json"
    refuse_inside_gate(output.world)
    with session_at(output, repo) as session:
        trust = enrolled(session)
        refuse_keys(output.world, session.repository.root, trust.key_file if trust else None)
        layers = _layers(output, repo)
        plan, last = _plan(session, layers, asked), _last(session, last_night)
        brought = _brought(output, last_signed, repo) if last_signed else None
        place = claim(out)
        night = play(
            plan,
            layers,
            world=output.world,
            root=session.repository.root,
            language=output.language,
            say=output.words,
            tell=output.say,
        )
        if handoff:
            night = hand_over(session, night, place, output.words)
        signed = brought if brought is not None else _decided(output, session, plan.layers)
        told = document(night, last, signed, output.words)
        leave(night, told, place, places=session.places, say=output.words, language=output.language)
    _report(output, night, told, place, form)
    return night.exit_code


def _layers(output: Output, repo: Path | None) -> Mapping[str, Layer]:
    from gonogo.cli.configuration import find  # noqa: PLC0415 - see command

    return {str(name): layer for name, layer in sorted(find(output, repo).config.layers.items())}


def _plan(session: Session, layers: Mapping[str, Layer], asked: Mapping[str, Any]) -> Asked:
    """What to run, with the commit fixed once for all. Raises what ``run`` would for options that fit nothing."""
    from gonogo.enrolment import default_operator  # noqa: PLC0415 - see command
    from gonogo.nightly import Asked  # noqa: PLC0415 - the same
    from gonogo_graph.start import require_operator  # noqa: PLC0415 - the same

    given = asked["layers"]
    named = list(layers) if given is None else list(dict.fromkeys(one.strip() for one in given.split(",")))
    unknown = [one for one in named if one not in layers]
    if unknown:
        words = msg("There is no layer {layer}.", layer=ascii(unknown[0]))
        raise BadInput("LAYER_UNKNOWN", words, where=f"--layers {given}", next_step=msg("gonogo layers"))
    repository = session.repository
    commit = repository.resolve(asked["git_ref"])
    base, _ = repository.base_for(commit, asked["base"], ref=asked["git_ref"])
    return Asked(
        layers=tuple(named),
        reason=asked["reason"],
        operator=require_operator(asked["operator"] or default_operator(session)),
        mode=asked["mode"],
        commit=commit,
        base=base,
        jobs=asked["jobs"] or min(4, os.cpu_count() or 1),
        limit=asked["limit"],
        seed=asked["seed"],
        transcript=_placed(asked["transcript"]),
    )


def _placed(place: str | None) -> str | None:
    """A path as seen from here: the runs start in the repository."""
    return str(Path(place).resolve()) if place is not None and Path(place).exists() else place


def _last(session: Session, named: Path | None) -> NightThen | None:
    from gonogo.nightly.brought import night_in  # noqa: PLC0415 - see command
    from gonogo.nightly.compare import read_night  # noqa: PLC0415 - the same
    from gonogo.nightly.leave import memory  # noqa: PLC0415 - the same

    if named is not None:
        return read_night(night_in(named) if named.is_dir() else named, brought=True)
    kept = memory(session.places)
    return read_night(kept, brought=False) if kept.exists() else None


def _decided(output: Output, session: Session, layers: Sequence[str]) -> Mapping[str, RunThen]:
    """What this ledger has as decided."""
    from gonogo.nightly.compare import last_signed  # noqa: PLC0415 - see command

    return {name: then for name in layers if (then := last_signed(session, name, output.words))}


def _brought(output: Output, folder: Path, repo: Path | None) -> Mapping[str, RunThen]:
    """What was signed elsewhere, judged by this machine's trust. Raises for the first pack that does not hold."""
    from gonogo.cli.verify import decision_in, judged  # noqa: PLC0415 - see command
    from gonogo.nightly.brought import signed_in  # noqa: PLC0415 - the same
    from gonogo.trusting import Roots  # noqa: PLC0415 - the same

    roots = Roots(output, repo, None, None)

    def judge(pack: Path) -> tuple[Report, str]:
        report = judged(output, pack, roots, output.world.now())
        return report, decision_in(report)

    return dict(signed_in(folder, judge, output.words))


def _report(output: Output, night: Night, told: Mapping[str, Any], place: Path, form: str) -> None:
    from gonogo.cli.handoff import say_where  # noqa: PLC0415 - see command
    from gonogo.gate_formats.github import append_summary  # noqa: PLC0415 - the same
    from gonogo.nightly.forms import (  # noqa: PLC0415 - the same
        night_annotations,
        night_junit,
        night_sarif,
        night_summary,
    )

    rows = [(one.layer, one.verdict, one.recommendation or "-", one.run_id or "-", one.reason) for one in night.layers]
    words = f"{columns(output, HEADINGS, rows)}\n\n{night.verdict}: {output.words(night.reason)}"
    match form:
        case "junit":
            words = night_junit(night).rstrip()
        case "sarif":
            words = night_sarif(night)
        case "github":
            words = night_annotations(night, output.words)
        case _:
            pass
    output.result(told, words)
    if form == "github":
        append_summary(output.env, night_summary(told))
    output.say(msg("reports, packs and index: {place}", place=str(place)))
    for one in night.layers:
        if one.handoff is not None:
            file, digest = one.handoff
            say_where(output, str(one.run_id), file.rpartition("/")[2], digest)
    if told["waiting"] and not any(one["handoff"] for one in told["layers"]):
        output.say(msg("next: {command}", command=output.words(msg("gonogo inbox"))))
