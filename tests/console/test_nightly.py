"""``gonogo nightly``: all layers to the hold point, no key in reach, every form of report, compared with the last."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.gate_formats import GateOutcome
from gonogo.nightly.brought import night_in, signed_in
from gonogo.nightly.compare import GateThen, RunThen, changes, read_night
from gonogo.nightly.forms import document, night_annotations, night_junit, night_sarif, night_summary
from gonogo.nightly.keyless import in_reach, refuse_keys
from gonogo.nightly.night import Asked, LayerNight, Night, State
from gonogo.nightly.page import page
from gonogo.nightly.play import play
from gonogo_agents.texts import translator
from gonogo_agents.world import Completed, World
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Report, passed
from gonogo_policies.config import load_config, read_folder
from gonogo_policies.packaged import packaged_config
from support.desk import Desk, make_desk, make_key

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from gonogo_evidence.verdict import GateVerdict

SAY = translator("en")
NASTY = "<script>alert(1)</script>\"'&]]><!--\x1b[2J\u202e${{ x }}|`"
ASKED = Asked(("L0",), "nightly", "ada", "smoke", "c" * 40, None, 1, 60.0)


def layer(verdict: GateVerdict, *gates: GateOutcome, code: int = 4, words: str = "fine", ms: int = 5) -> LayerNight:
    """One layer's night: at the hold point for code 4, broken off for another one."""
    state: State = "FORBIDDEN" if verdict == "NOT_APPLICABLE" else "WAITS" if code == 4 else "BROKE_OFF"
    return LayerNight("L0", words, state, verdict, words, exit_code=code, milliseconds=ms, run_id="r", gates=gates)


def gate(name: str, verdict: GateVerdict, ms: int = 1) -> GateOutcome:
    """A gate that looked at one file."""
    return GateOutcome(name, True, verdict, name, "", 1, "files", ms, (), ())  # noqa: FBT003 - hard


def night(*layers: LayerNight) -> Night:
    """A night of these layers."""
    return Night(ASKED, "1.0", "2026-01-09T02:00:00Z", "2026-01-09T02:01:00Z", 60_000, layers)


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A machine without any key: a CI runner."""
    return make_desk(tmp_path_factory.mktemp("night"), key=False)


@pytest.fixture(scope="module")
def nights(keyless: Desk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The output folders of two nights over one commit."""
    base = tmp_path_factory.mktemp("out")
    first = keyless.gonogo("nightly", "--operator", "ci", "--layers", "L5,L6", "--out", str(base / "1"))
    second = keyless.gonogo(
        "nightly",
        "--operator",
        "ci",
        "--layers",
        "L5",
        "--out",
        str(base / "2"),
    )
    assert (first.returncode, second.returncode) == (4, 4), first.stderr + second.stderr
    return base / "1", base / "2"


def told_of(folder: Path) -> Any:  # noqa: ANN401 - a document
    """The document of a night."""
    return json.loads((folder / "night.json").read_bytes())


def test_a_night_ends_at_the_hold_point_and_says_what_may_not_run(keyless: Desk, nights: tuple[Path, Path]) -> None:
    told = told_of(nights[0])
    assert (told["verdict"], told["exit_code"], len(told["waiting"])) == ("PASS", 4, 1)
    assert [(one["layer_id"], one["state"], one["verdict"]) for one in told["layers"]] == [
        ("L5", "WAITS", "PASS"), ("L6", "FORBIDDEN", "NOT_APPLICABLE"),
    ]  # fmt: skip
    assert told["layers"][1]["code"] == "LAYER_FORBIDDEN"
    waiting = keyless.json("inbox", code=0)["runs"]
    assert {one["run_id"] for one in waiting} >= set(told["waiting"])
    assert all(one["decision"] is None for one in waiting)


def test_a_night_leaves_packs_index_and_reports_with_their_digests(keyless: Desk, nights: tuple[Path, Path]) -> None:
    out, told = nights[0], told_of(nights[0])
    lines = [line.split("  ", 1) for line in (out / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    assert set(sums) == files
    assert all(hashlib.sha256((out / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    assert {"report.html", "junit.xml", "report.sarif", "summary.md", "index/checkpoint", "index/index.vkey"} <= files
    assert not {name for name in files if name.endswith(".key")}
    pack = out / "packs" / told["layers"][0]["pack_id"]
    assert keyless.gonogo("verify", str(pack), "--authentic-only").returncode == 0


def test_the_next_night_of_the_same_commit_reproduces_the_core(nights: tuple[Path, Path]) -> None:
    first, second = told_of(nights[0]), told_of(nights[1])
    since = second["layers"][0]["since_last_night"]
    assert since["changes"][0] == "same commit, same core: reproduced bit for bit"
    assert since["core_digest"] == second["layers"][0]["core_digest"] == first["layers"][0]["core_digest"]
    assert second["layers"][0]["since_last_signed"] is None
    assert [one["started"] for one in second["history"]] == [first["started"], second["started"]]


def test_a_night_is_read_from_the_folder_that_it_left_and_only_as_it_was(
    nights: tuple[Path, Path], tmp_path: Path
) -> None:
    assert night_in(nights[0]) == nights[0] / "night.json"
    for name in ("night.json", "SHA256SUMS"):
        folder = tmp_path / name
        shutil.copytree(nights[0], folder)
        with (folder / name).open("r+b") as file:
            file.truncate(1 if name == "SHA256SUMS" else None)
            file.write(b" ")
        with pytest.raises(BadInput) as refused:
            night_in(folder)
        assert refused.value.code == "NIGHT_UNREADABLE"


def test_packs_that_were_signed_elsewhere_are_found_by_layer_and_nothing_else_is(
    nights: tuple[Path, Path], tmp_path: Path
) -> None:
    report = Report((passed("x", msg("y")),), areas=("authentic",))
    ((layer_id, run),) = signed_in(nights[0], lambda _: (report, "GO"), SAY)
    told = told_of(nights[0])["layers"][0]
    assert (layer_id, run.run_id, run.verdict, run.decision) == ("L5", told["run_id"], "PASS", "GO")
    assert {one.name for one in run.gates} == {one["name"] for one in told["gates"]}
    for decision in ("open", "INVALID", "unknown", "REVOKED"):
        with pytest.raises(Refused) as not_signed:
            list(signed_in(nights[0], lambda _, said=decision: (report, said), SAY))  # type: ignore[misc]
        assert not_signed.value.code == "NIGHT_NOT_SIGNED"
    with pytest.raises(BadInput) as nothing:
        list(signed_in(tmp_path, lambda _: (report, "GO"), SAY))
    assert nothing.value.code == "NIGHT_NO_PACK"


def test_an_output_folder_is_never_written_over(keyless: Desk, nights: tuple[Path, Path]) -> None:
    done = keyless.gonogo("nightly", "--operator", "ci", "--layers", "L6", "--out", str(nights[0]))
    assert (done.returncode, "NIGHT_OUT_TAKEN" in done.stderr) == (2, True)


def test_a_night_in_which_nothing_may_run_shows_nothing(keyless: Desk, tmp_path: Path) -> None:
    found = keyless.json("nightly", "--operator", "ci", "--layers", "L6", "--out", str(tmp_path / "o"), code=3)
    assert (found["verdict"], found["waiting"]) == ("INCONCLUSIVE", [])
    assert not (tmp_path / "o" / "report.sarif").exists()


def test_a_layer_that_is_not_in_the_map_is_named(keyless: Desk, tmp_path: Path) -> None:
    done = keyless.gonogo("nightly", "--operator", "ci", "--layers", "L0,L9", "--out", str(tmp_path / "o"))
    assert (done.returncode, "LAYER_UNKNOWN" in done.stderr, (tmp_path / "o").exists()) == (2, True, False)


# What counts as a key in reach.


def reach(desk: Desk, **env: str) -> list[str]:
    """Where keys are in reach of a desk."""
    return list(in_reach(World(env=desk.environment(**env)), desk.repo.path, None))


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    return make_desk(tmp_path, commits=(), key=False)


@contextmanager
def agent(folder: Path, *keys: Path) -> Generator[str, None, None]:
    """A real ssh-agent with these keys, by its socket."""
    socket = folder / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            assert process.poll() is None
        for key in keys:
            subprocess.run(
                ["ssh-add", "-q", str(key)], check=True, env={"SSH_AUTH_SOCK": str(socket), "PATH": os.environ["PATH"]}
            )
        yield str(socket)
    finally:
        process.kill()
        process.wait()


def test_nothing_is_in_reach_of_a_bare_machine(bare: Desk) -> None:
    (bare.home / ".ssh").mkdir()
    (bare.home / ".ssh" / "known_hosts").write_text("host ssh-ed25519 AAAA\n")
    (bare.home / ".ssh" / "id.pub").write_text("ssh-ed25519 AAAA ada\n")
    assert reach(bare) == []
    refuse_keys(World(env=bare.environment()), bare.repo.path, bare.home / ".ssh" / "id.pub")


@pytest.mark.parametrize(("place", "passphrase"), [("id_ed25519", ""), ("id_ed25519", "x"), ("work/deploy", "")])
def test_a_key_file_is_in_reach_encrypted_or_not_wherever_it_lies(bare: Desk, place: str, passphrase: str) -> None:
    key = make_key(bare.home / ".ssh" / place, passphrase=passphrase)
    key.with_name(f"{key.name}.pub").unlink()
    assert reach(bare) == [str(key)]


def test_a_linked_folder_may_hold_a_key(bare: Desk, tmp_path: Path) -> None:
    make_key(tmp_path / "elsewhere" / "id")
    (bare.home / ".ssh").mkdir(exist_ok=True)
    (bare.home / ".ssh" / "work").symlink_to(tmp_path / "elsewhere")
    assert reach(bare) == [str(bare.home / ".ssh" / "work")]


def test_a_bare_name_in_gits_settings_is_a_file_and_an_id_is_none(bare: Desk) -> None:
    bare.repo.git("config", "user.signingkey", "0A1B2C3D4E5F")
    assert reach(bare) == []
    key = make_key(bare.repo.path / "keys" / "id")
    bare.repo.git("config", "user.signingkey", "keys/id")
    assert reach(bare) == [str(key)]


def test_gits_settings_that_cannot_be_read_count_as_a_key(bare: Desk) -> None:
    (bare.home / ".gitconfig").write_text("[user\n")
    assert reach(bare) == ["git config user.signingkey"]


def test_an_agent_with_a_key_is_in_reach_and_an_empty_one_is_not(bare: Desk, tmp_path: Path) -> None:
    key = make_key(tmp_path / "elsewhere" / "id")
    with agent(tmp_path) as socket:
        assert reach(bare, SSH_AUTH_SOCK=socket) == []
    (tmp_path / "agent").unlink(missing_ok=True)
    with agent(tmp_path, key) as socket:
        assert reach(bare, SSH_AUTH_SOCK=socket) == ["$SSH_AUTH_SOCK"]


def test_an_agent_that_does_not_answer_counts_as_a_key(bare: Desk, tmp_path: Path) -> None:
    assert reach(bare, SSH_AUTH_SOCK=str(tmp_path / "gone")) == ["$SSH_AUTH_SOCK"]


def test_a_key_in_a_variable_is_named_and_never_shown(bare: Desk, tmp_path: Path) -> None:
    secret = make_key(tmp_path / "k").read_text()
    with pytest.raises(Refused) as refused:
        refuse_keys(World(env=bare.environment(DEPLOY_KEY=secret)), bare.repo.path, None)
    assert (refused.value.code, refused.value.where) == ("NIGHT_HOLDS_KEY", "$DEPLOY_KEY")
    assert "PRIVATE" not in str(refused.value.what)


def test_the_file_that_enrolment_or_git_names_is_in_reach(bare: Desk, tmp_path: Path) -> None:
    key = make_key(tmp_path / "keys" / "id")
    world = World(env=bare.environment())
    assert list(in_reach(world, bare.repo.path, key.with_name("id.pub"))) == [str(key.with_name("id.pub"))]
    bare.repo.git("config", "user.signingkey", str(key))
    assert reach(bare) == [str(key)]
    bare.repo.git("config", "user.signingkey", "0xABCDEF")
    assert reach(bare) == []


def test_with_a_key_no_night_begins(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    done = desk.gonogo("nightly", "--operator", "ci", "--out", str(tmp_path / "out"))
    assert (done.returncode, "NIGHT_HOLDS_KEY" in done.stderr) == (5, True)
    assert not (tmp_path / "out").exists()
    assert desk.json("inbox", "--all", code=0)["runs"] == []


# What a night comes to.


@pytest.mark.parametrize(
    ("layers", "verdict", "code"),
    [
        ([layer("PASS"), layer("NOT_APPLICABLE")], "PASS", 4),
        ([layer("PASS"), layer("FAIL")], "FAIL", 1),
        ([layer("PASS"), layer("INCONCLUSIVE")], "INCONCLUSIVE", 3),
        ([layer("FAIL"), layer("INCONCLUSIVE", code=3)], "FAIL", 1),
        ([layer("PASS"), layer("FAIL", code=6)], "FAIL", 6),
        ([layer("FAIL"), layer("INCONCLUSIVE", code=5)], "FAIL", 5),
        ([layer("NOT_APPLICABLE")], "INCONCLUSIVE", 3),
        ([], "INCONCLUSIVE", 3),
    ],
)
def test_only_a_night_that_passed_whole_is_the_colour_of_waiting(
    layers: Sequence[LayerNight], verdict: str, code: int
) -> None:
    assert (night(*layers).verdict, night(*layers).exit_code) == (verdict, code)


ANSWERS = [
    (Completed(None, b"", b"", 60_000), "INCONCLUSIVE", "NIGHT_TIMED_OUT"),
    (Completed(0, b"all is well", b"", 5), "INCONCLUSIVE", "NIGHT_NO_ANSWER"),
    (Completed(-9, b"", b"killed", 5), "INCONCLUSIVE", "NIGHT_NO_ANSWER"),
    (Completed(4, b'{"state": "AWAITING_OPERATOR", "verdict": "PASS"}', b"", 5), "INCONCLUSIVE", "NIGHT_NO_ANSWER"),
    (Completed(0, b'{"state": "COMMITTED", "verdict": "PASS"}', b"", 5), "INCONCLUSIVE", "NIGHT_NO_HOLD_POINT"),
    (Completed(6, b'{"error": {"code": "PACK_CHANGED", "what": "x"}}', b"", 5), "FAIL", "PACK_CHANGED"),
    (Completed(2, b'{"error": {"code": "REF_UNKNOWN", "what": "x"}}', b"", 5), "INCONCLUSIVE", "REF_UNKNOWN"),
    (Completed(4, b"[]", b"", 5), "INCONCLUSIVE", "NIGHT_NO_ANSWER"),
]


@pytest.mark.parametrize(("done", "verdict", "code"), ANSWERS)
def test_a_run_that_breaks_off_or_says_nonsense_passes_nothing(
    done: Completed, verdict: str, code: str, tmp_path: Path
) -> None:
    world = World(env={"SSH_AUTH_SOCK": "x", "A": "b"}, run=lambda command: _seen(command.env, done))
    layers = {str(name): one for name, one in load_config([read_folder(packaged_config(), "packaged")]).layers.items()}
    made = play(ASKED, layers, world=world, root=tmp_path, language="en", say=SAY, tell=lambda _: None)
    (one,) = made.layers
    assert (one.state, one.verdict, one.code) == ("BROKE_OFF", verdict, code)
    assert made.exit_code != 4


def _seen(env: object, done: Completed) -> Completed:
    assert isinstance(env, dict)
    assert "SSH_AUTH_SOCK" not in env
    return done


def test_what_changed_since_is_told_most_important_first() -> None:
    then = RunThen(
        layer_id="L0",
        verdict="PASS",
        core_digest="a",
        commit="c" * 40,
        gates=(GateThen(name="x", verdict="PASS", milliseconds=100), GateThen(name="gone", verdict="PASS")),
    )
    now = layer("FAIL", gate("x", "FAIL", ms=9000), gate("new", "PASS"))
    said = [SAY(one) for one in changes(now, then, "c" * 40)]
    assert said == [
        "verdict FAIL, was PASS", "x: FAIL, was PASS", "new: PASS, was not there", "gone is not there any more",
        "x took 9000 ms, was 100 ms",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data", ["", "[]", "{}", '{"schema": "other/v1", "commit": "c", "started": "s", "layers": []}']
)
def test_what_is_no_document_of_a_night_is_refused(data: str, tmp_path: Path) -> None:
    (tmp_path / "night.json").write_text(data)
    with pytest.raises(BadInput) as refused:
        read_night(tmp_path / "night.json", brought=True)
    assert refused.value.code == "NIGHT_UNREADABLE"


# Forms.


class Tags(HTMLParser):
    """Every tag with its attributes' names, and the text of the styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))


def made_page(words: str) -> str:
    """A page in which these words stand wherever words may stand."""
    one = layer("FAIL", GateOutcome(words, True, "FAIL", words, words, 1, words, 5, (), ()), words=words)  # noqa: FBT003
    last = RunThen(layer_id="L0", verdict=words, gates=(GateThen(name=words + "x", verdict=words),))
    return page(document(night(one), None, {"L0": last}, SAY), SAY, "en")


@given(words=st.text(max_size=30) | st.just(NASTY))
def test_no_words_leave_their_place_on_the_page(words: str) -> None:
    read, plain = Tags(), Tags()
    read.feed(made_page(words))
    plain.feed(made_page("plain"))
    assert read.tags == plain.tags


def test_the_page_needs_nothing_and_allows_nothing() -> None:
    text = made_page(NASTY)
    read = Tags()
    read.feed(text)
    assert not {tag for tag, _ in read.tags} & {"script", "img", "link", "iframe", "form", "a", "object", "base"}
    assert not {name for _, names in read.tags for name in names if name.startswith("on") or name in {"style", "src"}}
    assert "default-src 'none'; style-src 'sha256-" in text
    assert "http" not in text.replace("http-equiv", "")


@given(words=st.text(max_size=20) | st.just(NASTY))
def test_junit_sarif_and_annotations_hold_any_words(words: str) -> None:
    one = layer("FAIL", GateOutcome(words, True, "FAIL", words, words, 1, words, 5, (), ()), words=words)  # noqa: FBT003
    told = night(one, layer("NOT_APPLICABLE"))
    suites = ET.fromstring(night_junit(told).encode("utf-8", "replace"))  # noqa: S314 - our own words
    assert (suites.get("tests"), suites.get("failures"), suites.get("skipped")) == ("3", "2", "1")
    (run,) = json.loads(night_sarif(told))["runs"]
    assert run["automationDetails"]["id"] == "gonogo-nightly/L0/"
    assert all(line.startswith(("::", "gonogo ")) for line in night_annotations(told, SAY).split("\n"))


def test_the_summary_of_a_night_fits() -> None:
    many = [layer("FAIL", words="w " * 2_000) for _ in range(400)]
    assert len(night_summary(document(night(*many), None, {}, SAY)).encode()) <= 1024 * 1024


def test_a_run_that_broke_off_is_no_empty_green_suite() -> None:
    suites = ET.fromstring(night_junit(night(layer("INCONCLUSIVE", code=3))))  # noqa: S314 - our own words
    assert (suites.get("tests"), suites.get("errors")) == ("1", "1")
