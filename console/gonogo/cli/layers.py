"""``gonogo layers [LAYER]``: the layer map, and what a run of each layer would use, with the reasons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.columns import columns
from gonogo.cli.configuration import Found, find, origin_words
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import msg
from gonogo_policies.selection import select_model

if TYPE_CHECKING:
    from gonogo_policies.config.layers import Layer

SCHEMA = "gonogo/layers/v1"
REASON = "gonogo layers"
"""The run reason of a selection that is only looked at."""


@click.command(
    "layers", help=str(msg("The layer map. With LAYER: what a run of it would use, and why each was chosen."))
)
@click.argument("layer", required=False)
@json_option
@repo_option
@pass_output
def command(output: Output, layer: str | None, repo: Path | None) -> int:
    """Show all layers, or one."""
    found = find(output, repo)
    if layer is not None:
        select_or_refuse = _selection(output, found, layer)
        if layer not in found.config.layers:
            raise select_or_refuse[1]
    names = [layer] if layer is not None else sorted(found.config.layers)
    entries = [_entry(output, found, name) for name in names]
    document = {
        "schema": SCHEMA,
        "matrix_version": found.config.matrix_version,
        "phase_id": found.config.phase_id,
        "registry_version": found.config.registry.registry.version,
        "layers": entries,
        "files": found.files(output),
        "notes": found.notes(output),
    }
    output.result(document, "" if output.json else _human(output, found, names, entries, one=layer is not None))
    return 0
