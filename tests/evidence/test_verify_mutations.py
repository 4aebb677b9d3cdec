"""No single change to a pack is accepted: every file, every JSON leaf, with and without the digests made again."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import dsse
from gonogo_evidence.canonical import digest_of, dumps
from gonogo_evidence.review import add_later
from gonogo_evidence.verify import verify_pack
from support.packs import FIRST_FORM, overwrite, reseal, sample_pack, sample_review

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.verify import Report

KEY, OTHER = (dsse.load(dsse.new_engine_key()) for _ in range(2))
KEYS = [KEY.public_key()]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole pack: sealed, reviewed, with a committed outcome."""
    sealed = sample_pack(tmp_path_factory.mktemp("whole") / "EVP-4BM2-L0-20260109-001")
    sample_review(sealed, KEY)
    statement: JSON = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "urn:gonogo:outcome:v1",
        "subject": [{"name": sealed.pack_id, "digest": {"sha256": sealed.pack_digest}}],
        "predicate": {"decision": "GO"},
    }
    add_later(sealed.folder, "outcome.json", dsse.sign("application/vnd.in-toto+json", dumps(statement), KEY))
    assert verify_pack(sealed.folder, engine_keys=KEYS).exit_code == 0
    return sealed.folder


@pytest.fixture
def copy(pack: Path, tmp_path: Path) -> Path:
    """One's own copy of it, the single file included."""
    shutil.copytree(pack, tmp_path / pack.name)
    shutil.copyfile(f"{pack}.json", tmp_path / f"{pack.name}.json")
    return tmp_path / pack.name


def _files(folder: Path) -> list[Path]:
    return [*(path for path in sorted(folder.rglob("*")) if path.is_file()), folder.with_name(f"{folder.name}.json")]


def _verify(folder: Path) -> Report:
    return verify_pack(folder, engine_keys=KEYS)


def test_one_flipped_bit_in_any_file_is_exit_6(copy: Path) -> None:
    chance = random.Random(4711)  # noqa: S311 - a test's sample
    for path in _files(copy):
        whole = path.read_bytes()
        offsets = {0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 1} | {
            chance.randrange(len(whole)) for _ in "12"
        }
        for offset in offsets:
            flipped = bytearray(whole)
            flipped[offset] ^= 1 << chance.randrange(8)
            overwrite(path, bytes(flipped))
            assert _verify(copy).exit_code == 6, (path, offset)
        for mutant in (whole + b"\n", whole[:-1], b"", whole + whole):
            overwrite(path, mutant)
            assert _verify(copy).exit_code == 6, (path, len(mutant))
        overwrite(path, whole)
    assert _verify(copy).exit_code == 0


def test_every_byte_of_seal_manifest_and_review_counts(copy: Path) -> None:
    for name in ("seal.json", "review/review.json", "manifest-sha256.txt"):
        path = copy / name
        whole = path.read_bytes()
        for offset in range(0, len(whole), 19):
            overwrite(path, whole[:offset] + bytes([whole[offset] ^ 2]) + whole[offset + 1 :])
            assert _verify(copy).exit_code == 6, (name, offset)
        overwrite(path, whole)


def test_no_file_can_be_taken_away_or_renamed(copy: Path) -> None:
    """The outcome and the single file may be absent: a pack is whole before the one and without the other."""
    may_be_absent = {"outcome.json", f"{copy.name}.json"}
    for path in _files(copy):
        aside = path.with_name(f"{path.name}.bak")
        path.rename(aside)
        expected = 0 if path.name == f"{copy.name}.json" else 6
        assert _verify(copy).exit_code == expected, path
        hidden = aside.rename(copy.parent / "elsewhere")
        assert _verify(copy).exit_code == (0 if path.name in may_be_absent else 6), path
        hidden.rename(path)
    assert _verify(copy).exit_code == 0


def test_no_two_files_can_change_places(copy: Path) -> None:
    files = [path for path in _files(copy) if path.parent.name == "core" or "data" in path.parts]
    for one, two in itertools.pairwise(files):
        bodies = one.read_bytes(), two.read_bytes()
        overwrite(one, bodies[1])
        overwrite(two, bodies[0])
        assert _verify(copy).exit_code == 6, (one, two)
        overwrite(one, bodies[0])
        overwrite(two, bodies[1])


def _leaves(value: JSON, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path


def _changed(document: JSON, path: tuple[str | int, ...]) -> JSON:
    copy = json.loads(json.dumps(document))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    before = holder[path[-1]]
    match before:
        case bool():
            holder[path[-1]] = not before
        case int():
            holder[path[-1]] = before + 1
        case str():
            holder[path[-1]] = before[:-1] + ("a" if not before.endswith("a") else "b")
        case _:
            holder[path[-1]] = "changed"
    return cast("JSON", copy)


@pytest.mark.parametrize("name", ["core/pack.json", "environment.json", "core/validator-report.json"])
def test_every_leaf_counts_even_when_all_digests_are_made_again(copy: Path, name: str) -> None:
    """An editor who makes every digest anew, up to the seal and the review list, still lacks the engine's key."""
    original = {path: path.read_bytes() for path in _files(copy)}
    document = cast("JSON", json.loads((copy / name).read_bytes()))
    paths = [path for path in _leaves(document) if path[0] != "files"]
    assert len(paths) > 20
    for path in paths:
        overwrite(copy / name, dumps(_changed(document, path)))
        reseal(copy)
        review = json.loads(original[copy / "review/review.json"])
        review["pack_digest"] = digest_of((copy / "seal.json").read_bytes())
        overwrite(copy / "review/review.json", dumps(review))
        report = _verify(copy)
        assert report.exit_code == 6, path
        assert {"ENGINE_OTHER_SEAL", "SEAL_SHAPE", "SEAL_DIFFERS"} & {check.code for check in report.checks}, path
        assert verify_pack(copy).exit_code == 6, path
    for file, data in original.items():
        overwrite(file, data)
    assert _verify(copy).exit_code == 0


def test_a_forger_with_an_engine_key_of_their_own_is_shown_as_unknown(copy: Path) -> None:
    """All that is left then is the sign-off, which the policy checks: nobody signed this digest."""
    document = json.loads((copy / "core/pack.json").read_bytes())
    overwrite(copy / "core/pack.json", dumps({**document, "run_reason": "forged"}))
    reseal(copy)
    (copy / "review/outcome.json").unlink()
    sealed = sample_pack(copy.parent / "forger", run_reason="forged")
    assert sealed.core_digest == digest_of((copy / "core/pack.json").read_bytes())
    sample_review(sealed, OTHER)
    report = verify_pack(sealed.folder, engine_keys=KEYS)
    assert [check.code for check in report.checks if check.limit and check.code not in FIRST_FORM] == [
        "ENGINE_KEY_UNKNOWN"
    ]
    claimed = json.loads((sealed.folder / "review/engine.dsse.json").read_bytes())
    claimed["signatures"][0]["keyid"] = dsse.key_id(KEYS[0])
    sample_review(sealed, OTHER, engine_dsse_json=dumps(claimed))
    assert verify_pack(sealed.folder, engine_keys=KEYS).exit_code == 6


@given(data=st.data())
@settings(max_examples=60)
def test_bytes_of_any_kind_in_the_place_of_a_file_are_refused_and_never_raise(
    pack: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("any") / pack.name
    shutil.copytree(pack, folder)
    path = data.draw(st.sampled_from(_files(folder)[:-1]))
    json_text = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ).map(lambda value: json.dumps(value).encode())
    body = data.draw(st.binary(max_size=40) | json_text)
    overwrite(path, body)
    assert _verify(folder).exit_code == 6
