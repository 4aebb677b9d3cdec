"""``gates.toml``: what must be green, when it applies, and how it is run (runbook section 6)."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gonogo_policies import globs
from gonogo_policies.config.base import Glob, Globs, Key, Many, Model, Note, Seconds, Sentence, Slug, Word, some
from gonogo_policies.config.gate_parts import Argument, Audit, Fingerprint, Numeric, Place, Pointers, Room
from gonogo_policies.config.policy_packs import Level, Policy, RuleEntry, RuleId
from gonogo_policies.gates.declaration import GateKind, Output

REPORTS = frozenset({"junit", "sarif", "tap", "json", "numbers"})
"""Forms that may be written to a file; JUnit must."""

Origin: TypeAlias = Literal["commit", "trust", "packaged"]


class GateEntry(Model):
    """One gate as a file describes it, under the exact name of its check context."""

    name: Word
    step: Literal["A", "E"]
    """``A`` is for what must be known before anything is done, and for nothing that a change could start."""
    hard: bool
    kind: GateKind
    purpose: Sentence
    workflow: Note = ""
    """The CI file that runs it under this name, as the runbook has it; empty for a gate that only runs here."""
    trigger: Mapping[Key, Annotated[Globs, AfterValidator(some)]] = Field(default_factory=dict)
    """Named groups of globs: the gate applies when a changed file is in any. No groups: it always applies."""
    unless_only: Globs = ()
    """The gate does not apply to a change whose files all lie here (the runbook's docs-only changes)."""
    timeout_seconds: Seconds
    network: bool = False
    """Whether its programs may use TCP and UDP; without it they get no socket at all."""
    reads: Many[Place] = ()
    """Places outside the work tree that its programs need beside system, interpreter and PATH."""
    writes: Many[Room] = ()
    """Globs of the tree's files that they may change (``build/**``), and places outside it (``/dev/shm``). Where a glob
    stands here the tree is not read-only for them, and the comparison afterwards keeps them to it."""
    unfenced: Note = ""
    """Why its programs must run without a fence, with the rights of the operator's account; empty: they run in one."""
    argv: Many[Argument] = ()
    """The program and its arguments; never a shell. Empty: not enrolled, nothing is run, and the gate says so."""
    output: Output | None = None
    report: Glob | None = None
    """Where the command writes its report, relative to the work tree or to ``{output}``; none: to standard output."""
    pointers: Pointers | None = None
    """Where a JSON report says what (``checked`` for SARIF, too)."""
    audit: Audit | None = None
    """For an audit gate: what it audits, and whom it asks."""
    numeric: Numeric | None = None
    """For output ``numbers``: the baseline and its tolerances."""
    python: Annotated[str, StringConstraints(pattern=r"^3\.[0-9]{1,2}$")] | None = None
    """The version of Python that runs the command: ``{python}`` in argv is one of it, or argv begins with one."""
    reruns: Annotated[int, Field(ge=0, le=5)] = 0
    """How often a command that found faults is started again. A pass after that is shown as flaky."""
    paths: Many[Word] = ()
    """What the lint gate looks at, relative to the work tree."""
    contexts: Many[Word] = ()
    """Checks that must be green before a merge, beside those that the repository lists itself."""
    tables: Globs = ()
    """Documents whose tables of job names (the runbook's section 6) say which checks are required, too."""
    exclude: Many[Glob] = ()
    """Documents that their gates leave out, locks that an audit does, files in which a secret is only told."""
    allow: Many[Fingerprint] = ()
    """Fingerprints of findings that the trust side has looked at: they are told and fail nothing."""
    packs: Many[Slug] = ()
    """The policy packs that came with gonogo by which the critic goes, in order."""
    rule: Many[RuleEntry] = ()
    """Further rules for the critic."""
    levels: Mapping[RuleId, Level] = Field(default_factory=dict)
    """Other severities for the critic's rules; ``OFF`` takes a rule away."""
    issue: Note = ""
    """For an unbuilt gate: the issue that brings it."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        command = self.kind == "command"
        if command != (self.output is not None):
            raise ValueError("a command gate, and no other, says in 'output' how its evidence is read")
        if (self.argv or self.report) and not command:
            raise ValueError("argv and report belong to command gates")
        if bool(self.paths) != (self.kind == "ruff"):
            raise ValueError("paths belong to the lint gate, which needs at least one")
        if self.exclude and self.kind not in {"references", "tokens", "audit", "secrets"}:
            raise ValueError("exclude belongs to the gates over documents, to audits and to the secret scan")
        if self.allow and self.kind not in {"critic", "secrets"}:
            raise ValueError("allow belongs to the policy critic and the secret scan")
        if (self.step == "A") != (self.kind in {"secrets", "live"}):
            raise ValueError("the secret scan and the live guard, and no other, belong to step A")
        if (self.contexts or self.tables) and self.kind != "contexts":
            raise ValueError("contexts and tables belong to the contract of required checks")
        if (self.packs or self.rule or self.levels) and self.kind != "critic":
            raise ValueError("packs, rules and levels belong to the policy critic")
        if bool(self.issue) != (self.kind == "unbuilt"):
            raise ValueError("an unbuilt gate, and no other, names the issue that brings it")
        return self

    @model_validator(mode="after")
    def _fits_its_output(self) -> Self:
        if self.output == "junit" and self.report is None:
            raise ValueError("output 'junit' needs the place of its 'report'")
        if self.report is not None and self.output not in REPORTS:
            raise ValueError("a 'report' belongs to output 'junit', 'sarif', 'tap', 'json' or 'numbers'")
        if (self.reruns or self.python) and self.kind != "command":
            raise ValueError("reruns and python belong to command gates")
        if (self.output == "numbers") != (self.numeric is not None):
            raise ValueError("output 'numbers' and its 'numeric' come together")
        self._points_where_it_may()
        return self

    @model_validator(mode="after")
    def _may_ask(self) -> Self:
        if self.audit is not None and self.kind != "audit":
            raise ValueError("audit belongs to audit gates")
        asks = self.audit.service if self.audit is not None else "pypi"
        if self.kind == "audit" and asks != "none" and not self.network:
            raise ValueError("an audit that asks a service needs 'network = true'")
        return self

    def _points_where_it_may(self) -> None:
        told = self.pointers.model_dump(exclude_none=True) if self.pointers is not None else {}
        if self.output == "json" and ("checked" not in told or not {"verdict", "failed", "findings"} & told.keys()):
            raise ValueError("output 'json' needs pointers: checked, and one of verdict, failed and findings")
        if self.output == "sarif" and told.keys() - {"checked"}:
            raise ValueError("of a SARIF report only what was checked can be pointed at")
        if told and self.output not in {"json", "sarif"}:
            raise ValueError("pointers belong to output 'json' and 'sarif'")

    def named_by(self, origin: Origin) -> "Gate":
        """Return the gate with the side that named it."""
        return Gate.model_validate({**self.model_dump(), "origin": origin})


FOUND = {"origin", "policy", "live"}
"""What a gate has from elsewhere than its own entry."""


class Gate(GateEntry):
    """A gate, and which side named it."""

    origin: Origin
    policy: Policy | None = None
    """The critic's rules, put together from its packs and its own."""
    live: Globs = ()
    """The live paths of all sides' guardrails, for the live guard."""

    def described_otherwise(self, other: Self) -> bool:
        """Whether the two differ in anything but the side that named them."""
        return self.model_dump(exclude=FOUND) != other.model_dump(exclude=FOUND)

    @property
    def reads_change(self) -> bool:
        """Whether a PASS of it can say something about the change. Checks of our own pack cannot."""
        return self.kind in {"ruff", "command", "audit", "critic"}

    @property
    def enrolled(self) -> bool:
        """Whether the trust side stands behind what would be run: commands proposed by a commit are not."""
        if self.kind == "audit":
            return self.origin != "commit"
        return self.kind != "command" or (bool(self.argv) and self.origin != "commit")

    def triggered_by(self, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return for each trigger group the changed paths in it; empty where the gate does not apply.

        Without groups, all paths stand under ``any``. A change that lies wholly in ``unless_only`` triggers nothing.
        """
        changed = tuple(paths)
        if self.unless_only and changed and all(globs.match(path, self.unless_only) for path in changed):
            return {}
        groups = self.trigger or {"any": ("**",)}
        hits = {name: tuple(path for path in changed if globs.match(path, group)) for name, group in groups.items()}
        return {name: found for name, found in hits.items() if found}


class GatesFile(Model):
    """All gates of one file."""

    gate: Annotated[Many[GateEntry], AfterValidator(some)]

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        names = [gate.name for gate in self.gate]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"a gate is named twice: {', '.join(twice)}")
        return self
