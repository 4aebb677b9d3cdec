"""``gonogo evidence``: evidence packs of every form, made, checked, listed, migrated; exit codes 0, 1 and 2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gonogo.cli.context import Output, json_option, pass_output
from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.ep_dispatch import Validation
    from gonogo_evidence.ep_rules import Problem

SCHEMA = "gonogo/evidence-validation/v1"
TREE = "gonogo/evidence-tree/v1"
FILE = click.Path(path_type=Path)
COMPAT = str(msg("the predecessor's verdicts and exit codes, also where it let things pass"))


@click.group("evidence", help=str(msg("Make, check, list and migrate evidence packs.")))
def command() -> None:
    """Hold the commands about evidence packs."""


@command.command(
    "validate",
    short_help=str(msg("check one evidence pack, or all below a folder")),
    help=str(msg("Check an evidence pack of any known form: its own rules, and the fields that the runbook requires.")),
)
@click.argument("file", type=FILE, required=False)
@click.option("--manifest", type=FILE, metavar="FILE", help=str(msg("check this pointer manifest and its files")))
@click.option("--root", type=FILE, metavar="DIR", help=str(msg("check every evidence_pack.json below this folder")))
@click.option("--output", "report", type=FILE, metavar="FILE", help=str(msg("with --root: write the report here too")))
@click.option("--strict", is_flag=True, help=str(msg("accepted for old scripts; it is always strict")))
@click.option("--lenient", is_flag=True, help=str(msg("accepted for old scripts; verdict and exit code stay the same")))
@click.option("--compat", is_flag=True, help=COMPAT)
@json_option
@pass_output
def validate(output: Output, /, *, strict: bool, **asked: Any) -> int:  # noqa: ANN401 - click's names and types
    """Check one pack or a folder of them. Exits with 0 passed, 1 failed, 2 not found."""
    del strict
    file, manifest, root = asked["file"], asked["manifest"], asked["root"]
    if sum(place is not None for place in (file, manifest, root)) != 1:
        raise BadInput(
            "EVIDENCE_WHICH",
            msg("Say what to check: one file or folder, or --manifest, or --root."),
            next_step=msg("gonogo evidence validate --help"),
        )
    if root is not None:
        return _validate_tree(output, root, asked["report"], lenient=asked["lenient"], compat=asked["compat"])
    from gonogo_evidence.ep_dispatch import validate as check  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.ep_dispatch import validate_manifest  # noqa: PLC0415 - the same

    place: Path = file or manifest
    found = (validate_manifest if manifest is not None else check)(place, compat=asked["compat"])
    document = {
        "schema": SCHEMA,
        "verdict": _verdict(found),
        "file": str(place),
        "form": found.form,
        "drill": found.drill,
        "mode": "lenient" if asked["lenient"] else "strict",
        "compat": asked["compat"],
        "errors": _entries(output, found.report.errors),
        "warnings": _entries(output, found.report.warnings),
        "missing": list(found.report.missing),
    }
    output.result(document, _plain(found.line) or _human(output, place, found))
    if found.form in {"pack", "single-file"}:
        output.say(msg("This is about the form. What the run found and what people decided: gonogo verify PACK"))
    return found.exit_code


def _validate_tree(output: Output, root: Path, report: Path | None, *, lenient: bool, compat: bool) -> int:
    import json  # noqa: PLC0415 - only when it is used

    from gonogo_evidence.ep_tree import validate_tree  # noqa: PLC0415 - the same
    from gonogo_evidence.files import no_room, write_atomic  # noqa: PLC0415 - the same

    found = validate_tree(root, at=output.world.now().isoformat(), compat=compat, lenient=lenient)
    if report is not None:
        try:
            report.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise no_room(error, report) from error
        write_atomic(report, (json.dumps(found, indent=2) + "\n").encode())
    results: Any = found["pack_results"]
    lines = [f"{'PASS' if item['valid'] else 'FAIL'}  {item['pack_path']}" for item in results]
    reasons = {item["pack_path"]: [*item["errors"], *filter(None, [item["exception"]])] for item in results}
    shown = [line for head in lines for line in (head, *(f"  {_plain(words)}" for words in reasons[head[6:]]))]
    counts = msg("{valid} of {total} packs are valid", valid=str(found["valid_packs"]), total=len(results))
    output.result({"schema": TREE, **found}, "\n".join([*shown, output.words(counts)]))
    return 1 if found["invalid_packs"] else 0


@command.command(
    "generate",
    short_help=str(msg("make a pointer manifest of files and their SHA-256")),
    help=str(msg("Make manifest.json and index.json for files of a run. Prints the two paths.")),
)
@click.option("--base-dir", type=FILE, required=True, metavar="DIR", help=str(msg("names are relative to this folder")))
@click.option(
    "--in", "inputs", type=FILE, multiple=True, required=True, metavar="PATH...", help=str(msg("files, folders"))
)
@click.argument("more", type=FILE, nargs=-1, metavar="")
@click.option("--out-root", type=FILE, default=Path("out/ops/evidence_packs"), show_default=True, metavar="DIR")
@click.option("--pack-id", metavar="ID", help=str(msg("the pack becomes pack_ID (default: the local time)")))
@click.option(
    "--deterministic", is_flag=True, help=str(msg("a fixed time, so that the same files give the same bytes"))
)
@click.option("--compat", is_flag=True, help=COMPAT)
@json_option
@pass_output
def generate(output: Output, /, *, deterministic: bool, compat: bool, **asked: Any) -> None:  # noqa: ANN401 - see above
    """Make a pointer manifest. What is not there or cannot be hashed is refused."""
    from gonogo_evidence import p5b  # noqa: PLC0415 - only when it is used

    now = output.world.now()
    made = p5b.generate(
        asked["base_dir"],
        (*asked["inputs"], *asked["more"]),
        asked["out_root"],
        pack_id=now.astimezone().strftime("%Y%m%d_%H%M%S") if asked["pack_id"] is None else asked["pack_id"],
        created_at=p5b.PINNED if deterministic else now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        compat=compat,
    )
    document = {"schema": "gonogo/evidence-generated/v1", "manifest": str(made.manifest), "index": str(made.index)}
    output.result({**document, "count": made.count}, f"{made.manifest}\n{made.index}")


@command.command("index", help=str(msg("List the pointer manifests below a folder in one file, newest first.")))
@click.option("--root", type=FILE, required=True, metavar="DIR", help=str(msg("the folder of the packs")))
@click.option("--out", type=FILE, required=True, metavar="FILE", help=str(msg("the list, index_all.json")))
@click.option("--compat", is_flag=True, help=COMPAT)
@json_option
@pass_output
def index(output: Output, root: Path, out: Path, *, compat: bool) -> None:
    """Write the list, print its path."""
    from gonogo_evidence.p5b_index import write_index  # noqa: PLC0415 - only when it is used

    path = write_index(root, out, compat=compat)
    output.result({"schema": "gonogo/evidence-index/v1", "index": str(path)}, str(path))


@command.command(
    "migrate",
    short_help=str(msg("seal an old pack as one of ours")),
    help=str(
        msg("Seal an EP-JSON file or a pointer manifest as a pack; its verdict is INCONCLUSIVE, nothing is made up.")
    ),
)
@click.argument("original", metavar="IN", type=FILE)
@click.option("--out", type=FILE, required=True, metavar="DIR", help=str(msg("the folder for the new pack")))
@click.option("--layer", metavar="L0..L6", help=str(msg("the layer, where the original names none")))
@json_option
@pass_output
def migrate(output: Output, original: Path, out: Path, layer: str | None) -> None:
    """Migrate one pack. The original's bytes lie in the new pack, below data/."""
    from gonogo.version import __version__  # noqa: PLC0415 - only when it is used
    from gonogo_evidence.migrate import migrate as seal  # noqa: PLC0415 - the same

    made = seal(original, out, version=__version__, layer=layer)
    document = {
        "schema": "gonogo/evidence-migration/v1",
        "verdict": "INCONCLUSIVE",
        "pack": str(made.sealed.folder),
        "pack_id": made.sealed.pack_id,
        "pack_digest": made.sealed.pack_digest,
        "core_digest": made.sealed.core_digest,
        "form": made.form,
        "source_sha256": made.source_digest,
        "missing": list(made.missing),
    }
    if made.missing:
        output.say(msg("Not in the original, and named in the pack: {fields}", fields=", ".join(made.missing)))
    output.say(msg("The verdict of a migrated pack is INCONCLUSIVE: gonogo ran no gate for it."))
    output.result(document, str(made.sealed.folder))


def _verdict(found: Validation) -> str:
    return "PASS" if found.exit_code == 0 else "FAIL"


def _entries(output: Output, problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [
        {"code": problem.code, "path": problem.path, "message": output.words(problem.message)} for problem in problems
    ]


def _human(output: Output, place: Path, found: Validation) -> str:
    verdict, report = _verdict(found), found.report
    lines = [f"{output.paint(verdict, 'green' if verdict == 'PASS' else 'red')}  {place}"]
    lines += [_line(output, msg("error"), problem) for problem in report.failures]
    lines += [_line(output, msg("warning"), problem) for problem in report.warnings]
    counts = msg("{errors} errors, {warnings} warnings", errors=len(report.failures), warnings=len(report.warnings))
    return "\n".join([*lines, output.words(counts)])


def _line(output: Output, kind: Text, problem: Problem) -> str:
    return f"  {output.words(kind)} {problem.code} {_plain(problem.path)}: {_plain(output.words(problem.message))}"


def _plain(words: str) -> str:
    """What a foreign file says must not move the cursor."""
    from gonogo_agents.render.safe import plain  # noqa: PLC0415 - only when it is used

    return plain(words)
