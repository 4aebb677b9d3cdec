"""The files: plain workflows, because a reusable one would change the names of the contexts.

Every action is pinned by the SHA of a release, every workflow begins without any right, nothing of an event enters a
script except through the environment, and every shell is bash with pipefail. A required job always starts and always
reports: whether its gate applies is the gate's to say, so a change of documents alone is a success and never pending.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gonogo.workflows.settings import FILES, NONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo.workflows.settings import Settings

CHECKOUT: Final = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2"
PYTHON: Final = "actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0"
UPLOAD: Final = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0"
CACHE_GET: Final = "actions/cache/restore@cdf6c1fa76f9f475f3d7449005a359c84ca0f306 # v5.0.3"
CACHE_PUT: Final = "actions/cache/save@cdf6c1fa76f9f475f3d7449005a359c84ca0f306 # v5.0.3"
WORKFLOWS: Final = ".github/workflows"
NIGHTLY: Final = f"{WORKFLOWS}/gonogo_nightly.yml"
REQUIRED: Final = "config/ci/required_status_checks.json"
TESTS: Final = "ci.yml"

_ON_CHANGES: Final = """\
on:
  pull_request:
  merge_group:
    types: [checks_requested]
  workflow_dispatch:

permissions: {}

concurrency:
  group: ${{ github.workflow }}-${{ github.event.pull_request.number || github.sha }}
  cancel-in-progress: true

jobs:
"""
_CHECKOUT: Final = f"""\
      - uses: {CHECKOUT}
        with:
          fetch-depth: 0
          persist-credentials: false
"""
_GATE: Final = """\
  {id}:
    name: {name}
    runs-on: {runner}
    timeout-minutes: 30
    permissions:
      contents: read
    steps:
{checkout}{setup}\
      - name: Run the gate
        shell: bash
        env:
          BASE: ${{{{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}}}
        run: {gonogo} gates {word} --commit HEAD ${{BASE:+--base "$BASE"}} --format github
"""
_TESTS: Final = """\
  tests:
    name: tests (${{{{ matrix.python }}}})
    runs-on: {runner}
    timeout-minutes: 60
    permissions:
      contents: read
    strategy:
      fail-fast: false
      matrix:
        python: {pythons}
    steps:
{checkout}{setup}\
      - name: Run the tests
        shell: bash
        run: {tests}
"""
_SETUP: Final = """\
      - uses: {action}
        with:
          python-version: {version}
      - name: Install gonogo
        shell: bash
        run: |
{lines}
"""
_NIGHTLY: Final = """\
name: gonogo nightly

on:
  schedule:
    - cron: {cron}
  workflow_dispatch:

permissions: {{}}

concurrency:
  group: gonogo-nightly
  cancel-in-progress: false

jobs:
  nightly:
    name: gonogo nightly
    runs-on: {runner}
    timeout-minutes: 240
    permissions:
      contents: read
    steps:
{checkout}{setup}\
{enrol}\
      - name: Fetch the last night
        uses: {get}
        with:
          path: ${{{{ runner.temp }}}}/last-night
          key: gonogo-night-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: gonogo-night-
      - name: Run all layers to the hold point
        shell: bash
        run: |
          last="$RUNNER_TEMP/last-night/night.json"
          options=(--operator nightly --out "$RUNNER_TEMP/night" --handoff --format github)
          if test -f "$last"; then options+=(--last-night "$last"); fi
          code=0
          {gonogo} nightly "${{options[@]}}" || code=$?
          # 4: every run passed and waits for its operator. Everything else is red, with its own code; a night never
          # says 0, so what said it was none.
          if test "$code" -eq 0; then exit 3; fi
          if test "$code" -ne 4; then exit "$code"; fi
      - name: Keep the night for the next one
        if: always()
        shell: bash
        run: |
          mkdir -p "$RUNNER_TEMP/last-night"
          cp "$RUNNER_TEMP/night/night.json" "$RUNNER_TEMP/last-night/night.json"
      - uses: {put}
        if: always()
        with:
          path: ${{{{ runner.temp }}}}/last-night
          key: gonogo-night-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
      - uses: {upload}
        if: always()
        with:
          name: gonogo-night-${{{{ github.run_attempt }}}}
          path: ${{{{ runner.temp }}}}/night
          if-no-files-found: error
          retention-days: 30
"""
_ENROL: Final = """\
      - name: Enrol the signer's public key, so that the runs have the signer's gates
        shell: bash
        run: {gonogo} init --yes --operator {operator} --public-key {key} --gates base
"""


def documents(settings: Settings) -> dict[str, str]:
    """The files by their paths in the repository, without the line that marks them as ours."""
    made = {f"{WORKFLOWS}/{file}": _workflow(file, settings) for file in _files(settings)}
    if settings.cron != NONE:
        made[NIGHTLY] = _nightly(settings)
    return made


def required_list(settings: Settings) -> str:
    """The list of the contexts that must be green, in the form of the predecessor."""
    listed: Mapping[str, object] = {
        "schema_version": "1.0.0",
        "required_contexts": sorted(settings.required),
        "ignored_contexts": [],
        "notes": "Written by gonogo init --with-workflows; the gate ci-required-contexts-contract reads it.",
    }
    return json.dumps(listed, indent=2) + "\n"


def _files(settings: Settings) -> Iterator[str]:
    yield from dict.fromkeys([FILES[name] for name in settings.gates] + ([TESTS] if settings.tests != NONE else []))


def _workflow(file: str, settings: Settings) -> str:
    names = [name for name in settings.gates if FILES[name] == file]
    jobs = [_gate(name, settings) for name in names]
    if file == TESTS and settings.tests != NONE:
        jobs.insert(0, _tests(settings))
    title = "ci" if file == TESTS else names[0]
    return f"name: {title}\n\n{_ON_CHANGES}" + "\n".join(jobs)


def _setup(settings: Settings, version: str | None = None) -> str:
    lines = "\n".join(f"          {line}" for line in settings.setup)
    return _SETUP.format(action=PYTHON, version=version or json.dumps(settings.python), lines=lines)


def _gonogo(settings: Settings) -> str:
    return f"{settings.path}/gonogo" if settings.path else "gonogo"


def _gate(name: str, settings: Settings) -> str:
    plain = name.lower().replace(" ", "-")
    word = f'"{name}"' if " " in name else name
    return _GATE.format(
        id=plain,
        name=name,
        runner=settings.runner,
        checkout=_CHECKOUT,
        setup=_setup(settings),
        gonogo=_gonogo(settings),
        word=word,
    )


def _tests(settings: Settings) -> str:
    pythons: Sequence[str] = settings.test_pythons
    return _TESTS.format(
        runner=settings.runner,
        pythons=json.dumps(list(pythons)),
        checkout=_CHECKOUT,
        setup=_setup(settings, "${{ matrix.python }}"),
        tests=settings.tests,
    )


def _nightly(settings: Settings) -> str:
    who = {"operator": settings.operator, "key": settings.public_key}
    enrol = _ENROL.format(gonogo=_gonogo(settings), **who) if all(who.values()) else ""
    return _NIGHTLY.format(
        cron=json.dumps(settings.cron),
        runner=settings.runner,
        checkout=_CHECKOUT,
        setup=_setup(settings),
        gonogo=_gonogo(settings),
        enrol=enrol,
        get=CACHE_GET,
        put=CACHE_PUT,
        upload=UPLOAD,
    )
