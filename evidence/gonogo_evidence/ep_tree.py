"""All evidence packs below one folder, in one report (interop.md 3.2): what a CI job asks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo_evidence import ep_bundle
from gonogo_evidence.ep_dispatch import validate
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = ep_bundle.INDEX


def validate_tree(root: Path, *, at: str, compat: bool = False, lenient: bool = False) -> dict[str, object]:
    """Check every ``evidence_pack.json`` below ``root``, in the order of their paths.

    Args:
        root: the folder; links in it are not followed.
        at: the time of the report, ISO 8601.
        compat: the predecessor's verdicts, and its habit of giving one reason as ``exception`` where it is strict.
        lenient: with ``compat``: the reasons as ``errors``.

    Raises:
        BadInput: ``EVIDENCE_ROOT``, ``EVIDENCE_NO_PACKS``: a folder without a pack has proven nothing.
    """
    if not root.is_dir():
        raise BadInput("EVIDENCE_ROOT", msg("The folder of packs is not there."), where=str(root))
    results = [_result(path, compat=compat, lenient=lenient) for path in sorted(_packs(root))]
    if not results:
        raise BadInput("EVIDENCE_NO_PACKS", msg("There is no pack below this folder."), where=str(root))
    valid = sum(result["valid"] is True for result in results)
    return {
        "timestamp": at,
        "total_packs": len(results),
        "valid_packs": valid,
        "invalid_packs": len(results) - valid,
        "success_rate": 100.0 * valid / len(results),
        "pack_results": results,
    }


def _packs(root: Path) -> Iterator[Path]:
    def lost(error: OSError) -> None:
        words = msg("A folder cannot be read: {reason}", reason=error.strerror or str(error))
        raise BadInput("EVIDENCE_ROOT", words, where=str(error.filename)) from error

    for folder, _, names in os.walk(root, onerror=lost):
        if NAME in names:
            yield Path(folder) / NAME


def _result(path: Path, *, compat: bool, lenient: bool) -> dict[str, object]:
    exception: str | None = None
    warnings: list[str] = []
    try:
        found = validate(path, compat=compat)
    except GonogoError as error:
        valid, errors = False, [f"{error.code}: {error.what}"]
    else:
        valid = found.exit_code == 0
        errors = [f"{item.code} {item.path}: {item.message}" for item in found.report.failures]
        warnings = [f"{item.code} {item.path}: {item.message}" for item in found.report.warnings]
    if compat and not lenient and errors:
        exception, errors = errors[0], []
    return {"pack_path": str(path), "valid": valid, "errors": errors, "warnings": warnings, "exception": exception}
