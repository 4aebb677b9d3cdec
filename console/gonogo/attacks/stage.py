"""The stage: a throw-away copy of the operator's repository and configuration, with a run that waits for a signature.

Every attack finds it as it was prepared. Places, keys and environment are the copy's own; nothing here knows a path of
the operator's.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gonogo_agents.git import own_git
from gonogo_graph.places import PUBLISHED
from gonogo_graph.session import open_session

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from gonogo.attacks.keys import Person
    from gonogo_agents.world import World
    from gonogo_evidence.ids import RepositoryId
    from gonogo_evidence.statement import Decision
    from gonogo_graph.context import RunContext
    from gonogo_graph.session import Session
    from gonogo_policies.trust import Trust

BASE, KEPT_BASE = "refs/heads/gonogo-attack-base", "refs/heads/gonogo-attack-base-kept"
"""The copy's protected ref, where the operator names one, and where it stood when the stage was prepared."""
HELD, DECIDED, HOSTILE = "held", "decided", "hostile"
"""Snapshots: the run waits; the run was decided by the people it takes; a run of a hostile branch waits too."""


@dataclass(slots=True)
class Stage:
    """One copy, prepared."""

    folder: Path
    repo: Path
    real_world: World
    """The copy's environment, with the machine's clock."""
    repository_id: RepositoryId
    people: tuple[Person, ...]
    starter: str
    """Who started the run."""
    trust: Trust
    """The operator's policy as it was read; the signers are the operator's names with the copy's keys."""
    run_id: str = ""
    hostile_id: str = ""
    release: Decision = "GO"
    """What the people may decide on this evidence: GO, or GO-WITH-CONDITIONS where something could not be checked."""
    late: timedelta = field(default=timedelta())
    """How far the clock was moved by an attack."""
    env: dict[str, str] = field(default_factory=dict[str, str])
    """Variables that an attack sets."""

    @property
    def world(self) -> World:
        """What a command of the copy's operator sees now."""
        now = self.real_world.now
        return replace(self.real_world, env={**self.real_world.env, **self.env}, now=lambda: now() + self.late)

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state" / "gonogo" / self.repository_id

    @property
    def trust_store(self) -> Path:
        """The trust store."""
        return self.folder / "config" / "gonogo" / "trust" / self.repository_id

    @property
    def pack(self) -> Path:
        """The sealed pack of the waiting run."""
        (found,) = (path for path in (self.state / "runs" / self.run_id / "pack").iterdir() if path.is_dir())
        return found

    @property
    def run_folder(self) -> Path:
        """The files of the waiting run."""
        return self.state / "runs" / self.run_id

    @contextmanager
    def session(self) -> Generator[Session, None, None]:
        """The copy's runs, opened as any command opens them."""
        with open_session(self.world, self.repo) as session:
            yield session

    @contextmanager
    def run(self, run_id: str = "") -> Generator[RunContext, None, None]:
        """The context of a run, the waiting one unless another is named; its row is looked at as every command does."""
        with self.session() as session:
            yield session.context(session.find(run_id or self.run_id))

    def save(self, name: str) -> None:
        """Keep state and trust as they are now under a name."""
        if self.trust.base_ref is not None:
            own_git(self.world, self.repo)("update-ref", KEPT_BASE, BASE)
        for live in (self.state, self.trust_store):
            shutil.copytree(live, self._kept(name, live), ignore=shutil.ignore_patterns("work"))

    def restore(self, name: str = HELD) -> None:
        """Put state and trust back as they were kept; the clock and the environment too."""
        self.late, self.env = timedelta(), {}
        if self.trust.base_ref is not None:
            own_git(self.world, self.repo)("update-ref", BASE, KEPT_BASE)
        for live in (self.state, self.trust_store):
            shutil.rmtree(live, ignore_errors=True)
            shutil.copytree(self._kept(name, live), live)
        for pack in (self.state / "runs").glob("*/pack/EVP-*"):  # a sign-off beside a published copy would be taken
            shutil.rmtree(self.repo / PUBLISHED / pack.name, ignore_errors=True)

    def forget(self, name: str) -> None:
        """Keep nothing under a name any more."""
        shutil.rmtree(self.folder / "kept" / name, ignore_errors=True)

    def has(self, name: str) -> bool:
        """Whether something is kept under a name."""
        return self._kept(name, self.state).is_dir()

    def _kept(self, name: str, live: Path) -> Path:
        return self.folder / "kept" / name / live.relative_to(self.folder)
