"""The desk's documents, as the commands about documents take them."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.cli.configuration import find_in
from gonogo_agents.documents import Documents
from gonogo_agents.repository import open_repository
from gonogo_agents.snapshot import take
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from gonogo.cli.context import Output
    from gonogo_agents.repository import Repository
    from gonogo_agents.snapshot import Snapshot
    from gonogo_policies.config.gates import Gate


@dataclass(frozen=True, slots=True)
class DocsDesk:
    """The desk as a commit, and its documents."""

    repository: Repository
    snapshot: Snapshot
    gates: tuple[Gate, ...]
    """As configured here."""
    documents: Documents


@contextmanager
def docs_desk(output: Output, repo: Path | None) -> Generator[DocsDesk]:
    """The desk as it stands, uncommitted and new files too; the reference gate's own exclusions hold.

    Raises:
        Inconclusive: DOCS_NOTHING where there is no document, or one that cannot be read.
    """
    repository = open_repository(output.world, repo or Path.cwd())
    gates = find_in(output.world, repository).config.gates
    with tempfile.TemporaryDirectory(prefix="gonogo-docs-") as folder:
        snapshot = take(repository, Path(folder).resolve() / "desk")
        documents = Documents(snapshot.repository.git, snapshot.commit, excluded(gates))
        if not documents.paths:
            raise Inconclusive("DOCS_NOTHING", msg("There is no Markdown document here, so nothing was looked at."))
        if documents.judged.unread:
            path = documents.judged.unread[0]
            raise Inconclusive("DOCS_NOTHING", msg("{path} is too long or no text.", path=path), where=path)
        yield DocsDesk(repository, snapshot, gates, documents)


def excluded(gates: Sequence[Gate]) -> tuple[str, ...]:
    """What the reference gate leaves out."""
    return next((tuple(gate.exclude) for gate in gates if gate.kind == "references"), ())
