"""Card, operator summary, review notes and SUMMARY.md: golden files, limits, and words from the world."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_agents.assemble import core_fields, core_files
from gonogo_agents.render.card import COLUMNS, LINES, Surroundings, card
from gonogo_agents.render.notes import review_notes
from gonogo_agents.render.operator_summary import operator_summary
from gonogo_agents.render.safe import width
from gonogo_agents.render.summary import summary
from gonogo_agents.texts import translator
from gonogo_evidence.text import Text, msg
from support.states import (
    DUTIES,
    PACK_DIGEST,
    a_check,
    change_of,
    changed,
    gate,
    result,
    sample_inputs,
    sample_state,
    skipped_result,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON, JSONObject

ASSETS = Path(__file__).resolve().parents[1] / "assets"
MIXED: dict[str, Any] = {
    "change": change_of("src/app/a.py", changed("old.md", "D"), "pyproject.toml", ".gonogo/gates.toml"),
    "gates": [gate("tests (3.11)", "INCONCLUSIVE"), gate("Lint Gate", "FAIL"), gate("audit", "NOT_APPLICABLE")],
}
EVIL = "\x1b[2J# own\n\n## Heading [link](https://evil.example) <b>x</b> \u202egnp | a | `c` **GO** &lt;"


def sealed(state: Mapping[str, JSON]) -> JSONObject:
    return cast("dict[str, JSONObject]", state["pack"])["value"]


def of_core(state: Mapping[str, JSON]) -> str:
    inputs = cast("JSONObject", state["inputs"])
    return summary(core_fields(inputs, state), core_files(inputs, state))


RENDERED = {
    "operator-summary.md": lambda state: operator_summary(state, sealed(state)),
    "review-notes.md": lambda state: review_notes(state, sealed(state)),
    "card.txt": lambda state: card(state, sealed(state)),
    "summary.md": of_core,
}


@pytest.mark.parametrize("name", RENDERED)
@pytest.mark.parametrize(("kind", "case"), [("good", {}), ("mixed", MIXED)])
def test_what_people_read_is_as_it_was(name: str, kind: str, case: dict[str, Any]) -> None:
    assert RENDERED[name](sample_state(**case)) == (ASSETS / f"{kind}-{name}").read_text(encoding="utf-8")


SHAPE = re.compile(
    r"""### Operator Summary
- Run: (?P<run>[^\n]+ / [^\n]+ / [^\n]+)
- Git: [0-9a-f]{40} \([^\n]+\)
- Result: (PASS|FAIL|INCONCLUSIVE)
- Top Findings: [^\n]+
- Risks: [^\n]+
- Recommendation: (GO|NO-GO|GO-WITH-CONDITIONS)

### Attached Evidence
- Evidence Pack: [^\n]+
- Validator Report: [^\n]+
- Logs/Manifest: [^\n]+
"""
)
CASES: dict[str, dict[str, Any]] = {
    "good": {},
    "mixed": MIXED,
    "unclear": {"gates": [gate("Lint Gate", "INCONCLUSIVE"), gate("tests")]},
    "stopped": {
        "skip_after": "preflight_snapshot",
        "preflight_snapshot": result("FAIL", checks=[a_check("A-LIVE", "FAIL")]),
    },
    "nothing": {field: skipped_result() for field in (*DUTIES, "risk_review", "recommendation")},
    "evil": {
        "inputs": sample_inputs(run_reason=EVIL, operator_id=EVIL, scope=EVIL, layer_name=EVIL, model_id=EVIL),
        "change": change_of(changed("docs/# x [l](y).md"), changed("a`b|c.py")),
        "gates": [gate(EVIL, "FAIL", reason=words(msg("{said}", said=EVIL)))],
        "desk": {"branch": EVIL},
    },
}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", CASES)
def test_the_operator_summary_has_the_runbooks_shape_in_both_languages(name: str, language: Any) -> None:  # noqa: ANN401
    state = sample_state(**CASES[name])
    assert SHAPE.fullmatch(operator_summary(state, sealed(state), translator(language)))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", CASES)
def test_a_card_fits_on_one_screen_and_hides_nothing(name: str, language: Any) -> None:  # noqa: ANN401
    state = sample_state(**CASES[name])
    text = card(state, sealed(state), translator(language))
    lines = text.rstrip("\n").split("\n")
    assert len(lines) <= LINES
    assert all(width(line) <= COLUMNS for line in lines)
    assert not [sign for sign in text if sign != "\n" and not sign.isprintable()]
    assert PACK_DIGEST in text
    assert "isolation: none · trust: local · SoD: formal" in text


@pytest.mark.parametrize("name", CASES)
def test_notes_and_summary_have_only_their_own_headings_and_no_links(name: str) -> None:
    from markdown_it import MarkdownIt

    state = sample_state(**CASES[name])
    for text, most in ((review_notes(state, sealed(state)), 10), (of_core(state), 5)):
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
        assert not kinds & {"html_block", "html_inline", "link_open", "image", "fence", "code_block"}
        assert sum(token.type == "heading_open" for token in tokens) <= most
        assert not [sign for sign in text if sign != "\n" and not sign.isprintable()]


def test_even_the_fullest_card_fits() -> None:
    long = "word " * 60
    gates = [gate(f"gate {number} {long}", "FAIL", reason=words(msg("{said}", said=long))) for number in range(40)]
    state = sample_state(
        gates=gates, change=change_of(*[f"src/{number}{'x' * 200}.py" for number in range(99)], "uv.lock")
    )
    pack = {**sealed(state), "redactions": 2**40, "not_scanned": 2**40}
    text = card(state, pack, str, Surroundings(since=msg("{said}", said=long)))
    lines = text.rstrip("\n").split("\n")
    assert len(lines) <= LINES
    assert all(width(line) <= COLUMNS for line in lines)
    assert lines[-1].startswith("In four words")


def test_the_card_keeps_verdict_recommendation_and_decision_apart_and_blockers_first() -> None:
    state = sample_state(**MIXED)
    text = card(state, sealed(state))
    order = [
        "Verdict ",
        "Recommendation ",
        "Decision ",
        "Blockers",
        "Findings",
        "Risks",
        "Gates",
        "Evidence",
        "Pack digest",
    ]
    places = [text.index(f"\n{word}") for word in order]
    assert places == sorted(places)
    assert re.search(r"^Decision +open$", text, re.MULTILINE)
    assert "assignment only" in text
    assert re.search(r"FAIL +Lint Gate +3 files, read the change", text)


def test_the_card_says_what_changed_since_the_last_signed_run_where_it_was_compared() -> None:
    state = sample_state()
    around = Surroundings(isolation="process", trust="team", separation="strict", since=msg("two gates more"))
    text = card(state, sealed(state), str, around)
    assert "two gates more" in text
    assert "isolation: process · trust: team · SoD: strict" in text


def test_a_card_without_a_pack_offers_nothing_to_sign() -> None:
    assert "nothing to sign" in card(sample_state(), {})


def test_dates_are_written_as_the_language_writes_them() -> None:
    def say(text: Text) -> str:
        german = Text("{day}.{month}.{year}", text.values)
        return str(german) if text.template == "{year}-{month}-{day}" else str(text)

    state = sample_state()
    assert "09.01.2026" in card(state, sealed(state), say)
    assert "2026-01-09" in card(state, sealed(state))
    assert "09.01.2026" in review_notes(state, sealed(state), say)


def test_what_is_sealed_is_a_function_of_the_core_alone() -> None:
    state, other = sample_state(), sample_state(desk={"branch": "topic", "ahead": 3})
    assert of_core(state) == of_core(other)


def test_a_run_that_did_nothing_still_renders() -> None:
    for text in (card({}, {}), review_notes({}, {}), operator_summary({}, {}), summary({}, {})):
        assert text.endswith("\n")
    assert "NO-GO" in operator_summary({}, {})
    assert "INCONCLUSIVE" in operator_summary({}, {})


@settings(max_examples=40)
@given(st.text(max_size=30), st.text(max_size=30))
def test_words_of_the_world_never_break_the_form(reason: str, name: str) -> None:
    state = {**GOOD, "inputs": sample_inputs(run_reason=reason, scope=name or "x", operator_id=name or "x")}
    assert SHAPE.fullmatch(operator_summary(state, sealed(state)))
    text = card(state, sealed(state))
    assert len(text.split("\n")) == len(card(GOOD, sealed(GOOD)).split("\n"))
    assert not [sign for sign in text if sign != "\n" and not sign.isprintable()]
    notes = review_notes(state, sealed(state))
    assert notes.count("\n#") == review_notes(GOOD, sealed(GOOD)).count("\n#")


GOOD = sample_state()


def test_redactions_are_told_on_the_card_and_in_the_notes_only_where_there_are_some() -> None:
    state = sample_state()
    pack = {**sealed(state), "redactions": 3, "not_scanned": 1}
    told = "3 places redacted, listed in environment.json"
    assert told in card(state, pack)
    assert "1 data files could not be searched" in card(state, pack)
    assert told in review_notes(state, pack)
    assert "Secret scan" not in card(state, {**pack, "redactions": 0, "not_scanned": 0})


def test_a_flaky_pass_and_notes_are_told_on_the_card() -> None:
    note = {"path": "", "line": None, "message": "m", "fingerprint": "0" * 16}
    flaky = {**gate("tests (3.11)", "PASS"), "advice": [{**note, "code": "FLAKY"}], "advice_count": 1}
    noted = {**gate("audit", "PASS"), "unit": "packages", "advice": [{**note, "code": "X"}] * 2, "advice_count": 2}
    state = sample_state(gates=[flaky, noted, gate("Lint Gate", "PASS")])
    lines = card(state, sealed(state)).split("\n")
    said = {
        name: next(line for line in lines if f" {name} " in line) for name in ("tests (3.11)", "audit", "Lint Gate")
    }
    assert said["tests (3.11)"].endswith(", FLAKY")
    assert "packages" in said["audit"]
    assert said["audit"].endswith(", notes: 2")
    assert said["Lint Gate"].endswith("read the change")
