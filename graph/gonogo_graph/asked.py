"""What a run with models freezes beside a smoke run's inputs, and the transcripts that a replay starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_agents.models.recordings import FOLDER, read_recordings, transcript_files
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.ids import RunId
from gonogo_evidence.text import msg
from gonogo_graph.context import trust_of
from gonogo_policies.config.base import NONE
from gonogo_policies.config.gates import Gate
from gonogo_policies.trust import trust_folder

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.repository import Repository
    from gonogo_graph.context import RunContext
    from gonogo_graph.places import Places
    from gonogo_graph.store import Store
    from gonogo_policies.config import Config
    from gonogo_policies.config.layers import Layer
    from gonogo_policies.selection import Selection

SMOKE: Final = "smoke"
REPLAY: Final = "replay"
LIVE: Final = "live"
PROVIDERS: Final = "providers.toml"
LIMIT: Final = 1024 * 1024
GIVEN: Final = "given"
LATEST: Final = 50
"""So many of the newest runs are looked at for a transcript."""


def asked(config: Config, selection: Selection, *, other_family: bool) -> dict[str, object]:
    """Models, providers, profile, contract, retries, budget: by value, so that a resume asks as the start did.

    Raises:
        BadInput: ``LAYER_WITHOUT_MODEL``, ``PROVIDER_UNKNOWN``.
    """
    if selection.primary_model_id == NONE:
        raise BadInput(
            "LAYER_WITHOUT_MODEL",
            msg("{layer} asks no model; mode live or replay has no place there.", layer=selection.layer_id),
            next_step=msg("Leave out --mode: the layer runs its deterministic checks."),
        )
    registry, layer, scope = (
        config.registry,
        config.layers[selection.layer_id],
        config.scopes[selection.capability_scope_id],
    )
    names = (selection.primary_model_id, *selection.fallback_model_ids, selection.critic_model_id)
    models = {model.model_id: model for name in names if (model := registry.find(name)) is not None}
    known = config.providers.providers
    for model in models.values():
        if model.provider not in known:
            raise BadInput(
                "PROVIDER_UNKNOWN",
                msg(
                    "The model {model} names the provider {provider}, which providers.toml does not know.",
                    model=model.model_id,
                    provider=model.provider,
                ),
                next_step=msg("Add it to providers.toml in the trust store; a commit cannot."),
            )
    policy = registry.fallback_policy
    return {
        "purpose": layer.purpose,
        "hard_constraints": list(layer.hard_constraints),
        "models": {name: model.model_dump(mode="json") for name, model in models.items()},
        "providers": {one.provider: known[one.provider].model_dump(mode="json") for one in models.values()},
        "profile": registry.profiles[selection.model_profile].model_dump(mode="json"),
        "constraints": dict(scope.constraints),
        "contract": scope.output_contract.model_dump(mode="json"),
        "logged": list(dict.fromkeys((*registry.audit.required_log_fields, *scope.logging.required_fields))),
        "audit": {
            "log_all_model_calls": registry.audit.log_all_model_calls,
            "log_destination": registry.audit.log_destination,
        },
        "retries": {
            "max_retries_per_model": policy.max_retries_per_model,
            "retry_delay_seconds": policy.retry_delay_seconds,
        },
        "budget": registry.budget.model_dump(mode="json"),
        "limits": config.providers.limits.model_dump(mode="json"),
        "other_family": other_family,
    }


def own_providers(places: Places) -> dict[str, bytes]:
    """This machine's ``providers.toml`` from the trust store; nothing where there is none."""
    path = trust_folder(places.config_home, places.repository_id) / PROVIDERS
    return {PROVIDERS: read_bytes(path, limit=LIMIT)} if path.exists() else {}


def transcripts_at(place: Path | None, places: Places, store: Store, layer_id: str) -> Path:
    """Where a replay gets its answers: the place that was named, or the newest live run of the layer.

    Raises what :func:`gonogo_agents.models.recordings.read_recordings` raises, before there is any run.
    """
    source = place or _latest(places, store, layer_id)
    read_recordings(source)
    return source


def take_transcripts(context: RunContext, source: Path) -> None:
    """Copy the answers that a replay has into the run's own folder, whole and read once."""
    target = context.folder.root / GIVEN
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in transcript_files(source):
        data = read_bytes(file, limit=canonical.MAX_BYTES)
        write_atomic(target / f"{canonical.digest_of(data)}.json", data)


def live_runs(places: Places, store: Store) -> list[Path]:
    """Folders of the newest live runs here, the newest first."""
    rows = [store.run(run_id) for run_id in store.run_ids("", limit=LATEST)]
    return [places.run(RunId(row.run_id)).root for row in rows if row is not None and row.mode == LIVE]


def _latest(places: Places, store: Store, layer_id: str) -> Path:
    """The newest live run of the same layer that left transcripts."""
    for run_id in store.run_ids("", limit=LATEST):
        row, left = store.run(run_id), places.run(run_id).root / "data" / FOLDER
        if row is not None and (row.mode, row.layer_id) == (LIVE, layer_id) and left.is_dir():
            return left.parent.parent
    raise BadInput(
        "TRANSCRIPT_MISSING",
        msg("There is no transcript to replay."),
        where=str(places.state),
        next_step=msg("Name a run, a pack, a folder or a file: --transcript PLACE"),
    )


def other_family(repository: Repository, places: Places, defaults: Path) -> bool:
    """Whether separation of duties asks for a critic of another family than the proposer's."""
    try:
        policy = trust_of(places, repository, defaults).separation
    except Inconclusive:  # nobody is enrolled; nobody can sign either
        return False
    return any({pair.first, pair.second} == {"proposer_family", "critic_family"} for pair in policy.enforced())


def commands_of(layer: Layer) -> list[dict[str, object]]:
    """The deterministic commands of a layer without a model: hard gates of its run, fenced and read as such.

    A commit's own were cut from the layer map already; what is left stands on the trust side.
    """
    return [
        Gate(
            name=f"{layer.name}: {command.name}",
            step="E",
            hard=True,
            kind="command",
            purpose=layer.purpose,
            argv=command.argv,
            output="exit",
            timeout_seconds=command.timeout_seconds,
            origin="trust",
        ).model_dump(mode="json")
        for command in layer.commands
    ]
