"""A worker, from the inside: it confines itself, proves it, makes its key, and then plays the duties of its role.

All that it reads and writes is one pipe each way; it opens nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Protocol, cast, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gonogo_agents import confine
from gonogo_agents.duty import CONTRIBUTIONS, Result
from gonogo_agents.workers import said, wire
from gonogo_evidence import canonical, dsse
from gonogo_evidence.attest import duties
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.seal import PAYLOAD_TYPE
from gonogo_evidence.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gonogo_agents.confine import Layer
    from gonogo_agents.duty import DutyBody
    from gonogo_evidence.ids import JSON

VERDICTS: Final = frozenset(get_args(Verdict))
MOST_TEXT: Final = 2000


class Pipe:
    """One pipe each way, blocking: the engine has all the time in the world, and a worker has nothing else to do."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing

    def receive(self) -> bytes:
        """The next frame. Raises ``EOFError`` when the engine has closed its end."""
        return self._exactly(int.from_bytes(self._exactly(4), "big"))

    def send(self, *frames: bytes) -> None:
        """Send frames."""
        left = memoryview(b"".join(wire.pack(frame, wire.FROM_WORKER) for frame in frames))
        while left:
            left = left[os.write(self._writing, left) :]

    def _exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size:
            part = os.read(self._reading, min(size, 1024 * 1024))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class Host(Protocol):
    """What a worker needs to know of the process that it was forked from."""

    bodies: Mapping[str, DutyBody]
    pid: int


def work(host: Host, reading: int, writing: int, layers: Collection[Layer]) -> None:
    """Be a worker until the engine closes the pipe. Never returns an error to its caller: there is none to read it."""
    put_on = confine.put_on(layers, (reading, writing), host.pid)
    key = Ed25519PrivateKey.generate()
    pipe = Pipe(reading, writing)
    public = key.public_key().public_bytes_raw().hex()
    pipe.send(wire.dump({"layers": put_on, "tried": confine.tried(), "key": public}))
    while True:
        task = wire.load(pipe.receive())
        view = {name: pipe.receive() for name in task["view"]}
        try:
            pipe.send(*_play(host, task, view, pipe, key))
        except GonogoError as error:
            pipe.send(wire.dump({"error": said.told(error)}))
        except EOFError:
            raise
        except Exception as error:  # noqa: BLE001 - the duty's code may fail in any way; the engine makes a verdict of it
            words = {"kind": type(error).__name__[:MOST_TEXT], "text": str(error)[:MOST_TEXT]}
            pipe.send(wire.dump({"crash": words}))


def _play(
    host: Host, task: dict[str, Any], view: Mapping[str, bytes], pipe: Pipe, key: Ed25519PrivateKey
) -> tuple[bytes, bytes, bytes]:
    """The result: that it is one, its record, and the envelope over what was read and written."""
    result = host.bodies[task["field"]](view_of(view), _door(pipe))
    record = record_of(task["field"], task["role"], result)
    statement = duties.statement(
        run_id=task["run_id"],
        number=task["number"],
        role=task["role"],
        field=task["field"],
        verdict=result.verdict,
        read={name: canonical.digest_of(data) for name, data in view.items()},
        written=canonical.digest_of(record),
    )
    return wire.dump({"result": task["field"]}), record, dsse.sign(PAYLOAD_TYPE, statement, key)


WHOLE = frozenset({"inputs", CONTRIBUTIONS})
"""Fields that are no results: a duty sees all of them."""


def view_of(view: Mapping[str, bytes]) -> dict[str, JSON]:
    """A duty's view from the bytes of its fields; of a result only what a duty may see of it."""
    seen: dict[str, JSON] = {}
    for name, data in view.items():
        value = wire.load(data)
        seen[name] = value if name in WHOLE else {part: value[part] for part in ("verdict", "value", "observed")}
    return seen


def record_of(field: str, role: str, result: object) -> bytes:
    """The record of what a duty's code returned. Raises ``TypeError`` where that is no result."""
    if not isinstance(result, Result) or result.verdict not in VERDICTS:
        raise TypeError("a duty returns a Result with one of the three verdicts")
    return duties.record(field, role, {"verdict": result.verdict, "value": result.value, "observed": result.observed})


def _door(pipe: Pipe) -> Any:  # noqa: ANN401 - an Ask, whose answers are any JSON
    def ask(verb: str, /, **arguments: JSON) -> JSON:
        pipe.send(wire.dump({"ask": verb, "arguments": arguments}))
        answer = wire.load(pipe.receive())
        if "refused" in answer:
            raise said.read(answer["refused"])
        return cast("JSON", answer["answer"])

    return ask
