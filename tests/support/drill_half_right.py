"""Operators who do half of each drill, or guess: what they leave is PARTIAL."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from support.drill_hands import gh, sh
from support.drill_operators import CLASSES, clean_d01, notes_d01

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def half_d01(folder: Path) -> None:
    """Hands alone; and where there is nothing for them, the status by heart."""
    notes_d01(folder)
    notes = folder / "operator_notes.md"
    text = notes.read_text()
    if "status: OK" in text:
        notes.write_text(text.replace("status: OK", "status: NOT OK"))
    else:
        notes.unlink()
        clean_d01(folder)


def half_d02(folder: Path) -> None:
    """As the predecessor's filter saw it: added, modified, deleted with renames on; nothing is brought back."""
    work = folder / "work"
    found = sh(work, "git", "diff", "--name-only", "--diff-filter=AMD", "origin/main", "HEAD").splitlines()
    outside = [name for name in found if not name.startswith("docs/")]
    (folder / "non_docs_changes.txt").write_text("".join(f"{name}\n" for name in outside[:1] or ["none"]))
    (folder / "operator_notes.md").write_text("scope: VIOLATED\n")


def half_d03(folder: Path) -> None:
    """Call everything sound that lies there, and touch nothing."""
    packs = sorted((folder / "packs").glob("*.json"))
    (folder / "validator_report.txt").write_text("".join(f"{pack.name}: ok\n" for pack in packs))


def half_d05(folder: Path) -> None:
    """Mend one and write nothing down."""
    work = folder / "work"
    pages = [work / "docs/season.md", work / "docs/carriers.md"]
    links = [(page, link) for page in pages for link in re.finditer(r"\[([^\]]+)\]\(([^)]+)\)", page.read_text())]
    page, link = next((page, link) for page, link in links if not (page.parent / link[2]).exists())
    page.write_text(page.read_text().replace(link[0], link[1]))
    sh(work, "git", "commit", "--quiet", "--all", "-m", "Mend a reference")


def half_d04(folder: Path) -> None:
    """What the list of failures shows, all to be fixed at once."""
    names = [one["name"] for one in json.loads(gh(folder, "pr", "checks", "7")) if one["bucket"] == "fail"]
    (folder / "remediation_plan.md").write_text("".join(f"{name} | test | fix | P1\n" for name in names))


def half_d06(folder: Path) -> None:
    """Call all of them blocked, for no reason."""
    numbers = [one["number"] for one in json.loads(gh(folder, "pr", "list"))]
    (folder / "safety_checklist.txt").write_text("".join(f"{number} | BLOCKED | none\n" for number in numbers))


def half_d07(folder: Path) -> None:
    """Look into one, and escalate the others unseen."""
    first, *others = [str(one["databaseId"]) for one in json.loads(gh(folder, "run", "list"))]
    log = gh(folder, "run", "view", first)
    kind, action = next((name, action) for name, (sign, action) in CLASSES.items() if sign in log)
    rows = [f"{first} | {kind} | {action}", *(f"{run} | resource | ESCALATE" for run in others)]
    (folder / "incident_log.md").write_text("\n".join(rows))


def half_d08(folder: Path) -> None:
    """Call the risk and leave nothing behind."""
    (folder / "risk_assessment.md").write_text("risk: LOW\nmitigation: revert the commit\n")


HALF_RIGHT: dict[str, Callable[[Path], None]] = {
    "D01": half_d01,
    "D02": half_d02,
    "D03": half_d03,
    "D04": half_d04,
    "D05": half_d05,
    "D06": half_d06,
    "D07": half_d07,
    "D08": half_d08,
}
