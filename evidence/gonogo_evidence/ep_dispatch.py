"""Four things are called "evidence pack", ours is a fifth: told apart by what is in them, each checked by its rules.

The discriminators are those of interop.md part 0. What is none of them is refused with the names of those that are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from gonogo_evidence import ep_bundle, ep_compat, p5b_check
from gonogo_evidence.drill import FIELD as DRILL
from gonogo_evidence.ep_json import ValidationReport, read_document, read_file, validate_document
from gonogo_evidence.ep_rules import Problem
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_evidence.p5b import KIND
from gonogo_evidence.p5b import MANIFEST as P5B_MANIFEST
from gonogo_evidence.seal import CORE, MANIFEST, SEAL
from gonogo_evidence.single_file import SCHEMA as SINGLE_FILE
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_evidence.ep_rules import Document

Form: TypeAlias = Literal["pack", "single-file", "ep-json", "ep-bundle", "p5b", "markdown"]
MARKDOWN = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class Validation:
    """What one file or folder turned out to be, and what is wrong with it."""

    form: Form
    report: ValidationReport
    exit_code: int
    """0 passed, 1 failed; the predecessor's own where that was asked for."""
    line: str = ""
    """What the predecessor printed, where that was asked for and scripts read it."""

    @property
    def drill(self) -> bool:
        """Whether it bears the mark of a drill."""
        return any(one.code == "DRILL_PACK" for one in (*self.report.errors, *self.report.warnings))


def validate(path: Path, *, compat: bool = False) -> Validation:
    """Check one evidence pack of whichever form.

    Args:
        path: a file, or the folder of a pack, a bundle or a pointer manifest.
        compat: the predecessor's verdict and exit code for this form.

    Raises:
        BadInput: ``FILE_NOT_FOUND``, ``FILE_UNUSABLE``, ``FILE_TOO_LARGE``; ``EVIDENCE_FORM`` for a folder of no
            known form.
    """
    if path.is_dir():
        return _folder(path, compat=compat)
    if path.suffix in MARKDOWN:
        read_file(path)
        return _markdown(path)
    found = read_document(path)
    if isinstance(found, ValidationReport):
        trips = compat and found.errors[0].code == "EP_TYPE"
        return Validation("ep-json", found, 2 if trips else 1)
    return _document(path, found, compat=compat)


def validate_manifest(path: Path, *, compat: bool = False) -> Validation:
    """Check a file as a pointer manifest, whatever it says that it is. Raises ``BadInput`` where none can be read."""
    return _compat_manifest(path) if compat else _judged("p5b", p5b_check.check(path))


def _compat_manifest(path: Path) -> Validation:
    """The predecessor's verdict; what only we would refuse becomes a warning."""
    code, line = p5b_check.check_compat(path)
    try:
        report = p5b_check.check(path)
    except BadInput as error:
        report = ValidationReport((Problem(error.code, "$", error.what),), (), ())
    if code == 0:
        report = ValidationReport((), (*report.failures, *report.warnings), ())
    elif report.passed:
        report = ValidationReport((Problem("P5B_COMPAT", "$", msg("{line}", line=line)),), report.warnings, ())
    return Validation("p5b", report, code, line)


def form_of(document: Document) -> Form:
    """Which form a JSON object is of. EP-JSON is the rest: it knows packs without a header."""
    meta = document.get("meta")
    if isinstance(meta, dict) and cast("Document", meta).get("kind") == KIND:
        return "p5b"
    if ep_bundle.DISCRIMINATOR in document and "schema_id" not in document:
        return "ep-bundle"
    return "single-file" if document.get("schema") == SINGLE_FILE else "ep-json"


def _document(path: Path, document: Document, *, compat: bool) -> Validation:
    form = form_of(document)
    if form == "p5b":
        return validate_manifest(path, compat=compat)
    if form == "ep-bundle" and not compat:
        return _judged(form, ep_bundle.check(path.absolute().parent))
    report = validate_document(document, compat=compat)
    if DRILL in document:
        words = msg("It bears the mark of a drill: no evidence of production, whatever its form is worth.")
        report = replace(report, warnings=(*report.warnings, Problem("DRILL_PACK", f"$.{DRILL}", words)))
    if form == "single-file" and not compat:
        report = replace(report, errors=(*report.errors, *_beside(path)))
    return Validation(form, report, ep_compat.exit_code(document, report.errors) if compat else _exit(report))


def _beside(path: Path) -> Iterator[Problem]:
    """Where the pack's folder lies beside its single file: whether the file is what the sealed files give."""
    folder = path.absolute().with_suffix("")
    if path.suffix == ".json" and os.path.lexists(folder / SEAL):
        from gonogo_evidence.verify import open_pack, single  # noqa: PLC0415 - loads a compiled library

        try:
            for one in single.check(open_pack(folder)):
                if one.verdict == "FAIL":
                    yield Problem(one.code, "$", one.evidence)
        except GonogoError as error:
            yield Problem(error.code, "$", error.what)


def _folder(path: Path, *, compat: bool) -> Validation:
    names = {name for name in (SEAL, MANIFEST, CORE, ep_bundle.INDEX, P5B_MANIFEST) if os.path.lexists(path / name)}
    if names & {SEAL, MANIFEST, CORE}:
        return _judged("pack", _sealed(path))
    if ep_bundle.INDEX in names:
        return validate(path / ep_bundle.INDEX, compat=compat)
    if P5B_MANIFEST in names:
        return validate_manifest(path / P5B_MANIFEST, compat=compat)
    known = f"{SEAL}, {ep_bundle.INDEX}, {P5B_MANIFEST}"
    words = msg("The folder is no evidence pack of any known form: it holds none of {names}.", names=known)
    raise BadInput("EVIDENCE_FORM", words, where=str(path), next_step=msg("Name the pack's folder or file itself."))


def _sealed(path: Path) -> ValidationReport:
    """A sealed pack is valid when all checks hold; that its run failed makes it no worse evidence."""
    from gonogo_evidence.verify import overall, verify_pack  # noqa: PLC0415 - loads a compiled library

    outcome = {code for code in overall.CODES.values() if code != "OK"}
    checks = [check for check in verify_pack(path).checks if check.verdict != "PASS"]
    checks = [check for check in checks if not (check.id == overall.ID and check.code in outcome)]
    missing = tuple(check.where for check in checks if check.code == "FIELD_MISSING")
    others = [check for check in checks if check.code != "FIELD_MISSING"]
    problems = {check: Problem(check.code, check.where or check.id, check.evidence) for check in others}
    errors = tuple(problem for check, problem in problems.items() if not check.limit)
    return ValidationReport(errors, tuple(p for check, p in problems.items() if check.limit), missing)


def _markdown(path: Path) -> Validation:
    words = msg("A Markdown evidence pack (EVP_...) is written for people; no rule can check it.")
    problem = Problem("EP_MARKDOWN", path.name, words)
    return _judged("markdown", ValidationReport((problem,), (), ()))


def _judged(form: Form, report: ValidationReport) -> Validation:
    return Validation(form, report, _exit(report))


def _exit(report: ValidationReport) -> int:
    return 0 if report.passed else 1
