"""What a machine without a ledger is shown: the folder of an earlier night, and packs that were signed elsewhere.

Nothing is passed over: a folder whose digests do not fit, or a pack that is not what was sealed or that nobody whom
this machine trusts has decided, is refused, and no night begins.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from gonogo.nightly.compare import LIMIT, GateThen, RunThen, unreadable
from gonogo.nightly.leave import NIGHT, SUMS
from gonogo.nightly.play import REPORT, gates_of
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.files import read_brought
from gonogo_evidence.seal import CORE, ENVIRONMENT
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gonogo_agents.texts import Translator
    from gonogo_evidence.ids import JSONObject
    from gonogo_evidence.verify import Report

DECIDED: Final = ("GO", "GO-WITH-CONDITIONS", "GO-WITH-CONDITIONS (open)", "NO-GO")


def night_in(folder: Path) -> Path:
    """The document of a night in the folder that it left, held against the folder's digests.

    Raises:
        BadInput: ``NIGHT_UNREADABLE``: it is not there, or its digest is not the one that is listed.
    """
    path, sums = folder / NIGHT, folder / SUMS
    listed = read_brought(sums, limit=LIMIT).decode("utf-8", "replace").splitlines()
    digest = hashlib.sha256(read_brought(path, limit=LIMIT)).hexdigest()
    if f"{digest}  {NIGHT}" not in listed:
        raise unreadable(path, SUMS)
    return path


def signed_in(
    folder: Path, judge: Callable[[Path], tuple[Report, str]], say: Translator
) -> Iterator[tuple[str, RunThen]]:
    """The newest run of each layer among the packs that lie in a folder, or the one pack that it is.

    Args:
        folder: a pack, a folder of packs, or what a night left.
        judge: gives the report on a pack and the decision in a word, by this machine's trust.
        say: the language of words.

    Raises:
        BadInput: ``NIGHT_NO_PACK``: none lies there.
        Refused: ``NIGHT_NOT_SIGNED``: one is not authentic, or its decision does not hold here.
    """
    packs = [one for one in (folder, *_below(folder), *_below(folder / "packs")) if (one / CORE).is_file()]
    if not packs:
        raise BadInput(
            "NIGHT_NO_PACK",
            msg("No pack lies there."),
            where=str(folder),
            next_step=msg("Name the folder of a signed pack, or one that holds such folders."),
        )
    runs = [_run(pack, judge, say) for pack in packs]
    yield from ((run.layer_id, run) for _, run in sorted(runs, key=lambda found: found[0]))


def _below(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []


def _run(pack: Path, judge: Callable[[Path], tuple[Report, str]], say: Translator) -> tuple[str, RunThen]:
    report, decision = judge(pack)
    if report.verdict("authentic") != "PASS" or decision not in DECIDED:
        raise Refused(
            "NIGHT_NOT_SIGNED",
            msg("A night is compared with what was signed, and this was not, as far as this machine can tell."),
            where=str(pack),
            next_step=msg("gonogo verify {pack}", pack=str(pack)),
        )
    core, around, said = (_document(pack, name) for name in (CORE, ENVIRONMENT, REPORT))
    gates = gates_of(pack, say)
    return str(around.get("finished")), RunThen(
        layer_id=str(core.get("layer_id")),
        run_id=str(around.get("run_id")),
        verdict=str(said.get("verdict")),
        core_digest=report.core_digest,
        commit=str(core.get("git_ref")),
        decision=decision,
        gates=tuple(GateThen(name=gate.name, verdict=gate.verdict, milliseconds=gate.milliseconds) for gate in gates),
    )


def _document(pack: Path, name: str) -> JSONObject:
    return canonical.loads_object(read_brought(pack / name, limit=LIMIT), limit=LIMIT)
