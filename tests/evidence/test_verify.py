"""Verify: what passes, and what each kind of wrong pack is called."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import dsse
from gonogo_evidence.canonical import digest_of, dumps
from gonogo_evidence.errors import BadInput, Failed, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.review import add_later
from gonogo_evidence.text import msg
from gonogo_evidence.verify import Check, Report, UnverifiedPack, open_pack, passed, verify_pack
from support.packs import FIRST_FORM, edit_json, overwrite, sample_pack, sample_review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gonogo_evidence.errors import GonogoError
    from gonogo_evidence.pack import Sealed

pytestmark = pytest.mark.fast

KEY = dsse.load(dsse.new_engine_key())
KEYS = [KEY.public_key()]


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    return sample_pack(tmp_path / "EVP-4BM2-L0-20260109-001")


@pytest.fixture
def reviewed(sealed: Sealed) -> Sealed:
    sample_review(sealed, KEY)
    return sealed


def _codes(report: Report) -> set[str]:
    return {check.code for check in report.checks} - {"OK", *FIRST_FORM}


def test_a_good_pack_passes_and_says_what_was_looked_at(reviewed: Sealed) -> None:
    report = verify_pack(reviewed.folder, engine_keys=KEYS)
    assert {check.id for check in report.checks} == {
        "authentic.structure",
        "authentic.canonical",
        "authentic.declared",
        "authentic.files",
        "authentic.seal",
        "authentic.core",
        "authentic.data",
        "authentic.single-file",
        "authentic.review",
        "authentic.engine",
        "authentic.attestations",
        "authentic.index",
        "verdict.schema",
        "verdict.fields",
        "verdict.ids",
        "verdict.overall",
    }
    assert {check.verdict for check in report.checks if check.code not in FIRST_FORM} == {"PASS"}
    assert (report.exit_code, report.verdict("authentic"), report.verdict("verdict")) == (0, "PASS", "PASS")
    assert (report.pack_digest, report.core_digest) == (reviewed.pack_digest, reviewed.core_digest)
    assert "Lint Gate (41 files)" in str(
        next(check.evidence for check in report.checks if check.id == "verdict.overall")
    )


def test_the_json_form_has_one_answer_an_area_and_the_digests(reviewed: Sealed) -> None:
    document = json.loads(json.dumps(verify_pack(reviewed.folder, engine_keys=KEYS).json()))
    assert document["schema"] == "gonogo/verify/v1"
    assert (document["authentic"], document["verdict"], document["decision"]) == ("PASS", "PASS", None)
    assert document["pack_digest"] == reviewed.pack_digest
    assert document["exit_code"] == 0
    assert set(document["checks"][0]) == {"id", "verdict", "code", "evidence", "where", "area", "limit"}


def test_a_pack_that_was_just_sealed_is_authentic_before_its_review(sealed: Sealed) -> None:
    report = verify_pack(sealed.folder)
    assert (report.exit_code, _codes(report)) == (0, {"REVIEW_ABSENT"})
    assert report.review_digest is None


def test_without_the_engines_key_its_signature_is_a_stated_limit(reviewed: Sealed) -> None:
    for keys in (None, [], [dsse.load(dsse.new_engine_key()).public_key()]):
        report = verify_pack(reviewed.folder, engine_keys=keys)
        assert (report.exit_code, _codes(report)) == (0, {"ENGINE_KEY_UNKNOWN"})


def test_a_bad_signature_of_a_known_key_is_broken(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(dsse, "pae", lambda _, payload: b"other" + payload)
        sample_review(sealed, KEY)
    report = verify_pack(sealed.folder, engine_keys=KEYS)
    assert (report.exit_code, _codes(report)) == (6, {"DSSE_BAD_SIGNATURE"})


def test_a_pack_may_travel_without_its_single_file_and_under_another_name(reviewed: Sealed, tmp_path: Path) -> None:
    shutil.copytree(reviewed.folder, tmp_path / "elsewhere")
    report = verify_pack(tmp_path / "elsewhere", engine_keys=KEYS)
    assert (report.exit_code, _codes(report)) == (0, {"SINGLE_FILE_ABSENT"})


def test_what_lies_in_index_or_as_the_guide_is_looked_at(reviewed: Sealed) -> None:
    (reviewed.folder / "index").mkdir()
    (reviewed.folder / "index/entry.json").write_bytes(b"{}")
    (reviewed.folder / "VERIFY.md").write_bytes(b"# How\n")
    report = verify_pack(reviewed.folder, engine_keys=KEYS)
    assert (report.exit_code, _codes(report)) == (6, {"GUIDE_DIFFERS", "PACK_FILE_MISSING"})


STRANGERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "unlisted": ("PACK_FILE_UNLISTED", lambda pack: (pack / "note.txt").write_bytes(b"")),
    "unlisted payload": ("PACK_FILE_UNLISTED", lambda pack: (pack / "data/more").write_bytes(b"")),
    "unlisted in core": ("PACK_FILE_UNLISTED", lambda pack: (pack / "core/more.json").write_bytes(b"{}")),
    "hidden": ("PACK_FILE_UNLISTED", lambda pack: (pack / ".hidden").write_bytes(b"")),
    "not utf-8": ("PACK_FILE_UNLISTED", lambda pack: Path(os.fsdecode(os.fsencode(pack) + b"/\xff")).write_bytes(b"")),
    "empty folder": ("PACK_FOLDER_UNLISTED", lambda pack: (pack / "extra").mkdir()),
    "empty folder below": ("PACK_FOLDER_UNLISTED", lambda pack: (pack / "data/extra").mkdir()),
    "guide is a folder": ("PACK_FOLDER_UNLISTED", lambda pack: (pack / "VERIFY.md").mkdir()),
    "folder in review": ("PACK_FOLDER_UNLISTED", lambda pack: (pack / "review/extra").mkdir()),
    "folder in index": ("PACK_FOLDER_UNLISTED", lambda pack: (pack / "index/a").mkdir(parents=True)),
    "link": ("PACK_NOT_REGULAR", lambda pack: (pack / "data/link").symlink_to("logs/log.jsonl")),
    "link to folder": ("PACK_NOT_REGULAR", lambda pack: (pack / "more").symlink_to("data")),
    "link as index": ("PACK_NOT_REGULAR", lambda pack: (pack / "index").symlink_to("data")),
    "link as guide": ("PACK_NOT_REGULAR", lambda pack: (pack / "VERIFY.md").symlink_to("SUMMARY.md")),
    "link in review": ("PACK_NOT_REGULAR", lambda pack: (pack / "review/outcome.json").symlink_to("notes.md")),
    "pipe": ("PACK_NOT_REGULAR", lambda pack: os.mkfifo(pack / "data/pipe")),
    "case": ("PACK_NAME_CLASH", lambda pack: (pack / "summary.md").write_bytes(b"")),
    "review file": ("REVIEW_FILE_UNLISTED", lambda pack: (pack / "review/more.txt").write_bytes(b"")),
    "half a sign-off": ("STATEMENT_MISSING", lambda pack: add_later(pack, "a-1.signoff.json.sig", b"x")),
    "outcome of nobody": ("DSSE_MALFORMED", lambda pack: add_later(pack, "outcome.json", b"{}")),
    "name in review": ("PACK_PATH", lambda pack: (pack / "review/a b").write_bytes(b"")),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_the_world_of_a_pack_is_closed(reviewed: Sealed, kind: str) -> None:
    code, add = STRANGERS[kind]
    add(reviewed.folder)
    report = verify_pack(reviewed.folder, engine_keys=KEYS)
    assert report.exit_code == 6
    assert code in _codes(report)


@pytest.mark.parametrize("name", ["data/logs/log.jsonl", "core/inventory.json", "seal.json", "environment.json"])
def test_a_link_in_the_place_of_a_sealed_file_is_not_followed(reviewed: Sealed, tmp_path: Path, name: str) -> None:
    path = reviewed.folder / name
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    report = verify_pack(reviewed.folder, engine_keys=KEYS)
    assert report.exit_code == 6
    assert "PACK_NOT_REGULAR" in _codes(report)


def test_what_is_no_pack_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="PACK_NOT_FOUND"):
        verify_pack(tmp_path / "none")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInput, match="PACK_NOT_FOUND"):
        verify_pack(tmp_path / "file")
    with pytest.raises(BadInput, match="NOT_A_PACK"):
        verify_pack(tmp_path)


def test_an_empty_manifest_or_seal_never_passes(reviewed: Sealed) -> None:
    for name in ("manifest-sha256.txt", "seal.json", "core/pack.json", "environment.json", "review/review.json"):
        path = reviewed.folder / name
        before = path.read_bytes()
        for data in (b"", b"{}", b"null", b"[]"):
            overwrite(path, data)
            assert verify_pack(reviewed.folder, engine_keys=KEYS).exit_code == 6, (name, data)
        overwrite(path, before)
    assert verify_pack(reviewed.folder, engine_keys=KEYS).exit_code == 0


def test_a_review_without_the_engines_attestation_is_broken(reviewed: Sealed) -> None:
    review = json.loads((reviewed.folder / "review/review.json").read_bytes())
    del review["files"]["engine.dsse.json"]
    overwrite(reviewed.folder / "review/review.json", dumps(review))
    (reviewed.folder / "review/engine.dsse.json").unlink()
    report = verify_pack(reviewed.folder, engine_keys=KEYS)
    assert (report.exit_code, _codes(report)) == (6, {"ENGINE_ATTESTATION_MISSING"})


def _extra(check: Check) -> Callable[[UnverifiedPack], Iterable[Check]]:
    return lambda _: [check]


@pytest.mark.parametrize(("exit_code", "expected"), [(0, 0), (4, 4), (5, 5), (1, 1), (None, 0)])
def test_checks_of_other_floors_join_in(reviewed: Sealed, exit_code: int | None, expected: int) -> None:
    verdict = "PASS" if exit_code in {0, None} else "FAIL"
    check = Check("decision.signoff", verdict, "X", msg("x"), area="decision", exit_code=exit_code)  # type: ignore[arg-type]
    report = verify_pack(reviewed.folder, extra=[_extra(check)], engine_keys=KEYS)
    assert report.exit_code == expected
    assert report.verdict("decision") == verdict
    assert report.exit_for("authentic") == 0


@pytest.mark.parametrize(
    ("error", "verdict", "code"),
    [(Refused, "FAIL", 5), (IntegrityBroken, "FAIL", 6), (Inconclusive, "INCONCLUSIVE", 3), (Failed, "FAIL", 1)],
)
def test_an_error_of_a_supplied_check_is_its_answer(
    reviewed: Sealed, error: type[GonogoError], verdict: str, code: int
) -> None:
    def raises(_: UnverifiedPack) -> Iterable[Check]:
        yield passed("decision.first", msg("x"), area="decision")
        raise error("SOME_CODE", msg("no"))

    report = verify_pack(reviewed.folder, extra=[raises], engine_keys=KEYS)
    assert (report.verdict("decision"), report.exit_code) == (verdict, code)
    assert "SOME_CODE" in _codes(report)


def test_a_supplied_check_that_finds_nothing_is_inconclusive(reviewed: Sealed) -> None:
    report = verify_pack(reviewed.folder, extra=[lambda _: ()], engine_keys=KEYS)
    assert (report.verdict("decision"), report.exit_code) == ("INCONCLUSIVE", 3)


def test_a_supplied_check_is_not_asked_about_documents_that_cannot_be_read(reviewed: Sealed) -> None:
    asked: list[UnverifiedPack] = []

    def trips(pack: UnverifiedPack) -> Iterable[Check]:
        asked.append(pack)
        return ()

    edit_json(reviewed.folder / "core/pack.json", {"layer_id": 7})
    report = verify_pack(reviewed.folder, extra=[trips], engine_keys=KEYS)
    assert report.exit_code == 6
    assert "NOT_CHECKED" in _codes(report)
    assert asked == []


def test_reports_without_checks_are_inconclusive_and_the_worst_exit_wins() -> None:
    assert (Report(()).exit_code, Report(()).verdict("authentic")) == (3, "INCONCLUSIVE")
    codes = [6, 5, 2, 1, 3, 4, 0]
    for index in range(len(codes)):
        checks = tuple(Check(str(code), "FAIL", "X", msg("x"), "", "verdict", code) for code in reversed(codes[index:]))
        whole = (*checks, passed("a", msg("x")))
        assert Report(whole).exit_code == codes[index]


def test_a_limit_alone_answers_no_question() -> None:
    only = Check("a", "INCONCLUSIVE", "X", msg("x"), exit_code=0)
    assert only.limit
    report = Report((only, passed("v", msg("x"), area="verdict")))
    assert (report.verdict("authentic"), report.exit_code) == ("INCONCLUSIVE", 3)


def test_an_opened_pack_reads_each_document_once(reviewed: Sealed) -> None:
    pack = open_pack(reviewed.folder)
    before = pack.core_digest
    overwrite(reviewed.folder / "core/pack.json", b"{}")
    assert pack.core_digest == before == digest_of(pack.read("core/pack.json"))


def test_verify_loads_little() -> None:
    program = (
        "import sys, gonogo_evidence.verify;"
        "bad = {'pydantic', 'jsonschema', 'click', 'rich', 'langgraph', 'structlog', 'asyncio', 'subprocess'};"
        "print(sorted(bad & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
