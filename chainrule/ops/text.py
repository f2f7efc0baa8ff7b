"""From a Program to the NumPy text that runs it: one line an entry, in order."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Primitive, Program, Static

_LARGE = 1 << 14  # bytes; smaller arrays are not worth a line that lets them go


def number_text(name: str) -> str:
    """A Python number as it stands in an expression."""
    text = {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(name, name)
    return f"({text})" if text.startswith("-") else text


def names_of(program: Program) -> list[str]:
    """What each value of a Program is called in its text."""
    literal = [v.origin == "constant" and v.dtype == WEAK for v in program.values]
    return [number_text(v.name) if literal[i] else f"v{i}" for i, v in enumerate(program.values)]


def source(program: Program, name: str = "step") -> str:
    """The Program as one Python function of its free values; it returns outputs, then what is written to slots."""
    names = names_of(program)
    bodies: list[str] = []
    lines: list[str] = []
    kept = {*program.outputs, *(value for _, value in program.writes), *program.free}
    last_use = {arg: i for i, entry in enumerate(program.entries) for arg in (*entry.args, *entry.outs)}
    for i, entry in enumerate(program.entries):
        extra: dict[str, str] = {}
        if entry.body is not None:
            extra["body"] = f"{name}_{len(bodies)}"
            bodies.append(source(entry.body, extra["body"]))
        lines.append("    " + _line(entry, names, extra))
        gone = [names[v] for v in last_use if last_use[v] == i and v not in kept and _bytes(program, v) >= _LARGE]
        if gone:
            lines.append(f"    del {', '.join(gone)}")
    results = [names[v] for v in (*program.outputs, *(value for _, value in program.writes))]
    head = f"def {name}({', '.join(names[v] for v in program.free)}):"
    returns = f"    return ({', '.join(results)}{',' if len(results) == 1 else ''})"
    return "\n".join([*bodies, head, *lines, returns, ""])


def _line(entry: Entry, names: list[str], extra: dict[str, str]) -> str:
    primitive = PRIMITIVES[entry.primitive]
    expression = primitive.text(tuple(names[a] for a in entry.args), (*entry.static, *extra.items()))
    return f"{', '.join(names[o] for o in entry.outs)} = {expression}"


def _bytes(program: Program, value: int) -> int:
    size = 8
    for n in program.values[value].shape:
        size *= n
    return size if program.values[value].origin == "entry" else 0


def preambles(program: Program) -> str:
    """The source of every named function that the Program's text calls, each once."""
    found: dict[str, str] = {}
    stack = [program]
    while stack:
        for entry in stack.pop().entries:
            if text := PRIMITIVES[entry.primitive].preamble:
                found[entry.primitive] = text
            if entry.body is not None:
                stack.append(entry.body)
    return "\n".join(found.values())


def compile_program(program: Program, name: str = "step") -> Callable[..., tuple[Any, ...]]:
    """The Program as a Python function from its free values to outputs and writes."""
    return _function(preambles(program) + "\n" + source(program, name), name)


def compile_primitive(primitive: Primitive, count: int, static: Static) -> Callable[..., Any]:
    """One primitive as a function of arrays."""
    names = tuple("abcdefghijklmnopqrstuvwxyz"[i] if i < 26 else f"a{i}" for i in range(count))
    text = primitive.text(names, static)
    return _function(f"{primitive.preamble}\ndef run({', '.join(names)}):\n    return {text}\n", "run")


def _function(text: str, name: str) -> Callable[..., Any]:
    namespace: dict[str, Any] = {"np": np}
    exec(compile(text, f"<chainrule {name}>", "exec"), namespace)  # noqa: S102 - text made from the primitives alone
    function: Callable[..., Any] = namespace[name]
    return function
