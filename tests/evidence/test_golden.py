"""Packs of released versions stay valid for ever: checked in with what a verifier brings, and never made again.

``tests/golden/make.py`` makes the one of this version.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.main import main
from gonogo.version import __version__
from gonogo_agents.world import World
from gonogo_evidence.canonical import digest_of
from support.packs import overwrite
from support.stranger import run

if TYPE_CHECKING:
    from types import ModuleType

GOLDEN = Path(__file__).parents[1] / "golden"
VERSION = __version__.partition(".dev")[0]
VERSIONS = sorted(path.parent.name for path in GOLDEN.glob("*/expected.json"))
PLACES = ("golden", "M\u00e4rz 2026")
LIMITS = {"INDEX_NOT_ASKED", "SUMMARY_OTHER_RENDERER"}
"""No log is brought, and the sample's summary is written by hand."""


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def copy(version: str, tmp_path: Path) -> Path:
    """One's own copy, at a path with a space and an umlaut."""
    shutil.copytree(GOLDEN / version, tmp_path / "M\u00e4rz 2026")
    return tmp_path / "M\u00e4rz 2026"


def _expected(place: Path) -> Any:  # noqa: ANN401 - a document
    return json.loads((place / "expected.json").read_bytes())


def _words(place: Path, *, policy: bool) -> list[str]:
    expected = _expected(place)
    brought = {"--allowed-signers": "allowed_signers", "--engine-key": "engine.pub", "--vkey": "index.vkey"}
    brought |= {"--policy": "signoff.toml"} if policy else {}
    given = [word for option, name in brought.items() for word in (option, str(place / name))]
    return [str(place / expected["pack"]), *given, "--at", expected["at"]]


def _gonogo(place: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    """Exit code and report of ``gonogo verify`` on a machine that knows nothing."""
    capsys.readouterr()
    code = main(["verify", *_words(place, policy=True), "--json"], world=World(env={"HOME": str(home)}))
    return code, json.loads(capsys.readouterr().out)


def test_this_version_has_one() -> None:
    assert VERSION in VERSIONS


def test_nobody_touched_a_byte(version: str) -> None:
    place = GOLDEN / version
    files = {path.relative_to(place).as_posix(): path for path in place.rglob("*") if path.is_file()}
    found = {name: digest_of(path.read_bytes()) for name, path in files.items() if name != "expected.json"}
    assert found == _expected(place)["files"]


def test_gonogo_verify_takes_it_with_these_limits_alone(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = GOLDEN / version
    code, report = _gonogo(place, tmp_path, capsys)
    assert (code, {check["code"] for check in report["checks"]}) == (0, LIMITS | {"OK"}), report["checks"]
    assert [report[area] for area in ("authentic", "verdict", "decision")] == ["PASS"] * 3
    digests = {name: report[f"{name}_digest"] for name in ("core", "pack", "review")}
    assert digests == _expected(place)["digests"]
    looked = {check["id"] for check in report["checks"]}
    assert {"authentic.engine", "authentic.attestations", "authentic.guide", "authentic.index"} <= looked
    assert {"authentic.single-file", "decision.signature.1", "decision.outcome", "decision.condition.1"} <= looked


def test_it_is_as_good_elsewhere(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _gonogo(copy, tmp_path, capsys)[0] == 0


def test_the_one_file_takes_it_in_a_bare_process(copy: Path) -> None:
    code, report = run(_words(copy, policy=False))
    assert (code, [report[area] for area in ("authentic", "verdict", "decision")]) == (0, ["PASS"] * 3)
    assert {check["code"] for check in report["checks"]} == {"OK", "NOT_CHECKED"}


def test_one_changed_bit_of_it_is_found_by_both(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy / _expected(copy)["pack"] / "core/pack.json"
    whole = path.read_bytes()
    overwrite(path, whole.replace(b'"PASS"', b'"QASS"', 1))
    assert _gonogo(copy, tmp_path, capsys)[0] == 6
    assert run(_words(copy, policy=False))[0] == 6


def _maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_make", GOLDEN / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_can_be_made_again_and_comes_out_the_same_every_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maker = _maker()
    for name in PLACES:
        (tmp_path / name).mkdir()
        maker.make(tmp_path / name)
    assert maker.differences(*(tmp_path / name for name in PLACES)) == []
    assert _gonogo(tmp_path / PLACES[0], tmp_path, capsys)[0] == 0
    assert maker.listing(tmp_path / PLACES[0]) == maker.listing(GOLDEN / VERSION)
