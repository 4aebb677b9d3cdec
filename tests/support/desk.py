"""An operator's desk for tests: a fresh HOME with one SSH key and nothing else, and the real ``gonogo`` in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.repos import clean_env, make_repo
from support.secrets_planted import rule_cache
from support.warm import at_start, warm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_graph.macs import MacKey
    from support.repos import Files, Repo

GONOGO = (sys.executable, "-P", "-m", "gonogo")
PASSED = ("PYTHONPATH", "GONOGO_WHEEL", "GONOGO_NO_LINUX", "COVERAGE_PROCESS_START", "TMPDIR")
"""Variables that the tests' own surroundings need in every subprocess."""

CLEAN: Mapping[str, str | None] = {
    "README.md": "# sample\n",
    "src/sample.py": '"""Sample."""\n\nANSWER = 42\n',
    "tests/test_sample.py": "def test_answer() -> None:\n    assert 42 == 42\n",
}
CHANGE: Mapping[str, str | None] = {"src/sample.py": '"""Sample."""\n\nANSWER = 43\n'}


@dataclass(slots=True)
class Desk:
    """One operator, one repository."""

    home: Path
    repo: Repo
    env: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Path:
        """The operator's private key."""
        return self.home / ".ssh" / "id_ed25519"

    def environment(self, **more: str) -> dict[str, str]:
        """What the operator's programs see."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            **rule_cache(),
            **passed(),
            **self.env,
            **more,
        }

    def gonogo(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run gonogo in the repository, without a terminal."""
        env = self.environment(**more)
        if at_start(env) == at_start({"LC_ALL": "C.UTF-8", **passed()}):
            return warm(env).run(words, self.repo.path, env, 180)
        return subprocess.run(
            [*GONOGO, *words],
            cwd=self.repo.path,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=180,
        )

    def json(self, *words: str, code: int) -> Any:  # noqa: ANN401 - whatever the document holds
        """Run with ``--json``, expect an exit code, return the document."""
        done = self.gonogo(*words, "--json")
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def enrol(self, principal: str = "ada") -> None:
        """Enrol the key as the local signer; NO-GO and a policy-lowered GO can then be signed without a terminal."""
        done = self.gonogo("init", "--yes", "--operator", principal, "--public-key", f"{self.key}.pub")
        assert done.returncode == 0, done.stderr

    def let_unproven_sign(self) -> None:
        """Lower the trust side's policy, so that tests may sign a GO without typing words."""
        text = packaged("signoff.toml").replace('"typed"', '"unproven"')
        for folder in self.trust_folders():
            place = folder / "signoff.toml"
            place.write_text(text)
            place.chmod(0o600)

    def trust_folders(self) -> list[Path]:
        """The trust stores of this desk."""
        return sorted((self.home / ".config" / "gonogo" / "trust").iterdir())

    def state_folder(self) -> Path:
        """The one state folder of this desk."""
        (folder,) = (self.home / ".local" / "state" / "gonogo").iterdir()
        return folder

    def mac_key(self) -> MacKey:
        """The key that authenticates the state of this desk's runs."""
        from gonogo_graph.macs import MacKey

        return MacKey((self.state_folder() / "state.key").read_bytes())

    def update_runs(self, **fields: str | None) -> None:
        """Set columns of every run row as gonogo itself would, with a MAC that fits."""
        from gonogo_graph.store.sqlite import SqliteStore

        store = SqliteStore(self.state_folder() / "gonogo.db", self.mac_key())
        for run_id in store.run_ids():
            store.update_run(run_id, **fields)
        store.close()

    def pin_again(self) -> None:
        """After the desk was copied elsewhere: what the operator would say yes to in ``gonogo init``."""
        from gonogo_policies.trust_pin import pin

        (trust,) = self.trust_folders()
        pin(trust, self.state_folder(), "0" * 32)

    def run(self, *words: str, reason: str = "test") -> Any:  # noqa: ANN401 - whatever the document holds
        """A run to the hold point."""
        return self.json("run", "--layer", "L0", "--reason", reason, *words, code=4)


def passed() -> dict[str, str]:
    """Those of the tests' own variables."""
    return {name: os.environ[name] for name in PASSED if name in os.environ}


def packaged(name: str) -> str:
    """The text of a packaged configuration file."""
    from gonogo_policies.packaged import packaged_config

    return (packaged_config() / name).read_text()


def make_key(path: Path, *, comment: str = "ada@desk", passphrase: str = "") -> Path:
    """A real Ed25519 key, made by ssh-keygen."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-f", str(path)],
        check=True,
        env=clean_env(path.parent),
        stdin=subprocess.DEVNULL,
    )
    return path


def make_desk(folder: Path, files: Files = CLEAN, commits: tuple[Files, ...] = (CHANGE,), *, key: bool = True) -> Desk:
    """A desk with a repository of two commits (the change is the second) and a key."""
    home = folder / "home"
    home.mkdir(parents=True)
    desk = Desk(home, make_repo(folder / "repo", files, commits))
    if key:
        make_key(desk.key)
    return desk
