"""Command lines that sign, enrol or reach for keys, however a shell may write them; and lines that only look alike."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.cli.table import TABLE
from gonogo.hook_call import dumped, parsed
from gonogo.hook_shell import PARTS, SAFE, VERBS, line_refused

REFUSED = {
    "sign": [
        "gonogo  sign\tlatest",
        "\\gonogo sign latest",
        "go''nogo s\\ign",
        "gono\\\ngo si\\\ngn latest",
        "gonogo${IFS}sign${IFS}latest",
        'bash -c "gonogo sign latest"',
        'env -S "gonogo sign latest"',
        "env A=b gonogo sign",
        "echo latest | xargs gonogo sign",
        "echo sign latest | xargs gonogo",
        "bash <<EOF\ngonogo sign latest\nEOF",
        "cat > x.sh <<EOF\ngonogo sign latest\nEOF",
        "if true; then gonogo sign; fi",
        "python -c \"import sys; sys.argv=['gonogo','sign','latest']; from gonogo.main import main; main()\"",
        "python -m gonogo sign latest",
        "python -P -m gonogo.cli.sign latest",
        "uv run gonogo sign latest",
        "uv run python -m gonogo sign",
        "python console/gonogo/__main__.py sign latest",
        "python console/gonogo/cli/sign.py latest",
        "/opt/x/gonogo -v sign latest",
        "GONOGO=gonogo; $GONOGO sign latest",
        "alias g='gonogo sign'",
        "{gonogo,sign,latest}",
        "$'go\\x6eogo' $'si\\147n' latest",
        "printf '\\x67onogo \\163ign latest' | sh",
        'echo -e "\\\\u0067onogo sign" | sh',
        "gonogo handoff export latest",
        "gonogo witness trust w1 --log index.vkey",
        "gonogo index cosign request answer --witness w.vkey",
        "gonogo index prove latest --cosigned --renew",
        "make sign RUN=latest",
        "./k -Y sign -n x -f key file",
        "ssh-keygen -Ysign -n x -f key file",
        "ssh-keygen -Y $what -f key file",
        "git -c gpg.format=ssh commit -S -m x",
        "git commit -aS -m x",
        "git -c commit.gpgsign=true commit -m x",
        "git tag -s v1 -m x",
        "git -c alias.s='!gonogo sign' s",
    ],
    "hidden": [
        "$g sign latest",
        "${g}go sign latest",
        "/usr/bin/gono*o sign",
        "gon?go sign latest",
        "gonogo $verb latest",
        "gonogo 2>&1 $a$b latest",
        "gonogo &> log $a$b latest",
        "gonogo > show $a$b latest",
        "gonogo `cat verb` latest",
        "gonogo $(echo ngis | rev) latest",
        "gonogo --lang en si{g,}n latest",
        'g() { gonogo "$@"; }',
        "xargs -a words gonogo",
        "find . -exec gonogo {} latest \\;",
        "python -c \"import subprocess; subprocess.run(['gonogo', 'si' + 'gn'])\"",
        "python - <<EOF\nimport gonogo.main\nEOF",
        "echo Z29ub2dvIHNpZ24= | base64 -d | sh",
        'eval "$(echo Z29ub2dv | base64 -d)"',
        "echo tsetal ngis ogonog | rev | bash",
        "alias g=gonogo",
        "ln -s .venv/bin/gonogo /tmp/g",
        "sudo cp /usr/bin/ssh-keygen /tmp/k",
    ],
    "key-agent": ["SSH_AUTH_SOCK=/tmp/x anything", "/usr/bin/ssh-add -l"],
    "trust-files": [
        "GONOGO_HOME=/tmp/x gonogo run",
        "GONOGO_ROLE=RISK_OFFICER gonogo mcp",
        "cat ~/.ss?/id_ed25519",
        "rm -r ~/.config/g*",
        "cat ~/.local/state/gonogo/ab12/state.key",
        "cp /elsewhere/state.key .",
        "cp w1/witness.key .",
        "cd ~/.config/gonogo && ls",
    ],
    "protected": [
        "cp x .git/g*/",
        "sed -i s/a/b/ .g*/hook.py",
        "cd .gonogo && rm hook.py",
        "rm .git/gonogo/active.json",
        "echo '{}' > .mcp.json",
        "rm .claude/settings.json",
        "git config core.hooksPath x",
    ],
}
ALLOWED = [
    "ls -l",
    "gonogo show latest",
    "gonogo index prove latest --cosigned",
    'gonogo show "$RUN"',
    'gonogo run --layer L0 --reason "$WHY"',
    'cd /work/gonogo && python -c "print(1)"',
    "python -m pytest tests/console/test_sign.py",
    "grep -n sign console/gonogo/signoff.py",
    "ls console/gonogo/*.py",
    "pip install gonogo",
    'git commit -m "close the file"',
    "git commit -s -m x",
    "git commit --no-gpg-sign -m x",
    "git log -S gonogo",
    "git tag v1",
    "make test",
    "rm ~/.cache/*",
    "echo $HOME; git init",
    "docker run x init",
    "ssh-keygen -l -f key.pub",
]


@pytest.mark.parametrize("rule", sorted(REFUSED))
def test_however_it_is_written_it_is_refused(rule: str) -> None:
    found = {line: (line_refused(line) or ("passes",))[0] for line in REFUSED[rule]}
    assert found == dict.fromkeys(REFUSED[rule], rule)


def test_what_only_looks_alike_is_not() -> None:
    assert {line: line_refused(line) for line in ALLOWED} == dict.fromkeys(ALLOWED)


def test_every_command_of_gonogo_is_a_look_safe_or_the_operators() -> None:
    commands = {entry.name for entry in TABLE}
    assert commands - SAFE == VERBS - PARTS
    assert not SAFE & VERBS


@given(line=st.text(alphabet=" gonsi'\"\\x67{}$;|-Yab\n\t/.~*", max_size=60))
def test_no_line_crashes_it(line: str) -> None:
    line_refused(line)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(value=values, text=st.text(alphabet='{}[]",:\\u0e1- ntf\n', max_size=30))
def test_it_reads_json_as_the_standard_library_does(value: object, text: str) -> None:
    assert parsed(f" {json.dumps(value)}\n") == value
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            parsed(text)
    else:
        assert parsed(text) == expected


@given(value=st.dictionaries(st.text(), st.text() | st.booleans() | st.integers() | st.none()))
def test_what_it_writes_is_json(value: dict[str, object]) -> None:
    assert json.loads(dumped(value)) == value


def test_not_a_number_is_no_json() -> None:
    for text in ("NaN", '{"a": Infinity}', "-Infinity"):
        with pytest.raises(ValueError, match=r"."):
            parsed(text)
