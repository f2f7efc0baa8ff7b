"""Imports point down: each module imports from its own floor or from those beneath it, and never in a circle."""

import ast
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house import source
from tests.house.source import Module

FLOORS = (
    ("errors", "config", "language", "lazy"),
    ("ops",),
    ("tape", "tensors", "testing", "autograd", "cuda", "backends"),
    ("nn.functional",),
    ("program", "nn", "optim", "data", "metrics", "utils"),
    ("train", "files", "summaries"),
    ("population", "plots", "export", "tables", "glass"),
    ("doctor", "sklearn", "lessons"),
    ("cli", "playground", "distributed"),
    ("", "__main__"),  # chainrule itself: the face, above all floors
)


def floor(name: str) -> int | None:
    """The floor of a module by its longest place in the table; None for one that has no place."""
    inside = name.removeprefix("chainrule").removeprefix(".")
    places = {place: number for number, row in enumerate(FLOORS) for place in row}
    parts = inside.split(".")
    for length in range(len(parts), 0, -1):
        number = places.get(".".join(parts[:length]))
        if number is not None:
            return number
    return None


def targets(module: Module, known: dict[str, Module]) -> list[tuple[int, str, bool, str | None]]:
    """What a module imports of chainrule: line, module, for types only, and what is wrong with the way."""
    rows = []
    for found in source.imports(module):
        if found.module.split(".")[0] != "chainrule":
            continue
        whole = f"{found.module}.{found.name}" if found.name else found.module
        wrong = None
        if found.name and whole in known:
            target = whole
        else:
            target = found.module
            if target not in known:
                wrong = f"no such module: {target}"
            elif known[target].is_package and not (module.is_package and target.startswith(f"{module.name}.")):
                wrong = f"imports the package {target} itself; name the module in it that is meant"
        rows.append((found.line, target, found.typing_only, wrong))
    return rows


def upward(known: dict[str, Module]) -> list[str]:
    """Every import that does not point down, as a sentence with its place."""
    findings = []
    for module in known.values():
        own = floor(module.name)
        if own is None:
            findings.append(f"{module.where}: {module.name} has no floor; give it one in tests/house/test_floors.py")
            continue
        for line, target, _, wrong in targets(module, known):
            there = floor(target)
            if wrong:
                findings.append(f"{module.where}:{line}: {wrong}")
            elif there is None or there > own:
                findings.append(f"{module.where}:{line}: floor {own} imports {target} from floor {there}")
    return findings


def circle(known: dict[str, Module], names: Iterable[str]) -> list[str]:
    """One circle of imports, lazy ones counted, those for types not; empty when there is none."""
    graph = {
        name: {target for _, target, only_types, _ in targets(known[name], known) if not only_types and target != name}
        for name in names
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _module(name: str, text: str, *, is_package: bool = False) -> Module:
    return Module(name, Path(f"{name}.py"), is_package, ast.parse(text))


def test_imports_point_down():
    source.nothing(upward(source.modules()))


def test_doors_name_what_is_behind_them():
    """The stub of a package lists its public names: each lives in the package itself, but for those of the root."""
    findings = [
        f"{door.where}: {found.module} is not in {door.name}"
        for door in source.stubs()
        for found in source.imports(door)
        if found.module != door.name and not found.module.startswith(f"{door.name}.")
    ]
    source.nothing(findings)


def test_no_circles():
    # Doors (a package's __init__) import what is behind them; what is behind never imports the door.
    assert circle(source.modules(), source.modules()) == []


def test_only_lazy_doors_import_by_a_computed_name():
    """`import_module` with anything but a literal hides an import from this test; doors open by `chainrule.lazy`."""
    findings = [
        f"{module.where}:{node.lineno}"
        for module in source.modules().values()
        if module.name != "chainrule.lazy"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and source.called(node) in {"import_module", "__import__"}
        and not (node.args and isinstance(node.args[0], ast.Constant))
    ]
    assert findings == []


def test_nn_door_is_lazy():
    """`chainrule.nn.functional` lies beneath `chainrule.nn`, whose door is opened on the way to it."""
    known = source.modules()
    door = known["chainrule.nn"]
    eager = {found.line for found in source.imports(door) if not found.lazy and not found.typing_only}
    assert [target for line, target, _, _ in targets(door, known) if line in eager and (floor(target) or 0) > 3] == []


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("ops.arithmetic", "from chainrule.tensors import Tensor", "floor 1 imports chainrule.tensors from floor 2"),
        ("ops.arithmetic", "def f():\n    from chainrule import tensors", "floor 1 imports chainrule.tensors"),
        ("tensors", "import chainrule", "imports the package chainrule itself"),
        ("nn.linear", "from chainrule.nn import Module", "imports the package chainrule.nn itself"),
        ("nn.functional.relu", "from chainrule.nn.linear import Linear", "floor 3 imports"),
        ("tensors", "from .nn.linear import Linear", "floor 2 imports chainrule.nn.linear"),
        ("tensors", "import_module('chainrule.nn.linear')", "floor 2 imports"),
        ("tensors", "from chainrule.nowhere import thing", "no such module"),
        ("helpers", "", "has no floor"),
    ],
)
def test_the_test_can_fail(name, text, word):
    known = {
        "chainrule": _module("chainrule", "", is_package=True),
        "chainrule.nn": _module("chainrule.nn", "from chainrule.nn.linear import Linear", is_package=True),
        "chainrule.nn.linear": _module("chainrule.nn.linear", "from chainrule import tensors"),
        "chainrule.tensors": _module("chainrule.tensors", ""),
    }
    assert upward(known) == []
    known[f"chainrule.{name}"] = _module(f"chainrule.{name}", text)
    assert any(word in finding for finding in upward(known)), upward(known)


def test_a_circle_is_found():
    known = {
        "chainrule.tape": _module("chainrule.tape", "import chainrule.tensors"),
        "chainrule.tensors": _module("chainrule.tensors", "def f():\n    from chainrule import tape"),
        "chainrule": _module("chainrule", "", is_package=True),
    }
    assert set(circle(known, known)) == {"chainrule.tape", "chainrule.tensors"}
