"""Seeded faults: for each gate, its faults and every way of being green by accident, and what the gate must say.

The table is all of ``seeded/*.toml``; add rows to the file of your gate, or a file. A row is

- a real repository of two commits: ``before``, then the change, ``files`` (``#!`` makes one executable, DELETED takes
  it away, ``link:`` leads there, ``base64:`` holds bytes);
- a gate of ``config/gates.toml``, with an ``entry`` that changes it or makes one ({tools}: the folder of the tools,
  {here}: the version of Python that runs this);
- ``detectors = false``: those of secrets are not installed; ``{secret}`` in a file is one;
- ``tools``: programs that stand in for real ones (bodies of shell scripts; ``bare_path`` for none), and ``env``, in
  which PATH may hold ``{path}``;
- what must be said: ``verdict``, ``code`` (why it is INCONCLUSIVE), ``findings`` and ``advice`` (their codes).

Everything is run as ``gonogo gates`` runs it, inside the fence.
"""

from __future__ import annotations

import base64
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest

from gonogo_agents.repository import open_repository
from gonogo_evidence.verdict import GateVerdict
from gonogo_graph.gating import Look, look
from gonogo_policies.config import load_config, packaged_config, read_folder
from gonogo_policies.config.gates import FOUND, GateEntry
from support.gates import program
from support.repos import executable, link, make_repo, make_world
from support.secrets_planted import planted, rule_cache

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON
    from support.repos import Entry

Row = dict[str, Any]
FOLDER = Path(__file__).parent / "seeded"
PACKAGED = {gate.name: gate for gate in load_config([read_folder(packaged_config(), "packaged")]).gates}
KNOWN = {
    "gate",
    "fault",
    "verdict",
    "code",
    "findings",
    "advice",
    "entry",
    "before",
    "files",
    "tools",
    "env",
    "bare_path",
    "detectors",
}
SECRET = planted()["github"][1]
"""What stands for ``{secret}`` in a file: no scanner should find one in the table itself."""
REFUSES = {"FAIL", "INCONCLUSIVE"}


def _rows() -> list[Row]:
    rows: list[Row] = []
    for file in sorted(FOLDER.glob("*.toml")):
        rows += tomllib.loads(file.read_text())["row"]
    return rows


ROWS = _rows()


def _content(value: str) -> str | bytes | Entry | None:
    value = value.replace("{secret}", SECRET)
    if value.startswith("base64:"):
        return base64.b64decode(value.removeprefix("base64:"))
    if value.startswith("link:"):
        return link(value.removeprefix("link:"))
    return None if value == "DELETED" else executable(value) if value.startswith("#!") else value


def _entry(row: Row, tools: Path) -> JSON:
    packaged = PACKAGED.get(row["gate"])
    told = packaged.model_dump(exclude=FOUND) if packaged else {"step": "E", "hard": True, "purpose": "p"}
    more = {key: _fill(value, tools) for key, value in row.get("entry", {}).items()}
    entry = GateEntry.model_validate({**told, "name": row["gate"], "timeout_seconds": 60, "python": None, **more})
    found = packaged.model_dump(mode="json", include={"policy", "live"}) if packaged else {}
    return cast("JSON", {**entry.named_by("trust").model_dump(mode="json"), **found})


def _fill(value: Any, tools: Path) -> Any:  # noqa: ANN401 - anything of TOML
    if isinstance(value, list):
        return [_fill(one, tools) for one in value]
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return value.replace("{tools}", str(tools)).replace("{here}", here) if isinstance(value, str) else value


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['gate']}: {row['fault']}")
def test_the_gate_tells_the_truth(row: Row, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    path = f"{tools}:/usr/bin:/bin"
    for name, body in row.get("tools", {}).items():
        program(tools / name, body)
    if "tools" in row or row.get("bare_path"):
        program(tools / "python", f'exec {sys.executable} "$@"')
        monkeypatch.setattr("gonogo_agents.gate_runner.sys", SimpleNamespace(executable=str(tools / "python")))
    if row.get("detectors") is False:
        monkeypatch.setattr("gonogo_agents.detectors.LIBRARIES", ("no_such_detector",))
    before = {name: _content(text) for name, text in {"README.md": "# Readme\n", **row.get("before", {})}.items()}
    files = {name: _content(text) for name, text in row.get("files", {}).items()}
    repo = make_repo(tmp_path / "repo", before, [files])
    env = {"PATH": path, **rule_cache(), **row.get("env", {})}
    world = make_world(tmp_path / "home", **{**env, "PATH": env["PATH"].replace("{path}", path)})
    if "PATH" in row.get("env", {}):
        monkeypatch.chdir(repo.path)  # as an operator stands there
    asked = Look((row["gate"],), base=repo.commits[0], commit="HEAD")
    folder = tmp_path / "look"
    folder.mkdir()
    looked = look(open_repository(world, repo.path), [_entry(row, tools)], asked, folder, lambda *_: None)
    (gate,) = cast("tuple[Row, ...]", looked.gates)
    assert gate["verdict"] == row["verdict"], gate
    assert (gate.get("reason_code") or "") == row.get("code", ""), gate["reason"]
    assert {one["code"] for one in gate["findings"]} == set(row.get("findings", [])), gate["findings"]
    assert {one["code"] for one in gate.get("advice", [])} == set(row.get("advice", [])), gate.get("advice")
    assert (gate["checked"] > 0) >= (gate["verdict"] == "PASS")


def test_the_table_has_every_gate_and_every_row_says_what_it_expects() -> None:
    assert len(ROWS) >= 40
    for row in ROWS:
        assert row.keys() <= KNOWN, row
        assert row["verdict"] in get_args(GateVerdict)
        assert bool(row.get("code")) == (row["verdict"] == "INCONCLUSIVE"), row
        assert row.get("findings") if row["verdict"] == "FAIL" else not row.get("findings"), row
        assert re.fullmatch(r"[A-Z_]*", row.get("code", ""))
    named = [(row["gate"], row["fault"]) for row in ROWS]
    assert len(set(named)) == len(named)
    gates = Counter(row["gate"] for row in ROWS)
    built = {gate.name for gate in PACKAGED.values() if gate.kind not in {"pack", "unbuilt"}}
    assert built <= gates.keys(), built - gates.keys()


def test_each_gate_is_seen_to_pass_and_to_refuse() -> None:
    for gate in {row["gate"] for row in ROWS}:
        said = {row["verdict"] for row in ROWS if row["gate"] == gate}
        assert "PASS" in said, gate
        assert said & REFUSES, gate
