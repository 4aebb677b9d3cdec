"""Settings in lines of any common form, and the direction in which a limit moves."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.critic.assignments import Settings
from gonogo_policies.critic.nested import Nested
from gonogo_policies.critic.numbers import INFINITE, move, number
from gonogo_policies.critic.strings import comment_at, inside_string, suffix_of

KEYS = Settings(["max_leverage", "enable_live*", "max_*_limit"])


@pytest.mark.parametrize(
    ("line", "suffix", "expected"),
    [
        ("max_leverage = 3", "toml", [("max_leverage", "3")]),
        ("  max-leverage: 3.5  # was 2", "yaml", [("max_leverage", "3.5")]),
        ('  "max_leverage": 3,', "json", [("max_leverage", "3")]),
        ('{"max_leverage": 3, "max_day_limit": "7"}', "json", [("max_leverage", "3"), ("max_day_limit", '"7"')]),
        ("MAX_LEVERAGE: Final = 1_000", "py", [("max_leverage", "1_000")]),
        ("    max_leverage: float | None = None", "py", [("max_leverage", "None")]),
        ("run(max_leverage=Decimal('3'), x=1)", "py", [("max_leverage", "Decimal('3')")]),
        ('limits["max_leverage"] = 5', "py", [("max_leverage", "5")]),
        ("config.max_leverage = 5", "py", [("max_leverage", "5")]),
        ("export MAX_LEVERAGE=5", "sh", [("max_leverage", "5")]),
        ("enableLive ||= true", "ts", [("enablelive", "true")]),
        ("cfg.enableLive ??= true", "ts", [("enablelive", "true")]),
        ("cfg.enableLive &&= true", "js", [("enablelive", "true")]),
        ("if (enableLive || x == true)", "ts", []),
        ("python x.py --max-leverage=5", "sh", [("max_leverage", "5")]),
        ("limits = { max_leverage = 5 }", "toml", [("max_leverage", "5")]),
        ("- max_leverage: 5%", "yml", [("max_leverage", "5%")]),
        ("enable_live_trading = true\r", "ini", [("enable_live_trading", "true")]),
        ("if (x := 1) and max_leverage == 5:", "py", []),
        ("max_leverage >= 5", "py", []),
        ("my_max_leverage = 5", "py", [("my_max_leverage", "5")]),
        ("no_max_leverage = 5", "py", []),
        ("max_leverages = 5", "py", []),
        ("# max_leverage = 5", "toml", []),
        ("x = 1  # max_leverage = 5", "py", []),
        ("; max_leverage = 5", "ini", []),
        ("// max_leverage = 5", "ts", []),
        (" * max_leverage = 5", "ts", []),
        ("max_leverage::new()", "rs", []),
        ("see https://x/max_leverage://y", "py", []),
    ],
)
def test_settings_of_one_line(line: str, suffix: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.key, one.value) for one in KEYS.find(line, suffix)] == expected


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ('print("say max_leverage = 5")', True),
        ("note = 'max_leverage = 5'", True),
        ("a = '\"'; max_leverage = 5", False),
        (r'a = "\""; max_leverage = 5', False),
        ("it's max_leverage: 5", False),
        ('"max_leverage": 5', False),
    ],
)
def test_what_only_speaks_of_a_setting_is_told_apart(line: str, quoted: bool) -> None:
    assert [one.quoted for one in KEYS.find(line, "py")] == [quoted]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["[live]", "x = 1", "enabled = true"], True),
        (["[paper]", "enabled = true"], False),
        (["[trading.live]", "enabled = true"], True),
        (["[live]", "[paper]", "enabled = true"], False),
        (["live:", "  # on", "  enabled: yes"], True),
        (["paper:", "  live_data:", "    x: 1", "  enabled: yes"], False),
        (["live:", "  a: 1", "paper:", "  enabled: yes"], False),
        (['"live": {', '  "enabled": true'], True),
        (["live = { enabled = true }"], True),
        (["live.enabled = true"], True),
        (["LIVE = dict(", "    enabled=True,"], True),
        (["enabled = true"], False),
    ],
)
def test_settings_below_another(lines: list[str], found: bool) -> None:
    numbered = list(enumerate(lines, 1))
    below = Nested([("live", "enabled")])
    assert below.places("\n".join(lines).lower()) or not any("live" in line for line in lines)
    assert bool(list(below.find(numbered, len(lines) - 1, "py"))) is found


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("3", "3"),
        ("-0.2", "-0.2"), ("1_000", "1000"), ("1e3", "1000"), ("5%", "0.05"), ("5 %", "0.05"), (".5", "0.5"),
        ('"7"', "7"), ("Decimal('2.50')", "2.5"), ("float(3)", "3"), ("3.", "3"),
    ],
)  # fmt: skip
def test_numbers(words: str, value: str) -> None:
    assert number(words) == Decimal(value)


@pytest.mark.parametrize("words", ["inf", "None", "null", ".inf", 'float("inf")', "unlimited", "~"])
def test_words_for_no_limit_are_infinite(words: str) -> None:
    assert number(words) == INFINITE


@pytest.mark.parametrize("words", ["", "abc", "1.2.3", "config.x", "1-2", "0x10", "_", ".", "%", "NaN", "-"])
def test_what_is_no_number(words: str) -> None:
    assert number(words) is None


@pytest.mark.parametrize(
    ("old", "new", "up", "down"),
    [
        ("3", "5", "looser", "tighter"),
        ("5", "3", "tighter", "looser"),
        ("0.05", "5%", "same", "same"),
        ("3", "None", "looser", "tighter"),
        ("-0.2", "-0.3", "looser", "tighter"),
        ("5", "-1", "unclear", "unclear"),
        ("5", "0", "unclear", "looser"),
        ("5", "config.x", "unclear", "unclear"),
        ("config.x", "config.x", "same", "same"),
    ],
)
def test_the_direction_of_a_limit(old: str, new: str, up: str, down: str) -> None:
    assert (move(old, new, "up"), move(old, new, "down")) == (up, down)


@given(old=st.decimals(0, 10**6, places=3), new=st.decimals(0, 10**6, places=3))
def test_one_way_is_looser_and_the_way_back_is_not(old: Decimal, new: Decimal) -> None:
    there, back = move(str(old), str(new), "up"), move(str(new), str(old), "up")
    assert {there, back} in ({"same"}, {"looser", "tighter"}, {"looser", "unclear"})
    assert (there == "looser") == (new > old)


@given(line=st.text(max_size=60), suffix=st.sampled_from(["py", "toml", "json", "ini", "ts", ""]))
def test_any_line_has_an_end_and_quotes_are_told(line: str, suffix: str) -> None:
    end = comment_at(line, suffix)
    assert 0 <= end <= len(line)
    assert inside_string(line, 0) is False
    assert all(one.key for one in KEYS.find(f"{line} max_leverage = 3", suffix))


@given(before=st.lists(st.text(st.characters(exclude_characters="\n"), max_size=9), max_size=9))
def test_places_names_every_line_with_a_key(before: list[str]) -> None:
    lines = [*before, "MAX_leverage: 3", *before]
    assert len(before) in KEYS.places("\n".join(lines).lower())


def test_suffixes() -> None:
    assert [suffix_of(path) for path in ("a/b.TOML", "a.b/c", ".env", "x/.env.live")] == ["toml", "", "env", "live"]
