"""Signing with what cannot sign, or may not: each has a code, a sentence and a next step, and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.bad_input import GO, NO_GO, RUN, agent, lock, refused, undecided
from support.crash import rows
from support.desk import Desk, make_desk, make_key

if TYPE_CHECKING:
    from pathlib import Path

    from support.bad_input import Said


def test_nobody_enrolled_and_no_key_at_all(gonogo: Said, tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "nobody", key=False)
    assert gonogo(desk, *RUN, "--operator", "ada").returncode == 4
    refused(gonogo(desk, *NO_GO), "TRUST_MISSING", 3)
    make_key(desk.key)
    desk.enrol()
    desk.key.rename(desk.key.with_name("elsewhere"))
    desk.key.with_name("id_ed25519.pub").unlink()
    refused(gonogo(desk, *NO_GO), "KEY_NOT_FOUND", 2)
    assert gonogo(desk, *NO_GO, "--key", str(desk.key)).returncode == 2
    desk.key.with_name("elsewhere").rename(desk.key)
    assert gonogo(desk, *NO_GO, "--key", str(desk.key)).returncode == 1


def test_a_key_that_nobody_enrolled(gonogo: Said, held: Desk, tmp_path: Path) -> None:
    refused(gonogo(held, *GO, "--key", str(make_key(tmp_path / "stranger"))), "SIGNER_UNTRUSTED", 5)
    assert undecided(held)


@pytest.mark.parametrize(
    ("old", "new", "code", "exit_code"),
    [
        (' namespaces="', ' valid-before="20200101Z",namespaces="', "SIGNER_EXPIRED", 5),
        (' namespaces="', ' valid-after="20990101Z",namespaces="', "SIGNER_NOT_YET_VALID", 5),
        ("gonogo-signoff@v1", "git", "SIGNER_NAMESPACE", 5),
        ("ada", "*", "SIGNER_PATTERN", 5),
    ],
)
def test_a_key_that_the_policy_does_not_take(
    gonogo: Said, held: Desk, old: str, new: str, code: str, exit_code: int
) -> None:
    for folder in held.trust_folders():
        signers = folder / "allowed_signers"
        signers.write_text(signers.read_text().replace(old, new))
    refused(gonogo(held, *GO), code, exit_code)
    assert undecided(held)


def test_an_encrypted_key_without_a_terminal(gonogo: Said, tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "locked", key=False)
    make_key(desk.key, passphrase="secret")  # noqa: S106 - made for this test
    desk.enrol()
    assert gonogo(desk, *RUN).returncode == 4
    done = gonogo(desk, *NO_GO)
    refused(done, "KEY_ENCRYPTED", 2)
    assert "ssh-add" in done.stderr
    desk.key.unlink()  # the public half alone
    named = ("--key", f"{desk.key}.pub")
    refused(gonogo(desk, *NO_GO, *named), "AGENT_MISSING", 3)
    refused(gonogo(desk, *NO_GO, *named, SSH_AUTH_SOCK=str(tmp_path / "nobody-listens")), "AGENT_MISSING", 3)


def test_an_agent_that_is_locked(gonogo: Said, held: Desk) -> None:
    with agent(held) as socket:
        held.key.unlink()
        named = ("--key", f"{held.key}.pub")
        lock(held, socket, "-x")
        refused(gonogo(held, *GO, *named, SSH_AUTH_SOCK=socket), "KEY_NOT_IN_AGENT", 3)
        lock(held, socket, "-X")
        assert gonogo(held, *GO, *named, SSH_AUTH_SOCK=socket).returncode == 0


@pytest.mark.parametrize("where", ["seal.json", "core/pack.json", "review/notes.md"])
def test_evidence_edited_between_run_and_sign(gonogo: Said, held: Desk, where: str) -> None:
    (file,) = held.state_folder().glob(f"runs/*/pack/EVP-*/{where}")
    file.chmod(0o600)
    file.write_bytes(file.read_bytes().replace(b"a", b"b", 1))
    refused(gonogo(held, *GO), "PACK_CHANGED", 6)
    assert undecided(held)
    assert rows(held, "SELECT 1 FROM signoffs") == []


def test_resumed_and_signed_twice(gonogo: Said, held: Desk) -> None:
    assert gonogo(held, "resume", "latest").returncode == 4
    assert gonogo(held, *GO).returncode == 0
    for _ in range(2):
        done = gonogo(held, "resume", "latest")
        assert (done.returncode, "ada decided GO on 20" in done.stderr) == (0, True)
    refused(gonogo(held, *NO_GO), "ALREADY_DECIDED", 5)
    assert rows(held, "SELECT decision, state FROM spent") == [("GO", "DONE")]


def test_a_go_without_a_terminal_is_not_presence(gonogo: Said, held: Desk) -> None:
    for folder in held.trust_folders():
        (folder / "signoff.toml").unlink()
    assert gonogo(held, "resume", "latest").returncode == 4  # another policy: the operator is asked again
    refused(gonogo(held, *GO), "PRESENCE_TOO_WEAK", 5)
