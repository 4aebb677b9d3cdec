"""What became of files, as git's history tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.objects import path_text
from gonogo_evidence.errors import GonogoError

if TYPE_CHECKING:
    from gonogo_agents.git import Git

COMMITS = 5000
"""So far back is looked."""
SECONDS = 60.0


def new_names(git: Git, commit: str) -> dict[str, str]:
    """Old names of files to the names they have now, followed over several renames; empty where git cannot tell.

    The newest rename of a name counts. Merges are looked at along each parent's own commits.
    """
    options = ("-M", "--diff-filter=R", "--name-status", "-z", "--format=", f"--max-count={COMMITS}")
    try:
        out = git("log", *options, commit, "--", timeout=SECONDS)
    except GonogoError:
        return {}
    fields = [field.strip(b"\n") for field in out.split(b"\0")]
    found: dict[str, str] = {}
    at = 0
    while at + 2 < len(fields):
        if not fields[at].startswith(b"R"):
            at += 1
            continue
        old, new = path_text(fields[at + 1]), path_text(fields[at + 2])
        found.setdefault(old, found.get(new, new))
        at += 3
    return {old: new for old, new in found.items() if old != new}
