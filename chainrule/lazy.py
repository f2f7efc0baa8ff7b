"""Public names that are looked up when first used: a package's `__init__.pyi` says where each one lives.

One list serves type checkers, editors and the running program, and importing a package costs nothing.
"""

import ast
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a package, from the imports listed in its stub file."""
    homes: dict[str, tuple[str, str]] = {}
    for node in ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            homes.update((alias.asname or alias.name, (node.module, alias.name)) for alias in node.names)

    def find(name: str) -> Any:
        if name not in homes:
            # With name and module Python itself adds "Did you mean …?" to the traceback.
            words = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(words, name=name, obj=importlib.import_module(package))
        module, original = homes[name]
        if module == package:
            value: Any = importlib.import_module(f"{package}.{original}")
        else:
            value = getattr(importlib.import_module(module), original)
        vars(importlib.import_module(package))[name] = value
        return value

    names = sorted(homes)
    return find, lambda: names, names


def borrowed(package: str, name: str) -> Any:
    """A public name of a package on a higher floor, found when it is called: what tensors lend from `nn.functional`."""
    return getattr(importlib.import_module(package), name)
