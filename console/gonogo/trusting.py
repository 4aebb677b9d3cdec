"""Which pack is meant, and which trust roots a verifier brings: files that they name, else this machine's own store."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.cli.context import require_name
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken
from gonogo_evidence.ids import RepositoryId, RunId
from gonogo_evidence.text import msg
from gonogo_policies.packaged import packaged_config
from gonogo_policies.trust import (
    DRILL_KEYS,
    DRILLS,
    REVOKED,
    SEPARATION,
    SIGNERS,
    SIGNOFF,
    Trust,
    base_reader,
    load_trust,
    read_enrolled,
    trust_folder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo.cli.context import Output
    from gonogo_evidence.index import VerifierKey
    from gonogo_evidence.verify import Check
    from gonogo_graph.places import Places
    from gonogo_graph.session import Session
    from gonogo_graph.store import RunRow
    from gonogo_policies.trust import ReadBase

CORE_LIMIT = 64 * 1024 * 1024
PACK_ID = "EVP-[A-Z0-9]+-L[0-6]-[0-9]{8}-[0-9]{3,9}"


def names_a_run(named: str) -> bool:
    """Whether a word is a run's name: a folder that a checkout calls so must not be taken for the run."""
    return re.fullmatch("latest|[0-9][0-9a-f-]*", named) is not None


def is_copy(named: str) -> bool:
    """Whether a word names a pack's folder and no run."""
    return "/" in named or (Path(named).is_dir() and not names_a_run(named))


def find_pack(output: Output, named: str, repo: Path | None) -> Path:
    """The pack folder: a path, or by its id or its run the pack of the repository around (the published copy first)."""
    require_name(named)
    path = Path(named)
    if os.path.isdir(path) and not names_a_run(named):  # noqa: PTH112 - it says no where one may not enter
        return path
    if path.suffix == ".json" and os.path.isdir(path.with_suffix("")):  # noqa: PTH112 - the same
        return path.with_suffix("")
    if path.suffix == ".json" and path.is_file():
        raise BadInput(
            "PACK_FOLDER_MISSING",
            msg("This is a pack's single file, and the pack's folder does not lie beside it."),
            where=named,
            next_step=msg("gonogo evidence validate {file}", file=named),
        )
    if "/" in named:
        raise BadInput(
            "PACK_NOT_FOUND",
            msg("There is no pack here."),
            where=named,
            next_step=msg("gonogo inbox --all"),
        )
    from gonogo.cli.runs import pack_path, session_at  # noqa: PLC0415 - only a run's name needs the ledger
    from gonogo_graph.places import PUBLISHED  # noqa: PLC0415 - the same
    from gonogo_graph.proof import run_of  # noqa: PLC0415 - the same

    with session_at(output, repo) as session:
        if re.fullmatch(PACK_ID, named):
            published = session.repository.root / PUBLISHED / named
            if published.is_dir():
                return published
        row = _of_pack(session, named) or session.find(named)
        pack = pack_path(session, row)
        if pack is None:
            raise Inconclusive(
                "NO_PACK",
                msg("This run has no sealed pack yet."),
                where=row.run_id,
                next_step=msg("gonogo resume {run}", run=row.run_id),
            )
        if run_of(pack) != row.run_id:
            raise IntegrityBroken(
                "PACK_CHANGED",
                msg("The sealed evidence is not what was sealed: {what}", what="environment.json"),
                where=str(pack),
                next_step=msg('gonogo abandon {run} --reason "evidence changed"', run=row.run_id),
            )
        return pack


def _of_pack(session: Session, named: str) -> RunRow | None:
    """The run whose pack has this id."""
    if re.fullmatch(PACK_ID, named) is None:
        return None
    rows = (session.store.run(RunId(run)) for run in session.store.run_ids(limit=10**9))
    return next((row for row in rows if row is not None and row.pack_id == named), None)


@dataclass(frozen=True, slots=True)
class Roots:
    """Where trust comes from for one verification. Never from the pack."""

    output: Output
    repo: Path | None
    allowed_signers: Path | None
    policy: Path | None
    engine_key: Path | None = None
    vkey: Path | None = None
    separation: Path | None = None
    revoked_keys: Path | None = None
    index: Path | None = None
    drill_keys: Path | None = None

    def trust(self, pack: Path) -> Trust:
        """The verifier's own files, else the local store of the pack's repository.

        Where that store names a protected base ref, it is read from the repository named or around, if that is the
        pack's. Raises ``TRUST_MISSING``, ``TRUST_BASE_UNREADABLE``, ``TRUST_ELSEWHERE``.
        """
        state = self._places(pack).state
        return load_trust(
            self.folder(pack),
            packaged_config(),
            read_base=self._base_reader(pack),
            brought={name: path for name, path in self._brought().items() if path is not None},
            state=state,
            ledger=pack.resolve().is_relative_to(state.resolve()),
        )

    def _brought(self) -> dict[str, Path | None]:
        return {
            SIGNERS: self.allowed_signers,
            SIGNOFF: self.policy,
            SEPARATION: self.separation,
            REVOKED: self.revoked_keys,
            DRILL_KEYS: self.drill_keys,
        }

    def repository(self, pack: Path) -> Iterator[Check]:
        """Whether the pack is of the repository named, or of the one around where this machine's own trust judges it.

        The pack says of itself which repository it is of, and by that its trust is found.
        """
        around = any((folder / ".git").exists() for folder in (Path.cwd(), *Path.cwd().parents))
        if self.repo is None and (self.allowed_signers is not None or not around):
            return
        from gonogo_agents.repository import open_repository  # noqa: PLC0415 - git is asked only where there is one
        from gonogo_evidence.verify.report import Check  # noqa: PLC0415 - only when it is used

        try:
            here = open_repository(self.output.world, self.repo or Path.cwd()).repository_id
        except GonogoError:
            if self.repo is not None:
                raise
            return
        theirs = _repository_of(pack)
        if here != theirs:
            words = msg(
                "The pack says that it is of the repository {theirs}, and is judged by who may sign there; this one is"
                " {here}.",
                theirs=theirs,
                here=here,
            )
            exit_code = 0 if self.repo is None else None
            yield Check("decision.repository", "INCONCLUSIVE", "PACK_ELSEWHERE", words, "", "decision", exit_code)

    def engine_keys(self, pack: Path) -> Sequence[Ed25519PublicKey]:
        """The engine's public keys that the verifier brings, else as this machine knows them. None: a stated limit."""
        from gonogo_evidence import dsse  # noqa: PLC0415 - cryptography, only when it is used
        from gonogo_evidence.files import read_brought  # noqa: PLC0415 - the same
        from gonogo_graph.engine import KEY_LIMIT, engine_public_keys  # noqa: PLC0415 - the same

        if self.engine_key is not None:
            return [dsse.load_public(read_brought(self.engine_key, limit=KEY_LIMIT))]
        return engine_public_keys(self._places(pack))

    def drill_public_keys(self) -> Sequence[Ed25519PublicKey]:
        """The keys whose signature on a drill's result counts: those that are brought, else this machine's own."""
        from gonogo_evidence.files import read_brought  # noqa: PLC0415 - only when it is used
        from gonogo_policies import engine_keys  # noqa: PLC0415 - cryptography, only when it is used

        if self.drill_keys is not None:
            return engine_keys.parse(read_brought(self.drill_keys, limit=CORE_LIMIT), where=str(self.drill_keys))
        return engine_keys.known(trust_folder(self.output.world.home("XDG_CONFIG_HOME", ".config"), DRILLS))

    def index_keys(self, pack: Path) -> Sequence[VerifierKey]:
        """The same for the key of the evidence index."""
        from gonogo_graph.index_key import index_keys, keys_from  # noqa: PLC0415 - cryptography, only when it is used

        return keys_from(self.vkey) if self.vkey is not None else index_keys(self._places(pack))

    def log(self, pack: Path) -> Path:
        """The index that is asked about the pack: the one that the verifier brings, else this machine's own."""
        from gonogo_graph.index_key import folder_of  # noqa: PLC0415 - only when it is used

        return self.index or folder_of(self._places(pack))

    def gates_files(self, pack: Path, commit: str) -> Iterator[bytes]:
        """Files that declare gates, as they are here: packaged, enrolled, and in the pack's own commit."""
        from gonogo_agents.repository import open_repository  # noqa: PLC0415 - git is asked only where there is one
        from gonogo_evidence.declared_gates import FILE, declares_gates  # noqa: PLC0415 - only when it is used
        from gonogo_evidence.files import read_bytes  # noqa: PLC0415 - the same

        for place in (packaged_config(), self.folder(pack)):
            with suppress(GonogoError):
                yield read_bytes(place / FILE, limit=CORE_LIMIT)
        with suppress(GonogoError):
            repository = open_repository(self.output.world, self.repo or Path.cwd())
            if repository.repository_id == _repository_of(pack):
                found = repository.config_files(repository.resolve(commit))
                yield from (data for path, data in found.items() if declares_gates(path))

    def folder(self, pack: Path) -> Path:
        """This machine's trust store of the pack's repository."""
        return trust_folder(self.output.world.home("XDG_CONFIG_HOME", ".config"), _repository_of(pack))

    def _places(self, pack: Path) -> Places:
        from gonogo_graph.places import places  # noqa: PLC0415 - only when it is used

        return places(self.output.world, _repository_of(pack))

    def _base_reader(self, pack: Path) -> ReadBase | None:
        """Reads the protected ref in the repository named or around, where that one is the pack's; else None."""
        enrolled = read_enrolled(self.folder(pack))
        if enrolled is None or enrolled.base_ref is None:
            return None
        from gonogo_agents.repository import open_repository  # noqa: PLC0415 - git is asked only where a team named a ref

        try:
            repository = open_repository(self.output.world, self.repo or Path.cwd())
        except GonogoError:
            return None
        return base_reader(repository) if repository.repository_id == _repository_of(pack) else None


def _repository_of(pack: Path) -> RepositoryId:
    """Which repository the pack says it is of: only to find the verifier's own folder by name."""
    from gonogo_evidence import canonical  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.files import read_bytes  # noqa: PLC0415 - the same

    try:
        core = canonical.loads_object(read_bytes(pack / "core" / "pack.json", limit=CORE_LIMIT), limit=CORE_LIMIT)
    except (GonogoError, OSError):
        return RepositoryId("unknown")
    named = str(core.get("root_commit", ""))[:12]
    return RepositoryId(named if named.isalnum() else "unknown")
