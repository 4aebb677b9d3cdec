"""Trust roots: where each file comes from, and that nobody is trusted by default."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Inconclusive, Refused
from gonogo_evidence.ids import RepositoryId
from gonogo_policies.trust import (
    POLICY_FILES,
    Trust,
    load_trust,
    packaged_separation,
    packaged_signoff,
    trust_folder,
)
from gonogo_policies.trust_store import _quoted
from support.truststore import ALICE, DEFAULTS, LINE, code_of, join

pytestmark = pytest.mark.fast


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return trust_folder(tmp_path / "config", RepositoryId("0123456789ab"))


def test_a_fresh_machine_trusts_nobody_and_says_how_to_enrol(store: Path) -> None:
    with pytest.raises(Inconclusive) as caught:
        load_trust(store, DEFAULTS)
    assert caught.value.code == "TRUST_MISSING"
    assert str(caught.value.next_step) == "gonogo init --yes --operator PRINCIPAL --public-key FILE"


def test_an_empty_list_of_signers_trusts_nobody_either(store: Path) -> None:
    join(store)
    (store / "allowed_signers").write_text("# nobody\n")
    assert code_of(store) == "TRUST_MISSING"


def test_signers_never_come_from_the_package(store: Path, tmp_path: Path) -> None:
    for name in ("signoff.toml", "separation.toml"):
        (tmp_path / name).write_bytes((DEFAULTS / name).read_bytes())
    (tmp_path / "allowed_signers").write_text(LINE)
    assert code_of(store, defaults=tmp_path) == "TRUST_MISSING"


def test_who_enrolled_is_trusted_and_the_rest_is_packaged(store: Path) -> None:
    join(store)
    trust = load_trust(store, DEFAULTS)
    assert [(signer.principal, signer.key) for signer in trust.signers] == [("alice@example.org", ALICE.public)]
    assert trust.origins["allowed_signers"] == "trust"
    assert trust.origins["signoff.toml"] == "packaged"
    assert (trust.label, trust.principal, trust.base_ref) == ("local", "alice@example.org", None)
    assert trust.key_file == Path("/home/a/.ssh/id.pub")
    assert trust.signoff == packaged_signoff(DEFAULTS)
    assert trust.separation == packaged_separation(DEFAULTS)


def test_the_packaged_policy_is_what_the_design_says() -> None:
    policy = packaged_signoff(DEFAULTS)
    assert (policy.quorum, policy.veto) == (1, True)
    assert policy.least_presence == {"GO": "typed", "GO-WITH-CONDITIONS": "typed", "NO-GO": "unproven"}
    assert (policy.request_valid_hours, policy.decision_valid_hours) == (168, 24)
    assert (policy.require_roles, policy.roles) == ((), {})


def digest_by_hand(trust: Trust) -> str:
    listed = dict.fromkeys(POLICY_FILES) | {
        name: hashlib.sha256(data).hexdigest() for name, data in trust.files.items()
    }
    return hashlib.sha256(json.dumps(listed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_the_policy_digest_covers_every_file_that_won(store: Path) -> None:
    join(store)
    before = load_trust(store, DEFAULTS)
    assert before.policy_digest == digest_by_hand(before)
    seen = {before.policy_digest}
    for name in POLICY_FILES:
        data = before.files.get(name, b"")
        (store / name).write_bytes(data + b"# one word more\n")
        trust = load_trust(store, DEFAULTS)
        assert trust.origins[name] == "trust"
        assert trust.policy_digest == digest_by_hand(trust)
        seen.add(trust.policy_digest)
    assert len(seen) == len(POLICY_FILES) + 1
    assert canonical.digest_of(b"") not in seen


def test_a_revoked_key_counts_no_longer(store: Path) -> None:
    join(store)
    assert [signer.revoked for signer in load_trust(store, DEFAULTS).signers] == [None]
    (store / "revoked_keys").write_text(f"{ALICE.public.line} since=2026-01-09T12:00:00Z lost\n")
    (signer,) = load_trust(store, DEFAULTS).signers
    assert str(signer.revoked) == "2026-01-09 12:00:00+00:00"
    (store / "revoked_keys").write_text("who knows\n")
    assert code_of(store) == "REVOKED_LINE"


def base(files: dict[str, bytes]) -> object:
    def read(ref: str, path: str) -> bytes | None:
        assert ref == "origin/main"
        return files.get(path)

    return read


def name_base(store: Path, ref: str = "origin/main") -> None:
    path = store / "trust.toml"
    path.write_text(f"{path.read_text()}base_ref = {_quoted(ref)}\n")


def test_a_team_reads_from_its_protected_ref_first(store: Path) -> None:
    join(store)
    name_base(store)
    (store / "separation.toml").write_bytes((DEFAULTS / "separation.toml").read_bytes())
    policy = (DEFAULTS / "signoff.toml").read_bytes().replace(b"quorum = 1", b"quorum = 2")
    read = base({"config/allowed_signers": LINE.encode(), "config/signoff.toml": policy})
    trust = load_trust(store, DEFAULTS, read_base=read)  # type: ignore[arg-type]
    assert [signer.principal for signer in trust.signers] == ["bob@example.org"]
    assert trust.signoff.quorum == 2
    assert (trust.label, trust.base_ref) == ("base-ref", "origin/main")
    assert [trust.origins[name] for name in POLICY_FILES[:4]] == ["base-ref", "base-ref", "trust", "packaged"]


def test_an_empty_list_at_the_base_is_not_filled_from_the_machine(store: Path) -> None:
    join(store)
    name_base(store)
    with pytest.raises(Inconclusive) as caught:
        load_trust(store, DEFAULTS, read_base=base({"config/allowed_signers": b""}))  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.where) == ("TRUST_MISSING", "origin/main:config/allowed_signers")


def test_a_base_that_cannot_be_read_is_not_passed_over(store: Path) -> None:
    join(store)
    name_base(store)
    assert code_of(store) == "TRUST_BASE_UNREADABLE"


@pytest.mark.parametrize("ref", ["--upload-pack=x", "main:config", "a b"])
def test_a_base_that_is_no_ref_is_refused(store: Path, ref: str) -> None:
    join(store)
    name_base(store, ref)
    assert code_of(store) == "CONFIG_VALUE"


def test_files_that_the_caller_brings_win_and_are_said_to(store: Path, tmp_path: Path) -> None:
    join(store)
    brought, policy = tmp_path / "signers", tmp_path / "policy"
    brought.write_text(LINE)
    policy.write_bytes((DEFAULTS / "signoff.toml").read_bytes().replace(b"veto = true", b"veto = false"))
    trust = load_trust(store, DEFAULTS, brought={"allowed_signers": brought, "signoff.toml": policy})
    assert [signer.principal for signer in trust.signers] == ["bob@example.org"]
    assert not trust.signoff.veto
    assert trust.label == "given"
    assert (trust.origins["allowed_signers"], trust.origins["signoff.toml"]) == ("given", "given")
    with pytest.raises(BadInput) as caught:
        load_trust(store, DEFAULTS, brought={"allowed_signers": tmp_path / "nowhere"})
    assert caught.value.code == "FILE_NOT_FOUND"


def test_the_store_is_for_its_owner_alone(store: Path) -> None:
    join(store, gates=b"x")
    mask = {path: stat.S_IMODE(path.stat().st_mode) for path in (store, store.parent, *store.iterdir())}
    assert {mode for path, mode in mask.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in mask.items() if path.is_file()} == {0o600}


@pytest.mark.parametrize("name", ["", "..", "allowed_signers", "trust.toml", "signoff.toml"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_a_store_into_which_others_write_is_refused(store: Path, name: str, mode: int) -> None:
    join(store)
    (store / "signoff.toml").write_bytes((DEFAULTS / "signoff.toml").read_bytes())
    path = (store / name).resolve()
    path.chmod(path.stat().st_mode | mode)
    with pytest.raises(Refused) as caught:
        load_trust(store, DEFAULTS)
    assert (caught.value.code, caught.value.where) == ("TRUST_WRITABLE", str(path))
    subprocess.run(str(caught.value.next_step).removeprefix("Look at it, then: ").split(), check=True)
    load_trust(store, DEFAULTS)


def test_a_file_of_another_user_is_refused(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    join(store)
    owner = store.stat().st_uid
    if owner == 0:  # root's files are everybody's trust: give the file away instead
        os.chown(store / "allowed_signers", 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert code_of(store) == "TRUST_OWNER"


def test_a_link_in_the_store_is_not_followed(store: Path, tmp_path: Path) -> None:
    join(store)
    (tmp_path / "elsewhere").write_text(LINE)
    (store / "allowed_signers").unlink()
    (store / "allowed_signers").symlink_to(tmp_path / "elsewhere")
    assert code_of(store) == "FILE_IS_A_LINK"


def test_a_file_of_200_megabytes_is_an_error_and_not_read(store: Path) -> None:
    join(store)
    with (store / "signoff.toml").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    assert code_of(store) == "FILE_TOO_LARGE"


@pytest.mark.parametrize("key", ["a." * 400_000 + "b = 1", '"a" . ' * 34 + "b = 1", "[" + "a." * 100_000 + "b]"])
def test_a_key_of_very_many_parts_is_not_shown_to_the_parser(
    store: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(store)
    (store / "signoff.toml").write_text((DEFAULTS / "signoff.toml").read_text() + f"\n{key}\n")
    real = tomllib.loads

    def watched(text: str) -> dict[str, object]:
        assert key not in text
        return real(text)

    monkeypatch.setattr("tomllib.loads", watched)
    assert code_of(store) == "CONFIG_TOO_DEEP"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        (b"quorum = 1", b"quorom = 1", "CONFIG_KEY_UNKNOWN", b"quorom"),
        (b"quorum = 1", b"quorum = 0", "CONFIG_VALUE", b"quorum"),
        (b"quorum = 1", b"quorum = true", "CONFIG_TYPE", b"quorum"),
        (b"quorum = 1\n", b"", "CONFIG_KEY_MISSING", None),
        (b"veto = true", b'veto = "true"', "CONFIG_TYPE", b"veto"),
        (b"decision_valid_hours = 24", b"decision_valid_hours = 0", "CONFIG_VALUE", b"decision_valid"),
        (b'\nGO = "typed"', b'\nGO = "typped"', "CONFIG_VALUE", b"GO = "),
        (b'\nGO = "typed"', b'\nGoo = "typed"', "CONFIG_KEY_UNKNOWN", b"Goo"),
        (b"require_roles = []", b'require_roles = ["RISK_OFFICER"]', "CONFIG_VALUE", b"require_roles"),
        (b"require_roles = []", b"require_roles = [1]", "CONFIG_TYPE", b"require_roles"),
        (b"[role_quorum]", b"[role_quorum]\nRISK_OFFICER = 1", "CONFIG_VALUE", b"[role_quorum]"),
        (b"[role_quorum]", b"[role_quorum]\nRISK_OFFICER = 0", "CONFIG_VALUE", b"RISK_OFFICER"),
        (b"[role_quorum]", b"[other]", "CONFIG_KEY_UNKNOWN", b"[other]"),
        (b"[roles]", b"[roles]\nalice = 3", "CONFIG_TYPE", b"[roles]"),
        (b"signoff/v1", b"signoff/v2", "CONFIG_SCHEMA_WRONG", b"schema"),
        (b"[roles]", b"[least_presence]\n[roles]", "CONFIG_DUPLICATE", None),
    ],
)
def test_a_policy_that_cannot_be_meant_is_an_error_with_its_line(
    store: Path, old: bytes, new: bytes, code: str, line: bytes | None
) -> None:
    join(store)
    text = (DEFAULTS / "signoff.toml").read_bytes()
    assert old in text
    (store / "signoff.toml").write_bytes(text.replace(old, new, 1))
    with pytest.raises(BadInput) as caught:
        load_trust(store, DEFAULTS)
    assert caught.value.code == code
    place, _, number = caught.value.where.rpartition(":")
    assert place == str(store / "signoff.toml")
    if line is not None:
        assert text.replace(old, new, 1).split(b"\n")[int(number) - 1].startswith(line)


def test_the_light_side_of_policies_does_not_load_pydantic() -> None:
    code = "import sys, gonogo_policies.trust, gonogo_policies.signoff; sys.exit('pydantic' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # the code under test, not what is installed
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
