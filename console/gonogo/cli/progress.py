"""The steps of a run while it runs, on standard error: a live list on a terminal, one plain line a duty elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from gonogo.cli.streams import emit, shows

if TYPE_CHECKING:
    from types import TracebackType

    from rich.live import Live
    from rich.text import Text as RichText

    from gonogo.cli.context import Output

MARKS = {"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "?"}
PLAIN_MARKS = {"PASS": "+", "FAIL": "x", "INCONCLUSIVE": "?"}
STYLES = {"PASS": "green", "FAIL": "red", "INCONCLUSIVE": "yellow"}


@dataclass
class Step:
    """One line of the list."""

    step: str
    role: str
    duty: str
    verdict: str = ""
    """Empty while it runs."""
    milliseconds: int = 0
    heard: str = ""
    """Who is answering, and how much so far, while it runs."""

    def line(self) -> str:
        """The line without its mark; the columns line up."""
        took = f"{self.milliseconds:>7} ms" if self.verdict else self.heard
        return f"{self.step}  {self.role:<15} {self.duty:<18} {self.verdict:<12} {took}".rstrip()


class _Screen(Protocol):
    def show(self, steps: list[Step], *, changed: Step) -> None: ...

    def close(self) -> None: ...


class StepList:
    """Shows the duties of a run as they begin and end. Use it as a context manager around the run."""

    def __init__(self, output: Output) -> None:
        self._steps: list[Step] = []
        self._output = output
        self._screen: _Screen | None = None

    def __enter__(self) -> Self:
        """Take the screen."""
        self._screen = _Live(self._output) if self._output.live else _Lines()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the list as it stands; an error goes on."""
        if self._screen is not None:
            self._screen.close()

    def started(self, step: str, role: str, duty: str) -> None:
        """A duty begins."""
        self._steps.append(Step(step, role, duty))
        self._show(self._steps[-1])

    def finished(self, step: str, role: str, duty: str, verdict: str, ms: int) -> None:
        """A duty has ended with a verdict, after ``ms`` milliseconds. One that was never announced is listed too."""
        running = [line for line in self._steps if (line.step, line.duty, line.verdict) == (step, duty, "")]
        if not running:
            self._steps.append(Step(step, role, duty))
        line = running[-1] if running else self._steps[-1]
        line.verdict, line.milliseconds = verdict, ms
        self._show(line)

    def heard(self, model: str, characters: int) -> None:
        """A model's answer comes in. Shown where lines can move."""
        if self._steps and self._output.live:
            self._steps[-1].heard = f"{model}: {characters}"
            self._show(self._steps[-1])

    def _show(self, changed: Step) -> None:
        if self._screen is not None:
            self._screen.show(self._steps, changed=changed)


class _Lines:
    """Where nothing can move: a line for each duty that has ended."""

    def show(self, steps: list[Step], *, changed: Step) -> None:
        del steps
        if changed.verdict:
            emit(sys.stderr, changed.line())

    def close(self) -> None:
        """Nothing is open."""


class _Live:
    """The moving list, by rich, which is imported here and not earlier."""

    def __init__(self, output: Output) -> None:
        from rich.console import Console  # noqa: PLC0415 - costs more than all of the help
        from rich.live import Live  # noqa: PLC0415 - the same

        self._marks = MARKS if shows(sys.stderr, "✓✗…") else PLAIN_MARKS
        self._running = "…" if self._marks is MARKS else "."
        console = Console(file=sys.stderr, highlight=False, _environ=dict(output.env))
        self._live: Live = Live(console=console, auto_refresh=False, transient=False)
        self._live.start()

    def show(self, steps: list[Step], *, changed: Step) -> None:
        del changed
        self._live.update(self._lines(steps), refresh=True)

    def _lines(self, steps: list[Step]) -> RichText:
        from rich.text import Text  # noqa: PLC0415 - see above

        lines = Text(overflow="ellipsis", no_wrap=True)
        for number, step in enumerate(steps):
            style = STYLES.get(step.verdict, "bold")
            mark = self._marks.get(step.verdict, self._running)
            lines.append("\n" if number else "").append(f"{mark} {step.line()}", style=style)
        return lines

    def close(self) -> None:
        self._live.stop()
