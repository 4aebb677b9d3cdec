"""Workers as they are: real processes behind real pipes, honest ones and others."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_agents import confine
from gonogo_agents.workers import DutyCrashed, NoIsolation, Task, WireError, Workers, require, said, wire
from gonogo_agents.workers.client import Worker
from gonogo_agents.world import World
from gonogo_evidence import canonical, dsse
from gonogo_evidence.errors import GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.text import msg
from support import hostile

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

    from gonogo_agents.duty import Ask
    from gonogo_evidence.ids import JSON

INPUTS = canonical.dumps({"answer": 42})
LINUX = "filter" in confine.offered()


def task(field: str) -> Task:
    return Task("20260101-000000-abcdef", 2, "FACTS_COLLECTOR", field)


@contextmanager
def crew(layers: Sequence[confine.Layer] | None = None, patience: float = 60.0) -> Iterator[Workers]:
    made = Workers(World(env={}), bodies="support.hostile:TALK", layers=layers, patience=patience)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with crew(patience=3.0) as made:
        yield made


def play(workers: Workers, field: str, ask: Ask = hostile.nobody) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(workers.play(task(field), {"inputs": INPUTS}, ask).record)
    return found


def test_a_worker_sees_its_view_asks_and_signs_what_it_read_and_wrote(workers: Workers) -> None:
    asked: list[Any] = []

    def ask(verb: str, /, **arguments: JSON) -> JSON:
        asked.append((verb, arguments))
        return {"words": ["ä"]}

    played = workers.play(task("wants"), {"inputs": INPUTS}, ask)
    assert asked == [("anything", {"number": 1, "words": ["ä", "b"]})]
    assert json.loads(played.record)["value"] == {"view": ["inputs"], "answer": {"words": ["ä"]}}
    assert played.envelope is not None
    statement = json.loads(dsse.parse(played.envelope).payload)
    assert statement["subject"] == [{"name": "wants", "digest": {"sha256": canonical.digest_of(played.record)}}]
    assert statement["predicate"]["read"] == {"inputs": canonical.digest_of(INPUTS)}
    assert statement["predicate"]["role"] == "FACTS_COLLECTOR"


@pytest.mark.skipif(not LINUX, reason="sealing needs Linux")
def test_workers_are_sealed_and_each_has_a_key_of_its_own(workers: Workers) -> None:
    seats = [workers.seat(role) for role in ("FACTS_COLLECTOR", "RISK_OFFICER", "ORCHESTRATOR")]
    assert {seat.level for seat in seats} == {"sealed"}
    assert len({seat.key for seat in seats}) == 3
    assert seats[0].tried == {"open": "PermissionError", "socket": "PermissionError"}


def test_a_role_keeps_its_worker_for_the_leg(workers: Workers) -> None:
    one, two = play(workers, "nothing"), play(workers, "nothing")
    assert one["observed"]["pid"] == two["observed"]["pid"] != os.getpid()


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("malformed", "WORKER_GARBAGE"),
        ("not an object", "WORKER_GARBAGE"),
        ("unknown message", "WORKER_GARBAGE"),
        ("too deep", "WORKER_GARBAGE"),
        ("oversized", "WORKER_FRAME"),
        ("large", "WORKER_FRAME"),
        ("silence", "WORKER_SILENT"),
        ("death", "WORKER_LOST"),
        ("stop the run", "WORKER_GARBAGE"),
    ],
)
def test_what_breaks_the_talk_ends_the_worker_alone(workers: Workers, field: str, code: str) -> None:
    with pytest.raises(GonogoError) as caught:
        play(workers, field)
    assert (caught.value.code, caught.value.exit_code) == (code, 3)
    assert play(workers, "nothing")["value"] == {"done": True}, "the role's next duty has a good worker"


def test_a_result_of_another_field_is_an_integrity_error(workers: Workers) -> None:
    with pytest.raises(IntegrityBroken, match="WORKER_FOREIGN_RESULT"):
        play(workers, "foreign field")
    assert play(workers, "nothing")["value"] == {"done": True}


def test_a_result_with_a_field_that_its_document_does_not_name_is_an_integrity_error(workers: Workers) -> None:
    """Else one role could make a pack that nobody can verify, and so nobody can decide."""
    with pytest.raises(IntegrityBroken, match="WORKER_FOREIGN_RESULT"):
        play(workers, "inventory")


def test_a_result_that_the_worker_did_not_sign_is_an_integrity_error() -> None:

    line = FakeLine(b'{"result":"FIELD"}', hostile.RECORD.replace(b"other", b"FIELD"), b'{"payload":""}')
    with pytest.raises(IntegrityBroken, match="WORKER_OTHER_RESULT"):
        Worker("FACTS_COLLECTOR", cast("wire.Line", line)).play(task("FIELD"), {}, hostile.nobody)


def test_a_duty_that_crashes_or_imports_late_says_so_and_lives_on(workers: Workers) -> None:
    with pytest.raises(DutyCrashed) as caught:
        play(workers, "crash")
    assert (caught.value.code, "KeyError" in str(caught.value.what)) == ("DUTY_CRASHED", True)
    if LINUX:
        with pytest.raises(DutyCrashed, match="ModuleNotFoundError"):
            play(workers, "late import")


def test_the_brokers_own_error_comes_back_as_it_was(workers: Workers) -> None:
    full = Inconclusive("DISK_FULL", msg("There is no room."))

    def ask(verb: str, /, **arguments: JSON) -> JSON:
        del verb, arguments
        raise full

    with pytest.raises(Inconclusive) as caught:
        play(workers, "wants", ask)
    assert caught.value is full
    with pytest.raises(Refused, match="SCOPE_DENIED"):
        play(workers, "wants")


def test_a_broker_that_crashes_takes_the_worker_with_it(workers: Workers) -> None:
    def ask(verb: str, /, **arguments: JSON) -> JSON:
        raise ZeroDivisionError(verb, arguments)

    with pytest.raises(ZeroDivisionError):
        play(workers, "wants", ask)
    assert play(workers, "nothing")["value"] == {"done": True}


def test_a_worker_that_does_not_greet_makes_room_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with crew() as made:
        with monkeypatch.context() as patch:
            patch.setattr("gonogo_agents.workers.client.GREETING", 0.0)
            with pytest.raises(WireError, match="WORKER_SILENT"):
                made.seat("FACTS_COLLECTOR")
        assert play(made, "nothing")["value"] == {"done": True}


def test_without_any_linux_call_the_level_is_process() -> None:
    with crew(layers=confine.PORTABLE) as made:
        assert made.seat("RISK_OFFICER").level == "process"
        assert play(made, "nothing")["value"] == {"done": True}
        require(made, "process")
        with pytest.raises(Inconclusive, match="ISOLATION_TOO_LOW"):
            require(made, "sealed")


@pytest.mark.parametrize("how", ["raises", "ends"])
def test_where_no_process_can_be_started_the_level_is_none(how: str) -> None:
    def no_start(*given: object) -> subprocess.Popen[bytes]:
        raise OSError(11, "no more processes", given)

    world = World(env={}) if how == "ends" else World(env={}, start=no_start)
    made = Workers(world, bodies="no.such.module:BODIES")
    assert made.seat("RISK_OFFICER").level == "none"
    made.close()


def test_nobody_survives_the_engine_or_the_zygote() -> None:
    with crew() as made:
        pid = play(made, "nothing")["observed"]["pid"]
        zygote = made._zygote
        assert zygote is not None
        zygote._process.kill()
        zygote._process.wait()
        if LINUX:  # elsewhere they end when the engine closes their pipes, which is next
            gone(pid)
            for _ in range(2):
                with pytest.raises(WireError):
                    play(made, "nothing")
    with crew() as made:
        pid = play(made, "nothing")["observed"]["pid"]
    gone(pid)


def gone(pid: int) -> None:
    until = time.monotonic() + 10
    with suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if LINUX and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
        raise AssertionError(f"{pid} is still there")


def test_a_zygote_has_nothing_of_the_engines_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_SECRET", "x")
    with crew() as made:
        made.seat("RISK_OFFICER")
        zygote = made._zygote
        assert zygote is not None
        if LINUX:
            words = Path(f"/proc/{zygote._process.pid}/environ").read_bytes()
            assert words == b"LC_ALL=C.UTF-8\0"
        assert os.getsid(zygote._process.pid) == zygote._process.pid, "Ctrl-C does not reach it"


def test_in_this_process_nobody_signs() -> None:

    here = NoIsolation(hostile.TALK)
    played = here.play(task("nothing"), {"inputs": INPUTS}, hostile.nobody)
    assert (played.envelope, played.seat.level, json.loads(played.record)["value"]) == (None, "none", {"done": True})
    with pytest.raises(DutyCrashed):
        here.play(task("crash"), {}, hostile.nobody)
    with pytest.raises(Inconclusive, match="ISOLATION_TOO_LOW"):
        require(here, "process")


class FakeLine:
    """A line on which everything was said already."""

    def __init__(self, *frames: bytes) -> None:
        hello = {"layers": {}, "tried": {}, "key": "11" * 32}
        self._frames = [orjson.dumps(hello), *frames]

    def send(self, *frames: bytes, within: float) -> None:
        """Nobody listens."""

    def receive(self, *, within: float) -> bytes:
        del within
        if not self._frames:
            raise WireError("WORKER_LOST", msg("over"))
        return self._frames.pop(0)


messages = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from(["ask", "result", "error"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ask", "arguments", "result", "error", "crash", "kind", "text", "what", "code", "branch"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.one_of(st.binary(max_size=40), messages.map(orjson.dumps)), max_size=4))
def test_whatever_a_worker_says_is_an_error_of_ours(frames: list[bytes]) -> None:
    worker = Worker("FACTS_COLLECTOR", cast("wire.Line", FakeLine(*frames)))
    with pytest.raises(GonogoError):
        worker.play(task("inventory"), {"inputs": INPUTS}, hostile.nobody)


@given(st.binary(max_size=60))
def test_whatever_a_worker_greets_with_is_an_error_or_no_seal(hello: bytes) -> None:
    line = FakeLine()
    line._frames = [hello]
    with pytest.raises(WireError):
        Worker("FACTS_COLLECTOR", cast("wire.Line", line)).greet()


@given(
    st.sampled_from(sorted(said.BRANCHES)), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20) | st.none()
)
def test_an_error_crosses_the_pipe_as_plain_values(branch: str, code: str, words: str, step: str | None) -> None:
    error = said.BRANCHES[branch](
        code, msg("It is {words}.", words=words), where=words, next_step=msg("{step}", step=step) if step else None
    )
    again = said.read(wire.load(wire.dump(said.told(error))))
    assert (type(again), again.code, again.what, again.where, again.next_step) == (
        type(error), error.code, error.what, error.where, error.next_step,
    )  # fmt: skip


def test_every_late_import_of_the_duties_was_done_before() -> None:
    """A worker cannot import: what a function of ours imports when it is called must be there already."""
    import ast
    import subprocess

    script = (
        "import sys, json\nfrom gonogo_agents.workers.zygote import _bodies\n"
        "_bodies('gonogo_agents.duties.bodies:BODIES')\n"
        "print(json.dumps({n: getattr(m, '__file__', None) for n, m in sys.modules.items()}))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True, env=env)
    loaded: dict[str, str | None] = json.loads(done.stdout)
    ours = {name: path for name, path in loaded.items() if path and name.startswith("gonogo_agents.duties")}
    assert len(ours) > 15
    late: dict[str, list[str]] = {}
    for name, path in ours.items():
        for function in ast.walk(ast.parse(Path(str(path)).read_text())):
            if isinstance(function, ast.FunctionDef):
                wanted = [node.module or "" for node in ast.walk(function) if isinstance(node, ast.ImportFrom)]
                wanted += [a.name for node in ast.walk(function) if isinstance(node, ast.Import) for a in node.names]
                missing = [module for module in wanted if module not in loaded]
                if missing:
                    late[name] = missing
    assert late == {}
