"""D05 Docs reference targets: references that lead nowhere, and others that only look so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.drills.interface import Drill, Look, graded, holds, overlap
from gonogo_agents.documents import Documents
from gonogo_evidence.text import msg
from gonogo_policies.docs.prose import IGNORE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gonogo.drills.bench import Bench
    from gonogo.drills.interface import Dice, Planted

MISSING, LOG = "missing_targets.txt", "remediation_log.txt"
ACTIONS = ("create", "correct", "remove")
FILES = {
    "README.md": "# Depot\n\nPlans deliveries. See [the handbook](docs/index.md).\n",
    "docs/index.md": "# Handbook\n\n- [Rules](rules.md)\n- [Terms](terms.md)\n",
    "docs/rules.md": "# Rules\n\nOne load at a time. Terms are in [terms](terms.md).\n",
    "docs/terms.md": "# Terms\n\nLoad: what goes on one lorry.\n",
    "src/plan.py": "def plan(stops: list[str]) -> list[str]:\n    return sorted(stops)\n",
}
REFS: Mapping[str, str] = {
    "[the loads](loads.md)": "docs/loads.md",
    "[the rules](../rules.md)": "rules.md",
    "[terms of trade](trade/terms.md)": "docs/trade/terms.md",
    "[the planner](../src/planner.py)": "src/planner.py",
    "[older rules](archive/rules.md)": "docs/archive/rules.md",
    "[a list](lists/carriers.md)": "docs/lists/carriers.md",
}
"""References as they are written, and what they lead to: there on some desks, missing on others."""
ALIKE: tuple[str, ...] = (
    "The work goes on in branch `docs/next-season`.",
    "Every plan matches `docs/**/*.md`.",
    "The carrier answers at <https://example.org/docs/missing.md>.",
    "```sh\ncp docs/not-there.md /tmp/copy.md\n```",
    "Replace NAME in `docs/<NAME>.md` by your own.",
)


def draw(dice: Dice, difficulty: int) -> Planted:
    """References of which some lead nowhere, and lines that only look like one, on two pages.

    Which of the references is broken follows from the seed: the target of each may be there or not.
    """
    refs = dict(dice.some(list(REFS.items()), 2 * difficulty + 2))
    missing = list(refs.values())[: difficulty + 1 + dice.below(2)]
    alike = dice.some(ALIKE, difficulty + 1)
    words = dice.some([*refs, *alike], len(refs) + len(alike))
    half = len(words) // 2
    there = [target for target in refs.values() if target not in missing]
    alike += [ref for ref, target in refs.items() if target in there]
    return {"missing": missing, "there": there, "alike": alike, "season": words[:half], "carriers": words[half:]}


def plant(bench: Bench, drawn: Planted) -> Planted:
    """A branch with two new documents."""
    bench.make(FILES | dict.fromkeys(drawn["there"], "# Here\n\n# It was written long ago.\n"))
    git = bench.git()
    git("checkout", "--quiet", "-b", "docs/season")
    for page in ("season", "carriers"):
        body = "\n\n".join(f"See {text} before the season." if text in REFS else text for text in drawn[page])
        bench.write({f"docs/{page}.md": f"# {page.title()}\n\n{body}\n"})
    bench.write({"docs/index.md": FILES["docs/index.md"] + "- [Season](season.md)\n- [Carriers](carriers.md)\n"})
    bench.commit("Write about the season")
    return {**drawn, "base": [git.line("rev-parse", "origin/main")], "branch": ["docs/season"]}


def judge(bench: Bench, planted: Planted) -> Mapping[str, Look]:
    """Look at the lists, and at the committed documents through the gate's own eyes."""
    git = bench.git()
    head = git.line("rev-parse", "HEAD")
    documents = Documents(git, head)
    problems = [one for one in documents.judged.problems if not one.advice]
    text = "\n".join(documents.read(path) or "" for path in documents.paths)
    alike = [one for one in planted["alike"] if one in text]
    pages = [name for name in ("docs/season.md", "docs/carriers.md", *FILES) if name in documents.files]
    hollow = [name for name in planted["missing"] if name in documents.files and documents.files[name].size < 20]  # noqa: PLR2004 - a heading and a word
    dirty = bench.dirty()
    excused = text.count(IGNORE) + ("docs/link-debt.json" in documents.files)
    expected = len(planted["missing"])
    return {
        "listed": overlap(planted["missing"], bench.lines(MISSING), MISSING),
        "gate": _gate(len(problems), expected, head),
        "logged": _logged(bench, planted["missing"], set(documents.files)),
        "alike-kept": holds(
            len(alike) == len(planted["alike"]),
            f"git -C work show {head[:12]}",
            expected=f"{len(planted['alike'])} look-alikes as they were",
            actual=f"{len(alike)} look-alikes as they were",
        ),
        "pages-kept": holds(
            len(pages) == len(FILES) + 2 and not hollow and not excused,
            f"git -C work ls-tree -r {head[:12]}",
            expected="every page there, no empty target, no excuse",
            actual=f"{len(pages)} of {len(FILES) + 2} pages, {len(hollow)} empty targets, {excused} excuses",
        ),
        "committed": holds(
            not dirty, "git -C work status --porcelain", expected="0 entries", actual=f"{len(dirty)} entries"
        ),
    }


def _gate(broken: int, planted: int, head: str) -> Look:
    pointer = f"gonogo gates docs-reference-targets-gate --commit {head[:12]} --repo work"
    return Look(graded(planted - broken, planted), "0 broken references", f"{broken} broken references", pointer)


def _logged(bench: Bench, missing: list[str], there: Collection[str]) -> Look:
    """One action for each target, the one that was taken: what was created is there, and nothing else is."""
    said: dict[str, set[str]] = {}
    for line in bench.lines(LOG):
        words = line.replace(":", " ").replace("`", " ").split()
        for name in set(missing) & set(words):
            said.setdefault(name, set()).update(set(ACTIONS) & {word.lower() for word in words})
    done = [name for name in missing if len(said.get(name, ())) == 1 and (said[name] == {"create"}) == (name in there)]
    return Look(graded(len(done), len(missing)), f"{len(missing)} targets with an action", f"{len(done)} targets", LOG)


D05 = Drill(
    drill_id="D05",
    name=msg("Docs Reference Targets Gate"),
    objective=msg("Find references that lead nowhere, mend them, and leave alone what only looks broken."),
    preconditions=msg("A branch with new documents; gonogo gates works in work/."),
    task=(
        msg("The branch in work/ brings documents. See what the gate says: gonogo gates docs-reference-targets-gate"),
        msg(
            "Write each missing target, as a path from the repository's root, into"
            " missing_targets.txt in the drill's folder."
        ),
        msg(
            "Mend each: create the target, correct the reference, or remove it; commit. Leave alone what is not broken."
        ),
        msg("Write one line for each target into remediation_log.txt there:  PATH: create|correct|remove"),
    ),
    criteria={
        "listed": msg("every missing target is listed, and no other"),
        "gate": msg("the gate finds nothing any more"),
        "logged": msg("each target has its action"),
        "alike-kept": msg("what only looked broken is as it was"),
        "pages-kept": msg("no page was thrown away, no target is hollow"),
        "committed": msg("the mending is committed"),
    },
    minutes=20,
    hints=(
        msg("The gate names file, line and target; a target is looked up from the document's own folder."),
        msg("Branch names, globs, addresses and fences are no references: what the gate does not name, leave alone."),
        msg("The gate looks at the desk as it stands; the drill looks at what is committed."),
    ),
    debrief=msg(
        "A reference is mended where it is wrong. An empty target, a deleted page or an excuse in a baseline makes the"
        " gate green and the reader lost."
    ),
    draw=draw,
    plant=plant,
    judge=judge,
)
