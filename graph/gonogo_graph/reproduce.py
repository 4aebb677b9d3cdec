"""Reproducing a pack: run it again from its own manifest, in throw-away places, and compare the core byte for byte.

The operator's ledger, index and repository are only read. The trust store is copied, so that the re-run judges by what
is enrolled here now; what differs from then is named.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gonogo_evidence import canonical, dsse
from gonogo_evidence.compare import Difference, differences
from gonogo_evidence.errors import GonogoError, Inconclusive
from gonogo_evidence.files import read_bytes
from gonogo_evidence.review import ENGINE, FOLDER
from gonogo_evidence.seal import CORE, CORE_FILES, ENVIRONMENT
from gonogo_evidence.text import Text, msg
from gonogo_graph.advance import advance
from gonogo_graph.asked import REPLAY, SMOKE
from gonogo_graph.drive import player_for
from gonogo_graph.engine import engine_public_keys
from gonogo_graph.macs import mac_key
from gonogo_graph.places import Places
from gonogo_graph.proof import CORE_LIMIT, pack_folder
from gonogo_graph.start import Options, freeze_inputs, start_run
from gonogo_graph.store.sqlite import SqliteStore
from gonogo_policies.packaged import packaged_config
from gonogo_policies.trust import trust_folder
from gonogo_policies.trust_pin import IN_TRUST

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_agents.repository import Repository
    from gonogo_evidence.ids import JSON, Digest, JSONObject
    from gonogo_graph.context import Progress, RunContext
    from gonogo_graph.session import Session

FILES: Final = (*(f"core/{name}" for name in CORE_FILES), CORE)
"""In the order in which a difference is looked for: ``pack.json`` names the others, so it comes last."""
FROM_CORE: Final = ("base", "base_rule")
"""Inputs that the re-run takes as they are: how the base was found is no property of the change."""
WORDLESS: Final[Mapping[str, JSON]] = {"model_roles": []}
"""Words of models in roles lie beside the core: a re-run for the core's sake does without."""
CHOSEN: Final = {"model_id": "model", "model_profile": "profile", "autonomy_level": "autonomy"}


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What a re-run gave."""

    pack_id: str
    core_digest: Digest
    """Of the pack."""
    again: Digest
    """Of the re-run."""
    file: str = ""
    """The first core file that differs."""
    difference: Difference | None = None
    hints: tuple[Text, ...] = ()
    """Why it might differ, most likely first."""
    around: Mapping[str, JSON] = field(default_factory=dict["str", "JSON"])
    """``environment.json`` of the re-run."""

    @property
    def equal(self) -> bool:
        """Whether the core reproduced bit for bit."""
        return self.core_digest == self.again


def reproduce(session: Session, pack: Path, progress: Progress) -> Reproduction:
    """Run a pack again. It must be authentic; the caller has verified that.

    Raises:
        Inconclusive: ``REPRODUCE_NOT_A_RUN``, ``REPRODUCE_OTHER_REPOSITORY``, ``REPRODUCE_COMMIT_MISSING``, or what
            kept the re-run from its seal.
    """
    core, around = _document(pack, CORE), _document(pack, ENVIRONMENT)
    mode = SMOKE if around.get("mode") == SMOKE else REPLAY  # what models said is a recorded input
    _can_be_run(session.repository, core, pack)
    with _throw_away(session) as (places, store):
        inputs = {**inputs_again(session, places, core, mode), **(WORDLESS if core.get("driver") == "model" else {})}
        context = start_run(
            replace(_options(core, mode, {}), transcript=pack),
            world=session.world,
            places=places,
            repository=session.repository,
            store=store,
            defaults=packaged_config(),
            frozen=inputs,
        )
        _run(context, progress)
        return _compared(pack, pack_folder(context), core, around, engine_public_keys(session.places))


def _can_be_run(repository: Repository, core: JSONObject, pack: Path) -> None:
    if not core.get("git_ref") or core.get("driver") not in {"auto", "model"}:
        raise Inconclusive(
            "REPRODUCE_NOT_A_RUN",
            msg("The pack does not hold what a run could be started from: it was migrated, or people took part."),
            where=str(pack),
        )
    if core.get("root_commit") != repository.root_commit:
        raise Inconclusive(
            "REPRODUCE_OTHER_REPOSITORY",
            msg("The pack is of another repository: its first commit is {root}.", root=str(core.get("root_commit"))),
            where=str(repository.root),
            next_step=msg("Name a clone of that repository: --repo DIR"),
        )
    for name in ("git_ref", "base"):
        if commit := core.get(name):
            try:
                repository.resolve(str(commit))
            except GonogoError as error:
                raise Inconclusive(
                    "REPRODUCE_COMMIT_MISSING",
                    msg("The commit {commit} is not in this clone.", commit=str(commit)),
                    where=str(repository.root),
                    next_step=msg("Fetch it (git fetch origin COMMIT), then try again."),
                ) from error


@contextmanager
def _throw_away(session: Session) -> Generator[tuple[Places, SqliteStore], None, None]:
    """Places that nobody keeps: a state folder of their own, and a copy of the trust store without its pin."""
    own = session.places
    with tempfile.TemporaryDirectory(prefix="gonogo-reproduce-") as name:
        places = Places(Path(name) / "state" / own.repository_id, Path(name) / "config", own.repository_id)
        enrolled = trust_folder(own.config_home, own.repository_id)
        if enrolled.is_dir():
            copy = trust_folder(places.config_home, own.repository_id)
            shutil.copytree(enrolled, copy, ignore=shutil.ignore_patterns(IN_TRUST, "index-*.seen"))
            for folder in (copy, copy.parent, copy.parent.parent):
                folder.chmod(0o700)
        store = SqliteStore(places.database, mac_key(places.state_key, session.world))
        try:
            yield places, store
        finally:
            store.close()


def inputs_again(session: Session, places: Places, core: Mapping[str, JSON], mode: str) -> Mapping[str, JSON]:
    """The inputs as they are found now; a choice that the operator made then is made again."""

    def frozen(chosen: Mapping[str, str]) -> Mapping[str, JSON]:
        return freeze_inputs(_options(core, mode, chosen), session.repository, places, packaged_config())

    found = frozen({})
    chosen = {
        option: str(core[name]) for name, option in CHOSEN.items() if core.get(name) and core[name] != found.get(name)
    }
    found = frozen(chosen) if chosen else found
    return {**found, **{name: core[name] for name in FROM_CORE if name in core}}


def _options(core: Mapping[str, JSON], mode: str, chosen: Mapping[str, str]) -> Options:
    seed, snapshot, base = core.get("seed"), core.get("dataset_snapshot_id"), core.get("base")
    return Options(
        layer=str(core.get("layer_id")),
        reason=str(core.get("run_reason")),
        operator=str(core.get("operator_id")),
        scope=str(core.get("scope")),
        model=chosen.get("model"),
        profile=chosen.get("profile"),
        autonomy=chosen.get("autonomy"),
        mode=mode,
        driver=str(core.get("driver")),
        model_roles=tuple(map(str, roles)) if isinstance(roles := core.get("model_roles"), list | tuple) else (),
        seed=seed if isinstance(seed, int) else None,
        dataset_snapshot=str(snapshot) if snapshot else None,
        git_ref=str(core.get("git_ref")),
        base=str(base) if base else None,
    )


def _run(context: RunContext, progress: Progress) -> None:
    with player_for(context, progress) as player:
        advance(context, player)


def _compared(
    pack: Path, again: Path, core: JSONObject, around: JSONObject, keys: Sequence[Ed25519PublicKey]
) -> Reproduction:
    bytes_of = {path: (_bytes(pack, path), _bytes(again, path)) for path in FILES}
    core_then, core_now = (canonical.digest_of(data) for data in bytes_of[CORE])
    made = Reproduction(pack.name, core_then, core_now, around=_document(again, ENVIRONMENT))
    if made.equal:
        return made
    file, (left, right) = next((path, pair) for path, pair in bytes_of.items() if pair[0] != pair[1])
    first = next(iter(differences(canonical.loads(left), canonical.loads(right))))
    hints = (*unknown_engine(pack, keys), *_hints(core, _document(again, CORE), around, made.around))
    return replace(made, file=file, difference=first, hints=hints)


def unknown_engine(pack: Path, keys: Sequence[Ed25519PublicKey]) -> Generator[Text, None, None]:
    """The first suspect where no engine that is known here signed the pack's seal."""
    try:
        dsse.verify(_bytes(pack, f"{FOLDER}/{ENGINE}"), keys)
    except GonogoError:
        yield msg("No engine that is known here signed this pack: perhaps no such run made it.")


def _hints(
    core: JSONObject, again: JSONObject, around: JSONObject, now: Mapping[str, JSON]
) -> Generator[Text, None, None]:
    for one in differences(core.get("config", {}), again.get("config", {})):
        yield msg("The configuration {name} is another one than then.", name=one.path.removeprefix("$."))
    for one in differences(around.get("tools", {}), now.get("tools", {})):
        yield msg(
            "{tool} was {then}, and is {now}.", tool=one.path.removeprefix("$."), then=str(one.left), now=str(one.right)
        )
    for name in ("gonogo_version", "trust", "isolation"):
        if around.get(name) != now.get(name):
            then, today = str(around.get(name)), str(now.get(name))
            yield msg("{tool} was {then}, and is {now}.", tool=name, then=then, now=today)


def _document(pack: Path, path: str) -> JSONObject:
    return canonical.loads_object(_bytes(pack, path), limit=CORE_LIMIT)


def _bytes(pack: Path, path: str) -> bytes:
    return read_bytes(pack / path, limit=CORE_LIMIT)
