"""What was asked of a model and what it said: the canonical form, addressed by the digest of the request.

A transcript is one file an exchange, canonical JSON, ``<request digest>.json``. The request and the answer are what a
replay needs; ``attempts`` say when, how long and after which failures, and are the same in no two runs.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from gonogo_evidence import canonical
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import JSON, Digest, JSONObject

SCHEMA: Final = "gonogo/transcript/v1"
REQUEST: Final[frozenset[str]] = frozenset(
    {"model", "messages", "temperature", "top_p", "max_output_tokens", "seed", "response_schema", "tools"}
)
"""What makes a request: two that are equal in these are one. Numbers that are no integers are decimal text."""
ANSWER: Final[frozenset[str]] = frozenset({"content", "model", "finish_reason", "response_id", "tool_calls", "usage"})
FAILURE: Final[frozenset[str]] = frozenset({"kind", "status", "text"})
Source: TypeAlias = Literal["model", "recording", "predecessor"]
"""Who answered: a model that was called, a recording made for a demonstration, or a predecessor's file."""
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
FILE_LIMIT: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer, or with the failure that stood at its end."""

    request: JSONObject
    answer: JSONObject | None
    """``content``, ``model`` (as reported), ``finish_reason``, ``response_id``, ``tool_calls`` (names), ``usage``."""
    failure: JSONObject | None
    """``kind``, ``status`` (HTTP, or null) and ``text``; exactly one of answer and failure is there."""
    source: Source = "model"
    attempts: Sequence[JSONObject] = ()

    @property
    def digest(self) -> Digest:
        """The request's address."""
        return request_digest(self.request)

    def json(self) -> dict[str, JSON]:
        """The form of the file."""
        return {
            "schema": SCHEMA,
            "request_digest": self.digest,
            "request": self.request,
            "answer": self.answer,
            "failure": self.failure,
            "source": self.source,
            "attempts": list(self.attempts),
        }


def request_digest(request: JSONObject) -> Digest:
    """SHA-256 over the canonical request."""
    return canonical.digest_of(canonical.dumps(request))


def answer_digest(answer: JSONObject) -> Digest:
    """SHA-256 over the canonical answer: as it enters a pack's core."""
    return canonical.digest_of(canonical.dumps(answer))


def plain(text: str) -> str:
    """Words of a model or a file as evidence can hold them: half characters replaced, normal form C."""
    return unicodedata.normalize("NFC", text.encode(errors="replace").decode())


def read_exchange(data: bytes, *, where: str = "") -> Exchange:
    """Read one file. Raises IntegrityBroken ``TRANSCRIPT_SHAPE``, or NotCanonical."""
    stored = canonical.loads_object(data, limit=FILE_LIMIT)
    request, answer, failure = (_object_or_none(stored.get(name)) for name in ("request", "answer", "failure"))
    attempts = stored.get("attempts")
    source: Source | None = next((one for one in SOURCES if one == stored.get("source")), None)
    if (
        stored.get("schema") != SCHEMA
        or request is None
        or frozenset(request) != REQUEST
        or (answer is None) == (failure is None)
        or (answer is not None and not _is_answer(answer))
        or (failure is not None and frozenset(failure) != FAILURE)
        or source is None
        or not isinstance(attempts, list)
        or not all(isinstance(one, dict) for one in attempts)
    ):
        raise _shape(where)
    made = Exchange(request, answer, failure, source, [one for one in attempts if isinstance(one, dict)])
    if stored.get("request_digest") != made.digest:
        raise _shape(where)
    return made


def _is_answer(answer: JSONObject) -> bool:
    words = all(isinstance(answer.get(name), str) for name in ("content", "model", "finish_reason", "response_id"))
    tools, usage = answer.get("tool_calls"), _object_or_none(answer.get("usage"))
    return frozenset(answer) == ANSWER and words and isinstance(tools, list) and usage is not None


def _object_or_none(value: JSON) -> Mapping[str, JSON] | None:
    return value if isinstance(value, dict) else None


def _shape(where: str) -> IntegrityBroken:
    return IntegrityBroken(
        "TRANSCRIPT_SHAPE",
        msg("This is no transcript of an exchange with a model, or not that of the request whose digest it names."),
        where=where,
        next_step=msg("Take the transcript from the pack of the run that recorded it."),
    )
