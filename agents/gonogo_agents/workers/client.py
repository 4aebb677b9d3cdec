"""One worker, from the engine's side: its greeting, and the duties that it plays. Nothing that it says is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gonogo_agents import confine
from gonogo_agents.workers import said, wire
from gonogo_agents.workers.interface import DutyCrashed, Played, Seat
from gonogo_agents.workers.role import VERDICTS
from gonogo_evidence import canonical, dsse, schema
from gonogo_evidence.attest import duties
from gonogo_evidence.errors import GonogoError, IntegrityBroken
from gonogo_evidence.seal import PAYLOAD_TYPE
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_agents.duty import Ask, Role
    from gonogo_agents.workers.interface import Task
    from gonogo_agents.workers.wire import Line
    from gonogo_evidence.ids import JSON

GREETING: Final = 30.0
"""Seconds for a worker to confine itself."""
PATIENCE: Final = 300.0
"""Seconds that a worker may compute before it asks or answers; what the broker does for it does not count."""
MOST_TEXT: Final = 500
CLOSED: Final[Mapping[str, schema.Name]] = {"inventory": "inventory", "validation": "validator-report"}
"""Fields whose value is a closed document of its own."""


class Worker:
    """One worker; :meth:`greet` before anything else."""

    def __init__(self, role: Role, line: Line, patience: float = PATIENCE) -> None:
        self._role: Role = role
        self._line = line
        self._patience = patience
        self._raised: dict[str, GonogoError] = {}
        """What the broker refused in this duty, by code: a worker cannot make up one that stops the run."""
        self.seat: Seat | None = None
        self.idle = True
        """Whether it waits for its next duty; one that broke off in the middle is of no use any more."""

    def close(self) -> None:
        """Close its pipes."""
        self._line.close()

    def greet(self) -> Seat:
        """Read what the worker is and what it proved. Raises :class:`wire.WireError`."""
        if self.seat is None:
            hello = wire.load_object(self._line.receive(within=GREETING))
            tried, layers = _words(hello.get("tried")), _words(hello.get("layers"))
            sealed = confine.refused(tried) and all(layers.get(layer) == "on" for layer in ("filter", "limits"))
            key = str(hello.get("key"))
            _public(key)
            self.seat = Seat(self._role, "sealed" if sealed else "process", key, layers, tried)
        return self.seat

    def play(self, task: Task, view: Mapping[str, bytes], ask: Ask) -> Played:
        """Play one duty; see :class:`gonogo_agents.workers.interface.Crew`."""
        self.idle = False
        seat = self.greet()
        self._raised.clear()
        head: dict[str, object] = {
            "run_id": task.run_id,
            "number": task.number,
            "role": task.role,
            "field": task.field,
            "view": list(view),
        }
        self._line.send(wire.dump(head), *view.values(), within=self._patience)
        while True:
            match wire.load_object(self._line.receive(within=self._patience)):
                case {"ask": str(verb), "arguments": dict(arguments), **more} if not more:
                    self._answer(verb, arguments, ask)
                case {"result": field, **more} if not more:
                    return self._result(task, field, view, seat)
                case {"error": dict(words), **more} if not more:
                    error = said.read(words)
                    self.idle = True
                    raise self._raised.get(error.code) or _own(error)
                case {"crash": {"kind": str(kind), "text": str(text)}, **more} if not more:
                    self.idle = True
                    raise DutyCrashed(kind[:80], text[:MOST_TEXT])
                case _:
                    raise wire.garbage("it is no message of a worker")

    def _answer(self, verb: str, arguments: dict[str, JSON], ask: Ask) -> None:
        try:
            answer: dict[str, object] = {"answer": ask(verb, **arguments)}
        except GonogoError as error:
            self._raised[error.code] = error
            answer = {"refused": said.told(error)}
        self._line.send(wire.dump(answer), within=self._patience)

    def _result(self, task: Task, field: JSON, view: Mapping[str, bytes], seat: Seat) -> Played:
        record, envelope = (self._line.receive(within=self._patience) for _ in range(2))
        verdict = _checked(task, field, record)
        expected = duties.statement(
            run_id=task.run_id,
            number=task.number,
            role=task.role,
            field=task.field,
            verdict=verdict,
            read={name: canonical.digest_of(data) for name, data in view.items()},
            written=canonical.digest_of(record),
        )
        _attested(envelope, expected, seat.key)
        self.idle = True
        return Played(record, envelope, seat)


def _attested(envelope: bytes, expected: bytes, key: str) -> None:
    """Whether the worker signed exactly this statement."""
    try:
        signed = dsse.verify(envelope, [_public(key)])
        same = (signed.payload_type, signed.payload) == (PAYLOAD_TYPE, expected)
    except GonogoError:
        same = False
    if not same:
        raise IntegrityBroken("WORKER_OTHER_RESULT", msg("A worker attested something else than it handed back."))


def _checked(task: Task, field: JSON, record: bytes) -> str:
    """The verdict of a record that is one, of the field that the role was asked for and no other."""
    try:
        result = canonical.loads_object(record, limit=wire.FROM_WORKER)
    except GonogoError as error:
        raise wire.garbage("the result is not canonical JSON") from error
    if (field, result.get("field"), result.get("role")) != (task.field, task.field, task.role):
        raise IntegrityBroken(
            "WORKER_FOREIGN_RESULT",
            msg("{role} was asked for {field} and handed back another field.", role=task.role, field=task.field),
        )
    verdict, parts = result.get("verdict"), (result.get("value"), result.get("observed"))
    shaped = set(result) == {"schema", "field", "role", "verdict", "value", "observed"}
    if not shaped or verdict not in VERDICTS or not all(isinstance(part, dict) for part in parts):
        raise wire.garbage("the result has not the form of one")
    if result["schema"] != duties.RESULT_SCHEMA:
        raise wire.garbage("the result has not the form of one")
    _within(task, result)
    return str(verdict)


def _within(task: Task, result: Mapping[str, JSON]) -> None:
    """A result that becomes a document of the core has no field that its published shape does not name."""
    if task.field in CLOSED:
        beyond = next(schema.undeclared(CLOSED[task.field], result["value"]), None)
        if beyond is not None:
            raise IntegrityBroken(
                "WORKER_FOREIGN_RESULT",
                msg(
                    "{role} handed back what {field} has no room for: {place}",
                    **_named(task),
                    place=ascii(beyond)[:200],
                ),
            )


def _named(task: Task) -> dict[str, str]:
    return {"role": task.role, "field": task.field}


def _own(error: GonogoError) -> GonogoError:
    """An error that the duty's own code raised. One that would stop the run must come from the broker."""
    if error.code in {"DISK_FULL", "CANNOT_WRITE"}:
        return wire.garbage("it claims a fault that nobody had")
    return error


def _public(key: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    except ValueError as error:
        raise wire.garbage("it has no key") from error


def _words(value: JSON) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
        raise wire.garbage("it does not say what it is")
    return {str(name)[:40]: str(word)[:80] for name, word in value.items()}
