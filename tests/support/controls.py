"""Play each mutation of the table of controls and see which checks turn red.

``python tests/support/controls.py`` prints control, check, mutation and the verdicts before and after.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gonogo.main import main
from gonogo_policies.config import load_config, packaged_config, read_folder
from support.control_table import CASES
from support.crash import copy_of, rows
from support.desk import make_desk

if TYPE_CHECKING:
    from support.control_table import Case
    from support.desk import Desk
    from support.mutations import Mutation

STEPS = "ABCDEF"
RUN = ("run", "--layer", "L0", "--reason", "release readiness", "--operator", "ada", "--headless", "--json")


@dataclass(frozen=True)
class Played:
    """What a run came to."""

    code: int
    """The exit code of ``gonogo run``."""
    verdict: str | None
    """None where the run stopped before anything was recommended."""
    recommendation: str | None
    results: dict[str, Any]
    """What the duties handed back, by field."""
    pack: Path | None
    """The sealed pack in the state folder."""

    @property
    def checks(self) -> dict[str, str]:
        """Every check's verdict by its id."""
        found = [one for result in self.results.values() for one in result["value"].get("checks", [])]
        return {one["id"]: one["verdict"] for one in found}

    def document(self, name: str) -> Any:  # noqa: ANN401 - whatever the document holds
        """A JSON document of the pack, such as ``core/run-plan.json``."""
        assert self.pack is not None
        return json.loads((self.pack / name).read_bytes())


class Stage:
    """A desk from which each run gets a copy. The run to compare with is made once for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = make_desk(folder / "template")
        self._template.enrol()
        self._count = 0
        self.before = cache(self.play)

    def newest(self) -> Path:
        """Where the desk of the newest run lies."""
        return self._folder / str(self._count)

    def newest_desk(self) -> Desk:
        """The desk of the newest run."""
        repo = self._template.repo
        home = self.newest() / "home"
        return replace(self._template, home=home, repo=replace(repo, path=self.newest() / "repo"))

    def play(self, mutation: Mutation) -> Played:
        """Drive one run with ``gonogo run``, in this process, with the mutation in force."""
        self._count += 1
        desk = copy_of(self._template, self.newest())
        if mutation.files:
            desk.repo.commit(mutation.files)
        for name, text in mutation.trust.items():
            (place,) = desk.trust_folders()
            (place / name).write_text(text)
            (place / name).chmod(0o600)
        world = mutation.world(desk.environment())
        words = [*RUN, "--repo", str(desk.repo.path)]
        quiet = io.StringIO()
        with mutation.in_force(), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            code = main(words, world=world)
        return _played(desk, code, quiet.getvalue())


def _played(desk: Desk, code: int, said: str) -> Played:
    found = rows(desk, "SELECT verdict, recommendation FROM runs")
    assert len(found) == 1, said
    (folder,) = (desk.state_folder() / "runs").iterdir()
    results = [json.loads(path.read_bytes().splitlines()[0]) for path in (folder / "results").iterdir()]
    pack = next((seal.parent for seal in folder.glob("pack/*/seal.json")), None)
    verdict, recommendation = found[0]
    return Played(code, verdict, recommendation, {one["field"]: one for one in results if "field" in one}, pack)


def demanded() -> dict[str, str]:
    """The check of every hard, built control that a check of steps A to F or of a gate decides, from the table."""
    found = load_config([read_folder(packaged_config(), "packaged")]).controls
    return {one.id: one.check for one in found if one.hard and one.built and _in_a_run(one.check)}


def _in_a_run(check: str) -> bool:
    return _step(check) in STEPS or check.startswith("GATE-")


def _step(check: str) -> str:
    """``A`` of ``A-ROOT``; checks of gates, criteria and the summary belong to no step."""
    step = check.partition("-")[0]
    return step if len(step) == 1 else "none"


def show(case: Case, stage: Stage) -> str:
    """One case as lines of the listing."""
    before, after = stage.before(case.before), stage.play(case.mutation)
    words = f"{before.checks.get(case.check)} -> {after.checks.get(case.check)}"
    run = f"{before.verdict} -> {after.verdict}, exit {after.code}"
    what = f"{case.mutation.kind}: {case.mutation.what}"
    return "".join(f"{control:17}{case.check:13}{what:52}{words:22}{run}\n" for control in case.controls)


def listing() -> None:
    """Print the table."""
    began, out = time.monotonic(), sys.stdout
    out.write(f"{'control':17}{'check':13}{'mutation':52}{'check before, after':22}run before, after\n")
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        for case in CASES:
            out.write(show(case, stage))
            out.flush()
    controls = sum(len(case.controls) for case in CASES)
    checks = len({case.check for case in CASES})
    spent = time.monotonic() - began
    out.write(f"{controls} controls, {checks} checks, {len(CASES)} mutations, {spent:.0f} s\n")
    missing = sorted(set(demanded()) - {control for case in CASES for control in case.controls})
    out.write(f"without a mutation: {', '.join(missing) or 'none'}\n")


if __name__ == "__main__":
    listing()
