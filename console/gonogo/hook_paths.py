"""Where a path of a chat's call really leads, and which places no chat touches.

Standard library alone; ``gonogo export`` writes this file into the hook.
"""

# pyright: basic

from __future__ import annotations

import os

MYPY = False
if MYPY:
    from collections.abc import Callable, Sequence

# exported from here

PROTECTED = (
    *(".git", ".gonogo", "data/evidence_packs", ".cursor/hooks.json", ".cursor/mcp.json", ".claude/settings.json"),
    *(".claude/settings.local.json", ".mcp.json", ".vscode/mcp.json", ".github/hooks", ".vscode/settings.json"),
)
"""Places in a repository that no chat writes: what lies below them too."""
TRUSTED = ("/gonogo/trust", "/.ssh", "/.config/gonogo", "/.local/state/gonogo", "/witness.key")
"""Parts of paths that no chat touches, beside the places that the environment names."""
STATE = ("gonogo.db", "checkpoints.db", "state.key", "engine.key")
"""Files of the state folder, wherever it lies."""
FILES = ("read", "search", "write", "folder")
"""Kinds of what is asked that are about a path."""
EXPORTED = ("agents", "skills", "rules", "commands", "instructions")


def exported(plain: str) -> bool:
    """Whether it is a role, a skill or a rule of gonogo's."""
    parts = plain.split("/")
    return parts[1] in EXPORTED and any(part.startswith("gonogo") for part in parts[2:])


def trusted(path: str, root: str) -> bool:
    """Whether the path leads to keys, trust files or gonogo's state: as it is written, and with links followed."""
    full = os.path.normpath(os.path.join(root, path.replace("\\", "/")))
    home, env = os.path.expanduser("~"), os.environ.get
    places = [
        env("GONOGO_HOME") or (env("XDG_STATE_HOME") or os.path.join(home, ".local", "state")) + "/gonogo",
        (env("XDG_CONFIG_HOME") or os.path.join(home, ".config")) + "/gonogo",
        os.path.join(home, ".ssh"),
    ]
    walls = [folded(wall) + "/" for place in places for wall in {place, os.path.realpath(place)}]
    for where in {full, os.path.realpath(full)}:
        walled = folded(where) + "/"
        parts = walled.split("/")
        state = "gonogo" in parts and parts[-2] in STATE
        if state or walled.startswith(tuple(walls)) or any(part + "/" in walled for part in TRUSTED):
            return True
    return False


def placed(path: str, root: str) -> tuple[str, bool]:
    """The path relative to the root in one plain spelling, links followed; and whether it lies inside."""
    if "\0" in path:
        raise ValueError("HOOK_EVENT_MALFORMED")
    if path.startswith("~"):
        path = os.path.expanduser(path)
    full = os.path.normpath(os.path.join(root, path.replace("\\", "/")))
    real = os.path.realpath(full)
    for where in (real, full):
        if where != root and not where.startswith(root.rstrip("/") + "/"):
            return folded(where), False
    return folded(os.path.relpath(real, root)), True


def folded(path: str) -> str:
    """A path without the case and the forms that some file systems do not tell apart."""
    if path.isascii():
        return path.lower()
    import unicodedata

    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def first_glob(path: str, globs: Sequence[str]) -> str | None:
    """The first glob that means the path, in its plainest spelling."""
    segments = path.split("/")
    return next((glob for glob in globs if _wild(folded(glob).split("/"), segments, "**", _fits)), None)


def _fits(pattern: str, segment: str) -> bool:
    return _wild(pattern, segment, "*", lambda symbol, sign: symbol in {"?", sign})


def _wild(pattern: Sequence[str], text: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    here = there = 0
    last, resume = -1, 0
    while there < len(text):
        if here < len(pattern) and pattern[here] == star:
            last, resume = here, there
            here += 1
        elif here < len(pattern) and same(pattern[here], text[there]):
            here, there = here + 1, there + 1
        elif last >= 0:
            resume += 1
            here, there = last + 1, resume
        else:
            return False
    return all(item == star for item in pattern[here:])


def top(here: str) -> str:
    """The repository in which the host stands: a chat that stands in a folder of it is not out of its run."""
    path = here
    while not os.path.exists(os.path.join(path, ".git")):
        above = os.path.dirname(path)
        if above == path:
            return here
        path = above
    return path


def git_folder(root: str) -> str:
    """Where the engine and the hook leave each other notes: inside git's own folder, which no commit brings."""
    path = os.path.join(root, ".git")
    if os.path.isfile(path):
        with open(path, encoding="utf-8") as pointer:
            path = os.path.join(root, pointer.read(4096).removeprefix("gitdir:").strip())
    return os.path.join(path, "gonogo")
