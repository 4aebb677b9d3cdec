"""Where trust comes from: who may sign and under which policy, from outside the change under review.

Each file is taken from the first place that has it: what the caller gave, the protected base ref that the trust store
names, the trust store, the packaged defaults. Never from the commit under review, and signers never from the package:
nobody is trusted by default. The policy digest covers the bytes that won, so a swap between request and commit shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from gonogo_evidence import allowed_signers as signers_file
from gonogo_evidence import canonical
from gonogo_evidence import revoked_keys as revoked_keys_file
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.files import read_brought, read_bytes
from gonogo_evidence.revoked_keys import revoke
from gonogo_evidence.text import msg
from gonogo_policies.people import People, people_of
from gonogo_policies.separation import SeparationPolicy, parse_separation
from gonogo_policies.signoff_policy import SignoffPolicy, parse_signoff
from gonogo_policies.toml_guard import MAX_BYTES
from gonogo_policies.trust_pin import check as check_pins
from gonogo_policies.trust_store import (
    DRILLS,
    SIGNERS,
    Change,
    Enrolled,
    Enrolment,
    apply,
    check_modes,
    enrol,
    read_enrolled,
    trust_folder,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_evidence.allowed_signers import Signer
    from gonogo_evidence.ids import JSON, Digest, Principal
    from gonogo_evidence.sshwire import PublicKey

__all__ = [
    "DRILLS", "DRILL_KEYS", "POLICY_FILES", "REVOKED",
    "SEPARATION", "SIGNERS", "SIGNOFF", "Change", "Enrolled", "Enrolment", "Label", "Origin",
    "ReadBase", "Trust", "apply", "base_reader", "enrol", "load_trust", "packaged_separation", "packaged_signoff",
    "read_enrolled", "trust_folder",
]  # fmt: skip

Origin: TypeAlias = Literal["given", "base-ref", "trust", "packaged", "absent"]
Label: TypeAlias = Literal["local", "base-ref", "given"]
ReadBase: TypeAlias = Callable[[str, str], bytes | None]
"""``(ref, path)`` to the file's bytes. None only where that commit has no such file; a missing ref must raise."""

SIGNOFF, SEPARATION = "signoff.toml", "separation.toml"
REVOKED: Final = "revoked_keys"
DRILL_KEYS: Final = "drill_keys"
"""Public keys in PEM; the policy digest covers them where they are there."""
POLICY_FILES: Final = (SIGNERS, SIGNOFF, SEPARATION, "gates.toml", "guardrails.toml", "roles.toml", REVOKED)
"""What the policy digest covers; the list is part of the format."""
WHOLE: Final = frozenset({SIGNERS, SIGNOFF})
"""Who brings these needs no trust store."""
NOT_PACKAGED: Final = frozenset({SIGNERS, REVOKED, DRILL_KEYS})
"""Nobody is trusted by default, and nobody is distrusted by a package."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The trust roots that decide about a sign-off."""

    signers: tuple[Signer, ...]
    signoff: SignoffPolicy
    separation: SeparationPolicy
    policy_digest: Digest
    origins: Mapping[str, Origin]
    """For each of :data:`POLICY_FILES`, which place won."""
    label: Label
    """Shown on card and by verify."""
    principal: Principal | None
    """Who was enrolled on this machine."""
    key_file: Path | None
    """Where that person's public key was at enrolment; a hint."""
    base_ref: str | None
    files: Mapping[str, bytes]
    """The bytes that won, by name; absent ones are not in it."""
    drill_keys: tuple[Ed25519PublicKey, ...] = ()
    """Whose signature on a drill's result counts; empty where policy requires no drill."""

    def people(self) -> People:
        """Who is who, by the table of people and the allowed signers."""
        return people_of(self.separation.people, self.signers)


def load_trust(
    folder: Path,
    defaults: Path,
    *,
    read_base: ReadBase | None = None,
    brought: Mapping[str, Path] | None = None,
    state: Path | None = None,
    ledger: bool = True,
) -> Trust:
    """Read the trust roots as they are now.

    Args:
        folder: The trust store of the repository; it need not exist.
        defaults: The packaged configuration.
        read_base: Reads a file of the protected base ref; needed where the trust store names one.
        brought: Files that the caller brings, by their names in :data:`POLICY_FILES`, instead of all others.
        state: The state folder that goes with it; they must have been enrolled together. None where the caller brings
            everything.
        ledger: False where only a pack is looked at: see :func:`gonogo_policies.trust_pin.check`.

    Raises:
        Inconclusive: ``TRUST_MISSING`` (nobody may sign), ``TRUST_BASE_UNREADABLE``.
        Refused: ``TRUST_ELSEWHERE``, ``STATE_ELSEWHERE``, ``PIN_LOST``, ``TRUST_WRITABLE``, ``TRUST_OWNER``, or a line
            of allowed_signers that does not say who signs.
        BadInput: a file that cannot be read, with its name, line and key.
    """
    check_modes(folder)
    given = brought or {}
    if state is not None and not given.keys() >= WHOLE:
        check_pins(folder, state, ledger=ledger)
    enrolled = read_enrolled(folder)
    base_ref = enrolled.base_ref if enrolled else None
    if base_ref is not None and read_base is None and not given.keys() >= WHOLE:
        raise Inconclusive(
            "TRUST_BASE_UNREADABLE",
            msg("The trust roots stand at {ref}, and this place has no repository to read them from.", ref=base_ref),
            next_step=msg("Ask from inside a clone, or bring them: --allowed-signers FILE --policy FILE"),
        )
    found: dict[str, tuple[bytes, str]] = {}
    origins: dict[str, Origin] = {}
    for name in (*POLICY_FILES, DRILL_KEYS):
        origins[name] = "absent"
        for origin, data, where in _places(name, given.get(name), base_ref, read_base, folder, defaults):
            if data is not None:
                found[name], origins[name] = (data, where), origin
                break
    (signoff_data, signoff_at), (separation_data, separation_at) = _needed(found, SIGNOFF), _needed(found, SEPARATION)
    signoff, label = _signoff(signoff_data, signoff_at), _label(given, base_ref)
    return Trust(
        signers=revoke(_signers(*found.get(SIGNERS, (b"", str(folder / SIGNERS)))), _revoked(found)),
        signoff=signoff,
        separation=_separation(separation_data, separation_at),
        policy_digest=_digest(found),
        origins=origins,
        label=label,
        principal=enrolled.principal if enrolled else None,
        key_file=enrolled.key_file if enrolled else None,
        base_ref=base_ref,
        files={name: data for name, (data, _) in found.items()},
        drill_keys=_drill_keys(found, folder, label) if signoff.drills_required else (),
    )


def _label(given: Mapping[str, Path], base_ref: str | None) -> Label:
    return "given" if given else "base-ref" if base_ref else "local"


def _drill_keys(found: Mapping[str, tuple[bytes, str]], folder: Path, label: Label) -> tuple[Ed25519PublicKey, ...]:
    """The keys that are listed; where nobody but this machine says whom it trusts, else its own drills' keys."""
    from gonogo_policies import engine_keys  # noqa: PLC0415 - cryptography, only where policy asks for drills

    if DRILL_KEYS in found:
        data, where = found[DRILL_KEYS]
        return engine_keys.parse(data, where=where)
    if label != "local":
        return ()
    check_modes(folder.parent / DRILLS)
    return engine_keys.known(folder.parent / DRILLS)


class Commits(Protocol):
    """A repository, as far as trust needs it."""

    def resolve(self, ref: str) -> str:
        """The commit that ``ref`` means. Raises where there is none."""
        ...

    def read_blob(self, commit: str, path: str) -> bytes:
        """A file's bytes. Raises BadInput PATH_NOT_IN_COMMIT."""
        ...


def base_reader(repository: Commits) -> ReadBase:
    """Reads files of a protected ref. A file that the commit lacks is None; a ref that is missing raises."""

    def read(ref: str, path: str) -> bytes | None:
        try:
            return repository.read_blob(repository.resolve(ref), path)
        except BadInput as error:
            if error.code == "PATH_NOT_IN_COMMIT":
                return None
            raise

    return read


def packaged_signoff(defaults: Path) -> SignoffPolicy:
    """The packaged sign-off policy, for words about a request where nobody is enrolled yet."""
    path = defaults / SIGNOFF
    return parse_signoff(read_bytes(path, limit=MAX_BYTES), where=str(path))


def packaged_separation(defaults: Path) -> SeparationPolicy:
    """The packaged separation of duties."""
    path = defaults / SEPARATION
    return parse_separation(read_bytes(path, limit=MAX_BYTES), where=str(path))


@lru_cache(maxsize=8)
def _signoff(data: bytes, where: str) -> SignoffPolicy:
    """The same bytes are the same policy: one command reads them several times, each time anew from the disk."""
    return parse_signoff(data, where=where)


@lru_cache(maxsize=8)
def _separation(data: bytes, where: str) -> SeparationPolicy:
    return parse_separation(data, where=where)


def _places(
    name: str, given: Path | None, base_ref: str | None, read_base: ReadBase | None, folder: Path, defaults: Path
) -> Iterator[tuple[Origin, bytes | None, str]]:
    if given is not None:
        yield "given", read_brought(given, limit=MAX_BYTES), str(given)
    if base_ref is not None and read_base is not None:
        yield "base-ref", read_base(base_ref, f"config/{name}"), f"{base_ref}:config/{name}"
    yield "trust", _read_if_there(folder / name), str(folder / name)
    if name not in NOT_PACKAGED:
        yield "packaged", _read_if_there(defaults / name), str(defaults / name)


def _read_if_there(path: Path) -> bytes | None:
    try:
        return read_bytes(path, limit=MAX_BYTES)
    except BadInput as error:
        if error.code == "FILE_NOT_FOUND":
            return None
        raise


def _signers(data: bytes, where: str) -> tuple[Signer, ...]:
    signers = signers_file.parse(data, where=where)
    if not signers:
        raise Inconclusive(
            "TRUST_MISSING",
            msg("Nobody is enrolled who may sign."),
            where=where,
            next_step=msg(
                "gonogo init --yes --operator {principal} --public-key {file}", principal="PRINCIPAL", file="FILE"
            ),
        )
    return signers


def _revoked(found: Mapping[str, tuple[bytes, str]]) -> Mapping[PublicKey, datetime]:
    data, where = found.get(REVOKED, (b"", REVOKED))
    return revoked_keys_file.parse(data, where=where)


def _needed(found: Mapping[str, tuple[bytes, str]], name: str) -> tuple[bytes, str]:
    if name not in found:
        raise BadInput(
            "POLICY_MISSING",
            msg("There is no {name}, not even among the packaged defaults.", name=name),
            next_step=msg("Install gonogo again."),
        )
    return found[name]


def _digest(found: Mapping[str, tuple[bytes, str]]) -> Digest:
    listed: dict[str, JSON] = {
        name: hashlib.sha256(found[name][0]).hexdigest() if name in found else None
        for name in (*POLICY_FILES, *({DRILL_KEYS} & found.keys()))
    }
    return canonical.digest_of(canonical.dumps(listed))
