"""``sign --edit``: the operator's own words in the review notes, before they sign."""

from __future__ import annotations

import shlex
import subprocess  # the operator's editor, by argv, on their own terminal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_graph.play import stored_results
from gonogo_graph.proof import pack_folder
from gonogo_graph.signing import edit_notes

if TYPE_CHECKING:
    from gonogo.cli.context import Output
    from gonogo_graph.context import RunContext

NOTES_LIMIT = 1024 * 1024


def edit_in_editor(output: Output, context: RunContext) -> None:
    """Open the notes in ``$VISUAL`` or ``$EDITOR``; changed words make a new review and a superseding request."""
    editor = output.env.get("VISUAL") or output.env.get("EDITOR") or ""
    if not editor or not output.interactive:
        raise BadInput(
            "NO_EDITOR",
            msg("Editing needs a terminal and an editor in VISUAL or EDITOR."),
            next_step=msg(
                'EDITOR=nano gonogo sign {run} --decision DECISION --reason "TEXT" --edit', run=context.run_id
            ),
        )
    before = read_bytes(pack_folder(context) / "review" / "notes.md", limit=NOTES_LIMIT)
    with tempfile.TemporaryDirectory(prefix="gonogo-notes-") as folder:
        path = Path(folder) / "notes.md"
        path.write_bytes(before)
        done = subprocess.run([*shlex.split(editor), str(path)], check=False)  # noqa: S603 - the operator's own editor
        after = read_bytes(path, limit=NOTES_LIMIT)
    if done.returncode != 0:
        raise BadInput("EDITOR_FAILED", msg("The editor ended with {code}; nothing changed.", code=done.returncode))
    if after != before:
        edit_notes(context, stored_results(context), after)
        output.say(msg("The notes were changed: a new review and a new request."))
