"""``gonogo docs fix``: put right what follows from names and history alone; git can undo all of it."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.docs_desk import docs_desk
from gonogo_agents.objects import file_at
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_policies.docs.fixes import mend
from gonogo_policies.docs.text import TEXT_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo.cli.docs_desk import DocsDesk
    from gonogo_policies.docs.fixes import Edit

SCHEMA = "gonogo/docs-fix/v1"


@click.command(
    "fix",
    short_help=str(msg("mend what is certain: renamed files, letters, anchors, examples")),
    help=str(
        msg(
            "Mend references where names and git's history leave one answer, and mark example paths in code where "
            "docs-token-policy-gate is asked for. "
            "Only committed, unchanged files are written, so that git can undo it; for others the patch is shown."
        )
    ),
)
@click.argument("paths", nargs=-1, metavar="[DOCUMENT]...")
@click.option("--dry-run", is_flag=True, help=str(msg("show the patch and write nothing")))
@click.option("--escape", is_flag=True, help=str(msg("mark paths in code spans that are not there as examples")))
@json_option
@repo_option
@pass_output
def fix(output: Output, /, *, paths: tuple[str, ...], dry_run: bool, escape: bool, repo: Path | None) -> int:
    """Mend documents. Exit 0: nothing is left to write; 1: a patch was shown and not written."""
    rows: list[dict[str, Any]] = []
    patches: list[str] = []
    with docs_desk(output, repo) as desk:
        marked = escape or _examples_are_marked(desk)
        for path in desk.documents.paths if not paths else [one for one in desk.documents.paths if _named(one, paths)]:
            found = mend(path, desk.documents.tree, desk.documents.library, mark=marked, escape=escape)
            if found is None:
                continue
            text, edits = found
            written = not dry_run and _write(desk, path, text)
            rows += _rows(path, edits, written=written)
            if not written:
                patches.append(_patch(path, desk.documents.read(path) or "", text))
    for row in rows:
        values = {name: row[name] for name in ("path", "line", "old", "new")}
        output.say(msg("{path}:{line} {old} -> {new}", **values))
    if patches and not dry_run:
        output.say(msg("Files with changes that git does not hold are not written: commit them, or apply the patch."))
    output.result({"schema": SCHEMA, "edits": rows, "patch": "".join(patches)}, "".join(patches).rstrip("\n"))
    return 1 if patches else 0


def _examples_are_marked(desk: DocsDesk) -> bool:
    """Whether ``docs-token-policy-gate`` is asked for here."""
    from gonogo_graph.gating import ci_facts  # noqa: PLC0415 - only when it is used

    gates = [gate for gate in desk.gates if gate.kind == "tokens"]
    ci = ci_facts(desk.snapshot) if gates else None
    return any(gate.origin != "packaged" or (ci is not None and gate.name in ci.contexts) for gate in gates)


def _named(path: str, named: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in named)


def _rows(path: str, edits: tuple[Edit, ...], *, written: bool) -> list[dict[str, Any]]:
    return [
        {"path": path, "line": one.line, "code": one.code, "old": one.old, "new": one.new, "written": written}
        for one in edits
    ]


def _write(desk: DocsDesk, path: str, text: str) -> bool:
    """Write a document of the desk that git holds as it is, reached through no link; False where it is not so."""
    entry = desk.documents.files[path]
    held = file_at(desk.repository.git, desk.snapshot.head, path)
    root = os.path.realpath(desk.repository.root)
    place = desk.repository.root / os.fsdecode(entry.raw)
    if os.path.realpath(place) != os.path.join(root, os.fsdecode(entry.raw)):  # noqa: PTH118 - beside realpath
        return False
    try:
        if held is None or read_bytes(place, limit=TEXT_LIMIT) != held:
            return False
        write_atomic(place, text.encode(), mode=place.stat().st_mode & 0o777)
    except (GonogoError, OSError):
        return False
    return True


def _patch(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
