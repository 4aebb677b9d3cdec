"""The fence of a gate's programs: what they reach, what they do not, and what the evidence says was on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents import gate_fence
from gonogo_agents.confine import PORTABLE, offered
from gonogo_agents.gate_fence import Fences, allowed_in_tree
from gonogo_agents.world import Completed, ProgramMissing
from gonogo_policies.gates import read_declaration
from support.gate_run import Json, Run, shell, start

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.world import Command, World

PATH_RULES, FILTER = "landlock" in offered(), "filter" in offered()
"""What this system has; where it has none, the comparison afterwards is what is left."""
SUITE = "import pathlib\n\ndef test_it(tmp_path):\n    (tmp_path / 'x').write_text('1')\n"


def outputs(run: Run, result: Json) -> str:
    """What the gate's programs printed on both streams."""
    kept = [result["observed"][name].get("path") for name in ("stdout", "stderr")]
    return "".join((run.folder / path).read_text() for path in kept if path)


def test_the_tree_is_there_to_read_and_one_folder_to_write(tmp_path: Path) -> None:
    words = (
        "cat README.md; echo x >new || echo tree; rm a.py || echo kept; echo x >$TMPDIR/t && echo x >$HOME/h && echo ok"
    )
    run = start(tmp_path, shell(words))
    result = run("own (1)")
    said = outputs(run, result)
    fence, trees = result["observed"]["fence"], result["observed"]["trees"]
    assert {"y", "ok"} <= set(said.split())
    assert result["verdict"] == "PASS"
    if PATH_RULES:
        assert {"tree", "kept"} <= set(said.split())
        assert (fence["level"], fence["tree"], trees["tree_count"]) == ("fenced", "read-only", 0)
    else:
        assert (fence["level"], fence["tree"], trees["tree_count"]) == ("process", "writable", 2)


def test_the_operators_home_desk_and_state_are_out_of_reach(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text("secret\n")
    places = (home / ".ssh" / "id_ed25519", tmp_path / "repo" / "README.md", tmp_path / "state" / "run" / "data.jsonl")
    reads = "; ".join(f"cat {place} || echo no" for place in places)
    writes = "; ".join(
        f"echo x >{place} || echo no" for place in (tmp_path / "repo/.git/hooks/x", tmp_path / "repo/new", home / "new")
    )
    run = start(tmp_path, shell(f"{reads}; {writes}; true"))
    (run.folder / "data.jsonl").touch()
    result = run("own (1)")
    assert outputs(run, result).split().count("no") == (6 if PATH_RULES else 0)
    assert (tmp_path / "repo" / "new").exists() is not PATH_RULES
    assert (result["observed"]["trees"]["desk_guarded"] == []) is PATH_RULES


def test_what_path_rules_do_not_keep_is_found_afterwards(tmp_path: Path) -> None:
    run = start(tmp_path, shell(f"chmod 755 {tmp_path}/repo/.git/config; true"))
    assert run("own (1)")["observed"]["trees"]["desk_guarded"] == ["git: modes"]


@pytest.mark.parametrize(("network", "said"), [(False, "refused\n"), (True, "socket\n")])
def test_a_socket_only_where_the_entry_says_so(tmp_path: Path, network: bool, said: str) -> None:
    look = "import socket\ntry: socket.socket(); print('socket')\nexcept PermissionError: print('refused')"
    run = start(tmp_path, shell("", argv=["{python}", "-c", look], network=network))
    result = run("own (1)")
    assert outputs(run, result) == (said if FILTER else "socket\n")
    assert result["observed"]["fence"]["network"] is (network or not FILTER)


def test_git_works_in_the_tree(tmp_path: Path) -> None:
    run = start(tmp_path, shell("git log --oneline | wc -l; git status --porcelain; git describe --always"))
    result = run("own (1)")
    assert (result["verdict"], outputs(run, result).split()[0]) == ("PASS", "2")
    assert result["observed"]["trees"]["tree"] == []


@pytest.mark.parametrize("unfenced", ["", "to see what is left behind"])
def test_a_newcomers_tests_and_their_caches_fail_nothing(tmp_path: Path, unfenced: str) -> None:
    argv = ["{python}", "-m", "pytest", "-q"]
    gate = shell("", argv=argv, output="pytest", unfenced=unfenced)
    run = start(tmp_path, gate, files={"tests/test_it.py": SUITE})
    result = run("own (1)")
    assert (result["verdict"], result["checked"]) == ("PASS", 1), outputs(run, result)
    assert result["observed"]["trees"]["tree"] == []
    assert (run.folder / "gates" / "01-own-1" / "cache" / "pytest").is_dir()


def test_what_the_entry_names_may_be_written_and_nothing_beside_it(tmp_path: Path) -> None:
    outside = tmp_path / "room"
    outside.mkdir()
    words = f"mkdir build; echo x >build/x; echo x >{outside}/x; echo x >a.py; chmod 700 README.md; true"
    run = start(tmp_path, shell(words, writes=["build/**", str(outside)]))
    result = run("own (1)")
    changed = [(one["path"], one["how"]) for one in result["observed"]["trees"]["tree"]]
    assert changed == [("README.md", "mode"), ("a.py", "content")]
    assert (outside / "x").exists()
    assert result["observed"]["fence"]["tree"] == "writable"
    assert (run.runner.tree / "a.py").read_text() != "x\n", "the next gate sees the commit"


def test_a_gate_without_a_fence_says_why(tmp_path: Path) -> None:
    run = start(tmp_path, shell("echo x >new", unfenced="it needs an agent's socket"))
    observed = run("own (1)")["observed"]
    assert (observed["fence"]["level"], observed["fence"]["why"]) == ("none", "it needs an agent's socket")
    assert observed["trees"]["tree"] == [{"path": "new", "how": "new"}]


def test_where_the_kernel_offers_nothing_it_works_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_fence, "offered", lambda: PORTABLE)
    run = start(tmp_path, shell(f"echo x >new; echo x >{tmp_path}/repo/.git/hooks/post-checkout"))
    result = run("own (1)")
    assert result["verdict"] == "PASS"
    fence, trees = result["observed"]["fence"], result["observed"]["trees"]
    assert (fence["level"], fence["tree"], fence["network"]) == ("process", "writable", True)
    assert trees["tree"] == [{"path": "new", "how": "new"}]
    assert trees["desk_guarded"] == ["git: hooks", "git: modes"]


def test_a_fence_that_cannot_be_put_up_leaves_the_portable_layers(tmp_path: Path) -> None:
    run = start(tmp_path, shell("echo ran"))
    refused = Completed(126, b"", b"confine: [Errno 1] Operation not permitted\n", 1)
    failing = _ending(run.runner.world, refused)
    assert Fences(failing).layers == PORTABLE
    broken = replace(run.runner, world=failing)
    with pytest.raises(Exception, match="GATE_FENCE"):
        broken.run({"name": "own (1)"})
    gone = replace(run.runner, world=_ending(run.runner.world, ProgramMissing("x")))
    answer: Any = gone.run({"name": "own (1)"})
    assert answer["reason_code"] == "GATE_TOOL_MISSING"


def _ending(world: World, done: Completed | ProgramMissing) -> World:
    """A world in which whatever is fenced ends so; git goes on working."""

    def run(command: Command) -> Completed:
        if command.fence is None:
            return world.run(command)
        if isinstance(done, ProgramMissing):
            raise done
        return done

    return replace(world, run=run)


def test_what_an_entry_may_change_in_the_tree() -> None:
    def allowed(**more: object) -> tuple[str, ...]:
        return allowed_in_tree(read_declaration(shell("x", **more)))

    assert allowed() == ()
    assert allowed(writes=["build/**", "/dev/shm", "~/cache"]) == ("build/**",)  # noqa: S108 - a name alone
    assert allowed(output="junit", report="junit.xml") == ("junit.xml",)
    inside = {"argv": ["t", "--junit={output}/j.xml"], "report": "{output}/j.xml", "output": "junit"}
    assert allowed(**inside) == ()


def test_a_program_in_the_home_does_not_open_the_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for place in ("bin", ".local/bin", "tool/bin"):
        (home / place).mkdir(parents=True)
        (home / place / "prog").write_text("#!/bin/sh\n")
        (home / place / "prog").chmod(0o755)
    run = start(tmp_path, shell("x"))
    for place, opened in (("bin", False), (".local/bin", False), ("tool/bin", True)):
        gate = read_declaration(shell("", argv=[str(home / place / "prog")]))
        fence = run.runner.fences.around(gate, tree=tmp_path, scratch=tmp_path / "s", objects=tmp_path / "o")
        assert fence is not None
        assert (str((home / place).parent) in fence.read) is opened
        assert not {str(home), "/"} & {*fence.read, *fence.write}
