"""A drill session: what was planted and when it began, kept outside the drill's folder under this installation's MAC.

::

    $XDG_STATE_HOME/gonogo/drills/state.key
                                 /sessions/<session>.json    {"body": {...}, "mac": "<hex>"}
                                 /desks/<session>/           the drill's folder, where nothing else is named
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.drills.bench import Bench
from gonogo.drills.interface import Look, Verdict, overall
from gonogo.drills.registry import drill_named
from gonogo.drills.result import encoded, home, sign_result
from gonogo.version import __version__
from gonogo_evidence.drill import trailer
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken, Refused
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg
from gonogo_graph.desks import entry, listed, register
from gonogo_graph.macs import mac_key
from gonogo_graph.places import DESKS
from gonogo_policies.people import People
from gonogo_policies.spellings import plainest

if TYPE_CHECKING:
    from gonogo.drills.interface import Drill, Planted
    from gonogo_agents.world import World
    from gonogo_graph.macs import MacKey

KIND = "drill-session"
LIMIT = 1024 * 1024
GRACE = 2.0
"""Seconds by which a file of the desk may be newer than the clock: file systems round."""


@dataclass(frozen=True, slots=True)
class Session:
    """One drill of one operator, from its start to its score."""

    session: str
    drill: str
    seed: int
    difficulty: int
    operator: str
    started: str
    seen: str
    """The latest time at which gonogo looked at it."""
    folder: str
    planted: Planted
    before: dict[str, Verdict]
    """What each criterion came to before anybody acted."""
    hints: int = 0
    scored: dict[str, Any] = field(default_factory=dict[str, Any])
    """The scorecard; empty until it is scored."""
    signed: str = ""
    """What the engine signed of it: the DSSE envelope over the drill's result."""
    guided: bool = False
    """Whether each step was told: such a drill is PARTIAL at best."""
    signatures: dict[str, str] = field(default_factory=dict[str, str])
    """What operator and validator signed of it with their own keys, by role."""


def start(
    world: World,
    drill: Drill,
    seed: int,
    difficulty: int,
    operator: str,
    folder: Path | None,
    *,
    guided: bool = False,
) -> Session:
    """Build the desk and begin. Raises BadInput DRILL_FOLDER where the folder is there and not empty."""
    from gonogo.drills.interface import Dice  # noqa: PLC0415 - only to plant

    name = f"{world.now():%Y%m%d-%H%M%S}-{drill.drill_id}-{world.token(2)}"
    place = (folder or home(world) / "desks" / name).absolute()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise BadInput(
            "DRILL_FOLDER", msg("The folder for the drill is there already and not empty."), where=str(place)
        )
    if not str(place).isprintable() or str(place) != str(place).strip(" `"):
        raise BadInput(
            "DRILL_FOLDER", msg("The folder's name does not fit into a line of notes."), where=ascii(str(place))
        )
    place.mkdir(parents=True, exist_ok=True)
    bench = Bench(world, place, trailer(drill.drill_id, seed, difficulty))
    register(home(world) / DESKS.name, entry(drill.drill_id, seed, place))
    planted = drill.plant(bench, drill.draw(Dice(drill.drill_id, seed), difficulty))
    before: dict[str, Verdict] = {name: look.verdict for name, look in drill.judge(bench, planted).items()}
    now = world.now().isoformat()
    who, where = operator, str(place)
    begun = Session(name, drill.drill_id, seed, difficulty, who, now, now, where, planted, before, guided=guided)
    save(world, begun)
    return begun


def look(world: World, session: Session) -> tuple[dict[str, Look], float]:
    """Judge the desk as it is now; and the minutes since the start. Nothing is kept.

    Raises:
        BadInput: DRILL_DESK where the desk is gone.
        Refused: DRILL_CLOCK where the clock runs behind the start, the last look, or the desk's own files.
    """
    bench = Bench(world, Path(session.folder))
    if not bench.folder.is_dir():
        raise BadInput("DRILL_DESK", msg("The drill's folder is gone: start it anew."), where=session.folder)
    if entry(session.drill, session.seed, bench.folder) not in listed(home(world) / DESKS.name):
        raise IntegrityBroken(
            "DRILL_UNMARKED",
            msg("The list of this machine's drills does not name this one any more: runs there would bear no mark."),
            where=str(home(world) / DESKS.name),
            next_step=msg("gonogo drill start {drill}", drill=session.drill),
        )
    now = world.now()
    if now < datetime.fromisoformat(session.seen) or _newest(bench) > now.timestamp() + GRACE:
        raise Refused(
            "DRILL_CLOCK",
            msg("The clock was set back: it runs behind what was written meanwhile."),
            where=session.folder,
            next_step=msg("Set the clock right, and look again."),
        )
    try:
        found = dict(drill_named(session.drill).judge(bench, session.planted))
    except (GonogoError, OSError, KeyError) as error:  # a desk of another version lacks facts
        raise _unjudged(session.folder, error) from error
    return found, (now - datetime.fromisoformat(session.started)).total_seconds() / 60


def _newest(bench: Bench) -> float:
    try:
        return bench.newest()
    except OSError as error:
        raise _unjudged(str(bench.folder), error) from error


def _unjudged(folder: str, error: Exception) -> BadInput:
    words = msg("The drill's desk cannot be judged any more: {words}", words=str(error)[:200])
    return BadInput("DRILL_DESK", words, where=folder)


def score(world: World, session: Session, validator: str = "") -> Session:
    """Judge for good. A session is scored once; raises Refused DRILL_SAME_PERSON and DRILL_SCORED."""
    if session.scored:
        raise Refused("DRILL_SCORED", msg("This session is scored already."), next_step=msg("gonogo drill report"))
    if People().same(plainest(validator), plainest(session.operator)):
        raise Refused("DRILL_SAME_PERSON", msg("Who validates is not who acted: {name}.", name=validator))
    looks, minutes = look(world, session)
    within = minutes <= drill_named(session.drill).minutes
    ended = world.now().isoformat()
    verdict = overall(looks, session.before, in_time=within)
    card = {
        "schema": "gonogo/drill-scorecard/v1",
        "session": session.session,
        "drill": session.drill,
        "seed": session.seed,
        "difficulty": session.difficulty,
        "operator": session.operator,
        "validator": validator,
        "verdict": "PARTIAL" if session.guided and verdict == "PASS" else verdict,
        "timebox": "WITHIN" if within else "EXCEEDED",
        "minutes": round(minutes, 1),
        "started": session.started,
        "ended": ended,
        "hints": session.hints,
        "guided": session.guided,
        "gonogo": __version__,
        "criteria": [
            {"criterion": name, "guard": session.before[name] == "PASS", **asdict(one)} for name, one in looks.items()
        ],
        "files": Bench(world, Path(session.folder)).digests(),
    }
    done = replace(session, scored=card, seen=ended)
    done = replace(done, signed=sign_result(world, done).decode())
    save(world, done)
    write_atomic(scorecard(session), encoded(card))
    return done


def scorecard(session: Session) -> Path:
    """The scorecard as the operator sees it, in the drill's folder; the one that counts is under the MAC."""
    return Path(session.folder) / "scorecard.json"


def check_scorecard(session: Session) -> None:
    """Raise IntegrityBroken DRILL_SCORECARD where the scorecard in the drill's folder is not what was scored."""
    try:
        same = read_bytes(scorecard(session), limit=LIMIT) == encoded(session.scored)
    except GonogoError:
        same = False
    if not same:
        raise IntegrityBroken(
            "DRILL_SCORECARD", msg("The scorecard is not the one that was written."), where=str(scorecard(session))
        )


def save(world: World, session: Session) -> None:
    """Keep a session, authenticated."""
    body = asdict(session)
    stored = {"body": body, "mac": _key(world).of(KIND, _framed(body)).hex()}
    place = home(world) / "sessions" / f"{session.session}.json"
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomic(place, json.dumps(stored, indent=2).encode(), mode=0o600)


def sessions(world: World) -> list[Session]:
    """Every session of this installation, oldest first. Raises IntegrityBroken DRILL_STATE."""
    key = _key(world)
    found = [_read(path, key) for path in (home(world) / "sessions").glob("*.json")]
    return sorted(found, key=lambda one: (one.started, one.session))


def find(world: World, name: str) -> Session:
    """A session by a part of its name that only one has; ``latest`` is the newest. Raises BadInput DRILL_SESSION."""
    known = sessions(world)
    fitting = known[-1:] if name == "latest" else [one for one in known if name.upper() in one.session.upper()]
    if len(fitting) != 1 or not name.strip():
        raise BadInput(
            "DRILL_SESSION",
            msg("No session, or more than one, fits {name}.", name=ascii(name)),
            next_step=msg("gonogo drill history"),
        )
    return fitting[0]


def _read(path: Path, key: MacKey) -> Session:
    try:
        stored = json.loads(read_bytes(path, limit=LIMIT))
        body, mac = stored["body"], bytes.fromhex(stored["mac"])
        if key.fits(mac, KIND, _framed(body)) and body["session"] == path.stem:
            return Session(**body)
    except (ValueError, KeyError, TypeError, GonogoError):
        pass
    raise IntegrityBroken(
        "DRILL_STATE",
        msg("The record of a drill was changed: its start, its score or what was planted cannot be believed."),
        where=str(path),
        next_step=msg("Remove the file and start the drill anew."),
    )


def _key(world: World) -> MacKey:
    return mac_key(home(world) / "state.key", world)


def _framed(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
