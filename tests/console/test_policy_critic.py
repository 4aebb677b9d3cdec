"""``gonogo policy-critic``: a diff or the desk, in words, in JSON and in the predecessor's shape, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.secrets_planted import made_up, planted, rule_cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.bad_input import Said
    from support.desk import Desk

RAISED = """diff --git a/config/a.toml b/config/a.toml
index 1111111..2222222 100644
--- a/config/a.toml
+++ b/config/a.toml
@@ -1 +1 @@
-max_leverage = 3
+max_leverage = 5
"""
TOUCHED = RAISED.replace("config/a.toml", "src/execution/a.py").replace("max_leverage", "x")
QUIET = RAISED.replace("max_leverage", "x")
MERGED = "diff --cc a\nindex 1111111,2222222..3333333\n--- a/a\n+++ b/a\n@@@ -1,1 -1,1 +1,1 @@@\n- x\n -z\n++y\n"
BINARY = "diff --git a/a b/a\nindex 1111111..2222222 100644\nBinary files a/a and b/a differ\n"
PACK = """schema = "gonogo/policy_pack/v1"
version = "7"
description = "d"
[[rule]]
id = "NO_FIVE"
check = "text"
severity = "BLOCK"
message = "five"
pattern = '5'
"""


@pytest.fixture
def critic(desk: Desk, gonogo: Said, tmp_path: Path) -> Callable[..., tuple[int, Any, str]]:
    def run(diff: str | None, *words: str) -> tuple[int, Any, str]:
        place = tmp_path / "x.diff"
        place.write_text(diff or "")
        source = () if diff is None else ("--diff-file", str(place))
        done = gonogo(desk, "policy-critic", *source, *words, **rule_cache())
        return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout, done.stderr

    return run


@pytest.mark.parametrize(
    ("diff", "code", "compat", "severity", "action"),
    [
        (QUIET, 0, 0, "INFO", "ALLOW"),
        (TOUCHED, 0, 0, "WARN", "REVIEW_REQUIRED"),
        (RAISED, 1, 2, "BLOCK", "AUTO_APPLY_DENY"),
        ("", 3, 0, "INFO", "ALLOW"),
        (MERGED, 3, 0, "INFO", "ALLOW"),
        (BINARY, 3, 0, "INFO", "ALLOW"),
    ],
)
def test_each_verdict_has_its_exit_code_in_both_worlds(
    critic: Callable[..., tuple[int, Any, str]], diff: str, code: int, compat: int, severity: str, action: str
) -> None:
    ended, found, _ = critic(diff, "--json")
    assert (ended, found["max_severity"]) == (code, severity)
    assert found["recommended_action"] == (action if code != 3 else "REVIEW_REQUIRED")
    assert found["verdict"] == {0: "PASS", 1: "FAIL", 3: "INCONCLUSIVE"}[code]
    ended, old, _ = critic(diff, "--compat", "--changed-files", "config/a.toml")
    assert (ended, old["max_severity"], old["recommended_action"]) == (compat, severity, action)


def test_the_document_names_every_place(critic: Callable[..., tuple[int, Any, str]]) -> None:
    _, found, _ = critic(RAISED, "--json")
    (one,) = found["violations"]
    assert (one["file_path"], one["line_range"], one["side"]) == ("config/a.toml", [1, 1], "new")
    assert one["snippet"] == "max_leverage = 5"
    assert found["pack"]["ids"] == ["default"]
    assert (found["files"], found["lines"], found["unread"]) == (1, 2, [])


def test_the_predecessors_document_has_its_keys(critic: Callable[..., tuple[int, Any, str]]) -> None:
    _, found, err = critic(RAISED + TOUCHED, "--compat", "--json-only")
    assert list(found) == [
        *("max_severity", "recommended_action", "violations", "minimum_test_plan", "operator_questions", "summary"),
        *("policy_pack_id", "policy_pack_version", "effective_ruleset_hash"),
    ]
    assert len(found["effective_ruleset_hash"]) == 16
    assert [one["rule_id"] for one in found["violations"]] == sorted(one["rule_id"] for one in found["violations"])
    for one in found["violations"]:
        assert list(one) == ["rule_id", "severity", "message", "evidence", "suggested_fix"]
        assert list(one["evidence"][0]) == ["file_path", "line_range", "snippet", "pattern"]
    assert err == ""


def test_hits_of_one_rule_are_one_violation_with_all_their_evidence(
    critic: Callable[..., tuple[int, Any, str]],
) -> None:
    second = TOUCHED.replace("a.py", "b.py")
    _, found, _ = critic(TOUCHED + second, "--compat")
    (one,) = found["violations"]
    assert one["message"].endswith("(2 occurrences)")
    assert [place["file_path"] for place in one["evidence"]] == ["src/execution/a.py", "src/execution/b.py"]


def test_in_words_the_place_comes_first_and_the_verdict_last(critic: Callable[..., tuple[int, Any, str]]) -> None:
    code, words, _ = critic(RAISED)
    lines = words.splitlines()
    assert (code, lines[-1]) == (1, "FAIL: Blocking findings: 1.")
    assert lines[0].startswith("BLOCK config/a.toml:1 RISK_LIMIT_RAISE_WITHOUT_JUSTIFICATION a risk limit is loosened")


def test_the_authors_words_make_a_raise_a_warning(critic: Callable[..., tuple[int, Any, str]], tmp_path: Path) -> None:
    place = tmp_path / "context.json"
    place.write_text('{"justification": "agreed", "more": 1}')
    assert critic(RAISED, "--context-json", str(place))[0] == 0
    for bad in ("[]", "{", '{"justification": 1}'):
        place.write_text(bad)
        code, _, err = critic(RAISED, "--context-json", str(place))
        assert (code, "CRITIC_CONTEXT" in err) == (2, True)


def test_another_pack_is_played(critic: Callable[..., tuple[int, Any, str]], tmp_path: Path) -> None:
    place = tmp_path / "mine.toml"
    place.write_text(PACK)
    code, found, _ = critic(QUIET, "--pack", str(place), "--json")
    assert (code, found["violations"][0]["rule_id"], found["pack"]["ids"]) == (1, "NO_FIVE", ["mine"])
    assert critic(QUIET, "--pack", "default")[0] == 0
    assert "Did you mean default?" in critic(QUIET, "--pack", "defualt")[2]


def test_what_cannot_be_read_is_said_and_in_the_old_world_ends_with_1(
    critic: Callable[..., tuple[int, Any, str]], tmp_path: Path
) -> None:
    code, _, err = critic("hello\n")
    assert (code, "DIFF_INVALID" in err, "x.diff:1" in err) == (2, True, True)
    assert critic("hello\n", "--compat")[0] == 1
    gone = str(tmp_path / "gone.diff")
    assert (critic(None, "--diff-file", gone)[0], critic(None, "--diff-file", gone, "--compat")[0]) == (2, 1)
    code, _, err = critic(QUIET, "--diff-stdin")
    assert (code, "CRITIC_WHICH" in err) == (2, True)
    assert critic(QUIET, "--changed-files", "config/a.toml,b.py", "--json")[1]["verdict"] == "INCONCLUSIVE"


def test_the_desk_is_looked_at_with_what_is_not_committed(
    desk: Desk, critic: Callable[..., tuple[int, Any, str]]
) -> None:
    secret = planted()["github"][0]
    desk.repo.write({"config/x.toml": "enable_live_trading = true\n", "docs/new.md": secret, "big.bin": b"\0\1" * 99})
    code, found, _ = critic(None, "--json")
    assert (code, found["base_rule"], found["commit"]) == (1, "head", None)
    assert {(one["rule_id"], one["file_path"]) for one in found["violations"]} == {
        ("NO_LIVE_UNLOCK", "config/x.toml"),
        ("NO_SECRETS", "docs/new.md"),
    }
    assert made_up(36, 1) not in json.dumps(found)


def test_no_attribute_of_the_change_hides_a_line(desk: Desk, critic: Callable[..., tuple[int, Any, str]]) -> None:
    desk.repo.write({".gitattributes": "* -diff binary\n", "config/x.toml": "enable_live_trading = true\n"})
    code, found, _ = critic(None, "--json", "--pr-mode")
    assert (code, found["violations"][0]["line_range"], found["unread"]) == (1, [1, 1], [])
