"""``audit``: known vulnerabilities in the dependencies (runbook sections 4 E, 6 and 7).

What is audited is what lock files of the commit pin, or what an interpreter has installed; each pin is counted.
pip-audit asks the service; where it cannot, an advisory snapshot answers, if the entry names one that is young enough.
A package that nobody could audit leaves the gate INCONCLUSIVE: pip-audit says "no known vulnerabilities found" of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from gonogo_evidence.text import Text, msg
from gonogo_policies import globs
from gonogo_policies.change import first
from gonogo_policies.dependencies import DECLARATIONS, LOCKS, Locked, Pin, Unreadable, declared, read_lock
from gonogo_policies.gates.audit_service import ask_service, installed
from gonogo_policies.gates.audit_snapshot import ask_snapshot
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.tool_session import Session
from gonogo_policies.gates.tree_files import TreeFiles
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_policies.change import Change
    from gonogo_policies.gates.audit_service import Answer
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult


@dataclass(frozen=True, slots=True)
class AuditGate:
    """The gate over dependencies."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a file changes that pins or declares dependencies."""
        del context
        found = hits(self.declaration, change)
        reads = self.declaration.origin != "commit" and any(map(self._is_lock, found.files))
        return found.applies(reads_change=reads)

    def run(self, context: GateContext) -> GateResult:
        """Collect pins, ask, and hold the answer against the pins."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("packages", reads_change=found.reads_change, files=found.files)
        session = Session(context, "pip-audit")
        try:
            self._look(context, session, seen)
        except Stopped as stop:
            seen.stop = stop
        seen.observed = session.observed()
        return judge(self.declaration, found, seen)

    def _look(self, context: GateContext, session: Session, seen: Seen) -> None:
        if self.declaration.origin == "commit":
            why = msg("The commit under review names this audit; nobody is asked whom the trust side did not enrol.")
            raise Stopped("GATE_NOT_ENROLLED", why)
        pins, loose = self._pins(context, session, seen)
        if not pins and not loose:
            return
        own = {canonicalize_name(name) for name in self.declaration.audit.own}
        wanted = {(pin.name, pin.version): pin for pin in sorted(pins, reverse=True) if pin.name not in own}
        answer = self._ask(context, session, sorted(wanted.values()), seen)
        for pin in wanted.values():
            self._judge(pin, answer, seen)
        seen.checked = len(answer.audited & wanted.keys())
        seen.reason = msg(
            "Packages audited: {audited} of {total}. Asked: {who}. Vulnerabilities: {findings}.",
            audited=seen.checked,
            total=len(wanted) + len({pin.name for pin in loose} - own),
            who=answer.who,
            findings=len(set(seen.findings)),
        )
        self._require_whole(wanted.keys() - answer.audited, {pin.name for pin in loose} - own)

    def _pins(self, context: GateContext, session: Session, seen: Seen) -> tuple[list[Pin], list[Pin]]:
        desk = TreeFiles(context)
        paths = sorted(path for path in desk.tree.files if self._is_lock(path))
        locked = [_locked(desk, path) for path in paths]
        included = {path for one in locked for path in one.includes} - set(paths)
        locked += [_locked(desk, path) for path in sorted(included)]
        if interpreter := self.declaration.audit.environment:
            locked.append(installed(session, interpreter.replace("{python}", context.python)))
        pins, loose = [pin for one in locked for pin in one.pins], [pin for one in locked for pin in one.loose]
        if not locked:
            self._without_lock(desk, seen)
        elif not pins and not loose:
            names = first(paths) or self.declaration.audit.environment
            raise Stopped("GATE_CHECKED_NOTHING", msg("Nothing is pinned in {names}.", names=plain(names)))
        return pins, loose

    def _without_lock(self, desk: TreeFiles, seen: Seen) -> None:
        """Where project files declare no dependency, that is what was checked; else nobody knows which versions."""
        seen.unit, seen.reads_change = "files", True
        for path in sorted(path for path in desk.tree.files if globs.match(path, DECLARATIONS)):
            try:
                count = declared(path, _text(desk, path))
            except Unreadable as error:
                why = msg("Which dependencies {path} has can only be told by building it.", path=plain(path))
                raise Stopped("GATE_NO_LOCK", why) from error
            if count:
                why = msg(
                    "{path} declares {count} dependencies, and no lock file pins them.", path=plain(path), count=count
                )
                raise Stopped("GATE_NO_LOCK", why)
            seen.checked += 1
        seen.reason = msg("Project files read: {count}. None declares a dependency.", count=seen.checked)

    def _ask(self, context: GateContext, session: Session, pins: list[Pin], seen: Seen) -> Answer:
        """The service, and the snapshot where the service cannot answer or is not to be asked."""
        settings = self.declaration.audit
        if settings.service == "none":
            return ask_snapshot(context, pins)
        try:
            return ask_service(context, session, pins)
        except Stopped as stop:
            if not settings.snapshot:
                raise
            message = f"{settings.service} could not be asked: {stop.reason}"
            seen.advice.append(Finding("", None, stop.code, message, fingerprint("", stop.code, message, "")))
            return ask_snapshot(context, pins)

    def _judge(self, pin: Pin, answer: Answer, seen: Seen) -> None:
        for hit in answer.hits.get((pin.name, pin.version), ()):
            names = (hit.id, *hit.aliases)
            message = plain(f"{pin.name} {pin.version}: {', '.join(names)}{_mended(hit.fixed)}")
            accepted = next((why for one, why in self.declaration.audit.accepted if one in names), None)
            if accepted is not None:
                message = plain(f"{message}; accepted: {accepted}")
            finding = Finding(pin.path, pin.line, hit.id, message, fingerprint(pin.path, hit.id, pin.name, ""))
            (seen.findings if accepted is None else seen.advice).append(finding)

    def _require_whole(self, missed: Iterable[tuple[str, str]], loose: set[str]) -> None:
        if names := sorted(f"{name} {version}" for name, version in missed):
            why = msg("{count} packages could not be audited: {names}.", count=len(names), names=first(names))
            raise Stopped("GATE_INCOMPLETE", why)
        if loose:
            why = msg(
                "{count} packages have no exact version from an index: {names}. Name those of your own in own.",
                count=len(loose),
                names=plain(first(sorted(loose))),
            )
            raise Stopped("GATE_INCOMPLETE", why)

    def _is_lock(self, path: str) -> bool:
        wanted = self.declaration.audit.locks
        return globs.match(path, wanted or LOCKS) and not globs.match(path, self.declaration.exclude)


def _locked(desk: TreeFiles, path: str) -> Locked:
    try:
        return read_lock(path, _text(desk, path))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        why = msg("{path} cannot be read as a lock: {words}.", path=plain(path), words=plain(str(error), 200))
        raise Stopped("GATE_UNREADABLE", why) from error


def _text(desk: TreeFiles, path: str) -> str:
    source = desk.read(path)
    if source is None:
        raise Stopped("GATE_UNREADABLE", _no_text(path))
    return source


def _no_text(path: str) -> Text:
    return msg("{path} is too long or no text.", path=plain(path))


def _mended(fixed: tuple[str, ...]) -> str:
    return f", fixed in {', '.join(fixed)}" if fixed else ", no fix is known"
