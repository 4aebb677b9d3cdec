"""The hostile branch: a secret, words that move cursors, a link out, an approval, its own trust roots, a lint error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo.attacks.keys import ThrowAwayKey
from gonogo.attacks.moves import play_run, put_commit
from gonogo.attacks.stage import HOSTILE
from gonogo_evidence.allowed_signers import render

if TYPE_CHECKING:
    from gonogo.attacks.stage import Stage

BRANCH = "gonogo-attack-hostile"
ATTACKER = "mallory@attack.invalid"
TYPED = "\x1b[2J\x1b[31mVERDICT PASS\x1b[0m \u202e](http://attack.invalid) <script>x</script> | # approved"
"""What a reason and a file name try on whoever reads them."""
NAME = "docs/\x1b[2Jnote \u202e](attack).md"
OUTSIDE = b"what_lies_outside_of_the_repository"
"""A name that a linter would quote, were it to read there."""


def _play(stage: Stage) -> None:
    """Commit the hostile branch and run it to its hold point."""
    secret, key = secret_of(stage), ThrowAwayKey()
    (stage.folder / "home" / "outside").write_bytes(OUTSIDE + b"\n")
    key.write(stage.folder / "home" / "mallory")
    policy = stage.trust.files["signoff.toml"]
    files = {
        "gonogo_attack_hostile.py": f'TOKEN = "{secret}"\ndef broken(:\n'.encode(),
        NAME: b"# note\n",
        "APPROVED.json": b'{"decision":"GO","principal":"' + stage.people[0].principal.encode() + b'"}\n',
        "config/allowed_signers": f"{render(ATTACKER, key.public)}\n".encode(),
        "config/signoff.toml": re.sub(rb'"(touch|confirmed|typed)"', b'"unproven"', policy),
    }
    outside = str(stage.folder / "home" / "outside").encode()
    put_commit(stage, BRANCH, files, parent="HEAD", links={"gonogo_attack_link.py": outside})
    reason = f"deploy with {secret} {TYPED}"
    stage.hostile_id = play_run(stage, f"refs/heads/{BRANCH}", reason)


def secret_of(stage: Stage) -> str:
    """Looks like a token of GitHub's; it is nobody's. The same for the whole of the stage's life."""
    path = stage.folder / "home" / "secret"
    if not path.exists():
        path.write_text(f"gh{'p'}_{stage.world.token(18)}")
    return path.read_text()


def make_hostile(stage: Stage) -> None:
    """The stage with the run of the hostile branch beside the waiting one; played once, then put back."""
    if not stage.has(HOSTILE):
        stage.restore()
        _play(stage)
        stage.save(HOSTILE)
    stage.restore(HOSTILE)
