"""Words in two languages: the catalogue is whole, the language is chosen as POSIX has it, answers are read."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_agents.texts import choose_language, parse_date, translator, yes_words
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg
from support import catalogue

pytestmark = pytest.mark.fast


def test_every_sentence_in_the_code_is_a_plain_literal() -> None:
    assert catalogue.unmarked() == []


def test_every_sentence_has_german_and_nothing_else_has() -> None:
    german = catalogue.german()
    stored = {str(message.id): message for message in german if message.id}
    assert sorted(catalogue.said() - stored.keys()) == [], "run: make docs"
    assert sorted(stored.keys() - catalogue.said()) == [], "run: make docs"
    assert [template for template, message in stored.items() if not message.string or message.fuzzy] == []


def test_every_field_of_a_sentence_is_in_its_german_and_no_other() -> None:
    wrong = {
        str(message.id): str(message.string)
        for message in catalogue.german()
        if message.id and catalogue.fields(str(message.id)) != catalogue.fields(str(message.string))
    }
    assert wrong == {}


def test_the_runbooks_words_stay() -> None:
    kept = ("GO-WITH-CONDITIONS", "NO-GO", "INCONCLUSIVE", "--repo", "--help", "gonogo ")
    lost = [
        (word, str(message.id))
        for message in catalogue.german()
        if message.id
        for word in kept
        if word in str(message.id) and word not in str(message.string)
    ]
    assert lost == []


def test_the_compiled_catalogue_is_the_stored_one() -> None:
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.german()), "run: make docs"


def test_the_extractor_sees_sentences_in_pieces() -> None:
    assert any(
        template.startswith("Print the script that completes gonogo's commands") for template in catalogue.said()
    )


def test_the_extractor_sees_sentences_inside_other_strings() -> None:
    assert {"a recommendation only", "Date of the commit"} <= catalogue.said()


def test_german_is_said_with_values() -> None:
    text = msg("There is no command {word}.", word="Ärger")
    assert translator("en")(text) == "There is no command Ärger."
    assert translator("de")(text) == "Den Befehl Ärger gibt es nicht."


def test_what_the_catalogue_does_not_know_stays_english() -> None:
    assert translator("de")(Text("Nobody translates {this}.", (("this", 1),))) == "Nobody translates 1."
    assert translator("de")(Text("")) == ""


def test_what_is_said_is_in_normal_form_c() -> None:
    decomposed = unicodedata.normalize("NFD", "Jörg")
    for language in ("en", "de"):
        said = translator("de" if language == "de" else "en")(msg("There is no command {word}.", word=decomposed))
        assert unicodedata.is_normalized("NFC", said)


@pytest.mark.parametrize(
    ("env", "option", "language"),
    [
        ({}, None, "en"),
        ({}, "de", "de"),
        ({"LANG": "de_AT.UTF-8"}, None, "de"),
        ({"LANG": "de_AT.UTF-8"}, "en", "en"),
        ({"LANG": "de_AT.UTF-8"}, "auto", "de"),
        ({"LANG": "fr_FR.UTF-8"}, None, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, None, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, None, "de"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, None, "de"),
        ({"LC_ALL": "en_US.UTF-8", "GONOGO_LANG": "de"}, None, "de"),
        ({"LC_ALL": "de_DE", "GONOGO_LANG": "auto"}, None, "de"),
    ],
)
def test_the_language_is_the_first_that_is_named(env: dict[str, str], option: str | None, language: str) -> None:
    assert choose_language(env, option) == language


def test_yes_is_understood_in_both_languages() -> None:
    assert yes_words("de") == ("ja", "j", "yes", "y")
    assert yes_words("en") == ("yes", "y", "ja", "j")


@given(st.dates(min_value=date(1000, 1, 1)))
def test_both_forms_of_a_date_are_read(day: date) -> None:
    assert parse_date(f" {day.isoformat()} ") == day
    assert parse_date(f"{day.day:02}.{day.month:02}.{day.year}") == day
    assert parse_date(f"{day.day}.{day.month}.{day.year}") == day


@pytest.mark.parametrize("text", ["", "31.06.2026", "2026-13-01", "12/31/2026", "1.1.26", "٢٠٢٦-01-01", "2026-12-31x"])
def test_anything_else_is_no_date(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_date(text)
    assert caught.value.code == "DATE_UNREADABLE"


@given(st.text())
def test_no_word_of_people_is_a_crash(text: str) -> None:
    with suppress(BadInput):
        parse_date(text)
