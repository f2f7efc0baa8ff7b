"""What a text's names stand for while it is translated."""

import ast
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from chainrule.program.loops.kernel import KernelError
from chainrule.program.loops.scalars import Scalar
from chainrule.program.loops.writer import Writer


class Value(NamedTuple):
    """A number in a register.

    Attributes:
        scalar: its type.
        name: LLVM's name or constant.
    """

    scalar: Scalar
    name: str


class Array(NamedTuple):
    """A flat array: elements of one type behind an address.

    Attributes:
        scalar: type of an element.
        pointer: LLVM's name of the address.
    """

    scalar: Scalar
    pointer: str


class Function(NamedTuple):
    """A library function, translated for the module at hand.

    Attributes:
        symbol: LLVM's name.
        arguments: types of what it takes.
        result: type of what it returns.
    """

    symbol: str
    arguments: tuple[Scalar, ...]
    result: Scalar


class Module:
    """What the functions of one module share: declarations, loop marks, library functions.

    Args:
        translate: translates the library function of a name; called once a name.
    """

    def __init__(self, translate: Callable[["Module", str], Function]) -> None:
        self.declarations: dict[str, None] = {}
        self.marks: list[str] = []
        self.functions: dict[str, Function | None] = {}
        self.scopes: dict[str, Scope] = {}  # of the library functions, callees first
        self.bodies: list[str] = []
        self._translate = translate

    def declare(self, line: str) -> None:
        """Declare a function that is defined elsewhere."""
        self.declarations[line] = None

    def mark(self, *properties: str) -> str:
        """Metadata of one loop, each its own; the name to write behind its branch."""
        first = len(self.marks)
        names = [f"!{first + 1 + i}" for i in range(len(properties))]
        self.marks.append(f"!{first} = distinct !{{{', '.join([f'!{first}', *names])}}}")
        self.marks += [f"{name} = !{{{text}}}" for name, text in zip(names, properties, strict=True)]
        return f"!{first}"

    def function(self, name: str) -> Function | None:
        """The library function `name`, translated; None while it is being translated, that is: it calls itself.

        Raises:
            KeyError: there is none.
        """
        if name not in self.functions:
            self.functions[name] = None
            try:
                self.functions[name] = self._translate(self, name)
            except BaseException:
                del self.functions[name]
                raise
        return self.functions[name]


class Scope:
    """The names of one function while it is translated.

    Args:
        module: what it shares with the others.
        title: what errors call it.
        text: of the function.

    Raises:
        KernelError: the text is not one function of plain names.
    """

    def __init__(self, module: Module, title: str, text: str) -> None:
        self.module = module
        self.title = title
        self.text = text
        self.definition = self._parsed()
        self.literals: dict[ast.expr, tuple[float, Scalar]] = {}  # the type that each literal took
        self.writer = Writer()
        self.arrays: dict[str, Array] = {}
        self.slots: dict[str, Array] = {}  # locals: one number behind an address
        self.values: dict[str, Value] = {}  # parameters that are numbers: never assigned

    def refuse(self, node: ast.AST, reason: str) -> NoReturn:
        """Raise with kernel, line and reason."""
        number = getattr(node, "lineno", 1)
        line = self.text.splitlines()[number - 1].strip() if self.text else ""
        raise KernelError(f"kernel {self.title}, line {number}: {reason}: {line}")

    def _parsed(self) -> ast.FunctionDef:
        try:
            tree = ast.parse(self.text)
        except SyntaxError as error:
            line = (error.text or "").strip()
            raise KernelError(f"kernel {self.title}, line {error.lineno}: {error.msg}: {line}") from None
        if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
            self.refuse(tree, "the text is not one function")
        found = tree.body[0]
        plain = found.args
        if plain.posonlyargs or plain.kwonlyargs or plain.vararg or plain.kwarg or plain.defaults:
            self.refuse(found, "parameters are plain names")
        if found.decorator_list:
            self.refuse(found, "a decorated function")
        return found
