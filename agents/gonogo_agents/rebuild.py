"""Rebuild a core from a run folder's stored results and print its digest. A program of its own, for duty 7.

Usage: ``python -m gonogo_agents.rebuild RUN_FOLDER``
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_agents.assemble import BEFORE_SEAL, core_fields, core_files
from gonogo_evidence import canonical
from gonogo_evidence.files import read_bytes
from gonogo_evidence.pack import build_core, core_digest
from gonogo_policies.results import DUTIES

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, Digest

LIMIT = 64 * 1024 * 1024


def rebuild(run_folder: Path) -> Digest:
    """The core digest that the stored inputs and results give."""
    results = run_folder / "results"
    inputs = canonical.loads_object(read_bytes(results / "inputs.json", limit=LIMIT), limit=LIMIT)
    so_far = canonical.loads_object(read_bytes(results / BEFORE_SEAL, limit=LIMIT), limit=LIMIT)
    state: dict[str, JSON] = {field: so_far[field] for field in DUTIES}
    return core_digest(build_core(core_fields(inputs, state), core_files(inputs, state)))


if __name__ == "__main__":
    sys.stdout.write(rebuild(Path(sys.argv[1])) + "\n")
