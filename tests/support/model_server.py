"""A model endpoint on loopback that speaks OpenAI's chat completions and misbehaves on command.

    with model_server() as server:
        server.say("gpt-5.2", good_proposal())          # every further request for that model
        server.script("gpt-5.2", Status(429), Status(500), Answer(...))   # one after the other, the last one stays
        server.requests                                  # what was asked, parsed

Nothing here knows a real model: what it says is what the test says.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

from support.model_wires import KEY_HEADERS, anthropic, counts_of, google, model_of, parts_of, wire_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-test-9f3e5b7a1c2d4e6f8a0b"
"""The key of the endpoint in tests: no output may hold it."""
HANG = 20.0


@dataclass(frozen=True)
class Answer:
    """A whole answer, and what is wrong with it."""

    content: str
    model: str | None = None
    """The name in the response; None: the one that was asked."""
    finish: str = "stop"
    tool: str | None = None
    usage: tuple[int, int] | Literal["true"] | None = "true"
    """What it says it counted; ``true``: about what the words are."""
    cut: bool = False
    """The stream ends in the middle."""
    raw: bytes | None = None
    """The whole body instead."""
    repeat: int = 1


@dataclass(frozen=True)
class Status:
    """An HTTP error. ``echo`` puts the key of the request into the body."""

    code: int
    echo: bool = False
    retry_after: str | None = None


@dataclass(frozen=True)
class Hang:
    """Accepts, and says nothing."""


Move = Answer | Status | Hang


@dataclass
class ModelServer:
    """What the endpoint does, and what it was asked."""

    url: str = ""
    moves: dict[str, list[Move]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def say(self, model: str, value: object) -> None:
        """Answer every request for a model with this, as JSON where it is no text."""
        self.script(model, Answer(value if isinstance(value, str) else json.dumps(value)))

    def script(self, model: str, *moves: Move) -> None:
        """Answer requests for a model one after the other; the last move stays."""
        self.moves[model] = list(moves)

    def move(self, model: str) -> Move:
        """The next move."""
        known = self.moves.get(model) or [Status(404)]
        return known.pop(0) if len(known) > 1 else known[0]


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """The endpoint, for as long as the block runs."""
    server = ModelServer()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        http.shutdown()
        http.server_close()
        thread.join()


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            body, wire = json.loads(data), wire_of(self.path)
            model = model_of(self.path, body)
            key = next((self.headers[name] for name in KEY_HEADERS if name in self.headers), "").removeprefix("Bearer ")
            server.requests.append(body)
            server.keys.append(key)
            match server.move(model):
                case Hang():
                    server.ended.wait(HANG)
                case Status(code, echo, retry_after):
                    self.send_response(code)
                    if retry_after is not None:
                        self.send_header("retry-after", retry_after)
                    self.end_headers()
                    self.wfile.write(f"no: {key if echo else ''}".encode())
                case Answer() as answer:
                    self.send_response(200)
                    self.send_header("content-type", "text/event-stream")
                    self.end_headers()
                    self._stream(answer, WIRES[wire](answer, answer.model or model, key, len(data)))

        def _stream(self, answer: Answer, events: Iterator[bytes]) -> None:
            try:
                for part in events if answer.raw is None else [answer.raw]:
                    self.wfile.write(part)
            except OSError:
                pass  # the client has heard enough

    return Handler


def _events(answer: Answer, model: str, key: str, size: int) -> Iterator[bytes]:
    for _ in range(answer.repeat):
        for part in parts_of(answer, key):
            yield _event({"id": "x-1", "model": model, "choices": [{"index": 0, "delta": {"content": part}}]})
            if answer.cut:
                return
    if answer.tool:
        call = {"index": 0, "id": "c-1", "function": {"name": answer.tool, "arguments": "{}"}}
        yield _event({"id": "x-1", "model": model, "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
    yield _event({"id": "x-1", "model": model, "choices": [{"index": 0, "delta": {}, "finish_reason": answer.finish}]})
    if (told := counts_of(answer, size)) is not None:
        asked, said = told
        counts = {"prompt_tokens": asked, "completion_tokens": said}
        yield _event({"id": "x-1", "model": model, "choices": [], "usage": counts})
    yield b"data: [DONE]\n\n"


def _event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


WIRES = {"openai": _events, "anthropic": anthropic, "google": google}
