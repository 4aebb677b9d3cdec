"""``git.query`` for the desk: how the operator's own work tree stands. It is looked at and never touched.

The operator's filters are switched off meanwhile: some write.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_agents import objects

if TYPE_CHECKING:
    from gonogo_agents.broker.repo_verbs import CommitFiles
    from gonogo_agents.git import Git
    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON

MAX_LISTED = 200
_OPERATIONS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)

PUBLISHED = ("data/evidence_packs/EVP-", "logs/ai_model_calls.jsonl")
"""What publishing leaves on a desk: packs, and the log of calls where the registry has it by default."""


@dataclass(slots=True)
class _Status:
    """What ``git status --porcelain=v2 --branch`` said."""

    headers: dict[str, str] = field(default_factory=dict[str, str])
    staged: list[str] = field(default_factory=list[str])
    unstaged: list[str] = field(default_factory=list[str])
    untracked: list[str] = field(default_factory=list[str])
    published: list[str] = field(default_factory=list[str])
    """Packs of earlier runs, copied here by gonogo itself: counted apart, they make no desk dirty."""


def desk(repository: Repository, files: CommitFiles) -> JSON:
    """Root, HEAD, branch, upstream, what is staged, changed and untracked, an operation in progress, and versions.

    Lists hold at most 200 paths; the counts beside them are whole. Submodules and LFS pointers are the commit's.
    """
    git = repository.git
    shallow, git_dir = git.line("rev-parse", "--is-shallow-repository", "--absolute-git-dir").split("\n", 1)
    root = git.line("rev-parse", "--show-toplevel")
    status = _status(without_filters(git))
    branch = status.headers.get("branch.head", "")
    ahead, behind = _distance(status.headers.get("branch.ab", ""))
    submodules = [entry.path for entry in files.files if entry.mode == objects.SUBMODULE]
    pointers = objects.find_lfs_pointers(git, files.files)
    return {
        "root_confirmed": Path(root) == repository.root and Path(git_dir) == repository.git_dir,
        "head": status.headers.get("branch.oid", ""),
        "branch": None if branch == "(detached)" else branch,
        "detached": branch == "(detached)",
        "upstream": status.headers.get("branch.upstream"),
        "ahead": ahead,
        "behind": behind,
        **_listed("staged", status.staged),
        **_listed("unstaged", status.unstaged),
        **_listed("untracked", status.untracked),
        "published_count": len(status.published),
        "operation": next((word for name, word in _OPERATIONS if (repository.git_dir / name).exists()), None),
        "shallow": shallow == "true",
        **_listed("submodules", submodules),
        **_listed("lfs_pointers", pointers),
        "git_version": git.line("version").removeprefix("git version "),
    }


def without_filters(git: Git) -> Git:
    """Clean filters of the operator's configuration stay unrun: some write (LFS stores objects), some are slow."""
    done = git.attempt("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$")
    names = sorted({os.fsdecode(name) for name in done.stdout.split(b"\0") if name})
    off = [(name, "false" if name.endswith(".required") else "") for name in names]
    variables = {"GIT_CONFIG_COUNT": str(len(off))}
    for number, (name, value) in enumerate(off):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return git.with_environment(**variables)


def _status(git: Git) -> _Status:
    out = git(
        *("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames"),
        *("--ignore-submodules=dirty", "--ahead-behind"),
        timeout=600.0,
    )
    status = _Status()
    for record in out.split(b"\0"):
        kind, _, rest = record.partition(b" ")
        if kind == b"#":
            key, _, value = rest.partition(b" ")
            status.headers[key.decode()] = objects.path_text(value)
        elif kind == b"?":
            path = objects.path_text(rest)
            (status.published if path.startswith(PUBLISHED) else status.untracked).append(path)
        elif kind in {b"1", b"u"}:
            columns = 7 if kind == b"1" else 9
            path = objects.path_text(rest.split(b" ", columns)[columns])
            if kind == b"u" or rest[1:2] != b".":
                status.unstaged.append(path)
            if kind == b"1" and rest[0:1] != b".":
                status.staged.append(path)
    return status


def _distance(words: str) -> tuple[int | None, int | None]:
    parts = words.split()
    return (int(parts[0]), -int(parts[1])) if len(parts) == 2 else (None, None)  # noqa: PLR2004 - "+1 -2"


def _listed(name: str, paths: list[str] | tuple[str, ...]) -> dict[str, JSON]:
    return {name: sorted(paths)[:MAX_LISTED], f"{name}_count": len(paths)}
