"""A complete pack made from fixed keys and times: sealed, attested, reviewed, signed, committed, closed, indexed.

The same call gives the same bytes on every machine: all keys follow from numbers, no program signs, no clock is read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from gonogo.decision import DecisionChecks
from gonogo_evidence import dsse, guide, verify_pack
from gonogo_evidence.index import Entry, note, open_log, open_writer, placed, sign
from gonogo_evidence.statement import CLOSE_NAMESPACE, SIGNOFF_NAMESPACE
from gonogo_evidence.verify import open_pack
from gonogo_evidence.verify import verify_pack as gonogo
from support.attested import Person, closed, committed, reviewed_pack, signed
from support.logs import ENGINE, TIME, runs, signer
from support.packs import PACK_ID, RUN_ID
from support.signing import SoftKey
from support.signoffs import trusting

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.index import Signer
    from gonogo_evidence.statement import Decision, IndexSeen
    from gonogo_evidence.verify import Report

OTHER_ID = "EVP-4BM2-L0-20260109-002"
SIGNERS, ENGINE_KEY, VKEY = "allowed_signers", "engine.pub", "index.vkey"
"""What a verifier brings lies beside the pack under these names."""
NOW = datetime(2026, 2, 1, tzinfo=UTC)
MOST_KEPT = 512
"""More documents than one pack has; those of a mutant go again."""


@dataclass(frozen=True)
class SoftPerson(Person):
    """Somebody whose key follows from a number."""

    soft: SoftKey

    @classmethod
    def numbered(cls, number: int, principal: str) -> SoftPerson:
        """The person with this key."""
        return cls(principal, Path(), SoftKey(number))

    @property
    def line(self) -> str:
        """The line that enrols the person."""
        return f'{self.principal} namespaces="{SIGNOFF_NAMESPACE},{CLOSE_NAMESPACE}" {self.soft.public.line}\n'

    def sign(self, data: bytes, namespace: str) -> bytes:
        """The armored signature over ``data``."""
        return self.soft.sign(data, namespace)


ALICE, BOB = SoftPerson.numbered(1, "alice@example.org"), SoftPerson.numbered(2, "bob@example.org")


@dataclass(frozen=True)
class Whole:
    """A complete pack, and beside it what a verifier brings."""

    folder: Path

    @property
    def single_file(self) -> Path:
        """The single-file pack beside the folder."""
        return self.folder.with_name(f"{self.folder.name}.json")

    def gonogo(self) -> Report:
        """The report of ``gonogo verify`` with all that the command composes, in this process."""
        brought = self.folder.parent
        keys = [dsse.load_public((brought / ENGINE_KEY).read_bytes())]
        decisions = DecisionChecks(trusting((brought / SIGNERS).read_text()), keys, NOW)
        logs = note.parse_vkeys((brought / VKEY).read_bytes())
        return gonogo(self.folder, extra=[decisions], engine_keys=keys, index_keys=logs, only_these_logs=True)

    def stranger(self) -> tuple[int, list[verify_pack.Finding]]:
        """Exit code and findings of ``verify_pack.py``, by its own functions, in this process."""
        brought = self.folder.parent
        signers = verify_pack.signers_of((brought / SIGNERS).read_bytes())
        keys = verify_pack.engine_key((brought / ENGINE_KEY).read_bytes())
        logs = verify_pack.log_keys((brought / VKEY).read_bytes())
        try:
            found = verify_pack.verify(self.folder, verify_pack.Given(keys, signers, NOW, logs, {}))
        except verify_pack.Finding as problem:
            return problem.exit_code, [problem]
        return verify_pack.exit_of(found), found

    def exits(self) -> tuple[int, int]:
        """The exit codes of both."""
        return self.gonogo().exit_code, self.stranger()[0]

    def codes(self) -> tuple[set[str], set[str]]:
        """What gonogo and the one file found wrong, or could not say."""
        ours = {check.code for check in self.gonogo().checks if check.verdict != "PASS"}
        return ours, {one.code for one in self.stranger()[1] if one.verdict != "PASS"}

    def words(self) -> list[str]:
        """The words of ``verify_pack.py``'s command."""
        brought = self.folder.parent
        keys = ["--allowed-signers", str(brought / SIGNERS), "--engine-key", str(brought / ENGINE_KEY)]
        keys += ["--vkey", str(brought / VKEY)]
        return [str(self.folder), *keys, "--at", f"{NOW:%Y-%m-%dT%H:%M:%SZ}"]


def whole_pack(
    place: Path,
    pack_id: str = PACK_ID,
    decision: Decision = "GO-WITH-CONDITIONS",
    *,
    seen: IndexSeen | None = None,
    **changes: Any,  # noqa: ANN401 - as ``sample_pack`` takes them
) -> Whole:
    """Make the pack in the folder ``place``, and what a verifier brings beside it. A condition is closed."""
    sealed = reviewed_pack(place / pack_id, ENGINE, pack_id=pack_id, **changes)
    statement = signed(sealed, ALICE, decision, seen=seen)
    committed(sealed, ENGINE, decision, statement)
    if decision == "GO-WITH-CONDITIONS":
        closed(sealed, BOB, statement)
    index_into(Whole(sealed.folder), place / f"log-{pack_id}")
    (sealed.folder / guide.NAME).write_bytes(guide.render(open_pack(sealed.folder)))
    return brought(sealed.folder)


def brought(folder: Path) -> Whole:
    """Put what a verifier brings beside a pack."""
    (folder.parent / SIGNERS).write_text(ALICE.line + BOB.line)
    (folder.parent / ENGINE_KEY).write_bytes(dsse.public_pem(ENGINE))
    (folder.parent / VKEY).write_text(f"{signer().verifier.line}\n")
    return Whole(folder)


@contextmanager
def asked_once() -> Generator[None, None, None]:
    """What follows from bytes alone ``verify_pack.py`` is asked once: of ``openssl``, ``ssh-keygen``, a JSON, a shape.

    The files that the two programs read are written for the first asking and for no other.
    """
    known: dict[object, bool] = {}
    files: dict[str, bytes] = {}
    ask, departures = verify_pack.Tools._run, verify_pack.departures

    def file(tools: verify_pack.Tools, name: str, data: bytes) -> str:
        place = str(tools.folder / name)
        files[place] = data
        return place

    def run_once(tools: verify_pack.Tools, program: str, argv: list[str], stdin: bytes = b"") -> bool:
        question = (program, *(files.get(word, word) for word in argv), stdin)
        if question not in known:
            for place in files.keys() & argv:
                Path(place).write_bytes(files[place])
            known[question] = ask(tools, program, argv, stdin)
        return known[question]

    @lru_cache(MOST_KEPT)
    def at_the_top(value: Same, shape: Same) -> tuple[tuple[bool, str], ...]:
        return tuple(departures(value.it, shape.it))

    def departures_once(value: Any, shape: Any, path: str = "$") -> Iterable[tuple[bool, str]]:  # noqa: ANN401 - any JSON
        whole = path == "$" and isinstance(value, dict)
        return at_the_top(Same(value), Same(shape)) if whole else departures(value, shape, path)

    decode = lru_cache(MOST_KEPT)(verify_pack.decode)  # what it raises it does not keep
    with (
        mock.patch.multiple(verify_pack.Tools, file=file, _run=run_once),
        mock.patch.multiple(verify_pack, decode=decode, departures=departures_once),
    ):
        yield


class Same:
    """Anything by what it is, not by what it is equal to."""

    def __init__(self, it: Any) -> None:  # noqa: ANN401 - anything
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.it is self.it

    def __hash__(self) -> int:
        return id(self.it)


def index_into(
    whole: Whole,
    log_folder: Path,
    engine: Ed25519PrivateKey = ENGINE,
    by: Signer | None = None,
    **details: JSON,
) -> None:
    """Put the pack into a log in which it is not alone, and the proof into the pack; ``details`` say more of it."""
    pack = open_pack(whole.folder)
    said = {"core_digest": pack.core_digest, "verdict": pack.json("core/pack.json")["verdict"], **details}
    entry = Entry("pack", RUN_ID, TIME, pack.pack_id, pack.pack_digest, said)
    with open_writer(log_folder, by or signer()) as writer:
        *_, number = writer.append([*runs(1, 2), sign(entry, engine)])
        writer.append(runs(3))
    with open_log(log_folder) as log:
        files = {placed.ENTRY: log.entry(number).envelope, placed.PROOF: log.prove(number).to_bytes()}
    placed.place(whole.folder, files)
