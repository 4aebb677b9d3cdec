"""The configuration as a run from here would have it: the commit's files, the trust store's, the packaged ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_agents.repository import open_repository
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.text import Text, msg
from gonogo_graph.context import trust_of
from gonogo_graph.places import places
from gonogo_policies.config import ConfigSource, load_config, read_folder, repository_names
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from gonogo.cli.context import Output
    from gonogo_agents.repository import Repository
    from gonogo_agents.world import World
    from gonogo_policies.config import Config

WHY: dict[str, Text] = {
    "commit": msg("from the commit, which may supply this"),
    "trust": msg("from the trust side, which no commit can change"),
    "packaged": msg("packaged default; nothing that may decide this replaces it"),
}
TRUST_FILES = frozenset({"gates.toml", "guardrails.toml", "roles.toml"})
ALSO = msg("read beside the one that holds")


@dataclass(frozen=True, slots=True)
class Found:
    """A configuration and where it comes from."""

    config: Config
    root: Path | None
    """The repository; None where only the packaged defaults were read."""
    commit: str | None
    reason: Text | None
    """Why there is no repository."""

    def files(self, output: Output) -> list[dict[str, str]]:
        """Each file that took part: name, side, digest, and why it holds."""
        entries: list[dict[str, str]] = []
        for key, file in self.config.files.items():
            name, _, beside = key.partition("@")
            why = ALSO if beside else WHY[file["origin"]]
            entries.append({"file": name, "origin": file["origin"], "sha256": file["sha256"], "why": output.words(why)})
        return entries

    def notes(self, output: Output) -> list[str]:
        """What was cut or left out while the sides were put together."""
        return [output.words(note) for note in self.config.notes]


def find(output: Output, repo: Path | None) -> Found:
    """Read the configuration for the repository around ``repo`` or the current folder.

    Without ``--repo`` and outside a usable repository the packaged defaults are shown.

    Raises:
        BadInput: what is wrong with the repository that was named, or with a file.
    """
    try:
        repository = open_repository(output.world, repo or Path.cwd())
    except BadInput as error:
        if repo is not None:
            raise
        return Found(load_config([_packaged()]), None, None, error.what)
    return find_in(output.world, repository)


def find_in(world: World, repository: Repository) -> Found:
    """The same for a repository that is open already. Raises ``BadInput`` for what is wrong with a file."""
    commit = repository.resolve("HEAD")
    sources = [_from_commit(repository, commit), *_from_trust(world, repository), _packaged()]
    return Found(load_config(sources), repository.root, commit, None)


def _packaged() -> ConfigSource:
    return read_folder(packaged_config(), "packaged")


def _from_commit(repository: Repository, commit: str) -> ConfigSource:
    blobs = repository.config_files(commit)
    return ConfigSource("commit", {name: blobs[path] for path, name in repository_names(blobs).items()})


def _from_trust(world: World, repository: Repository) -> list[ConfigSource]:
    """The trust side's files; where nobody is enrolled the packaged defaults stand on that side."""
    try:
        trust = trust_of(places(world, repository.repository_id), repository, packaged_config())
    except Inconclusive as error:
        if error.code != "TRUST_MISSING":
            raise
        return []
    outside = {name for name, origin in trust.origins.items() if origin in {"trust", "base-ref"}}
    return [ConfigSource("trust", {name: trust.files[name] for name in sorted(outside & TRUST_FILES)})]


def origin_words(output: Output, found: Found) -> str:
    """Where the tables come from, and each file with its side."""
    if found.root is None:
        head = msg("packaged defaults ({reason})", reason=output.words(found.reason) if found.reason else "")
    else:
        head = msg("configuration of {place} at {commit}", place=str(found.root), commit=(found.commit or "")[:12])
    sides: dict[str, list[str]] = {}
    for entry in found.files(output):
        sides.setdefault(entry["why"], []).append(entry["file"])
    lines = [output.words(head)]
    lines += [f"  {why}: {', '.join(names)}" for why, names in sides.items() if why != output.words(ALSO)]
    lines += [output.words(msg("note: {note}", note=note)) for note in found.notes(output)]
    return "\n".join(lines)
