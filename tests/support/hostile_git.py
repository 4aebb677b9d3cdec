"""A repository whose configuration, attributes and hooks name programs wherever git would start one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from support.repos import make_repo

if TYPE_CHECKING:
    from pathlib import Path

    from support.repos import Repo

KEYS = (
    *("core.fsmonitor", "core.pager", "pager.status", "core.editor", "core.askPass", "core.sshCommand"),
    *("core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.x.textconv", "diff.x.command"),
    *("filter.x.clean", "filter.x.smudge", "filter.x.process", "merge.x.driver", "gpg.program", "gpg.ssh.program"),
    *("credential.helper", "uploadpack.packObjectsHook", "interactive.diffFilter", "trailer.x.command"),
)
HOOKS = (
    "post-checkout",
    "post-index-change",
    "reference-transaction",
    "pre-commit",
    "fsmonitor-watchman",
    "pre-auto-gc",
)


def hostile_repo(folder: Path) -> Repo:
    """The repository, with a change staged, one unstaged and one untracked, and a remote that is a program."""
    (folder / "ran").mkdir(parents=True)
    repo = make_repo(folder / "repo", {"a.py": "a = 1\n", "b.py": "b = 1\n"}, [{"a.py": "a = 2\n"}])
    (repo.path / ".gitattributes").write_text("* diff=x filter=x merge=x\n")
    repo.write({"a.py": "a = 3\n", "b.py": "b = 2\n", "c.py": "c = 1\n"})
    dot_git = repo.path / ".git"
    for name in HOOKS:
        _program(dot_git / "hooks" / name, folder / "ran" / f"hook {name}")
    for key in KEYS:
        repo.git("config", key, str(_program(folder / "bin" / key, folder / "ran" / key)))
    trap = folder / "bin" / "trap"
    repo.git("config", "alias.st", f"!{_program(trap, folder / 'ran' / 'alias')}")
    repo.git("config", "remote.origin.url", f"ext::{trap}")
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "remote.origin.partialclonefilter", "blob:none")
    repo.git("config", "extensions.partialClone", "origin")
    repo.git("config", "protocol.ext.allow", "always")
    repo.git("config", "log.showSignature", "true")
    for path in (folder / "ran").iterdir():  # what `git config` itself may have started
        path.unlink()
    return repo


def ran(folder: Path) -> list[str]:
    """What was started."""
    return sorted(os.listdir(folder / "ran"))  # noqa: PTH208 - names are wanted


def _program(path: Path, mark: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n: >'{mark}'\n")
    path.chmod(0o755)
    return path
