"""Making the stage from what the operator has: a clone, their policy, their names, other keys.

The clone has objects of its own: git renews the time of an object that it finds in a shared folder.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import tomlkit

from gonogo.attacks.keys import Person, ThrowAwayKey
from gonogo.attacks.moves import AUTHOR, give_genuine, play_run, put_commit
from gonogo.attacks.stage import BASE, DECIDED, HELD, Stage
from gonogo_agents.git import own_git
from gonogo_agents.git_fence import cloning
from gonogo_evidence.canonical import loads_object
from gonogo_evidence.errors import GonogoError, Inconclusive
from gonogo_evidence.text import msg
from gonogo_graph.context import trust_of
from gonogo_policies.packaged import packaged_config
from gonogo_policies.trust_pin import pin
from gonogo_policies.trust_store import ENROLLED, SIGNERS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from gonogo.attacks.interface import Seat
    from gonogo_agents.world import World
    from gonogo_evidence.allowed_signers import Signer
    from gonogo_evidence.text import Text
    from gonogo_policies.trust import Trust

BRANCH = "gonogo-attack"
STARTER = "starter@attack.invalid"
"""Who starts the run where nobody may sign what they started."""
SAMPLE = {"gonogo_attack_sample.py": b'"""A change to sign off."""\n\nANSWER = 42\n'}
GATES = "gates.toml"
SEPARATION = "separation.toml"
RULES = "gonogo/secret-rules"
TIME = "%Y%m%d%H%M%SZ"


@contextmanager
def stage_of(seat: Seat, say: Callable[[Text], None]) -> Generator[Stage, None, None]:
    """The stage for the repository of ``seat``, prepared; it is gone afterwards.

    Raises:
        Inconclusive: ``TRUST_MISSING``: nobody is enrolled; ``ATTACK_NO_CONTROL``: not even genuine signatures release
            the copy's run, so a refusal would mean nothing.
    """
    trust = trust_of(seat.places, seat.repository, packaged_config())
    with tempfile.TemporaryDirectory(prefix="gonogo-attack-") as name:
        folder = Path(name).resolve()
        stage = _copy(seat, trust, folder)
        say(msg("attack: a throw-away copy lies in {folder}", folder=str(folder)))
        stage.run_id = play_run(stage, BRANCH)
        stage.save(HELD)
        _control(stage)
        say(msg("attack: the control run was released by the people it takes; now without them"))
        yield stage


def _copy(seat: Seat, trust: Trust, folder: Path) -> Stage:
    repo = folder / "repo"
    root = seat.repository.root
    words = ("clone", "--quiet", "--no-hardlinks", "--no-checkout", "--", str(root), str(repo))
    cloning(seat.world, root, folder)(*words, timeout=300)
    world = replace(seat.world, env=_environment(seat.world, folder))
    people: dict[str, Person] = {
        signer.principal: Person(signer.principal, ThrowAwayKey(), ThrowAwayKey(touched=True))
        for signer in trust.signers
    }
    strict = trust.separation.level == "strict"
    stage = Stage(
        folder=folder,
        repo=repo,
        real_world=world,
        repository_id=seat.repository.repository_id,
        people=tuple(people.values()),
        starter=STARTER if strict else trust.signers[0].principal,
        trust=trust,
    )
    head = seat.repository.resolve("HEAD")
    put_commit(stage, BRANCH, SAMPLE, parent=head)
    git = own_git(world, repo)
    git("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    git("reset", "--quiet", "--hard", timeout=300)
    _enrol(stage, trust, people)
    return stage


def _environment(world: World, folder: Path) -> dict[str, str]:
    """A home, a configuration and a state of the copy's own; of the operator's variables those that find programs."""
    kept = {name: world.env[name] for name in ("PATH", "LC_ALL", "LANG", "TMPDIR", "PYTHONPATH") if name in world.env}
    (folder / "home").mkdir()
    compiled = world.home("XDG_CACHE_HOME", ".cache") / RULES
    if compiled.is_dir():  # a copy, so that the detectors of secrets need not compile their rules anew
        shutil.copytree(compiled, folder / "cache" / RULES)
    places = {"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"}
    return {**kept, **{name: str(folder / place) for name, place in places.items()}}


def _enrol(stage: Stage, trust: Trust, people: Mapping[str, Person]) -> None:
    """The operator's trust files with other keys, where they stand: in the store, or at the protected ref."""
    touch = "touch" in trust.signoff.least_presence.values()
    lines = [line for signer in trust.signers for line in _lines(signer, people[signer.principal], touch=touch)]
    files = {name: data for name, data in trust.files.items() if trust.origins[name] != "packaged"}
    files[SIGNERS] = "".join(lines).encode()
    if GATES in files:
        files[GATES] = without_commands(files[GATES])
    if SEPARATION in files:
        files[SEPARATION] = _with_people(files[SEPARATION])
    if trust.base_ref is not None:
        at_ref = {f"config/{name}": data for name, data in files.items()}
        put_commit(stage, BASE, at_ref, parent=BRANCH)
    store = stage.trust_store
    store.mkdir(parents=True, mode=0o700)
    own = {"schema": "gonogo/trust/v1", "principal": trust.principal or trust.signers[0].principal, "label": "local"}
    own |= {"base_ref": BASE} if trust.base_ref else {}
    for name, data in {**files, ENROLLED: tomlkit.dumps(own).encode()}.items():
        (store / name).touch(mode=0o600)
        (store / name).write_bytes(data)
    for path in (store, store.parent, store.parent.parent):
        path.chmod(0o700)
    pin(store, stage.state, stage.world.token(16))


def _with_people(separation: bytes) -> bytes:
    """The matrix, and who the copy's author and starter are: somebody unknown passes nothing under ``strict``."""
    document = tomlkit.parse(separation.decode())
    people = document.setdefault("people", tomlkit.table())
    for name, called in {
        "the copy's author": AUTHOR.partition("<")[2].rstrip(">"),
        "the copy's starter": STARTER,
    }.items():
        people[name] = [called]
    return tomlkit.dumps(document).encode()


def _lines(signer: Signer, person: Person, *, touch: bool) -> list[str]:
    """The signer's line in allowed_signers, with the copy's key; with a security key too where policy wants a touch."""
    name = f'"{signer.principal}"' if " " in signer.principal or signer.principal.startswith("#") else signer.principal
    options = [f'namespaces="{",".join(sorted(signer.namespaces))}"']
    options += [f'valid-after="{signer.valid_after:{TIME}}"'] if signer.valid_after else []
    options += [f'valid-before="{signer.valid_before:{TIME}}"'] if signer.valid_before else []
    keys = [person.plain, *([person.touch] if touch else [])]
    return [f"{name} {','.join(options)} {key.public.line}\n" for key in keys]


def without_commands(gates: bytes) -> bytes:
    """The gates without those that run a command of the operator's: nothing of theirs is started by an attack."""
    document = tomllib.loads(gates.decode())
    listed: list[dict[str, object]] = document.get("gate", [])
    kept = [gate for gate in listed if not gate.get("argv")]
    if len(kept) == len(listed):
        return gates
    return tomlkit.dumps({**document, "gate": kept}).encode() if kept else (packaged_config() / GATES).read_bytes()


def _control(stage: Stage) -> None:
    """With genuine signatures the same run is released: only so does a refusal say anything about a forged one."""
    try:
        with stage.run() as context:
            sealed = loads_object((stage.pack / "core" / "pack.json").read_bytes())
            clean = sealed["verdict"] == "PASS" and not sealed["inconclusive"]
            stage.release = "GO" if clean else "GO-WITH-CONDITIONS"
            decided = give_genuine(stage, context)
    except GonogoError as error:
        raise _no_control(error.code) from error
    if decided != stage.release:
        raise _no_control(str(decided))
    stage.save(DECIDED)


def _no_control(why: str) -> Inconclusive:
    return Inconclusive(
        "ATTACK_NO_CONTROL",
        msg("Not even genuine signatures release the copy's run ({why}), so a refusal would mean nothing.", why=why),
        next_step=msg("gonogo doctor"),
    )
