"""docs/tutorial.md and docs/tutorial.de.md: the guided first drill, played, and what the programs said."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.main import main
from gonogo_agents.world import World
from support.catalogue import TREE
from support.drill_hands import sh
from support.repos import clean_env

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGES = {"en": TREE / "docs/tutorial.md", "de": TREE / "docs/tutorial.de.md"}
INTRO = {
    "en": """# A first drill

Made by `make docs`: every command below was run, and what stands under it is what it said. You need git and gonogo,
ten minutes, and nothing of your own: the drill builds a throw-away folder (written `~` here) and touches nothing else.

A guide tells each step and goes on when the folder itself shows that it is done. What is scored comes from the same
look at the folder; nobody is asked. [Drills](drills.md) has the rest.
""",
    "de": """# Ein erster Drill

Mit `make docs` erzeugt: Jeder Befehl unten wurde ausgeführt, und darunter steht, was er sagte. Nötig sind git und
gonogo, zehn Minuten und nichts Eigenes: Der Drill baut einen Wegwerf-Ordner (hier `~`) und rührt sonst nichts an.

Eine Anleitung nennt jeden Schritt und geht weiter, sobald der Ordner selbst zeigt, dass er getan ist. Bewertet wird mit
demselben Blick auf den Ordner; gefragt wird niemand. Alles Weitere steht (auf Englisch) in [Drills](drills.md).
""",
}
END = {
    "en": """A guided drill is PARTIAL at best, and no policy counts it. The next one is yours alone:
`gonogo drill start D01`; which one after that, `gonogo drill list` says.
""",
    "de": """Ein angeleiteter Drill ist höchstens PARTIAL, und keine Policy zählt ihn. Der nächste geht ohne:
`gonogo drill start D01`; welcher danach an der Reihe ist, sagt `gonogo drill list`.
""",
}


def page(language: str) -> str:
    """The whole page, played in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name).resolve()
        return _Player(home, language).page()


class _Player:
    def __init__(self, home: Path, language: str) -> None:
        self.home, self.language = home, language
        self.world = World(env=clean_env(home))

    def page(self) -> str:
        begun = self._gonogo("start", "D01", "--guide", "--operator", "ada", "--dir", "first")
        parts = [INTRO[self.language], _block([("gonogo drill start D01 --guide --operator ada --dir first", begun)])]
        number = 0
        while step := self._step():
            number += 1
            parts += [f"## {number}. {step['title']}\n\n{step['why']}\n"]
            parts.append(_block([("cd ~/first/work", ""), *((one, self._sh(one)) for one in step["commands"])]))
        parts.append(
            _block([("gonogo drill guide", self._gonogo("guide")), ("gonogo drill score", self._gonogo("score"))])
        )
        return "\n".join([*parts, END[self.language]])

    def _step(self) -> dict[str, str] | None:
        """The next step, by the guide's own words."""
        step = json.loads(self._gonogo("guide", "--json"))
        title = self._gonogo("guide").split("\n")[0].partition(": ")[2]
        return {**step, "title": title[:1].upper() + title[1:]} if step["step"] else None

    def _gonogo(self, *words: str) -> str:
        out = io.StringIO()
        with contextlib.chdir(self.home), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            main(["drill", *words, "--lang", self.language], world=self.world)
        return self._plain(out.getvalue())

    def _sh(self, command: str) -> str:
        return self._plain(sh(self.home / "first/work", "sh", "-c", command))

    def _plain(self, said: str) -> str:
        """Without what differs from one playing to the next: the home, and the session's name."""
        return re.sub(r"\d{8}-\d{6}-D01-[0-9a-f]{4}", "SESSION", said.replace(str(self.home), "~")).rstrip("\n")


def _block(rows: Sequence[tuple[str, str]]) -> str:
    lines = [f"$ {command}" + (f"\n{said}" if said else "") for command, said in rows]
    return "```\n" + "\n".join(lines) + "\n```\n"
