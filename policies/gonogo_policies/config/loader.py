"""Put the sides' files together into one configuration (decisions.md, "Places").

The commit under review may supply layers, registry, roles and scopes, and add gates and guarded paths. It never gets
more rights than the trust side (or, where that is silent, the packaged defaults) gives, and never replaces a gate or a
control. What was cut is said in ``Config.notes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar, cast

from pydantic import BaseModel

from gonogo_evidence.text import Text, msg
from gonogo_policies.config import narrow, parse, predecessor
from gonogo_policies.config.gates import Gate, GatesFile
from gonogo_policies.config.guardrails import Guardrails, GuardrailsFile
from gonogo_policies.config.layers import Layer, LayersFile
from gonogo_policies.config.policies import with_policies
from gonogo_policies.config.providers import ProvidersFile
from gonogo_policies.config.reader import REGISTRY, FileOrigin, Reader, missing, schema_of
from gonogo_policies.config.registry import Registry
from gonogo_policies.config.roles import RoleScope, RolesFile
from gonogo_policies.config.runbook import Control, RunbookFile
from gonogo_policies.config.scopes import CapabilityScope, ScopeFile
from gonogo_policies.config.sources import OWN_GATES, SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_policies.config.base import LayerName, RoleName
    from gonogo_policies.config.sources import ConfigSource

M = TypeVar("M", bound=BaseModel)
SCOPE_SCHEMA: Final = "gonogo/capability_scope/v1"
LEAST_FIRST: Final = ("packaged", "trust", "commit")


@dataclass(frozen=True, slots=True)
class Config:
    """All of it, checked and put together."""

    layers: Mapping[LayerName, Layer]
    matrix_version: str
    phase_id: str
    registry: Registry
    scopes: Mapping[str, CapabilityScope]
    roles: Mapping[RoleName, RoleScope]
    gates: tuple[Gate, ...]
    """Packaged order, then what trust adds, then what the commit adds; each knows its ``origin``."""
    proposed_gates: tuple[Gate, ...]
    """Gates that the commit describes otherwise than the trust side, which won: ``init`` may offer to enrol them."""
    guardrails: Guardrails
    providers: ProvidersFile
    controls: tuple[Control, ...]
    files: Mapping[str, FileOrigin]
    """The files that had a say: under their name, and another side's of the same name under ``name@side``."""
    notes: tuple[Text, ...]

    def gate(self, name: str) -> Gate | None:
        """Return the gate of this exact name."""
        return next((gate for gate in self.gates if gate.name == name), None)


def load_config(sources: Sequence[ConfigSource]) -> Config:
    """Read and combine configuration.

    Args:
        sources: in order of precedence, usually commit, trust, packaged; any may be absent.

    Raises:
        BadInput: with a ``CONFIG_*`` code, the file and line, and the nearest right key where there is one;
            ``CONFIG_FILE_MISSING`` where no side has a file that is needed.
    """
    reader = Reader(sources)
    reader.refuse_strays()
    registry, layers = _registry(reader), _layers(reader)
    gates, proposed = _gates(reader)
    guardrails = _guardrails(reader)
    return Config(
        layers=layers.layers,
        matrix_version=layers.matrix_version,
        phase_id=layers.phase_id,
        registry=registry,
        scopes=_scopes(reader),
        roles=_roles(reader),
        gates=tuple(gate if gate.kind != "live" else guarded(gate, guardrails) for gate in gates),
        proposed_gates=proposed,
        guardrails=guardrails,
        providers=_of_trust(reader, "providers.toml", ProvidersFile),
        controls=_of_trust(reader, "runbook.toml", RunbookFile).control,
        files=dict(sorted(reader.files.items())),
        notes=tuple(dict.fromkeys(reader.notes)),
    )


def _registry(reader: Reader) -> Registry:
    """The first side's; a file of the predecessor's form is read over the next side's, which is a part of it then."""
    holders = [source for source in reader.sources if REGISTRY in source.files]
    result: Registry | None = None
    needed: list[ConfigSource] = []
    for source in reversed(holders):
        found = reader.document(source, REGISTRY)
        if found.schema is None and result is not None and source.label != "packaged":
            result = predecessor.registry(found, result)
            needed.insert(0, source)
        else:
            parse.check_schema(found, schema_of(REGISTRY))
            result, needed = parse.model(Registry, found.without_schema(), found), [source]
    if result is None:
        raise missing(REGISTRY)
    for source in needed:
        reader.use(source, REGISTRY)
    return result


def _layers(reader: Reader) -> LayersFile:
    """The first side's map, cut to what the first side that is not the commit allows."""
    maps = _layer_maps(reader)
    if not maps:
        raise missing("layers.toml")
    source, mine = maps[0]
    if source.label != "commit" or len(maps) == 1:
        _use_map(reader, source)
        return mine
    other, base = maps[1]
    for used in (source, other):
        _use_map(reader, used)
    layers: dict[LayerName, Layer] = {}
    for name, layer in mine.layers.items():
        layers[name], notes = narrow.layer(name, layer, base.layers[name])
        reader.notes.extend(notes)
    return mine.model_copy(update={"layers": layers})


def _layer_maps(reader: Reader) -> list[tuple[ConfigSource, LayersFile]]:
    """Each side's map, in order of precedence: its ``layers.toml``, or the one inside a predecessor's registry."""
    maps: list[tuple[ConfigSource, LayersFile]] = []
    for source in reversed(reader.sources):
        found = reader.read(source, "layers.toml", LayersFile)
        if found is None and maps and REGISTRY in source.files:
            registry = reader.document(source, REGISTRY)
            found = predecessor.layer_map(registry, maps[0][1]) if registry.schema is None else None
        if found is not None:
            maps.insert(0, (source, found))
    return maps


def _use_map(reader: Reader, source: ConfigSource) -> None:
    """A map inside a registry is on record with the registry."""
    if "layers.toml" in source.files:
        reader.use(source, "layers.toml")


def _scopes(reader: Reader) -> dict[str, CapabilityScope]:
    authority: dict[str, CapabilityScope] = {}
    commit: dict[str, CapabilityScope] = {}
    for source in reader.sources:
        for name in sorted(name for name in source.files if name.startswith(f"{SCOPES}/")):
            scope = _scope(reader, source, name)
            side = commit if source.label == "commit" else authority
            if scope.id not in side:
                side[scope.id] = scope
                reader.use(source, name)
    return {**authority, **{key: _cut_scope(reader, scope, authority) for key, scope in commit.items()}}


def _scope(reader: Reader, source: ConfigSource, name: str) -> CapabilityScope:
    scope_id = name.removeprefix(f"{SCOPES}/").removesuffix(".toml")
    found = reader.document(source, name)
    if found.schema is None and source.label != "packaged":
        scope, notes = predecessor.scope(found, scope_id)
        reader.notes.extend(notes)
        return scope
    parse.check_schema(found, SCOPE_SCHEMA)
    return parse.model(ScopeFile, found.without_schema(), found).named(scope_id)


def _cut_scope(reader: Reader, scope: CapabilityScope, authority: Mapping[str, CapabilityScope]) -> CapabilityScope:
    """Cut to the scope of the same id and to those of the same layer: a new name must not be a way around."""
    for other in authority.values():
        if other.id == scope.id or other.layer_id == scope.layer_id:
            scope, notes = narrow.scope(scope, other)
            reader.notes.extend(notes)
    return scope


def _roles(reader: Reader) -> dict[RoleName, RoleScope]:
    found = reader.read_all("roles.toml", RolesFile)
    deciding = next(((source, model) for source, model in found if source.label != "commit"), None)
    if deciding is None:
        raise missing("roles.toml")
    reader.use(deciding[0], "roles.toml")
    base = deciding[1].roles
    mine = next(((source, model) for source, model in found if source.label == "commit"), None)
    if mine is None:
        return dict(base)
    reader.use(mine[0], "roles.toml")
    roles: dict[RoleName, RoleScope] = {}
    for name, scope in mine[1].roles.items():
        roles[name], notes = narrow.role(name, scope, base[name])
        reader.notes.extend(notes)
    return roles


def _gates(reader: Reader) -> tuple[tuple[Gate, ...], tuple[Gate, ...]]:
    chosen: dict[str, Gate] = {}
    proposed: list[Gate] = []
    for source in sorted(reader.sources, key=lambda source: LEAST_FIRST.index(source.label)):
        for gate in _gates_of(reader, source):
            if source.label != "commit" or gate.name not in chosen:
                chosen[gate.name] = gate
            elif gate.described_otherwise(chosen[gate.name]):
                proposed.append(gate)
                reader.notes.append(
                    msg("Gate {gate}: the commit describes it otherwise; the trust side's holds.", gate=gate.name)
                )
    if not chosen:
        raise missing("gates.toml")
    return with_policies(reader, chosen.values()), tuple(proposed)


def _gates_of(reader: Reader, source: ConfigSource) -> tuple[Gate, ...]:
    """A side's gates: ``.gonogo/gates.toml`` where there is one, else ``gates.toml``."""
    name = OWN_GATES if OWN_GATES in source.files else "gates.toml"
    found = reader.read(source, name, GatesFile)
    if found is None:
        return ()
    reader.use(source, name)
    return tuple(gate.named_by(source.label) for gate in found.gate)


def gates_declared(data: bytes, step: str = "E") -> list[str]:
    """The names of the gates of a step in a file, whatever else of it one cannot read. Raises ``CONFIG_*``."""
    entries = parse.document(data, place="gates.toml").table.get("gate")
    listed = cast("list[dict[str, object]]", entries) if isinstance(entries, list) else []
    return [str(one["name"]) for one in listed if "name" in one and one.get("step", "E") == step]


def _guardrails(reader: Reader) -> Guardrails:
    """All sides' lists together: each can only add. What is a cache, the commit does not say."""
    united: Guardrails | None = None
    proposed: set[str] = set()
    for source, named in reader.read_all("guardrails.toml", GuardrailsFile):
        reader.use(source, "guardrails.toml")
        found = named
        if source.label == "commit":
            proposed, found = set(named.caches), named.model_copy(update={"caches": ()})
        united = found if united is None else united.united(found)
    if united is None or not united.live_paths:
        raise missing("guardrails.toml")
    if proposed - set(united.caches):
        reader.notes.append(
            msg("The commit names caches of its own in {file}; they do not count.", file="guardrails.toml")
        )
    return Guardrails.model_validate(united.model_dump())


def guarded(gate: Gate, guardrails: Guardrails) -> Gate:
    """The live guard with what it guards."""
    return gate.model_copy(update={"live": guardrails.live_paths})


def _of_trust(reader: Reader, name: str, kind: type[M]) -> M:
    """The trust side's alone: a commit neither rewrites what measures it nor says who gets the operator's keys."""
    found = reader.read_all(name, kind)
    deciding = next(((source, model) for source, model in found if source.label != "commit"), None)
    if deciding is None:
        raise missing(name)
    reader.use(deciding[0], name)
    if any(source.label == "commit" and model != deciding[1] for source, model in found):
        reader.notes.append(msg("The commit's {file} differs from the trust side's, which holds.", file=name))
    return deciding[1]
