"""Duties without a world: a door that answers from memory, and a room in which nothing can be opened or started."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_evidence.ids import JSON

TAKEN_AWAY = ("builtins.open", "io.open", "os.open", "socket.socket", "subprocess.Popen", "os.system", "time.time")


@contextmanager
def sealed() -> Iterator[None]:
    """Take files, sockets, programs and the clock away: whoever reaches for one fails."""

    def refuse(*arguments: object, **named: object) -> object:
        raise AssertionError(f"a duty reached for the world: {arguments} {named}")

    with pytest.MonkeyPatch.context() as patch:
        for name in TAKEN_AWAY:
            patch.setattr(name, refuse)
        yield


class Answers:
    """An ``Ask`` that knows its answers by verb, and by ``git.query``'s question; it keeps what was asked."""

    def __init__(self, answers: Mapping[str, JSON]) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, Mapping[str, JSON]]] = []

    def __call__(self, verb: str, /, **arguments: JSON) -> JSON:
        self.asked.append((verb, arguments))
        question = f"{verb}:{arguments['query']}" if "query" in arguments else verb
        return self.answers[question]


class Commit:
    """An ``Ask`` over files in memory: ``repo.list`` and ``repo.read`` as the broker answers them."""

    def __init__(self, files: Mapping[str, str | None], /, **listing: JSON) -> None:
        self.files = dict(files)
        self.listing = listing

    def blob(self, path: str) -> str:
        """A name for the content, as git has one."""
        return hashlib.sha1((self.files[path] or "").encode(), usedforsecurity=False).hexdigest()

    def __call__(self, verb: str, /, **arguments: JSON) -> JSON:
        if verb == "repo.list":
            entries: list[JSON] = [
                {"path": path, "blob": self.blob(path), "mode": "100644", "size": len(text or "")}
                for path, text in self.files.items()
            ]
            return {"files": entries, "count": len(entries), "hidden": 0, "truncated": False, **self.listing}
        assert verb == "repo.read"
        paths = arguments["paths"]
        assert isinstance(paths, list)
        return {"files": [self._text(str(path)) for path in paths]}

    def _text(self, path: str) -> JSON:
        text = self.files[path]
        reason = "binary" if text is None else ""
        return {"path": path, "blob": self.blob(path), "text": text, "truncated": False, "reason": reason}
