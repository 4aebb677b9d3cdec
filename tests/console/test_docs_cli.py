"""``gonogo docs``: mending what is certain, the baseline of link debt, its trend; and what it never touches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from support.repos import listing

if TYPE_CHECKING:
    from support.desk import Desk

PLACE = "docs/link-debt.json"
DOCS = "docs-reference-targets-gate"


def committed(desk: Desk, message: str) -> None:
    """Commit all that the desk holds."""
    desk.repo.git("add", "--all")
    desk.repo.git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-q", "-m", message)


@pytest.fixture
def documents(desk: Desk) -> Desk:
    """A desk with documents: one file was renamed, one reference is broken for good, one differs in letters."""
    repo = desk.repo
    repo.write({"docs/old.md": "a page of some length\n" * 9, "docs/Big.md": "x\n"})
    committed(desk, "pages")
    repo.git("mv", "docs/old.md", "docs/new.md")
    repo.write({"docs/index.md": "[a](old.md)\n[b](never.md)\n[c](big.md)\n`out/a.md`\n"})
    committed(desk, "renamed")
    return desk


def docs(desk: Desk, *arguments: str, code: int) -> dict[str, Any]:
    """The JSON document of one command."""
    found: dict[str, Any] = desk.json("docs", *arguments, code=code)
    return found


def text(desk: Desk, path: str = "docs/index.md") -> str:
    """A document of the desk."""
    return (desk.repo.path / path).read_text(encoding="utf-8")


def test_a_dry_run_shows_a_patch_that_git_takes_and_writes_nothing(documents: Desk) -> None:
    before = listing(documents.repo.path)
    done = documents.gonogo("docs", "fix", "--dry-run")
    assert (done.returncode, listing(documents.repo.path)) == (1, before)
    place = documents.home / "patch"
    place.write_text(done.stdout, encoding="utf-8")
    documents.repo.git("apply", "--check", str(place))
    assert "-[a](old.md)" in done.stdout
    assert "+[a](new.md)" in done.stdout


def test_what_is_certain_is_mended_once_and_git_can_undo_it(documents: Desk) -> None:
    place = documents.repo.path / "docs/index.md"
    place.chmod(0o755)
    documents.repo.git("update-index", "--chmod=+x", "docs/index.md")
    committed(documents, "mode")
    found = docs(documents, "fix", code=0)
    assert [(one["line"], one["code"], one["new"], one["written"]) for one in found["edits"]] == [
        (1, "MISSING_TARGET", "new.md", True),
        (3, "CASE_DIFFERS", "Big.md", True),
    ]
    assert text(documents) == "[a](new.md)\n[b](never.md)\n[c](Big.md)\n`out/a.md`\n"
    assert place.stat().st_mode & 0o777 == 0o755
    committed(documents, "mended")
    assert docs(documents, "fix", code=0)["edits"] == []


def test_a_file_with_changes_is_not_written_and_its_patch_is_shown(documents: Desk) -> None:
    documents.repo.write({"docs/index.md": text(documents) + "mine\n", "docs/fresh.md": "[a](old.md)\n"})
    before = listing(documents.repo.path)
    found = docs(documents, "fix", code=1)
    assert listing(documents.repo.path) == before
    assert {one["path"]: one["written"] for one in found["edits"]} == {"docs/index.md": False, "docs/fresh.md": False}
    assert "+[a](new.md)" in found["patch"]


def test_nothing_is_written_through_a_link(documents: Desk) -> None:
    outside = documents.home / "outside"
    outside.mkdir()
    (documents.repo.path / "docs/index.md").rename(outside / "index.md")
    (documents.repo.path / "docs/index.md").symlink_to(outside / "index.md")
    before = (outside / "index.md").read_bytes()
    documents.gonogo("docs", "fix")
    assert (outside / "index.md").read_bytes() == before


def test_only_what_was_named_is_mended(documents: Desk) -> None:
    assert docs(documents, "fix", "docs/new.md", "READ", code=0)["edits"] == []
    assert len(docs(documents, "fix", "docs", code=0)["edits"]) == 2


def test_examples_are_marked_where_the_token_gate_is_asked_for(documents: Desk) -> None:
    job = "on: pull_request\njobs:\n  docs-token-policy-gate:\n    runs-on: x\n    steps: []\n"
    documents.repo.write({".github/workflows/docs.yml": job})
    committed(documents, "job")
    docs(documents, "fix", code=0)
    assert "`out&#47;a.md`" in text(documents)
    committed(documents, "mended")
    assert documents.json("gates", "docs-token-policy-gate", code=0)["gates"][0]["verdict"] == "PASS"


def test_debt_is_written_down_known_and_paid(documents: Desk) -> None:
    for name, target in (("now", "new.md"), ("then", "now"), ("lost", "gone.md"), ("loop", "loop"), ("up", "..")):
        (documents.repo.path / "docs" / name).symlink_to(target)
    documents.repo.write({"docs/links.md": "[a](now) [b](then) [c](up/docs/now) [d](lost) [e](loop)\n"})
    links = [one for one in docs(documents, "baseline", code=1)["new"] if one["path"] == "docs/links.md"]
    gate = documents.json("gates", DOCS, code=1)["gates"][0]
    told = {one["message"].partition(":")[0] for one in gate["findings"] if one["path"] == "docs/links.md"}
    assert {one["words"] for one in links} == told == {"lost", "loop"}
    documents.repo.git("clean", "-fdq")
    first = docs(documents, "baseline", code=1)
    assert [one["words"] for one in first["new"]] == ["old.md", "never.md", "big.md"]
    assert not (documents.repo.path / PLACE).exists()
    docs(documents, "baseline", "--write", code=0)
    committed(documents, "baseline")
    assert len(docs(documents, "baseline", code=0)["known"]) == 3
    gate = documents.json("gates", DOCS, code=0)["gates"][0]
    assert {one["code"] for one in gate["advice"]} == {"LINK_DEBT"}
    docs(documents, "fix", code=0)
    later = docs(documents, "baseline", code=0)
    assert [one["words"] for one in later["paid"]] == ["big.md", "old.md"]
    documents.repo.write({"docs/more.md": "[z](zzz.md)\n"})
    done = documents.gonogo("docs", "baseline")
    assert (done.returncode, "+ docs/more.md:1 zzz.md" in done.stdout) == (1, True)


def test_a_baseline_that_comes_with_its_faults_excuses_none_of_them(documents: Desk) -> None:
    documents.repo.write({"docs/more.md": "[z](zzz.md)\n"})
    docs(documents, "baseline", "--write", code=0)
    found = documents.json("gates", DOCS, "--changed", code=1)["gates"][0]
    assert [one["path"] for one in found["findings"]] == ["docs/more.md"]
    assert "LINK_DEBT_ADDED" in {one["code"] for one in found["advice"]}
    full = documents.json("gates", DOCS, code=1)["gates"][0]
    assert "docs/more.md" in {one["path"] for one in full["findings"]}


def test_a_baseline_of_the_first_commit_is_believed_from_the_second_on(documents: Desk) -> None:
    docs(documents, "baseline", "--write", code=0)
    documents.repo.git("checkout", "-q", "--orphan", "first")
    committed(documents, "first")
    assert documents.json("gates", DOCS, code=1)["gates"][0]["verdict"] == "FAIL"
    documents.repo.write({"docs/more.md": "fine\n"})
    committed(documents, "second")
    assert documents.json("gates", DOCS, code=0)["gates"][0]["verdict"] == "PASS"


def test_a_baseline_of_another_shape_is_refused_and_can_be_written_anew(documents: Desk) -> None:
    documents.repo.write({PLACE: '{"schema": "gonogo/link-debt/v1", "entries": [{"path": "**"}]}'})
    done = documents.gonogo("docs", "baseline")
    assert (done.returncode, "DOCS_BASELINE" in done.stderr) == (2, True)
    docs(documents, "baseline", "--write", code=0)
    assert json.loads(text(documents, PLACE))["entries"][0]["path"] == "docs/index.md"


def test_the_trend_counts_commits_and_draws_them(documents: Desk) -> None:
    svg = documents.home / "trend.svg"
    found = docs(documents, "trend", "--svg", str(svg), code=0)
    assert [one["broken"] for one in found["points"]][-2:] == [0, 3]
    first = svg.read_bytes()
    root = ET.fromstring(first)  # noqa: S314 - our own picture
    assert len(root.findall(".//{*}circle")) == len(found["points"])
    docs(documents, "trend", "--svg", str(svg), code=0)
    assert svg.read_bytes() == first
    done = documents.gonogo("docs", "trend", "--commits", "1")
    assert done.stdout.splitlines()[-1].split()[-1] == "3"


def test_no_document_is_no_answer(desk: Desk) -> None:
    for path in desk.repo.path.rglob("*.md"):
        path.unlink()
    done = desk.gonogo("docs", "baseline")
    assert (done.returncode, "DOCS_NOTHING" in done.stderr) == (3, True)
