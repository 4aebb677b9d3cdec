"""Which witnesses must have seen a checkpoint (C2SP tlog-policy): a text file of logs, witnesses, groups, a quorum."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput
from gonogo_evidence.index import note
from gonogo_evidence.index.cosignature import WitnessKey, parse_witness_key
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gonogo_evidence.index.note import VerifierKey

NONE: Final = "none"
MAX_BYTES: Final = 256 * 1024
MOST: Final = 1000
"""Logs, witnesses and groups of one policy."""


@dataclass(frozen=True, slots=True)
class Group:
    """At least ``least`` of the members."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """What a verifier asks of a checkpoint."""

    logs: tuple[VerifierKey, ...]
    """May be empty: then the log is known from elsewhere."""
    witnesses: Mapping[str, WitnessKey]
    """By the name that the policy has for them."""
    groups: Mapping[str, Group]
    quorum: str

    def met(self, keys: Collection[WitnessKey]) -> bool:
        """Whether the witnesses with these keys are enough."""
        return self.quorum == NONE or self._counts(self.quorum, {key.line for key in keys})

    def _counts(self, name: str, lines: Collection[str]) -> bool:
        if name in self.witnesses:
            return self.witnesses[name].line in lines
        group = self.groups[name]
        return sum(self._counts(member, lines) for member in group.members) >= group.least


@dataclass(slots=True)
class _Reader:
    """Takes a policy line by line; whatever the format does not allow is refused with its line."""

    where: str
    number: int = 0
    logs: list[VerifierKey] = field(default_factory=list["VerifierKey"])
    witnesses: dict[str, WitnessKey] = field(default_factory=dict[str, WitnessKey])
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    quorum: str | None = None
    _keys: set[bytes] = field(default_factory=set[bytes])
    _members: set[str] = field(default_factory=set[str])

    def take(self, words: list[str]) -> None:
        """One line that is neither empty nor a comment."""
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self.logs.append(note.parse_vkey(vkey))
                self._once(self.logs[-1].public.public_bytes_raw())
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._fresh(name)
                self.witnesses[name] = parse_witness_key(vkey)
                self._once(self.witnesses[name].public.public_bytes_raw())
            case ["group", name, least, *members] if members:
                self._fresh(name)
                self.groups[name] = self._group(least, members)
            case ["quorum", name] if self.quorum is None:
                self.quorum = name if name == NONE else self._known(name)
            case _:
                raise self.wrong("a line is log, witness, group, or the one quorum")
        if len(self.logs) + len(self.witnesses) + len(self.groups) > MOST:
            raise self.wrong("it has more lines than anybody can mean")

    def _group(self, least: str, members: list[str]) -> Group:
        for member in members:
            self._known(member)
            if member in self._members:
                raise self.wrong(f"{member!a} counts twice")
            self._members.add(member)
        if least in {"any", "all"}:
            return Group(1 if least == "any" else len(members), tuple(members))
        if not re.fullmatch("[1-9][0-9]{0,3}", least, re.ASCII) or int(least) > len(members):
            raise self.wrong("a group needs all, any, or a number of its members")
        return Group(int(least), tuple(members))

    def _fresh(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise self.wrong(f"{name!a} is taken")

    def _known(self, name: str) -> str:
        if name not in self.witnesses and name not in self.groups:
            raise self.wrong(f"{name!a} is not defined above")
        return name

    def _once(self, raw: bytes) -> None:
        if raw in self._keys:
            raise self.wrong("a key stands here for the second time")
        self._keys.add(raw)

    def wrong(self, reason: str) -> BadInput:
        """What is wrong, with its place."""
        place = f"{self.where}:{self.number}" if self.number else self.where
        return BadInput(
            "WITNESS_POLICY",
            msg("This is no policy of witnesses (C2SP tlog-policy): {reason}.", reason=reason),
            where=place,
        )


def parse_policy(data: bytes, *, where: str = "") -> WitnessPolicy:
    """Read a policy. Raises :class:`BadInput` ``WITNESS_POLICY``, with file and line."""
    reader = _Reader(where)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise reader.wrong("it is not UTF-8") from error
    if len(data) > MAX_BYTES or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
        raise reader.wrong("it is too long, or has control characters")
    for reader.number, line in enumerate(text.split("\n"), start=1):
        words = re.split("[ \t]+", line.strip(" \t"))
        if words != [""] and not words[0].startswith("#"):
            try:
                reader.take(words)
            except BadInput as error:
                raise error if error.code == "WITNESS_POLICY" else reader.wrong(str(error.what).rstrip(".")) from error
    reader.number = 0
    if reader.quorum is None:
        raise reader.wrong("it has no quorum line")
    return WitnessPolicy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)
