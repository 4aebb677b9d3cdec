"""Duties 1 and 2 through the real broker on a real repository: the value follows from the commit alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.broker import Broker, RoleScope
from gonogo_agents.duties.inventory import inventory
from gonogo_agents.duties.preflight import preflight
from gonogo_agents.repository import open_repository
from gonogo_evidence import canonical
from support.repos import Content, Repo, executable, link, make_repo, make_world, submodule

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.duty import Result, Role
    from gonogo_evidence.ids import JSON

SCOPES: dict[Role, RoleScope] = {
    "ORCHESTRATOR": RoleScope(
        "ORCHESTRATOR", tools=("git.query", "tools.versions"), git_queries=("desk", "change", "log"), steps=("A",)
    ),
    "FACTS_COLLECTOR": RoleScope(
        "FACTS_COLLECTOR", ("**",), tools=("repo.list", "repo.read"), steps=("B",), paths_forbidden=("**/.env",)
    ),
}
FILES: dict[str | bytes, Content] = {
    "Makefile": "all:\n",
    "a b/Makefile": "x:\n",
    "loop": link("loop"),
    "mod": submodule("1" * 40),
    "bin/run.sh": executable("#!/bin/sh\n"),
    "scripts/.env": "TOKEN=1\n",
    b"scripts/n\xff.sh": "#!/bin/sh\n",
    "scripts/u\u0308.sh": "#!/bin/sh\n",
}


def _both(repo: Repo, run: str) -> tuple[Result, Result]:
    opened = open_repository(make_world(repo.path.parent / "home"), repo.path)
    commit = repo.head
    base, rule = opened.base_for(commit)
    inputs: dict[str, JSON] = {
        "git_ref": commit,
        "base": base,
        "base_rule": rule,
        "root_commit": opened.root_commit,
        "guardrails": {"live": ["config/live/**"], "trust": ["config/gates.toml"]},
    }
    broker = Broker(opened.world, opened, repo.path.parent / run, inputs, SCOPES, lambda _: None)
    return (
        preflight({"inputs": inputs}, broker.ask_for("ORCHESTRATOR", "A")),
        inventory({"inputs": inputs}, broker.ask_for("FACTS_COLLECTOR", "B")),
    )


def test_an_odd_repository_gives_both(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", FILES, [{"config/live/x.toml": "a = 1\n"}, {"config/live/x.toml": None, "b": "1"}])
    pre, inv = _both(repo, "one")
    assert pre.verdict == "FAIL", "a deleted live file is a change of it"
    assert inv.verdict == "PASS"
    facts = inv.value["facts"]
    assert isinstance(facts, list)
    assert {(fact["kind"], fact["name"]) for fact in facts} >= {
        ("command", "all"),
        ("command", "x"),
        ("script", "bin/run.sh"),
        ("script", "scripts/n%FF.sh"),
        ("script", "scripts/ü.sh"),
    }
    assert not [fact for fact in facts if "env" in str(fact["path"])]
    assert pre.value["submodules"] == ["mod"]


def test_the_value_is_the_same_whatever_the_desk_does(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", FILES, [{"docs/a.md": "1\n"}])
    before = [canonical.dumps(result.value) for result in _both(repo, "one")]
    repo.write({"Makefile": "other:\n", "noxfile.py": "x", ".gitattributes": "* binary\n"})
    repo.git("checkout", "--quiet", "--detach")
    repo.git("add", "noxfile.py")
    after = _both(repo, "two")
    assert [canonical.dumps(result.value) for result in after] == before
    assert after[0].verdict == "PASS"


def test_two_changes_give_two_summaries(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", {"a": "1\n"}, [{"a": "2\n"}])
    one = _both(repo, "one")[0]
    repo.commit({"docs/new.md": "text\n"})
    assert _both(repo, "two")[0].value["change"] != one.value["change"]
