"""D02 Scope Lock: a branch that promised to change documentation alone, and what it changed besides."""

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


def _rename(bench: Bench, topic: str) -> str:
    """Out of src/ into docs/: git shows one rename whose new name lies in docs/."""
    bench.git()("mv", "src/notes.md", f"docs/{topic}-notes.md")
    return "src/notes.md"


def _mode(bench: Bench, topic: str) -> str:
    del topic
    (bench.work / "tools/check.sh").chmod(0o755)
    return "tools/check.sh"


def _formatter(bench: Bench, topic: str) -> str:
    del topic
    bench.write({"src/plan.py": "def plan(stops):\n    return sorted( stops )\n"})
    return "src/plan.py"


def _submodule(bench: Bench, topic: str) -> str:
    commit = bench.git().line("rev-parse", "HEAD")
    bench.git()("update-index", "--add", "--cacheinfo", f"160000,{commit},vendor/{topic}")
    return f"vendor/{topic}"


def _beside(bench: Bench, topic: str) -> str:
    """Looks like documentation, and lies outside its folder."""
    bench.write({"docs.toml": f'theme = "{topic}"\n'})
    return "docs.toml"


FAULTS: tuple[Callable[[Bench, str], str], ...] = (_rename, _mode, _formatter, _submodule, _beside)


def plant(bench: Bench, dice: Dice, difficulty: int) -> Planted:
    """A branch of documentation with faults in commits of their own, in a drawn order."""
    bench.make(FILES)
    topic, git = dice.pick(TOPICS), bench.git()
    base = git.line("rev-parse", "HEAD")
    git("checkout", "--quiet", "-b", f"docs/{topic}")
    bench.write({f"docs/{topic}.md": f"# {topic.title()}\n\nSee [the rules](rules.md).\n"})
    bench.commit(f"Describe {topic}")
    violations: list[str] = []
    for fault in dice.some(FAULTS, difficulty + 1):
        violations.append(fault(bench, topic))
        _commit_all(bench, f"Tidy up for {topic}")
    git("mv", "docs/old-name.md", "docs/terms.md")  # stays inside docs/: no violation, and a filter on A, M, D says so
    bench.write({"docs/index.md": FILES["docs/index.md"] + f"- [{topic.title()}]({topic}.md)\n- [Terms](terms.md)\n"})
    _commit_all(bench, "Name the terms")
    docs = [
        f"{one}:{git.line('rev-parse', f'HEAD:{one}')}"
        for one in (f"docs/{topic}.md", "docs/terms.md", "docs/index.md")
    ]
    head = git.line("rev-parse", "HEAD")
    return {"violations": violations, "docs": docs, "base": [base], "branch": [f"docs/{topic}"], "kept": [head]}


def _commit_all(bench: Bench, words: str) -> None:
    """Commit the work tree; a submodule that is only in the index stays there."""
    git = bench.git()
    git("add", "--update", "--", "docs", "src", "tools", "docs.toml")
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
        "listed": overlap(planted["violations"], bench.lines(LIST), LIST),
        "verdict": holds(
            bench.facts().get("scope", "").upper() == "VIOLATED",
            "operator_notes.md",
            expected="scope: VIOLATED",
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
            " non_docs_changes.txt in the drill's folder."
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
        "A scope is judged on both ends of every change. Filters on added, modified and deleted miss renames,"
        " and names that look like documentation are not documentation."
    ),
    plant=plant,
    judge=judge,
)
