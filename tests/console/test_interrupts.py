"""Ctrl-C, SIGTERM and a closed terminal, at every duty: one line, exit 130, no traceback, and the run goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.crash import RESUME, RUN, SIGN, copy_of, killed, rows
from support.desk import GONOGO, Desk, make_desk, packaged
from support.model_desk import CRITIC, PROPOSER, critique, model_desk, proposal
from support.model_server import Hang, model_server
from support.pty_session import Answers, at_terminal

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20260728
FEWEST = 200
"""Every duty makes more calls than this."""
PLACES = (*(f"duty {number}" for number in range(1, 8)), "seal", "duty 8", "duty 9", "hold point")
"""In the order in which a run comes by; the seal is in duty 7, the hold point's paper in duty 9."""
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SLEEPER = """
[[gate]]
name = "tests (3.11)"
step = "E"
hard = true
kind = "command"
purpose = "Sleeps until somebody ends it."
timeout_seconds = 300
output = "exit"
argv = ["/bin/sh", "-c", "echo $$ > {output}/pid; exec sleep 300"]
trigger = { python = ["**/*.py"] }
"""


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("interrupts"))
    desk.enrol()
    desk.let_unproven_sign()
    return desk


@pytest.fixture
def desk(enrolled: Desk, tmp_path: Path) -> Desk:
    return copy_of(enrolled, tmp_path / "desk")


def test_interrupted_at_every_duty_the_run_ends_as_if_nothing_had_been(desk: Desk, enrolled: Desk) -> None:
    chance = random.Random(SEED)  # noqa: S311 - a seed, not a secret
    for number, place in enumerate(PLACES):
        words = RESUME if number else RUN
        done, _ = killed(desk, place, chance.randint(1, FEWEST), words[:-1], by=ENDS[number % 3])
        stopped(done, place)
    resumed = desk.json(*RESUME[:-1], code=4)
    assert resumed["core_digest"] == copy_of(enrolled, desk.home.parent / "calm").run(reason="crash")["core_digest"]
    assert desk.gonogo(*SIGN).returncode == 4
    for place in ("commit: before intent", "commit: after intent"):
        stopped(killed(desk, place, 5, RESUME[:-1], by=signal.SIGINT)[0], place)
    assert desk.gonogo(*RESUME).returncode == 0
    assert rows(desk, "SELECT decision, state FROM spent") == [("GO", "DONE")]
    assert len(rows(desk, "SELECT 1 FROM runs")) == 1
    assert desk.gonogo("verify", "latest").returncode == 0


def stopped(done: subprocess.CompletedProcess[str], place: str) -> None:
    """Exit 130 and one line, beside the plain lines of progress."""
    said = done.stderr
    words = [line for line in said.splitlines() if not line.startswith(("run ", *(f"{step}  " for step in "ABCDEFG")))]
    assert (done.returncode, len(words)) == (130, 1), (place, done.returncode, said)
    assert words[0].startswith("error INTERRUPTED: "), place
    assert done.stdout == ""


@pytest.fixture
def sleepy(desk: Desk) -> Desk:
    """A desk whose test command sleeps for five minutes."""
    gates = packaged("gates.toml").split("\n[[gate]]")
    kept = [gate for gate in gates if "[[gate]]" not in gate and 'name = "tests (3.11)"' not in gate]
    for folder in desk.trust_folders():
        place = folder / "gates.toml"
        place.write_text("\n[[gate]]".join(kept) + SLEEPER)
        place.chmod(0o600)
    return desk


def gate_process(desk: Desk, *, patience: float = 60.0) -> int:
    """The process of the sleeping gate, once it sleeps."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        found = list(desk.home.glob(".local/state/gonogo/*/runs/*/gates/*/output/pid"))
        if found and (text := found[0].read_text().strip()):
            return int(text)
        time.sleep(0.02)
    raise AssertionError("the gate was not started")


def gate_processes(desk: Desk) -> list[int]:
    """The sleeping gates that were started."""
    found = desk.home.glob(".local/state/gonogo/*/runs/*/gates/*/output/pid")
    return [int(text) for path in found if (text := path.read_text().strip())]


def gone(process: int) -> bool:
    """Whether a process has ended, or does so within two seconds."""
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("end", ENDS)
def test_no_program_of_a_gate_outlives_the_run(sleepy: Desk, end: signal.Signals) -> None:
    run = subprocess.Popen(
        [*GONOGO, *RUN[:-1]],
        cwd=sleepy.repo.path, env=sleepy.environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process = gate_process(sleepy)
    run.send_signal(end)
    began = time.monotonic()
    out, err = run.communicate(timeout=30)
    assert time.monotonic() - began < 10
    stopped(subprocess.CompletedProcess((), run.returncode, out.decode(), err.decode()), "gate")
    assert gone(process)
    (row,) = sleepy.json("inbox", code=0)["runs"]
    assert row["state"] == "RUNNING"


def test_a_model_that_says_nothing_is_left_and_asked_again_when_the_run_goes_on(tmp_path: Path) -> None:
    with model_server() as models:
        desk = model_desk(tmp_path, models, timeout=300)
        models.script(PROPOSER, Hang())
        words = ["run", "--layer", "L0", "--reason", "x", "--mode", "live"]
        run = subprocess.Popen(
            [*GONOGO, *words], cwd=desk.repo.path, env=desk.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        while not models.requests and run.poll() is None:
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        stopped(subprocess.CompletedProcess((), run.returncode, out.decode(), err.decode()), "layer run")
        models.say(PROPOSER, proposal())
        models.say(CRITIC, critique())
        assert desk.json("resume", "latest", code=4)["verdict"] == "PASS"
        assert [request["model"] for request in models.requests] == [PROPOSER, PROPOSER, CRITIC]


def test_ctrl_c_on_a_terminal(sleepy: Desk) -> None:
    shown = at_terminal(
        [*GONOGO, *RUN[:-1]],
        Answers([("CI_GUARDIAN +validate", "\x03")]),
        cwd=sleepy.repo.path,
        env=sleepy.environment(),
    )
    assert shown.code == 130, shown.screen
    assert "error INTERRUPTED: " in shown.screen
    assert "Traceback" not in shown.screen
    assert all(gone(process) for process in gate_processes(sleepy))  # it may not have come to that


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    """Where cleaning up hangs, nobody should have to look for the process's number."""
    code = (
        "import os, signal, time\nfrom gonogo.cli.stopping import listen\nlisten()\n"
        "try:\n    os.kill(os.getpid(), signal.SIGINT)\nexcept KeyboardInterrupt:\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n    time.sleep(30)\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, b"")


def test_what_the_caller_ignores_stays_ignored() -> None:
    code = (
        "import os, signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nfrom gonogo.cli.stopping import listen\n"
        "listen()\nos.kill(os.getpid(), signal.SIGHUP)\nprint('on')\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (0, b"on\n")
