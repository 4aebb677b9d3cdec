"""Opening a repository's runs: places, store and context for those who look; player and log for those who go on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gonogo_agents.repository import Repository, open_repository
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.ids import PackId, RunId
from gonogo_evidence.text import msg
from gonogo_graph.context import TIME, RunContext, trust_of
from gonogo_graph.macs import mac_key
from gonogo_graph.places import Places, places
from gonogo_graph.store import refusal_of
from gonogo_graph.store.database import what_the_disk_says
from gonogo_graph.store.sqlite import SqliteStore
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from gonogo_agents.world import World
    from gonogo_graph.store import RunRow, Store
    from gonogo_policies.trust import Trust

LATEST = "latest"
SHOWN = 6
"""How many candidates an ambiguous prefix names."""


@dataclass(frozen=True, slots=True)
class Session:
    """One repository's runs, opened."""

    world: World
    repository: Repository
    places: Places
    store: Store

    def find(self, name: str, *, changed: bool = False) -> RunRow:
        """The run with this id, unambiguous prefix, or ``latest``.

        Raises RUN_UNKNOWN or RUN_AMBIGUOUS; RUN_ROW_CHANGED, on the record, unless ``changed`` takes such a row too.
        """
        ids = self.store.run_ids("" if name == LATEST else name, limit=SHOWN)
        exact = [run_id for run_id in ids if run_id == name] or ids[: 1 if name == LATEST else SHOWN]
        if not exact:
            raise BadInput(
                "RUN_UNKNOWN",
                msg("There is no run {name} in this repository.", name=ascii(name)),
                where=str(self.repository.root),
                next_step=msg("gonogo inbox --all"),
            )
        if len(exact) > 1:
            raise BadInput(
                "RUN_AMBIGUOUS",
                msg("{name} could be any of: {runs}", name=ascii(name), runs=", ".join(exact)),
                next_step=msg("Write more of the id."),
            )
        if changed:
            return cast("RunRow", self.store.row(exact[0]))
        try:
            return cast("RunRow", self.store.run(exact[0]))
        except IntegrityBroken as error:
            self.store.add_refusal(refusal_of(exact[0], self.world.now().strftime(TIME), error))
            raise

    def trust(self) -> Trust:
        """The trust roots as they are now. Raises ``TRUST_MISSING``."""
        return trust_of(self.places, self.repository, packaged_config())

    def context(self, row: RunRow) -> RunContext:
        """The context of a run that exists."""
        inputs = canonical.loads_object(row.inputs)
        return RunContext(
            self.world, self.places, self.repository, self.store, RunId(row.run_id), inputs, packaged_config()
        )


@contextmanager
def open_session(world: World, start: Path) -> Generator[Session, None, None]:
    """Open the runs of the repository around ``start``."""
    repository = open_repository(world, start)
    where = places(world, repository.repository_id)
    with what_the_disk_says(where.state):
        store = SqliteStore(where.database, mac_key(where.state_key, world))
        try:
            yield Session(world, repository, where, store)
        finally:
            store.close()


def pack_id_of(context: RunContext) -> PackId:
    """The run's name for its pack: phase, layer, the commit's date, and a number from the ledger."""
    inputs = context.inputs
    date = str(inputs["commit_time"])[:10].replace("-", "")
    phase, layer = str(inputs["phase_id"]), str(inputs["layer_id"])
    number = context.store.number_pack(context.run_id, phase, layer, date).number
    return PackId(f"EVP-{phase}-{layer}-{date}-{number:03d}")
