"""What starting costs: which modules a command line loads (times are for `make bench`)."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


def _modules(arguments: list[str], tmp: str) -> set[str]:
    script = LOADED.format(null=f"{tmp}/out", arguments=arguments)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
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


def test_importing_the_face_loads_none_of_the_house(tmp_path: object) -> None:
    script = "import sys, gonogo; print(*[name for name in sys.modules if name.startswith('gonogo')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=str(tmp_path))
    assert done.stdout.split() == ["gonogo"]
