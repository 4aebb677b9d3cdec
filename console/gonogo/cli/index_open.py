"""Which index is meant, and which keys the operator brings: shared by the commands of ``gonogo index``."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextlib import AbstractContextManager

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo.cli.context import Output
    from gonogo_evidence.index import Log, VerifierKey
    from gonogo_evidence.index.witness_policy import WitnessPolicy
    from gonogo_graph.session import Session

_F = TypeVar("_F", bound="Callable[..., Any]")


def index_option(function: _F) -> _F:
    """``--index DIR`` as ``index: Path | None``; None is the index of the repository around."""
    words = str(msg("the folder of an index (default: that of the repository)"))
    return click.option("--index", type=click.Path(path_type=Path), default=None, metavar="DIR", help=words)(function)


def vkey_option(function: _F) -> _F:
    """``--vkey FILE`` as ``vkey: Path | None``; None are the keys that this machine trusts."""
    words = str(msg("verifier keys of the log, a line each (default: the local trust store)"))
    return click.option("--vkey", type=click.Path(path_type=Path), default=None, metavar="FILE", help=words)(function)


def witness_policy_option(function: _F) -> _F:
    """``--witness-policy FILE`` as ``witness_policy: Path | None``; None asks for no witness."""
    words = str(msg("who must have countersigned the log (C2SP tlog-policy)"))
    option = click.option("--witness-policy", type=click.Path(path_type=Path), default=None, metavar="FILE", help=words)
    return option(function)


def read_witness_policy(path: Path | None) -> WitnessPolicy | None:
    """The policy that the operator brings. Raises ``WITNESS_POLICY``."""
    if path is None:
        return None
    from gonogo_evidence.files import read_brought  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index.witness_policy import MAX_BYTES, parse_policy  # noqa: PLC0415 - the same

    return parse_policy(read_brought(path, limit=MAX_BYTES), where=str(path))


@dataclass(frozen=True, slots=True)
class Opened:
    """An index by its folder; with a session where it is the repository's own."""

    folder: Path
    session: Session | None
    vkey: Path | None = None
    engine_key: Path | None = None

    def log(self) -> AbstractContextManager[Log]:
        """The index, for reading."""
        from gonogo_evidence.index import open_log  # noqa: PLC0415 - only when it is used

        return open_log(self.folder)

    def index_keys(self) -> Sequence[VerifierKey]:
        """Keys that the operator brings, else those that this machine trusts for its own index."""
        from gonogo_graph.index_key import index_keys, keys_from  # noqa: PLC0415 - only when it is used

        if self.vkey is not None:
            return keys_from(self.vkey)
        return index_keys(self.session.places) if self.session else ()

    def engine_keys(self) -> Sequence[Ed25519PublicKey]:
        """The same for the engine's key."""
        from gonogo_evidence import dsse  # noqa: PLC0415 - only when it is used
        from gonogo_evidence.files import read_brought  # noqa: PLC0415 - the same
        from gonogo_graph.engine import KEY_LIMIT, engine_public_keys  # noqa: PLC0415 - the same

        if self.engine_key is not None:
            return [dsse.load_public(read_brought(self.engine_key, limit=KEY_LIMIT))]
        return engine_public_keys(self.session.places) if self.session else ()

    def number_of(self, log: Log, named: str) -> int:
        """The number of an entry: as it is named, or that of a pack's, by its id or its run's.

        Raises ``INDEX_NO_ENTRY``.
        """
        if named.isdecimal() and named.isascii():
            return int(named)
        packs = [(number, one.entry) for number, one in enumerate(log.entries()) if one.entry.kind == "pack"]
        of_name = [number for number, entry in packs if entry.subject == named]
        if of_name:
            return of_name[-1]
        run = self.session.find(named).run_id if self.session else named
        for number, entry in packs:
            if entry.run_id == run:
                return number
        raise BadInput(
            "INDEX_NO_ENTRY",
            msg("The index has no pack of the run {run}.", run=ascii(named)),
            where=str(self.folder),
            next_step=msg("gonogo index list --run {run}", run=run),
        )


@contextmanager
def opened(
    output: Output, index: Path | None, repo: Path | None, *, vkey: Path | None = None, engine_key: Path | None = None
) -> Generator[Opened, None, None]:
    """The index in a folder that is named, else that of the repository around."""
    if index is not None:
        yield Opened(index, None, vkey, engine_key)
        return
    from gonogo.cli.runs import session_at  # noqa: PLC0415 - only the repository's own index needs the ledger
    from gonogo_graph.index_key import folder_of  # noqa: PLC0415 - the same

    with session_at(output, repo) as session:
        yield Opened(folder_of(session.places), session, vkey, engine_key)
