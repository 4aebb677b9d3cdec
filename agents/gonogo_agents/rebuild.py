"""Rebuild a core from a run folder's stored results and print its digest. A program of its own, for duty 7.

Secrets that the seal replaced are replaced in the same way, from what it kept; no detector is asked again.

Usage: ``python -m gonogo_agents.rebuild RUN_FOLDER``
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from gonogo_agents.assemble import BEFORE_SEAL, core_fields, core_files
from gonogo_agents.redact_run import kept_redaction
from gonogo_evidence import canonical
from gonogo_evidence.files import read_bytes
from gonogo_evidence.pack import build_core, core_digest
from gonogo_policies.results import DUTIES

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, Digest, JSONObject

LIMIT = 64 * 1024 * 1024
STORED = ("inputs.json", BEFORE_SEAL)


def rebuild(run_folder: Path) -> Digest:
    """The core digest that the stored inputs and results give."""
    results = run_folder / "results"
    redaction = kept_redaction(run_folder)
    stored = (canonical.loads_object(read_bytes(results / name, limit=LIMIT), limit=LIMIT) for name in STORED)
    inputs, so_far = (cast("JSONObject", redaction.of(one)) for one in stored)
    state: dict[str, JSON] = {field: so_far[field] for field in DUTIES}
    return core_digest(build_core(core_fields(inputs, state), core_files(inputs, state)))


if __name__ == "__main__":
    sys.stdout.write(rebuild(Path(sys.argv[1])) + "\n")
