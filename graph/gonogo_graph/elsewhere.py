"""Signing a copy of a pack where its run does not live, and taking such sign-offs back to where it does.

A sign-off is bound to pack, review, request and policy, and judged by whoever commits: so it may be made anywhere, and
be brought in any order, by anybody, by any way. Nothing that is read here is believed before it was judged.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from gonogo_agents.redact_run import refuse_secrets
from gonogo_evidence import canonical, dsse, guide
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.ids import Digest, RunId
from gonogo_evidence.review import OUTCOME, REQUEST, add_later
from gonogo_evidence.statement import MAX_BYTES, SignoffStatement, parse_time
from gonogo_evidence.text import msg
from gonogo_evidence.verify import open_pack, verify_pack
from gonogo_evidence.verify.engine import REQUEST_PREDICATE
from gonogo_graph.commit import signoff_name
from gonogo_graph.hold_names import CARDS
from gonogo_graph.places import PUBLISHED
from gonogo_graph.proof import expected_of, pack_folder, record_refusal, sealed_in
from gonogo_graph.signing import CARD_LIMIT, Asked, ask, submit, words_of
from gonogo_graph.store import Request
from gonogo_policies.signoff import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gonogo_agents.texts import Language
    from gonogo_evidence.ids import JSONObject
    from gonogo_graph.context import RunContext
    from gonogo_policies.signoff import Judged
    from gonogo_policies.trust import Trust

SIGNOFF = ".signoff.json"
SIGNATURE = ".sig"


def ask_copy(folder: Path, trust: Trust, language: Language, *, at: datetime) -> Asked:
    """What a copy of a pack asks of whoever signs it.

    Args:
        folder: the pack's folder.
        trust: this machine's own trust roots. To approve, they must be those under which the run asks.
        language: of the card.
        at: now, aware.

    Raises:
        IntegrityBroken: ``PACK_CHANGED``: the copy is not what was sealed.
        Refused: ``NO_REQUEST``, ``ALREADY_DECIDED``, ``REQUEST_EXPIRED``.
    """
    pack = open_pack(folder)
    report, review = verify_pack(pack), pack.review_digest
    if report.verdict("authentic") != "PASS" or review is None:
        broken = next((check for check in report.of("authentic") if check.verdict != "PASS" and not check.limit), None)
        what = msg(
            "The sealed evidence is not what was sealed: {what}", what=str(broken.evidence if broken else "review/")
        )
        step = msg("Copy the pack again. Do not sign this one.")
        raise IntegrityBroken("PACK_CHANGED", what, where=str(folder), next_step=step)
    if (folder / "review" / OUTCOME).exists():
        step = msg("gonogo verify {pack}", pack=str(folder))
        raise Refused("ALREADY_DECIDED", msg("The pack holds a decision already."), where=str(folder), next_step=step)
    sealed, request = sealed_in(pack, review), _request(folder)
    if (request.run_id, request.pack_digest, request.review_digest) != (sealed.run_id, sealed.pack_digest, review):
        words = msg("The request beside the pack is about other evidence.")
        raise IntegrityBroken("REQUEST_DIFFERS", words, where=str(folder / "review" / REQUEST))
    if at > parse_time(request.expires):
        words = msg("The request ended at {time}.", time=request.expires)
        step = msg("Resume run {run} where it lives, then copy the pack again.", run=sealed.run_id)
        raise Refused("REQUEST_EXPIRED", words, where=str(folder), next_step=step)
    name = CARDS[language]
    card = read_bytes(folder / "review" / name, limit=CARD_LIMIT).decode()
    return Asked(request, sealed, trust, name, card)


def _request(folder: Path) -> Request:
    """The request as the engine attested it, whose key lies in the review; judged for good where the run lives."""
    path = folder / "review" / REQUEST
    if not os.path.lexists(path):
        raise Refused(
            "NO_REQUEST",
            msg("This pack does not say what is asked: it was made by an earlier version, or the copy is not whole."),
            where=str(folder),
            next_step=msg("Sign where the run lives, or copy the pack again: all of its folder."),
        )
    key = dsse.load_public(read_bytes(folder / "review" / "engine.pub", limit=MAX_BYTES))
    statement = canonical.loads_object(dsse.verify(read_bytes(path, limit=MAX_BYTES), [key]).payload)
    try:
        return _read(statement)
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityBroken("REQUEST_DIFFERS", msg("This is not a request."), where=str(path)) from error


def _read(statement: JSONObject) -> Request:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else than a request."""
    said = cast("Mapping[str, str]", statement["predicate"])
    (subject,) = cast("Sequence[Mapping[str, Mapping[str, str]]]", statement["subject"])
    if statement["predicateType"] != REQUEST_PREDICATE:
        raise ValueError(REQUEST_PREDICATE)
    return Request(
        request_id=said["request_id"],
        run_id=RunId(said["run_id"]),
        pack_digest=Digest(subject["digest"]["sha256"]),
        review_digest=Digest(said["review_digest"]),
        policy_digest=Digest(said["policy_digest"]) if said["policy_digest"] else None,
        issued=said["issued"],
        expires=said["expires"],
        why=said["why"],
    )


def under_policy(asked: Asked, decision: str) -> Asked:
    """To approve, this machine's trust files must be those under which the run asks; to say no, nobody needs them.

    Raises:
        Refused: ``POLICY_CHANGED``.
    """
    policy = asked.request.policy_digest
    if decision == "NO-GO" and policy is not None:
        return replace(asked, trust=replace(asked.trust, policy_digest=policy))
    if policy != asked.trust.policy_digest:
        raise Refused(
            "POLICY_CHANGED",
            msg("The trust files on this machine are not those under which the run asks."),
            where=asked.sealed.run_id,
            next_step=msg("Fetch the protected base ref here and where the run lives, then resume the run there."),
        )
    return asked


def leave(asked: Asked, statement: bytes, signature: bytes, *, at: datetime) -> tuple[Path, Judged]:
    """Put a signed answer into the copy's ``review/``, judged as it will be again; returns where the statement lies."""
    judged = judge(
        statement, signature, trust=asked.trust, expected=expected_of(asked.sealed, asked.request, asked.trust), at=at
    )
    name = signoff_name(judged.signer.principal, judged.signer.key.fingerprint)
    folder = asked.sealed.folder
    if (folder / "review" / name).exists():
        words = msg("This key has answered this request already.")
        raise Refused("ALREADY_SIGNED", words, where=str(folder / "review" / name))
    add_later(folder, f"{name}{SIGNATURE}", signature)
    path = add_later(folder, name, statement)
    if (folder / guide.NAME).exists():  # it names every sign-off
        write_atomic(folder / guide.NAME, guide.render(open_pack(folder)))
    return path, judged


def take(context: RunContext, brought: Iterable[Path]) -> list[Judged]:
    """Take sign-offs that were made elsewhere: files, or folders that hold some (a pack, or its ``review/``).

    What the ledger has already is passed over. Raises for the first that is refused, as :func:`submit` does, or where
    nothing is there to take (``SIGNOFF_NOT_FOUND``).
    """
    return [_submit(context, path) for path in _files(brought) if not _known(context, path)]


def take_published(context: RunContext, tell: Callable[[GonogoError], None]) -> list[Judged]:
    """Take what somebody put beside the published copy. A refused one is told and on the record, and stops nobody."""
    taken: list[Judged] = []
    if context.store.request(context.run_id) is None or context.store.spent(context.run_id) is not None:
        return taken
    folder = context.repository.root / PUBLISHED / pack_folder(context).name / "review"
    for path in sorted(folder.glob(f"*{SIGNOFF}")) if folder.is_dir() and not folder.is_symlink() else ():
        try:
            if not _known(context, path):
                taken.append(_submit(context, path))
        except GonogoError as error:
            error.where = str(path)
            tell(error)
    return taken


def _files(brought: Iterable[Path]) -> Iterator[Path]:
    for path in brought:
        if not path.is_dir():
            yield path
            continue
        folder = path / "review" if (path / "review").is_dir() else path
        found = sorted(folder.glob(f"*{SIGNOFF}"))
        if not found:
            step = msg("Name the file NAME.signoff.json; its signature NAME.signoff.json.sig lies beside it.")
            words = msg("No sign-off lies there.")
            raise BadInput("SIGNOFF_NOT_FOUND", words, where=str(path), next_step=step)
        yield from found


def _known(context: RunContext, path: Path) -> bool:
    """Whether the ledger has it, as an answer to this request or an earlier one."""
    data = read_bytes(path, limit=MAX_BYTES)
    rows = context.store.signoffs(context.run_id, SignoffStatement.from_bytes(data).request_id)
    return data in {row.statement for row in rows}


def _submit(context: RunContext, path: Path) -> Judged:
    statement = read_bytes(path, limit=MAX_BYTES)
    signature = read_bytes(path.with_name(f"{path.name}{SIGNATURE}"), limit=MAX_BYTES)
    try:  # whoever made it elsewhere may have made it with another tool
        refuse_secrets(context.world, words_of(SignoffStatement.from_bytes(statement)))
    except GonogoError as error:
        record_refusal(context, error)
        raise
    return submit(context, ask(context, "en"), statement, signature)
