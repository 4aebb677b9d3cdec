"""The Lint Gate over a tree of the test's own, with the real ruff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_policies.gates import Declaration, PlanContext, make_gate
from support.gates import changed, surroundings, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_policies.change import Change
    from gonogo_policies.gates import Applicability, GateResult

GATE = Declaration(
    "Lint Gate",
    "ruff",
    hard=True,
    trigger={"python": ("**/*.py", "**/*.pyi"), "ruff settings": ("**/ruff.toml", "**/pyproject.toml")},
)
CLEAN = "x = 1\n"
BROKEN = "def f():\n    return undefined_name\n"
UNTIDY = "x=1\n"
OWN = '[lint]\nselect = ["F"]\n'
FORMATS = {".pre-commit-config.yaml": "repos:\n  - hooks:\n      - id: ruff-format\n"}


def lint(tree: Path, files: Mapping[str, str | bytes], change: Change | None = None) -> GateResult:
    """Write the files and lint the change, which is all of them unless another is given."""
    write(tree, files)
    return make_gate(GATE).run(surroundings(tree, GATE, change or changed(*files)))


def applies(change: Change) -> Applicability:
    return make_gate(GATE).applies(change, PlanContext(None))
