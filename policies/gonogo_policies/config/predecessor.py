"""The predecessor's registry and scope files, said in our terms (interop.md 2.1 to 2.3).

They carry no schema line. Keys that we do not know are left out; what cannot be understood is never taken as a
permission.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast, get_args, get_origin

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg
from gonogo_policies import globs
from gonogo_policies.config import parse, problems
from gonogo_policies.config.base import AUTONOMY_ORDER, NONE, LayerName
from gonogo_policies.config.layers import Layer, LayersFile
from gonogo_policies.config.locate import locate
from gonogo_policies.config.registry import Registry
from gonogo_policies.config.scopes import ScopeFile

if TYPE_CHECKING:
    from gonogo_policies.config.parse import Document
    from gonogo_policies.config.scopes import CapabilityScope

Table = Mapping[str, object]

FROM_DECISIONS: Final = ("allowed_decisions", "require_rationale", "require_evidence_ids")
"""Keys of a scope's ``[decision_constraints]`` that are part of our output contract."""


def known_only(annotation: object, value: object) -> object:
    """Return ``value`` without the keys that the model inside ``annotation`` does not know, at every depth."""
    kind = problems.model_in(annotation)
    if kind is None:
        return value
    if isinstance(value, list):
        return [known_only(annotation, item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    table = cast("dict[str, object]", value)
    if get_origin(annotation) is Mapping:
        return {key: known_only(get_args(annotation)[1], item) for key, item in table.items()}
    return {key: known_only(field.annotation, table[key]) for key, field in kind.model_fields.items() if key in table}


def registry(found: Document, defaults: Registry) -> Registry:
    """Read a registry without a schema line; what that form does not hold (profiles) comes from ``defaults``."""
    table = dict(found.table)
    table["fallback_policy"] = _fallback(_table(table.get("fallback_policy")))
    known = cast("dict[str, object]", known_only(Registry, table))
    base = cast("dict[str, object]", defaults.model_dump())
    for section in ("fallback_policy", "budget", "audit"):
        known[section] = {**_table(base[section]), **_table(known.get(section))}
    known["profiles"] = known.get("profiles") or base["profiles"]
    return parse.model(Registry, known, found)


def _fallback(policy: Table) -> dict[str, object]:
    """Its tables by layer stand directly below ``[fallback_policy]``."""
    layers = {key: cast("object", value) for key, value in policy.items() if isinstance(value, dict)}
    return {**{key: value for key, value in policy.items() if key not in layers}, "layers": layers}


def layer_map(found: Document, base: LayersFile) -> LayersFile | None:
    """Read ``[layer_mapping]`` over the names, constraints and scopes of ``base``; None where there is none."""
    mapping = found.table.get("layer_mapping")
    if not isinstance(mapping, dict):
        return None
    layers: dict[str, object] = {name: layer.model_dump() for name, layer in base.layers.items()}
    for name, given in cast("dict[str, object]", mapping).items():
        layer = next((layer for known, layer in base.layers.items() if known == name), None)
        if layer is None:
            guess = problems.nearest(name, get_args(LayerName))
            raise BadInput(
                "CONFIG_KEY_UNKNOWN",
                msg("There is no such key: {key}.", key=problems.key_name(("layer_mapping", name))),
                where=_line(found, "layer_mapping", name),
                next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else None,
            )
        layers[name] = {**layer.model_dump(), **_mapped(found, name, _table(given), layer)}
    return parse.model(LayersFile, {**base.model_dump(), "layers": layers}, found)


def _mapped(found: Document, name: str, given: Table, base: Layer) -> dict[str, object]:
    changes = {key: given[key] for key in ("primary", "critic") if key in given}
    if "fallback" in given:
        fallback = given["fallback"]
        listed = [fallback] if isinstance(fallback, str) else fallback
        changes["fallback"] = [] if listed == [NONE] else listed
    words = re.findall(r"[A-Z]+", str(given.get("autonomy", "")))
    levels = tuple(level for level in AUTONOMY_ORDER if level in words and level in base.autonomy)
    if "autonomy" in given and base.autonomy and not levels:
        raise BadInput(
            "CONFIG_VALUE",
            msg("{key}: no level in it is allowed for this layer.", key=problems.key_name((name, "autonomy"))),
            where=_line(found, "layer_mapping", name, "autonomy"),
        )
    return {**changes, "autonomy": levels or base.autonomy}


def scope(found: Document, scope_id: str) -> tuple[CapabilityScope, tuple[Text, ...]]:
    """Read a scope without a schema line, and say which permissions could not be understood."""
    table = dict(found.table)
    inputs, notes = _inputs(found, scope_id)
    table["inputs"] = inputs
    for section in ("outputs", "tooling"):
        forbidden = _strings(found, section, "forbidden")
        allowed = tuple(name for name in _strings(found, section, "allowed") if name not in forbidden)
        table[section] = {"allowed": allowed, "forbidden": forbidden}
    constraints = _table(table.get("constraints"))
    table["constraints"] = {key: value for key, value in constraints.items() if isinstance(value, bool)}
    decisions = _table(table.get("decision_constraints"))
    table["output_contract"] = {key: decisions[key] for key in FROM_DECISIONS if key in decisions}
    known = cast("dict[str, object]", known_only(ScopeFile, table))
    return parse.model(ScopeFile, known, found).named(scope_id), notes


def _inputs(found: Document, scope_id: str) -> tuple[dict[str, object], tuple[Text, ...]]:
    allowed, forbidden = (
        tuple(dict.fromkeys(glob for pattern in _strings(found, "inputs", key) for glob in _globs(pattern)))
        for key in ("allowed", "forbidden")
    )
    dropped = [glob for glob in allowed if globs.problem(glob)]
    wrong = next((glob for glob in forbidden if globs.problem(glob)), None)
    if wrong is not None:
        raise BadInput(
            "CONFIG_VALUE",
            msg("{key}: {glob} is no path pattern.", key="inputs.forbidden", glob=ascii(wrong)),
            where=_line(found, "inputs", "forbidden"),
        )
    notes = tuple(
        msg("The scope {scope} allows {glob}, which is no path pattern: left out.", scope=scope_id, glob=ascii(glob))
        for glob in dropped
    )
    return {"allowed": tuple(glob for glob in allowed if glob not in dropped), "forbidden": forbidden}, notes


def _globs(pattern: str) -> tuple[str, ...]:
    """``docs/`` means all below it there, and two stars inside a name (``out/**.json``) mean any depth."""
    pattern = pattern.strip().removeprefix("./")
    parts = (pattern + "**" if pattern.endswith("/") else pattern).split("/")
    inner = [index for index, part in enumerate(parts) if "**" in part and part != "**"]
    if len(inner) != 1:
        return ("/".join(parts),)
    before, after = re.split(r"\*{2,}", parts[inner[0]], maxsplit=1)
    here, deeper = [*parts], [*parts]
    here[inner[0]] = f"{before}*{after}"
    deeper[inner[0]] = f"{before}*/**/*{after}"
    return "/".join(here), "/".join(deeper)


def _line(found: Document, *path: str) -> str:
    return problems.at_line(found.place, locate(found.text, path))


def _table(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _strings(found: Document, section: str, key: str) -> tuple[str, ...]:
    """A list of words, none twice. What is no list is an error: a prohibition must not get lost."""
    value = _table(found.table.get(section)).get(key, [])
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    if not all(isinstance(item, str) for item in items):
        name = problems.key_name((section, key))
        raise BadInput(
            "CONFIG_TYPE",
            msg("{key}: {reason}.", key=name, reason="a list of strings is expected"),
            where=_line(found, section, key),
        )
    return tuple(dict.fromkeys(cast("list[str]", items)))
