"""Transcripts of exchanges with models: the form, and the predecessor's."""

from gonogo_evidence.transcripts.exchange import (
    SCHEMA,
    Exchange,
    Source,
    answer_digest,
    plain,
    read_exchange,
    request_digest,
)
from gonogo_evidence.transcripts.predecessor import is_predecessor, prompt_hashes, read_predecessor

__all__ = [
    "SCHEMA",
    "Exchange",
    "Source",
    "answer_digest",
    "is_predecessor",
    "plain",
    "prompt_hashes",
    "read_exchange",
    "read_predecessor",
    "request_digest",
]
