"""What a risk rule sees, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from gonogo_policies.change import Kind, classify, kinds_of
from gonogo_policies.globs import guards
from gonogo_policies.results import State, as_json, as_list, as_object, as_words, desk_of, gates_of, value_of

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.text import Text

OWN: Final = "review/risk-review.json"
"""Where the review itself will lie."""
LARGEST = 5
"""Likelihood and impact are 1 to 5 each."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk: what was found, what may come of it, how likely and how bad, and what to do about it."""

    rule: str
    """``R-...``."""
    finding: Text
    """What was seen, a fact with evidence."""
    text: Text
    """What may come of it."""
    likelihood: int
    impact: int
    mitigation: Text
    pointers: tuple[JSONObject, ...]
    subject: str = ""
    """The gate, check or duty that it is about, where there is one."""

    def __post_init__(self) -> None:
        """Refuse figures outside the matrix."""
        if not (1 <= self.likelihood <= LARGEST and 1 <= self.impact <= LARGEST):
            raise ValueError(f"{self.rule}: likelihood and impact are 1 to {LARGEST}")

    @property
    def severity(self) -> int:
        """Likelihood by impact, 1 to 25."""
        return self.likelihood * self.impact

    def json(self) -> JSONObject:
        """The form for evidence files."""
        return {
            "rule": self.rule,
            "subject": self.subject,
            "finding": as_json(self.finding),
            "text": as_json(self.text),
            "likelihood": self.likelihood,
            "impact": self.impact,
            "severity": self.severity,
            "mitigation": as_json(self.mitigation),
            "pointers": list(self.pointers),
        }


@dataclass(frozen=True)
class Facts:
    """A run's results and its change, read once for all rules."""

    state: State
    change: JSONObject | None
    """As ``git.query`` gives it; None where it is not known, and then no rule about it can speak."""
    refusals: tuple[JSONObject, ...] = ()
    """What the broker refused a role, oldest first: ``what`` (rule and reason) and ``where`` (role, step and verb)."""

    @property
    def inputs(self) -> JSONObject:
        """The run's frozen inputs."""
        return as_object(self.state.get("inputs"))

    @cached_property
    def files(self) -> tuple[JSONObject, ...]:
        """The changed files."""
        return tuple(as_object(file) for file in as_list(None if self.change is None else self.change.get("files")))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every name that the change touches, old names of renamed files included, sorted."""
        return tuple(sorted({name for file in self.files for name in _names(file)}))

    @cached_property
    def kinds(self) -> Mapping[Kind, tuple[str, ...]]:
        """The changed paths by kind."""
        return classify(self.paths)

    @cached_property
    def desk(self) -> JSONObject:
        """How the operator's desk stood."""
        return desk_of(self.state)

    @cached_property
    def gates(self) -> tuple[JSONObject, ...]:
        """The results of the gates."""
        return tuple(gates_of(self.state))

    def of_kind(self, kind: Kind, *but: Kind) -> tuple[str, ...]:
        """The changed paths of one kind that are of none of the others."""
        return tuple(path for path in self.kinds.get(kind, ()) if not kinds_of(path) & set(but))

    def guarded(self, name: str) -> tuple[str, ...]:
        """The changed paths that a guardrail's globs mean (``live``, ``execution``, ``trust``)."""
        globs = as_words(as_object(self.inputs.get("guardrails")).get(name))
        return tuple(path for path in self.paths if guards(path, globs))

    def called(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The changed files among ``paths``, for a sentence: each once, a renamed one with both of its names."""
        wanted = set(paths)
        return tuple(sorted(_called(file) for file in self.files if _names(file) & wanted))

    def where(self, paths: Iterable[str]) -> tuple[JSONObject, ...]:
        """Pointers to the first changed files among ``paths``, in the run plan that lies in the core."""
        wanted, listed = set(paths), self._planned_files()
        found = [
            _at("core/run-plan.json", f"$.scope.change.files[{number}]")
            for number, file in enumerate(listed)
            if _names(file) & wanted
        ]
        return tuple(found[:LARGEST] or self._in_commit(wanted))

    def _planned_files(self) -> list[JSONObject]:
        planned = as_object(value_of(self.state, "scope_plan").get("change"))
        return [as_object(file) for file in as_list(planned.get("files"))]

    def _in_commit(self, wanted: set[str]) -> list[JSONObject]:
        """Where no plan was made, or it names other files: pointers into the commit itself."""
        touched = [file for file in self.files if _names(file) & wanted]
        return [{"path": file.get("path"), "line": None, "blob": file.get("blob")} for file in touched[:LARGEST]]


Rule: TypeAlias = Callable[[Facts], Iterable[Risk]]
"""A rule says nothing where it does not apply."""


def facts_of(state: State, change: JSON, refusals: Iterable[JSONObject] = ()) -> Facts:
    """Facts for the rules. A change without a list of files is taken as not known."""
    known = isinstance(change, Mapping) and isinstance(change.get("files"), list | tuple)
    return Facts(state, cast("JSONObject", change) if known else None, tuple(refusals))


def _names(file: JSONObject) -> set[str]:
    """What the file is and was called."""
    return {name for name in (file.get("path"), file.get("old_path")) if isinstance(name, str) and name}


def _called(file: JSONObject) -> str:
    path, old = file.get("path"), file.get("old_path")
    return f"{old} -> {path}" if isinstance(old, str) and old and old != path else str(path)


def _at(file: str, path: str) -> JSONObject:
    return {"file": file, "path": path}


def in_environment(path: str) -> JSONObject:
    """A pointer to what was observed."""
    return _at("environment.json", path)


def in_core(path: str) -> JSONObject:
    """A pointer into core/pack.json."""
    return _at("core/pack.json", path)


def in_report(path: str) -> JSONObject:
    """A pointer into the validator report."""
    return _at("core/validator-report.json", path)


def in_review(path: str) -> JSONObject:
    """A pointer to what the risk review itself holds."""
    return _at(OWN, path)
