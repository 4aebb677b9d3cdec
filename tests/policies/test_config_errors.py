"""Wrong configuration: a code, the file, the line, the key, and the nearest key that is right."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput
from gonogo_policies.config import ConfigSource, load_config, packaged_config, read_folder
from gonogo_policies.toml_guard import MAX_BYTES

pytestmark = pytest.mark.fast

PACKAGED = read_folder(packaged_config(), "packaged")
NAMES = sorted(PACKAGED.files)


def text_of(name: str) -> str:
    return PACKAGED.files[name].decode()


def refused(name: str, data: bytes | str) -> BadInput:
    """Load with one file of the commit's, which must be refused."""
    raw = data.encode() if isinstance(data, str) else data
    with pytest.raises(BadInput) as caught:
        load_config([ConfigSource("commit", {name: raw}), PACKAGED])
    return caught.value


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "key", "nearest"),
    [
        (
            "gates.toml",
            "timeout_seconds = 60",
            "timeout_second = 60",
            "CONFIG_KEY_UNKNOWN",
            "timeout_second",
            "timeout_seconds",
        ),
        ("layers.toml", "purpose =", "purpos =", "CONFIG_KEY_UNKNOWN", "layers.L0.purpos", "purpose"),
        ("layers.toml", "[layers.L3]", "[layers.L7]", "CONFIG_KEY_UNKNOWN", "layers.L7", "L"),
        ("layers.toml", 'autonomy = ["REC"]', 'autonomy = ["RECC"]', "CONFIG_VALUE", "layers.L0.autonomy[0]", "REC"),
        ("layers.toml", 'autonomy = ["REC"]', 'autonomy = "REC"', "CONFIG_TYPE", "layers.L0.autonomy", None),
        ("layers.toml", 'autonomy = ["REC"]', 'autonomy = ["EXEC"]', "CONFIG_VALUE", "layers.L0.autonomy", None),
        ("layers.toml", "forbidden = true", "forbidden = 1", "CONFIG_TYPE", "layers.L6.forbidden", None),
        ("layers.toml", 'critic = "deepseek-r1"\n', "", "CONFIG_KEY_MISSING", "layers.L0.critic", None),
        ("layers.toml", 'phase_id = "4BM2"', 'phase_id = "4b-m2"', "CONFIG_VALUE", "phase_id", None),
        (
            "model_registry.toml",
            'temperature = "0.2"',
            "temperature = 0.2",
            "CONFIG_TYPE",
            "profiles.ops_docs.temperature",
            None,
        ),
        (
            "model_registry.toml",
            'status = "production"',
            'status = "retird"',
            "CONFIG_VALUE",
            "models.gpt-5-2-pro.status",
            "retired",
        ),
        (
            "model_registry.toml",
            "fail_closed = true",
            "fail_closed = false",
            "CONFIG_TYPE",
            "fallback_policy.fail_closed",
            None,
        ),
        ("roles.toml", '"gate.run"', '"gate.runn"', "CONFIG_VALUE", "roles.CI_GUARDIAN.tools[0]", "gate.run"),
        (
            "roles.toml",
            "[roles.RISK_OFFICER]",
            "[roles.RISK_OFICER]",
            "CONFIG_KEY_UNKNOWN",
            "roles.RISK_OFICER",
            "RISK_OFFICER",
        ),
        ("roles.toml", 'state_write = ["pack"]', 'state_write = ["inventory"]', "CONFIG_VALUE", "one writer", None),
        ("guardrails.toml", '"config/live/**"', '"/config/live/**"', "CONFIG_VALUE", "live_paths[0]", None),
        ("runbook.toml", 'id = "A-2"', 'id = "A-1"', "CONFIG_VALUE", "named twice: A-1", None),
        ("capability_scopes/L0_ops_docs.toml", '"OperatorNote"', '"LiveToggle"', "CONFIG_VALUE", "outputs", None),
    ],
)
def test_each_mistake_is_named_with_its_place(
    name: str, old: str, new: str, code: str, key: str, nearest: str | None
) -> None:
    text = text_of(name)
    assert old in text
    error = refused(name, text.replace(old, new, 1))
    line = text[: text.index(old)].count("\n") + 1
    assert error.code == code
    assert key in str(error.what)
    assert error.where.startswith(f"config/{name}:")
    if code in {"CONFIG_KEY_UNKNOWN", "CONFIG_TYPE"} or nearest:
        assert error.where == f"config/{name}:{line}"
    if nearest:
        assert nearest in str(error.next_step)


def test_the_first_mistake_in_the_file_comes_first_and_the_rest_are_counted() -> None:
    text = text_of("roles.toml").replace("paths_write = []\n", "", 2)
    error = refused("roles.toml", text)
    assert error.code == "CONFIG_KEY_MISSING"
    assert "FACTS_COLLECTOR" in str(error.what)
    assert "problems in this file: 1" in str(error.next_step)


@pytest.mark.parametrize(
    ("added", "code", "says"),
    [
        ("\n[layers.L0]\nname = 'again'\n", "CONFIG_DUPLICATE", "twice"),
        ("\n[extra]\na = 1\na = 2\n", "CONFIG_DUPLICATE", "twice"),
        ("\nname = \n", "CONFIG_SYNTAX", "not TOML"),
        ("\na = " + "[" * 50_000 + "\n", "CONFIG_TOO_DEEP", "deeply"),
        ("\n" + "a." * 500_000 + "b = 1\n", "CONFIG_TOO_DEEP", "deeply"),
        ("\nn = " + "9" * 5_000 + "\n", "CONFIG_SYNTAX", "not TOML"),
    ],
)
def test_text_that_does_not_parse_is_placed(added: str, code: str, says: str) -> None:
    text = text_of("layers.toml")
    error = refused("layers.toml", text + added)
    assert error.code == code
    assert says in str(error.what)
    if code == "CONFIG_DUPLICATE":
        assert int(error.where.rpartition(":")[2]) > text.count("\n")


def test_bytes_that_are_not_utf8_are_placed() -> None:
    error = refused("gates.toml", b'schema = "gonogo/gates/v1"\n# caf\xe9\n')
    assert (error.code, error.where) == ("CONFIG_NOT_UTF8", "config/gates.toml:2")


def test_a_file_beyond_the_cap_is_refused_before_it_is_parsed() -> None:
    began = time.perf_counter()
    error = refused("gates.toml", b"\xff" * (MAX_BYTES + 1))
    assert error.code == "CONFIG_TOO_LARGE"
    assert time.perf_counter() - began < 0.5


def test_very_many_mistakes_take_no_longer_than_one_reading() -> None:
    began = time.perf_counter()
    error = refused("gates.toml", text_of("gates.toml") + "\n".join(f"k{number} = 1" for number in range(20_000)))
    assert error.code == "CONFIG_KEY_UNKNOWN"
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('schema = "gonogo/gates/v2"', "CONFIG_SCHEMA_VERSION"),
        ('schema = "gonogo/roles/v1"', "CONFIG_SCHEMA_WRONG"),
        ('schema = "gonogo/nonsense"', "CONFIG_SCHEMA_WRONG"),
    ],
)
def test_a_schema_line_of_ours_that_does_not_fit(line: str, code: str) -> None:
    error = refused("gates.toml", f"# first\n{line}\n")
    assert (error.code, error.where) == (code, "config/gates.toml:2")
    assert "gonogo/gates/v1" in str(error.next_step)


def test_a_file_of_ours_under_a_name_that_nobody_reads_is_a_slip() -> None:
    error = refused("gate.toml", text_of("gates.toml"))
    assert error.code == "CONFIG_FILE_UNKNOWN"
    assert "gates.toml" in str(error.next_step)


def test_nothing_to_load_is_an_error() -> None:
    with pytest.raises(BadInput) as caught:
        load_config([])
    assert caught.value.code == "CONFIG_FILE_MISSING"


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "/" not in name and name not in {"signoff.toml", "separation.toml"}]
)
def test_each_file_is_needed(name: str) -> None:
    files = {key: data for key, data in PACKAGED.files.items() if key != name}
    with pytest.raises(BadInput) as caught:
        load_config([ConfigSource("packaged", files)])
    assert caught.value.code == "CONFIG_FILE_MISSING"
    assert name in str(caught.value.what)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([name for name in NAMES if name not in {"signoff.toml", "separation.toml"}]), st.data())
def test_damage_anywhere_is_a_configuration_or_a_clear_error(name: str, data: st.DataObject) -> None:
    raw = PACKAGED.files[name]
    at = data.draw(st.integers(0, len(raw) - 1))
    length = data.draw(st.integers(0, 40))
    damaged = raw[:at] + data.draw(st.binary(max_size=6)) + raw[at + length :]
    error = None
    try:
        load_config([ConfigSource("commit", {name: damaged}), PACKAGED])
    except BadInput as caught:
        error = caught
    assert error is None or (error.code.startswith("CONFIG_") and error.where)
