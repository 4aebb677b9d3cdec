"""Make the sample repository of a layer run in a folder: two commits with fixed names and times, so always the same.

``python make_sample.py FOLDER``. A folder that is there already stays as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMITS = (("first", "The lamp", 1_767_225_600), ("second", "How to switch it off", 1_767_229_200))
WHO = "Sample <sample@example.org>"


def make_sample(folder: Path) -> None:
    """Build the repository, apart from the operator's own configuration of git."""
    folder.mkdir(parents=True)
    _git(folder, 0, "init", "--quiet", "--initial-branch=main", "--object-format=sha1")
    for name, message, when in COMMITS:
        shutil.copytree(HERE / name, folder, dirs_exist_ok=True)
        _git(folder, when, "add", "--all")
        _git(folder, when, "-c", "commit.gpgsign=false", "commit", "--quiet", "--no-verify", f"--message={message}")


def _git(folder: Path, when: int, *words: str) -> None:
    name, address = WHO.rstrip(">").split(" <")
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", name), ("EMAIL", address), ("DATE", f"{when} +0000"))
    }
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C",
        **who,
    }
    subprocess.run(["git", *words], cwd=folder, env=env, check=True)  # noqa: S603, S607 - argv only, git from PATH


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if not place.exists():
        make_sample(place)
