"""One good pack and many mutants before strangers' verifiers; what each says stands in a table that is checked in."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.judges import TOOLS, node_answers, orders, python_and_programs
from support.packs import overwrite
from support.whole import Whole, whole_pack

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = Path(__file__).with_name("table.json")
DATA = "data/layer-smoke-report.json"
SIGNOFF, CLOSE = "review/a@b.c-1A2b3C4d.signoff.json", "review/a@b.c-1A2b3C4d.close-1.json"
PROVENANCE, VERDICT = "attestations/provenance.dsse.json", "attestations/verdict.dsse.json"
SEALED = ("core/pack.json", "core/inventory.json", "core/run-plan.json", "core/validator-report.json",
          "environment.json", "SUMMARY.md", DATA, PROVENANCE, VERDICT)  # fmt: skip
AROUND = ("seal.json", "manifest-sha256.txt", "review/review.json", "review/notes.md", "review/engine.dsse.json",
          "review/outcome.json", SIGNOFF, f"{SIGNOFF}.sig", CLOSE, f"{CLOSE}.sig", "index/entry.json",
          "index/entry.tlog-proof")  # fmt: skip


def flip(path: str) -> Callable[[Path], None]:
    """One bit in the middle of a file."""

    def change(pack: Path) -> None:
        data = bytearray((pack / path).read_bytes())
        data[len(data) // 2] ^= 1
        overwrite(pack / path, bytes(data))

    return change


def spaced(path: str) -> Callable[[Path], None]:
    """A blank that means nothing to JSON."""
    return lambda pack: overwrite(pack / path, (pack / path).read_bytes().replace(b":", b": ", 1))


def gone(path: str) -> Callable[[Path], None]:
    """A file less."""
    return lambda pack: (pack / path).unlink()


def put(source: str, target: str) -> Callable[[Path], None]:
    """One file's bytes under another's name."""
    return lambda pack: overwrite(pack / target, (pack / source).read_bytes())


def reworded(path: str) -> Callable[[Path], None]:
    """Another payload under the same signature."""

    def change(pack: Path) -> None:
        envelope = json.loads((pack / path).read_bytes())
        payload = base64.b64decode(envelope["payload"]).replace(b"PASS", b"pass", 1).replace(b"GO", b"go", 1)
        envelope["payload"] = base64.b64encode(payload + b" ").decode()
        overwrite(pack / path, json.dumps(envelope, separators=(",", ":")).encode())

    return change


def twice(path: str) -> Callable[[Path], None]:
    """The first key once more: readers differ in which one they take."""

    def change(pack: Path) -> None:
        data = (pack / path).read_bytes()
        first = json.dumps(next(iter(json.loads(data))))
        overwrite(pack / path, b"{" + first.encode() + b":0," + data[1:])

    return change


MUTANTS: dict[str, Callable[[Path], object]] = {
    "good": lambda _: None,
    **{f"flip {path}": flip(path) for path in (*SEALED, *AROUND)},
    **{
        f"space in {path}": spaced(path)
        for path in (
            "core/pack.json",
            "environment.json",
            "seal.json",
            PROVENANCE,
            SIGNOFF,
            "review/review.json",
            "index/entry.json",
        )
    },
    **{f"key twice in {path}": twice(path) for path in ("core/pack.json", "seal.json", SIGNOFF)},
    **{
        f"gone {path}": gone(path)
        for path in (
            "core/inventory.json",
            "SUMMARY.md",
            VERDICT,
            f"{SIGNOFF}.sig",
            "review/outcome.json",
            "index/entry.tlog-proof",
        )
    },
    **{f"reworded {path}": reworded(path) for path in (PROVENANCE, VERDICT, "review/outcome.json", "index/entry.json")},
    "verdict under provenance's name": put(VERDICT, PROVENANCE),
    "the close's signature under the sign-off": put(f"{CLOSE}.sig", f"{SIGNOFF}.sig"),
    "the close in the sign-off's place": put(CLOSE, SIGNOFF),
    "a payload file grew": lambda pack: overwrite(pack / DATA, (pack / DATA).read_bytes() + b"\n"),
    "a file more": lambda pack: (pack / "data/more.txt").write_bytes(b"x"),
}


def ask(place: Path) -> dict[str, dict[str, str]]:
    """Every tool's answer about every mutant, and gonogo's exit code."""
    good = whole_pack(place / "good")
    found: dict[str, dict[str, str]] = {}
    asked = []
    for number, (name, change) in enumerate(MUTANTS.items()):
        shutil.copytree(good.folder.parent, place / str(number))
        whole = Whole(place / str(number) / good.folder.name)
        change(whole.folder)
        found[name] = {**python_and_programs(whole), "gonogo": str(whole.gonogo().exit_code)}
        asked.append(orders(whole))
        shutil.rmtree(place / str(number))
    for name, said in zip(found, node_answers(asked), strict=True):
        found[name] |= said
    return found


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What all of them say, asked once."""
    return ask(tmp_path_factory.mktemp("strangers"))


def test_each_tool_says_what_the_table_says(answers: dict[str, dict[str, str]]) -> None:
    assert len(MUTANTS) > 40
    assert answers == json.loads(TABLE.read_text()), json.dumps(answers, indent=1)


def test_each_tool_accepts_the_good_pack_and_rejects_something(answers: dict[str, dict[str, str]]) -> None:
    assert {tool: answers["good"][tool] for tool in TOOLS} == dict.fromkeys(TOOLS, "accept")
    assert answers["good"]["gonogo"] == "0"
    for tool in TOOLS:
        assert "reject" in {said[tool] for said in answers.values()}, tool


def test_what_any_stranger_rejects_gonogo_refuses_too(answers: dict[str, dict[str, str]]) -> None:
    lax = [name for name, said in answers.items() if "reject" in said.values() and said["gonogo"] == "0"]
    assert lax == []
    unseen = {name for name, said in answers.items() if "reject" not in said.values()} - {"good"}
    assert {name for name in unseen if answers[name]["gonogo"] == "0"} == set()
