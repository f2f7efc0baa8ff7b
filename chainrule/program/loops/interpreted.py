"""The text of a kernel as ordinary Python: for reading along in a debugger, and for checking.

Every number is a NumPy scalar of the type that the compiled kernel uses, literals included; an index outside its
array, an operand of `//` below 0 or a shift too far raises. Slow: a microsecond an operation.
"""

import ast
import linecache
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainrule.program.loops import plain_numbers
from chainrule.program.loops.compiler import translated
from chainrule.program.loops.kernel import Kernel
from chainrule.program.loops.library import LIBRARY
from chainrule.program.loops.plain_numbers import TYPES, Cast
from chainrule.program.loops.scope import Scope


def wanted() -> bool:
    """Whether kernels are to run as ordinary Python: `NUMBA_DISABLE_JIT=1` or `CHAINRULE_JIT=0`."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0") or os.environ.get("CHAINRULE_JIT", "1") == "0"


class Flat:
    """A flat array that refuses an index outside it, and a number of another type.

    Args:
        name: what errors call it.
        array: what it stands for; written through.
    """

    __slots__ = ("_array", "_name", "_type")

    def __init__(self, name: str, array: np.ndarray[Any, Any]) -> None:
        self._name = name
        self._array = array
        self._type = array.dtype.type

    def __getitem__(self, index: Any) -> Any:
        return self._array[self._checked(index)]

    def __setitem__(self, index: Any, value: Any) -> None:
        if type(value) is not self._type:
            raise TypeError(f"{self._name} holds {self._type.__name__}, not {type(value).__name__}")
        self._array[self._checked(index)] = value

    def _checked(self, index: Any) -> Any:
        if not 0 <= index < len(self._array):
            raise IndexError(f"{self._name}[{index}] of {len(self._array)} elements")
        return index


def python_function(kernel: Kernel, library: Mapping[str, str] = LIBRARY) -> Callable[..., None]:
    """The kernel as a Python function `f(start, stop, *params)`.

    Args:
        kernel: what is to run; its text is found by debuggers as file `<kernel name>`.
        library: texts of the functions that kernels may call, by name.

    Returns:
        A function of `start`, `stop` and, for each parameter, a C-contiguous array of its type or a number.

    Raises:
        KernelError: the text is outside the subset.
    """
    scope = translated(kernel, library)
    namespace: dict[str, Any] = {**plain_numbers.BUILTINS, "local": _local}
    for part in scope.module.scopes.values():
        _define(part, namespace)
    function = _define(scope, namespace)
    kinds = kernel.params

    def run(start: int, stop: int, *given: Any) -> None:
        prepared = [_argument(name, kind, value) for (name, kind), value in zip(kinds, given, strict=True)]
        with np.errstate(all="ignore"):
            function(np.int64(start), np.int64(stop), *prepared)

    return run


def _argument(name: str, kind: str, value: Any) -> Any:
    if not kind.endswith("*"):
        return TYPES[kind](value)
    array = np.asarray(value)
    if array.dtype != np.dtype(TYPES[kind[:-1]]):
        raise TypeError(f"{name} is {array.dtype}, not {kind[:-1]}")
    return Flat(name, array.reshape(-1, copy=False).view(TYPES[kind[:-1]]))  # two types of NumPy have 8 bytes


def _local(cast: Cast, count: int) -> Flat:
    """An array on the stack, filled with what nobody would take for a result."""
    junk = np.nan if cast.name in ("f32", "f64") else 85
    return Flat("local", np.full(int(count), junk).astype(TYPES[cast.name]))


def _define(scope: Scope, namespace: dict[str, Any]) -> Callable[..., None]:
    """Make the function of a text in `namespace`; its own lines stay what a debugger shows."""
    place = f"<kernel {scope.title}>"
    linecache.cache[place] = (len(scope.text), None, scope.text.splitlines(keepends=True), place)
    tree = _Typed(scope, namespace).visit(scope.definition)
    if tree.name in namespace:
        tree.name = f"{tree.name}_kernel"  # and not the builtin or library function of that name
    module = ast.fix_missing_locations(ast.Module([tree], []))
    exec(compile(module, place, "exec"), namespace)  # noqa: S102 - a text of the subset: the translator has read it
    function: Callable[..., None] = namespace[tree.name]
    return function


class _Typed(ast.NodeTransformer):
    """Gives literals their types and operators the meaning they have when compiled: all parts are evaluated."""

    def __init__(self, scope: Scope, namespace: dict[str, Any]) -> None:
        self._literals = scope.literals
        self._namespace = namespace

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and node in self._literals:
            value, scalar = self._literals[node]
            name = f"_{scalar.name}_{len(self._namespace)}"
            self._namespace[name] = plain_numbers.typed(value, scalar.name)
            return ast.copy_location(ast.Name(name, ast.Load()), node)
        return super().visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        read = ast.copy_location(_reading(node.target), node.target)
        total = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
        return self.visit(ast.copy_location(ast.Assign([node.target], total), node))

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        checked = {ast.FloorDiv: "_quotient", ast.Mod: "_remainder", ast.LShift: "_shifted"}.get(type(node.op))
        self.generic_visit(node)
        return _called(node, checked, [node.left, node.right]) if checked else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        self.generic_visit(node)
        return _called(node, "_not", [node.operand]) if isinstance(node.op, ast.Not) else node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        self.generic_visit(node)
        return _called(node, "_all" if isinstance(node.op, ast.And) else "_any", node.values)

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        return _called(node, "_choice", [node.test, node.body, node.orelse])


def _called(node: ast.AST, name: str, arguments: list[ast.expr]) -> ast.AST:
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), arguments, []), node)


def _reading(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Subscript):
        return ast.Subscript(target.value, target.slice, ast.Load())
    assert isinstance(target, ast.Name)
    return ast.Name(target.id, ast.Load())
