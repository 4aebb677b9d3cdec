"""Attacks that a branch brings along: a secret, words that move cursors, a link out, an approval, its own trust roots.

One hostile commit has them all, and breaks the Lint Gate besides; its run is made once and looked at by each attack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo.attacks.hostile import ATTACKER, OUTSIDE, make_hostile, secret_of
from gonogo.attacks.interface import executed, refused, refused_by
from gonogo.attacks.keys import ThrowAwayKey
from gonogo.attacks.moves import asked_of, hand_in, key_of, signers_needed, statement
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo.attacks.interface import Moves, Wordless
    from gonogo.attacks.stage import Stage

SEEN = re.compile(rb"\x1b|\xe2\x80\xae")
LIVE = re.compile(rb"(?<!\\)\]\(http://attack|(?<!\\)<script")


def _pack(stage: Stage) -> Path:
    (found,) = (path for path in (stage.state / "runs" / stage.hostile_id / "pack").iterdir() if path.is_dir())
    return found


def _files(stage: Stage) -> Iterator[tuple[str, bytes]]:
    """Everything sealed or shown: the pack, the single file beside it, and the published copies."""
    published = stage.repo / "data" / "evidence_packs"
    pack = _pack(stage)
    for root in (pack.parent, published / pack.name):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(root)), path.read_bytes()


@refused_by("redaction")
def secret_in_evidence(stage: Stage) -> Moves:
    """A token in the reason and in a file of the branch."""
    make_hostile(stage)
    yield
    found = [name for name, data in _files(stage) if secret_of(stage).encode() in data]
    return executed(msg("the token stands in {files}", files=", ".join(found))) if found else refused("redaction")


@refused_by("plain-words")
def ansi_and_bidi(stage: Stage) -> Moves:
    """Escape sequences and turned writing in a reason and in a file's name."""
    make_hostile(stage)
    yield
    shown = [name for name, data in _files(stage) if name.endswith((".txt", ".md")) and SEEN.search(data)]
    return executed(msg("they stand in {files}", files=", ".join(shown))) if shown else refused("plain-words")


@refused_by("plain-words")
def live_markdown(stage: Stage) -> Moves:
    """A link and HTML in a reason."""
    make_hostile(stage)
    yield
    shown = [name for name, data in _files(stage) if name.endswith(".md") and LIVE.search(data)]
    return executed(msg("they are live in {files}", files=", ".join(shown))) if shown else refused("plain-words")


@refused_by("not-followed")
def link_out(stage: Stage) -> Moves:
    """A link in the branch that leads out of the repository."""
    make_hostile(stage)
    yield
    found = [name for name, data in _files(stage) if OUTSIDE in data]
    return executed(msg("its target stands in {files}", files=", ".join(found))) if found else refused("not-followed")


@refused_by("SIGNOFF_WAITS")
def approval_in_branch(stage: Stage) -> Wordless:
    """A file of the branch that says that it was approved; then the run is carried on."""
    make_hostile(stage)
    yield
    _commit_hostile(stage)


def _commit_hostile(stage: Stage) -> None:
    from gonogo_graph import commit  # noqa: PLC0415 - looked up when it is called, as the graph does

    with stage.run(stage.hostile_id) as context:
        commit.commit(context)


@refused_by("SIGNER_UNTRUSTED")
def trust_in_branch(stage: Stage) -> Wordless:
    """The branch enrols its own signer, with a policy of its own, who then signs."""
    make_hostile(stage)
    key = _Mallory(stage)
    with stage.run(stage.hostile_id) as context:
        said = statement(stage, context, asked_of(context), ATTACKER, "GO-WITH-CONDITIONS", presence="typed")
        yield
        hand_in(stage, context, said, key.key)


class _Mallory:
    """The attacker's key, which the hostile commit enrolled."""

    def __init__(self, stage: Stage) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - only here
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key  # noqa: PLC0415 - the same

        loaded = load_ssh_private_key((stage.folder / "home" / "mallory").read_bytes(), None)
        if not isinstance(loaded, Ed25519PrivateKey):
            raise TypeError(type(loaded))
        self.key = ThrowAwayKey(private=loaded)


@refused_by("FAIL_NOT_COVERED")
def released_fail(stage: Stage) -> Wordless:
    """Everybody whom it takes signs a GO on evidence whose verdict is FAIL."""
    make_hostile(stage)
    yield
    with stage.run(stage.hostile_id) as context:
        for person in signers_needed(stage, context):
            said = statement(stage, context, asked_of(context), person.principal, "GO")
            hand_in(stage, context, said, key_of(person, said.presence))
