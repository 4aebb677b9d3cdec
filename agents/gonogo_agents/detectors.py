"""The detectors of secrets, asked about texts: one program for a change, for what is sealed and for people's words.

They run in a process of their own, ask no network, and answer with places, never with what stands there.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import shutil
from typing import TYPE_CHECKING, Final

from gonogo_agents.detector_line import Silent, answer_of
from gonogo_evidence import canonical
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.files import write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gonogo_agents.redact import Span
    from gonogo_agents.world import World
    from gonogo_evidence.ids import JSON, JSONObject

LIBRARIES: Final = ("kingfisher_sdk", "detect_secrets")
MOST_FILE: Final = 256 << 20
MOST_ANSWER: Final = 64 << 20
SCRATCH: Final = "scan"
MOST_KNOWN: Final = 50_000
_known: dict[bytes, tuple[Span, ...]] = {}
"""What this process has been told, by the digest of the text: two gates ask about the same change."""


def find_secrets(world: World, folder: Path, texts: Sequence[bytes]) -> list[tuple[Span, ...]]:
    """Byte spans of secrets in each text; each text is handed to the detectors once in the life of a process.

    Raises:
        Inconclusive: SECRET_SCAN_MISSING, SECRET_SCAN_FAILED.
    """
    detectors = Detectors(world, folder)
    detectors.require()
    digests = [hashlib.sha256(text).digest() for text in texts]
    new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in _known}
    if new:
        folder.mkdir(parents=True, exist_ok=True)
        found = detectors.scan(list(new.values()))
        if len(_known) + len(new) > MOST_KNOWN:
            _known.clear()
        _known.update((digest, tuple(spans)) for digest, spans in zip(new, found, strict=True))
    return [_known[digest] for digest in digests]


class Detectors:
    """The detectors, in a process of their own: a crash or a hang of theirs is a verdict, not the end of the engine."""

    def __init__(self, world: World, folder: Path) -> None:
        """``folder`` is where the texts lie for as long as they are looked through, readable by nobody else."""
        self._world = world
        self._folder = folder / SCRATCH
        self.detectors: Mapping[str, JSON] = {}

    def require(self) -> None:
        """Raise Inconclusive SECRET_SCAN_MISSING where a detector is not installed."""
        missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
        if missing:
            raise Inconclusive(
                "SECRET_SCAN_MISSING",
                msg(
                    "Secrets cannot be searched for here: {missing} is not installed.",
                    missing=missing[0],
                ),
                next_step=msg("Install gonogo again with all that it needs, then resume the run."),
            )

    def scan(self, texts: Sequence[bytes]) -> Sequence[Sequence[Span]]:
        """Byte spans of secrets, for each text. Raises Inconclusive SECRET_SCAN_MISSING or SECRET_SCAN_FAILED."""
        self.require()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700)
        try:
            return self._answer(texts, self._ask(texts))
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self, texts: Sequence[bytes]) -> JSONObject:
        names = [self._folder / f"{number}.txt" for number in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            write_atomic(name, text)
        cache = self._world.home("XDG_CACHE_HOME", ".cache") / "gonogo" / "secret-rules"
        with contextlib.suppress(OSError):  # without it the rules are compiled anew each time
            cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        order = self._folder / "order.json"
        write_atomic(order, canonical.dumps({"files": [str(name) for name in names], "cache": str(cache)}))
        try:
            return canonical.loads_object(self._called(order, str(cache)), limit=MOST_ANSWER)
        except canonical.NotCanonical as error:
            raise _failed(str(error.what)) from error

    def _called(self, order: Path, cache: str) -> bytes:
        """Hand the order to the program that stays."""
        env = {name: value for name, value in self._world.env.items() if not name.startswith("KF_")}
        try:
            return answer_of(self._world, env, cache, order)
        except Silent as error:
            raise _failed(str(error)) from error

    def _answer(self, texts: Sequence[bytes], answer: JSONObject) -> Sequence[Sequence[Span]]:
        """The answer, looked at: a detector that says nothing about a text has not looked at it."""
        found, detectors = answer.get("files"), answer.get("detectors")
        if not isinstance(found, list) or not isinstance(detectors, dict) or len(found) != len(texts):
            raise _failed("its answer is not about what was asked")
        spans = [_spans_of(one, len(text)) for one, text in zip(found, texts, strict=True)]
        self.detectors = detectors
        return spans


def _spans_of(stored: JSON, size: int) -> list[Span]:
    """Spans as a program wrote them, looked at: inside the text, in order."""
    spans: list[Span] = []
    for one in stored if isinstance(stored, list) else [None]:
        match one:
            case [int(at), int(end), str(rule)] if 0 <= at <= end <= size:
                spans.append((at, end, rule))
            case _:
                raise _failed("its answer names no places in the text")
    return spans


def _failed(said: str) -> Inconclusive:
    return Inconclusive(
        "SECRET_SCAN_FAILED",
        msg("The search for secrets did not come to an end: {said}", said=said),
        next_step=msg("gonogo doctor"),
    )
