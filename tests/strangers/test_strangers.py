"""One good pack and its mutants before tools that are not ours: each says what the checked-in table says of it.

The tools are ``ssh-keygen -Y verify``, ``openssl pkeyutl -verify``, ``sha256sum -c``, npm's ``@sigstore/verify`` and
``canonicalize``, and Python's ``rfc8785``, ``pymerkle`` and ``securesystemslib``. None is skipped where it is missing.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.index import from_envelope
from gonogo_evidence.index import proof as proofs
from strangers import look, node, programs, table
from strangers.forgeries import CAROL
from strangers.panel import GOOD, HONEST, names, panel
from support.whole import ENGINE_KEY, SIGNERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from strangers.panel import Panel
    from strangers.table import Answer, Row

LEAST = 40
JUDGES = (*table.TOOLS, "gonogo")
ACCEPTED: dict[str, Answer] = dict.fromkeys(table.TOOLS, "accept")


@pytest.fixture(scope="module")
def modules() -> Path:
    """The npm packages, installed once. Without npm this fails."""
    try:
        return node.installed()
    except node.NotInstalled as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module")
def found(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Panel:
    """What everybody says of everything."""
    return panel(tmp_path_factory.mktemp("strangers"), modules)


@pytest.fixture(scope="module")
def mutants(found: Panel) -> Mapping[str, Row]:
    """The same, of the mutants alone."""
    return {name: row for name, row in found.rows.items() if name not in {GOOD, HONEST}}


TABLE = table.read()
ROWS = {name: row for part in TABLE.values() for name, row in part.items()}


def test_there_are_more_than_forty_and_the_table_names_each() -> None:
    assert len(names()) >= LEAST
    assert sorted(ROWS) == sorted(names())


@pytest.mark.parametrize("name", [GOOD, HONEST])
def test_every_tool_accepts_the_good_packs(found: Panel, name: str) -> None:
    assert found.rows[name] == table.Row(0, ACCEPTED)
    assert {path for path, reason in found.node[name]["documents"].items() if reason} == set()
    assert len(found.node[name]["envelopes"]) == 8


@pytest.mark.parametrize("judge", JUDGES)
def test_each_says_what_the_table_says(mutants: Mapping[str, Row], judge: str) -> None:
    assert table.differences(mutants, ROWS, judge) == []


@pytest.mark.parametrize("tool", table.TOOLS)
def test_each_tool_can_say_no_and_is_asked_about_most(mutants: Mapping[str, Row], tool: str) -> None:
    said = [row.tools[tool] for row in mutants.values()]
    assert said.count("reject") >= 1
    assert said.count("n/a") <= 3
    assert said.count("accept") >= 1


def test_what_is_seen_is_seen_by_somebody_and_refused_by_gonogo(mutants: Mapping[str, Row]) -> None:
    for name in TABLE["seen"]:
        assert "reject" in mutants[name].tools.values(), name
        assert mutants[name].exit in {1, 5, 6}, name


def test_what_no_tool_rejects_gonogo_refuses_for_the_reason_that_is_listed(mutants: Mapping[str, Row]) -> None:
    for name, row in TABLE["unseen"].items():
        assert "reject" not in mutants[name].tools.values(), name
        assert mutants[name].exit in {1, 5, 6}, name
        assert row.why, name
        assert row.codes, name
        assert set(row.codes) <= set(mutants[name].codes), name


def test_what_gonogo_does_not_refuse_is_a_limit_that_it_states(mutants: Mapping[str, Row]) -> None:
    for name, row in TABLE["stated"].items():
        assert row.why, name
        assert (mutants[name].exit, mutants[name].codes) == (0, row.codes), name


@pytest.mark.parametrize("judge", JUDGES)
def test_a_table_that_is_wrong_in_one_place_is_noticed(judge: str) -> None:
    name = "a byte of the payload"
    right = ROWS[name]
    other: Answer = "reject" if right.tools.get(judge) == "accept" else "accept"
    wrong = replace(right, exit=0) if judge == "gonogo" else replace(right, tools={**right.tools, judge: other})
    (words,) = table.differences(ROWS, {**ROWS, name: wrong}, judge)
    assert words.endswith(table.line(name, right))
    assert table.differences(ROWS, {one: row for one, row in ROWS.items() if one != name}, judge)
    assert table.differences({}, {name: right}, judge)


# --- the questions are the right ones ---


def test_sigstore_looks_at_envelope_inclusion_and_checkpoint(found: Panel) -> None:
    """Each of the three parts is what rejects something, in the tool's own words."""
    said = {name: found.node[name]["log"] for name in found.rows}
    assert "signature verification failed" in found.node["the bare payload signed"]["envelopes"]["review/outcome.json"]
    assert "calculated root hash does not match" in said["a bit of a hash of the proof"]
    assert "invalid hash count" in said["a hash of the proof missing"]
    assert "invalid checkpoint signature" in said["a bit of the checkpoint's signature"]
    assert "invalid checkpoint signature" in said["a checkpoint signed by another key under the log's name"]


def test_the_bundle_that_sigstore_is_asked_is_the_one_that_gonogo_exports(found: Panel) -> None:
    """And the leaf that the stranger makes from the file, with ``rfc8785``, is the one in the log."""
    good = found.packs[GOOD]
    key = good.parent / ENGINE_KEY
    brought = look.Brought(good.parent / SIGNERS, key, "")
    alone, logged = node.bundles(found.bundle, good, brought)
    assert logged == found.bundle
    assert {path: json.loads((good / path).read_bytes()) for path in alone} == {
        path: bundle["dsseEnvelope"] for path, bundle in alone.items()
    }
    proof = proofs.parse((good / look.PROOF).read_bytes())
    assert look.leaf(good, key.read_bytes()) == from_envelope((good / look.ENTRY).read_bytes(), proof.extra or b"").leaf


def test_every_sealed_file_and_every_file_of_the_review_is_asked_about(found: Panel) -> None:
    """By the digests that documents state; what came after the review carries signatures instead."""
    good = found.packs[GOOD]
    sealed = {line[66:] for line in (good / "manifest-sha256.txt").read_text().splitlines()}
    asked = sealed | {line[66:] for line in look.stated(good)} | {"seal.json"}
    there = {path.relative_to(good).as_posix() for path in good.rglob("*") if path.is_file()}
    later = {name for name in there if name.startswith(("review/a@b.c-", "index/"))} | {look.OUTCOME, "VERIFY.md"}
    assert there - asked == later


def test_the_expired_key_was_good_while_it_was_valid(found: Panel, tmp_path: Path) -> None:
    data, signature = b"words", tmp_path / "words.sig"
    signature.write_bytes(CAROL.sign(data, programs.NAMESPACES["signoff"]))
    who = ["-f", str(found.packs[GOOD].parent / SIGNERS), "-I", CAROL.principal, "-n", programs.NAMESPACES["signoff"]]
    argv = ["ssh-keygen", "-Y", "verify", *who, "-s", str(signature)]
    assert programs.run([*argv, "-Overify-time=20251201"], data) == "accept"
    assert programs.run([*argv, "-Overify-time=20260109"], data) == "reject"


# --- npm ---


def test_exactly_what_is_declared_is_installed(modules: Path) -> None:
    declared = json.loads((node.HERE / "package.json").read_bytes())["dependencies"]
    assert node.versions(modules) == declared
    assert all(version.replace(".", "").isdigit() for version in declared.values())
    assert not (modules / "package-lock.json").exists()


def test_without_npm_the_words_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(node.NotInstalled, match=r"node and npm not found: .*apt-get install nodejs npm"):
        node.installed(tmp_path / "shelf")


@pytest.mark.parametrize("code", [0, 1])
def test_an_npm_that_installs_nothing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    programs_folder, shelf = tmp_path / "bin", tmp_path / "shelf"
    programs_folder.mkdir()
    (programs_folder / "npm").write_text(f"#!/bin/sh\necho no network >&2\nexit {code}\n")
    (programs_folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs_folder}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(node.NotInstalled, match=r"could not install(.|\n)*no network"):
        node.installed(shelf)
    assert list(shelf.iterdir()) == []


def test_a_judge_without_its_packages_fails(found: Panel, tmp_path: Path) -> None:
    good = found.packs[GOOD]
    brought = look.Brought(good.parent / SIGNERS, good.parent / ENGINE_KEY, "")
    with pytest.raises(node.NotInstalled, match="node could not judge"):
        node.ask(tmp_path, {GOOD: (good, brought)}, found.bundle, {})
