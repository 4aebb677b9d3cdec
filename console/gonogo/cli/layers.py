"""``gonogo layers [LAYER]``: the layer map, and what a run of each layer would use, with the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from gonogo.cli.columns import columns
from gonogo.cli.configuration import Found, find, origin_words
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg
from gonogo_policies.selection import Selection, select_model

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.config.base import LayerName
    from gonogo_policies.config.layers import Layer

SCHEMA = "gonogo/layers/v1"
LOOKING = "gonogo layers"
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
    names: list[LayerName] = sorted(found.config.layers)
    if layer is not None:
        if layer not in names:
            _select(found, layer)
        names = [cast("LayerName", layer)]
    entries = [_entry(output, found, name) for name in names]
    document: dict[str, object] = {
        "schema": SCHEMA,
        "matrix_version": found.config.matrix_version,
        "phase_id": found.config.phase_id,
        "registry_version": found.config.registry.registry.version,
        "layers": entries,
        "files": found.files(output),
        "notes": found.notes(output),
    }
    human = _one(output, entries[0]) if layer is not None else _all(output, entries)
    output.result(document, f"{human}\n\n{origin_words(output, found)}")
    return 0


def _select(found: Found, layer: str) -> Selection:
    """What a run of the layer would get. Raises as the run itself would."""
    return select_model(found.config, layer_id=layer, run_reason=LOOKING)


def _entry(output: Output, found: Found, name: LayerName) -> dict[str, Any]:
    layer = found.config.layers[name]
    german = output.language == "de"
    return {
        "layer_id": name,
        "name": layer.name_de if german else layer.name,
        "purpose": layer.purpose_de if german else layer.purpose,
        "autonomy": list(layer.autonomy),
        "forbidden": layer.forbidden,
        "primary": layer.primary,
        "fallback": list(layer.fallback),
        "critic": layer.critic,
        "scope": layer.scope,
        "profile": layer.profile,
        "tools": list(layer.tools),
        "tools_optional": list(layer.tools_optional),
        "hard_constraints": list(layer.hard_constraints),
        "commands": [command.name for command in layer.commands],
        "selection": _selection(output, found, name, layer),
    }


def _selection(output: Output, found: Found, name: str, layer: Layer) -> dict[str, Any]:
    """The choice with its reasons, or the refusal: L6 has no run."""
    try:
        chosen = _select(found, name)
    except GonogoError as error:
        refusal = {"code": error.code, "what": output.words(error.what), "exit_code": error.exit_code}
        return {"possible": False, "forbidden": layer.forbidden, "error": refusal}
    return {
        "possible": True,
        "autonomy_level": chosen.autonomy_level,
        "primary": chosen.primary_model_id,
        "fallback": list(chosen.fallback_model_ids),
        "critic": chosen.critic_model_id,
        "scope": chosen.capability_scope_id,
        "profile": chosen.model_profile,
        "reasons": [output.words(reason) for reason in chosen.reasons],
    }


def _all(output: Output, entries: list[dict[str, Any]]) -> str:
    headings = (msg("Layer"), msg("Name"), msg("Autonomy"), msg("Model"), msg("Fallback"), msg("Critic"), msg("Scope"))
    rows = [
        (
            entry["layer_id"],
            entry["name"],
            "/".join(entry["autonomy"]) or output.words(msg("forbidden")),
            entry["primary"],
            ", ".join(entry["fallback"]) or "-",
            entry["critic"],
            entry["scope"],
        )
        for entry in entries
    ]
    return columns(output, headings, rows)


def _one(output: Output, entry: dict[str, Any]) -> str:
    chosen = entry["selection"]
    lines = [output.paint(f"{entry['layer_id']}  {entry['name']}", "bold"), entry["purpose"]]
    if not chosen["possible"]:
        refusal = chosen["error"]
        lines.append(output.words(msg("No run: {code}: {what}", code=refusal["code"], what=refusal["what"])))
        return "\n".join(lines)
    parts: tuple[tuple[Text, str], ...] = (
        (msg("Autonomy"), chosen["autonomy_level"]),
        (msg("Model"), chosen["primary"]),
        (msg("Fallback"), ", ".join(chosen["fallback"]) or "-"),
        (msg("Critic"), chosen["critic"]),
        (msg("Scope"), chosen["scope"]),
        (msg("Profile"), chosen["profile"]),
        (msg("Tools"), ", ".join(entry["tools"]) or "-"),
    )
    lines += [f"  {output.words(name)}: {value}" for name, value in parts]
    lines += [f"  {output.words(msg('Constraint'))}: {words}" for words in entry["hard_constraints"]]
    lines += [f"  {output.words(msg('Because'))}: {words}" for words in chosen["reasons"]]
    return "\n".join(lines)
