"""A repository in memory in which one of everything that the inventory looks for is planted."""

from __future__ import annotations

CI = """\
# name: not this one
name: "CI" # the real one
on:
  push: {branches: [main]}
  pull_request:
env:
  jobs: none
jobs:
  # lint: no
  lint:
    name: &title Lint Gate
    runs-on: ubuntu-latest
    steps:
      - name: a step, not a job
        run: |
          jobs:
            fake:
              name: in a block
      - {name: flow, uses: x/y@v1}
  tests:
    strategy:
      fail-fast: false
      matrix:
        python-version: ["3.9", '3.10', 3.10,
          3.11]
    runs-on: ubuntu-latest
  named:
    name: wheel ${{ matrix.os }}
    strategy:
      matrix:
        os:
          - linux
          - macos # comment
  "odd id":
    strategy: {matrix: {a: [1]}}
  listed:
    strategy:
      matrix:
        include:
          - os: x
  from-json:
    strategy:
      matrix: ${{ fromJSON(needs.x) }}
  reused:
    uses: ./.github/workflows/other.yml
  secret:
    name: ${{ inputs.name }}
  evidence:
    steps:
    - run: python scripts/validate_evidence_pack.py out/evidence_packs
"""

PLANTED: dict[str, str | None] = {
    "src/evidence_pack.py": "import x\n\nSCHEMA_VERSION = '1.0.0'\n\nclass EvidencePackMetadata:\n    pass\n",
    "schemas/pack.schema.json": (
        '{\n  "$schema": "https://json-schema.org/draft/2020-12/schema",\n  "title": "Pack"\n}\n'
    ),
    "schemas/user.schema.json": '{"$schema": "https://json-schema.org/draft/2020-12/schema"}\n',
    "docs/SCHEMA_MANDATORY_FIELDS.md": "\n# Mandatory fields\n",
    "scripts/validate_evidence_pack.py": (
        '#!/usr/bin/env python3\n\ndef validate_pack(path):\n    """x"""\n\n\ndef _verify_x(): ...\n\n\n'
        "class PackValidator:\n    def verify(self): ...\n"
    ),
    "scripts/verify.sh": "verify_all() {\n  true\n}\n",
    "config/model_registry.toml": (
        '[registry]\nversion = "1.0"\n\n[models.o3-pro]\nmodel_id = "o3-pro"\n\n'
        '[layer_mapping.L4]\nprimary = "o3-pro"\n'
    ),
    "docs/AI_AUTONOMY_LAYER_MAP.md": "| id | name |\n|---|---|\n| L0 | Ops/Docs |\n",
    "config/capability_scopes/L0_ops_docs.toml": '[scope]\nlayer_id = "L0"\n',
    ".github/workflows/ci.yml": CI,
    ".gitlab-ci.yml": "stages: [a]\n.hidden:\n  script: x\nbuild:\n  script: make\n",
    ".circleci/config.yml": "version: 2\njobs:\n  unit:\n    steps: []\nworkflows:\n  all:\n    jobs: [unit]\n",
    "azure-pipelines.yml": "jobs:\n- job: Win\n  displayName: 'On Windows'\n  steps:\n  - script: x\n- job: Mac\n",
    ".ci/run": "#!/bin/sh\nmake test\n",
    "pyproject.toml": (
        '[project]\nname = "x"\n\n[project.scripts]\nalpha = "x:main"\n\n[tool.poe.tasks]\nlint = "ruff check"\n'
        '\n[tool.hatch.envs.docs.scripts]\nbuild = "mkdocs"\n'
    ),
    "setup.py": "setup(entry_points={'console_scripts': [\n  'beta = x.cli:main',\n]})\n",
    "setup.cfg": "[options.entry_points]\nconsole_scripts =\n    gamma = x:main\n",
    "tox.ini": "[tox]\nenvlist = py311,lint\n[testenv]\ncommands = pytest\n[testenv:lint]\ncommands = ruff\n",
    "noxfile.py": (
        "import nox\n\n@nox.session(\n    name='fast tests',\n)\ndef tests(session): ...\n\n"
        "@nox.session\ndef lint(session): ...\n"
    ),
    "Makefile": ".PHONY: all\nX := 1\nY ?= a:b\nall: x y ## help\n\techo: no\nx y:\n%.o: %.c\n",
    "justfile": "set shell := ['sh']\nname := 'x'\nrelease version: build\n  echo\n@quiet:\n  echo\n",
    "package.json": '{\n  "name": "x",\n  "scripts": {\n    "test:unit": "vitest",\n    "build": "tsc"\n  }\n}\n',
    ".pre-commit-config.yaml": "repos:\n- repo: local\n  hooks:\n  - id: ruff # x\n    name: R\n  - {id: flow}\n",
    "requirements/dev.txt": "x==1\n",
    "uv.lock": "version = 1\n",
    "config/risk.toml": "a = 1\n",
    "tests/unit/test_a.py": "",
    "tests/unit/test_b.py": "",
    "web/a.spec.ts": "",
    "README.md": "hello\n",
}
