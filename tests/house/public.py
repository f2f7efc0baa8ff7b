"""Every public name of chainrule and what its docstring lacks.

Public is what can be reached from `chainrule.__all__`: a name that is a module of chainrule is a door, and the names
in its own `__all__` are public too.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

ORDER = ("Args", "Attributes", "Returns", "Yields", "Raises", "Example", "Source")
HEADING = re.compile(rf"^({'|'.join(ORDER)}):$")
ENTRY = re.compile(r"^    (\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: \([^)]*\))?:")


@dataclass(frozen=True)
class Name:
    """One public thing under the name by which a user reaches it.

    `shared` is the docstring of a method's class and of its bases: there an argument that many methods have, as `dim`,
    may be explained once.
    """

    path: str
    thing: object
    is_method: bool = False
    shared: str = ""


def names(door: str = "chainrule") -> Iterator[Name]:
    """All public classes, functions and methods, each once, under the first name it is reached by."""
    seen: set[int] = set()
    # Bases first, so that a method goes by the class that has it.
    reached = sorted(_walk(import_module(door), door, seen), key=lambda row: len(getattr(row[1], "__mro__", ())))
    for path, thing in reached:
        yield Name(path, thing)
        if inspect.isclass(thing):
            shared = "\n".join(base.__doc__ or "" for base in thing.__mro__ if base.__module__.startswith("chainrule"))
            for name, member in inspect.getmembers_static(thing):
                function = _function(member)
                if name.startswith("_") or function is None or id(function) in seen:
                    continue
                if str(getattr(function, "__module__", "")).startswith("chainrule"):
                    seen.add(id(function))
                    yield Name(f"{path}.{name}", member, True, shared)


def reach(door: ModuleType, name: str) -> object:
    """What stands under a name of a door; `None` where the name leads nowhere."""
    try:
        return getattr(door, name)
    except (AttributeError, ImportError, OSError):  # OSError: a door without its stub
        return None


def doors(module: ModuleType, path: str = "chainrule") -> Iterator[tuple[str, ModuleType]]:
    """A door and every door behind it."""
    yield path, module
    for name in getattr(module, "__all__", ()):
        thing = reach(module, name)
        if inspect.ismodule(thing) and thing.__name__.startswith("chainrule."):
            yield from doors(thing, f"{path}.{name}")


def _walk(module: ModuleType, path: str, seen: set[int]) -> Iterator[tuple[str, object]]:
    for door, opened in doors(module, path):
        for name in getattr(opened, "__all__", ()):
            thing = reach(opened, name)
            if (inspect.isclass(thing) or inspect.isroutine(thing)) and id(thing) not in seen:
                seen.add(id(thing))
                yield f"{door}.{name}", thing


def _function(member: object) -> Callable[..., object] | None:
    """The function behind a method, a property, a class or static method; None for anything else."""
    if isinstance(member, staticmethod | classmethod):
        return member.__func__
    if isinstance(member, property):
        return member.fget
    return member if inspect.isfunction(member) else None


def sections(text: str) -> tuple[list[str], dict[str, list[str]]]:
    """The headings of a docstring in order, and the lines beneath each; those before the first under ""."""
    order: list[str] = []
    lines: dict[str, list[str]] = {"": []}
    for line in text.splitlines():
        heading = HEADING.match(line)
        if heading:
            order.append(heading[1])
            lines[heading[1]] = []
        else:
            lines[order[-1] if order else ""].append(line)
    return order, lines


def described(lines: list[str]) -> list[str]:
    """The names that an Args section describes, stars left out, in order."""
    found = (ENTRY.match(line) for line in lines)
    return [name.strip(" *") for entry in found if entry for name in entry[1].split(",")]


def arguments(thing: object) -> list[str]:
    """The names of the arguments a user gives, in order."""
    try:
        parameters = inspect.signature(thing).parameters  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return []
    return [name for name in parameters if name not in {"self", "cls"} and not name.startswith("_")]


def raised(thing: object) -> set[str]:
    """The exceptions that its own lines raise by name; for a class, those of its constructor."""
    makers = [vars(thing).get("__init__"), vars(thing).get("__new__")] if inspect.isclass(thing) else [thing]
    found = set()
    for maker in filter(None, map(_function, makers)):
        if inspect.getsourcefile(maker) is None or maker.__code__.co_filename == "<string>":
            continue  # written by dataclass, which refuses nothing
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(maker)))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                found.add(getattr(node.exc.func, "attr", getattr(node.exc.func, "id", "")))
    return {name for name in found if name.endswith("Error")}


def faults(name: Name) -> Iterator[tuple[str, str]]:
    """What the docstring of a public thing lacks: the part of the template, and a sentence."""
    thing = name.thing
    own = _function(thing) if name.is_method else thing
    text = inspect.getdoc(own) or ""
    if name.is_method and not getattr(own, "__doc__", None):
        text = inspect.getdoc(thing) or ""
        if not text:
            yield "text", "has no docstring"
        return
    if not text:
        yield "text", "has no docstring"
        return
    order, lines = sections(text)
    if not re.search(r"[.:]$", text.splitlines()[0]):
        yield "line", "its first line does not end in a full stop"
    if order != sorted(order, key=ORDER.index):
        yield "order", f"its parts stand as {order}, the template's order is {list(ORDER)}"
    yield from _arguments(name, own, text, lines)
    for error in sorted(raised(thing)):
        said = text if name.is_method else "\n".join(lines.get("Raises", []))
        if error not in said and not (name.is_method and re.search("refuse", said, re.IGNORECASE)):
            yield "raises", f"raises {error}, and does not say so"
    if name.is_method or (inspect.isclass(thing) and issubclass(thing, BaseException)):
        return
    if inspect.isclass(thing) and "Attributes" in lines and "Args" not in lines:
        return  # a record that users read and do not make
    if not any(line.lstrip().startswith(">>>") for line in lines.get("Example", [])):
        yield "example", "has no Example that runs"
    if not inspect.isclass(thing) and "Returns" not in lines and "Yields" not in lines and _gives(thing):
        yield "returns", "has no Returns"


def _arguments(name: Name, own: object, text: str, lines: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    if inspect.isclass(own) and not {"__init__", "__new__"} & set(vars(own)):
        return  # its constructor is that of its base, and described there
    told = described(lines.get("Args", []))
    if inspect.isclass(own) and "Args" not in lines:
        told = described(lines.get("Attributes", []))  # a record: what is given is what it has
    asked = arguments(own)
    if name.is_method and "Args" not in lines:
        missing = [argument for argument in asked if not re.search(rf"\b{argument}\b", text + name.shared)]
        if missing:
            yield "args", f"does not say what {', '.join(missing)} is"
    elif told != asked:
        yield "args", f"Args are {told}, the signature's are {asked}"


def _gives(thing: object) -> bool:
    annotation = inspect.signature(thing).return_annotation  # type: ignore[arg-type]
    return annotation not in {None, "None", "NoReturn", "Never", inspect.Signature.empty}
