"""Secrets for tests, made up and put together at run time: no scanner should find one in this file."""

from __future__ import annotations

import base64
import os
import random
import string
import subprocess
from pathlib import Path

ALPHANUMERIC = string.ascii_letters + string.digits


def made_up(length: int, seed: int, signs: str = ALPHANUMERIC) -> str:
    """Random-looking characters, the same for the same seed."""
    choose = random.Random(seed)  # noqa: S311 - a test's value, no secret
    return "".join(choose.choice(signs) for _ in range(length))


def planted() -> dict[str, tuple[str, str]]:
    """By kind: a line as a program prints it, and the part of it that must not be sealed."""
    token = f"gh{'p'}_{made_up(36, 1)}"
    aws = f"AK{'IA'}{made_up(16, 2, string.ascii_uppercase + '234567')}"
    aws_secret = made_up(40, 3, ALPHANUMERIC + "/+")
    slack = f"xo{'xb'}-{made_up(12, 4, string.digits)}-{made_up(12, 5, string.digits)}-{made_up(24, 6)}"
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"Ada","iat":1516239022}').decode().rstrip("=")
    jwt = f"{header}.{body}.{made_up(43, 7)}"
    password, key, bare = made_up(14, 8), made_up(32, 9), made_up(20, 10)
    return {
        "github": (f"remote: fatal: could not read {token} from the prompt", token),
        "aws-id": (f"caller identity {aws} is not authorized", aws),
        "aws-secret": (f"aws_secret_access_key = {aws_secret}", aws_secret),
        "slack": (f"POST failed with {slack}", slack),
        "jwt": (f"Authorization: Bearer {jwt}", jwt),
        "basic-auth": (f"cloning https://ada:{password}@git.corp-internal.net/repo.git", password),
        "database": (f"dsn=postgres://ada:{password}@db.corp-internal.net:5432/x", password),
        "password": (f"E   assert config['db_password'] == '{bare}'", bare),
        "api-key": (f"API_KEY={key} pytest -q", key),
        "in-json": (f'{{"client_secret": "{key}"}}', key),
    }


def private_key(folder: Path) -> str:
    """A private key as OpenSSH writes it."""
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", str(folder / "k")]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return (folder / "k").read_text()


def rule_cache() -> dict[str, str]:
    """Where detectors keep their compiled rules: the machine's own place, so that not every desk compiles them anew."""
    return {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")}
