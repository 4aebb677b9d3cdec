"""Whatever a repository's configuration, attributes and hooks name: no command of gonogo starts any of it."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from gonogo.cli.table import TABLE
from gonogo.mcp.desk import ChatDesk
from gonogo_agents.world import World
from support.desk import Desk, make_key
from support.hostile_git import hostile_repo, ran
from support.repos import listing

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from support.bad_input import Said

WALK: tuple[tuple[str, ...], ...] = (
    ("init", "--yes", "--operator", "ada", "--public-key", "KEY"),
    ("doctor",),
    ("inbox",),
    ("layers",),
    ("models",),
    ("controls",),
    ("gates", "--changed"),
    ("policy-critic",),
    ("docs", "baseline"),
    ("docs", "fix", "--dry-run"),
    ("export", "claude"),
    ("evidence", "validate", "EVP-none"),
    ("run", "--layer", "L0", "--reason", "hostile"),
    ("show", "latest"),
    ("verify", "latest"),
    ("reproduce", "latest"),
    ("diff", "latest", "latest"),
    ("handoff", "export", "latest", "FILE"),
    ("index", "check"),
    ("index", "request", "--out", "REQUEST"),
    ("witness", "init", "WITNESS", "--name", "w.example"),
    ("sign", "latest", "--decision", "NO-GO", "--reason", "seen"),
    ("resume", "latest"),
    ("close", "latest", "C-1"),
    ("abandon", "latest", "--reason", "seen"),
    ("drill", "list"),
    ("hook", "claude"),
    ("explain", "GIT_FAILED"),
    ("nightly", "--layers", "L0", "--out", "NIGHT"),
)
ELSEWHERE = {
    "attack": "its clone: tests/agents/test_git_fence.py",
    "mcp": "its desk, below",
    "completion": "asks git nothing",
}
USED = frozenset({2})
"""Bad arguments: such a walk would show nothing."""
MAY_FAIL = {"close", "abandon", "evidence"}


def test_no_command_starts_what_a_hostile_repository_names(
    tmp_path: Path, gonogo: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {words[0] for words in WALK} | ELSEWHERE.keys() == {entry.name for entry in TABLE}
    repo = hostile_repo(tmp_path)
    desk = Desk(tmp_path / "home", repo)
    make_key(desk.key)
    git_of = listing(repo.path / ".git")
    places = {"KEY": f"{desk.key}.pub", "FILE": str(tmp_path / "run.handoff")}
    places |= {name: str(tmp_path / name.lower()) for name in ("NIGHT", "REQUEST", "WITNESS")}
    for words in WALK:
        monkeypatch.setattr(sys, "stdin", io.StringIO("{}"))
        done = gonogo(desk, *(places.get(word, word) for word in words))
        assert done.returncode not in USED or words[0] in MAY_FAIL, (words, done.stderr)
        assert "Traceback" not in done.stderr, words
        assert ran(tmp_path) == [], words
    status = ChatDesk(World(env=desk.environment()), repo.path, "").status("latest")
    assert status["runs"]
    assert ran(tmp_path) == []
    assert listing(repo.path / ".git") == git_of, "and nothing of git was written"
