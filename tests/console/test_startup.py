"""What starting costs: which modules a command line loads (times are for `make bench`)."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.repos import make_repo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast

LOADED = """
import sys
from gonogo.main import main
sys.stdout = open({null!r}, "w")
main({arguments!r})
sys.stdout.close()
sys.stdout = sys.__stdout__
print(*sorted(sys.modules))
"""
HEAVY = {"structlog", "rich", "pydantic", "langgraph", "langchain_core", "jsonschema", "tomlkit", "importlib.metadata"}
STILL_HEAVIER = HEAVY | {"click", "tomllib", "orjson", "cryptography", "subprocess", "sqlite3", "gonogo_agents.world"}


GATE = "docs-reference-targets-gate"
ELSEWHERE = {
    *("langgraph", "structlog", "rich", "jsonschema", "sqlite3", "http.client", "xml.sax", "packaging", "yaml"),
    *("gonogo_graph.start", "gonogo_graph.store", "gonogo_evidence.verify", "gonogo_policies.critic"),
    *("gonogo_agents.render.card", "gonogo_policies.remote"),
    *("gonogo_policies.ci", "gonogo_agents.duties.bodies", "gonogo_agents.duties.facts.finders"),
    *(f"gonogo.gate_formats.{name}" for name in ("github", "junit", "sarif")),
}
"""What other gates, forms and commands need."""


def _modules(arguments: list[str], tmp: str, folder: str | None = None) -> set[str]:
    script = LOADED.format(null=f"{tmp}/out", arguments=arguments)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder)
    return set(done.stdout.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--lang", "de", "--help"]])
def test_help_and_version_load_next_to_nothing(arguments: list[str], tmp_path: object) -> None:
    assert not _modules(arguments, str(tmp_path)) & STILL_HEAVIER


@pytest.mark.parametrize(
    "arguments", [["explain"], ["explain", "USAGE", "--json"], ["nope"], ["completion", "zsh"], ["evidence", "--help"]]
)
def test_reading_commands_load_nothing_heavy(arguments: list[str], tmp_path: object) -> None:
    assert not _modules(arguments, str(tmp_path)) & HEAVY


@pytest.mark.parametrize("name", ["inbox", "show", "verify"])
def test_help_of_reading_commands_loads_nothing_heavy(name: str, tmp_path: object) -> None:
    assert not _modules([name, "--help"], str(tmp_path)) & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [["gates", GATE, "--changed"], ["gates", GATE], ["docs", "baseline"]],
)
def test_a_gate_loads_what_it_looks_with_and_nothing_of_the_others(arguments: list[str], tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a.md": "# A\n"}, [{"b.md": "[a](a.md)\n"}])
    loaded = _modules(arguments, str(tmp_path), str(repo.path))
    assert "gonogo_policies.docs" in loaded
    assert not loaded & ELSEWHERE


def test_importing_the_face_loads_none_of_the_house(tmp_path: object) -> None:
    script = "import sys, gonogo; print(*[name for name in sys.modules if name.startswith('gonogo')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=str(tmp_path))
    assert done.stdout.split() == ["gonogo"]
