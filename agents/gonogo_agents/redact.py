"""Secrets out of what is about to be sealed: each becomes a marker, and what was taken out is on record.

A pack is for ever, so a secret in a gate's output, a log line or a reason must not get into it. Detectors (a program
of its own, ``secret_scan``) say where secrets lie; this module replaces them. Pure, but for the ``scan`` handed in.

What was found is replaced wherever it occurs in the pack, also where nothing around it says that it is a secret. Only
short ones, which could be a part of any word, are replaced just where they were found. Markers are numbered in the
order of the core first, then of the rest: the core of a re-run gets the same markers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from gonogo_agents.redact_texts import HALVES, flatten, parse, spellings
from gonogo_agents.render.safe import markdown
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.seal import SUMMARY
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gonogo_agents.redact_texts import Hit, Leaves
    from gonogo_evidence.ids import JSON, JSONObject

Span: TypeAlias = "tuple[int, int, str]"
Scan: TypeAlias = "Callable[[Sequence[bytes]], Sequence[Sequence[Span]]]"
"""Texts in, for each the byte spans of secrets with the detector's name."""

ANYWHERE: Final = 12
"""Bytes from which on a secret is replaced wherever it occurs."""
IDENTIFIER: Final = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
"""Commits and digests: what a pack consists of. They are no secrets, whatever they are assigned to."""
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret value, and what stands in its place."""

    value: bytes = field(repr=False)
    detector: str
    number: int

    @property
    def marker(self) -> str:
        """``[redacted:<detector>:<n>]``."""
        return f"[redacted:{self.detector}:{self.number}]"


@dataclass(frozen=True, slots=True)
class Redaction:
    """What to replace. Nothing found: everything comes back as it was."""

    secrets: tuple[Secret, ...] = ()
    pairs: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    """What is replaced wherever it occurs, the longest first."""
    leaves: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Whole strings with something short in them, and what becomes of them."""
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    """Data files that change, by path, as they are to be sealed."""

    def of(self, value: JSON) -> JSON:
        """The value with markers in its strings. Commits and digests stay, save those of files that change."""
        match value:
            case str():
                return self._string(value) if self.pairs or self.leaves else value
            case list() | tuple():
                return [self.of(item) for item in value]
            case dict():
                return self._object({key: self.of(item) for key, item in value.items()})
            case _:
                return value

    def of_bytes(self, text: bytes) -> bytes:
        """A text with markers in it."""
        return _replaced(text, self.pairs)

    def _string(self, value: str) -> str:
        if value in self.leaves:
            return self.leaves[value]
        encoded = value.encode("utf-8", HALVES)
        if IDENTIFIER.fullmatch(encoded) and not any(old == encoded for old, _ in self.pairs):
            return value
        return _replaced(encoded, self.pairs).decode("utf-8", HALVES)

    def _object(self, value: dict[str, JSON]) -> dict[str, JSON]:
        """The size that is told beside a path follows the file that lies there now."""
        path = value.get("path")
        if isinstance(path, str) and path in self.files and isinstance(value.get("size"), int):
            return {**value, "size": len(self.files[path])}
        return value


def plan(core: JSONObject, rest: JSONObject, files: Mapping[str, bytes], scan: Scan) -> Redaction:
    """Find what must not be sealed and say what becomes of it.

    Args:
        core: what the core is made of. Its secrets are numbered first, in its own order, so that a re-run agrees.
        rest: what the environment is made of.
        files: the data files by path.
        scan: the detectors.

    Raises:
        Inconclusive: what ``scan`` raises; SECRET_REMAINS where a secret cannot be reached to be replaced.
    """
    parsed = {path: parse(data) for path, data in sorted(files.items())}
    leaves = [
        flatten(core),
        flatten(rest),
        *(flatten(document) for document in parsed.values() if document is not None),
    ]
    plain = {path: files[path] for path, document in parsed.items() if document is None}
    found = [_merged(spans) for spans in scan([*(one.text for one in leaves), *plain.values()])]
    known = {one for one in leaves[0].values() if IDENTIFIER.fullmatch(one)}
    in_leaves = [one.hits(spans) for one, spans in zip(leaves, found[: len(leaves)], strict=True)]
    in_plain = dict(zip(plain, found[len(leaves) :], strict=True))
    values = [(hit.value, hit.detector) for hits in in_leaves for hit in hits]
    values += [(plain[path][start:end], rule) for path, spans in in_plain.items() for start, end, rule in spans]
    secrets = _numbered(values, known)
    if not secrets:
        return Redaction()
    by_value = {secret.value: secret for secret in secrets}
    whole = _whole_leaves(leaves, in_leaves, by_value)
    pairs = _pairs(secrets, whole)
    new = {path: _spliced(data, _places(data, in_plain[path], by_value)) for path, data in plain.items()}
    new = {path: _replaced(data, pairs) for path, data in new.items()}
    new |= {path: _rewritten(files[path], pairs, whole) for path in parsed.keys() - plain.keys()}
    swaps = _digests(files, new)
    new = {path: _replaced(data, swaps) for path, data in new.items()}
    changed = {path: data for path, data in new.items() if data != files[path]}
    _check_all_gone(new, (*pairs, *swaps))
    return Redaction(secrets, (*pairs, *swaps), whole, changed)


def records(redaction: Redaction, sealed: Mapping[str, bytes], tag: Callable[[bytes], str], reason: str) -> list[JSON]:
    """What was taken out, for ``environment.json``: one record for each file and secret.

    Args:
        redaction: what was replaced.
        sealed: all files about to be sealed, by path, with the markers in them.
        tag: a keyed digest of a secret. Equal secrets of one pack have equal tags; the key is thrown away, so that
            nobody can try guesses against them, as they could against a plain digest.
        reason: who found it.
    """
    told: list[JSON] = []
    for path, data in sorted(sealed.items()):
        for secret in redaction.secrets:
            marker = _written(path, secret.marker)
            if count := data.count(marker):
                line = data[: data.index(marker)].count(b"\n") + 1
                words = {"path": path, "detector": secret.detector, "reason": reason, "hmac": tag(secret.value)}
                told.append({**words, "line": line, "count": count})
    return told


def _written(path: str, marker: str) -> bytes:
    """How a marker is written in a file: in our own Markdown, escaped."""
    return (markdown(marker) if path == SUMMARY else marker).encode()


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that overlap as one under the name of the first."""
    merged: list[Span] = []
    for start, end, rule in sorted(spans, key=lambda span: (span[0], -span[1], span[2] == "assigned-secret", span[2])):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        elif start < end:
            merged.append((start, end, rule))
    return merged


def _numbered(values: Iterable[tuple[bytes, str]], known: set[bytes]) -> tuple[Secret, ...]:
    """Every secret once, in the order in which it was first met."""
    first: dict[bytes, str] = {}
    for value, rule in values:
        if value not in known:
            first.setdefault(value, _UNSAFE.sub("-", rule))
    return tuple(Secret(value, rule, number) for number, (value, rule) in enumerate(first.items(), 1))


def _whole_leaves(
    leaves: Sequence[Leaves], hits: Sequence[Sequence[Hit]], secrets: Mapping[bytes, Secret]
) -> dict[str, str]:
    """Strings in which something short was found, with that replaced where it was found."""
    whole: dict[str, str] = {}
    for one, found in zip(leaves, hits, strict=True):
        short: dict[str, list[tuple[int, int, bytes]]] = {}
        for hit in found:
            if len(hit.value) < ANYWHERE and hit.value in secrets:
                short.setdefault(one.leaf(hit), []).append((hit.start, hit.end, secrets[hit.value].marker.encode()))
        for leaf, places in short.items():
            whole[leaf] = _spliced(leaf.encode("utf-8", HALVES), places).decode("utf-8", HALVES)
    pairs = _pairs(secrets.values(), {})
    return {leaf: _replaced(new.encode("utf-8", HALVES), pairs).decode("utf-8", HALVES) for leaf, new in whole.items()}


def _pairs(secrets: Iterable[Secret], whole: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    long = [(one.value, one.marker.encode()) for one in secrets if len(one.value) >= ANYWHERE]
    texts = [(leaf.encode("utf-8", HALVES), new.encode("utf-8", HALVES)) for leaf, new in whole.items()]
    long += [pair for pair in texts if len(pair[0]) >= ANYWHERE]
    return tuple(sorted(long, key=lambda pair: (-len(pair[0]), pair[0])))


def _digests(files: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    """A digest of a file with its secret would let guesses be tried; the digest of the sealed one takes its place."""
    pairs = [(digest_of(files[path]).encode(), digest_of(new[path]).encode()) for path in sorted(new)]
    return tuple(pair for pair in pairs if pair[0] != pair[1])


def _places(data: bytes, spans: Iterable[Span], secrets: Mapping[bytes, Secret]) -> list[tuple[int, int, bytes]]:
    found = [(start, end, secrets.get(data[start:end])) for start, end, _ in spans]
    return [(start, end, secret.marker.encode()) for start, end, secret in found if secret is not None]


def _spliced(data: bytes, places: Iterable[tuple[int, int, bytes]]) -> bytes:
    for start, end, new in sorted(places, reverse=True):
        data = data[:start] + new + data[end:]
    return data


def _replaced(data: bytes, pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    for old, new in pairs:
        data = data.replace(old, new)
    return data


def _rewritten(data: bytes, pairs: Iterable[tuple[bytes, bytes]], whole: Mapping[str, str]) -> bytes:
    """JSON with markers in its strings, in whichever way it writes them; short strings only as a whole, in quotes."""
    for old, new in pairs:
        data = _replaced(data, zip(spellings(old), spellings(new), strict=True))
    for leaf, words in whole.items():
        forms = zip(spellings(leaf.encode("utf-8", HALVES)), spellings(words.encode("utf-8", HALVES)), strict=True)
        data = _replaced(data, ((b'"%s"' % old, b'"%s"' % new) for old, new in forms))
    return data


def _check_all_gone(files: Mapping[str, bytes], pairs: Iterable[tuple[bytes, bytes]]) -> None:
    """Raises where a secret is written in a way that the replacement does not reach."""
    gone = [old for old, _ in pairs]
    for path, data in files.items():
        document = parse(data)
        text = data if document is None else flatten(document).text
        if any(old in text for old in gone):
            raise Inconclusive(
                "SECRET_REMAINS",
                msg("A secret was found in {path} that could not be replaced.", path=path),
                next_step=msg("Take the secret out of what the gate prints, then start a new run."),
            )
