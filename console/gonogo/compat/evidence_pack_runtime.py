"""A run that collects its own EP-JSON pack while it goes (interop.md 1.3).

Stricter than the predecessor: ``validator_run`` is true only because the validator did run, and a run id is one name,
never a path.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.compat.evidence_pack import EvidencePackMetadata, create_evidence_pack, save_evidence_pack
from gonogo_agents.git import operator_git
from gonogo_agents.world import World, real_world
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import check_path, write_atomic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo.compat.models import AutonomyLevel, LayerRunMetadata, RunLogging

PACK = "evidence_pack.json"
SIDECAR = "run_metadata.json"
NO_COMMIT = "local-dev"
GIT_SECONDS = 5.0
NAME_LENGTH = 8


@dataclass
class _Run:
    pack: EvidencePackMetadata
    metadata: dict[str, Any]
    artifacts: list[str] = field(default_factory=list[str])


class EvidencePackRuntime:
    """Keeps the packs of active runs and writes them below ``output_dir``, one folder a run.

    Args:
        output_dir: made when it is needed.
        world: clock, randomness, environment and git; None is the machine's.
    """

    def __init__(self, output_dir: str | Path = ".artifacts/evidence_packs", *, world: World | None = None) -> None:
        self.output_dir = Path(output_dir)
        self._world = world or real_world()
        self._runs: dict[str, _Run] = {}

    def start_run(
        self,
        run_id: str,
        layer_id: str,
        autonomy_level: AutonomyLevel,
        phase_id: str | None = None,
        description: str = "",
        registry_version: str = "1.0",
        config_paths: Sequence[str | Path] | None = None,
    ) -> EvidencePackMetadata:
        """Start a run. Raises ``ValueError`` for one that is active already, and for an id that is no name."""
        if run_id in self._runs:
            raise ValueError(f"Run {run_id} is already active")
        if "/" in run_id or _unusable(run_id):
            raise ValueError(f"a run id is one name: {run_id!r}")
        pack = create_evidence_pack(
            evidence_pack_id=f"EVP-{layer_id}-{run_id[:NAME_LENGTH]}",
            phase_id=phase_id or f"runtime-{layer_id}",
            layer_id=layer_id,
            autonomy_level=autonomy_level,
            registry_version=registry_version,
            description=description,
            clock=self._world.now,
            pack_id=_uuid(self._world.token(16)),
        )
        metadata = {
            "started_at": self._world.now().isoformat(),
            "git_sha": self._git_sha(),
            "config_fingerprint": _fingerprint(config_paths),
        }
        self._runs[run_id] = _Run(pack, metadata)
        return pack

    def add_layer_run_metadata(self, run_id: str, metadata: LayerRunMetadata) -> None:
        """Say which models the run has. Raises as the metadata's own ``validate``."""
        metadata.validate()
        self._run(run_id).pack.layer_run_metadata = metadata

    def add_run_log(self, run_id: str, log: RunLogging) -> None:
        """Record a model call."""
        self._run(run_id).pack.run_logs.append(log)

    def track_artifact(self, run_id: str, path: str | Path) -> None:
        """Record a file that the run made."""
        self._run(run_id).artifacts.append(str(path))

    def finish_run(
        self, run_id: str, status: str = "success", tests_passed: int = 0, tests_total: int = 0
    ) -> EvidencePackMetadata:
        """End a run: the pack is checked, and then says so. Raises as the pack's ``validate``."""
        run = self._run(run_id)
        run.pack.tests_passed, run.pack.tests_total = tests_passed, tests_total
        run.pack.validate()
        run.pack.validator_run = True
        run.metadata |= {"status": status, "finished_at": self._world.now().isoformat()}
        return run.pack

    def save_pack(self, run_id: str) -> Path:
        """Write the pack and ``run_metadata.json`` beside it; returns the pack's path."""
        run, folder = self._run(run_id), self.output_dir / run_id
        folder.mkdir(parents=True, exist_ok=True)
        sidecar = {**run.metadata, "artifacts": sorted(run.artifacts)}
        save_evidence_pack(run.pack, folder / PACK)
        write_atomic(folder / SIDECAR, json.dumps(sidecar, indent=2).encode())
        return folder / PACK

    def cleanup_run(self, run_id: str) -> None:
        """Forget a run. What was written of it stays."""
        self._run(run_id)
        del self._runs[run_id]

    def get_pack(self, run_id: str) -> EvidencePackMetadata:
        """The pack of an active run."""
        return self._run(run_id).pack

    def _run(self, run_id: str) -> _Run:
        if run_id not in self._runs:
            raise ValueError(f"Run {run_id} is not active")
        return self._runs[run_id]

    def _git_sha(self) -> str:
        named = self._world.env.get("GITHUB_SHA", "")
        if named:
            return named
        try:
            done = operator_git(self._world, Path.cwd()).attempt("rev-parse", "HEAD", timeout=GIT_SECONDS)
        except GonogoError:  # no git, or one that does not end
            return NO_COMMIT
        said = done.stdout.decode("ascii", "replace").strip()
        return said if done.code == 0 and re.fullmatch(r"[0-9a-f]{40}", said) else NO_COMMIT


def _fingerprint(config_paths: Sequence[str | Path] | None) -> str:
    """SHA-256 over the bytes of the files, by their names; without a list those of ``config/*.toml``."""
    paths = sorted(Path("config").glob("*.toml")) if config_paths is None else sorted(map(Path, config_paths))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _uuid(random: str) -> str:
    return str(uuid.UUID(hex=random, version=4))


def _unusable(run_id: str) -> bool:
    try:
        check_path(run_id)
    except GonogoError:
        return True
    return False
