"""One program answers for a whole process; one that dies, hangs or says nonsense is a verdict, the next one works."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from gonogo_agents import detector_line, detectors
from gonogo_agents.detectors import find_secrets
from gonogo_agents.world import World, start_program
from gonogo_evidence.errors import Inconclusive
from support.secrets_planted import planted, rule_cache

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LINE, SECRET = planted()["github"]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No program of another test, and nothing known."""
    detector_line.close_all()
    detectors._known.clear()
    yield
    detector_line.close_all()


class Starts:
    """A world that counts what it starts, and may start something else."""

    def __init__(self, code: str | None = None) -> None:
        self.code = code
        self.made: list[subprocess.Popen[bytes]] = []

    def world(self) -> World:
        return World(env={"PATH": os.environ["PATH"], "HOME": "/nowhere", **rule_cache()}, start=self.start)

    def start(self, argv: Sequence[str], env: Mapping[str, str], keep: Sequence[int]) -> subprocess.Popen[bytes]:
        program = argv if self.code is None else [sys.executable, "-c", self.code, str(keep[0])]
        self.made.append(start_program(program, {**os.environ, **env}, keep))
        return self.made[-1]


def test_one_program_answers_all_and_knows_what_it_was_asked(tmp_path: Path) -> None:
    starts = Starts()
    world, folder = starts.world(), tmp_path / "a\nb"
    first = find_secrets(world, folder, [LINE.encode(), b"x = 1", LINE.encode()])
    assert [len(spans) for spans in first] == [1, 0, 1]
    start, end, _ = first[0][0]
    assert LINE.encode()[start:end] == SECRET.encode()
    assert find_secrets(world, folder, [b"y = 2", LINE.encode()]) == [(), first[0]]
    assert len(starts.made) == 1
    assert list(folder.iterdir()) == []


def test_a_program_that_dies_is_no_answer_and_the_next_one_works(tmp_path: Path) -> None:
    starts = Starts()
    find_secrets(starts.world(), tmp_path, [b"x = 1"])
    os.kill(starts.made[0].pid, signal.SIGKILL)
    with pytest.raises(Inconclusive) as caught:
        find_secrets(starts.world(), tmp_path, [b"x = 2"])
    assert caught.value.code == "SECRET_SCAN_FAILED"
    assert find_secrets(starts.world(), tmp_path, [b"x = 2"]) == [()]
    assert len(starts.made) == 2


HEAD = "import socket, sys, time; s = socket.socket(fileno=int(sys.argv[1])); s.recv(999); "
BAD = {
    "ends": "",
    "a reason": "s.sendall(b'-1 ValueError: no\\n')",
    "no number": "s.sendall(b'many\\n')",
    "half": "s.sendall(b'99\\n{')",
    "no JSON": "s.sendall(b'3\\nabc')",
    "other texts": "s.sendall(b'31\\n' + b'{\"detectors\":{},\"files\":[[],[]]}')",
    "too much": "s.sendall(b'99999999999\\n')",
    "hangs": "time.sleep(60)",
}


@pytest.mark.parametrize("case", BAD)
def test_no_such_program_passes_anything(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector_line, "PATIENCE", 0.5 if case == "hangs" else 60.0)
    with pytest.raises(Inconclusive) as caught:
        find_secrets(Starts(HEAD + BAD[case]).world(), tmp_path, [b"x = 1"])
    assert caught.value.code == "SECRET_SCAN_FAILED"


def test_without_detectors_even_what_is_known_is_not_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_secrets(Starts().world(), tmp_path, [b"x = 1"])
    monkeypatch.setattr(detectors, "LIBRARIES", ("no_such_detector",))
    with pytest.raises(Inconclusive) as caught:
        find_secrets(Starts().world(), tmp_path, [b"x = 1"])
    assert caught.value.code == "SECRET_SCAN_MISSING"


def test_the_program_ends_with_its_line(tmp_path: Path) -> None:
    here, there = socket.socketpair()
    with there:
        argv = [sys.executable, "-P", "-m", "gonogo_agents.secret_scan", "--serve", str(there.fileno())]
        process = start_program(argv, dict(os.environ), (there.fileno(),))
    here.sendall(bytes(tmp_path / "gone").hex().encode() + b"\n")
    assert here.recv(999).startswith(b"-1 ")
    here.close()
    assert process.wait(30) == 0
