"""``gonogo index check`` and ``compare``: is the index whole, and are two copies of one log the same history."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.context import Output, json_option, pass_output, repo_option
from gonogo.cli.index_open import (
    Opened,
    index_option,
    opened,
    read_witness_policy,
    vkey_option,
    witness_policy_option,
)
from gonogo.cli.streams import visible
from gonogo_evidence.ids import RunId
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gonogo_evidence.index import Log, VerifierKey
    from gonogo_evidence.index.compare import Comparison, View
    from gonogo_evidence.index.witness_policy import WitnessPolicy
    from gonogo_evidence.statement import IndexSeen
    from gonogo_evidence.verify import Check
    from gonogo_graph.places import Places

CHECK_SCHEMA = "gonogo/index-check/v1"
COMPARE_SCHEMA = "gonogo/index-compare/v1"
MARKS = {"PASS": "ok  ", "FAIL": "FAIL", "INCONCLUSIVE": "?   "}
MANY = 5000
"""Entries from which on it is said how far the reading is."""
FORKED, UNKNOWN = 6, 3


@click.command(
    "check",
    short_help=str(msg("check the whole index: signatures, root, gaps, rollback")),
    help=str(
        msg(
            "Check the whole index: every entry and signature, the signed root, a beginning and an ending of every run,"
            " the checkpoints that signers saw, and that it only grew since it was checked here last."
        )
    ),
)
@click.option("--engine-key", type=click.Path(path_type=Path), help=str(msg("the engine's public key, PEM")))
@index_option
@vkey_option
@witness_policy_option
@json_option
@repo_option
@pass_output
def check(
    output: Output,
    *,
    engine_key: Path | None,
    index: Path | None,
    vkey: Path | None,
    witness_policy: Path | None,
    repo: Path | None,
) -> int:
    """Check the index. Exits with the worst of its checks."""
    from gonogo_evidence.verify import Report  # noqa: PLC0415 - only when it is used

    policy = read_witness_policy(witness_policy)
    with opened(output, index, repo, vkey=vkey, engine_key=engine_key) as at, at.log() as log:
        checks = [*_checks(output, at, log), *_witnessed(at, log, policy)]
        report = Report(tuple(checks), areas=("authentic",))
        if report.exit_code == 0:
            _remember(at, log)
        now = log.checkpoint
        document = {
            "schema": CHECK_SCHEMA,
            "verdict": report.verdict("authentic"),
            "origin": now.origin,
            "size": now.size,
            "root": now.root.hex(),
            "exit_code": report.exit_code,
            "checks": [one.json() for one in checks],
        }
    output.result(document, "\n".join(_line(output, one) for one in checks))
    return report.exit_code


def _checks(output: Output, at: Opened, log: Log) -> list[Check]:
    from gonogo_evidence.index.seen import recall  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.verify.index import check_seen  # noqa: PLC0415 - the same
    from gonogo_evidence.verify.index_log import Roots, check_log, check_outcomes  # noqa: PLC0415 - the same

    last, runs = None, list[str]()
    checks: list[Check] = []
    if at.session is not None:
        from gonogo_graph.index_key import seen_file  # noqa: PLC0415 - only when it is used

        path = seen_file(at.session.places, log.checkpoint.origin)
        last = recall(path) if path else None
        runs = list(at.session.store.run_ids(limit=10**9))
        checks += _replaced(at.session.places, log.checkpoint.origin)
    roots = Roots(at.index_keys(), at.engine_keys(), last, runs, only_these=at.vkey is not None)
    checks += check_log(log, roots, progress=_progress(output, log.size))
    seen = (check_seen(log, seen, where=where) for where, seen in _seen_by_signers(at))
    return [*checks, *seen, *check_outcomes(log, _outcomes(at))]


def _witnessed(at: Opened, log: Log, policy: WitnessPolicy | None) -> Iterator[Check]:
    """What witnesses countersigned is a beginning of this log; and enough of them did, where somebody asks for it."""
    from gonogo_evidence.verify.witnessed import check_log  # noqa: PLC0415 - only when it is used

    return check_log(log, at.index_keys(), policy)


def _replaced(places: Places, origin: str) -> list[Check]:
    from gonogo_evidence.errors import IntegrityBroken  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.verify.report import of_error  # noqa: PLC0415 - the same
    from gonogo_graph.index_key import refuse_replaced  # noqa: PLC0415 - the same

    try:
        refuse_replaced(places, origin)
    except IntegrityBroken as error:
        return [of_error("index.origin", error, area="authentic")]
    return []


def _outcomes(at: Opened) -> Iterator[tuple[str, Path]]:
    """Where outcomes of the ledger's runs lie: beside the pack in the state folder, and beside the published copy."""
    from gonogo_graph.places import PUBLISHED  # noqa: PLC0415 - only when it is used

    if at.session is None:
        return
    for run in at.session.store.run_ids(limit=10**9):
        row = at.session.store.run(RunId(run))
        if row is not None and row.pack_id is not None:
            own = at.session.places.run(RunId(run)).packs
            for folder in (own, at.session.repository.root / PUBLISHED):
                yield run, folder / row.pack_id / "review" / "outcome.json"


def _seen_by_signers(at: Opened) -> Iterator[tuple[str, IndexSeen]]:
    from gonogo_evidence.statement import SignoffStatement  # noqa: PLC0415 - only when it is used

    if at.session is None:
        return
    store = at.session.store
    for run in store.run_ids(limit=10**9):
        request = store.request(RunId(run))
        for row in store.signoffs(RunId(run), request.request_id) if request else []:
            seen = SignoffStatement.from_bytes(row.statement).index_seen
            if seen is not None:
                yield f"{run} {row.principal}", seen


def _remember(at: Opened, log: Log) -> None:
    """What was checked here is what is compared with the next time."""
    from gonogo_evidence.index.seen import remember  # noqa: PLC0415 - only when it is used
    from gonogo_graph.index_key import seen_file  # noqa: PLC0415 - the same

    path = seen_file(at.session.places, log.checkpoint.origin) if at.session else None
    keys = at.index_keys()
    if path is not None and any(key.name == log.checkpoint.origin for key in keys):
        remember(path, log, keys)


def _progress(output: Output, total: int) -> Callable[[int, int], None] | None:
    if total < MANY:
        return None
    step = max(1, total // 10)
    told = 0

    def tell(done: int, of: int) -> None:
        nonlocal told
        if done // step > told:
            told = done // step
            output.say(msg("{done} of {total} entries read", done=done, total=of))

    return tell


@click.command(
    "compare",
    short_help=str(msg("compare two copies or checkpoints of one log")),
    help=str(
        msg(
            "Compare two copies of one log: folders, checkpoints or .tlog-proof files. Two histories are proof that the"
            " log's key signed both: --out FILE keeps it. With one argument: check such a proof."
        )
    ),
)
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path), required=False)
@click.option("--out", type=click.Path(path_type=Path), help=str(msg("where to write the proof of two histories")))
@vkey_option
@json_option
@repo_option
@pass_output
def compare(
    output: Output, *, first: Path, second: Path | None, out: Path | None, vkey: Path | None, repo: Path | None
) -> int:
    """Compare. Exits with 0 where one is the beginning of the other, 6 for two histories, 3 where nobody can tell."""
    from gonogo_evidence.index.checkpoint import require  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index.compare import Comparison, parse_fork  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index.compare import compare as put_together  # noqa: PLC0415 - the same

    with ExitStack() as stack:
        keys = _keys(output, stack, vkey, repo)
        if second is None:
            from gonogo_evidence.files import read_bytes  # noqa: PLC0415 - only when it is used

            found = Comparison("forked", parse_fork(read_bytes(first, limit=1 << 22)))
        else:
            views = [_view(stack, first), _view(stack, second)]
            for view in views:
                require(view.note, keys)
            found = put_together(*views)
        return _say(output, found, keys, out)


def _keys(output: Output, stack: ExitStack, vkey: Path | None, repo: Path | None) -> Sequence[VerifierKey]:
    """Keys that are brought, else those that this machine trusts for the repository around."""
    from gonogo_graph.index_key import keys_from  # noqa: PLC0415 - only when it is used

    if vkey is not None:
        return keys_from(vkey)
    return stack.enter_context(opened(output, None, repo)).index_keys()


def _view(stack: ExitStack, path: Path) -> View:
    from gonogo_evidence.files import read_bytes  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.index import open_log, proof  # noqa: PLC0415 - the same
    from gonogo_evidence.index.compare import View  # noqa: PLC0415 - the same

    if path.is_dir():
        log = stack.enter_context(open_log(path))
        return View(log.note, log)
    data = read_bytes(path, limit=proof.MAX_BYTES)
    return View(proof.parse(data).checkpoint if data.startswith(proof.HEAD.encode()) else data)


def _say(output: Output, found: Comparison, keys: Sequence[VerifierKey], out: Path | None) -> int:
    from gonogo_evidence.files import write_atomic  # noqa: PLC0415 - only when it is used

    proven = found.fork.proves(keys) if found.fork else None
    if found.fork and proven and out:
        write_atomic(out, found.fork.to_bytes())
    words = _words(found, proven=bool(proven))
    code = UNKNOWN if found.relation == "unknown" or proven is False else FORKED if proven else 0
    document = {
        "schema": COMPARE_SCHEMA,
        "relation": found.relation,
        "proven": proven,
        "first_difference": found.first_difference,
        "proof": str(out) if out and proven else None,
        "exit_code": code,
    }
    output.result(document, output.words(words))
    return code


def _words(found: Comparison, *, proven: bool) -> Text:
    if found.relation == "equal":
        return msg("The same size and the same root.")
    if found.relation == "grown":
        return msg("One is the beginning of the other.")
    if found.relation == "unknown":
        return msg("Nobody can tell: one is empty, or the entries of the larger one are not here. Bring its folder.")
    if not proven:
        return msg("This proves no fork: the hashes or the signatures do not show two histories.")
    if found.first_difference is None:
        return msg("Two histories of one log, and the log's key signed both.")
    return msg(
        "Two histories of one log, and the log's key signed both; the first entry that differs is {first}.",
        first=found.first_difference,
    )


def _line(output: Output, one: Check) -> str:
    where = f"  [{visible(one.where)}]" if one.where and one.verdict != "PASS" else ""
    return f"{MARKS[one.verdict]} {one.id:<18} {output.words(one.evidence)}{where}"
