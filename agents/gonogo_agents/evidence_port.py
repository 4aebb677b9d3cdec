"""The broker's handlers for evidence: seal a pack, rebuild its core in a fresh process, verify it in another."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from gonogo_agents.assemble import BEFORE_SEAL, core_state, environment
from gonogo_agents.redact_run import clean, told
from gonogo_agents.render.summary import SUMMARY_RENDERER, summary
from gonogo_agents.world import Command
from gonogo_evidence import canonical, drill
from gonogo_evidence.attest import duties
from gonogo_evidence.ep_json import validate_evidence_pack, validation_exit
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.pack import Contents, DataFile, build_core, write_pack
from gonogo_evidence.seal import CORE, ENVIRONMENT, SUMMARY
from gonogo_evidence.single_file import single_file_path
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from gonogo_agents.world import Completed, World
    from gonogo_evidence.ids import JSON, JSONObject, PackId

LIMIT = 64 * 1024 * 1024
LOGS = {"log.jsonl": "log.jsonl", "broker.jsonl": "broker.jsonl", "calls.jsonl": "ai_model_calls.jsonl"}
"""Logs of a run, and their names in the pack."""
PATIENCE = 120.0
"""Seconds for a fresh process to rebuild or verify."""


class Hired(NamedTuple):
    """Who played a run's duties."""

    envelopes: Mapping[str, bytes]
    """By field."""
    workers: list[JSON]
    """Role, key, level and layers of each."""


@dataclass(frozen=True, slots=True)
class EvidencePort:
    """Seal, rebuild and verify for one run. ``pack_id`` gives the run's name for its pack, always the same."""

    world: World
    run_folder: Path
    inputs: Mapping[str, JSON]
    results: Callable[[], Mapping[str, JSON]]
    pack_id: Callable[[], PackId]
    facts: Callable[[], JSONObject]
    hired: Callable[[Sequence[str]], Hired]
    """Gives what the workers of these fields' duties left: their envelopes, and who they were."""
    signer: Callable[[], Callable[[bytes], bytes]]
    """Gives what makes the engine's DSSE envelope over a statement."""

    def handlers(self) -> dict[str, Callable[[Mapping[str, JSON]], JSON]]:
        """The verbs that the broker hands on to here."""
        return {"evidence.seal": self.seal, "evidence.rebuild": self.rebuild, "evidence.verify": self.verify}

    def seal(self, arguments: Mapping[str, JSON]) -> JSON:
        """Write the pack and its single-file form. Done before: answers with the pack that lies there.

        All that is sealed is searched for secrets first. What was replaced is kept for the rebuild, which replaces the
        same in what lies here as the duties left it, and so needs no detectors.
        """
        pack_id, results = self.pack_id(), self.results()
        write_atomic(self.run_folder / "results" / BEFORE_SEAL, canonical.dumps(results))
        contents, counts = self._contents(pack_id, arguments, results)
        sealed = write_pack(self._folder(pack_id), contents)
        return {
            "pack_id": pack_id,
            "core_digest": sealed.core_digest,
            "pack_digest": sealed.pack_digest,
            "files": sealed.files,
            "bytes": sealed.bytes,
            "summary_size": len(contents.summary.encode()),
            "stamped": _stamped(sealed.folder),
            **counts,
        }

    def _contents(
        self, pack_id: PackId, arguments: Mapping[str, JSON], results: JSONObject
    ) -> tuple[Contents, JSONObject]:
        """What goes into the pack, without its secrets, and how many there were."""
        facts: JSONObject = {**self.facts(), "pack_id": pack_id}
        core = {"fields": arguments["fields"], "files": arguments["files"], **core_state(self.inputs, results)}
        rest = {"inputs": self.inputs, "results": results, "facts": facts}
        original = results
        made = clean(self.world, self.run_folder, core, rest, [*self._payload(), *self._logs()])
        fields, files = (cast("JSONObject", made.core[name]) for name in ("fields", "files"))
        inputs, results, facts = (cast("JSONObject", made.rest[name]) for name in ("inputs", "results", "facts"))
        facts = {**facts, "tools": {**cast("JSONObject", facts["tools"]), **made.detectors}}
        text = summary(fields, files)
        around = environment(inputs, results, facts)
        sealed = {**build_core(fields, files), ENVIRONMENT: canonical.dumps(around), SUMMARY: text.encode()}
        found = told(self.world, made, {**made.redaction.files, **sealed})
        counts: JSONObject = {
            "redactions": sum(cast("int", one["count"]) for one in cast("list[JSONObject]", found["redactions"])),
            "not_scanned": len(made.not_scanned),
        }
        redacted = [name for name in duties.SEALED if name in original and results[name] != original[name]]
        redacted += ["inputs"] if inputs != self.inputs else []
        if redacted:
            found = {**found, duties.REDACTED: cast("JSON", redacted)}
        hired = without(self.hired(duties.SEALED), redacted)
        sign = self.signer()
        contents = Contents(
            pack_id=pack_id,
            fields=fields,
            core=files,
            environment={**around, **found},
            summary=text,
            summary_renderer=SUMMARY_RENDERER,
            data=made.payload,
            attestations=signed_keys(str(facts["run_id"]), hired, sign),
            sign=sign,
        )
        return contents, counts

    def rebuild(self, arguments: Mapping[str, JSON]) -> JSON:
        """Build the core again from the stored results, in another process with another hash seed, zone and locale."""
        del arguments
        argv = [sys.executable, "-P", "-m", "gonogo_agents.rebuild", str(self.run_folder)]
        done = self._fresh(argv, PYTHONHASHSEED="4711", TZ="Pacific/Chatham", LC_ALL="C")
        if done.code != 0:
            raise _could_not("REBUILD_FAILED", done)
        return {"core_digest": done.stdout.decode("ascii", "replace").strip()}

    def verify(self, arguments: Mapping[str, JSON]) -> JSON:
        """Let a fresh ``gonogo verify --authentic-only`` look at the sealed folder; validate the file beside it."""
        del arguments
        folder = self._folder(self.pack_id())
        argv = [sys.executable, "-P", "-m", "gonogo", "verify", str(folder), "--authentic-only", "--json"]
        argv += ["--drill"] if drill.FIELD in self.inputs else []
        done = self._fresh(argv)
        try:
            report = cast("Mapping[str, JSON]", json.loads(done.stdout))
            checks = cast("list[JSON]", report["checks"])
            found: JSONObject = {"authentic": report["authentic"], "checks": len(checks), "exit_code": done.code}
        except (ValueError, KeyError, TypeError) as error:
            raise _could_not("VERIFY_FAILED", done) from error
        return {**found, "validation": _validation(single_file_path(folder))}

    def _fresh(self, argv: list[str], **extra: str) -> Completed:
        env = {**self.world.env, **extra}
        return self.world.run(Command(argv, cwd=self.run_folder, env=env, timeout=PATIENCE))

    def _folder(self, pack_id: PackId) -> Path:
        return self.run_folder / "pack" / pack_id

    def _payload(self) -> list[DataFile]:
        listed = self.run_folder / "data.jsonl"
        if not listed.exists():
            return []
        entries: dict[str, Mapping[str, str]] = {}
        for line in read_bytes(listed, limit=LIMIT).splitlines():
            entry = cast("Mapping[str, str]", canonical.loads_object(line))
            entries[entry["path"]] = entry
        return [
            DataFile(
                path=path,
                source=self.run_folder / path,
                media_type=entry["media_type"],
                determinism=cast('Literal["bit", "replay", "none"]', entry["determinism"]),
                reason=entry["reason"],
            )
            for path, entry in sorted(entries.items())
        ]

    def _logs(self) -> list[DataFile]:
        """The run's log ends here; what is logged later stays outside the pack."""
        files: list[DataFile] = []
        for name, sealed in LOGS.items():
            source = self.run_folder / name
            if source.exists():
                copy = self.run_folder / f"sealed-{name}"
                shutil.copyfile(source, copy)
                reason = "times and order of events"
                files.append(DataFile(f"data/logs/{sealed}", copy, "application/jsonl", "none", reason))
        return files


def without(hired: Hired, redacted: Collection[str]) -> Hired:
    """The same without the envelopes that hold a digest of a field with a secret in it."""
    return Hired(
        {name: one for name, one in hired.envelopes.items() if not duties.covers(one, redacted)}, hired.workers
    )


def signed_keys(run_id: str, hired: Hired, sign: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """The workers' envelopes by the names of their files, and the engine's list of their keys; none without any."""
    named = {duties.envelope_name(field): data for field, data in hired.envelopes.items()}
    return {**named, duties.KEYS: sign(duties.keys_statement(run_id, hired.workers, named))} if named else {}


def _stamped(folder: Path) -> JSONObject:
    """Id, schema version and times as they lie in the sealed files."""
    core = canonical.loads_object(read_bytes(folder / CORE, limit=LIMIT), limit=LIMIT)
    around = canonical.loads_object(read_bytes(folder / ENVIRONMENT, limit=LIMIT), limit=LIMIT)
    return {
        **{name: core.get(name) for name in ("schema_version", "commit_time")},
        **{name: around.get(name) for name in ("pack_id", "started", "finished", "isolation")},
    }


def _validation(file: Path) -> int:
    """The exit code that ``gonogo evidence validate`` has for the single-file pack."""
    try:
        return validation_exit(validate_evidence_pack(file))
    except BadInput as error:
        return error.exit_code


def _could_not(code: str, done: Completed) -> Inconclusive:
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return Inconclusive(
        code,  # REBUILD_FAILED or VERIFY_FAILED
        msg("A fresh process could not check the pack: {said}", said=said[-1][:300] if said else str(done.code)),
        next_step=msg("gonogo doctor"),
    )
