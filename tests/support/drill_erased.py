"""Operators who make the fault's evidence disappear: whatever looks mended, that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.drill_hands import sh

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def erase_d01(folder: Path) -> None:
    """Everything that was found is thrown away, and the branch put back to where the origin is."""
    work = folder / "work"
    sh(work, "git", "stash", "clear")
    sh(work, "git", "rebase", "--quit", ok=(0, 128))
    sh(work, "git", "checkout", "--quiet", "--force", "-B", "main", "origin/main")
    sh(work, "git", "clean", "--quiet", "-d", "--force")
    for place, spare in ((work, "main"), (folder / "origin.git", "main")):
        for name in sh(place, "git", "branch", "--format=%(refname:short)").split("\n"):
            if name != spare and not name.startswith("("):
                sh(place, "git", "branch", "--quiet", "-D", name)
    for name in sh(work, "git", "for-each-ref", "--format=%(refname)", "refs/remotes").split():
        if name != "refs/remotes/origin/main":
            sh(work, "git", "update-ref", "-d", name)


def erase_d02(folder: Path) -> None:
    """The whole branch is gone, and with it what was wrong on it."""
    sh(folder / "work", "git", "reset", "--quiet", "--hard", "origin/main")


def erase_d03(folder: Path) -> None:
    """No pack, no fault."""
    for pack in (folder / "packs").glob("*.json"):
        pack.unlink()


def erase_d05(folder: Path) -> None:
    """The pages with the broken references are deleted."""
    sh(folder / "work", "git", "rm", "--quiet", "--force", "docs/season.md", "docs/carriers.md")
    sh(folder / "work", "git", "commit", "--quiet", "-m", "No page, no fault")


def erase_d08(folder: Path) -> None:
    """The facts are made harmless."""
    (folder / "run.json").write_text("{}\n")


def erase_snapshot(folder: Path) -> None:
    """What the stand-in answers from is gone."""
    for file in (folder / "snapshot").iterdir():
        file.unlink()


ERASED: dict[str, Callable[[Path], None]] = {
    "D01": erase_d01,
    "D02": erase_d02,
    "D03": erase_d03,
    "D04": erase_snapshot,
    "D05": erase_d05,
    "D06": erase_snapshot,
    "D07": erase_snapshot,
    "D08": erase_d08,
}
"""Operators who make the fault's evidence disappear."""
