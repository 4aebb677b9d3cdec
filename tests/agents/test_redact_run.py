"""The scan before the seal, with real runs: a clean pack stays as it is, no secret is sealed, no scan means no pack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents.detector_line import Silent
from gonogo_agents.redact_run import BINARY, clean, kept_redaction, told
from gonogo_agents.world import World
from gonogo_evidence import canonical, schema
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.pack import DataFile
from gonogo_evidence.seal import parse_manifest
from support.desk import Desk, make_desk
from support.mutations import naming_tests
from support.secrets_planted import planted, private_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def desk_that_prints(folder: Path, text: bytes) -> Desk:
    """A desk whose tests gate prints these bytes."""
    desk = make_desk(folder)
    desk.enrol()
    printed = folder / "printed.bin"
    printed.write_bytes(text)
    (trust,) = desk.trust_folders()
    code = f"import sys; sys.stdout.buffer.write(open('{printed}', 'rb').read())"
    for name, words in naming_tests("{python}", "-c", code).items():
        (trust / name).write_text(words.replace("argv = [", f'reads = ["{folder}"]\nargv = ['))
        (trust / name).chmod(0o600)
    return desk


def environment_of(run: Any) -> Any:  # noqa: ANN401 - the document
    from pathlib import Path

    found = json.loads((Path(run["pack"]) / "environment.json").read_bytes())
    assert schema.check("environment", found) == []
    return found


def test_a_clean_pack_has_no_redactions(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "desk")
    desk.enrol()
    run = desk.run()
    around = environment_of(run)
    assert (around["redactions"], run["verdict"]) == ([], "PASS")
    assert "not_scanned" not in around
    assert {"kingfisher-secret-scanner", "bc-detect-secrets"} < set(around["tools"])


def test_planted_secrets_are_in_no_sealed_file_and_the_core_is_rebuilt_without_them(tmp_path: Path) -> None:
    from pathlib import Path as Folder

    kinds, key = planted(), private_key(tmp_path)
    token = kinds["github"][1]
    lines = "\n".join(line for line, _ in kinds.values())
    desk = desk_that_prints(tmp_path / "desk", f"{lines}\n{key}and {token}\n".encode())
    run = desk.run(reason=f"deploy with {token}")
    pack = Folder(run["pack"])
    sealed = {name: (pack / name).read_bytes() for name in parse_manifest((pack / "manifest-sha256.txt").read_bytes())}
    whole = b"".join([*sealed.values(), pack.with_name(pack.name + ".json").read_bytes()])
    left = [kind for kind, (_, value) in kinds.items() if value.encode() in whole]
    assert left == []
    assert key.splitlines()[2].encode() not in whole
    told_of = environment_of(run)["redactions"]
    assert {one["path"] for one in told_of} >= {"core/pack.json", "SUMMARY.md"}
    printed = [one for one in told_of if one["path"].startswith("data/gates/")]
    assert len(printed) == len({value for _, value in kinds.values()}) + 1
    assert b"deploy with [redacted:betterleaks.github-pat:1]" in sealed["core/pack.json"]
    results = pack.parent.parent / "results" / "pack.json"
    checks = {one["id"]: one["verdict"] for one in json.loads(results.read_bytes().splitlines()[0])["value"]["checks"]}
    assert checks["F-CANONICAL"] == checks["F-VERIFY"] == "PASS"
    assert (pack.parent.parent / "redactions.json").stat().st_mode & 0o777 == 0o600
    assert desk.gonogo("verify", str(pack), "--authentic-only").returncode == 0
    assert desk.gonogo("index", "page", "--write").returncode == 0
    published = [path.read_bytes() for path in desk.repo.path.rglob("*") if path.is_file() and ".git/" not in str(path)]
    assert any(b"[redacted:" in data for data in published)
    assert [kind for kind, (_, value) in kinds.items() if any(value.encode() in data for data in published)] == []


def a_file(folder: Path, data: bytes) -> DataFile:
    (folder / "raw").write_bytes(data)
    return DataFile("data/raw.txt", folder / "raw", "text/plain", "none", "raw")


def answering(**answer: Any) -> bytes:  # noqa: ANN401 - any JSON
    return canonical.dumps({"detectors": {"x": "1"}, **answer})


@pytest.fixture
def world_that_hears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes | Silent], World]:
    """A world whose detectors give this answer; the line to them has tests of its own."""

    def hearing(answer: bytes | Silent) -> World:
        def answered(*_: object) -> bytes:
            if isinstance(answer, Silent):
                raise answer
            return answer

        monkeypatch.setattr("gonogo_agents.detectors.answer_of", answered)
        return World(env={"HOME": str(tmp_path)})

    return hearing


GOOD: list[list[list[Any]]] = [[], [], [[0, 3, "x"]]]
BAD: dict[str, bytes | Silent] = {
    "no answer": Silent("time is up"),
    "empty": b"",
    "half": b'{"files":[',
    "none": answering(files=[]),
    "few": answering(files=GOOD[:2]),
    "outside": answering(files=[[], [], [[0, 99, "x"]]]),
    "no list": answering(files="abc"),
    "no spans": answering(files=[[], [], ["x"]]),
}


@pytest.mark.parametrize("case", BAD)
def test_a_scan_that_fails_stops_the_seal(
    case: str, tmp_path: Path, world_that_hears: Callable[[bytes | Silent], World]
) -> None:
    with pytest.raises(Inconclusive) as caught:
        clean(world_that_hears(BAD[case]), tmp_path, {}, {}, [a_file(tmp_path, b"abc")])
    assert caught.value.code == "SECRET_SCAN_FAILED"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cache", "raw"]


def test_without_the_detectors_nothing_is_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world_that_hears: Callable[[bytes | Silent], World]
) -> None:
    monkeypatch.setattr("gonogo_agents.detectors.LIBRARIES", ("no_such_detector",))
    with pytest.raises(Inconclusive) as caught:
        clean(world_that_hears(answering(files=GOOD)), tmp_path, {}, {}, [])
    assert caught.value.code == "SECRET_SCAN_MISSING"


def test_what_was_replaced_is_kept_for_later_and_tags_differ_between_packs(
    tmp_path: Path, world_that_hears: Callable[[bytes | Silent], World]
) -> None:
    world = world_that_hears(answering(files=[[[8, 21, "x"]], [], [[0, 3, "x"]]]))
    made = clean(world, tmp_path, {"a": "tokenvalue-123"}, {}, [a_file(tmp_path, b"abc\0")])
    (copy,) = made.payload
    assert copy.source.read_bytes() == b"[redacted:x:2]\0"
    assert (tmp_path / "raw").read_bytes() == b"abc\0"
    assert list(made.not_scanned) == [{"path": "data/raw.txt", "reason": BINARY}]
    assert kept_redaction(tmp_path).of("see tokenvalue-12") == made.redaction.of("see tokenvalue-12")
    sealed = {"data/raw.txt": b"[redacted:x:2]"}
    once, again = told(world, made, sealed), told(world, made, sealed)
    assert once["not_scanned"] == [{"path": "data/raw.txt", "reason": BINARY}]
    assert once["redactions"] != again["redactions"]


def test_a_run_without_redactions_keeps_what_it_renders(tmp_path: Path) -> None:
    assert kept_redaction(tmp_path).of({"a": "b"}) == {"a": "b"}
