"""``gonogo models [MODEL]``: the model registry, its profiles, and which layers use what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from gonogo.cli.columns import columns
from gonogo.cli.configuration import find, origin_words
from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.config import Config
    from gonogo_policies.config.registry import RegisteredModel

SCHEMA = "gonogo/models/v1"


@click.command("models", help=str(msg("The model registry. With MODEL: everything it says about one model.")))
@click.argument("model", required=False)
@json_option
@repo_option
@pass_output
def command(output: Output, model: str | None, repo: Path | None) -> int:
    """Show all models, or one."""
    found = find(output, repo)
    registry = found.config.registry
    chosen = list(registry.models.values()) if model is None else [_one(found.config, model)]
    entries = [_entry(found.config, item) for item in chosen]
    document: dict[str, object] = {
        "schema": SCHEMA,
        "registry_version": registry.registry.version,
        "effective_date": registry.registry.effective_date,
        "models": entries,
        "profiles": {name: profile.model_dump(mode="json") for name, profile in registry.profiles.items()},
        "files": found.files(output),
        "notes": found.notes(output),
    }
    human = _table(output, entries) if model is None else _details(output, entries[0])
    output.result(document, f"{human}\n\n{origin_words(output, found)}")
    return 0


def _one(config: Config, name: str) -> RegisteredModel:
    model = config.registry.find(name)
    if model is None:
        near = config.registry.nearest(name)
        raise BadInput(
            "MODEL_UNKNOWN",
            msg("The registry has no model {model}.", model=name),
            next_step=msg("Did you mean {nearest}?", nearest=near) if near else msg("gonogo models"),
        )
    return model


def _entry(config: Config, model: RegisteredModel) -> dict[str, Any]:
    roles = {
        name: [
            role
            for role, plays in (
                ("primary", model.model_id == layer.primary),
                ("fallback", model.model_id in layer.fallback),
                ("critic", model.model_id == layer.critic),
            )
            if plays
        ]
        for name, layer in sorted(config.layers.items())
    }
    return {**model.model_dump(mode="json"), "layers": {name: plays for name, plays in roles.items() if plays}}


def _uses(entry: dict[str, Any]) -> str:
    return ", ".join(f"{layer} {'+'.join(roles)}" for layer, roles in entry["layers"].items()) or "-"


def _table(output: Output, entries: list[dict[str, Any]]) -> str:
    headings = (
        *(msg("Model"), msg("Provider"), msg("Family"), msg("Status"), msg("Context")),
        *(msg("$/1k in"), msg("$/1k out"), msg("Used by")),
    )
    rows = [
        (
            *(entry["model_id"], entry["provider"], entry["family"], entry["status"], str(entry["context_window"])),
            *(entry["cost_per_1k_input"], entry["cost_per_1k_output"], _uses(entry)),
        )
        for entry in entries
    ]
    return columns(output, headings, rows)


def _details(output: Output, entry: dict[str, Any]) -> str:
    lines = [output.paint(entry["model_id"], "bold"), entry["description"]]
    shown = {name: value for name, value in entry.items() if name not in {"model_id", "description", "layers"}}
    lines += [f"  {name}: {_plain(value)}" for name, value in shown.items() if value not in ("", None)]
    return "\n".join([*lines, f"  {output.words(msg('Used by'))}: {_uses(entry)}"])


def _plain(value: object) -> str:
    return ", ".join(map(str, cast("list[object]", value))) if isinstance(value, list) else str(value)
