"""The policy critic's rules: its packs, looked up and put together with the rules of its own gate entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_policies.config import parse
from gonogo_policies.config.policy_packs import PolicyPack, put_together
from gonogo_policies.config.problems import nearest
from gonogo_policies.config.sources import PACKS, read_folder
from gonogo_policies.packaged import packaged_config

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_policies.config.gates import Gate
    from gonogo_policies.config.reader import Reader

SCHEMA: Final = "gonogo/policy_pack/v1"


def with_policies(reader: Reader, gates: Iterable[Gate]) -> tuple[Gate, ...]:
    """The gates, each critic with its rules.

    Raises:
        BadInput: ``POLICY_PACK_UNKNOWN``, ``CONFIG_VALUE`` for a severity of a rule that there is not, and what is
            wrong with a pack.
    """
    return tuple(gate if gate.kind != "critic" else _with_policy(reader, gate) for gate in gates)


def read_pack_file(data: bytes, *, place: str) -> PolicyPack:
    """One pack from its bytes. Raises BadInput with a ``CONFIG_*`` code and the line."""
    found = parse.document(data, place=place)
    parse.check_schema(found, SCHEMA)
    return parse.model(PolicyPack, found.without_schema(), found)


def packaged_pack(name: str) -> PolicyPack:
    """One of the packs that came with gonogo. Raises BadInput ``POLICY_PACK_UNKNOWN``."""
    files = read_folder(packaged_config(), "packaged").files
    data = files.get(f"{PACKS}/{name}.toml")
    if data is None:
        raise unknown_pack(name, _known(files))
    return read_pack_file(data, place=f"defaults/{PACKS}/{name}.toml")


def _known(files: Iterable[str]) -> list[str]:
    return sorted(one.removeprefix(f"{PACKS}/").removesuffix(".toml") for one in files if one.startswith(f"{PACKS}/"))


def _with_policy(reader: Reader, gate: Gate) -> Gate:
    try:
        policy = put_together({name: _pack(reader, name) for name in gate.packs}, gate.rule, gate.levels)
    except ValueError as error:
        raise BadInput(
            "CONFIG_VALUE", msg("Gate {gate}: {reason}.", gate=gate.name, reason=str(error)), where="gates.toml"
        ) from error
    return gate.model_copy(update={"policy": policy})


def _pack(reader: Reader, name: str) -> PolicyPack:
    path = f"{PACKS}/{name}.toml"
    for source in reader.sources:
        if path in source.files and source.label == "packaged":
            if path not in reader.files:
                reader.use(source, path)
            return read_pack_file(source.files[path], place=source.where(path))
    raise unknown_pack(name, _known(one for source in reader.sources for one in source.files))


def unknown_pack(name: str, known: list[str]) -> BadInput:
    """The error for a pack that did not come with gonogo."""
    guess = nearest(name, known)
    return BadInput(
        "POLICY_PACK_UNKNOWN",
        msg("There is no policy pack {name}. There are: {names}.", name=ascii(name), names=", ".join(known)),
        next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else None,
    )
