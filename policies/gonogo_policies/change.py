"""What a change is, and what kinds of files it touches. Pure: paths in, words out.

A renamed file counts under both of its names: taking a test away by renaming it is a change of tests.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypeGuard, get_args

from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.ids import JSON

Kind: TypeAlias = Literal[
    "docs", "python", "javascript", "shell", "config", "ci", "dependencies", "tests", "data", "other"
]
"""A file can be of several kinds (``tests/test_a.py`` is python and tests) and is of at least one."""
KINDS: tuple[Kind, ...] = get_args(Kind)

PYTHON_SUFFIXES = frozenset({".py", ".pyi", ".pyw", ".ipynb"})
DOCS: frozenset[Kind] = frozenset({"docs"})
_SUFFIXES: Mapping[str, Kind] = {
    **dict.fromkeys(PYTHON_SUFFIXES, "python"),
    **dict.fromkeys((".md", ".markdown", ".rst", ".adoc", ".mdx"), "docs"),
    **dict.fromkeys((".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte"), "javascript"),
    **dict.fromkeys((".sh", ".bash", ".zsh", ".fish", ".ksh"), "shell"),
    **dict.fromkeys((".toml", ".ini", ".cfg", ".yaml", ".yml", ".json", ".conf", ".env", ".properties"), "config"),
    **dict.fromkeys((".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".npy", ".npz", ".sqlite", ".feather"), "data"),
}
_DOC_NAMES = frozenset({"license", "licence", "notice", "authors", "contributors", "changelog", "readme", "codeowners"})
_DOC_FOLDERS = frozenset({"docs", "doc"})
_DOC_COMPANIONS = frozenset({".txt", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf"})
"""Documentation only when it lies in a documentation folder."""
_CI_FOLDERS = (".github/workflows/", ".github/actions/", ".circleci/", ".buildkite/", ".gitlab/ci/")
_CI_NAMES = frozenset(
    {".gitlab-ci.yml", "azure-pipelines.yml", "jenkinsfile", ".travis.yml", "bitbucket-pipelines.yml"}
)
_DEPENDENCY_NAMES = frozenset(
    {
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "pipfile",
        "pipfile.lock",
        "poetry.lock",
        "uv.lock",
        "pylock.toml",
        "package.json",
        "package-lock.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "cargo.toml",
        "cargo.lock",
        "go.mod",
        "go.sum",
        "gemfile",
        "gemfile.lock",
    }
)
_TEST_FOLDERS = frozenset({"tests", "test", "__tests__", "testing"})

REGULAR = "100644"
LINK = "120000"
SUBMODULE = "160000"


class RepoPath(NamedTuple):
    """A file's name in words, and as it stands on the disk (they differ where the name is not NFC UTF-8)."""

    path: str
    disk: str


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a change."""

    path: str
    status: str
    """``A``, ``M``, ``D``, ``R`` or ``T``, as git has them."""
    old_path: str | None = None
    mode: str = REGULAR
    raw_hex: str | None = None
    """The name's own bytes, where ``path`` is not exactly these."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, and the one it had before."""
        return (self.path,) if self.old_path is None else (self.path, self.old_path)

    @property
    def readable(self) -> bool:
        """Whether a regular file stands there after the change: not deleted, not a link, not a submodule."""
        return self.status != "D" and self.mode not in {LINK, SUBMODULE}

    @property
    def place(self) -> RepoPath:
        """Where it stands in the work tree."""
        return RepoPath(self.path, self.path if self.raw_hex is None else os.fsdecode(bytes.fromhex(self.raw_hex)))


@dataclass(frozen=True, slots=True)
class Change:
    """``base..HEAD``, or the whole tree where there is no base."""

    files: tuple[ChangedFile, ...]
    count: int
    base: str | None = None

    @property
    def whole_tree(self) -> bool:
        """Whether everything is under review."""
        return self.base is None

    @property
    def complete(self) -> bool:
        """Whether every changed file is listed."""
        return len(self.files) == self.count

    @property
    def paths(self) -> tuple[str, ...]:
        """Every name that the change touches, sorted, old names of renamed files included."""
        return tuple(sorted({name for file in self.files for name in file.names}))


def read_change(stored: JSON) -> Change:
    """Read what the broker's ``git.query`` gives for ``change``. Raises IntegrityBroken CHANGE_SHAPE for the rest."""
    if isinstance(stored, Mapping):
        files, count, base = stored.get("files"), stored.get("count"), stored.get("base")
        if _is_list(files) and isinstance(count, int) and isinstance(base, str | None):
            return Change(tuple(_read_file(file) for file in files), count, base)
    raise _shape()


def _read_file(stored: JSON) -> ChangedFile:
    if not isinstance(stored, Mapping):
        raise _shape()
    path, status, raw = stored.get("path"), stored.get("status"), stored.get("raw_hex")
    old, mode = stored.get("old_path"), stored.get("mode")
    if not (isinstance(path, str) and path and isinstance(status, str) and _is_raw(raw)):
        raise _shape()
    return ChangedFile(
        path,
        status[:1],
        old if isinstance(old, str) else None,
        mode if isinstance(mode, str) else REGULAR,
        raw,
    )


def _is_raw(value: JSON) -> TypeGuard[str | None]:
    return value is None or (isinstance(value, str) and re.fullmatch(r"(?:[0-9a-f]{2})+", value) is not None)


def _is_list(value: JSON) -> TypeGuard[Sequence[JSON]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _shape() -> IntegrityBroken:
    return IntegrityBroken("CHANGE_SHAPE", msg("The list of changed files is not in the form that git.query gives."))


def kinds_of(path: str) -> frozenset[Kind]:
    """The kinds of one path; never empty."""
    where = PurePosixPath(path.lower())
    name, suffix, folders = where.name, where.suffix, set(where.parts[:-1])
    kinds: set[Kind] = set()
    if suffix in _SUFFIXES:
        kinds.add(_SUFFIXES[suffix])
    if where.stem in _DOC_NAMES and suffix in {"", ".txt"}:
        kinds.add("docs")
    if suffix in _DOC_COMPANIONS and folders & _DOC_FOLDERS:
        kinds.add("docs")
    if name in _CI_NAMES or any(str(where).startswith(folder) for folder in _CI_FOLDERS):
        kinds.add("ci")
    if name in _DEPENDENCY_NAMES or _is_requirements(where):
        kinds.add("dependencies")
    if folders & _TEST_FOLDERS or (_is_code(kinds) and _is_test_name(where.stem)):
        kinds.add("tests")
    return frozenset(kinds or {"other"})


def classify(paths: Iterable[str]) -> dict[Kind, tuple[str, ...]]:
    """The paths by kind, each kind's sorted, kinds in a fixed order; a kind without paths is not there."""
    kinds = {path: kinds_of(path) for path in sorted(set(paths))}
    grouped: dict[Kind, tuple[str, ...]] = {}
    for kind in KINDS:
        if found := tuple(path for path, of in kinds.items() if kind in of):
            grouped[kind] = found
    return grouped


def docs_only(change: Change) -> bool:
    """Whether every changed file is documentation and nothing else. An empty or cut-short change is not."""
    paths = change.paths
    return bool(paths) and change.complete and all(kinds_of(path) == DOCS for path in paths)


def _is_requirements(where: PurePosixPath) -> bool:
    listed = where.suffix in {".txt", ".in"}
    # A page of a manual may be called constraints.txt.
    constraints = where.name.startswith("constraints") and not set(where.parts[:-1]) & _DOC_FOLDERS
    return listed and (constraints or where.name.startswith("requirements") or where.parent.name == "requirements")


def _is_code(kinds: set[Kind]) -> bool:
    return bool(kinds & {"python", "javascript"})


def _is_test_name(stem: str) -> bool:
    return stem.startswith("test_") or stem.endswith(("_test", ".test", ".spec")) or stem == "conftest"


def first(paths: Sequence[str], limit: int = 5) -> str:
    """The first names of a list for a sentence, with an ellipsis where more follow."""
    return ", ".join(paths[:limit]) + (", …" if len(paths) > limit else "")
