"""``gonogo reproduce``: run a pack again from its own manifest, and compare the core byte for byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_graph.reproduce import Reproduction

SCHEMA = "gonogo/reproduce/v1"
DIFFERS = 1
LONGEST = 200
"""Characters of a value that are shown."""


@click.command("reproduce")
@click.argument("pack_or_run")
@json_option
@repo_option
@pass_output
def command(output: Output, *, pack_or_run: str, repo: Path | None) -> int:
    """Run a pack again from its manifest, in throw-away places, and compare the core. Exit 0 equal, 1 different."""
    from gonogo.cli.progress import StepList  # noqa: PLC0415 - only when it is used
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - the graph's floor, only when it is used
    from gonogo.trusting import find_pack  # noqa: PLC0415 - the same
    from gonogo_graph.reproduce import reproduce  # noqa: PLC0415 - the same

    folder = find_pack(output, pack_or_run, repo)
    require_authentic(folder)
    with session_at(output, repo) as session, StepList(output) as steps:
        made = reproduce(session, folder, steps)
    output.result(_document(made, folder), "" if output.json else _human(output, made))
    return 0 if made.equal else DIFFERS


def require_authentic(folder: Path) -> None:
    """Raise ``PACK_CHANGED`` unless these are the sealed bytes."""
    from gonogo_evidence.verify import verify_pack  # noqa: PLC0415 - only when it is used

    report = verify_pack(folder)
    if report.verdict("authentic") != "PASS":
        bad = next(check for check in report.of("authentic") if check.verdict != "PASS" and not check.limit)
        raise IntegrityBroken(
            "PACK_CHANGED",
            msg("The sealed evidence is not what was sealed: {what}", what=str(bad.evidence)),
            where=str(folder / bad.where),
            next_step=msg("gonogo verify {pack}", pack=str(folder)),
        )


def shown(value: object) -> str:
    """A JSON value on one line, cut."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _document(made: Reproduction, folder: Path) -> dict[str, Any]:
    one = made.difference
    first = {"file": made.file, "path": one.path, "then": one.left, "now": one.right} if one else None
    return {
        "schema": SCHEMA,
        "pack": str(folder),
        "pack_id": made.pack_id,
        "reproduced": made.equal,
        "core_digest": made.core_digest,
        "core_digest_now": made.again,
        "first_difference": first,
        "hints": [str(hint) for hint in made.hints],
    }


def _human(output: Output, made: Reproduction) -> str:
    if made.difference is None:
        return output.words(msg("reproduced: the core is the same, {digest}", digest=made.core_digest))
    one = made.difference
    lines = [
        msg("not reproduced: {file} differs first, at {path}", file=made.file, path=one.path),
        msg("  then: {value}", value=shown(one.left)),
        msg("  now:  {value}", value=shown(one.right)),
        *(msg("  perhaps: {hint}", hint=output.words(hint)) for hint in made.hints),
    ]
    if not made.hints:
        lines.append(msg("  nothing that a run depends on is seen to differ: a tool or a gate is not deterministic"))
    return "\n".join(output.words(line) for line in lines)
