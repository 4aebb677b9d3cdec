"""The evidence index page: our rows in others' page, nothing of theirs lost, and accepted by the page's own rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gonogo_agents.render.index_page import MARKS, PageEntry, render_page
from gonogo_agents.render.merge_log import render_merge_log
from gonogo_evidence.errors import BadInput
from gonogo_evidence.index_page_rules import COLUMNS, EVIDENCE_ID, check_page

pytestmark = pytest.mark.fast

ASSETS = Path(__file__).resolve().parents[1] / "assets"
ENTRY = PageEntry(
    pack_id="EVP-4BM2-L0-20260109-001",
    pack_digest="c0ffee00" + "d1" * 28,
    date="2026-01-09",
    owner="ada",
    source="../../data/evidence_packs/EVP-4BM2-L0-20260109-001.json",
    layer="L0",
    verdict="PASS",
    decision="GO",
    reason="release readiness",
    merge_log="PR_12_MERGE_LOG.md",
)
SECOND = replace(
    ENTRY,
    pack_id="EVP-4BM2-L4-20260110-002",
    source="../../data/evidence_packs/EVP-4BM2-L4-20260110-002.json",
    owner="jörg@example.org",
    verdict="INCONCLUSIVE",
    decision="GO-WITH-CONDITIONS",
    reason="see docs/missing.md | `x` <b>&amp;</b> [a](b)",
    merge_log="",
)
BEFORE = (ASSETS / "index-page-before.md").read_bytes()


def there(_: str) -> bool:
    return True


def read(name: str) -> bytes:
    return (ASSETS / name).read_bytes()


def test_a_page_that_is_not_there_is_made_whole() -> None:
    made = render_page(None, [SECOND, ENTRY])
    assert made == read("index-page-new.md") == render_page(b"", [ENTRY, SECOND])
    assert check_page(made, there) == []


def test_a_page_of_others_gets_our_part_and_keeps_every_line() -> None:
    made = render_page(BEFORE, [ENTRY, SECOND])
    assert made == read("index-page-after.md")
    assert check_page(made, there) == []
    at = made.index(MARKS.begin.encode(), made.index(b"```\n"))
    end = made.index(MARKS.end.encode(), at) + len(MARKS.end) + 2
    assert made[:at] + made[end:] == BEFORE


def test_once_more_changes_nothing_and_entries_of_others_stay() -> None:
    first = render_page(BEFORE, [ENTRY])
    both = render_page(first, [SECOND])
    assert both == render_page(BEFORE, [ENTRY, SECOND]) == render_page(both, [ENTRY]) == render_page(both, [])
    decided = render_page(both, [replace(ENTRY, decision="NO-GO")])
    assert decided == both.replace(b"verdict PASS, decision GO.", b"verdict PASS, decision NO-GO.")


def test_no_entry_and_no_page_is_no_page() -> None:
    with pytest.raises(BadInput) as caught:
        render_page(None, [])
    assert caught.value.code == "INDEX_PAGE_EMPTY"


PART = render_page(None, [ENTRY]).decode()
NOT_UNDERSTOOD = {
    "no text": b"\xff\xfe",
    "zero": b"# x\n\0",
    "open fence": b"# x\n```\ncode",
    "open comment": b"# x\n<!-- note\n",
    "begin alone": MARKS.begin.encode(),
    "end alone": MARKS.end.encode(),
    "twice": (PART + PART).encode(),
    "wrong order": f"{MARKS.end}\n{MARKS.begin}\n".encode(),
    "a note inside": PART.replace("### AI Autonomy", "my own note\n\n### AI Autonomy").encode(),
    "a row changed": PART.replace("| ada |", "| ada | more |").encode(),
    "a row without its list": PART.replace("- [EV-20260109-4BM2-L0-001]", "- [EV-20260109-OTHER]").encode(),
}


@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
def test_a_page_that_is_not_understood_is_refused(case: str) -> None:
    with pytest.raises(BadInput) as caught:
        render_page(NOT_UNDERSTOOD[case], [ENTRY])
    assert caught.value.code == "PAGE_NOT_UNDERSTOOD"
    assert caught.value.next_step is not None


def test_an_id_that_others_wrote_is_not_taken() -> None:
    taken = BEFORE.replace(b"EV-20260106-SMOKE |", ENTRY.evidence_id.encode() + b" |")
    with pytest.raises(BadInput) as caught:
        render_page(taken, [ENTRY])
    assert caught.value.code == "PAGE_ID_TAKEN"


@pytest.mark.parametrize(
    "change",
    [{"pack_id": "EVP-x"}, {"pack_digest": "12"}, {"date": "9.1.2026"}, {"source": "a b"}, {"merge_log": "(x)"}],
)
def test_an_entry_that_is_none_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadInput) as caught:
        render_page(None, [replace(ENTRY, **change)])
    assert caught.value.code == "INDEX_ENTRY"


def test_ids_are_short_enough_and_differ() -> None:
    long = replace(ENTRY, pack_id="EVP-AVERYLONGPHASENAME-L0-20260109-001")
    other = replace(long, pack_digest="ab" * 32)
    assert EVIDENCE_ID.fullmatch(long.evidence_id)
    assert len({ENTRY.evidence_id, long.evidence_id, other.evidence_id}) == 3


def test_line_ends_of_the_page_are_kept() -> None:
    page = BEFORE.replace(b"\n", b"\r\n")
    assert render_page(page, [ENTRY]) == render_page(BEFORE, [ENTRY]).replace(b"\n", b"\r\n")


LINES = st.lists(
    st.text(max_size=20)
    | st.sampled_from(["# x", "## Change Log", "## Evidence by Category", "```", "~~~", "<!--", "-->", "| a | b |", ""])
    | st.sampled_from([MARKS.begin, MARKS.end]),
    max_size=12,
)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
@example(["a"], "\n", False)  # noqa: FBT003 - hypothesis takes examples by position
def test_whatever_the_page_says_it_is_kept_or_refused(lines: list[str], end: str, ended: bool) -> None:
    page = (end.join(lines) + (end if ended else "")).encode("utf-8", "surrogatepass")
    try:
        made = render_page(page, [ENTRY])
    except BadInput:
        return
    foreign = [line for line in page.splitlines() if line.strip()]
    ours = {line for line in render_page(None, [ENTRY]).splitlines() if line.strip()}
    left = [line for line in made.splitlines() if line.strip()]
    assert [line for line in left if line not in ours] == [line for line in foreign if line not in ours]
    assert render_page(made, [ENTRY]) == made
    assert not [one for one in check_page(made, there) if one.rule not in {"row-id", "row-twice"}]


@given(st.text(max_size=60), st.text(max_size=30))
@example("a | b \\| c", "x@y.example")
@example("](x) <!-- ", "```")
@example("docs/x.md and https://x.example/a", "\\")
def test_words_of_people_stay_words_in_their_cell(reason: str, owner: str) -> None:
    made = render_page(None, [replace(ENTRY, reason=reason, owner=owner or "ada")])
    assert check_page(made, there) == []
    tokens = MarkdownIt("commonmark").enable("table").parse(made.decode())
    assert sum(token.type == "td_open" for token in tokens) == len(COLUMNS)
    links = [child for token in tokens for child in token.children or () if child.type == "link_open"]
    assert len(links) == 3  # source, merge log, and the list by category
    row = next(line for line in made.decode().splitlines() if line.startswith("| EV-"))
    assert row.count("/") == ENTRY.source.count("/") + 1  # the anchor's own end tag
    assert row.count("|") == len(COLUMNS) + 1


def test_a_merge_log_gets_links_at_the_end_of_its_references() -> None:
    log = read("merge-log-before.md")
    made = render_merge_log(log, [ENTRY, SECOND], to_index="../EVIDENCE_INDEX.md")
    assert made == read("merge-log-after.md")
    assert render_merge_log(made, [ENTRY], to_index="../EVIDENCE_INDEX.md") == made
    assert render_merge_log(log, []) == log


@pytest.mark.parametrize("log", [b"\xff", b"# x\n```\n", b"<!-- gonogo:evidence:end -->\n"])
def test_a_merge_log_that_is_not_understood_is_refused(log: bytes) -> None:
    with pytest.raises(BadInput):
        render_merge_log(log, [ENTRY])


def test_words_between_our_marks_in_a_merge_log_are_not_lost() -> None:
    made = render_merge_log(b"# x\n", [ENTRY]).replace(b"- Evidence", b"mine\n- Evidence")
    with pytest.raises(BadInput):
        render_merge_log(made, [ENTRY])
