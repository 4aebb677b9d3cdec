"""D01 Pre-Flight: is this the right repository, fit for a run to start from, and is nothing lost on the way."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gonogo.drills.bench import NOTES
from gonogo.drills.guide import D01_STEPS
from gonogo.drills.interface import Drill, Look, graded, holds
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo.drills.bench import Bench
    from gonogo.drills.interface import Dice, Planted

LIVE = "config/live.toml"
FILES = {
    "README.md": "# Depot\n\nPlans deliveries.\n",
    "src/plan.py": "def plan(stops: list[str]) -> list[str]:\n    return sorted(stops)\n",
    LIVE: 'mode = "dry-run"\nlimit = 0\n',
    ".gitignore": "vendor/\n",
}
TOPICS = ("routes", "stock", "returns", "labels", "weights", "carriers")
UNDER_WAY = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG")


def draw(dice: Dice, difficulty: int) -> Planted:
    """One desk in four is sound, one has a clean tree with something else wrong, two are dirty.

    Beside the branch there may lie what is nobody's fault: a stash, or commits of another branch.
    """
    topic, home = dice.pick(TOPICS), dice.pick(("main", "work"))
    desk = dice.pick(("sound", "clean", "dirty", "dirty"))
    places = ("branch", "detached", "rebase") if desk == "dirty" else ("branch", "detached")
    position = dice.pick(places) if difficulty > 1 and desk != "sound" else "branch"
    faults: list[str] = dice.some(("unpushed", "staged", "untracked", "live"), difficulty) if desk == "dirty" else []
    if desk == "clean" and (position == "branch" or dice.below(2)):
        faults = ["unpushed"]
    return {
        "topic": [topic],
        "home": ["main" if home == "main" else f"work/{topic}"],
        "position": [position],
        "faults": faults,
        "aside": dice.some(("branch", "stash"), dice.below(2) + (desk == "sound")),
        "dirty": ["Y" if desk == "dirty" else "N"],
        "unpushed": ["Y" if "unpushed" in faults else "N"],
        "status": ["OK" if desk == "sound" else "NOT OK"],
    }


def plant(bench: Bench, drawn: Planted) -> Planted:
    """A clone with a nested repository where the operator starts, and what was drawn."""
    bench.make(FILES)
    topic, faults, (home,) = drawn["topic"][0], drawn["faults"], drawn["home"]
    nested = bench.work / "vendor" / topic
    nested.mkdir(parents=True)
    bench.git(nested)("init", "--quiet", "--initial-branch=main")
    (nested / "README.md").write_text(f"# {topic}\n\nSomebody else's.\n", encoding="utf-8")
    if home != "main":
        bench.git()("checkout", "--quiet", "-b", home)
        bench.git()("push", "--quiet", "--set-upstream", "origin", home)
    kept = _aside(bench, topic, drawn["aside"])
    kept += [_unpushed(bench, topic)] if "unpushed" in faults else []
    if drawn["position"] == ["rebase"]:
        kept.append(_rebase(bench, topic))
    elif drawn["position"] == ["detached"]:
        bench.git()("checkout", "--quiet", "--detach")
    branch, head = _branch(bench), bench.git().line("rev-parse", "HEAD")
    if drawn["dirty"] == ["Y"] and drawn["position"] != ["rebase"]:
        kept += _dirty(bench, topic, faults)
    if "live" in faults:
        bench.write({LIVE: f'mode = "live"\nlimit = {100 + len(topic)}\n'})
    base = bench.git().line("rev-parse", "origin/main")
    found = {"branch": [branch], "git_ref": [head], "root": [str(bench.work.resolve())], "base": [base]}
    return {**drawn, **found, "kept": kept, "start": [f"work/vendor/{topic}"]}


def _aside(bench: Bench, topic: str, what: Sequence[str]) -> list[str]:
    """What lies beside the branch and is no fault of it: a stash, and commits of another branch."""
    git, kept = bench.git(), list[str]()
    if "stash" in what:
        bench.write({"README.md": FILES["README.md"] + f"\nPerhaps {topic}, later.\n"})
        kept.append(bench.blob("README.md"))
        git("stash", "push", "--quiet", "--message", f"{topic}, later")
    if "branch" in what:
        kept.append(git.line("commit-tree", "-p", "HEAD", "-m", f"Try {topic}", "HEAD^{tree}"))
        git("branch", f"try/{topic}", kept[-1])
    return kept


def _unpushed(bench: Bench, topic: str) -> str:
    bench.write({f"src/{topic}.py": f'NAME = "{topic}"\n'})
    return bench.commit(f"Add {topic}")


def _dirty(bench: Bench, topic: str, faults: Sequence[str]) -> list[str]:
    names = ["src/plan.py"]
    bench.write({"src/plan.py": FILES["src/plan.py"] + f"\n\ndef {topic}() -> int:\n    return {len(topic)}\n"})
    if "staged" in faults:
        names.append("README.md")
        bench.write({"README.md": FILES["README.md"] + f"\nAlso {topic}.\n"})
        bench.git()("add", "README.md")
    if "untracked" in faults:
        names.append(f"notes-{topic}.txt")
        bench.write({f"notes-{topic}.txt": f"Ask about {topic}.\n"})
    return [bench.blob(name) for name in names]


def _rebase(bench: Bench, topic: str) -> str:
    """A rebase that stopped at a conflict, of a branch that is nowhere else."""
    git = bench.git()
    git("checkout", "--quiet", "-b", f"topic/{topic}")
    bench.write({"README.md": f"# Depot\n\nPlans {topic}.\n"})
    mine = bench.commit(f"Say {topic}")
    git("checkout", "--quiet", "--detach", "origin/main")
    bench.write({"README.md": "# Depot\n\nPlans deliveries and more.\n"})
    theirs = bench.commit("Say more")
    git("checkout", "--quiet", f"topic/{topic}")
    git("push", "--quiet", "origin", f"{theirs}:refs/heads/main")
    git("fetch", "--quiet", "origin")
    git.attempt("rebase", "--quiet", theirs)
    return mine


def judge(bench: Bench, planted: Planted) -> Mapping[str, Look]:
    """Look at the notes, at the repository, and at what was there to lose."""
    git = bench.git()
    dirty = bench.dirty()
    ahead = git.line("rev-list", "HEAD", "--not", "--remotes=origin").split()
    under_way = [name for name in UNDER_WAY if (bench.work / ".git" / name).exists()]
    branch, kept = _branch(bench), planted["kept"]
    there = bench.kept(kept)
    live = git.attempt("diff", "--quiet", planted["base"][0], "--", LIVE).code == 0
    return {
        "notes": _notes(bench, planted),
        "clean": holds(
            not dirty, "git -C work status --porcelain", expected="0 entries", actual=f"{len(dirty)} entries"
        ),
        "pushed": holds(
            not ahead,
            "git -C work rev-list HEAD --not --remotes=origin",
            expected="0 commits",
            actual=f"{len(ahead)} commits",
        ),
        "on-branch": holds(
            branch != "DETACHED" and not under_way,
            "git -C work status",
            expected="on a branch, nothing under way",
            actual=" ".join([branch, *under_way]),
        ),
        "live-untouched": holds(
            live,
            f"git -C work diff origin/main -- {LIVE}",
            expected="no change",
            actual="no change" if live else "changed",
        ),
        "nothing-lost": holds(
            there == len(set(kept)),
            "git -C work rev-list --objects --all",
            expected=f"{len(set(kept))} of {len(set(kept))} pieces of work",
            actual=f"{there} of {len(set(kept))} pieces of work",
        ),
        "origin-kept": _origin(bench, planted["base"][0]),
    }


def _branch(bench: Bench) -> str:
    done = bench.git().attempt("symbolic-ref", "--quiet", "--short", "HEAD")
    return done.stdout.decode(errors="replace").strip() if done.code == 0 else "DETACHED"


def _notes(bench: Bench, planted: Planted) -> Look:
    facts = bench.facts()
    names = ("root", "branch", "git_ref", "dirty", "unpushed", "status")
    right = [name for name in names if _same(name, facts.get(name, ""), planted[name][0])]
    wrong = ", ".join(name for name in names if name not in right)
    actual = f"{len(right)} of {len(names)} right" + (wrong and f"; not: {wrong}")
    return Look(graded(len(right), len(names)), ", ".join(names), actual, NOTES)


def _same(name: str, said: str, true: str) -> bool:
    if name == "git_ref":
        return len(said) >= 7 and true.startswith(said.lower())  # noqa: PLR2004 - what git itself abbreviates to
    return said.rstrip("/").casefold() == true.casefold()


def _origin(bench: Bench, base: str) -> Look:
    """Whether main of the origin still holds what it held."""
    code = 1
    with suppress(GonogoError):
        done = bench.git(bench.origin).attempt("merge-base", "--is-ancestor", base, "refs/heads/main")
        code = 1 if done.code is None else done.code
    words = "contains the first state" if code == 0 else "was rewritten"
    pointer = "git -C origin.git log main"
    return holds(code == 0, pointer, expected="contains the first state", actual=words)


D01 = Drill(
    drill_id="D01",
    name=msg("Pre-Flight Discipline"),
    objective=msg("Know which repository and state you are in, and bring it into one that a run may start from."),
    preconditions=msg("git is installed; nothing of your own is needed."),
    task=(
        msg(
            "You stand somewhere in work/. Write operator_notes.md in the drill's folder, as"
            " you FOUND things, one a line:"
        ),
        msg(
            "  root: PATH, branch: NAME or DETACHED, git_ref: COMMIT, dirty: Y or N, unpushed:"
            " Y or N, status: OK or NOT OK"
        ),
        msg("  unpushed: HEAD has commits that no branch of the origin has. status: could a run start from here?"),
        msg("Then make the repository in work/ clean, on a branch, nothing under way, HEAD pushed to its origin."),
        msg(
            "Nobody's work may get lost: keep what you find on a branch or in a stash."
            " config/live.toml stays as it is on main."
        ),
    ),
    criteria={
        "notes": msg("the notes tell what was found"),
        "clean": msg("the work tree is clean"),
        "pushed": msg("nothing is unpushed"),
        "on-branch": msg("on a branch, nothing under way"),
        "live-untouched": msg("the live configuration is as on main"),
        "nothing-lost": msg("no work that was found is lost"),
        "origin-kept": msg("the origin's main was not rewritten"),
    },
    minutes=10,
    hints=(
        msg("git rev-parse --show-toplevel names the innermost repository. Is it the right one?"),
        msg("git status says more than whether the tree is dirty: read its first lines."),
        msg("git rebase --abort ends a rebase, git stash --include-untracked keeps what is not committed."),
    ),
    debrief=msg(
        "Facts first, then hands: what was found is written down before anything is changed, and cleaning up never"
        " means throwing away."
    ),
    draw=draw,
    plant=plant,
    judge=judge,
    guide=D01_STEPS,
)
