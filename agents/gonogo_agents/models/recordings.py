"""Transcripts to replay from: a folder of them, a pack, one file of our own form, or one of the predecessor's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_evidence.transcripts import (
    SCHEMA,
    Exchange,
    is_predecessor,
    prompt_hashes,
    read_exchange,
    read_predecessor,
    request_digest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gonogo_evidence.ids import JSON, Digest, JSONObject

FOLDER: Final = "transcripts"
IN_PACK: Final = f"data/{FOLDER}"
LIMIT: Final = 64 * 1024 * 1024
MOST: Final = 1000
"""Files that are read from one folder."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """Recorded exchanges by request digest; the predecessor's by its own hash."""

    exchanges: Mapping[str, Exchange] = field(default_factory=dict[str, Exchange])
    answers: Mapping[str, JSONObject] = field(default_factory=dict[str, "JSONObject"])
    taken: str = ""
    """Digest over all files that were read, as :func:`digest_over` makes it."""

    def find(self, request: JSONObject) -> Exchange:
        """The recorded exchange for exactly this request. Nothing is asked of anybody.

        Raises:
            Inconclusive: ``REPLAY_MISS``.
        """
        digest = request_digest(request)
        if digest in self.exchanges:
            return self.exchanges[digest]
        if found := next((self.answers[one] for one in prompt_hashes(request) if one in self.answers), None):
            return Exchange(request, found, None, "predecessor")
        raise Inconclusive(
            "REPLAY_MISS",
            msg(
                "No recorded answer fits the request {digest} ({model}): prompt, inputs or settings differ from then.",
                digest=digest[:12],
                model=str(request.get("model")),
            ),
            next_step=msg(
                "Replay on the commit and with the settings of the recorded run, or record a new one: --mode live"
            ),
        )


def read_recordings(place: Path) -> Recordings:
    """Read what lies at a place.

    Raises:
        BadInput: ``TRANSCRIPT_FILE``, ``TRANSCRIPT_MISSING``.
        IntegrityBroken: ``TRANSCRIPT_SHAPE``, or what reading files raises.
    """
    files = transcript_files(place)
    if not files:
        raise BadInput(
            "TRANSCRIPT_MISSING",
            msg("There is no transcript to replay."),
            where=str(place),
            next_step=msg("Name a run, a pack, a folder or a file: --transcript PLACE"),
        )
    exchanges: dict[str, Exchange] = {}
    answers: dict[str, JSONObject] = {}
    digests: set[Digest] = set()
    for file in files:
        data = read_bytes(file, limit=LIMIT)
        digests.add(canonical.digest_of(data))
        if _is_old(data):
            answers |= read_predecessor(data, where=str(file))
        elif SCHEMA.encode() not in data:
            raise BadInput(
                "TRANSCRIPT_FILE",
                msg("This file is no transcript, neither gonogo's nor the predecessor's."),
                where=str(file),
            )
        else:
            made = read_exchange(data, where=str(file))
            exchanges[made.digest] = made
    return Recordings(exchanges, answers, digest_over(digests))


def digest_over(digests: Iterable[Digest]) -> Digest:
    """One digest over those of several files, in whatever order and under whatever names they lie."""
    listed: list[JSON] = [*sorted(set(digests))]
    return canonical.digest_of(canonical.dumps(listed))


def transcript_files(place: Path) -> list[Path]:
    """The files at a place: of a run or a pack its transcripts, of a folder all of it, or one file; none where none."""
    if place.is_dir():
        folder = place / IN_PACK if (place / IN_PACK).is_dir() else place
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")[:MOST]
    return [place] if place.is_file() else []


def _is_old(data: bytes) -> bool:
    try:
        return is_predecessor(json.loads(data))
    except (ValueError, RecursionError):
        return False
