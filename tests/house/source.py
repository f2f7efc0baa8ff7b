"""The package as text: its modules, their trees and what they import. Nothing here imports chainrule."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "chainrule"


@dataclass(frozen=True)
class Module:
    """One file of the package under its dotted name; `chainrule.nn` is `chainrule/nn/__init__.py`."""

    name: str
    path: Path
    is_package: bool
    tree: ast.Module

    @property
    def where(self) -> str:
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else self.path.name


@dataclass(frozen=True)
class Import:
    """One imported module, or one name of a module."""

    line: int
    module: str
    name: str | None
    typing_only: bool
    lazy: bool


def read(path: Path, name: str) -> Module:
    return Module(name, path, path.name == "__init__.py", ast.parse(path.read_text(encoding="utf-8"), str(path)))


@cache
def modules() -> dict[str, Module]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = read(path, name)
    return found


def stubs() -> list[Module]:
    """The stub of every package that has one: the list of its public names and where they live."""
    return [
        Module(module.name, path, True, ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for module in modules().values()
        if module.is_package and (path := module.path.with_suffix(".pyi")).exists()
    ]


def imports(module: Module) -> Iterator[Import]:
    """Every import of a module, wherever it stands, `importlib.import_module("…")` included."""
    yield from _imports(module, module.tree, typing_only=False, lazy=False)


def called(node: ast.Call) -> str:
    """The last name of what is called: `f` of `a.b.f(x)`."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _imports(module: Module, node: ast.AST, *, typing_only: bool, lazy: bool) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield Import(node.lineno, alias.name, None, typing_only, lazy)
        case ast.ImportFrom(names=names):
            source = node.module or ""
            if node.level:
                up = module.name.split(".")[: None if module.is_package else -1]
                up = up[: len(up) - node.level + 1]
                source = ".".join([*up, source] if source else up)
            for alias in names:
                yield Import(node.lineno, source, alias.name, typing_only, lazy)
        case ast.Call(args=[ast.Constant(value=str() as target), *_]) if called(node) == "import_module":
            yield Import(node.lineno, target, None, typing_only, lazy=True)
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            for child in node.body:
                yield from _imports(module, child, typing_only=True, lazy=lazy)
            for child in node.orelse:
                yield from _imports(module, child, typing_only=typing_only, lazy=lazy)
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            lazy = True
    for child in ast.iter_child_nodes(node):
        yield from _imports(module, child, typing_only=typing_only, lazy=lazy)


def nothing(findings: list[str]) -> None:
    """Fail with every finding on a line of its own."""
    assert not findings, "\n" + "\n".join(findings)
