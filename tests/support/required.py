"""A repository with workflows and a list of required checks, and what the contract gate says of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gonogo_policies.gates import Declaration, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.gates import GateResult

GATE = Declaration(
    "ci-required-contexts-contract",
    "contexts",
    hard=True,
    trigger={"workflows": (".github/workflows/**",), "contexts": ("config/ci/**", ".github/rulesets/**")},
)
CI = ".github/workflows/ci.yml"
LIST = "config/ci/required_status_checks.json"
GOOD = "on: [pull_request]\njobs:\n  lint:\n    name: Lint Gate\n    steps:\n      - run: python scripts/lint.py\n"


def looked(tmp_path: Path, files: dict[str, str | bytes], *required: str, gate: Declaration = GATE) -> GateResult:
    """Run the gate over these files, with these required checks listed."""
    listed = json.dumps({"schema_version": "1.0.0", "required_contexts": list(required), "ignored_contexts": ["old"]})
    tree = write(tmp_path / "tree", {"scripts/lint.py": "", **({LIST: listed} if required else {}), **files})
    return make_gate(gate).run(surroundings(tree, gate, changed(CI)))


def codes(result: GateResult) -> list[str]:
    """What fails."""
    return [one.code for one in result.findings]
