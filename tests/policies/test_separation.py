"""Separation of duties: strict refuses, formal says so, and what is not known passes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput
from gonogo_policies.people import People, people_of
from gonogo_policies.separation import (
    ACTORS,
    Pair,
    SeparationPolicy,
    SeparationResult,
    parse_separation,
    same_actor,
)
from gonogo_policies.separation import check_separation as check_among

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

pytestmark = pytest.mark.fast

PACKAGED = Path(__file__).parents[2] / "config" / "separation.toml"
MATRIX = parse_separation(PACKAGED.read_bytes(), where="separation.toml")
STRICT = SeparationPolicy("strict", MATRIX.pairs)
PEOPLE = people_of(
    {"alice@example.org": ("SHA256:Ab",), "bob@example.org": ("bob",), "carol@example.org": (), "none": ()}
)
APART = {
    "run_starter": ["bob@example.org"],
    "commit_author": ["Carol <carol@example.org>"],
    "signer": ["alice@example.org"],
    "proposer_model": ["gpt-5.2-pro"],
    "critic_model": ["deepseek-r1"],
    "proposer_family": ["gpt-5"],
    "critic_family": ["deepseek"],
    **{role: [f"{role}'s key"] for role in ("planner", "executor", "validator", "scribe", "risk_officer")},
}


def check_separation(actors: Mapping[str, Sequence[str]], policy: SeparationPolicy) -> SeparationResult:
    return check_among(actors, policy, PEOPLE)


def test_the_packaged_matrix_is_formal_and_separates_people_and_models() -> None:
    assert MATRIX.level == "formal"
    assert {(pair.first, pair.second) for pair in MATRIX.pairs} >= {
        ("run_starter", "signer"),
        ("commit_author", "signer"),
        ("proposer_model", "critic_model"),
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [("planner", "executor"), ("executor", "validator"), ("executor", "risk_officer"), ("validator", "scribe")],
)
def test_roles_differ_by_their_keys_under_strict(first: str, second: str) -> None:
    one = check_separation({**APART, first: APART[second]}, STRICT)
    assert (one.verdict, [(found.first, found.second) for found in one.violations][:1]) == ("FAIL", [(first, second)])
    unknown = check_separation({name: who for name, who in APART.items() if name != first}, STRICT)
    assert unknown.verdict == "INCONCLUSIVE", "a pack without attestations shows nobody"
    assert check_separation({name: who for name, who in APART.items() if name != first}, MATRIX).verdict == "PASS"


def test_different_actors_pass_both_levels() -> None:
    for policy in (MATRIX, STRICT):
        result = check_separation(APART, policy)
        assert (result.verdict, result.violations, result.unknown) == ("PASS", (), ())
        assert policy.level in str(result.text)


@pytest.mark.parametrize(
    ("change", "pair"),
    [
        ({"run_starter": ["Alice@Example.org"]}, ("run_starter", "signer")),
        ({"commit_author": ["x <x@x>", "Al <alice@example.org>"]}, ("commit_author", "signer")),
        ({"critic_family": ["gpt-5"]}, ("proposer_family", "critic_family")),
    ],
)
def test_strict_refuses_one_actor_in_two_places_and_formal_shows_it(
    change: dict[str, list[str]], pair: tuple[str, str]
) -> None:
    actors = {**APART, **change}
    strict, formal = check_separation(actors, STRICT), check_separation(actors, MATRIX)
    assert strict.verdict == "FAIL"
    assert [(item.first, item.second) for item in strict.violations] == [pair]
    assert formal.verdict == "PASS"
    assert f"is both {pair[0]} and {pair[1]}." in str(formal.text) or "are one" in str(formal.text)
    assert [(item.first, item.second) for item in formal.tolerated] == [pair]
    assert "formal" in str(formal.text)


def test_one_model_as_proposer_and_critic_is_refused_at_both_levels() -> None:
    for policy in (MATRIX, STRICT):
        assert check_separation({**APART, "critic_model": ["gpt-5.2-pro"]}, policy).verdict == "FAIL"


@pytest.mark.parametrize("value", [[], [""], ["unknown"], ["Unknown"], ["gpt-5", ""], ["gpt-5", "none"]])
def test_a_family_that_is_not_known_is_inconclusive(value: list[str]) -> None:
    result = check_separation({**APART, "proposer_family": value}, STRICT)
    assert result.verdict == "INCONCLUSIVE"
    assert [pair.first for pair in result.unknown] == ["proposer_family"]


def test_a_run_without_a_model_says_so_and_its_pairs_do_not_apply() -> None:
    names = ("proposer_model", "critic_model", "proposer_family", "critic_family")
    smoke = {**APART, **{name: ["none"] for name in names}}
    assert check_separation(smoke, STRICT).verdict == "PASS"
    assert check_separation(smoke, MATRIX).verdict == "PASS"


def test_a_person_who_is_called_none_is_a_person() -> None:
    actors = {**APART, "commit_author": ["none"], "signer": ["none"]}
    assert check_separation(actors, STRICT).verdict == "FAIL"
    assert check_separation({**APART, "commit_author": ["none"]}, STRICT).verdict == "PASS"


def test_nobody_recorded_passes_nothing_under_strict() -> None:
    assert check_separation({}, STRICT).verdict == "INCONCLUSIVE"


def test_whom_the_trust_files_do_not_know_is_nobody() -> None:
    """A name is free: who gives themselves another one in git must not pass as another person."""
    for strange in ("Al <al@home>", "Bob <al@home>", "bob <>"):
        result = check_separation({**APART, "commit_author": [strange]}, STRICT)
        assert (result.verdict, [pair.first for pair in result.unknown]) == ("INCONCLUSIVE", ["commit_author"])
        assert str(result.text).startswith(strange)
        assert check_separation({**APART, "commit_author": [strange]}, MATRIX).verdict == "PASS"


@pytest.mark.parametrize("author", ["SHA256:ab", "x <sha256:AB>", "alice@example.org <carol@example.org>"])
def test_one_person_under_two_names_is_one(author: str) -> None:
    result = check_separation({**APART, "commit_author": [author]}, STRICT)
    assert [(one.first, one.second, one.who, one.other) for one in result.violations] == [
        ("commit_author", "signer", author, "alice@example.org")
    ]
    assert "are one" in str(result.text)


NAMES = ("alice", "al@x", "bob", "bo@x", "carol", "k1", "k2")
tables = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3).map(tuple), max_size=4)
runs = st.dictionaries(st.sampled_from(("commit_author", "run_starter", "signer")), st.lists(st.sampled_from(NAMES)))
RANK = {"FAIL": 0, "INCONCLUSIVE": 1, "PASS": 2}


def levels(pairs: list[Pair], run: dict[str, list[str]], people: People) -> int:
    return RANK[check_among(run, SeparationPolicy("strict", tuple(pairs)), people).verdict]


some_pairs = st.lists(st.sampled_from(STRICT.pairs[:2]), max_size=3)


@given(some_pairs, runs, tables, st.sampled_from([*STRICT.pairs[:2], Pair("run_starter", "commit_author")]))
def test_one_more_pair_never_allows_more(
    pairs: list[Pair], run: dict[str, list[str]], table: dict[str, tuple[str, ...]], more: Pair
) -> None:
    people = people_of(table)
    assert levels([*pairs, more], run, people) <= levels(pairs, run, people)


@given(some_pairs, runs, tables, st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_saying_that_two_known_people_are_one_never_allows_more(
    pairs: list[Pair], run: dict[str, list[str]], table: dict[str, tuple[str, ...]], one: str, other: str
) -> None:
    both = {**table, one: table.get(one, ()), other: table.get(other, ())}
    tied = {**both, one: (*both[one], other)}
    assert levels(pairs, run, people_of(tied)) <= levels(pairs, run, people_of(both))


@given(tables, st.permutations(NAMES))
def test_the_order_of_the_table_decides_nothing(table: dict[str, tuple[str, ...]], order: list[str]) -> None:
    shuffled = {name: tuple(reversed(table[name])) for name in order if name in table}
    assert people_of(table) == people_of(shuffled)
    groups = people_of(table).groups
    assert sum(map(len, groups)) == len(frozenset().union(*groups))
    assert all(people_of(table).same(name, other) for name in table for other in table[name])


@given(
    st.dictionaries(st.sampled_from(ACTORS), st.lists(st.sampled_from(["a", "b", "c", "none", "", "B"]), max_size=3)),
    st.sampled_from(ACTORS),
    st.sampled_from(["a", "b", "c"]),
)
def test_one_more_name_never_turns_a_fail_into_a_pass(actors: dict[str, list[str]], who: str, name: str) -> None:
    before = check_separation(actors, STRICT)
    after = check_separation({**actors, who: [*actors.get(who, []), name]}, STRICT)
    assert before.verdict != "FAIL" or after.verdict == "FAIL"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Alice <a@x.org>", "a@X.org"),
        ("Alice <a@x.org>", "alice"),
        ("Jo\u0308rg <j@x>", "j\u00f6rg"),
        ("STRASSE", "stra\u00dfe"),
        ("SHA256:abc", "SHA256:abc"),
    ],
)
def test_one_actor_under_two_spellings(first: str, second: str) -> None:
    assert same_actor(first, second)
    assert same_actor(second, first)


def test_different_actors_are_different() -> None:
    assert not same_actor("Alice <a@x.org>", "Bob <b@x.org>")
    assert not same_actor("<>", "<>x")


HEAD = 'schema = "gonogo/separation/v1"\nlevel = "strict"\n'
PAIR = '[[pair]]\nfirst = "run_starter"\nsecond = "signer"\n'


def test_a_pair_holds_under_strict_unless_it_says_formal() -> None:
    policy = parse_separation((HEAD + PAIR).encode(), where="f")
    assert policy == SeparationPolicy("strict", (Pair("run_starter", "signer", "strict"),))


def test_the_table_of_people_is_read() -> None:
    policy = parse_separation((HEAD + PAIR + '[people]\na = ["a@x", "SHA256:k"]\nb = []\n').encode(), where="f")
    assert policy.people == {"a": ("a@x", "SHA256:k"), "b": ()}


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        (HEAD, "CONFIG_VALUE", "f:1"),
        (HEAD + PAIR + 'why = "x"\n', "CONFIG_KEY_UNKNOWN", "f:6"),
        (HEAD + PAIR.replace("signer", "boss"), "CONFIG_VALUE", "f:5"),
        (HEAD + PAIR.replace("signer", "run_starter"), "CONFIG_VALUE", "f:5"),
        (HEAD.replace("strict", "none") + PAIR, "CONFIG_VALUE", "f:2"),
        (HEAD.replace('"strict"', "1") + PAIR, "CONFIG_TYPE", "f:2"),
        (HEAD.replace("level", "levle") + PAIR, "CONFIG_KEY_UNKNOWN", "f:2"),
        (HEAD.replace("separation", "signoff") + PAIR, "CONFIG_SCHEMA_WRONG", "f:1"),
        (PAIR, "CONFIG_SCHEMA_MISSING", "f:1"),
        (HEAD + PAIR + '[people]\n"a" = "b"\n', "CONFIG_TYPE", "f:7"),
        (HEAD + PAIR + '[people]\n"a" = ["Al <al@x>"]\n', "CONFIG_VALUE", "f:6"),
        (HEAD + HEAD, "CONFIG_DUPLICATE", "f:3"),
        ("level =", "CONFIG_SYNTAX", "f:1"),
        (HEAD + "pair = 3\n", "CONFIG_TYPE", "f:3"),
        (HEAD + "pair = " + "[" * 5000, "CONFIG_TOO_DEEP", "f"),
    ],
)
def test_a_matrix_that_cannot_be_meant_is_an_error_with_its_line(text: str, code: str, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_separation(text.encode(), where="f")
    assert (caught.value.code, caught.value.where) == (code, where)


def test_an_error_names_the_nearest_key_and_a_file_has_a_cap() -> None:
    with pytest.raises(BadInput) as caught:
        parse_separation((HEAD.replace("level", "levle") + PAIR).encode(), where="f")
    assert str(caught.value.next_step) == "Did you mean level?"
    with pytest.raises(BadInput) as caught:
        parse_separation(b"#" * (1 << 21), where="f")
    assert caught.value.code == "CONFIG_TOO_LARGE"
    with pytest.raises(BadInput) as caught:
        parse_separation(b"\n\xff", where="f")
    assert (caught.value.code, caught.value.where) == ("CONFIG_NOT_UTF8", "f:2")
