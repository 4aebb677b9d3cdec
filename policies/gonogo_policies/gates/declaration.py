"""A gate's entry in ``gates.toml`` as it is frozen into a run's inputs, read without pydantic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON

GateKind: TypeAlias = Literal[
    "ruff",
    "command",
    "audit",
    "pack",
    "references",
    "contexts",
    "hygiene",
    "tokens",
    "critic",
    "secrets",
    "live",
    "evidence",
    "zizmor",
    "unbuilt",
]
"""``ruff``: the lint gate. ``command``: the operator's own. ``audit``: dependencies. ``pack``: our own evidence.
``references``: what documents point at. ``contexts``: required checks and their jobs. ``hygiene``: merge logs.
``tokens``: paths in code spans. ``critic``: rules over the change's own lines. ``evidence``: the operator's packs.
``secrets`` and ``live``: what step A keeps out. ``zizmor``: workflows linted. ``unbuilt``: comes later."""

Output: TypeAlias = Literal["exit", "pytest", "junit", "sarif", "tap", "json", "numbers"]
"""How a command's evidence is read, so that a PASS is positive evidence.

``pytest`` (its summary line, and the JUnit file that it is asked for), ``junit`` and ``tap`` give a count of tests,
``sarif`` one of files, ``json`` the count that its entry points at, ``numbers`` one of values that were held against a
baseline, and none is INCONCLUSIVE; ``exit`` gives the exit code alone, and what counts as read are the changed files
that triggered the gate."""


@dataclass(frozen=True, slots=True)
class Column:
    """How far the values of one column may move; decimals in words."""

    name: str
    absolute: str = ""
    relative: str = ""
    nan: str = "equal"


@dataclass(frozen=True, slots=True)
class NumericSettings:
    """How a numeric report is held against its baseline."""

    baseline: str = ""
    key: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    ignore: tuple[str, ...] = ()
    delimiter: str = ","
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """What the audit gate audits, and whom it asks."""

    locks: tuple[str, ...] = ()
    """Globs of lock files; none: every file with the name of one."""
    environment: str = ""
    """An interpreter whose installed packages are audited, too."""
    service: str = "pypi"
    """``pypi`` or ``osv``, asked through pip-audit; ``none``: the snapshot alone."""
    service_url: str = ""
    """Another place of the OSV service."""
    snapshot: str = ""
    """An advisory snapshot: in the tree, or outside it with ``/`` or ``~/`` before."""
    max_age_days: int = 7
    own: tuple[str, ...] = ()
    """Packages that no service knows because they are the operator's own."""
    accepted: tuple[tuple[str, str], ...] = ()
    """Vulnerabilities by id or alias that do not fail the gate, each with the reason; they are shown."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One gate, under the exact name of its check context."""

    name: str
    kind: GateKind
    hard: bool
    step: str = "E"
    origin: str = "packaged"
    """Which side named it: ``commit``, ``trust`` or ``packaged``."""
    trigger: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Named groups of globs; none: every change."""
    unless_only: tuple[str, ...] = ()
    """The gate does not apply to a change whose files all lie here."""
    timeout_seconds: int = 600
    workflow: str = ""
    argv: tuple[str, ...] = ()
    output: Output = "exit"
    report: str = ""
    """Where the command writes its report, relative to the work tree, or to ``{output}`` where argv names that; empty:
    its standard output is the report."""
    pointers: Mapping[str, str] = field(default_factory=dict[str, str])
    """JSON pointers into a JSON or SARIF report, by what stands there."""
    audit: AuditSettings = AuditSettings()
    numeric: NumericSettings = NumericSettings()
    python: str = ""
    """The version of Python that runs the command (``3.9``); it is asked of the interpreter itself."""
    reruns: int = 0
    """How often a command that found faults is started again."""
    paths: tuple[str, ...] = (".",)
    """What the lint gate looks at, relative to the work tree."""
    contexts: tuple[str, ...] = ()
    """Required checks that the trust side enrolled."""
    tables: tuple[str, ...] = ()
    """Documents whose tables of job names (the runbook's section 6) say which checks are required."""
    exclude: tuple[str, ...] = ()
    """Documents that the reference gate leaves out: samples for tests, and what others wrote."""
    policy: JSON = None
    """The critic's rules, as :func:`gonogo_policies.critic.read_pack` reads them."""
    live: tuple[str, ...] = ()
    """The live paths that the guard looks for."""
    allow: tuple[str, ...] = ()
    """Fingerprints of findings that are told and fail nothing."""
    issue: str = ""
    network: bool = False
    reads: tuple[str, ...] = ()
    """Places outside the work tree that its programs may read."""
    writes: tuple[str, ...] = ()
    """Globs of the tree's files that its programs may change, and places outside it (with ``/`` or ``~/`` before)."""
    unfenced: str = ""
    """Why its programs run without a fence; empty: they run in one."""


def read_declaration(stored: JSON) -> Declaration:
    """Read one entry of ``inputs["gates"]``. Raises BadInput GATE_DECLARATION for what is none."""
    if isinstance(stored, Mapping):
        name, kind, hard = _word(stored, "name"), _word(stored, "kind"), stored.get("hard")
        output = _word(stored, "output") or "exit"
        if name and kind in get_args(GateKind) and isinstance(hard, bool) and output in get_args(Output):
            return Declaration(
                name=name,
                kind=cast("GateKind", kind),
                hard=hard,
                step=_word(stored, "step") or "E",
                origin=_word(stored, "origin") or "commit",
                trigger=_groups(stored.get("trigger")),
                unless_only=_words(stored.get("unless_only")),
                timeout_seconds=_seconds(stored.get("timeout_seconds")),
                workflow=_word(stored, "workflow"),
                argv=_words(stored.get("argv")),
                output=cast("Output", output),
                report=_word(stored, "report"),
                pointers=_pointers(stored.get("pointers")),
                audit=_audit(stored.get("audit")),
                numeric=_numeric(stored.get("numeric")),
                python=_word(stored, "python"),
                reruns=_count(stored.get("reruns")),
                paths=_words(stored.get("paths")) or (".",),
                contexts=_words(stored.get("contexts")),
                tables=_words(stored.get("tables")),
                exclude=_words(stored.get("exclude")),
                live=_words(stored.get("live")),
                allow=_words(stored.get("allow")),
                policy=stored.get("policy"),
                issue=_word(stored, "issue"),
                network=stored.get("network") is True,
                reads=_words(stored.get("reads")),
                writes=_words(stored.get("writes")),
                unfenced=_word(stored, "unfenced"),
            )
    raise BadInput(
        "GATE_DECLARATION",
        msg("An entry of the frozen inputs is no gate that this version knows."),
        next_step=msg('gonogo run --layer LAYER --reason "TEXT"'),
    )


def _word(stored: Mapping[str, JSON], name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""


def _words(value: JSON) -> tuple[str, ...]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(item for item in value if isinstance(item, str))
    return ()


def _groups(value: JSON) -> dict[str, tuple[str, ...]]:
    return {name: _words(globs) for name, globs in value.items()} if isinstance(value, Mapping) else {}


def _audit(value: JSON) -> AuditSettings:
    if not isinstance(value, Mapping):
        return AuditSettings()
    accepted = value.get("accepted")
    return AuditSettings(
        locks=_words(value.get("locks")),
        environment=_word(value, "environment"),
        service=_word(value, "service") or "pypi",
        service_url=_word(value, "service_url"),
        snapshot=_word(value, "snapshot"),
        max_age_days=_count(value.get("max_age_days")),
        own=_words(value.get("own")),
        accepted=tuple(_pointers(accepted).items()),
    )


def _numeric(value: JSON) -> NumericSettings:
    if not isinstance(value, Mapping):
        return NumericSettings()
    listed = value.get("columns")
    columns = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, Sequence) else []
    return NumericSettings(
        baseline=_word(value, "baseline"),
        key=_words(value.get("key")),
        columns=tuple(
            Column(_word(one, "name"), _word(one, "absolute"), _word(one, "relative"), _word(one, "nan") or "equal")
            for one in columns
        ),
        ignore=_words(value.get("ignore")),
        delimiter=_word(value, "delimiter") or ",",
        decimal=_word(value, "decimal") or ".",
    )


def _pointers(value: JSON) -> dict[str, str]:
    return (
        {name: where for name, where in value.items() if isinstance(where, str)} if isinstance(value, Mapping) else {}
    )


def _count(value: JSON) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _seconds(value: JSON) -> int:
    return value if isinstance(value, int) and value > 0 else 600
