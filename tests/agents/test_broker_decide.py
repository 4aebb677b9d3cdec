"""The one decision: denied by default, forbidden wins, and no spelling of a path widens a scope."""

from __future__ import annotations

import posixpath
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_agents.broker import RoleScope, decide, scope_of
from gonogo_agents.broker.decide import may_see

pytestmark = pytest.mark.fast

SCOPE = RoleScope(
    role="FACTS_COLLECTOR",
    paths_read=("docs/**", "config/*.toml", "secrets/**"),
    paths_write=("data/facts/**",),
    tools=("repo.read", "repo.list", "git.query", "evidence.append", "tools.versions"),
    git_queries=("change",),
    paths_forbidden=("secrets/**", "**/*.key"),
)
VERBS = ("repo.read", "repo.list", "git.query", "evidence.append", "tools.versions", "gate.run", "model.invoke", "x")


def _read(path: object) -> bool:
    return decide(SCOPE, "repo.read", {"path": path}).allowed  # type: ignore[dict-item]  # what is no path is the point


@pytest.mark.parametrize("path", ["docs/a.md", "docs/b/c.md", "config/layers.toml"])
def test_what_the_scope_names_is_allowed(path: str) -> None:
    decision = decide(SCOPE, "repo.read", {"path": path})
    assert decision.allowed
    assert decision.rule.startswith("paths_read:")
    assert may_see(SCOPE, path)


@pytest.mark.parametrize(
    "path",
    [
        *("src/a.py", "config/deep/x.toml", "Docs/a.md", "docs\\a.md", "", ".", "/", "/etc/passwd", "docs/../src/a.py"),
        *(
            "docs/./a.md",
            "docs//a.md",
            "./docs/a.md",
            "docs/..",
            "docs/a.md/",
            "docs/\0a",
            "../docs/a.md",
            " docs/a.md",
        ),
        *("secrets/token", "docs/a.key", "docs/x/y.key", "dοcs/a.md"),  # noqa: RUF001 - a Greek omicron on purpose
    ],
)
def test_what_it_does_not_name_or_forbids_is_denied(path: str) -> None:
    assert not _read(path)
    assert not may_see(SCOPE, path)


@pytest.mark.parametrize("path", [None, 1, True, ["docs/a.md"], {"path": "docs/a.md"}])
def test_what_is_no_path_is_denied(path: object) -> None:
    assert not _read(path)


def test_a_batch_is_as_good_as_its_worst_path() -> None:
    def batch(*paths: str) -> bool:
        return decide(SCOPE, "repo.read", {"paths": list(paths)}).allowed

    assert batch("docs/a.md", "docs/b.md")
    assert not batch("docs/a.md", "src/b.py", "docs/c.md")
    assert not batch("docs/a.md", "secrets/x")
    assert not batch()
    assert not decide(SCOPE, "repo.read", {"path": "docs/a.md", "paths": ["src/x"]}).allowed
    assert not decide(SCOPE, "repo.read", {"path": "docs/a.md", "raw_hex": "2e2e"}).allowed
    assert not decide(SCOPE, "repo.read", {"paths": "docs/a.md"}).allowed


def test_a_decomposed_name_meets_the_composed_rule() -> None:
    scope = replace(SCOPE, paths_read=("übung/**",), paths_forbidden=("übung/gehe\u0301im",))
    assert decide(scope, "repo.read", {"path": "u\u0308bung/a"}).allowed
    assert not decide(scope, "repo.read", {"path": "übung/gehéim"}).allowed


def test_git_questions_and_evidence_places_are_named_one_by_one() -> None:
    assert decide(SCOPE, "git.query", {"query": "change"}).allowed
    for query in ("desk", "log", "", None, ["change"], "change "):
        assert not decide(SCOPE, "git.query", {"query": query}).allowed
    assert decide(SCOPE, "evidence.append", {"path": "facts/a.json"}).allowed
    for path in ("a.json", "../core/pack.json", "facts/../a.json", "/facts/a.json", None, "", "facts"):
        assert decide(SCOPE, "evidence.append", {"path": path}).allowed is (path == "facts")


def test_a_denial_names_role_rule_and_reason() -> None:
    decision = decide(SCOPE, "gate.run", {"name": "Lint Gate"})
    assert (decision.allowed, decision.rule) == (False, "default")
    assert str(decision.reason) == "FACTS_COLLECTOR has no right to gate.run."
    assert decide(SCOPE, "repo.read", {"path": "secrets/x"}).rule == "paths_forbidden:secrets/**"


def test_the_scope_is_taken_from_any_configuration_of_that_shape() -> None:
    made = scope_of("FACTS_COLLECTOR", SCOPE, SCOPE.paths_forbidden)
    assert made == SCOPE


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["path", "paths", "query", "name", "content"]), JSONISH, max_size=3)
SEGMENT = st.sampled_from(
    ["docs", "config", "secrets", "src", "a.md", "x.toml", "..", ".", "", "*", "**", "ü", "u\u0308"]
)
PATHS = st.lists(SEGMENT, min_size=1, max_size=5).map("/".join)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(VERBS), ARGUMENTS)
def test_the_empty_scope_allows_nothing_and_nothing_raises(verb: str, arguments: dict[str, object]) -> None:
    assert not decide(RoleScope("RISK_OFFICER"), verb, arguments).allowed  # type: ignore[arg-type]  # any JSON at all
    decide(SCOPE, verb, arguments)  # type: ignore[arg-type]  # the same


@settings(deadline=None, max_examples=60)
@given(PATHS)
def test_a_forbidden_path_is_denied_whatever_else_allows_it(path: str) -> None:
    wide = replace(SCOPE, paths_read=("**",))
    allowed = decide(wide, "repo.read", {"path": path}).allowed
    plain = all(part not in {"", ".", ".."} for part in path.split("/"))
    forbidden = path.split("/", maxsplit=1)[0] == "secrets"
    assert allowed is (plain and not forbidden)


@settings(deadline=None, max_examples=60)
@given(PATHS)
def test_what_is_allowed_lies_where_the_scope_says_after_any_normalisation(path: str) -> None:
    if decide(replace(SCOPE, paths_forbidden=()), "repo.read", {"path": path}).allowed:
        resolved = posixpath.normpath(unicodedata.normalize("NFC", path))
        assert resolved.split("/")[0] in {"docs", "config", "secrets"}
        assert resolved == unicodedata.normalize("NFC", path)


@settings(deadline=None, max_examples=60)
@given(PATHS, st.sampled_from(["docs/**", "config/*.toml", "**/x.toml"]))
def test_forbidding_more_never_allows_more(path: str, glob: str) -> None:
    narrower = replace(SCOPE, paths_forbidden=(*SCOPE.paths_forbidden, glob))
    assert decide(SCOPE, "repo.read", {"path": path}).allowed >= decide(narrower, "repo.read", {"path": path}).allowed
