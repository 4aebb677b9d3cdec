"""Starting a run: everything that it depends on is looked up once, here, and frozen as its inputs."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gonogo_agents.broker.git_queries import commit_authors
from gonogo_agents.duty import ROLES
from gonogo_agents.objects import path_text
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.ids import RunId
from gonogo_evidence.text import msg
from gonogo_graph.asked import (
    REPLAY,
    SMOKE,
    asked,
    commands_of,
    live_runs,
    other_family,
    own_providers,
    take_transcripts,
    transcripts_at,
)
from gonogo_graph.context import TIME, RunContext, trust_of
from gonogo_graph.desks import mark_of
from gonogo_graph.inside_gate import refuse_inside_gate
from gonogo_graph.provenance import provenance
from gonogo_graph.store import RunRow
from gonogo_graph.table import DUTIES, graph_version
from gonogo_policies.ci import required_contexts
from gonogo_policies.ci.required import LIST, RequiredInvalid
from gonogo_policies.config import ConfigSource, load_config, read_folder, repository_names
from gonogo_policies.selection import select_model

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_agents.repository import Repository
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON
    from gonogo_graph.places import Places
    from gonogo_graph.store import Store
    from gonogo_policies.config import Config
    from gonogo_policies.config.layers import Layer
    from gonogo_policies.selection import Selection

DRIVERS = ("auto", "model", "chat")
"""Who can play a role."""
TRUST_FILES = ("gates.toml", "guardrails.toml", "roles.toml")


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator asked for."""

    layer: str
    reason: str
    operator: str
    scope: str | None = None
    model: str | None = None
    profile: str | None = None
    autonomy: str | None = None
    mode: str = "smoke"
    driver: str = "auto"
    seed: int | None = None
    dataset_snapshot: str | None = None
    git_ref: str = "HEAD"
    base: str | None = None
    remote: Mapping[str, JSON] | None = None
    """A snapshot of remote checks, as :meth:`gonogo_policies.remote.Snapshot.json` has it."""
    model_roles: tuple[str, ...] = ()
    """Which roles a model plays under the driver ``model``; empty: all that have words of a model."""
    transcript: Path | None = None
    """Where a replay gets its answers: transcripts, a pack, a file."""


def start_run(
    options: Options,
    *,
    world: World,
    places: Places,
    repository: Repository,
    store: Store,
    defaults: Path,
    frozen: Mapping[str, JSON] | None = None,
) -> RunContext:
    """Freeze the inputs (or take those that are), and put the run into the index. Refuses before anything exists."""
    _refuse_early(options, world)
    inputs = freeze_inputs(options, repository, places, defaults) if frozen is None else frozen
    now = world.now()
    run_id = RunId(f"{now:%Y%m%d-%H%M%S}-{world.token(3)}")
    source = None
    if options.mode == REPLAY:
        source = transcripts_at(options.transcript, places, store, options.layer)
        inputs = {**inputs, "replay": provenance(source, places, live_runs(places, store))}
    body = canonical.dumps(inputs)
    inputs = canonical.loads_object(body)  # as every later leg reads them: a mapping's order is part of what is said
    context = RunContext(world, places, repository, store, run_id, inputs, defaults)
    if source is not None:
        take_transcripts(context, source)
    stamp = now.strftime(TIME)
    store.add_run(
        RunRow(
            run_id=run_id,
            state="RUNNING",
            layer_id=options.layer,
            reason=str(inputs["run_reason"]),
            operator_id=str(inputs["operator_id"]),
            git_ref=str(inputs["git_ref"]),
            mode=options.mode,
            repo_root=path_text(os.fsencode(repository.root)),
            inputs=body,
            graph_version=graph_version(),
            thread=run_id,
            created=stamp,
            updated=stamp,
        )
    )
    return context


def _refuse_early(options: Options, world: World) -> None:
    refuse_inside_gate(world)
    if options.driver not in DRIVERS:
        raise BadInput(
            "DRIVER_UNKNOWN",
            msg("There is no driver {driver}.", driver=ascii(options.driver)),
            next_step=msg("Drivers are {names}.", names=", ".join(DRIVERS)),
        )
    if options.model_roles and options.driver != "model":
        raise BadInput(
            "DRIVER_NEEDS_MODE",
            msg("Roles for a model are named, and the driver is {driver}.", driver=options.driver),
            next_step=msg("Add --driver model, or leave out --model-role."),
        )
    if options.driver == "model" and options.mode == SMOKE:
        raise BadInput(
            "DRIVER_NEEDS_MODE",
            msg("The driver model asks models, and mode smoke asks none."),
            next_step=msg("Add --mode live or --mode replay."),
        )


def check_options(options: Options, *, world: World, places: Places, repository: Repository, defaults: Path) -> None:
    """Refuse what :func:`start_run` would refuse, whoever the operator is; nothing is kept."""
    _refuse_early(options, world)
    freeze_inputs(options, repository, places, defaults)


def freeze_inputs(options: Options, repository: Repository, places: Places, defaults: Path) -> Mapping[str, JSON]:
    """All that the run depends on, by value or digest. Same repository, trust and options: same inputs."""
    commit = repository.resolve(options.git_ref)
    base, rule = repository.base_for(commit, options.base, ref=options.git_ref)
    config = config_at(repository, commit, places, defaults)
    _check_writers(config)
    selection = select_model(
        config,
        layer_id=options.layer,
        run_reason=options.reason,
        autonomy=options.autonomy,
        model_id=options.model,
        profile=options.profile,
    )
    layer = config.layers[selection.layer_id]
    inputs: dict[str, object] = {
        "schema": "gonogo/inputs/v1",
        "scope": options.scope or selection.layer_name,
        "run_reason": options.reason.strip(),
        "operator_id": options.operator,
        "git_ref": commit,
        "commit_time": repository.commit_time(commit).strftime(TIME),
        "base": base,
        "base_rule": rule,
        "root_commit": repository.root_commit,
        "commit_authors": commit_authors(repository, base, commit),
        "seed": options.seed,
        "dataset_snapshot_id": options.dataset_snapshot,
        "mode": options.mode,
        "driver": options.driver,
        **({"model_roles": sorted(set(options.model_roles or ROLES))} if options.driver == "model" else {}),
        "locks": repository.lock_digests(commit),
        **mark_of(repository, options.git_ref, commit, places),
        **_remote(options, repository, commit, base, config),
        **_selected(selection),
        **_configured(config, layer),
    }
    if options.mode != SMOKE:
        inputs["asked"] = asked(config, selection, other_family=other_family(repository, places, defaults))
    return cast("Mapping[str, JSON]", inputs)


def _check_writers(config: Config) -> None:
    """A role that may not hand in what always follows would leave nothing to sign: not even a NO-GO."""
    for duty in DUTIES:
        if duty.always and duty.writes not in config.roles[duty.role].state_write:
            raise BadInput(
                "ROLES_WITHOUT_FIELD",
                msg("roles.toml does not let {role} write {field}.", role=duty.role, field=duty.writes),
                where="config/roles.toml",
                next_step=msg("Add {field} to state_write of {role}.", role=duty.role, field=duty.writes),
            )


def config_at(repository: Repository, commit: str, places: Places, defaults: Path) -> Config:
    """The configuration as a run on this commit would have it: the commit's, the trust side's, the packaged."""
    return load_config(_sources(repository, commit, places, defaults))


def _remote(
    options: Options, repository: Repository, commit: str, base: str | None, config: Config
) -> dict[str, object]:
    """The snapshot, and which checks are required: as the gate has it, the commit, or its base. A change drops none."""
    if options.remote is None:
        return {}
    required = [name for gate in config.gates for name in gate.contexts]
    for at in filter(None, (commit, base)):
        with suppress(BadInput, RequiredInvalid):
            data = repository.read_blob(at, LIST).decode("utf-8", "replace")
            required += [one.context for one in required_contexts(LIST, data)]
    return {"remote_checks": {**options.remote, "required": sorted(set(required))}}


def _selected(selection: Selection) -> dict[str, object]:
    return {
        "layer_id": selection.layer_id,
        "layer_name": selection.layer_name,
        "capability_scope": selection.capability_scope_id,
        "autonomy_level": selection.autonomy_level,
        "model_id": selection.primary_model_id,
        "model_profile": selection.model_profile,
        "critic_model_id": selection.critic_model_id,
        "fallback_model_ids": list(selection.fallback_model_ids),
        "registry_version": selection.registry_version,
        "selection_reasons": [reason.json() for reason in selection.reasons],
    }


def _configured(config: Config, layer: Layer) -> dict[str, object]:
    scope = config.scopes.get(layer.scope)
    limits = None
    if scope is not None:
        limits = {
            "inputs_allowed": list(scope.inputs.allowed),
            "inputs_forbidden": list(scope.inputs.forbidden),
            "outputs_allowed": list(scope.outputs.allowed),
            "outputs_forbidden": list(scope.outputs.forbidden),
            "tooling_allowed": list(scope.tooling.allowed),
            "tooling_forbidden": list(scope.tooling.forbidden),
        }
    return {
        "matrix_version": config.matrix_version,
        "phase_id": config.phase_id,
        "scope_limits": limits,
        "guardrails": {
            "live": list(config.guardrails.live_paths),
            "execution": list(config.guardrails.execution_paths),
            "trust": list(config.guardrails.trust_paths),
            "secret": list(config.guardrails.secret_paths),
            "desk": list(config.guardrails.desk_paths),
            "caches": list(config.guardrails.caches),
        },
        "gates": [*(gate.model_dump(mode="json") for gate in config.gates), *commands_of(layer)],
        "roles": {name: role.model_dump(mode="json") for name, role in config.roles.items()},
        "notes": [note.json() for note in config.notes],
        "config": dict(config.files),
    }


def _sources(repository: Repository, commit: str, places: Places, defaults: Path) -> list[ConfigSource]:
    """Commit first for layers and registry; the loader lets trust and packaged files win where they must."""
    blobs = repository.config_files(commit)
    files = {name: blobs[path] for path, name in repository_names(blobs).items()}
    try:
        trust = trust_of(places, repository, defaults)
    except Inconclusive as error:  # nobody is enrolled: the packaged defaults stand on the trust side
        if error.code != "TRUST_MISSING":
            raise
        enrolled: dict[str, bytes] = {}
    else:
        outside = {name for name, origin in trust.origins.items() if origin in {"trust", "base-ref"}}
        enrolled = {name: data for name, data in trust.files.items() if name in outside & set(TRUST_FILES)}
    enrolled |= own_providers(places)
    return [
        ConfigSource("commit", files),
        ConfigSource("trust", enrolled),
        read_folder(defaults, "packaged"),
    ]


def require_operator(operator: str | None) -> str:
    """The operator's id, or a clear error where none is known."""
    if operator and operator.strip():
        return operator.strip()
    raise BadInput(
        "OPERATOR_UNKNOWN",
        msg("Nobody is named as the operator of this run."),
        next_step=msg("Enrol a signer first, or name one: --operator NAME"),
    )
