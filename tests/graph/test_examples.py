"""The worked examples of own gates: they pass as they lie there, and refuse what they are for."""

from __future__ import annotations

import json
import sys
import tomllib
import zipfile
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Any, cast

import pytest

from gonogo_agents.repository import open_repository
from gonogo_graph.gating import Look, look
from gonogo_policies.config.gates import GatesFile
from gonogo_policies.dependencies import read_snapshot
from support.repos import make_repo, make_world

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON

Gate = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "examples" / "gates"
FILES = {
    str(file.relative_to(FOLDER)): file.read_text()
    for file in FOLDER.rglob("*")
    if file.is_file() and "__pycache__" not in file.parts
}
SMOKE, VAR = "strategy-smoke", "VaR Report Regression Gate"


def looked(tmp_path: Path, name: str, change: dict[str, str]) -> Gate:
    """What one of the example's gates says of a change to the example."""
    document = tomllib.loads(FILES["gates.toml"])
    document.pop("schema")
    entries = {gate.name: gate for gate in GatesFile.model_validate(document).gate}
    entry = cast("JSON", entries[name].named_by("trust").model_dump(mode="json"))
    repo = make_repo(tmp_path / "repo", FILES, [change])
    folder = tmp_path / "look"
    folder.mkdir()
    asked = Look((name,), base=repo.commits[0], commit="HEAD")
    (gate,) = look(
        open_repository(make_world(tmp_path / "home"), repo.path), [entry], asked, folder, lambda *_: None
    ).gates
    return cast("Gate", gate)


POSITIONS = FILES["data/positions.csv"]


@pytest.mark.parametrize(
    ("name", "change", "verdict", "codes"),
    [
        (SMOKE, {"config/strategies/new.toml": FILES["config/strategies/momentum.toml"]}, "PASS", set()),
        (SMOKE, {"config/strategies/new.toml": "universe = 3\n"}, "FAIL", {"finding"}),
        (VAR, {"data/positions.csv": POSITIONS.replace("credit,", "credit,", 1) + "\n"}, "PASS", set()),
        (VAR, {"data/positions.csv": POSITIONS + "rates,-2000,0\n"}, "FAIL", {"MOVED"}),
        (VAR, {"data/positions.csv": POSITIONS + "fx,-1,0\n"}, "FAIL", {"NEW"}),
        (VAR, {"data/positions.csv": "book,profit,hedge\n"}, "FAIL", {"GONE"}),
        (VAR, {"reports/var_report.csv": FILES["reports/var_report.csv"] + "fx,1,1,NaN\n"}, "INCONCLUSIVE", set()),
    ],
)
def test_the_examples_say_what_they_are_for(
    tmp_path: Path, name: str, change: dict[str, str], verdict: str, codes: set[str]
) -> None:
    gate = looked(tmp_path, name, change)
    assert gate["verdict"] == verdict, gate["reason"]
    assert {one["code"] for one in gate["findings"]} == codes
    assert gate["checked"] > 0 or verdict != "PASS"


def test_a_snapshot_is_made_from_an_export_and_is_as_old_as_its_newest_record(tmp_path: Path) -> None:
    affected = [{"package": {"name": "leaky", "ecosystem": "PyPI", "purl": "x"}, "versions": ["1.0"], "severity": []}]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for number, day in enumerate(("2026-01-07", "2026-01-08", "2025-01-01")):
            record = {"id": f"PYSEC-{number}", "modified": f"{day}T01:02:03Z", "affected": affected, "details": "long"}
            archive.writestr(f"PYSEC-{number}.json", json.dumps(record))
    script = FOLDER / "scripts" / "advisory_snapshot.py"
    run([sys.executable, "-I", str(script), "all.zip", "advisories.json"], cwd=tmp_path, check=True)
    data = (tmp_path / "advisories.json").read_bytes()
    snapshot = read_snapshot(data)
    assert (f"{snapshot.as_of:%Y-%m-%d}", snapshot.count, len(snapshot.about("leaky", "1.0"))) == ("2026-01-08", 3, 3)
    assert b"long" not in data
