"""Playing a night: one process of gonogo for each layer, some at a time; none asks anybody anything.

A run is a whole program of its own, so that one that hangs is killed alone, and what it left can be resumed.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from gonogo.gate_formats import gate_outcome
from gonogo.nightly.keyless import AGENT
from gonogo.nightly.night import LayerNight, Night
from gonogo.version import __version__
from gonogo_agents.render.safe import plain
from gonogo_agents.world import Command
from gonogo_evidence import canonical
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.seal import ENVIRONMENT
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gonogo.gate_formats import GateOutcome
    from gonogo.nightly.night import Asked
    from gonogo_agents.texts import Language, Translator
    from gonogo_agents.world import Completed, World
    from gonogo_evidence.ids import JSON
    from gonogo_evidence.verdict import Verdict
    from gonogo_policies.config.layers import Layer

REPORT = "core/validator-report.json"
LIMIT = 64 * 1024 * 1024
TIME = "%Y-%m-%dT%H:%M:%SZ"
WAITS = "AWAITING_OPERATOR"
TOLD = 400
"""Characters of what a broken run said last."""


def play(
    asked: Asked,
    layers: Mapping[str, Layer],
    *,
    world: World,
    root: Path,
    language: Language,
    say: Translator,
    tell: Callable[[Text], None],
) -> Night:
    """Run the layers and return what they came to. A layer that no run may enter is told, and nothing is started."""
    began, started = time.monotonic(), world.now().strftime(TIME)

    def one(name: str) -> LayerNight:
        layer = layers[name]
        if layer.forbidden:
            words = say(msg("{layer} ({name}) is forbidden; no run may enter it.", layer=name, name=layer.name))
            return LayerNight(name, layer.name, "FORBIDDEN", "NOT_APPLICABLE", words, "LAYER_FORBIDDEN", 5)
        done = world.run(Command(_argv(asked, name, root), cwd=root, env=_env(world, language), timeout=asked.limit))
        said = _said(replace(_BLANK, layer=name, name=layer.name, milliseconds=done.duration_ms), done, say)
        tell(msg("{layer}: {verdict}. {reason}", layer=name, verdict=said.verdict, reason=said.reason))
        return said

    with ThreadPoolExecutor(max_workers=asked.jobs) as pool:
        found = tuple(pool.map(one, asked.layers))
    spent = round((time.monotonic() - began) * 1000)
    return Night(asked, __version__, started, world.now().strftime(TIME), spent, found)


_BLANK = LayerNight("", "", "BROKE_OFF", "INCONCLUSIVE", "", exit_code=3)


def _argv(asked: Asked, layer: str, root: Path) -> list[str]:
    base = ["--base", asked.base] if asked.base else []
    about = ["--layer", layer, "--reason", asked.reason, "--operator", asked.operator, "--mode", asked.mode]
    if asked.seed is not None:
        about += ["--seed", str(asked.seed)]
    if asked.transcript is not None:
        about += ["--transcript", asked.transcript]
    where = ["--git-ref", asked.commit, *base, "--repo", str(root)]
    return [sys.executable, "-P", "-m", "gonogo", "run", *about, *where, "--headless", "--json"]


def _env(world: World, language: Language) -> dict[str, str]:
    """No agent, and words in the language of this night."""
    return {**{name: value for name, value in world.env.items() if name != AGENT}, "GONOGO_LANG": language}


def _said(blank: LayerNight, done: Completed, say: Translator) -> LayerNight:
    if done.timed_out:
        words = msg("The run was killed after {seconds} s; gonogo resume goes on with it.", seconds=_seconds(done))
        return replace(blank, reason=say(words), code="NIGHT_TIMED_OUT")
    try:
        told = cast("Mapping[str, JSON]", json.loads(done.stdout))
        broke = cast("Mapping[str, JSON] | None", told.get("error"))
        if broke is None and told["state"] == WAITS:
            return _waiting(blank, told, say)
    except (ValueError, KeyError, TypeError, AttributeError, GonogoError):
        last = plain(done.stderr.decode("utf-8", "replace"))[-TOLD:]
        words = msg(
            "The run ended with {code} and said nothing that can be read: {last}", code=str(done.code), last=last
        )
        return replace(blank, reason=say(words), code="NIGHT_NO_ANSWER")
    if broke is None:
        words = msg("The run ended in the state {state}.", state=plain(str(told["state"])))
        return replace(blank, reason=say(words), code="NIGHT_NO_HOLD_POINT", run_id=str(told.get("run_id")))
    verdict: Verdict = "INCONCLUSIVE" if done.code in {2, 3, 5, 130} else "FAIL"
    return replace(
        blank,
        verdict=verdict,
        reason=plain(str(broke.get("what"))),
        code=plain(str(broke.get("code"))),
        exit_code=done.code or 3,
    )


def _seconds(done: Completed) -> int:
    return round(done.duration_ms / 1000)


def _waiting(blank: LayerNight, told: Mapping[str, JSON], say: Translator) -> LayerNight:
    pack = Path(str(told["pack"]))
    verdict = cast("Verdict", told["verdict"])
    if verdict not in {"PASS", "FAIL", "INCONCLUSIVE"}:
        raise ValueError(verdict)
    blockers = list(dict.fromkeys([*_named(told["blockers"]), *_named(told["inconclusive"])]))
    words = msg("Nothing is open.") if not blockers else msg("Open: {points}", points=" · ".join(blockers))
    return replace(
        blank,
        state="WAITS",
        verdict=verdict,
        reason=say(words),
        exit_code=4,
        run_id=str(told["run_id"]),
        pack=pack,
        pack_id=str(told["pack_id"]),
        pack_digest=str(told["pack_digest"]),
        core_digest=str(told["core_digest"]),
        recommendation=str(told["recommendation"]),
        gates=gates_of(pack, say),
    )


def _named(points: JSON) -> list[str]:
    return [plain(str(one["id"])) for one in points if isinstance(one, dict)] if isinstance(points, list) else []


def gates_of(pack: Path, say: Translator) -> tuple[GateOutcome, ...]:
    """The gates of a sealed pack, with the time that each took. Raises what an unreadable pack raises."""
    report = canonical.loads_object(read_bytes(pack / REPORT, limit=LIMIT), limit=LIMIT)
    around = canonical.loads_object(read_bytes(pack / ENVIRONMENT, limit=LIMIT), limit=LIMIT)
    seen = cast("Mapping[str, Mapping[str, Mapping[str, JSON]]]", around["observed"]).get("validation", {})
    gates = cast("list[Mapping[str, JSON]]", report["gates"])
    return tuple(gate_outcome(one, say, milliseconds=_took(seen.get(str(one["name"])))) for one in gates)


def _took(seen: Mapping[str, JSON] | None) -> int:
    took = (seen or {}).get("duration_ms")
    return took if isinstance(took, int) else 0
