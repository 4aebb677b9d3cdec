"""``ci-required-contexts-contract``: required checks and the jobs that report them agree (runbook section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies import globs
from gonogo_policies.change import first
from gonogo_policies.ci import Contract, Required, WorkflowInvalid, read_workflow, required_contexts
from gonogo_policies.ci.required import LIST, RequiredInvalid, is_required_list, required_in_table
from gonogo_policies.ci.workflows import is_workflow
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.tree_files import TreeFiles
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from gonogo_policies.change import Change
    from gonogo_policies.ci import Trouble, Workflow
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult

ENROLLED = "gates.toml"
SAID = {
    "CONTEXT_MISSING": "no job reports the required check {about}",
    "CONTEXT_UNKNOWN": "whether a job reports the required check {about} can only be told by running it",
    "CONTEXT_TWICE": "another workflow reports the required check {about}, too",
    "NOT_ON_PULL_REQUEST": "no pull request starts the job of the required check {about}",
    "PATH_FILTERED": "a path filter leaves the required check {about} pending for other changes",
    "NO_MERGE_GROUP": "the merge queue does not start the required check {about}",
    "SKIPPED_MATRIX": "a condition on a job with a matrix: skipped, {about} is never reported",
    "JOB_SKIPPED": "a condition on the job: skipped, {about} is reported as a success",
    "JOB_NEVER": "a condition that is never true for a change: {about} is reported as a success and never runs",
    "JOB_MAY_GO_ON": "continue-on-error is an expression: whether {about} can fail only a run can tell",
    "NEEDS_SKIPPED": "when a job fails that it needs and that is not required, {about} is skipped, which is a success",
    "GROUP_SHARED": "changes share its concurrency group: one cancels the required check {about} of another",
    "JOB_GOES_ON": "nothing in it stops the job: {about} cannot fail",
    "STEP_GOES_ON": "continue-on-error on a step of {about}",
    "EXIT_SWALLOWED": "a pipe swallows the exit code (no pipefail): {about}",
    "EXIT_SHRUGGED_OFF": "goes on whatever its command says: {about}",
    "SCRIPT_MISSING": "calls a script that is not there: {about}",
    "BRANCH_FILTERED": "a branch filter leaves the required check {about} pending for other target branches",
    "TYPES_FILTERED": "not every new head of a pull request starts the required check {about}",
    "OTHER_WORKFLOW": "the table names another workflow for the required check {about}",
    "TABLE_DIFFERS": "the table names {about}, and no list of required checks does",
    "REQUIRED_DROPPED": "the change takes {about} off the list of required checks",
    "REQUIRED_UNKNOWN": "the repository does not say which checks are required",
}


OTHERS = frozenset({"CONTEXT_TWICE", "OTHER_WORKFLOW", "NEEDS_SKIPPED"})
"""Where another place is named beside the first; elsewhere it is what was likely meant."""


@dataclass(frozen=True, slots=True)
class ContextGate:
    """The gate over required checks and workflows."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a workflow or a list of required checks changes."""
        del context
        return hits(self.declaration, change).applies()

    def run(self, context: GateContext) -> GateResult:
        """Read every workflow and every list of the commit. Nothing is started and no network is asked."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("files", reads_change=True, files=found.files)
        try:
            self._look(context, seen)
        except Stopped as stop:
            seen.stop = stop
        return judge(self.declaration, found, seen)

    def _look(self, context: GateContext, seen: Seen) -> None:
        desk = TreeFiles(context)
        workflows = [
            one for path in sorted(desk.tree.files) if is_workflow(path) for one in _workflow(desk, path, seen)
        ]
        required = [Required(name, ENROLLED) for name in self.declaration.contexts]
        for path in sorted(filter(is_required_list, desk.tree.files)):
            try:
                required += required_contexts(path, _text(desk, path))
            except RequiredInvalid as error:
                seen.findings.append(_finding("REQUIRED_INVALID", path, None, str(error)))
            seen.checked += 1
        required += self._tables(desk, required, seen)
        contract = Contract(required, workflows, desk.tree)
        troubles = list(contract.troubles())
        for trouble in troubles:
            (seen.advice if trouble.advice else seen.findings).append(_of(trouble))
        seen.advice += _dropped(context, {one.context for one in required})
        _stop_where_unknown(required, [one.about for one in troubles if one.code == "CONTEXT_UNKNOWN"], seen)
        seen.reason = msg(
            "Required checks: {required}, reported by a job: {met}. Workflows read: {workflows}. Findings: {findings}.",
            required=len({one.context for one in required}),
            met=contract.met,
            workflows=len(workflows),
            findings=len(set(seen.findings)),
        )

    def _tables(self, desk: TreeFiles, listed: Sequence[Required], seen: Seen) -> list[Required]:
        """The runbook's tables: they decide where nothing else does; else what only they name is told."""
        found: list[Required] = []
        for path in sorted(path for path in desk.tree.files if globs.match(path, self.declaration.tables)):
            try:
                rows = required_in_table(path, _text(desk, path))
            except RequiredInvalid as error:
                seen.findings.append(_finding("REQUIRED_INVALID", path, None, str(error)))
                rows = ()
            found += rows
            seen.checked += bool(rows)
        if not listed:
            return found
        known = {one.context for one in listed}
        for one in found:
            if one.context not in known:
                message = SAID["TABLE_DIFFERS"].format(about=plain(one.context))
                seen.advice.append(_finding("TABLE_DIFFERS", one.source, one.line, message))
        return []


def _stop_where_unknown(required: Sequence[Required], unknown: Sequence[str], seen: Seen) -> None:
    """Without a list there is no contract, and a check whose name only a run can tell may be none."""
    if not required and seen.checked:
        why = msg(
            "The repository does not say which checks are required ({file}, or contexts of the gate's entry),"
            " so that there is no contract to hold the workflows against.",
            file=LIST,
        )
        seen.stop = Stopped("GATE_CHECKED_NOTHING", why)
    elif unknown:
        names = first([plain(name) for name in unknown])
        why = msg("Whether a job reports these required checks can only be told by running it: {names}.", names=names)
        seen.stop = Stopped("GATE_INCOMPLETE", why)


def _dropped(context: GateContext, required: Container[str]) -> Iterator[Finding]:
    """What the change takes off a list: nobody may see it in a long one."""
    for path in filter(is_required_list, context.change.paths):
        try:
            before = required_contexts(path, (context.at_base(path) or b"[]").decode())
        except (RequiredInvalid, UnicodeDecodeError):
            continue
        for one in before:
            if one.context not in required:
                message = SAID["REQUIRED_DROPPED"].format(about=plain(one.context))
                yield _finding("REQUIRED_DROPPED", path, None, message)


def _workflow(desk: TreeFiles, path: str, seen: Seen) -> list[Workflow]:
    seen.checked += 1
    try:
        return [read_workflow(path, _text(desk, path))]
    except WorkflowInvalid as error:
        seen.findings.append(_finding("WORKFLOW_INVALID", path, error.line, error.reason))
        return []


def _text(desk: TreeFiles, path: str) -> str:
    source = desk.read(path)
    if source is None:
        raise Stopped("GATE_UNREADABLE", msg("{path} is too long or no text.", path=plain(path)))
    return source


def _of(trouble: Trouble) -> Finding:
    message = SAID[trouble.code].format(about=plain(trouble.about))
    if trouble.meant:
        other = plain(trouble.meant)
        message += f" ({other})" if trouble.code in OTHERS else f"; did you mean {other}?"
    return _finding(trouble.code, trouble.path, trouble.line or None, message)


def _finding(code: str, path: str, line: int | None, message: str) -> Finding:
    return Finding(path, line, code, message, fingerprint(path, code, message, ""))
