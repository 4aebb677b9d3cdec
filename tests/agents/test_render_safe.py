"""Words from the world: nothing that moves a cursor, hides, turns text around, or is Markdown of its own."""

from __future__ import annotations

import re
import unicodedata

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gonogo_agents.render.safe import clip, code, markdown, plain, width, wrap

pytestmark = pytest.mark.fast

NASTY = st.text(
    st.sampled_from([*"\\`*_[]()<>#+-=.!|~$&:/@^{} ab1", "\n", "\r", "\t", "\x1b", "\u202e", "\u2028"]),
    max_size=24,
)
LIKE_LINKS = st.sampled_from(["http://", "a@b.cd", "www.x.y", "@ada", "](", "```", "<b>", "---", " ", "\n", "|", "\\"])
WORDS = st.text(max_size=40) | NASTY | st.lists(LIKE_LINKS, max_size=8).map("".join)
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(WORDS)
@example("\x1b[2J\x1b]0;title\x07x")
@example("a\u202egnp.exe")
@example("\x9b31mred")
@example("\x1b")
@example("x" + "\u0301" * 40)
def test_a_plain_line_has_nothing_hidden(words: str) -> None:
    shown = plain(words)
    assert not {unicodedata.category(sign) for sign in shown} & HIDDEN
    assert unicodedata.is_normalized("NFC", shown)
    assert plain(shown) == shown
    assert shown == shown.strip()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\x", "x"),
        ("over\rwritten", "over written"),
        ("two\n\n lines", "two lines"),
        ("\u2066left\u2069 \u200bzero\ufeff", "left zero"),
        ("bu\u0308cher", "bücher"),
        ("日本 file", "日本 file"),
        ("", ""),
    ],
)
def test_what_a_plain_line_shows(words: str, shown: str) -> None:
    assert plain(words) == shown


def told(text: str) -> tuple[set[str], str]:
    """What a Markdown reader makes of it: the kinds of tokens, and the text."""
    kinds, said = set[str](), list[str]()
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        kinds.add(token.type)
        for child in token.children or ():
            kinds.add(child.type)
            said.append(child.content)
    return kinds, "".join(said)


def tags(text: str) -> set[str]:
    """The HTML tags that GitHub's own parser makes of it, with its tables, automatic links and struck out words."""
    return set(re.findall(r"<(!|[a-zA-Z][a-zA-Z0-9]*)", cmarkgfm.github_flavored_markdown_to_html(text)))


PLAIN_KINDS = {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}


@given(WORDS)
@example("# heading")
@example("[a](javascript:x)")
@example("![a](x)")
@example("<script>alert(1)</script>")
@example("&lt;b&gt;")
@example("- item")
@example("12) item")
@example("---")
@example("    code")
@example("~~gone~~ **bold** _it_ `code`")
def test_markdown_shows_exactly_the_words_and_nothing_else(words: str) -> None:
    kinds, said = told(markdown(words))
    assert kinds <= PLAIN_KINDS | ({"code_inline"} if "@" in words else set())
    assert said == (plain(words) or "-")


@given(WORDS)
def test_markdown_stays_words_in_a_list_and_in_a_table(words: str) -> None:
    kinds, _ = told(f"- {markdown(words)}")
    assert kinds <= PLAIN_KINDS | {
        "code_inline",
        "bullet_list_open",
        "list_item_open",
        "list_item_close",
        "bullet_list_close",
    }
    rows = MarkdownIt("commonmark").enable("table").parse(f"| a | b |\n| --- | --- |\n| {markdown(words)} | 1 |\n")
    cells = [token for token in rows if token.type == "td_open"]
    assert len(cells) == 2


AROUND = {
    "{}": {"p"},
    "before\n{}\nafter": {"p"},
    "before {} after": {"p"},
    "{0}\n{0}": {"p"},
    "- {}\n- x": {"ul", "li"},
    "1. {}": {"ol", "li"},
    "## {}": {"h2"},
    "**{}**": {"p", "strong"},
    "| a | b |\n| --- | --- |\n| {} | x |": {"table", "thead", "tbody", "tr", "th", "td"},
}


@given(WORDS, st.sampled_from(sorted(AROUND)))
@example("=", "before\n{}\nafter")
@example(":-:", "before\n{}\nafter")
@example("a@b.example.org", "- {}\n- x")
@example("@octocat look", "{}")
@example("ssh://git@host.example.org/x", "before {} after")
@example("[^1]: note", "{}")
@example("a`@b`@c|d@e", "| a | b |\n| --- | --- |\n| {} | x |")
@example("&#91;x](y)", "{}")
@example("<!-- x", "{}")
@example("```\ncode", "before\n{}\nafter")
@example("\\", "**{}**")
def test_words_make_nothing_of_their_own_wherever_they_stand(words: str, around: str) -> None:
    made = tags(around.replace("{0}", "{}").replace("{}", markdown(words)))
    assert made <= AROUND[around] | ({"code"} if "@" in words else set())
    assert AROUND[around] - {"tbody"} <= made


@given(WORDS)
@example("ada@example.org")
def test_a_span_of_code_makes_nothing_else_of_its_words(words: str) -> None:
    assert tags(f"x {code(words)} y") == {"p", "code"}
    assert tags(f"| a |\n| --- |\n| {code(words)} |") == {"table", "thead", "tbody", "tr", "th", "td", "code"}


@pytest.mark.parametrize("sign", [*"\u034f\u115f\u3164\uffa0\u2800\ufe0f\U000e0101\U000e0041\u200b\u2060\u00ad"])
def test_signs_that_show_nothing_are_gone(sign: str) -> None:
    assert plain(f"pay{sign}pal {sign}") == "paypal"


def test_addresses_and_mentions_are_shown_but_lead_nowhere() -> None:
    assert markdown("ask ada@example.org or @ada, not a|b") == "ask `ada@example.org` or `@ada,` not a\\|b"


@pytest.mark.parametrize("words", ["https://x.example/a", "www.x.example", "HTTP://x", "ftp://x"])
def test_addresses_are_not_made_into_links(words: str) -> None:
    assert "\\:" in markdown(words) or "\\." in markdown(words)
    assert told(markdown(words))[1] == words


@given(WORDS)
@example("`" * 5)
@example("a|b`c")
def test_a_code_span_cannot_be_ended_from_inside(words: str) -> None:
    span = code(words)
    assert span.count("`") == 2
    assert "|" not in span
    kinds, _ = told(f"x {span} y")
    assert kinds <= PLAIN_KINDS | {"code_inline"}


@given(st.text(max_size=80), st.integers(1, 40))
def test_clipped_words_fit(words: str, columns: int) -> None:
    assert width(clip(plain(words), columns)) <= columns


@given(st.text(max_size=200), st.integers(8, 40), st.integers(1, 4))
def test_wrapped_words_fit_and_lose_nothing_silently(words: str, columns: int, lines: int) -> None:
    made = wrap(words, columns, lines)
    assert 1 <= len(made) <= lines
    assert all(width(line) <= columns for line in made)
    if not made[-1].endswith("…"):
        assert "".join(made).replace(" ", "") == plain(words).replace(" ", "")


def test_wide_signs_take_two_columns() -> None:
    assert width("日本") == 4
    assert clip("日本語", 5) == "日本…"
    assert width("e\u0301") == 1
