"""What a night leaves: one folder with reports, packs, the index and the digests of all; and its memory in the state.

::

    night.json  report.html  junit.xml  report.sarif  summary.md
    packs/<PACK-ID>/  packs/<PACK-ID>.json      as they lie in the state folder
    index/                                      the log, its verifier keys and the engine's public key
    handoff/<RUN>.handoff                       with --handoff: what the operator's machine imports
    SHA256SUMS
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gonogo.nightly.forms import night_junit, night_sarif, night_summary
from gonogo.nightly.night import LayerNight
from gonogo.nightly.page import page
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive
from gonogo_evidence.files import hash_file, walk, write_atomic
from gonogo_evidence.text import msg
from gonogo_graph.handoff.export import export

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gonogo.nightly.night import Night
    from gonogo_agents.texts import Language, Translator
    from gonogo_graph.places import Places
    from gonogo_graph.session import Session

NIGHT: Final = "night.json"
SUMS: Final = "SHA256SUMS"
INDEX: Final = ("index", "index.vkey")


def claim(out: Path) -> Path:
    """Make the output folder, before anything runs. Raises ``BadInput`` ``NIGHT_OUT_TAKEN``: something lies in it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        taken = any(out.iterdir())
    except OSError as error:
        raise _unwritable(error, out) from error
    if taken:
        raise BadInput(
            "NIGHT_OUT_TAKEN",
            msg("Something lies in the output folder already; a night never writes over another."),
            where=str(out),
            next_step=msg("Name a new or an empty folder: --out FOLDER"),
        )
    return out.resolve()


def memory(places: Places) -> Path:
    """Where a night's document stays for the next one, in the state folder."""
    return places.state / "nightly" / NIGHT


def leave(
    night: Night, told: Mapping[str, Any], out: Path, *, places: Places, say: Translator, language: Language
) -> list[Path]:
    """Write everything but the hand-offs, which lie there already; returns what was written, the digests last."""
    data = json.dumps(told, indent=2, ensure_ascii=False).encode() + b"\n"
    files = {
        NIGHT: data,
        "report.html": page(told, say, language).encode(),
        "junit.xml": night_junit(night).encode(),
        "report.sarif": night_sarif(night).encode(),
        "summary.md": night_summary(told).encode(),
    }
    try:
        for name, content in files.items():
            if content:
                write_atomic(out / name, content)
        _packs(night, out / "packs")
        _index(places, out / "index")
        write_atomic(out / SUMS, _sums(out))
        memory(places).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(memory(places), data)
    except OSError as error:
        raise _unwritable(error, out) from error
    return sorted(path for path in out.iterdir())


def hand_over(session: Session, night: Night, out: Path, say: Translator) -> Night:
    """One file for each run that waits; the runs end here. What cannot leave stays, and is told."""
    folder, handed, notes = out / "handoff", list[LayerNight](), list[str]()
    folder.mkdir()
    for one in night.layers:
        if one.state != "WAITS" or one.run_id is None:
            handed.append(one)
            continue
        name = f"{one.run_id}.handoff"
        try:
            digest = export(session.context(session.find(one.run_id)), folder / name, who=night.asked.operator)
        except GonogoError as error:
            handed.append(one)
            notes.append(f"{one.run_id}: {error.code}: {say(error.what)}")
        else:
            handed.append(replace(one, handoff=(f"{folder.name}/{name}", digest)))
    return replace(night, layers=tuple(handed), notes=(*night.notes, *notes))


def _packs(night: Night, target: Path) -> None:
    for one in night.layers:
        if one.pack is None:
            continue
        target.mkdir(exist_ok=True)
        shutil.copytree(one.pack, target / one.pack.name, symlinks=True)
        shutil.copyfile(one.pack.with_name(f"{one.pack.name}.json"), target / f"{one.pack.name}.json")


def _index(places: Places, target: Path) -> None:
    """The whole log; keys that sign stay where they are, and so does what a writer needs: artifacts leave it out."""
    log, keys = (places.state / name for name in INDEX)
    if log.is_dir():
        shutil.copytree(log, target, symlinks=True, ignore=shutil.ignore_patterns(".*", "lock"))
        shutil.copyfile(keys, target / keys.name)


def _sums(out: Path) -> bytes:
    return b"".join(_line(path, out) for path in _regular(walk(out)))


def _regular(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file() and not path.is_symlink() and path.name != SUMS)


def _line(path: Path, out: Path) -> bytes:
    digest, _ = hash_file(path)
    return f"{digest}  ".encode() + os.fsencode(path.relative_to(out)) + b"\n"


def _unwritable(error: OSError, out: Path) -> Inconclusive:
    return Inconclusive(
        "CANNOT_WRITE", msg("Writing failed: {reason}.", reason=error.strerror or str(error)), where=str(out)
    )
