"""Where things lie: state outside the repository, so that ``git clean`` cannot take a pending run with it.

``$GONOGO_HOME`` or ``$XDG_STATE_HOME/gonogo``, then the repository's id::

    gonogo.db  checkpoints.db  engine.key  state.key  locks/<run>.lock
    runs/<run>/work/tree  work/ruff.toml     the commit, checked out for this run alone
              /results/<field>.json          what each duty handed back, <field>.dsse.json signed
              /data/  data.jsonl             payload for the pack
              /log.jsonl  broker.jsonl       what happened
              /pack/<PACK-ID>/  <PACK-ID>.json
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo_agents.world import World
    from gonogo_evidence.ids import RepositoryId, RunId

DESKS = Path("drills/marked")
PUBLISHED = Path("data/evidence_packs")
"""Where packs are published inside the operator's repository (the runbook's path)."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    root: Path

    @property
    def work(self) -> Path:
        """The folder above the work tree; nothing of the operator's configuration lies above it."""
        return self.root / "work"

    @property
    def tree(self) -> Path:
        """The work tree of the commit."""
        return self.work / "tree"

    @property
    def results(self) -> Path:
        """What each duty handed back."""
        return self.root / "results"

    def envelope(self, field: str) -> Path:
        """The attestation of who handed a result back, where it was a worker."""
        return self.results / f"{field}.dsse.json"

    @property
    def seats(self) -> Path:
        """Who played the roles so far: what was proven of each worker, and its key; JSON lines."""
        return self.root / "workers.jsonl"

    @property
    def log(self) -> Path:
        """The run's log, JSON lines."""
        return self.root / "log.jsonl"

    @property
    def said(self) -> Path:
        """What chat hosts handed in for the duties."""
        return self.root / "said"

    @property
    def requests(self) -> Path:
        """What was asked of the broker and what it decided, JSON lines."""
        return self.root / "broker.jsonl"

    @property
    def packs(self) -> Path:
        """Holds the one pack of the run and its single-file form."""
        return self.root / "pack"

    def create(self) -> None:
        """Make the folders, readable by their owner alone."""
        for folder in (self.root, self.work, self.results, self.root / "data", self.packs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)


@dataclass(frozen=True, slots=True)
class Places:
    """State and trust of one repository."""

    state: Path
    config_home: Path
    repository_id: RepositoryId

    @property
    def database(self) -> Path:
        """Run index and ledger."""
        return self.state / "gonogo.db"

    @property
    def checkpoints(self) -> Path:
        """The graph's checkpoints."""
        return self.state / "checkpoints.db"

    @property
    def engine_key(self) -> Path:
        """The engine's Ed25519 key, PEM, 0600."""
        return self.state / "engine.key"

    @property
    def state_key(self) -> Path:
        """The key of the MACs over checkpoints, run rows and results, 0600."""
        return self.state / "state.key"

    @property
    def kept(self) -> Path:
        """What ``gonogo gates`` keeps of documents by blob id; no run reads it."""
        return self.state / "kept"

    @property
    def spending(self) -> Path:
        """The ledger of what models cost, JSON lines, 0600."""
        return self.state / "spending.jsonl"

    @property
    def desks(self) -> Path:
        """Where this machine's drills lie, one a line; beside the state of all repositories."""
        return self.state.parent / DESKS

    def lock(self, run_id: RunId) -> Path:
        """The single-writer lock of a run."""
        return self.state / "locks" / f"{run_id}.lock"

    def run(self, run_id: RunId) -> RunFolder:
        """The files of a run."""
        return RunFolder(self.state / "runs" / run_id)


def places(world: World, repository_id: RepositoryId) -> Places:
    """The places of a repository on this machine."""
    home = world.env.get("GONOGO_HOME", "")
    state = Path(os.path.abspath(home)) if home else world.home("XDG_STATE_HOME", ".local/state") / "gonogo"  # noqa: PTH100
    return Places(state / repository_id, world.home("XDG_CONFIG_HOME", ".config"), repository_id)
