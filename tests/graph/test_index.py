"""What a run writes into the index, once, whatever crashes; and what it refuses to go on with."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import IntegrityBroken, Refused
from gonogo_evidence.ids import Digest
from gonogo_evidence.index import Entry, checkpoint, open_log, parse_vkeys
from gonogo_evidence.seal import pack_digest
from gonogo_evidence.verify import open_pack
from gonogo_evidence.verify.index import check
from gonogo_graph import index, index_key
from gonogo_graph.drive import carry_on
from gonogo_graph.engine import engine_public_keys
from gonogo_graph.proof import pack_folder
from support.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_graph.context import RunContext


def _kinds(context: RunContext) -> list[str]:
    with index.open_index(context.places) as log:
        log.check_root()
        return [one.entry.kind for one in log.entries()]


def test_a_run_writes_intent_and_pack_once(context: RunContext) -> None:
    assert index.record_intent(context) == 0
    files = index.record_pack(context)
    assert (index.record_intent(context), index.record_pack(context)) == (0, files)
    index.catch_up(context)
    assert _kinds(context) == ["intent", "pack"]
    folder = pack_folder(context)
    assert {path.name: path.read_bytes() for path in (folder / "index").iterdir()} == files
    keys = index.index_keys(context.places)
    checks = list(check(open_pack(folder), keys, engine_public_keys(context.places)))
    assert [one.verdict for one in checks] == ["PASS", "PASS"]


def test_what_a_signer_sees_is_the_newest_checkpoint(context: RunContext) -> None:
    index.record_pack(context)
    seen = index.latest_checkpoint(context.places)
    assert seen is not None
    assert (seen.origin, seen.size) == (index.index_key(context.places).name, 2)
    assert seen.origin.startswith("gonogo/")
    assert seen.origin.endswith(f"/{context.places.repository_id}")
    shutil.rmtree(index.folder_of(context.places))
    assert index.latest_checkpoint(context.places) is None


def test_a_decision_is_written_after_the_commit(context: RunContext, waiting: Desk) -> None:
    desk = Desk(waiting.home, waiting.repo)
    desk.home = context.places.config_home.parent
    done = desk.gonogo("sign", context.run_id, "--decision", "GO", "--reason", "seen", "--no-resume")
    assert done.returncode == 4, done.stderr
    assert not index.record_decision(context)
    carry_on(context)
    index.catch_up(context)
    index.catch_up(context)
    assert _kinds(context) == ["intent", "pack", "decision"]
    with index.open_index(context.places) as log:
        said = log.entry(2).entry
    assert (said.details["decision"], said.details["principals"]) == ("GO", ["ada"])
    assert said.digest == pack_digest(pack_folder(context))


def test_an_abandoned_run_has_its_ending(context: RunContext) -> None:
    index.record_pack(context)
    context.store.abandon(context.run_id, "ada", "tab\there \u202e", context.stamp())
    (context.folder.packs / pack_folder(context).name / "seal.json").unlink()
    index.catch_up(context)
    index.catch_up(context)
    assert _kinds(context) == ["intent", "pack", "abandoned"]
    with index.open_index(context.places) as log:
        assert log.entry(2).entry.details == {"principal": "ada", "reason": "tab?here ?"}
        assert log.entry(2).entry.digest == log.entry(1).entry.digest


def test_the_keys_are_private_and_their_public_lines_are_in_the_trust_store(context: RunContext) -> None:
    signer = index.index_key(context.places)
    private = context.places.state / "index.key"
    assert private.stat().st_mode & 0o777 == 0o600
    (folder,) = (context.places.config_home / "gonogo/trust").iterdir()
    assert [one.line for one in parse_vkeys((folder / "index.vkey").read_bytes())] == [signer.verifier.line]
    private.chmod(0o644)
    with pytest.raises(Refused, match="INDEX_KEY_OPEN"):
        index.index_key(context.places)


def test_a_log_that_was_cut_back_gets_nothing_more(context: RunContext, tmp_path: Path) -> None:
    index.record_intent(context)
    folder = index.folder_of(context.places)
    shutil.copytree(folder, tmp_path / "older")
    with index.open_index(context.places) as log:
        known = log.size
    index.append(context.places, [_revocation(context, "a"), _revocation(context, "b")])
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "older", folder)
    with pytest.raises(IntegrityBroken, match="INDEX_ROLLED_BACK"):
        index.append(context.places, [_revocation(context, "c")])
    with index.open_index(context.places) as log:
        assert log.size == known


def _revocation(context: RunContext, word: str) -> Entry:
    digest = (word * 64)[:64]
    return Entry("revocation", None, context.stamp(), "pack", Digest(digest), {"what": "pack", "reason": "wrong"})


def test_a_rotated_key_goes_on_and_the_old_one_no_more(context: RunContext) -> None:
    index.record_intent(context)
    old = index.index_key(context.places)
    fresh = index_key.rotate(context.places, reason="yearly", time=context.stamp())
    assert fresh.name == old.name
    assert fresh.line != old.verifier.line
    index.append(context.places, [_revocation(context, "a")])
    assert [one.line for one in index.index_keys(context.places)] == [old.verifier.line, fresh.line]
    with open_log(index.folder_of(context.places)) as log:
        checkpoint.require(log.note, [fresh])
        with pytest.raises(Refused, match="NOTE_UNSIGNED"):
            checkpoint.require(log.note, [old.verifier])
        assert "key-rotation" in [one.entry.kind for one in log.entries()]


@pytest.mark.parametrize("step", ["before the entry", "before the key", "before the checkpoint"])
def test_a_rotation_that_was_killed_is_finished_by_the_next(
    context: RunContext, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    index.record_intent(context)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if step == "before the entry":
            patch.setattr(index_key, "Entry", die)
        elif step == "before the key":
            patch.setattr(os, "replace", _dies_at(os.replace, "index.key"))
        else:
            patch.setattr("gonogo_evidence.index.append.Writer.resign", die)
        with pytest.raises(KeyboardInterrupt):
            index_key.rotate(context.places, reason="yearly", time=context.stamp())
    index.append(context.places, [_revocation(context, "a")])
    fresh = index_key.rotate(context.places, reason="yearly", time=context.stamp())
    index.append(context.places, [_revocation(context, "b")])
    with open_log(index.folder_of(context.places)) as log:
        log.check_root()
        checkpoint.require(log.note, [fresh])
    assert not (context.places.state / "index.key.next").exists()


def _dies_at(real: object, name: str) -> object:
    def replace(source: object, target: object, **folders: int) -> object:
        if str(target).endswith(f"/{name}"):
            raise KeyboardInterrupt
        return real(source, target, **folders)  # type: ignore[operator]

    return replace
