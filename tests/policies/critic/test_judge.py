"""The shipped pack over diffs: each rule fires on what it is about, at its lines, and is quiet on what it is not."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import BadInput
from gonogo_policies.config import packaged_config
from gonogo_policies.config.policy_packs import PolicyPack, RuleEntry, put_together
from gonogo_policies.critic import Context, Critique, FileDiff, Pack, criticise, read_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.config.policy_packs import Level

SHIPPED = PolicyPack.model_validate(
    {
        name: value
        for name, value in tomllib.loads((packaged_config() / "policy_packs" / "default.toml").read_text()).items()
        if name != "schema"
    }
)


def pack(own: tuple[RuleEntry, ...] = (), **levels: Level) -> Pack:
    return read_pack(put_together({"default": SHIPPED}, own, levels).model_dump(mode="json"))


DEFAULT = pack()


def changed(path: str, *, old: str = "", new: str = "", before: str = "", after: str = "") -> FileDiff:
    """A file with kept lines around others that were taken away and added."""
    kept, tail = before.splitlines(), after.splitlines()
    gone, came = old.splitlines(), new.splitlines()
    file = FileDiff(path, status="M" if old or before or after else "A")
    file.removed = list(enumerate(gone, len(kept) + 1))
    file.added = list(enumerate(came, len(kept) + 1))
    file.now = list(enumerate([*kept, *came, *tail], 1))
    file.was = list(enumerate([*kept, *gone, *tail], 1))
    return file


def none(texts: Sequence[bytes]) -> list[list[tuple[int, int, str]]]:
    return [[] for _ in texts]


def words(texts: Sequence[bytes]) -> list[list[tuple[int, int, str]]]:
    """A detector for which every HUNTER is a secret, and every GUESS looks like one."""
    return [
        [
            (at, at + len(word), kind)
            for at in range(len(text))
            for word, kind in ((b"HUNTER", "test-kind"), (b"GUESS", "assigned-secret"))
            if text.startswith(word, at)
        ]
        for text in texts
    ]


def judged(*files: FileDiff, by: Pack = DEFAULT, context: Context | None = None) -> Critique:
    return criticise(files, by, context or Context(), none)


def told(*files: FileDiff, by: Pack = DEFAULT, context: Context | None = None) -> list[tuple[str, str, int, int]]:
    found = judged(*files, by=by, context=context).hits
    return [(hit.severity, hit.rule, hit.start, hit.end) for hit in found]


UNLOCK = ("BLOCK", "NO_LIVE_UNLOCK")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("config/app.toml", "enable_live_trading = true"),
        ("config/app.yaml", "live_mode_armed: yes"),
        ("a.json", '  "liveTradingEnabled_x": 1, "live_trading": true,'),
        ("src/a.py", "    ENABLE_LIVE = True"),
        ("src/a.py", "start(live_mode=True)"),
        (".env", "LIVE_MODE=1"),
        ("run.sh", "export LIVE_TRADING_ENABLED=on"),
        ("config/a.toml", "trading_mode = 'live'"),
        ("config/a.toml", "no_live_trading = false"),
        ("config/a.yml", "governance_locked: off"),
        ("src/a.py", "governance_lock.unlock()"),
        ("src/a.py", 'run(confirm_token="bypass-it")'),
        ("src/a.py", "disable_safety_checks()"),
        ("live.toml", "live.enabled = true"),
        ("compose.yml", '      - "LIVE_MODE=true"'),
        ("run.sh", "sh -c 'export LIVE_MODE=true; ./run'"),
    ],
)
def test_opening_a_lock_blocks(path: str, line: str) -> None:
    assert set(told(changed(path, before="# x\n", new=line))) == {(*UNLOCK, 2, 2)}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("config/a.toml", "", "enable_live_trading = false"),
        ("config/a.toml", "enable_live_trading = true", "enable_live_trading = false"),
        ("config/a.toml", "enable_live_trading = true", "  enable_live_trading = true"),
        ("config/a.toml", "", "# enable_live_trading = true"),
        ("docs/live.md", "", "Set `enable_live_trading = true` never."),
        ("README.rst", "", "enable_live_trading = true"),
        ("src/a.py", "", '"""Docs.\nenable_live_trading = true\n"""\nx = 1'),
        ("src/a.py", "", "if live_mode == True: pass"),
        ("src/a.py", "", "lock.release()"),
        ("config/a.toml", "no_live_trading = false", "no_live_trading = true"),
        ("config/a.toml", "no_live_trading = false", ""),
        ("config/a.toml", "", "trading_mode = 'paper'"),
    ],
)
def test_what_opens_nothing_blocks_nothing(path: str, old: str, new: str) -> None:
    assert not [hit for hit in judged(changed(path, old=old, new=new)).hits if hit.severity == "BLOCK"]


def test_a_lock_that_is_taken_away_blocks_at_its_old_line() -> None:
    (hit,) = judged(changed("config/a.toml", before="x = 1\n", old="governance_locked = true\ny = 2")).hits
    assert (hit.severity, hit.rule, hit.side, hit.start) == (*UNLOCK, "old", 2)
    assert hit.message.endswith("governance_locked is taken away")
    assert hit.snippet == "governance_locked = true"


def test_a_switch_below_its_section_blocks() -> None:
    assert told(changed("config/a.toml", before="[live]\n", new="enabled = true")) == [(*UNLOCK, 2, 2)]
    assert told(changed("config/a.toml", before="[paper]\n", new="enabled = true")) == []


def test_what_a_string_says_is_told_and_in_a_test_it_is_told() -> None:
    quoted = changed("src/a.py", new='print("enable_live_trading = true")')
    tested = changed("tests/test_a.py", new="enable_live_trading = True")
    assert [hit.severity for hit in judged(quoted, tested).hits] == ["WARN", "WARN"]


RAISE = "RISK_LIMIT_RAISE_WITHOUT_JUSTIFICATION"


@pytest.mark.parametrize(
    ("path", "old", "new", "severity"),
    [
        ("config/risk.toml", "max_leverage = 3", "max_leverage = 5", "BLOCK"),
        ("config/risk.yaml", "max_daily_loss: 1%", "max_daily_loss: 2%", "BLOCK"),
        ("risk.json", '"max_position_size": 10,', '"max_position_size": 1e3,', "BLOCK"),
        ("src/r.py", "MAX_DRAWDOWN = 0.1", "MAX_DRAWDOWN = 0.3", "BLOCK"),
        ("src/r.py", "MAX_DRAWDOWN = -0.1", "MAX_DRAWDOWN = -0.3", "BLOCK"),
        ("src/r.py", "max_leverage: int = 3", "max_leverage: int | None = None", "BLOCK"),
        ("config/risk.toml", "min_margin = 0.3", "min_margin = 0.1", "BLOCK"),
        ("config/risk.toml", "max_leverage = 3", "max_leverage = 'lots'", "BLOCK"),
        ("config/risk.toml", "max_leverage = 3", "max_leverage = -1", "BLOCK"),
        ("config/risk.toml", "max_leverage = 3\nx = 1", "x = 1", "BLOCK"),
        ("src/r.py", "max_leverage = 3", "max_leverage = leverage", "WARN"),
        ("config/risk.toml", "", "max_leverage = 3", "WARN"),
        ("tests/risk.toml", "max_leverage = 3", "max_leverage = 5", "WARN"),
        ("config/risk.toml", "max_leverage = 5", "max_leverage = 3", ""),
        ("config/risk.toml", "min_margin = 0.1", "min_margin = 0.3", ""),
        ("config/risk.toml", "max_leverage = 3", "max_leverage = 3.0", ""),
        ("config/risk.toml", "max_leverage = 3", "max-leverage  =  3  # the same", ""),
        ("config/risk.toml", "# max_leverage = 3", "# max_leverage = 5", ""),
        ("docs/risk.md", "max_leverage = 3", "max_leverage = 5", ""),
    ],
)
def test_limits_have_a_direction(path: str, old: str, new: str, severity: str) -> None:
    hits = judged(changed(path, old=old, new=new)).hits
    assert [(hit.severity, hit.rule) for hit in hits] == ([(severity, RAISE)] if severity else [])


def test_limits_of_several_sections_meet_their_own() -> None:
    old = "max_leverage = 3\n[b]\nmax_leverage = 10"
    assert told(changed("config/risk.toml", old=old, new="max_leverage = 3\n[b]\nmax_leverage = 9")) == []
    assert told(changed("config/risk.toml", old=old, new="max_leverage = 10\n[b]\nmax_leverage = 3")) == [
        ("BLOCK", RAISE, 1, 1)
    ]


def test_a_limit_that_moves_to_another_file_is_met_there() -> None:
    gone = changed("config/a.toml", before="x = 1\n", old="max_leverage = 3")
    assert told(gone, changed("config/b.toml", new="max_leverage = 3")) == []
    assert told(gone, changed("config/b.toml", new="max_leverage = 4")) == [("BLOCK", RAISE, 1, 1)]


def test_a_justification_makes_it_words() -> None:
    raised = changed("config/risk.toml", old="max_leverage = 3", new="max_leverage = 5")
    assert told(raised, context=Context(justification="  ")) == [("BLOCK", RAISE, 1, 1)]
    assert told(raised, context=Context(justification="agreed in RISK-7")) == [("WARN", RAISE, 1, 1)]


def test_an_order_endpoint_blocks_and_a_touched_execution_file_is_told() -> None:
    file = changed("src/execution/a.py", new="def go():\n    return client.place_order(x)\n")
    assert told(file) == [("WARN", "EXECUTION_ENDPOINT_TOUCH", 1, 1), ("BLOCK", "EXECUTION_ENDPOINT_TOUCH", 2, 2)]
    assert told(changed("src/other/a.py", new="client.place_order(x)")) == []
    assert told(changed("src/execution/a.py", new="# client.place_order(x)")) == [
        ("WARN", "EXECUTION_ENDPOINT_TOUCH", 1, 1)
    ]


def test_lines_that_follow_one_another_are_one_range() -> None:
    file = changed("src/live/a.py", new="a.place_order(1)\na.cancel_order(2)\nx = 1\na.send_order(3)")
    ranges = [(hit.start, hit.end) for hit in judged(file).hits if hit.severity == "BLOCK"]
    assert ranges == [(1, 2), (4, 4)]


def test_many_lines_of_critical_code_want_a_test_plan() -> None:
    big = changed("src/execution/a.py", new="x = 1\n" * 10)
    missing = [rule for _, rule, _, _ in told(big)].count("MISSING_TEST_PLAN")
    assert missing == 1
    assert "MISSING_TEST_PLAN" not in str(told(big, context=Context(test_plan="pytest tests/execution")))
    assert "MISSING_TEST_PLAN" not in str(told(big, changed("tests/test_x.py", new="assert True")))
    assert "MISSING_TEST_PLAN" not in str(told(changed("src/execution/a.py", new="x = 1\n" * 9)))


def test_secrets_block_where_they_are_added_and_are_never_shown() -> None:
    file = changed(
        "docs/a.md", before="key: HUNTER\n", new="token: HUNTER and HUNTER\nb: GUESS  # pragma: allowlist secret"
    )
    hits = criticise([file], DEFAULT, Context(), words).hits
    assert [(hit.severity, hit.start) for hit in hits] == [("WARN", 1), ("BLOCK", 2), ("WARN", 3)]
    known = changed("docs/a.md", new="b: HUNTER  # pragma: allowlist secret")
    assert criticise([known], DEFAULT, Context(), words).hits[0].severity == "BLOCK"
    assert "HUNTER" not in str(hits)
    assert hits[1].snippet == "token: [secret] and [secret]"
    assert hits[1].message.endswith("(test-kind)")


def test_a_secret_on_the_line_of_another_finding_is_hidden_there_too() -> None:
    file = changed("src/a.py", new="start(live_mode=True, key='HUNTER')")
    assert "HUNTER" not in str(criticise([file], DEFAULT, Context(), words).hits)


def test_a_type_beside_a_name_is_no_secret_in_code() -> None:
    def assigned(texts: Sequence[bytes]) -> list[list[tuple[int, int, str]]]:
        return [[(text.index(b"HUNTER"), text.index(b"HUNTER") + 6, "assigned-secret")] for text in texts]

    def hits(path: str, line: str) -> int:
        return len(criticise([changed(path, new=line)], DEFAULT, Context(), assigned).hits)

    assert hits("src/a.py", "def f(private_key: HUNTERKey) -> None: ...") == 0
    assert hits("src/a.py", "private_key = 'HUNTERKey'") == 1
    assert hits("config/a.yaml", "private_key: HUNTERKey") == 1


def test_the_detectors_are_asked_once_and_only_where_a_rule_needs_them() -> None:
    asked: list[int] = []

    def count(texts: Sequence[bytes]) -> list[list[tuple[int, int, str]]]:
        asked.append(len(texts))
        return none(texts)

    files = [changed("a.py", new="x"), changed("b.py", new="y"), changed("c.py", old="z")]
    criticise(files, DEFAULT, Context(), count)
    assert asked == [2]
    criticise(files, pack(NO_SECRETS="OFF"), Context(), count)
    assert asked == [2]


def test_severities_can_be_changed_and_rules_added() -> None:
    raised = changed("config/risk.toml", old="max_leverage = 3", new="max_leverage = 5")
    assert told(raised, by=pack(RISK_LIMIT_RAISE_WITHOUT_JUSTIFICATION="WARN"))[0][0] == "WARN"
    assert told(raised, by=pack(RISK_LIMIT_RAISE_WITHOUT_JUSTIFICATION="OFF")) == []
    own = RuleEntry(id="NO_EVAL", check="text", severity="BLOCK", message="eval", pattern=r"\beval\(")
    assert told(changed("a.py", new="eval(x)"), by=pack((own,))) == [("BLOCK", "NO_EVAL", 1, 1)]
    with pytest.raises(ValueError, match="there is no rule NO_SUCH"):
        pack(NO_SUCH="OFF")


def test_what_the_diff_does_not_show_is_named() -> None:
    hidden = FileDiff("a.bin", binary=True)
    merged = FileDiff("b", parents=2)
    found = judged(hidden, merged, changed("c", new="x"))
    assert (found.unread, found.combined, found.files, found.lines) == (("a.bin",), True, 2, 1)


@pytest.mark.parametrize(
    "stored", [None, {}, {"rule": [{}]}, {"rule": [{"id": "X", "check": "no", "severity": "BLOCK"}]}, {"rule": 3}]
)
def test_what_is_no_pack_is_refused(stored: object) -> None:
    with pytest.raises(BadInput) as caught:
        read_pack(stored)  # type: ignore[arg-type]
    assert caught.value.code == "GATE_DECLARATION"
