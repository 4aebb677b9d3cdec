"""D08 Closeout: a finished run is summed up, its risk is called, and what was written can be found."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gonogo.drills.interface import Drill, Look, graded, holds
from gonogo_agents.documents import Documents
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo.drills.bench import Bench
    from gonogo.drills.interface import Dice, Planted

RISK, FACTS = "risk_assessment.md", "run.json"
INDEX = "docs/ops/EVIDENCE_INDEX.md"
ADVICE = {"LOW": "GO", "MEDIUM": "GO-WITH-CONDITIONS", "HIGH": "NO-GO"}
FILES = {
    "README.md": "# Depot\n\nPlans deliveries. Evidence: [index](docs/ops/EVIDENCE_INDEX.md).\n",
    INDEX: "# Evidence index\n\n- Nothing yet.\n",
    "src/plan.py": "def plan(stops):\n    return sorted(stops)\n",
}
CHANGES = {
    "LOW": ["docs/rules.md", "docs/terms.md"],
    "MEDIUM": ["src/plan.py", "docs/rules.md"],
    "HIGH": ["src/execution/orders.py", "config/policy.toml"],
}
GATES = ("Lint Gate", "audit", "Policy Critic Gate", "docs-reference-targets-gate", "tests (3.11)")
_LINE = re.compile(r"[-*]\s*(\w+)\s*:\s*(.+)")


def draw(dice: Dice, difficulty: int) -> Planted:
    """The facts of a run: what it changed, and whether a gate failed; on a harmless change only above difficulty 1."""
    change, layer = dice.pick(list(CHANGES)), f"L{dice.below(5)}"
    failed = [dice.pick(GATES)] if dice.below(2) and (difficulty > 1 or change != "LOW") else []
    risk = "HIGH" if failed else change
    return {
        "run": [f"20260109-1015{dice.below(60):02}-{dice.below(2**24):06x}"],
        "layer": [layer],
        "model": [f"model-{dice.below(9)}"],
        "change": [change],
        "failed": failed,
        "result": ["FAIL" if failed else "PASS"],
        "risk": [risk],
        "advice": [ADVICE[risk]],
    }


def plant(bench: Bench, drawn: Planted) -> Planted:
    """A repository, and the facts of a run over it."""
    bench.make(FILES)
    head = bench.git().line("rev-parse", "HEAD")
    facts = {
        "note": "made for a drill; no run of gonogo",
        "run_id": drawn["run"][0],
        "layer_id": drawn["layer"][0],
        "model_id": drawn["model"][0],
        "git_ref": head,
        "changed": CHANGES[drawn["change"][0]],
        "gates": [{"name": name, "verdict": "FAIL" if name in drawn["failed"] else "PASS"} for name in GATES],
    }
    text = json.dumps(facts, indent=2) + "\n"
    (bench.folder / FACTS).write_text(text, encoding="utf-8")
    return {**drawn, "git": [head], "facts": [text], "base": [head]}


def judge(bench: Bench, planted: Planted) -> Mapping[str, Look]:
    """Look at the summary, the risk call, the links and the references, all as committed."""
    git = bench.git()
    head = git.line("rev-parse", "HEAD")
    documents = Documents(git, head)
    place = f"docs/ops/runs/{planted['run'][0]}.md"
    summary = documents.read(place) or ""
    broken = sum(not one.advice for one in documents.judged.problems)
    facts = bench.words(FACTS) == planted["facts"][0]
    files = [name for name in FILES if name in documents.files]
    clean = not bench.dirty()
    return {
        "summary": _summary(summary, planted, place),
        "risk": _risk(bench, planted),
        "indexed": holds(
            f"runs/{planted['run'][0]}.md" in (documents.read(INDEX) or ""),
            INDEX,
            expected="a link to the summary",
            actual="a link" if place.removeprefix("docs/ops/") in (documents.read(INDEX) or "") else "no link",
        ),
        "linked": holds(
            place in (documents.read("README.md") or ""),
            "README.md",
            expected="a link to the summary",
            actual="a link" if place in (documents.read("README.md") or "") else "no link",
        ),
        "references": holds(
            not broken and clean and len(files) == len(FILES),
            f"gonogo gates docs-reference-targets-gate --commit {head[:12]} --repo work",
            expected="0 broken references, all committed, nothing thrown away",
            actual=f"{broken} broken references, {'all' if clean else 'not all'} committed, {len(files)} files kept",
        ),
        "facts-kept": holds(facts, FACTS, expected="as found", actual="as found" if facts else "changed"),
    }


def _summary(text: str, planted: Planted, place: str) -> Look:
    """The lines of the runbook's operator summary (section 8)."""
    found = [_LINE.match(line.strip().replace("**", "")) for line in text.splitlines()]
    said = {one[1].casefold(): one[2].strip(" `") for one in found if one}
    right = [
        [one.strip(" `") for one in said.get("run", "").split("/")] == [planted["layer"][0], planted["model"][0]],
        planted["git"][0][:7] in said.get("git", ""),
        said.get("result", "").upper() == planted["result"][0],
        len(said.get("risks", "")) > 2,  # noqa: PLR2004 - a dash says nothing
        said.get("recommendation", "").upper() == planted["advice"][0],
    ]
    return Look(graded(sum(right), len(right)), f"{len(right)} lines right", f"{sum(right)} lines right", place)


def _risk(bench: Bench, planted: Planted) -> Look:
    found = (re.fullmatch(r"\W*(\w+)\s*:\s*(.+)", line) for line in bench.words(RISK).splitlines())
    said = {one[1].casefold(): one[2].strip(" `") for one in found if one}
    right = [said.get("risk", "").upper() == planted["risk"][0], len(said.get("mitigation", "")) > 9]  # noqa: PLR2004 - two words at least
    return Look(graded(sum(right), len(right)), "the right risk, and a mitigation", f"{sum(right)} of 2", RISK)


D08 = Drill(
    drill_id="D08",
    name=msg("Closeout Drill"),
    objective=msg("Sum a finished run up, call its risk, and leave it where others find it."),
    preconditions=msg("run.json in the drill's folder: the facts of a run, made for this drill."),
    task=(
        msg("Read run.json. Write the operator summary into work/docs/ops/runs/RUN_ID.md, one line each:"),
        msg(
            "  - Run: LAYER / MODEL   - Git: COMMIT   - Result: PASS or FAIL   - Risks: WORDS   - Recommendation: WORD"
        ),
        msg("Write  risk: LOW|MEDIUM|HIGH  and  mitigation: WORDS  into risk_assessment.md in the drill's folder."),
        msg(
            "LOW: documents alone, all gates passed. MEDIUM: code, all passed. HIGH: execution"
            " or policy, or a gate failed."
        ),
        msg("LOW is GO, MEDIUM is GO-WITH-CONDITIONS, HIGH is NO-GO. Result is FAIL where a gate failed."),
        msg(
            "Link the summary in work/docs/ops/EVIDENCE_INDEX.md and in work/README.md; commit; no reference is broken."
        ),
    ),
    criteria={
        "summary": msg("the summary says what the run says"),
        "risk": msg("the risk is called right, with a mitigation"),
        "indexed": msg("the evidence index leads to the summary"),
        "linked": msg("the README leads to the summary"),
        "references": msg("no reference is broken, all is committed"),
        "facts-kept": msg("the facts of the run are as they were found"),
    },
    minutes=25,
    hints=(
        msg("A gate that failed makes the risk HIGH, however harmless the change is."),
        msg("A link in the index is read from docs/ops/, one in the README from the root."),
        msg("gonogo gates docs-reference-targets-gate --repo work"),
    ),
    debrief=msg(
        "A run that nobody can find again was not closed, and a recommendation follows from facts, not from hope."
    ),
    draw=draw,
    plant=plant,
    judge=judge,
)
