"""A team for tests: several people with real keys, a protected ref that holds the trust files, a desk for each.

The change was written by Ada, the run is started by Dave, who signs nothing. Alice's desk has the run.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.desk import Desk, make_desk, make_key, packaged
from support.repos import clean_env

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PEOPLE = ("alice", "bob", "carol", "ada")
REF = "trusted"
SIGNOFF = packaged("signoff.toml").replace('"typed"', '"unproven"')
TWO = (
    SIGNOFF.replace("quorum = 1", "quorum = 2")
    .replace("require_roles = []", 'require_roles = ["RISK_OFFICER"]')
    .replace("\n[roles]\n", '\n[roles]\nbob = "RISK_OFFICER"\n')
)
"""Two must approve, Bob among them: he is the risk officer."""
FORMAL = packaged("separation.toml")
STRICT = FORMAL.replace('level = "formal"', 'level = "strict"', 1)
KNOWN = STRICT.replace("\n[people]\n", '\n[people]\nada = ["ada@example.org"]\ndave = []\n')
"""Strict, and everybody who had a part is known."""


@dataclass(frozen=True, slots=True)
class Team:
    """The desk where the runs live, and everybody's key."""

    desk: Desk
    keys: Path

    def key(self, name: str) -> str:
        """Somebody's private key."""
        return str(self.keys / name)

    def trust(self, **files: str) -> None:
        """Put files onto the protected ref: names without their folder, ``__`` for a dot."""
        commit_trust(self.desk.repo.path, {name.replace("__", "."): text for name, text in files.items()})

    def elsewhere(self, folder: Path, name: str) -> Desk:
        """Somebody's own machine: a clone, a home with their key, a trust store that names the same ref."""
        home = folder / "home"
        home.mkdir(parents=True)
        repo = type(self.desk.repo)(folder / "repo", "main", list(self.desk.repo.commits))
        argv = ["git", "clone", "-q", str(self.desk.repo.path), str(repo.path)]
        subprocess.run(argv, check=True, env=clean_env(home))
        desk = Desk(home, repo)
        (home / ".ssh").mkdir(mode=0o700)
        for suffix in ("", ".pub"):
            shutil.copy(f"{self.key(name)}{suffix}", f"{desk.key}{suffix}")
        enrol(desk, name, f"origin/{REF}")
        return desk


def make_team(folder: Path, *, signoff: str = TWO, separation: str = KNOWN) -> Team:
    """Four people, and their trust files on the protected ref."""
    desk = make_desk(folder, key=False)
    for name in PEOPLE:
        make_key(folder / "keys" / name, comment=name)
    (desk.home / ".ssh").mkdir(mode=0o700)
    for suffix in ("", ".pub"):
        shutil.copy(folder / "keys" / f"alice{suffix}", f"{desk.key}{suffix}")
    team = Team(desk, folder / "keys")
    desk.repo.git("branch", REF)
    team.trust(allowed_signers=signers(team.keys), signoff__toml=signoff, separation__toml=separation)
    enrol(desk, "alice", REF)
    return team


def signers(keys: Path) -> str:
    """Everybody's line in allowed_signers."""
    both = 'namespaces="gonogo-signoff@v1,gonogo-close@v1"'
    lines = [f"{name} {both} {(keys / f'{name}.pub').read_text()}" for name in PEOPLE]
    return "".join(lines)


def enrol(desk: Desk, name: str, ref: str) -> None:
    """Enrol the desk's key, and say where the team keeps its trust files."""
    desk.enrol(name)
    (folder,) = desk.trust_folders()
    with (folder / "trust.toml").open("a") as file:
        file.write(f'base_ref = "{ref}"\n')


def commit_trust(repo: Path, files: Mapping[str, str], ref: str = f"refs/heads/{REF}") -> None:
    """A commit of ``config/`` files onto the protected ref, by plumbing: no checkout is touched."""
    env = {**clean_env(repo), "GIT_INDEX_FILE": str(repo / ".git" / "trust-index")}

    def git(*words: str, stdin: str = "") -> str:
        argv = ["git", "-C", str(repo), *words]
        return subprocess.run(argv, check=True, env=env, input=stdin, capture_output=True, text=True).stdout.strip()

    git("read-tree", ref)
    for name, text in files.items():
        blob = git("hash-object", "-w", "--stdin", stdin=text)
        git("update-index", "--add", "--cacheinfo", f"100644,{blob},config/{name}")
    commit = git("commit-tree", git("write-tree"), "-p", ref, "-m", "trust")
    git("update-ref", ref, commit)
