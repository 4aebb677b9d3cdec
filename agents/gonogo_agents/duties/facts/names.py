"""Facts that the names of files alone tell: configuration states, dependency locks, scripts, folders of tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo_agents.duties.facts.interface import Found, NameFinder, Source, depth, is_test
from gonogo_agents.repository import is_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CONFIG_FOLDER = re.compile(r"(?:config|conf|configs|\.config|settings)/")
_CONFIG_FORM = (".toml", ".yaml", ".yml", ".json", ".ini", ".cfg", ".conf")
_CONFIG_NAMES = frozenset(
    {
        *("pyproject.toml", "setup.cfg", "ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini", "pytest.ini", "tox.ini"),
        *(".pre-commit-config.yaml", ".flake8", ".editorconfig", ".gitattributes", ".gitmodules", "pyrightconfig.json"),
        *("tsconfig.json", ".eslintrc.json", "eslint.config.js", "Dockerfile", "docker-compose.yml", ".coveragerc"),
    }
)
_SCRIPT_FOLDER = re.compile(r"(?:scripts?|bin|tools)/")
_SCRIPT_FORM = (".sh", ".bash", ".py", ".mjs", ".js", ".rb", ".pl")


def _configs(sources: Iterable[Source]) -> Iterator[tuple[Source, Found]]:
    """The state of a configuration file is its blob."""
    for source in sources:
        in_folder = _CONFIG_FOLDER.match(source.path) is not None and source.name.endswith(_CONFIG_FORM)
        if in_folder or (depth(source.path) == 0 and source.name in _CONFIG_NAMES):
            yield source, Found("config", source.path, None, {"state": source.blob})


def _locks(sources: Iterable[Source]) -> Iterator[tuple[Source, Found]]:
    for source in sources:
        if is_lock(source.path):
            yield source, Found("lock", source.path, None, {"state": source.blob})


def _scripts(sources: Iterable[Source]) -> Iterator[tuple[Source, Found]]:
    for source in sources:
        if _SCRIPT_FOLDER.match(source.path) and source.name.endswith(_SCRIPT_FORM) and source.name != "__init__.py":
            yield source, Found("script", source.path, None, {"state": source.blob})


def _tests(sources: Iterable[Source]) -> Iterator[tuple[Source, Found]]:
    """One fact for each folder: how many test files lie in it; it points at the first of them."""
    folders: dict[str, list[Source]] = {}
    for source in sources:
        if is_test(source.path):
            folders.setdefault(source.path.rpartition("/")[0] or ".", []).append(source)
    for folder, files in folders.items():
        yield files[0], Found("tests", folder, None, {"files": len(files)})


FINDERS = (
    NameFinder(("config",), _configs),
    NameFinder(("lock",), _locks),
    NameFinder(("script",), _scripts),
    NameFinder(("tests",), _tests),
)
