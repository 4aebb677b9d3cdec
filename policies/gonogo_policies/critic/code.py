"""Settings in Python, by its own grammar: assignments, arguments, defaults, mappings, ``setattr`` and its kin."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = "tuple[str, ...]"
_MOST = 60
_WRAPPERS = frozenset({"bool", "int", "float", "str", "Decimal", "field", "Field", "D", "env", "getenv", "get"})
_HOLDERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Told:
    """One setting: the names above it and its own, and its value as text."""

    path: Path
    value: str
    line: int = 0
    """Its line in what was read, from 1; 0 where the grammar does not say."""
    scope: str = ""
    """The function or class around it, whose names are no settings."""

    @property
    def key(self) -> str:
        """Its own name, in lower case."""
        return self.path[-1].lower()


def of_python(tree: ast.AST) -> Iterator[Told]:
    """Every setting of a module, in no order that means anything but for those of one name."""
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, scope = stack.pop()
        yield from (Told(path, value, getattr(node, "lineno", 0), scope) for path, value in _of(node))
        inner = f"{scope}.{node.name}" if isinstance(node, _HOLDERS) else scope
        stack += [(child, inner) for child in reversed(list(ast.iter_child_nodes(node)))]


def _of(node: ast.AST) -> Iterator[tuple[Path, str]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _bound(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield from _bound(target, value)
        case ast.AugAssign(target=target, value=value):
            logical = isinstance(node.op, ast.BitOr | ast.BitAnd)
            yield from _values(_path(target), value if logical else node)
        case ast.Call():
            yield from _call(node)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if name := _constant(key):
                    yield from _values((name,), value)
        case ast.arguments():
            yield from _defaults(node)
        case _:
            return


def _bound(target: ast.expr, value: ast.expr) -> Iterator[tuple[Path, str]]:
    """What an assignment gives to each of its names; of a mapping, what stands below the name."""
    if isinstance(target, ast.Tuple | ast.List):
        several = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
        for place, one in enumerate(target.elts):
            yield from _bound(one, value.elts[place] if several and isinstance(value, ast.Tuple | ast.List) else value)
        return
    path = _path(target)
    if isinstance(value, ast.Dict):
        pairs = [(_constant(key), one) for key, one in zip(value.keys, value.values, strict=True)]
    elif isinstance(value, ast.Call) and _called(value) not in _WRAPPERS:
        pairs = [(word.arg or "", word.value) for word in value.keywords]
    else:
        yield from _values(path, value)
        return
    for name, one in pairs:
        if path and name:
            yield from _values((*path, name), one)


def _call(node: ast.Call) -> Iterator[tuple[Path, str]]:
    """Named arguments, and a name in words before its value: ``setattr(x, "a", 1)``, ``getenv("A", "1")``."""
    for word in node.keywords:
        if word.arg:
            yield from _values((word.arg,), word.value)
    for name, value in zip(node.args, node.args[1:], strict=False):
        if words := _constant(name):
            yield from _values((words,), value)
    if node.args and (words := _constant(node.args[0])):
        for word in node.keywords:
            if word.arg in {"default", "value"}:
                yield from _values((words.lstrip("-"),), word.value)


def _defaults(node: ast.arguments) -> Iterator[tuple[Path, str]]:
    names = [*node.posonlyargs, *node.args]
    for name, value in zip(names[len(names) - len(node.defaults) :], node.defaults, strict=True):
        yield from _values((name.arg,), value)
    for name, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        if default is not None:
            yield from _values((name.arg,), default)


def _values(path: Path, value: ast.AST) -> Iterator[tuple[Path, str]]:
    """Each value that it can come to have: both sides of ``x or True`` and of ``a if b else c``."""
    if not path:
        return
    match value:
        case ast.BoolOp(values=sides):
            for side in sides:
                yield from _values(path, side)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _values(path, body)
            yield from _values(path, orelse)
        case ast.Call() if _called(value) in _WRAPPERS and (inner := _wrapped(value)) is not None:
            yield from _values(path, inner)
        case ast.Dict():
            for key, one in zip(value.keys, value.values, strict=True):
                yield from _values((*path, _constant(key) or "*"), one)
        case _:
            yield path, _text(value)


def _wrapped(node: ast.Call) -> ast.expr | None:
    named = [word.value for word in node.keywords if word.arg in {"default", "value"}]
    if named:
        return named[0]
    return node.args[-1] if node.args and _called(node) not in {"env", "get", "getenv"} else None


def _called(node: ast.Call) -> str:
    return _path(node.func)[-1] if _path(node.func) else ""


def _path(node: ast.AST) -> Path:
    match node:
        case ast.Name(id=name):
            return () if name in {"self", "cls"} else (name,)
        case ast.Attribute(value=value, attr=name):
            return (*_path(value), name)
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name))):
            return (*_path(value), name.replace("-", "_"))
        case _:
            return ()


def _constant(node: ast.AST | None) -> str:
    match node:
        case ast.Constant(value=str(words)) if words.replace("-", "_").replace(".", "_").isidentifier():
            return words.replace("-", "_")
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _constant(left) + _constant(right) if _constant(left) and _constant(right) else ""
        case _:
            return ""


def _text(node: ast.AST) -> str:
    """The value as text: worked out where it is made of constants."""
    match node:
        case ast.Constant(value=value):
            return str(value).lower() if value is None or isinstance(value, bool) else str(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            said = _text(operand)
            return "true" if said in {"false", "0", "none", ""} else "false" if said in {"true", "1"} else f"not {said}"
        case ast.BinOp() | ast.UnaryOp():
            return _sum(node)
        case _:
            return ast.unparse(node)


def _sum(node: ast.BinOp | ast.UnaryOp) -> str:
    worked = _number(node)
    return ast.unparse(node) if worked is None else str(worked)


def _number(node: ast.AST) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _number(operand)
            return None if inner is None else -inner
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _number(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return _worked(_number(left), op, _number(right))
        case _:
            return None


def _worked(left: float | None, op: ast.operator, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    try:
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
            case ast.Pow() if abs(left) <= _MOST and abs(right) <= _MOST:
                return float(left**right)
            case _:
                return None
    except (ArithmeticError, ValueError):
        return None
