"""The one decision: denied by default, forbidden wins, only in the steps of a duty, no spelling widens a scope."""

from __future__ import annotations

import json
import posixpath
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_agents.broker import Decision, RoleScope, Rules, compile_decisions, decide, evaluate
from gonogo_agents.broker import decisions as compiled
from gonogo_agents.broker.decide import may_see
from gonogo_policies import globs

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON

pytestmark = pytest.mark.fast

SCOPE = RoleScope(
    role="FACTS_COLLECTOR",
    paths_read=("docs/**", "config/*.toml", "secrets/**"),
    paths_write=("data/facts/**",),
    tools=("repo.read", "repo.list", "git.query", "evidence.append", "tools.versions"),
    git_queries=("change",),
    steps=("B", "C"),
    state_write=("inventory",),
    tool_steps={"tools.versions": ("C",)},
    paths_forbidden=("secrets/**", "**/*.key"),
)
VERBS = (
    *("repo.read", "repo.list", "git.query", "evidence.append", "tools.versions", "gate.run", "model.invoke", "x"),
    "state.write",
)


RULES = Rules(SCOPE)


def _ask(scope: RoleScope, verb: str, arguments: object, step: str = "B") -> Decision:
    return decide(Rules(scope), scope.role, step, verb, arguments)  # type: ignore[arg-type]  # what is no JSON is a point


def _read(path: object) -> bool:
    return decide(RULES, "FACTS_COLLECTOR", "B", "repo.read", {"path": path}).allowed  # type: ignore[dict-item]  # the same


@pytest.mark.parametrize("path", ["docs/a.md", "docs/b/c.md", "config/layers.toml"])
def test_what_the_scope_names_is_allowed(path: str) -> None:
    decision = _ask(SCOPE, "repo.read", {"path": path})
    assert decision.allowed
    assert decision.rule.startswith("paths_read:")
    assert may_see(RULES, path)


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
    assert not may_see(RULES, path)


@pytest.mark.parametrize("path", [None, 1, True, ["docs/a.md"], {"path": "docs/a.md"}])
def test_what_is_no_path_is_denied(path: object) -> None:
    assert not _read(path)


def test_a_batch_is_as_good_as_its_worst_path() -> None:
    def batch(*paths: str) -> bool:
        return _ask(SCOPE, "repo.read", {"paths": list(paths)}).allowed

    assert batch("docs/a.md", "docs/b.md")
    assert not batch("docs/a.md", "src/b.py", "docs/c.md")
    assert not batch("docs/a.md", "secrets/x")
    assert not batch()
    assert not _ask(SCOPE, "repo.read", {"path": "docs/a.md", "paths": ["src/x"]}).allowed
    assert not _ask(SCOPE, "repo.read", {"path": "docs/a.md", "raw_hex": "2e2e"}).allowed
    assert not _ask(SCOPE, "repo.read", {"paths": "docs/a.md"}).allowed


def test_a_decomposed_name_meets_the_composed_rule() -> None:
    scope = replace(SCOPE, paths_read=("übung/**",), paths_forbidden=("übung/gehe\u0301im",))
    assert _ask(scope, "repo.read", {"path": "u\u0308bung/a"}).allowed
    assert not _ask(scope, "repo.read", {"path": "übung/gehéim"}).allowed


def test_git_questions_and_evidence_places_are_named_one_by_one() -> None:
    assert _ask(SCOPE, "git.query", {"query": "change"}).allowed
    for query in ("desk", "log", "", None, ["change"], "change "):
        assert not _ask(SCOPE, "git.query", {"query": query}).allowed
    assert _ask(SCOPE, "evidence.append", {"path": "facts/a.json"}).allowed
    for path in ("a.json", "../core/pack.json", "facts/../a.json", "/facts/a.json", None, "", "facts"):
        assert _ask(SCOPE, "evidence.append", {"path": path}).allowed is (path == "facts")


def test_a_denial_names_role_rule_and_reason() -> None:
    decision = _ask(SCOPE, "gate.run", {"name": "Lint Gate"})
    assert (decision.allowed, decision.rule) == (False, "default")
    assert str(decision.reason) == "FACTS_COLLECTOR has no right to gate.run."
    assert _ask(SCOPE, "repo.read", {"path": "secrets/x"}).rule == "paths_forbidden:secrets/**"


def test_a_role_asks_for_itself_and_only_in_the_steps_of_its_duties() -> None:
    arguments = {"path": "docs/a.md"}
    assert decide(RULES, "FACTS_COLLECTOR", "C", "repo.read", arguments).allowed
    for step in ("A", "E", "G", "", "b", "over"):
        denied = decide(RULES, "FACTS_COLLECTOR", step, "repo.read", arguments)
        assert (denied.allowed, denied.rule) == (False, "step")
    assert str(denied.reason) == "FACTS_COLLECTOR has no duty in step over."
    other = decide(RULES, "CI_GUARDIAN", "B", "repo.read", arguments)
    assert (other.allowed, other.rule) == (False, "role")


@pytest.mark.parametrize(
    "path",
    [
        *("Secrets/token", "SECRETS/x", "secrets./token", "secrets /token", "secrets\\token", "se\u200dcrets/token"),
        *(
            "\u202esecrets/x",
            "\u017fecrets/x",
            "\uff53\uff45crets/x",
            "docs/A.KEY",
            "docs/a.key.",
            "docs/a.key ",
            "docs/...//../x.key",
        ),
        *("docs/a.k\u0435y\u2028.key", "secrets\uff0ftoken", "docs/a\u00ad.key"),
    ],
)
def test_a_prohibition_holds_for_every_spelling_that_a_careless_reader_takes_for_it(path: str) -> None:
    everything = replace(SCOPE, paths_read=("**",))
    assert not _ask(everything, "repo.read", {"path": path}).allowed
    assert _ask(everything, "repo.read", {"path": "docs/plain.md"}).allowed


def test_every_rule_has_words_and_names_what_it_was_held_against() -> None:
    asked: tuple[tuple[str, dict[str, object], str], ...] = (
        ("gate.run", {}, "FACTS_COLLECTOR has no right to gate.run."),
        ("repo.list", {}, "The role's tools name repo.list."),
        ("git.query", {"query": "change"}, "The role may ask git for change."),
        ("git.query", {"query": "desk"}, "FACTS_COLLECTOR has no right to ask git for desk."),
        ("repo.read", {"path": "docs/a"}, "docs/a is in the scope."),
        ("repo.read", {"paths": ["docs/a", "docs/b"]}, "All 2 paths are in the scope."),
        ("repo.read", {"path": "src/a"}, "src/a is not in the role's scope."),
        ("repo.read", {"path": "secrets/a"}, "secrets/a is forbidden to every role."),
        ("repo.read", {"path": "a/../b"}, "a/../b is not a plain path inside the repository."),
        ("repo.read", {}, "Reading and writing take one path, or reading a list of paths."),
        ("evidence.append", {"path": 1}, "Reading and writing take one path, or reading a list of paths."),
        ("tools.versions", {}, "FACTS_COLLECTOR may not ask for tools.versions in step B."),
        ("state.write", {"field": "inventory"}, "The role may hand in inventory."),
        ("state.write", {"field": "execution"}, "FACTS_COLLECTOR has no right to hand in execution."),
        ("x\u202e", {}, "FACTS_COLLECTOR has no right to x\\u202e."),
    )
    assert [str(_ask(SCOPE, verb, arguments).reason) for verb, arguments, _ in asked] == [words for *_, words in asked]


def test_a_role_hands_in_its_own_fields_and_a_verb_may_have_steps_of_its_own() -> None:
    assert _ask(SCOPE, "state.write", {"field": "inventory"}).rule == "state_write:inventory"
    for field in ("execution", "", None, ["inventory"]):
        assert _ask(SCOPE, "state.write", {"field": field}).rule == "state_write"
    assert _ask(SCOPE, "tools.versions", {}, step="C").allowed
    assert _ask(SCOPE, "tools.versions", {}, step="B").rule == "tool_steps:tools.versions"


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["path", "paths", "query", "name", "content"]), JSONISH, max_size=3)
SEGMENT = st.sampled_from(
    [
        *("docs", "config", "secrets", "src", "a.md", "x.toml", "..", ".", "", "*", "**", "ü", "u\u0308"),
        *("Docs", "SECRETS", "secrets.", "docs ", "...", "do\u200dcs", "\u202edocs", "docs\\a", "docs\0", "ﬁle", "/"),
    ]
)
PATHS = st.lists(SEGMENT, min_size=1, max_size=5).map("/".join)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(VERBS), ARGUMENTS)
def test_the_empty_scope_allows_nothing_and_nothing_raises(verb: str, arguments: dict[str, object]) -> None:
    assert not _ask(RoleScope("RISK_OFFICER"), verb, arguments).allowed
    _ask(SCOPE, verb, arguments)


@settings(deadline=None, max_examples=60)
@given(PATHS)
def test_a_forbidden_path_is_denied_whatever_else_allows_it(path: str) -> None:
    wide = replace(SCOPE, paths_read=("**",))
    allowed = _ask(wide, "repo.read", {"path": path}).allowed
    plain = all(part not in {"", ".", ".."} for part in path.split("/")) and "\0" not in path
    forbidden = path.split("/", maxsplit=1)[0] == "secrets"
    assert not (allowed and (forbidden or not plain))
    assert allowed or forbidden or not plain or not path.isascii() or path != path.lower() or "secrets" in path


@settings(deadline=None, max_examples=60)
@given(PATHS)
def test_what_is_allowed_lies_where_the_scope_says_after_any_normalisation(path: str) -> None:
    if _ask(replace(SCOPE, paths_forbidden=()), "repo.read", {"path": path}).allowed:
        resolved = posixpath.normpath(unicodedata.normalize("NFC", path))
        assert resolved.split("/")[0] in {"docs", "config", "secrets"}
        assert resolved == unicodedata.normalize("NFC", path)
        assert "\0" not in path


@settings(deadline=None, max_examples=60)
@given(PATHS, st.sampled_from(["docs/**", "config/*.toml", "**/x.toml"]))
def test_forbidding_more_never_allows_more(path: str, glob: str) -> None:
    narrower = replace(SCOPE, paths_forbidden=(*SCOPE.paths_forbidden, glob))
    assert _ask(SCOPE, "repo.read", {"path": path}).allowed >= _ask(narrower, "repo.read", {"path": path}).allowed


GLOB = st.lists(
    st.sampled_from(["docs", "DOCS", "**", "*", "a*", "*.md", "x?", "ü", "secrets", "..."]), min_size=1
).map("/".join)
GLOBS = st.lists(GLOB, max_size=4).map(tuple)
NAMES = st.lists(st.sampled_from(VERBS), max_size=4).map(tuple)
SCOPES = st.builds(
    RoleScope,
    st.just("FACTS_COLLECTOR"),
    GLOBS,
    GLOBS,
    NAMES,
    st.lists(st.sampled_from(["change", "log"]), max_size=2).map(tuple),
    steps=st.lists(st.sampled_from("ABC"), max_size=3).map(tuple),
    state_write=st.lists(st.sampled_from(["inventory", "pack"]), max_size=2).map(tuple),
    tool_steps=st.dictionaries(
        st.sampled_from(VERBS), st.lists(st.sampled_from("ABC"), max_size=2).map(tuple), max_size=2
    ),
    paths_forbidden=GLOBS,
)
REQUESTS = st.one_of(
    ARGUMENTS,
    PATHS.map(lambda path: {"path": path}),
    st.lists(PATHS, max_size=3).map(lambda paths: {"paths": paths}),
    st.sampled_from(["change", "log", "desk"]).map(lambda query: {"query": query}),
    st.sampled_from(["inventory", "pack", "x"]).map(lambda field: {"field": field}),
)
ROLE = st.sampled_from(["FACTS_COLLECTOR", "RISK_OFFICER"])
WIDE = RoleScope("FACTS_COLLECTOR", ("**",), ("**",), VERBS, ("change", "log", "desk"), steps=("A", "B", "C"))


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(st.just(WIDE), st.just(SCOPE), SCOPES), ROLE, st.sampled_from("ABCD"), st.sampled_from(VERBS), REQUESTS
)
def test_the_document_decides_as_the_code_does(
    scope: RoleScope, role: str, step: str, verb: str, arguments: dict[str, object]
) -> None:
    made = decide(Rules(scope), role, step, verb, arguments)  # type: ignore[arg-type]  # any JSON at all
    told = evaluate(compile_decisions([scope]), role, step, verb, arguments)  # type: ignore[arg-type]  # the same
    assert (made.allowed, made.rule) == told
    assert str(made.reason)


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.just(WIDE), SCOPES), st.sampled_from(VERBS), REQUESTS, st.sampled_from("ABC"), GLOB)
def test_denying_more_never_allows_and_taking_away_never_allows(
    scope: RoleScope, verb: str, arguments: dict[str, object], step: str, glob: str
) -> None:
    now = _ask(scope, verb, arguments, step).allowed
    less = (
        replace(scope, paths_forbidden=(*scope.paths_forbidden, glob)),
        replace(scope, paths_forbidden=(glob, *scope.paths_forbidden)),
        *(replace(scope, **{name: getattr(scope, name)[1:]}) for name in compiled.LISTS if name != "paths_forbidden"),
    )
    assert not any(_ask(one, verb, arguments, step).allowed > now for one in less)


@settings(deadline=None, max_examples=100)
@given(GLOBS, PATHS)
def test_compiled_globs_say_what_globs_say(patterns: tuple[str, ...], path: str) -> None:
    if all(part not in {"", ".", ".."} for part in path.split("/")) and "\0" not in path:
        found = globs.Globs(patterns).index(unicodedata.normalize("NFC", path))
        assert (None if found is None else patterns[found]) == globs.first_match(path, patterns)


def test_a_glob_that_was_made_to_be_slow_is_not() -> None:
    slow = globs.Globs(["**/" + "/".join(["*a*a*a*a*b"] * 3) + "/**/" + "a*" * 50 + "b"])
    assert slow.index("/".join(["a" * 200] * 50)) is None
    assert globs.Globs(["**/a/**/a/**/a/**/a/**/a/b"]).index("/".join(["a"] * 2000)) is None


def test_the_document_fits_its_schema_and_another_schema_allows_nothing() -> None:
    schema = json.loads(Path(compiled.__file__).with_name("decisions.schema.json").read_bytes())
    document = compile_decisions([SCOPE, WIDE])
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(document)
    assert not jsonschema_rs.Draft202012Validator(schema).is_valid({**document, "more": 1})
    asked: tuple[str, str, str, dict[str, JSON]] = ("FACTS_COLLECTOR", "B", "repo.list", {})
    assert evaluate(document, *asked).allowed
    assert not evaluate({**document, "schema": "gonogo/decisions/v2"}, *asked).allowed
    assert not evaluate({}, *asked).allowed
