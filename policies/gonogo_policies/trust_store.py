"""The local trust store: a folder outside the repository that says who may sign for it, and how somebody gets in.

Only its owner may write there. Enrolling is planned first, as a list of changes that can be shown, and then applied;
nothing that stands there is ever replaced by it.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from gonogo_evidence import allowed_signers as signers_file
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.files import no_room, read_bytes, write_atomic
from gonogo_evidence.ids import Principal, RepositoryId
from gonogo_evidence.sshwire import Malformed, PublicKey
from gonogo_evidence.text import msg
from gonogo_policies.strict_toml import open_toml
from gonogo_policies.toml_guard import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: Final = "gonogo/trust/v1"
SIGNERS: Final = "allowed_signers"
ENROLLED: Final = "trust.toml"
DRILLS: Final = RepositoryId("drills")
"""The store beside those of the repositories that holds the keys with which this machine signs drill results."""
OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
HEAD: Final = b"# Who may sign a decision: name, what for, key. gonogo init adds lines; you may edit them.\n"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """``trust.toml``: who enrolled on this machine, and where a team keeps its trust roots."""

    principal: Principal
    key_file: Path | None
    """Where the public key was at enrolment; a hint."""
    base_ref: str | None
    """A protected ref from which trust files are read, where a team names one."""
    label: Literal["local"] = "local"


class Change(NamedTuple):
    """A file of the store, as it is and as it is to be."""

    path: Path
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What enrolling would do."""

    folder: Path
    changes: tuple[Change, ...]
    """Empty where everything stands there already."""
    kept: tuple[Path, ...]
    """Files that say something else than this enrolment would write, and stay as they are."""


def trust_folder(config_home: Path, repository: RepositoryId) -> Path:
    """Where the trust store of a repository lies below the XDG configuration folder."""
    return config_home / "gonogo" / "trust" / repository


def read_enrolled(folder: Path) -> Enrolled | None:
    """Read ``trust.toml``; None where nobody enrolled. Raises :class:`BadInput` with file, line and key."""
    path = folder / ENROLLED
    data = _current(path)
    if data is None:
        return None
    top = open_toml(data, where=str(path), schema=SCHEMA)
    top.only("schema", "principal", "key_file", "base_ref", "label")
    base_ref = top.text("base_ref") if top.has("base_ref") else None
    if base_ref is not None and (base_ref.startswith("-") or not set(base_ref).isdisjoint(" :?*[\\")):
        raise top.bad("base_ref", msg("This is no name of a branch, tag or commit."))
    return Enrolled(
        principal=Principal(top.text("principal")),
        key_file=Path(top.text("key_file")) if top.has("key_file") else None,
        base_ref=base_ref,
        label=top.one_of("label", ("local",)),
    )


def check_modes(folder: Path) -> None:
    """Refuse a store into which somebody else can write: folder, the two above it, and every file in it.

    Raises:
        Refused: ``TRUST_WRITABLE`` or ``TRUST_OWNER``, with the command that mends it.
    """
    if not folder.is_dir():
        return
    for path in _guarded(folder):
        status = os.stat(path)  # noqa: PTH116 - many small files, at each look at the trust roots
        shared = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
        if status.st_mode & OTHERS_WRITE and not shared:
            raise Refused(
                "TRUST_WRITABLE",
                msg("Others can write here, so this says nothing about whom you trust."),
                where=path,
                next_step=msg("Look at it, then: chmod go-w {path}", path=path),
            )
        if status.st_uid not in {0, os.geteuid()}:
            raise Refused(
                "TRUST_OWNER",
                msg("This belongs to another user, so it says nothing about whom you trust."),
                where=path,
                next_step=msg("Look at it, then make it yours: chown {user} {path}", user=os.geteuid(), path=path),
            )


def enrol(
    folder: Path, principal: str, public_key_line: str, *, key_file: Path | str | None, gates: bytes | None = None
) -> Enrolment:
    """Plan how ``principal`` gets into the store; nothing is written.

    Args:
        folder: The store; it need not exist.
        principal: The person's name, for example an address.
        public_key_line: ``type base64 comment``, as in a ``.pub`` file.
        key_file: Where that file is.
        gates: The gates that the person agrees to, for ``gates.toml``; None leaves that file alone.

    Raises:
        Refused: ``PRINCIPAL_HAS_KEY`` (the same person with another key), or a name or key that cannot be enrolled.
        BadInput: ``PUBLIC_KEY_UNREADABLE``, ``PRIVATE_KEY_GIVEN``, or a store that cannot be read.
    """
    check_modes(folder)
    key = _public_key(public_key_line)
    comment = " ".join(public_key_line.split()[2:])
    wanted = [
        (SIGNERS, _signers(folder / SIGNERS, principal, key, comment)),
        (ENROLLED, _trust_toml(principal, key_file)),
        *([("gates.toml", gates)] if gates is not None else []),
    ]
    changes: list[Change] = []
    kept: list[Path] = []
    for name, after in wanted:
        before = _current(folder / name)
        if before is None or (name == SIGNERS and before != after):
            changes.append(Change(folder / name, before, after))
        elif before != after:
            kept.append(folder / name)
    return Enrolment(folder, tuple(changes), tuple(kept))


def apply(enrolment: Enrolment) -> None:
    """Write what was planned: folders 0700, files 0600, each file at once.

    Raises:
        Refused: ``TRUST_CHANGED``: a file is not any more what it was when this was planned; nothing was written.
        Inconclusive: no room, or no right to write.
    """
    for change in enrolment.changes:
        if _current(change.path) != change.before:
            raise Refused(
                "TRUST_CHANGED",
                msg("The file changed after the plan was shown; nothing was written. Look at the new plan."),
                where=str(change.path),
                next_step=msg("gonogo init"),
            )
    make_store(enrolment.folder)
    for change in enrolment.changes:
        write_atomic(change.path, change.after, mode=0o600)


def make_store(folder: Path) -> None:
    """Make the store's folders, for their owner alone. Raises as :func:`check_modes`, or where no one can write."""
    try:
        folder.parent.parent.parent.mkdir(parents=True, exist_ok=True)
        for path in (folder.parent.parent, folder.parent, folder):
            path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise no_room(error, folder) from error
    check_modes(folder)


def _signers(path: Path, principal: str, key: PublicKey, comment: str) -> bytes:
    before = _current(path)
    existing = signers_file.parse(before or b"", where=str(path))
    line = signers_file.render(principal, key, comment=comment)
    mine = [signer for signer in existing if signer.principal == principal]
    if before is not None and any(signer.key == key for signer in mine):
        return before
    if mine:
        raise Refused(
            "PRINCIPAL_HAS_KEY",
            msg("{who} is enrolled with another key: {key}.", who=principal, key=mine[0].key.fingerprint),
            where=str(path),
            next_step=msg('If it was replaced: add valid-before="..." to the old line, then add: {line}', line=line),
        )
    start = HEAD if before is None else before if before.endswith(b"\n") or not before else before + b"\n"
    after = start + line.encode() + b"\n"
    signers_file.parse(after, where=str(path))
    return after


def _trust_toml(principal: str, key_file: Path | str | None) -> bytes:
    lines = [f"schema = {_quoted(SCHEMA)}", f"principal = {_quoted(principal)}"]
    if key_file is not None and str(key_file).isprintable():
        lines.append(f"key_file = {_quoted(str(key_file))}")
    lines.append('label = "local"')
    lines.append("# A team names a protected ref here; trust files are then read from its config/ folder:")
    lines.append('# base_ref = "origin/main"')
    return "\n".join(lines).encode() + b"\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _public_key(line: str) -> PublicKey:
    if "PRIVATE KEY" in line:
        raise BadInput(
            "PRIVATE_KEY_GIVEN",
            msg("This is a private key. Only the public one is enrolled, and the private one stays where it is."),
            next_step=msg("Name the file beside it that ends in .pub; to make one: ssh-keygen -y -f KEY > KEY.pub"),
        )
    lines = [text for text in line.splitlines() if text.strip() and not text.startswith("#")]
    if len(lines) != 1:
        what = msg("One line with a public key is expected; it has {count}.", count=len(lines))
        raise BadInput("PUBLIC_KEY_UNREADABLE", what)
    try:
        return PublicKey.from_line(lines[0])
    except Malformed as error:
        raise BadInput(
            "PUBLIC_KEY_UNREADABLE",
            msg("This is not a public key that can sign: {reason}.", reason=str(error)),
            next_step=msg("Make one: ssh-keygen -t ed25519"),
        ) from error


def _current(path: Path) -> bytes | None:
    if not os.path.lexists(path):
        return None
    return read_bytes(path, limit=MAX_BYTES)


def _guarded(folder: Path) -> Iterator[str]:
    yield from map(str, (folder.parent.parent, folder.parent, folder))
    for above, folders, files in os.walk(folder):
        paths = (os.path.join(above, name) for name in sorted((*folders, *files)))  # noqa: PTH118 - as above
        yield from (path for path in paths if not os.path.islink(path))  # noqa: PTH114 - as above
