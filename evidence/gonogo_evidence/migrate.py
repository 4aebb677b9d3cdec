"""A pack of the predecessor becomes one of ours: sealed, its bytes kept, nothing made up.

What the old pack says is carried over as it stands; what the runbook requires and it does not hold stays out and is
named. No duty was done and no gate was run here, so the verdict is INCONCLUSIVE, and ``verify`` never says PASS.
The originals lie under ``data/`` byte for byte: the pack's own file under ``data/original/``, files that a pointer
manifest names under ``data/by-digest/<SHA-256>``.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import ep_rules, p5b_check
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.ep_dispatch import form_of
from gonogo_evidence.ep_json import ValidationReport, read_document, read_file, validate_document
from gonogo_evidence.errors import BadInput, Failed, IntegrityBroken
from gonogo_evidence.files import read_bytes, slug
from gonogo_evidence.ids import PackId
from gonogo_evidence.migrate_fields import BY_DIGEST, ORIGINAL, Source, contents
from gonogo_evidence.p5b import INDEX
from gonogo_evidence.pack import Contents, DataFile, build_core, core_digest, write_pack
from gonogo_evidence.seal import CORE, MANIFEST, SEAL, parse_manifest
from gonogo_evidence.single_file import single_file_path
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ep_dispatch import Form
    from gonogo_evidence.ep_rules import Document
    from gonogo_evidence.pack import Sealed

MOST: Final = 1000
"""Packs of one phase, layer and day that are looked through for a free number."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """A migrated pack."""

    sealed: Sealed
    form: Form
    """Of the original."""
    source_digest: str
    """SHA-256 of the original file; it lies in the pack under ``data/original/``."""
    missing: tuple[str, ...]
    """The runbook's required fields that the original does not hold."""


def migrate(path: Path, out: Path, *, version: str, layer: str | None = None) -> Migrated:
    """Seal an EP-JSON file or a pointer manifest with its files as a pack of ours, as a folder in ``out``.

    The same original gives the same pack, and a second call finds it. Nothing of the clock or host goes in.

    Args:
        path: the EP-JSON file, the ``manifest.json``, or the folder that holds one of them.
        out: where the pack's folder is made.
        version: of gonogo, recorded.
        layer: L0 to L6, for an original that names none; said by who migrates, and recorded so.

    Raises:
        BadInput: ``MIGRATE_OURS`` for a pack of ours or its single file, ``MIGRATE_FORM`` for another form,
            ``MIGRATE_LAYER``, and what reading raises.
        Failed: ``MIGRATE_INVALID``: the original breaks its own rules, or its files are not those it names.
        IntegrityBroken: a file changed while it was copied; nothing is left.
        Inconclusive: no room, or no right to write.
    """
    if layer is not None and layer not in ep_rules.LAYERS:
        raise BadInput("MIGRATE_LAYER", msg("A layer is one of L0 to L6."), where=ascii(layer))
    source = _read(path)
    made, missing = contents(source, version=version, layer=layer)
    sealed = _seal(out, made, source)
    return Migrated(sealed, source.form, source.digest, missing)


def _read(path: Path) -> Source:
    file = path
    if path.is_dir():
        if any(os.path.lexists(path / name) for name in (SEAL, MANIFEST, CORE)):
            raise _ours(path, path)
        names = [name for name in ("manifest.json", "evidence_pack.json") if (path / name).exists()]
        if not names:
            raise _other_form(path)
        file = path / names[0]
    document = read_document(file)
    if isinstance(document, ValidationReport):
        raise _invalid(file, document)
    form, data = form_of(document), read_file(file)
    if form == "single-file":
        raise _ours(file, file.absolute().with_suffix(""))
    if form not in {"ep-json", "p5b"}:
        raise _other_form(file)
    report = p5b_check.check(file) if form == "p5b" else validate_document(document, compat=True)
    if report.errors:
        raise _invalid(file, report)
    kind = "application/toml" if file.suffix == ".toml" else "application/json"
    digest = digest_of(data)
    own = _original(file, kind)
    expected: dict[str, str] = {own.path: digest}
    data_files = [own]
    if form == "p5b":
        if (file.parent / INDEX).is_file():
            data_files.append(_original(file.parent / INDEX, "application/json"))
        pointed = _pointed(file, document)
        expected |= {name: name.rpartition("/")[2] for name in pointed}
        data_files += pointed.values()
    else:
        document = ep_rules.adopt_legacy(document)
    return Source(form, file, digest, document, _moment(document), tuple(data_files), expected)


def _original(file: Path, media_type: str) -> DataFile:
    place = f"{ORIGINAL}/{slug(file.name)}"
    return DataFile(place, file.resolve(), media_type, "none", "the original, as it was found")


def _pointed(manifest: Path, document: Document) -> dict[str, DataFile]:
    """The files that a manifest names, each digest once, by their place in the pack."""
    base = p5b_check.base_of(manifest, cast("Document", document["meta"])).resolve()
    reason = "a file that the original manifest names"
    named = {f"{BY_DIGEST}/{digest}": base / name for name, digest in p5b_check.named_files(document)}
    return {
        place: DataFile(place, file, "application/octet-stream", "none", reason)
        for place, file in sorted(named.items())
    }


def _moment(document: Document) -> datetime:
    meta = document.get("meta")
    found = cast("Document", meta).get("created_at_utc") if isinstance(meta, dict) else None
    text = str(found or document.get("creation_timestamp"))
    if not ep_rules.is_timestamp(text):
        words = msg("The original does not say when it was made, and a pack is named by its date.")
        raise Failed("MIGRATE_INVALID", words)
    moment = datetime.fromisoformat(text.removesuffix("Z") + "+00:00" if text.endswith("Z") else text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seal(out: Path, contents: Contents, source: Source) -> Sealed:
    """Write under the first free number, or find the pack that this original gave before."""
    expected = core_digest(build_core(contents.fields, contents.core))
    for number in range(1, MOST):
        pack_id = PackId(f"{contents.pack_id}-{number:03d}")
        folder = out / pack_id
        if os.path.lexists(folder) and _core_at(folder) != expected:
            continue
        fresh = not os.path.lexists(folder)
        sealed = write_pack(folder, _numbered(contents, pack_id))
        if fresh:
            _compare(sealed, source)
        return sealed
    raise BadInput("MIGRATE_FULL", msg("No number is free for another pack of this day."), where=str(out))


def _core_at(folder: Path) -> str:
    try:
        return digest_of(read_bytes(folder / CORE, limit=1 << 26))
    except (BadInput, IntegrityBroken, OSError):
        return ""


def _numbered(contents: Contents, pack_id: PackId) -> Contents:
    environment = {**contents.environment, "pack_id": pack_id}
    summary = contents.summary.replace(contents.pack_id, pack_id, 1)
    core, data = contents.core, contents.data
    return Contents(pack_id, contents.fields, core, environment, summary, contents.summary_renderer, data)


def _compare(sealed: Sealed, source: Source) -> None:
    """What was copied is what was checked; else the pack is taken away again."""
    listed = parse_manifest(read_bytes(sealed.folder / MANIFEST, limit=1 << 26))
    changed = [place for place, digest in source.expected.items() if listed[place] != digest]
    if changed:
        shutil.rmtree(sealed.folder)
        single_file_path(sealed.folder).unlink(missing_ok=True)
        words = msg("The file changed while it was read.")
        raise IntegrityBroken("FILE_CHANGED", words, where=changed[0])


def _ours(path: Path, folder: Path) -> BadInput:
    words = msg("This is a gonogo pack already, or the single file of one: there is nothing to migrate.")
    there = os.path.lexists(folder / SEAL)
    next_step = (
        msg("gonogo verify {pack}", pack=str(folder)) if there else msg("Ask for the pack's folder, and verify it.")
    )
    return BadInput("MIGRATE_OURS", words, where=str(path), next_step=next_step)


def _other_form(path: Path) -> BadInput:
    words = msg("Only EP-JSON files and pointer manifests (p5b) can be migrated.")
    next_step = msg("gonogo evidence validate {path}", path=str(path))
    return BadInput("MIGRATE_FORM", words, where=str(path), next_step=next_step)


def _invalid(path: Path, report: ValidationReport) -> Failed:
    first = report.errors[0]
    words = msg(
        "The original breaks its own rules, the first: {code} {words}", code=first.code, words=str(first.message)
    )
    next_step = msg("gonogo evidence validate {path} --compat", path=str(path))
    return Failed("MIGRATE_INVALID", words, where=f"{path} {first.path}", next_step=next_step)
