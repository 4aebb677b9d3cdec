"""D02 Scope Lock: a branch that promised to change documentation alone, and whether it changed anything besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.drills.interface import Drill, Look, graded, holds, overlap
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo.drills.bench import Bench
    from gonogo.drills.interface import Dice, Planted

LIST = "non_docs_changes.txt"
TOPICS = ("glossary", "onboarding", "releases", "labels", "returns", "handover")
FILES = {
    "README.md": "# Depot\n\nPlans deliveries.\n",
    "docs/index.md": "# Handbook\n\n- [Rules](rules.md)\n",
    "docs/rules.md": "# Rules\n\nOne load at a time.\n",
    "docs/old-name.md": "# Terms\n\nLoad: what goes on one lorry.\n",
    "src/plan.py": "def plan(stops):\n    return sorted(stops)\n",
    "src/notes.md": "# Notes of the planners\n\nSort first.\n",
    "tools/check.sh": "#!/bin/sh\nexit 0\n",
    "docs.toml": 'theme = "plain"\n',
}


def _rename(bench: Bench, topic: str) -> None:
    """Out of src/ into docs/: git shows one rename whose new name lies in docs/."""
    bench.git()("mv", "src/notes.md", f"docs/{topic}-notes.md")


def _mode(bench: Bench, topic: str) -> None:
    del topic
    (bench.work / "tools/check.sh").chmod(0o755)


def _formatter(bench: Bench, topic: str) -> None:
    del topic
    bench.write({"src/plan.py": "def plan(stops):\n    return sorted( stops )\n"})


def _submodule(bench: Bench, topic: str) -> None:
    commit = bench.git().line("rev-parse", "HEAD")
    bench.git()("update-index", "--add", "--cacheinfo", f"160000,{commit},vendor/{topic}")


def _beside(bench: Bench, topic: str) -> None:
    """Looks like documentation, and lies outside its folder."""
    bench.write({"docs.toml": f'theme = "{topic}"\n'})


def _taken_back(bench: Bench, topic: str) -> None:
    """A commit outside docs/ that a later one takes back: the history shows it, the change does not."""
    bench.write({"README.md": FILES["README.md"] + f"\nAlso {topic}.\n"})
    _commit_all(bench, f"Mention {topic}")
    bench.write({"README.md": FILES["README.md"]})


def _code_inside(bench: Bench, topic: str) -> None:
    """Code, and inside docs/: the place decides, not the ending."""
    bench.write({"docs/src/plan.py": f'"""An example for {topic}."""\n'})


def _mode_inside(bench: Bench, topic: str) -> None:
    del topic
    (bench.work / "docs/rules.md").chmod(0o755)


def _settings_inside(bench: Bench, topic: str) -> None:
    bench.write({"docs/docs.toml": f'theme = "{topic}"\n'})


FAULTS: Mapping[str, tuple[str, Callable[[Bench, str], None]]] = {
    "rename": ("src/notes.md", _rename),
    "mode": ("tools/check.sh", _mode),
    "formatter": ("src/plan.py", _formatter),
    "submodule": ("vendor/{topic}", _submodule),
    "beside": ("docs.toml", _beside),
}
ALIKE: Mapping[str, Callable[[Bench, str], None]] = {
    "taken-back": _taken_back,
    "code-inside": _code_inside,
    "mode-inside": _mode_inside,
    "settings-inside": _settings_inside,
}
"""What only looks like leaving docs/."""
NONE = "none"


def draw(dice: Dice, difficulty: int) -> Planted:
    """One branch in three keeps its promise; on every branch there is something that looks as if it did not."""
    topic = dice.pick(TOPICS)
    faults = dice.some(list(FAULTS), difficulty + 1 + dice.below(2)) if dice.below(3) else []
    alike = dice.some(list(ALIKE), difficulty if faults else difficulty + 1)
    return {
        "topic": [topic],
        "changes": dice.some([*faults, *alike], len(faults) + len(alike)),
        "violations": [FAULTS[name][0].format(topic=topic) for name in faults],
        "scope": ["VIOLATED" if faults else "KEPT"],
    }


def plant(bench: Bench, drawn: Planted) -> Planted:
    """A branch of documentation, with what was drawn in commits of its own."""
    bench.make(FILES)
    topic, git = drawn["topic"][0], bench.git()
    base = git.line("rev-parse", "HEAD")
    git("checkout", "--quiet", "-b", f"docs/{topic}")
    bench.write({f"docs/{topic}.md": f"# {topic.title()}\n\nSee [the rules](rules.md).\n"})
    bench.commit(f"Describe {topic}")
    for name in drawn["changes"]:
        (FAULTS[name][1] if name in FAULTS else ALIKE[name])(bench, topic)
        _commit_all(bench, f"Tidy up for {topic}")
    git("mv", "docs/old-name.md", "docs/terms.md")  # stays inside docs/: no violation, and a filter on A, M, D says so
    bench.write({"docs/index.md": FILES["docs/index.md"] + f"- [{topic.title()}]({topic}.md)\n- [Terms](terms.md)\n"})
    _commit_all(bench, "Name the terms")
    docs = [
        f"{one}:{git.line('rev-parse', f'HEAD:{one}')}"
        for one in (f"docs/{topic}.md", "docs/terms.md", "docs/index.md")
    ]
    head = git.line("rev-parse", "HEAD")
    return {**drawn, "docs": docs, "base": [base], "branch": [f"docs/{topic}"], "kept": [head]}


def _commit_all(bench: Bench, words: str) -> None:
    """Commit the work tree; a submodule that is only in the index stays there."""
    git = bench.git()
    git("add", "--update", "--", "docs", "src", "tools", "docs.toml", "README.md")
    git("add", "docs")
    git("commit", "--quiet", "--no-verify", "-m", words)


def judge(bench: Bench, planted: Planted) -> Mapping[str, Look]:
    """Look at the list, and at the change of the branch as it is now."""
    git, branch, base = bench.git(), planted["branch"][0], planted["base"][0]
    there = git.attempt("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").code == 0
    tip = f"refs/heads/{branch}" if there else "HEAD"
    changed = git.line("diff", "--name-only", "--no-renames", base, tip).splitlines()
    outside = [name for name in changed if not name.startswith("docs/")]
    pointer = f"git -C work diff --name-only --no-renames {base[:12]} {branch}"
    docs = dict(one.split(":") for one in planted["docs"])
    same = [name for name, blob in docs.items() if _blob(bench, tip, name) == blob]
    grown = there and git.attempt("merge-base", "--is-ancestor", base, tip).code == 0
    still = git.line("rev-parse", "refs/remotes/origin/main") == base
    return {
        "listed": overlap(planted["violations"] or [NONE], bench.lines(LIST), LIST),
        "verdict": holds(
            bench.facts().get("scope", "").upper() == planted["scope"][0],
            "operator_notes.md",
            expected=f"scope: {planted['scope'][0]}",
            actual=f"scope: {bench.facts().get('scope', '-')}",
        ),
        "docs-only": _docs_only(outside, planted["violations"], pointer),
        "docs-kept": holds(
            len(same) == len(docs),
            f"git -C work ls-tree -r {branch} docs",
            expected=f"{len(docs)} documents as written",
            actual=f"{len(same)} documents as written",
        ),
        "base-kept": holds(
            grown and still,
            f"git -C work merge-base origin/main {branch}",
            expected="the branch grows from origin/main as it was",
            actual="it does" if grown and still else "it does not",
        ),
    }


def _docs_only(outside: list[str], violations: list[str], pointer: str) -> Look:
    left = f"{len(outside)} paths outside docs/"
    return Look(graded(len(violations) - len(outside), len(violations)), "0 paths outside docs/", left, pointer)


def _blob(bench: Bench, tip: str, name: str) -> str:
    done = bench.git().attempt("rev-parse", "--verify", "--quiet", f"{tip}:{name}")
    return done.stdout.decode(errors="replace").strip()


D02 = Drill(
    drill_id="D02",
    name=msg("Scope Lock Verification"),
    objective=msg("Tell what a change of documentation touched besides, and bring the branch back into its scope."),
    preconditions=msg("A branch with commits, measured against origin/main."),
    task=(
        msg("The branch in work/ promised to change docs/ and nothing else, measured against origin/main."),
        msg(
            "Write every path outside docs/ that it changes, adds or removes into"
            " non_docs_changes.txt in the drill's folder; the word  none  where there is no such path."
        ),
        msg("Write the line  scope: KEPT  or  scope: VIOLATED  into operator_notes.md there."),
        msg(
            "Then commit on the same branch until nothing outside docs/ differs from"
            " origin/main. The documents stay as they are."
        ),
    ),
    criteria={
        "listed": msg("every path outside docs/ is listed, and no other"),
        "verdict": msg("the notes say whether the scope was kept"),
        "docs-only": msg("the branch changes docs/ alone"),
        "docs-kept": msg("the documents are as they were written"),
        "base-kept": msg("the branch still grows from origin/main"),
    },
    minutes=10,
    hints=(
        msg("A rename has two ends: git diff --no-renames --name-status origin/main HEAD"),
        msg("Modes and submodules show in: git diff --raw origin/main HEAD"),
        msg("git checkout origin/main -- PATH brings a path back; git rm --cached PATH takes one away."),
    ),
    debrief=msg(
        "A scope is judged on both ends of every change, and on the change as a whole. Filters on added, modified and"
        " deleted miss renames; names that look like documentation are not documentation; and what was taken back again"
        " broke no promise."
    ),
    draw=draw,
    plant=plant,
    judge=judge,
)
