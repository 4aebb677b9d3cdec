"""What a repository says of its workflows: ``.gonogo/workflows.toml``; without it the defaults hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo.version import __version__
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_policies.strict_toml import open_toml

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.strict_toml import Section

PLACE: Final = ".gonogo/workflows.toml"
SCHEMA: Final = "gonogo/workflows/v1"
NONE: Final = "none"
LIMIT: Final = 64 * 1024
LINE: Final = re.compile(r"[ -~]{1,400}")
"""One line of plain characters: it becomes a line of YAML or of a shell."""
KEYS: Final = (
    "schema", "runner", "python", "setup", "path", "gates", "tests", "test_pythons", "cron", "operator", "public_key",
)  # fmt: skip
FILES: Final = {
    "Lint Gate": "lint_gate.yml",
    "audit": "audit.yml",
    "Policy Critic Gate": "policy_critic_gate.yml",
    "docs-reference-targets-gate": "docs_reference_targets_gate.yml",
    "strategy-smoke": "ci.yml",
    "ci-required-contexts-contract": "ci.yml",
    "VaR Report Regression Gate": "var_report_regression_gate.yml",
    "Merge Log Hygiene": "merge_log_hygiene.yml",
}
"""Gates that a job can run, by the job's exact name, and their workflow (runbook section 6)."""
SOFT: Final = frozenset({"VaR Report Regression Gate", "Merge Log Hygiene"})
"""Secondary gates: their jobs report, and no merge waits for them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the workflows are made."""

    runner: str = "ubuntu-24.04"
    python: str = "3.11"
    setup: tuple[str, ...] = (f"python -m pip install gonogo=={__version__}",)
    """Commands that put gonogo there."""
    path: str = ""
    """The folder that they leave it in, where that is not on the PATH."""
    gates: tuple[str, ...] = (
        *("Lint Gate", "audit", "Policy Critic Gate", "docs-reference-targets-gate"),
        *("ci-required-contexts-contract", "Merge Log Hygiene"),
    )
    """Those that need a command of the repository's own (strategy-smoke, VaR) are named by who has one."""
    tests: str = "python -m pytest -q"
    """The command of the job ``tests``; ``none``: no such job."""
    test_pythons: tuple[str, ...] = ("3.11",)
    cron: str = "17 2 * * *"
    """When the nightly run begins, UTC; ``none``: no nightly."""
    operator: str = ""
    public_key: str = ""
    """The signer's public key in the repository, enrolled for the nightly run so that it has the signer's gates."""

    @property
    def required(self) -> tuple[str, ...]:
        """The contexts that must be green before a merge."""
        tests = [f"tests ({self.test_pythons[0]})"] if self.tests != NONE else []
        return (*(name for name in self.gates if name not in SOFT), *tests)


def read_settings(root: Path) -> Settings:
    """Read the repository's settings. Raises :class:`BadInput` with file, line and key for what is not one."""
    path = root / PLACE
    if not path.exists():
        return Settings()
    top = open_toml(read_bytes(path, limit=LIMIT), where=str(path), schema=SCHEMA)
    top.only(*KEYS)
    default = Settings()

    def word(key: str, otherwise: str) -> str:
        return _line(top, key, top.text(key)) if top.has(key) else otherwise

    def words(key: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_line(top, key, one) for one in top.words(key)) if top.has(key) else otherwise

    gates, pythons = words("gates", default.gates), words("test_pythons", default.test_pythons)
    for name in gates:
        if name not in FILES:
            raise top.bad("gates", msg("There is no workflow for a gate {name}.", name=name))
    if not pythons:
        raise top.bad("test_pythons", msg("At least one version is needed."))
    return Settings(
        runner=word("runner", default.runner),
        python=word("python", default.python),
        setup=words("setup", default.setup),
        path=word("path", default.path),
        gates=gates,
        tests=word("tests", default.tests),
        test_pythons=pythons,
        cron=word("cron", default.cron),
        operator=word("operator", default.operator),
        public_key=word("public_key", default.public_key),
    )


def _line(top: Section, key: str, given: str) -> str:
    if given and (not LINE.fullmatch(given) or "${{" in given):
        raise top.bad(key, msg("One line of plain characters is needed, without an expression of the forge."))
    return given
