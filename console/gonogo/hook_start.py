"""The first lines of an exported hook: run the rules from what was compiled of exactly their text, or from the text.

Compiling the rules takes longer than everything else that the hook does, and hosts start it for each tool call. So the
first call leaves what it compiled inside git's folder, which no commit brings and no chat may write, and the next one
takes it if it was made of this very text (the whole text is compared), by this very Python, and is the user's own file
that nobody else can write. Whatever else lies there is not believed: the text is compiled. ``gonogo doctor --host``
compiles it too and compares.
"""

from __future__ import annotations

import marshal
import os
import sys

MYPY = False
if MYPY:
    from types import CodeType

# exported from here

RULES = ""  # replaced by the text of the rules when it is exported
MOST = 1 << 20


def kept_at(root: str) -> str:
    """Where the compiled rules lie; nothing is kept where ``.git`` is no folder."""
    return os.path.join(root, ".git", "gonogo", f"hook-{sys.implementation.cache_tag}.bin")


def compiled(text: str, root: str) -> CodeType:
    """The rules, ready to run."""
    path = kept_at(root)
    try:
        code = kept(path, text)
    except Exception:  # it may hold anything
        code = None
    if code is None:
        code = compile(text, "gonogo-hook", "exec", dont_inherit=True)
        keep(path, text, code)
    return code


def kept(path: str, text: str) -> CodeType | None:
    """What was compiled of this text; None for everything else. Raises what reading a file of nonsense raises."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(file)
        if found.st_uid != os.getuid() or found.st_mode & 0o077 or found.st_size > MOST:
            return None
        python, made_of, code = marshal.loads(os.read(file, MOST))  # noqa: S302 - our own file, of our own text
    finally:
        os.close(file)
    fits = python == sys.version and made_of == text and type(code) is type(kept.__code__)
    return code if fits else None


def keep(path: str, text: str, code: CodeType) -> None:
    """Leave it for the next call, whole or not at all; a folder that cannot be written costs time and nothing else."""
    part = f"{path}.{os.getpid()}"
    try:
        if not os.path.isdir(os.path.dirname(path)):
            os.mkdir(os.path.dirname(path), 0o700)
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, marshal.dumps((sys.version, text, code)))
        finally:
            os.close(file)
        os.replace(part, path)
    except OSError:
        pass


def forged(root: str, text: str) -> bool:
    """Whether what lies there claims to be of this text and is not: for a look at it, which has the time."""
    try:
        code = kept(kept_at(root), text)
    except Exception:
        return False
    return code is not None and code != compile(text, "gonogo-hook", "exec", dont_inherit=True)


if __name__ == "__main__":
    FOLDER = os.path.dirname(os.path.abspath(__file__))
    exec(compiled(RULES, os.path.dirname(FOLDER)), {"__name__": "__main__", "__file__": __file__})  # noqa: S102
