"""Attacks that a branch brings along: a secret, words that move cursors, a link out, an approval, its own trust roots.

One hostile commit has them all, and breaks the Lint Gate besides; its run is made once and looked at by each attack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo.attacks.interface import Result, executed, refused
from gonogo.attacks.keys import ThrowAwayKey
from gonogo.attacks.moves import asked_of, hand_in, key_of, play_run, put_commit, signers_needed, statement
from gonogo.attacks.pack import hostile
from gonogo_evidence.allowed_signers import render
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo.attacks.stage import Stage

BRANCH = "gonogo-attack-hostile"
ATTACKER = "mallory@attack.invalid"
TYPED = "\x1b[2J\x1b[31mVERDICT PASS\x1b[0m \u202e](http://attack.invalid) <script>x</script> | # approved"
"""What a reason and a file name try on whoever reads them."""
NAME = "docs/\x1b[2Jnote \u202e](attack).md"
SEEN = re.compile(rb"\x1b|\xe2\x80\xae")
LIVE = re.compile(rb"(?<!\\)\]\(http://attack|<script")
OUTSIDE = b"what lies outside of the repository"


def play_hostile(stage: Stage) -> None:
    """Commit the hostile branch and run it to its hold point."""
    secret, key = _secret(stage), ThrowAwayKey()
    (stage.folder / "home" / "outside").write_bytes(OUTSIDE)
    key.write(stage.folder / "home" / "mallory")
    policy = stage.trust.files["signoff.toml"]
    files = {
        "gonogo_attack_hostile.py": f'import os, sys\nTOKEN = "{secret}"\n'.encode(),
        NAME: b"# note\n",
        "APPROVED.json": b'{"decision":"GO","principal":"' + stage.people[0].principal.encode() + b'"}\n',
        "config/allowed_signers": f"{render(ATTACKER, key.public)}\n".encode(),
        "config/signoff.toml": re.sub(rb'"(touch|confirmed|typed)"', b'"unproven"', policy),
    }
    outside = str(stage.folder / "home" / "outside").encode()
    put_commit(stage, BRANCH, files, parent="HEAD", links={"gonogo_attack_link": outside})
    reason = f"deploy with {secret} {TYPED}"
    stage.hostile_id = play_run(stage, f"refs/heads/{BRANCH}", reason)


def _secret(stage: Stage) -> str:
    """Looks like a token of GitHub's; it is nobody's. The same for the whole of the stage's life."""
    path = stage.folder / "home" / "secret"
    if not path.exists():
        path.write_text(f"gh{'p'}_{stage.world.token(18)}")
    return path.read_text()


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


def secret_in_evidence(stage: Stage) -> Result:
    """A token in the reason and in a file of the branch."""
    hostile(stage)
    found = [name for name, data in _files(stage) if _secret(stage).encode() in data]
    return executed(msg("the token stands in {files}", files=", ".join(found))) if found else refused("REDACTED")


def ansi_and_bidi(stage: Stage) -> Result:
    """Escape sequences and turned writing in a reason and in a file's name."""
    hostile(stage)
    shown = [name for name, data in _files(stage) if name.endswith((".txt", ".md")) and SEEN.search(data)]
    return executed(msg("they stand in {files}", files=", ".join(shown))) if shown else refused("SHOWN_PLAIN")


def live_markdown(stage: Stage) -> Result:
    """A link and HTML in a reason."""
    hostile(stage)
    shown = [name for name, data in _files(stage) if name.endswith(".md") and LIVE.search(data)]
    return executed(msg("they are live in {files}", files=", ".join(shown))) if shown else refused("SHOWN_PLAIN")


def link_out(stage: Stage) -> Result:
    """A link in the branch that leads out of the repository."""
    hostile(stage)
    found = [name for name, data in _files(stage) if OUTSIDE in data]
    return executed(msg("its target stands in {files}", files=", ".join(found))) if found else refused("NOT_FOLLOWED")


def approval_in_branch(stage: Stage) -> None:
    """A file of the branch that says that it was approved; then the run is carried on."""
    hostile(stage)
    _commit_hostile(stage)


def _commit_hostile(stage: Stage) -> None:
    from gonogo_graph import commit  # noqa: PLC0415 - looked up when it is called, as the graph does

    with stage.run(stage.hostile_id) as context:
        commit.commit(context)


def trust_in_branch(stage: Stage) -> None:
    """The branch enrols its own signer, with a policy of its own, who then signs."""
    hostile(stage)
    key = _Mallory(stage)
    with stage.run(stage.hostile_id) as context:
        said = statement(stage, context, asked_of(context), ATTACKER, "GO-WITH-CONDITIONS", presence="typed")
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


def released_fail(stage: Stage) -> None:
    """Everybody whom it takes signs a GO on evidence whose verdict is FAIL."""
    hostile(stage)
    with stage.run(stage.hostile_id) as context:
        for person in signers_needed(stage, context):
            said = statement(stage, context, asked_of(context), person.principal, "GO")
            hand_in(stage, context, said, key_of(person, said.presence))
