"""Look for secrets in files and say where they lie. A program of its own, so that its detectors cost nothing elsewhere.

Usage: ``python -m gonogo_agents.secret_scan ORDER``, where ORDER is canonical JSON ``{files: [path], cache: folder}``,
or ``--serve DESCRIPTOR``: a socket on which orders are named, one a line, in hex; before each answer stands its length.

An answer is canonical JSON ``{detectors: {name: version}, files: [[[start, end, rule]]]}``: for each file the byte
spans of what must not be sealed, never the bytes themselves. No network is asked: neither detector is told to try a
secret.

The patterns are those of two maintained libraries, none are ours. Kingfisher knows the forms of several hundred kinds
of tokens, private keys and addresses with a password. detect-secrets (the maintained fork) knows the names that people
give to passwords and keys; what is assigned to such a name counts only where it looks random.
"""

from __future__ import annotations

import os
import socket
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, AnyStr, Final, TypeAlias, cast

from gonogo_evidence import canonical
from gonogo_evidence.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kingfisher_sdk.core import Finding

    from gonogo_evidence.ids import JSON

Span: TypeAlias = "tuple[int, int, str]"
"""First byte, byte after the last, and the detector's name for it."""

DETECTORS: Final = ("kingfisher-secret-scanner", "bc-detect-secrets")
ASSIGNED: Final = "assigned-secret"
ACCOUNT: Final = "aws-key"
"""The names for what the second detector finds; the first has a name for every kind."""
MOST_ORDER: Final = 16 << 20
MOST_FILE: Final = 256 << 20
MOST_WORDS: Final = 300
WINDOW: Final = 8 << 20
OVERLAP: Final = 64 << 10
"""Large files are looked at in windows; a secret of up to so many bytes lies whole in one of them."""
REACH: Final = 400
"""Characters after a name in which the value assigned to it begins and ends."""
SHORTEST: Final = 8
ENTROPY: Final = 3.0
"""Bits a character, at least: eight different characters. Words and paths lie below or lack digits."""


def main(order: Path) -> bytes:
    """Scan what the order lists and return the answer."""
    asked = canonical.loads_object(read_bytes(order, limit=MOST_ORDER), limit=MOST_ORDER)
    files = cast("Sequence[str]", asked["files"])
    kinds, names = _kinds(str(asked["cache"])), _names()
    found: list[JSON] = []
    for name in files:
        data = read_bytes(Path(name), limit=MOST_FILE).replace(b"\0", b"\n")
        spans = sorted({*kinds.spans(data), *names.spans(data)})
        found.append(cast("JSON", [list(span) for span in spans]))
    return canonical.dumps({"detectors": {name: version(name) for name in DETECTORS}, "files": found})


def serve(descriptor: int) -> None:
    """Answer orders on a socket until it closes. An order that goes wrong is answered with the reason, at length -1."""
    with socket.socket(fileno=descriptor) as line, line.makefile("rwb") as stream:
        for order in stream:
            try:
                answer = main(Path(os.fsdecode(bytes.fromhex(order.decode()))))
            except Exception as error:  # noqa: BLE001 - whatever a detector raises is said to who asked
                words = f"{type(error).__name__}: {error}".replace("\n", " ")
                stream.write(b"-1 " + words.encode("utf-8", "replace")[:MOST_WORDS] + b"\n")
            else:
                stream.write(b"%d\n" % len(answer) + answer)
            stream.flush()


class Kinds:
    """Tokens and keys of known forms (Kingfisher). Its compiled rules are kept in a folder that only we may write."""

    def __init__(self, cache: Path) -> None:
        """``cache`` is made if it is not there; without one, loading takes seconds instead of half a second."""
        from kingfisher_sdk import Rules, Scanner  # noqa: PLC0415 - heavy, and only this program needs it

        self._scanner = Scanner(Rules(confidence="low", cache_dir=str(cache)))

    def spans(self, data: bytes) -> Iterator[Span]:
        """What was found, less what the rules call invisible: helpers such as the name of an account."""
        for start in range(0, max(len(data), 1), WINDOW - OVERLAP):
            window = _without_mark(data[start : start + WINDOW])
            for finding in self._scanner.scan(window):
                if finding.visible:
                    for at, end in _bytes_of(finding, window):
                        yield start + at, start + end, finding.rule_id


class Names:
    """What is assigned to a name like ``password`` or ``api_key`` and looks random; keys of AWS (detect-secrets)."""

    def __init__(self) -> None:
        """Loads the detector's list of names, and its judgement of what is only a reference or a template."""
        import re  # noqa: PLC0415 - as below

        from detect_secrets.filters import heuristic  # noqa: PLC0415 - heavy, and only this program needs it
        from detect_secrets.plugins import aws, keyword  # noqa: PLC0415 - as above
        from kingfisher_sdk import shannon_entropy  # noqa: PLC0415 - as above

        self._named = re.compile("|".join(keyword.DENYLIST))
        self._candidate = re.compile(rf"(?=\S*[0-9])\S{{{SHORTEST}}}")
        self._accounts = aws.AWSKeyDetector()
        self._values_of = cast("Callable[..., Iterator[str]]", keyword.KeywordDetector().analyze_string)
        self._forms = (keyword.QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP, keyword.CONFIG_DENYLIST_REGEX_TO_GROUP)
        self._entropy = shannon_entropy
        self._harmless = (
            heuristic.is_potential_uuid,
            heuristic.is_templated_secret,
            heuristic.is_sequential_string,
            heuristic.is_prefixed_with_dollar_sign,
            heuristic.is_indirect_reference,
        )

    def spans(self, data: bytes) -> Iterator[Span]:
        """What was found, by byte. Bytes that are no UTF-8 are kept as they are, one character each."""
        text = data.decode("utf-8", "surrogateescape")
        lower = data.lower().decode("utf-8", "surrogateescape")  # ten times as fast as a search that ignores case
        at_byte = at_character = 0
        for start, end, rule in sorted(set(self._values(text, lower))):
            at_byte += len(text[at_character:start].encode("utf-8", "surrogateescape"))
            at_character = start
            size = len(text[start:end].encode("utf-8", "surrogateescape"))
            yield at_byte, at_byte + size, rule

    def _values(self, text: str, lower: str) -> Iterator[Span]:
        for value in set(self._accounts.analyze_string(text)):
            yield from ((found, found + len(value), ACCOUNT) for found in _places(text, value))
        for name in self._named.finditer(lower):
            line = text[name.start() : name.end() + REACH].split("\n", 1)[0]
            if not self._candidate.search(line, name.end() - name.start()):
                continue
            for form in self._forms:
                for said in self._values_of(line, form):
                    value = _first_word(said)
                    if value and self._looks_random(value):
                        start = name.start() + line.index(value)
                        yield start, start + len(value), ASSIGNED

    def _looks_random(self, value: str) -> bool:
        if len(value) < SHORTEST or not any(sign.isdigit() for sign in value) or value.isdigit():
            return False
        if not any(sign.isalpha() for sign in value) or value.startswith(("/", "[redacted:")):
            return False
        if "://" in value or set("([{") & set(value) or ("." in value and value.replace(".", "_").isidentifier()):
            return False  # addresses, and code that says where the secret is
        if any(harmless(value) for harmless in self._harmless):
            return False
        return self._entropy(value.encode("utf-8", "surrogateescape")) >= ENTROPY


def _without_mark(data: bytes) -> bytes:
    """Kingfisher reads what begins with the mark of UTF-16 as that, and its offsets are then of another text."""
    return b"  " + data[2:] if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else data


def _bytes_of(finding: Finding, data: bytes) -> list[tuple[int, int]]:
    """Where it lies: where it says, or wherever its value is. Raises ``ValueError`` if it is nowhere to be seen."""
    at, end = finding.location["start_offset"], finding.location["end_offset"]
    if finding.is_base64_encoded or data[at:end].decode("utf-8", "replace") == finding.secret:
        return [(at, end)]
    value = finding.secret.encode()
    found = [(place, place + len(value)) for place in _places(data, value)] if value else []
    if not found:
        raise ValueError(f"{finding.rule_id} does not say where it found something")
    return found


def _places(text: AnyStr, value: AnyStr) -> Iterator[int]:
    at = text.find(value)
    while at >= 0:
        yield at
        at = text.find(value, at + len(value))


def _first_word(said: str) -> str:
    """The value without what follows it on its line; a value in quotes has no white space in it either."""
    words = said.split()
    return words[0].strip("\"'`,;()[]{}\\") if words else ""


@cache
def _kinds(place: str) -> Kinds:
    return Kinds(Path(place))


_names = cache(Names)

if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(int(sys.argv[2]))
    else:
        sys.stdout.buffer.write(main(Path(sys.argv[1])))
