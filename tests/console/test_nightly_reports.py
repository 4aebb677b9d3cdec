"""What a night comes to, and every form in which it is told."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.gate_formats import GateOutcome
from gonogo.nightly.compare import GateThen, RunThen, changes, read_night
from gonogo.nightly.forms import document, night_annotations, night_junit, night_sarif, night_summary
from gonogo.nightly.night import Asked, LayerNight, Night, State
from gonogo.nightly.page import page
from gonogo.nightly.play import play
from gonogo_agents.texts import translator
from gonogo_agents.world import Completed, World
from gonogo_evidence.errors import BadInput
from gonogo_policies.config import load_config, read_folder
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_evidence.verdict import GateVerdict

SAY = translator("en")
NASTY = "<script>alert(1)</script>\"'&]]><!--\x1b[2J\u202e${{ x }}|`"
ASKED = Asked(("L0",), "nightly", "ada", "smoke", "c" * 40, None, 1, 60.0)


def layer(verdict: GateVerdict, *gates: GateOutcome, code: int = 4, words: str = "fine", ms: int = 5) -> LayerNight:
    """One layer's night: at the hold point for code 4, broken off for another one."""
    state: State = "FORBIDDEN" if verdict == "NOT_APPLICABLE" else "WAITS" if code == 4 else "BROKE_OFF"
    return LayerNight("L0", words, state, verdict, words, exit_code=code, milliseconds=ms, run_id="r", gates=gates)


def gate(name: str, verdict: GateVerdict, ms: int = 1) -> GateOutcome:
    """A gate that looked at one file."""
    return GateOutcome(name, True, verdict, name, "", 1, "files", ms, (), ())  # noqa: FBT003 - hard


def night(*layers: LayerNight) -> Night:
    """A night of these layers."""
    return Night(ASKED, "1.0", "2026-01-09T02:00:00Z", "2026-01-09T02:01:00Z", 60_000, layers)


# What a night comes to.


@pytest.mark.parametrize(
    ("layers", "verdict", "code"),
    [
        ([layer("PASS"), layer("NOT_APPLICABLE")], "PASS", 4),
        ([layer("PASS"), layer("FAIL")], "FAIL", 1),
        ([layer("PASS"), layer("INCONCLUSIVE")], "INCONCLUSIVE", 3),
        ([layer("FAIL"), layer("INCONCLUSIVE", code=3)], "FAIL", 1),
        ([layer("PASS"), layer("FAIL", code=6)], "FAIL", 6),
        ([layer("FAIL"), layer("INCONCLUSIVE", code=5)], "FAIL", 5),
        ([layer("NOT_APPLICABLE")], "INCONCLUSIVE", 3),
        ([], "INCONCLUSIVE", 3),
    ],
)
def test_only_a_night_that_passed_whole_is_the_colour_of_waiting(
    layers: Sequence[LayerNight], verdict: str, code: int
) -> None:
    assert (night(*layers).verdict, night(*layers).exit_code) == (verdict, code)


ANSWERS = [
    (Completed(None, b"", b"", 60_000), "INCONCLUSIVE", "NIGHT_TIMED_OUT"),
    (Completed(0, b"all is well", b"", 5), "INCONCLUSIVE", "NIGHT_NO_ANSWER"),
    (Completed(-9, b"", b"killed", 5), "INCONCLUSIVE", "NIGHT_NO_ANSWER"),
    (Completed(4, b'{"state": "AWAITING_OPERATOR", "verdict": "PASS"}', b"", 5), "INCONCLUSIVE", "NIGHT_NO_ANSWER"),
    (Completed(0, b'{"state": "COMMITTED", "verdict": "PASS"}', b"", 5), "INCONCLUSIVE", "NIGHT_NO_HOLD_POINT"),
    (Completed(6, b'{"error": {"code": "PACK_CHANGED", "what": "x"}}', b"", 5), "FAIL", "PACK_CHANGED"),
    (Completed(2, b'{"error": {"code": "REF_UNKNOWN", "what": "x"}}', b"", 5), "INCONCLUSIVE", "REF_UNKNOWN"),
    (Completed(4, b"[]", b"", 5), "INCONCLUSIVE", "NIGHT_NO_ANSWER"),
]


@pytest.mark.parametrize(("done", "verdict", "code"), ANSWERS)
def test_a_run_that_breaks_off_or_says_nonsense_passes_nothing(
    done: Completed, verdict: str, code: str, tmp_path: Path
) -> None:
    world = World(env={"SSH_AUTH_SOCK": "x", "A": "b"}, run=lambda command: _seen(command.env, done))
    layers = {str(name): one for name, one in load_config([read_folder(packaged_config(), "packaged")]).layers.items()}
    made = play(ASKED, layers, world=world, root=tmp_path, language="en", say=SAY, tell=lambda _: None)
    (one,) = made.layers
    assert (one.state, one.verdict, one.code) == ("BROKE_OFF", verdict, code)
    assert made.exit_code != 4


def _seen(env: object, done: Completed) -> Completed:
    assert isinstance(env, dict)
    assert "SSH_AUTH_SOCK" not in env
    return done


def test_what_changed_since_is_told_most_important_first() -> None:
    then = RunThen(
        layer_id="L0",
        verdict="PASS",
        core_digest="a",
        commit="c" * 40,
        gates=(GateThen(name="x", verdict="PASS", milliseconds=100), GateThen(name="gone", verdict="PASS")),
    )
    now = layer("FAIL", gate("x", "FAIL", ms=9000), gate("new", "PASS"))
    said = [SAY(one) for one in changes(now, then, "c" * 40)]
    assert said == [
        "verdict FAIL, was PASS", "x: FAIL, was PASS", "new: PASS, was not there", "gone is not there any more",
        "x took 9000 ms, was 100 ms",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data", ["", "[]", "{}", '{"schema": "other/v1", "commit": "c", "started": "s", "layers": []}']
)
def test_what_is_no_document_of_a_night_is_refused(data: str, tmp_path: Path) -> None:
    (tmp_path / "night.json").write_text(data)
    with pytest.raises(BadInput) as refused:
        read_night(tmp_path / "night.json", brought=True)
    assert refused.value.code == "NIGHT_UNREADABLE"


# Forms.


class Tags(HTMLParser):
    """Every tag with its attributes' names, and the text of the styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))


def made_page(words: str) -> str:
    """A page in which these words stand wherever words may stand."""
    one = layer("FAIL", GateOutcome(words, True, "FAIL", words, words, 1, words, 5, (), ()), words=words)  # noqa: FBT003
    last = RunThen(layer_id="L0", verdict=words, gates=(GateThen(name=words + "x", verdict=words),))
    return page(document(night(one), None, {"L0": last}, SAY), SAY, "en")


@given(words=st.text(max_size=30) | st.just(NASTY))
def test_no_words_leave_their_place_on_the_page(words: str) -> None:
    read, plain = Tags(), Tags()
    read.feed(made_page(words))
    plain.feed(made_page("plain"))
    assert read.tags == plain.tags


def test_the_page_needs_nothing_and_allows_nothing() -> None:
    text = made_page(NASTY)
    read = Tags()
    read.feed(text)
    assert not {tag for tag, _ in read.tags} & {"script", "img", "link", "iframe", "form", "a", "object", "base"}
    assert not {name for _, names in read.tags for name in names if name.startswith("on") or name in {"style", "src"}}
    assert "default-src 'none'; style-src 'sha256-" in text
    assert "http" not in text.replace("http-equiv", "")


@given(words=st.text(max_size=20) | st.just(NASTY))
def test_junit_sarif_and_annotations_hold_any_words(words: str) -> None:
    one = layer("FAIL", GateOutcome(words, True, "FAIL", words, words, 1, words, 5, (), ()), words=words)  # noqa: FBT003
    told = night(one, layer("NOT_APPLICABLE"))
    suites = ET.fromstring(night_junit(told).encode("utf-8", "replace"))  # noqa: S314 - our own words
    assert (suites.get("tests"), suites.get("failures"), suites.get("skipped")) == ("3", "2", "1")
    (run,) = json.loads(night_sarif(told))["runs"]
    assert run["automationDetails"]["id"] == "gonogo-nightly/L0/"
    assert all(line.startswith(("::", "gonogo ")) for line in night_annotations(told, SAY).split("\n"))


def test_the_summary_of_a_night_fits() -> None:
    many = [layer("FAIL", words="w " * 2_000) for _ in range(400)]
    assert len(night_summary(document(night(*many), None, {}, SAY)).encode()) <= 1024 * 1024


def test_a_run_that_broke_off_is_no_empty_green_suite() -> None:
    suites = ET.fromstring(night_junit(night(layer("INCONCLUSIVE", code=3))))  # noqa: S314 - our own words
    assert (suites.get("tests"), suites.get("errors")) == ("1", "1")
