"""Who may sign: OpenSSH's allowed_signers file, read more strictly than OpenSSH does.

A line names exactly one person and one key, and what the key may sign. Patterns, lists of principals, certificates and
lines without namespaces are refused: with them ``ssh-keygen -Y verify -I ANYBODY`` can succeed. What is accepted here
means the same to ``ssh-keygen``, with one exception: a date alone in ``valid-after`` or ``valid-before`` is midnight
UTC here and midnight local time there (set ``TZ=UTC`` to compare). A time of day needs its ``Z``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput, GonogoError, Refused
from gonogo_evidence.ids import Principal
from gonogo_evidence.sshwire import MAX_KEY_TEXT, Malformed, PublicKey
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_BYTES: Final = 1024 * 1024
MAX_PRINCIPAL: Final = 256
NAMESPACES: Final = "gonogo-signoff@v1,gonogo-close@v1"
"""What an enrolled key may sign, as printed in corrected lines."""

_OPTION = re.compile(r'([A-Za-z-]+)(?:="([^"\\]*)")?')
_TIME = re.compile(r"(\d{8})(?:(\d{4})(\d{2})?)?(Z?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signer:
    """One line: a person, their key, and what it may sign when."""

    principal: Principal
    key: PublicKey
    namespaces: frozenset[str]
    valid_after: datetime | None = None
    """Aware, UTC; that second counts. None: always was."""
    valid_before: datetime | None = None
    """Aware, UTC; that second still counts. None: does not end."""
    revoked: datetime | None = None
    """Aware, UTC: from that second on nothing counts that the key signed. None: it was not revoked."""

    def valid(self, at: datetime) -> bool:
        """Whether the key may sign at ``at``."""
        began = self.valid_after is None or at >= self.valid_after
        return began and not self.lost(at) and (self.valid_before is None or at <= self.valid_before)

    def lost(self, at: datetime) -> bool:
        """Whether the key is revoked at ``at``."""
        return self.revoked is not None and at >= self.revoked


def parse(text: bytes, *, where: str) -> tuple[Signer, ...]:
    """Read a file. Empty lines and comments do not count; a file without a line gives an empty tuple.

    Args:
        text: The file's bytes.
        where: Its name, for errors; they add the line's number.

    Raises:
        BadInput: ``SIGNERS_UNREADABLE``, ``SIGNER_LINE``, ``SIGNER_OPTION``, ``SIGNER_TIME``, ``SIGNER_KEY``.
        Refused: ``SIGNER_PATTERN``, ``SIGNER_SEVERAL``, ``SIGNER_WITHOUT_NAMESPACE``, ``SIGNER_CERT_AUTHORITY``,
            ``SIGNER_SHARED_KEY``.
    """
    signers: list[Signer] = []
    owner: dict[PublicKey, Principal] = {}
    for number, line in _lines(text, where):
        try:
            signer = _signer(line)
            if owner.setdefault(signer.key, signer.principal) != signer.principal:
                raise _shared(signer, owner[signer.key])
        except GonogoError as error:
            error.where = f"{where}:{number}"
            raise
        signers.append(signer)
    return tuple(signers)


def find(signers: Iterable[Signer], key: PublicKey, namespace: str, at: datetime) -> Signer:
    """Return the signer to whom ``key`` belongs, if it may sign in ``namespace`` at ``at``.

    Raises:
        Refused: ``SIGNER_UNTRUSTED``, ``SIGNER_NAMESPACE``, ``SIGNER_REVOKED``, ``SIGNER_NOT_YET_VALID``,
            ``SIGNER_EXPIRED``.
    """
    known = [signer for signer in signers if signer.key == key]
    if not known:
        raise Refused(
            "SIGNER_UNTRUSTED",
            msg("Nobody with the key {fingerprint} is among the allowed signers.", fingerprint=key.fingerprint),
            next_step=msg(
                "gonogo init --yes --operator {principal} --public-key {file}",
                principal="PRINCIPAL",
                file="FILE",
            ),
        )
    allowed = [signer for signer in known if namespace in signer.namespaces]
    if not allowed:
        raise Refused(
            "SIGNER_NAMESPACE",
            msg("The key of {who} may not sign in {namespace}.", who=known[0].principal, namespace=namespace),
            next_step=msg("Add {namespace} to the namespaces of its line in allowed_signers.", namespace=namespace),
        )
    valid = [signer for signer in allowed if signer.valid(at)]
    if valid:
        return valid[0]
    step = msg("Sign with a key that is valid at that time, or correct its line in allowed_signers.")
    who = known[0].principal
    if any(signer.lost(at) for signer in allowed):
        raise Refused("SIGNER_REVOKED", msg("The key of {who} is revoked.", who=who), next_step=step)
    if all(signer.valid_after is not None and at < signer.valid_after for signer in allowed):
        raise Refused("SIGNER_NOT_YET_VALID", msg("The key of {who} is not valid yet.", who=who), next_step=step)
    raise Refused("SIGNER_EXPIRED", msg("The key of {who} was not valid any more.", who=who), next_step=step)


def render(principal: str, key: PublicKey, *, comment: str = "") -> str:
    """Write the line that enrols ``principal``, without a line end. Raises as :func:`parse`."""
    name = f'"{principal}"' if re.search(r"\s", principal) or principal.startswith("#") else principal
    note = re.sub(r"[^\x21-\x7e]+", " ", comment).strip()
    line = f'{name} namespaces="{NAMESPACES}" {key.line}' + (f" {note}" if note else "")
    _signer(line)
    return line


def _lines(text: bytes, where: str) -> Iterator[tuple[int, str]]:
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = text.count(b"\n", 0, error.start) + 1
        raise BadInput("SIGNERS_UNREADABLE", msg("This is not UTF-8."), where=f"{where}:{bad}") from error
    if len(text) > MAX_BYTES or "\0" in decoded:
        raise BadInput("SIGNERS_UNREADABLE", msg("The file is too large, or no text at all."), where=where)
    for number, raw in enumerate(decoded.split("\n"), start=1):
        line = raw.strip(" \t\r")
        if line and not line.startswith("#"):
            yield number, line


def _signer(line: str) -> Signer:
    principal, rest = _principal(line)
    options, rest = _options(rest)
    try:
        key = PublicKey.from_line(rest)
    except Malformed as error:
        raise BadInput(
            "SIGNER_KEY",
            msg("The key on this line cannot be used: {reason}.", reason=str(error)),
            next_step=msg("A line reads: {line}", line=f'{principal} namespaces="{NAMESPACES}" ssh-ed25519 AAAA...'),
        ) from error
    namespaces = _namespaces(options, f'{principal} namespaces="{NAMESPACES}" {key.line}')
    after, before = (_when(name, options.get(name)) for name in ("valid-after", "valid-before"))
    if after and before and after >= before:
        raise BadInput("SIGNER_TIME", msg("valid-before is not after valid-after."))
    return Signer(principal, key, namespaces, after, before)


def _principal(line: str) -> tuple[Principal, str]:
    quoted = re.match(r'"([^"]*)"[ \t]+(.*)', line)
    plain = quoted or re.match(r"([^ \t]+)[ \t]+(.*)", line)
    name, rest = (plain[1], plain[2]) if plain else ("", "")
    if not rest or len(rest) > MAX_KEY_TEXT:
        raise BadInput("SIGNER_LINE", msg("A line names a person, their namespaces and their key."))
    if "," in name:
        names = [part for part in name.split(",") if part]
        raise Refused(
            "SIGNER_SEVERAL",
            msg("One line names one person; this one names {count}.", count=len(names)),
            next_step=msg("Give each person a line and a key of their own."),
        )
    if name.startswith("!") or "*" in name or "?" in name:
        raise Refused(
            "SIGNER_PATTERN",
            msg("{name} is a pattern: it does not say who signs.", name=ascii(name)),
            next_step=msg("Write the person's own name, for example alice@example.org."),
        )
    if not name or len(name) > MAX_PRINCIPAL or '"' in name or not name.isprintable() or name != name.strip():
        raise BadInput("SIGNER_LINE", msg("{name} cannot be the name of a signer.", name=ascii(name)[:MAX_PRINCIPAL]))
    if not unicodedata.is_normalized("NFC", name):
        raise BadInput(
            "SIGNER_LINE",
            msg("{name} is not in Unicode normal form C.", name=ascii(name)),
            next_step=msg("Write it as {name}.", name=unicodedata.normalize("NFC", name)),
        )
    return Principal(name), rest


def _options(rest: str) -> tuple[dict[str, str | None], str]:
    """Take the options off the front: ``name`` or ``name="value"``, separated by commas, names in any case."""
    options: dict[str, str | None] = {}
    if re.match(r"(ssh-|ecdsa-|sk-)", rest):
        return options, rest
    at = 0
    while True:
        found = _OPTION.match(rest, at)
        if found is None:
            raise _bad_option(rest[at:])
        name, at = found[1].lower(), found.end()
        if name in options or name not in {"namespaces", "valid-after", "valid-before", "cert-authority"}:
            raise _bad_option(found[0])
        if (found[2] is None) != (name == "cert-authority"):
            raise _bad_option(found[0])
        options[name] = found[2]
        if rest[at : at + 1] != ",":
            break
        at += 1
    if rest[at : at + 1] not in {" ", "\t"}:
        raise _bad_option(rest[at:])
    if "cert-authority" in options:
        raise Refused(
            "SIGNER_CERT_AUTHORITY",
            msg("A certificate authority may not sign: it does not say who signs."),
            next_step=msg("Enrol the person's own key instead."),
        )
    return options, rest[at:].strip(" \t")


def _namespaces(options: dict[str, str | None], corrected: str) -> frozenset[str]:
    given = options.get("namespaces") or ""
    names = frozenset(given.split(","))
    if "" in names or any(re.search(r"[*?!\s]|[^\x20-\x7e]", name) for name in names):
        raise Refused(
            "SIGNER_WITHOUT_NAMESPACE",
            msg("This line does not say what the key may sign: namespaces are needed, without patterns."),
            next_step=msg("Replace it by: {line}", line=corrected),
        )
    return names


def _when(name: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    found, moment = _TIME.fullmatch(value), None
    if found:
        try:
            moment = datetime.strptime(found[1] + (found[2] or "0000") + (found[3] or "00"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - UTC is set below
        except ValueError:
            moment = None
    if found is None or moment is None or (found[2] and not found[4]):
        next_step: Text = msg('Write {name}="{value}" (UTC) or a date alone.', name=name, value="20270131120000Z")
        if found and moment:
            next_step = msg('Write {name}="{value}Z" if UTC is meant.', name=name, value=value)
        raise BadInput(
            "SIGNER_TIME",
            msg("{name} is not a time in UTC: {value}.", name=name, value=ascii(value)),
            next_step=next_step,
        )
    return moment.replace(tzinfo=UTC)


def _bad_option(text: str) -> BadInput:
    return BadInput(
        "SIGNER_OPTION",
        msg("This option is unknown, given twice or not in quotes: {text}", text=ascii(text[:60])),
        next_step=msg(
            'Options are namespaces="...", valid-after="...", valid-before="...", with commas and no spaces.'
        ),
    )


def _shared(signer: Signer, owner: Principal) -> Refused:
    return Refused(
        "SIGNER_SHARED_KEY",
        msg("{first} and {second} have the same key: they are one actor.", first=owner, second=signer.principal),
        next_step=msg("Remove one of the two lines, or give {second} a key of their own.", second=signer.principal),
    )
