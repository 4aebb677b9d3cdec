"""Ways past the critic that were tried: each is a change that opens something while no plain line of it says so."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pytest

from gonogo_policies.critic import Context, FileDiff, criticise, read_diff
from policies.critic.test_judge import DEFAULT, none, words
from support.repos import Files, executable, link, make_repo, submodule

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_policies.critic import Critique

UNLOCK, RAISE = "NO_LIVE_UNLOCK", "RISK_LIMIT_RAISE_WITHOUT_JUSTIFICATION"


def diffed(path: str, old: str | None, new: str | None) -> FileDiff:
    """What git would read of a file's two versions, whole; None: it was or is not there."""
    before, after = (old or "").split("\n"), (new or "").split("\n")
    file = FileDiff(path, status="A" if old is None else "D" if new is None else "M")
    file.was = list(enumerate(before, 1)) if old is not None else []
    file.now = list(enumerate(after, 1)) if new is not None else []
    kept_old: set[int] = set()
    kept_new: set[int] = set()
    for at, to, size in difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        kept_old.update(range(at + 1, at + size + 1))
        kept_new.update(range(to + 1, to + size + 1))
    file.removed = [line for line in file.was if line[0] not in kept_old or new is None]
    file.added = [line for line in file.now if line[0] not in kept_new or old is None]
    return file


def judged(*files: FileDiff) -> Critique:
    return criticise(files, DEFAULT, Context(), none)


def blocks(*files: FileDiff) -> set[str]:
    return {hit.rule for hit in judged(*files).hits if hit.severity == "BLOCK"}


OPENED: dict[str, tuple[str, str | None, str]] = {
    "camel case": ("a.json", None, '{"enableLiveTrading": true}'),
    "a prefix": (".env", None, "APP_LIVE_MODE=true"),
    "a prefix in camel case": ("a.ts", None, "appLiveMode = true"),
    "an escape in a key": ("a.json", None, '{"enable_l\\u0069ve": true}'),
    "an escape in TOML": ("a.toml", None, '"enable_l\\u0069ve" = true'),
    "an escape in Python": ("a.py", None, 'c["enable_l\\x69ve"] = True'),
    "full-width letters": ("a.py", None, "\uff45nable_live = True"),
    "an invisible sign": ("a.yaml", None, "enable_\u200blive: true"),
    "a comment that a carriage return ends": ("a.py", None, "# harmless\renable_live = True"),
    "a comment that a line separator ends": ("a.js", None, "// harmless\u2028enableLive = true"),
    "a comment that a next-line sign ends": ("a.yaml", None, "# harmless\x85enable_live: true"),
    "behind a block comment": ("a.js", None, "/* safe */ enableLive = true;"),
    "through a pointer": ("a.c", None, "*enable_live = true;"),
    "behind a literal string": ("a.toml", None, "x = { p = 'C:\\', live_mode = true }"),
    "a value on the next line": ("a.json", None, '{"enable_live":\n true}'),
    "only the value's line": ("a.json", '{"enable_live":\nfalse}', '{"enable_live":\ntrue}'),
    "deep in one line": ("a.json", None, '{"a": true, "live": {"x": {"y": 1}, "enabled": true}}'),
    "without indentation": ("a.json", None, '{\n"live": {\n"enabled": true\n}}'),
    "an alias": ("a.yaml", "f: &f false\nenable_live: *f\n", "f: &f true\nenable_live: *f\n"),
    "a merged mapping": ("a.yaml", "b: &b {armed: no}\nlive:\n  <<: *b\n", "b: &b {armed: yes}\nlive:\n  <<: *b\n"),
    "a tag": ("a.yaml", None, 'enable_live: !!bool "true"'),
    "a folded value": ("a.yaml", None, "enable_live: >-\n  true\n"),
    "a name beside its value": ("k.yaml", None, 'env:\n  - name: LIVE_MODE\n    value: "true"\n'),
    "a header that is added": ("a.toml", "x = 1\nenabled = true\n", "x = 1\n[live]\nenabled = true\n"),
    "a header that is renamed": ("a.ini", "[paper]\nenabled = true\n", "[live]\nenabled = true\n"),
    "a header that is taken away": ("a.ini", "[live]\n[p]\nenabled = true\n", "[live]\nenabled = true\n"),
    "another spelling of one": ("a.toml", None, "live_mode = 1.0"),
    "a shorter yes": ("a.yaml", None, "live_mode: y"),
    "not false": ("a.py", None, "enable_live = not False"),
    "in brackets": ("a.py", None, "enable_live = (True)"),
    "over two lines": ("a.py", None, "enable_live = \\\n    True"),
    "one of several": ("a.py", None, "a, enable_live = 1, True"),
    "or true": ("a.py", None, "enable_live = asked or True"),
    "a logical assignment": ("a.py", None, "enable_live |= True"),
    "an attribute by name": ("a.py", None, 'setattr(c, "enable_" + "live", True)'),
    "a default of the environment": ("a.py", None, 'x = os.getenv("LIVE_MODE", "1")'),
    "a default of a field": ("a.py", None, "class A:\n    live_mode: bool = Field(default=True)"),
    "keys of keys": ("a.py", None, 'c["live"]["enabled"] = True'),
    "a notebook": ("a.ipynb", None, '{"cells": [{"cell_type": "code", "source": ["live_mode = True\\n"]}]}'),
    "a shorter true": ("a.js", None, "enableLive=!0;"),
    "a comment in the value": ("a.js", None, "enableLive = true/**/;"),
    "a flag": ("run.sh", None, "./run --enable-live-trading"),
    "a flag in a list": ("c.yaml", None, 'args: ["--enable-live", "now"]'),
    "a blank between": ("Dockerfile", None, "ENV LIVE_MODE true"),
    "a macro": ("a.h", None, "#define LIVE_MODE 1"),
    "XML": ("a.xml", None, "<enable_live>true</enable_live>"),
    "an attribute of XML": ("a.xml", None, '<add key="enable_live" value="true"/>'),
    "JSON in a string": ("run.sh", None, 'curl -d "{\\"live_mode\\": true}"'),
    "a lock of unknown state": ("a.toml", "governance_locked = true", 'governance_locked = "$X"'),
    "a lock on two lines": ("a.json", '{"governance_locked":\ntrue, "x": 1}', '{"x": 1}'),
    "a lock whose name only looks alike": ("a.toml", "governance_locked = true", "governance_l\u043ecked = true"),
    "a lock that is disabled": ("a.toml", "disable_live_mode = true", "disable_live_mode = false"),
    "a file of locks that is deleted": ("a.toml", "kill_switch_enabled = true", None),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("case", OPENED)
def test_what_opens_by_a_way_round_blocks(case: str) -> None:
    path, old, new = OPENED[case]
    assert UNLOCK in blocks(diffed(path, old, new))


RAISED: dict[str, tuple[str, str, str | None]] = {
    "only the value's line": ("a.json", '{"max_leverage":\n3}', '{"max_leverage":\n5}'),
    "an alias": ("a.yaml", "l: &l 3\nmax_leverage: *l\n", "l: &l 5\nmax_leverage: *l\n"),
    "below the key": ("a.yaml", "max_leverage:\n  btc: 3\n", "max_leverage:\n  btc: 5\n"),
    "in a mapping of one line": ("a.yaml", "max_leverage: {d: 3}", "max_leverage: {d: 9}"),
    "in a list": ("a.toml", "max_leverage = [3,\n 3]", "max_leverage = [3,\n 9]"),
    "a product": ("a.py", "max_leverage = 3", "max_leverage = 3 * 10"),
    "a product elsewhere": ("a.js", "maxLeverage = 3;", "maxLeverage = 3 * 10;"),
    "once more below": ("a.py", "max_leverage = 3\n", "max_leverage = 3\nmax_leverage = 50\n"),
    "once more in an environment": (".env", "MAX_LEVERAGE=3\n", "MAX_LEVERAGE=3\nMAX_LEVERAGE=50\n"),
    "twice in JSON": ("a.json", '{"max_leverage": 3}', '{"max_leverage": 3, "max_leverage": 50}'),
    "camel case": ("a.ts", "maxLeverage: 3,", "maxLeverage: 50,"),
    "a prefix": ("a.toml", "btc_max_leverage = 3", "btc_max_leverage = 50"),
    "a flag's value": ("run.sh", "./r --max-leverage 3", "./r --max-leverage 50"),
    "a name beside its value": (
        "k.yaml",
        "- name: MAX_LEVERAGE\n  value: 3\n",
        "- name: MAX_LEVERAGE\n  value: 50\n",
    ),
    "a file that is deleted": ("risk.toml", "max_leverage = 3\n", None),
    "an argument beside a key": (
        "a.yaml",
        "max_leverage: 3\nargs: [--max-leverage=3]\n",
        "max_leverage: 3\nargs: [--max-leverage=50]\n",
    ),
    "bytes that are no text": ("a.yaml", "l: &l 3\nmax_leverage: *l\n", "# \udcff\nl: &l 5\nmax_leverage: *l\n"),
    "a default in a call": ("a.py", 'x = c.get("max_leverage", 3)', 'x = c.get("max_leverage", 50)'),
    "the value's line in Python": ("a.py", "max_leverage = (\n    3\n)", "max_leverage = (\n    50\n)"),
}


@pytest.mark.parametrize("case", RAISED)
def test_a_limit_that_is_raised_by_a_way_round_blocks(case: str) -> None:
    path, old, new = RAISED[case]
    assert RAISE in blocks(diffed(path, old, new))


QUIET: dict[str, tuple[str, str | None, str]] = {
    "the opposite": ("a.toml", None, "no_live_mode = true\ndisable_live_trading = true"),
    "a negative flag": ("run.sh", None, "./run --no-live-mode"),
    "another order of sections": (
        "a.toml",
        "[a]\nmax_leverage = 3\n[b]\nmax_leverage = 9\n",
        "[b]\nmax_leverage = 9\n[a]\nmax_leverage = 3\n",
    ),
    "another order of a list": (
        "a.yaml",
        "- {id: a, max_leverage: 3}\n- {id: b, max_leverage: 9}\n",
        "- {id: b, max_leverage: 9}\n- {id: a, max_leverage: 3}\n",
    ),
    "a class with such a name": ("a.py", "class MaxLossLimit:\n    x = 1", "class MaxLossLimit:\n    x = 2"),
    "the same below a new root": ("a.yaml", "live:\n  enabled: yes\n", "app:\n  live:\n    enabled: yes\n"),
    "a block comment": ("a.js", None, "/* enableLive = true */\n * enableLive = true\n"),
    "the same value another way": ("a.py", "max_leverage = 30", "max_leverage = 3 * 10"),
    "tighter below the key": ("a.yaml", "max_leverage:\n  btc: 5\n", "max_leverage:\n  btc: 3\n"),
}


@pytest.mark.parametrize("case", QUIET)
def test_what_only_looks_like_a_way_round_is_quiet(case: str) -> None:
    path, old, new = QUIET[case]
    assert blocks(diffed(path, old, new)) == set()


def test_a_document_or_test_that_becomes_part_of_the_program_is_new_with_every_line() -> None:
    text = "enable_live_trading = true\n" + "x = 1\n" * 9
    for old in ("docs/example.md", "tests/live.toml"):
        assert blocks(diffed(old, text, None), diffed("config/app.toml", None, text)) == {UNLOCK}
    assert blocks(diffed("config/a.toml", text, None), diffed("config/b.toml", None, text)) == set()
    order = "client.place_order(x)\n"
    assert "EXECUTION_ENDPOINT_TOUCH" in blocks(diffed("src/a.py", order, None), diffed("src/live/a.py", None, order))


def test_a_secret_blocks_in_tests_and_in_two_byte_letters() -> None:
    hidden = "key = HUNTER\n".encode("utf-16-le").decode()
    head = "diff --git a/{0} b/{0}\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n"
    head += "+++ b/{0}\n@@ -0,0 +1 @@\n"
    for path, line in (("tests/test_a.py", "x = 'HUNTER'\n"), ("a.ini", hidden.removesuffix("\n\0") + "\n")):
        files = read_diff(f"{head.format(path)}+{line}".encode())
        assert [hit.severity for hit in criticise(files, DEFAULT, Context(), words).hits] == ["BLOCK"]
    live = "live_mode = true\n".encode("utf-16-le").decode().removesuffix("\n\0")
    assert blocks(*read_diff(f"{head.format('a.ini')}+{live}\n".encode())) == {UNLOCK}


UNSEEN: dict[str, tuple[Files, Files]] = {
    "a submodule": ({"m": submodule("a" * 40)}, {"m": submodule("b" * 40)}),
    "a link to a document": ({"docs/x.md": "enable_live = true\n"}, {"config/app.toml": link("../docs/x.md")}),
    "a link out of the tree": ({}, {"config/app.toml": link("/etc/app.toml")}),
    "a file that becomes a link": ({"config/a.toml": "x = 1\n"}, {"config/a.toml": link("../tests/a.toml")}),
    "a pointer to a large file": ({}, {"a.json": "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"}),
    "an encoding of its own": ({}, {"a.py": "# -*- coding: utf-7 -*-\nx = 1\n"}),
}


@pytest.mark.parametrize("case", UNSEEN)
def test_what_the_diff_does_not_show_is_named(case: str, tmp_path: Path) -> None:
    before, after = UNSEEN[case]
    repo = make_repo(tmp_path / "r", {"keep": "k\n", **before}, [after])
    shown = repo.git("diff-tree", "-r", "-p", "--text", "--no-renames", *repo.commits) + "\n"
    assert judged(*read_diff(shown.encode())).unread == tuple(after)


def test_a_link_within_its_kind_and_a_mode_alone_are_seen(tmp_path: Path) -> None:
    after: Files = {"b.toml": link("a.toml"), "run.sh": executable("x\n")}
    repo = make_repo(tmp_path / "r", {"a.toml": "x = 1\n", "run.sh": "x\n"}, [after])
    shown = repo.git("diff-tree", "-r", "-p", *repo.commits) + "\n"
    assert judged(*read_diff(shown.encode())).unread == ()


def test_a_diff_that_follows_renames_is_not_believed_across_kinds(tmp_path: Path) -> None:
    text = "enable_live = true\n" + "x = 1\n" * 9
    repo = make_repo(tmp_path / "r", {"docs/x.md": text}, [{"docs/x.md": None, "config/x.toml": text}])
    shown = repo.git("diff", "-M", *repo.commits) + "\n"
    assert judged(*read_diff(shown.encode())).unread == ("config/x.toml",)
    copied = make_repo(tmp_path / "c", {"a.toml": text}, [{"b.toml": text}])
    shown = copied.git("diff", "-C", "--find-copies-harder", *copied.commits) + "\n"
    assert judged(*read_diff(shown.encode())).unread == ("b.toml",)


LONG = {
    "one long name": "max_" + "limit" * 60_000,
    "many quotes": '"a" # ' * 60_000,
    "many settings": '{"max_leverage": 3}, ' * 4_000,
    "many orders": "class " + "Order" * 60_000,
    "many blanks": "max_leverage" + " " * 200_000 + "x",
    "many braces": '{"live": ' * 10_000 + '"enabled": true',
    "many flags": "--max-leverage " * 4_000,
    "many locks": "live" + "lock" * 60_000,
}


@pytest.mark.parametrize("case", LONG)
def test_a_line_of_any_length_is_read_to_its_end(case: str) -> None:
    """What grew with the square of the length would not come back here."""
    assert judged(diffed("src/execution/a.js", None, LONG[case])).files == 1
