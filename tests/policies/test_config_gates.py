"""Gates from three sides: who may describe one, who may add one, and what one says of itself."""

from __future__ import annotations

import pytest

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput
from gonogo_policies.config import Config, ConfigSource, load_config, packaged_config, read_folder
from gonogo_policies.config.sources import OWN_GATES
from gonogo_policies.gates import read_declaration

pytestmark = pytest.mark.fast

PACKAGED = read_folder(packaged_config(), "packaged")
DEFAULTS = load_config([PACKAGED])


def commit(files: dict[str, bytes], trust: dict[str, bytes] | None = None) -> Config:
    return load_config([ConfigSource("commit", files), ConfigSource("trust", trust or {}), PACKAGED])


def notes(config: Config) -> str:
    return "\n".join(str(note) for note in config.notes)


def gate(name: str, kind: str = "command", argv: str = '["true"]', **more: str) -> str:
    output = 'output = "exit"\n' if kind == "command" else ""
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return (
        f'[[gate]]\nname = "{name}"\nstep = "E"\nhard = true\nkind = "{kind}"\npurpose = "p"\n'
        f"timeout_seconds = 5\nargv = {argv}\n{output}{lines}\n"
    )


def gates(*parts: str) -> bytes:
    return ('schema = "gonogo/gates/v1"\n' + "".join(parts)).encode()


def test_a_commit_adds_gates_and_replaces_none() -> None:
    config = commit({"gates.toml": gates(gate("mine"), gate("tests (3.11)", argv='["true"]'))})
    mine, tests = config.gate("mine"), config.gate("tests (3.11)")
    assert mine is not None
    assert (mine.origin, mine.enrolled) == ("commit", False)
    assert tests is not None
    assert (tests.origin, tests.argv, tests.enrolled) == ("packaged", (), False)
    assert [proposed.name for proposed in config.proposed_gates] == ["tests (3.11)"]
    assert "tests (3.11)" in notes(config)
    assert config.gates[: len(DEFAULTS.gates)] == DEFAULTS.gates


def test_the_trust_side_enrols_a_command() -> None:
    trust = {"gates.toml": gates(gate("tests (3.11)", argv='["{python}", "-m", "pytest"]'))}
    config = commit({"gates.toml": gates(gate("tests (3.11)"))}, trust)
    tests = config.gate("tests (3.11)")
    assert tests is not None
    assert (tests.origin, tests.enrolled, tests.argv[0]) == ("trust", True, "{python}")
    assert config.gate("Lint Gate") == DEFAULTS.gate("Lint Gate")


def test_a_repositorys_own_gates_come_before_its_config_folder() -> None:
    config = commit({OWN_GATES: gates(gate("own")), "gates.toml": gates(gate("other"))})
    assert config.gate("own") is not None
    assert config.gate("other") is None
    assert config.files[OWN_GATES]["origin"] == "commit"
    with pytest.raises(BadInput) as caught:
        commit({OWN_GATES: b"[[gate]\n"})
    assert caught.value.where == ".gonogo/gates.toml:1"


def test_gates_name_their_parts_or_are_refused() -> None:
    for wrong, says in [
        (gate("x", argv='["{shell}"]'), "placeholder"),
        (gate("x", argv='["a\\u0000b"]'), "argv"),
        (gate("x", kind="unbuilt", argv="[]"), "issue"),
        (gate("x", kind="pack"), "argv"),
        (gate("x", origin='"trust"'), "no such key"),
        (gate("x", pointers='{ checked = "/n" }'), "pointers belong"),
        (gate("x", reruns="9"), "reruns"),
        (gate("x", kind="contexts", argv="[]", reruns="1"), "reruns"),
        (gate("x", trigger='{ "Größe" = ["a"] }'), "trigger"),
        (gate("x", trigger="{ empty = [] }"), "trigger"),
        (gate("x") + gate("x"), "twice"),
        (gate("x", reads='["data"]'), "absolute"),
        (gate("x", reads='["/a/../b"]'), "absolute"),
        (gate("x", writes='["/tmp/../etc"]'), "absolute"),
        (gate("x", writes='["~root/x"]'), "absolute"),
        (gate("x", writes='["../x"]'), "relative"),
    ]:
        with pytest.raises(BadInput) as caught:
            commit({"gates.toml": gates(wrong)})
        assert says in str(caught.value.what)


def test_a_gate_names_what_it_needs_beyond_its_fence() -> None:
    more = {"reads": '["~/.nvm", "/opt/data"]', "writes": '["build/**", "/dev/shm"]', "unfenced": '"an agent"'}
    own = commit({"gates.toml": gates(gate("x", **more))}).gate("x")
    assert own is not None
    assert (own.reads, own.writes) == (("~/.nvm", "/opt/data"), ("build/**", "/dev/shm"))  # noqa: S108 - the same
    assert own.unfenced == "an agent"
    read = read_declaration(own.model_dump(mode="json"))
    assert (read.reads, read.writes, read.unfenced, read.network) == (own.reads, own.writes, own.unfenced, False)


def test_a_gate_says_which_files_triggered_it() -> None:
    lint, tests, schema = (DEFAULTS.gate(name) for name in ("Lint Gate", "tests (3.11)", "schema"))
    assert lint is not None
    assert tests is not None
    assert schema is not None
    assert lint.triggered_by(["docs/a.md"]) == {}
    assert lint.triggered_by(["a/b.py", "docs/a.md"]) == {"python": ("a/b.py",)}
    assert tests.triggered_by(["docs/a.md", "README.md"]) == {}
    assert tests.triggered_by(["docs/a.md", "Makefile"]) == {"any": ("docs/a.md", "Makefile")}
    assert (lint.reads_change, tests.reads_change, schema.reads_change) == (True, True, False)


def own(**more: str) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    head = '[[gate]]\nname = "x"\nstep = "E"\nhard = true\nkind = "command"\npurpose = "p"\ntimeout_seconds = 5\n'
    return f'{head}argv = ["true"]\n{lines}'


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"output": '"json"'}, "needs pointers"),
        ({"output": '"json"', "pointers": '{ checked = "/n" }'}, "needs pointers"),
        ({"output": '"json"', "pointers": '{ checked = "n", verdict = "/ok" }'}, "pointers.checked"),
        ({"output": '"sarif"', "pointers": '{ checked = "/n", verdict = "/ok" }'}, "SARIF"),
        ({"output": '"tap"', "pointers": '{ checked = "/n" }'}, "pointers belong"),
        ({"output": '"junit"'}, "needs the place"),
        ({"output": '"exit"', "report": '"r.xml"'}, "report"),
    ],
)
def test_an_output_needs_its_own_parts_and_no_others(more: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput) as caught:
        commit({"gates.toml": gates(own(**more))})
    assert says in str(caught.value.what)


def test_what_a_command_gate_declares_reaches_the_gate() -> None:
    pointers = '{ checked = "/n", verdict = "/ok" }'
    entry = commit({"gates.toml": gates(own(output='"json"', pointers=pointers, reruns="2"))}).gate("x")
    assert entry is not None
    read = read_declaration(entry.model_dump(mode="json"))
    assert (read.output, read.reruns, dict(read.pointers)) == ("json", 2, {"checked": "/n", "verdict": "/ok"})


def test_words_reach_evidence_in_one_form() -> None:
    decomposed = gates(gate("Pru\u0308fung"))
    config = commit({"gates.toml": decomposed})
    assert config.gates[-1].name == "Prüfung"
    assert canonical.dumps([one.model_dump(mode="json") for one in config.gates])
