"""``gonogo controls [PACK|RUN]``: the runbook line by line, what decides each, what shows that, and the evidence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.columns import columns
from gonogo.cli.configuration import find
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo.control_evidence import Evidence
    from gonogo_policies.config.runbook import Control

SCHEMA = "gonogo/controls/v1"
STEPS = ("A", "B", "C", "D", "E", "F", "G")
WORDS: dict[str, Text] = {
    "covered": msg("covered"),
    "soft": msg("soft: decides nothing"),
    "planned": msg("planned"),
    "hole": msg("HOLE"),
}
HARD: dict[bool, Text] = {True: msg("hard"), False: msg("soft")}


@click.command(
    "controls",
    help=str(
        msg(
            "The runbook as controls: for each line its step, role, check and test; with PACK or RUN also the evidence."
        )
    ),
)
@click.argument("pack_or_run", required=False)
@click.option("--step", type=click.Choice(STEPS), help=str(msg("only the lines of one step")))
@click.option(
    "--coverage",
    "covering",
    is_flag=True,
    help=str(msg("map each control to its check, test and evidence; exit 1 where a hard one that is built lacks one")),
)
@json_option
@repo_option
@pass_output
def command(output: Output, *, pack_or_run: str | None, step: str | None, covering: bool, repo: Path | None) -> int:
    """List the controls, or map them and say where the map has holes."""
    from gonogo_policies.controls import of_step  # noqa: PLC0415 - only when it is used

    controls = find(output, repo).config.controls
    chosen = controls if step is None else of_step(controls, step)  # type: ignore[arg-type]  # one of STEPS
    evidence = _evidence(output, pack_or_run, repo)
    entries = [_entry(output, one, evidence) for one in chosen]
    holes = [entry["id"] for entry in entries if entry["coverage"] == "hole"]
    counts = dict(Counter(str(entry["coverage"]) for entry in entries))
    document: dict[str, object] = {"schema": SCHEMA, "controls": entries, "counts": counts, "holes": holes}
    human = "" if output.json else _human(output, entries, covering=covering, evidence=evidence is not None)
    output.result(document, human)
    return 1 if covering and holes else 0


def _evidence(output: Output, pack_or_run: str | None, repo: Path | None) -> Evidence | None:
    if pack_or_run is None:
        return None
    from gonogo.control_evidence import Evidence  # noqa: PLC0415 - only with a pack
    from gonogo.trusting import find_pack  # noqa: PLC0415 - the same

    return Evidence.of(find_pack(output, pack_or_run, repo))


def _entry(output: Output, control: Control, evidence: Evidence | None) -> dict[str, Any]:
    from gonogo_policies.controls import CAPABILITIES, coverage  # noqa: PLC0415 - only when it is used

    standing = coverage(control)
    entry: dict[str, Any] = {
        "id": control.id,
        "section": control.section,
        "step": control.step,
        "role": control.role,
        "hard": control.hard,
        "text": control.text_de if output.language == "de" else control.text_en,
        "check": control.check,
        "test": control.test,
        "planned_with": output.words(CAPABILITIES[control.issue]) if control.issue else None,
    }
    if evidence is not None and control.built:
        found = entry["evidence"] = evidence.for_check(control.check)
        if found is None and standing == "covered":
            standing = "hole"
    return {**entry, "coverage": standing}


def _human(output: Output, entries: Sequence[dict[str, Any]], *, covering: bool, evidence: bool) -> str:
    headings = [msg("Control"), msg("Step"), msg("Role"), msg("Weight"), msg("Check")]
    headings += [msg("Coverage"), msg("Test")] if covering else [msg("Line")]
    headings += [msg("Evidence")] if evidence else []
    rows = [_row(output, entry, covering=covering, evidence=evidence) for entry in entries]
    if not rows:
        return output.words(msg("No line of the runbook is meant."))
    table = columns(output, headings, rows)
    return f"{table}\n\n{output.words(_sum(entries))}" if covering else table


def _row(output: Output, entry: dict[str, Any], *, covering: bool, evidence: bool) -> list[str]:
    row = [entry["id"], entry["step"] or "-", entry["role"], output.words(HARD[entry["hard"]]), entry["check"]]
    if covering:
        row += [_coverage(output, entry), entry["test"] or "-"]
    else:
        row.append(entry["text"])
    if evidence:
        found = entry.get("evidence")
        row.append(f"{found['file']} {found['path']} {found['sha256'][:12]} {found['verdict'] or ''}" if found else "-")
    return row


def _coverage(output: Output, entry: dict[str, Any]) -> str:
    words = output.words(WORDS[entry["coverage"]])
    return f"{words}: {entry['planned_with']}" if entry["planned_with"] else words


def _sum(entries: Sequence[dict[str, Any]]) -> Text:
    counts = Counter(str(entry["coverage"]) for entry in entries)
    return msg(
        "{count} controls: {covered} covered, {soft} soft, {planned} planned, {holes} holes.",
        count=len(entries),
        covered=counts["covered"],
        soft=counts["soft"],
        planned=counts["planned"],
        holes=counts["hole"],
    )
