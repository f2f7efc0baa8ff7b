"""What a row of the contract table is, and how a row is run here and in PyTorch."""

import copy
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F
from chainrule.tape.mode import mode

Shape = tuple[int, ...]


class ModuleRow(NamedTuple):
    """A module and what to give it: held to every promise of `test_modules.py`."""

    name: str  # its name in `nn`, and in `torch.nn`
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = MappingProxyType({})
    inputs: tuple[Any, ...] = ((6, 4),)  # shapes of normal draws, or the arrays themselves
    make: Callable[[], Any] | None = None  # makes our module, where an argument is a module itself
    judge: Callable[[Any], Any] | None = None  # from `torch` to its module, where the name or arguments differ
    random: bool = False  # draws in training: PyTorch is asked in evaluation mode alone
    batch: int | None = 0  # the axis of the rows of the first input; None: not tried without rows or with one
    one_row: bool = True  # takes a batch of one in training
    same_repr: bool = True
    mode: str = "train"  # in which gradients are checked
    whole_gradient: bool = True  # False: some of it is left out on purpose, and differences would not agree

    def __str__(self) -> str:
        given = [*map(str, self.args), *(f"{name}={value}" for name, value in self.kwargs.items())]
        return f"{self.name}({', '.join(given)})[{'x'.join(map(str, np.shape(self.arrays()[0])))}]"

    def arrays(self) -> list[Any]:
        return drawn(self.name, self.inputs)

    def build(self) -> Any:
        """The module in float64, with the same weights at every call."""
        cr.manual_seed(5)
        module = (self.make() if self.make is not None else getattr(nn, self.name)(*self.args, **self.kwargs)).double()
        with cr.no_grad():
            for parameter in module.parameters():  # nothing may hide behind a weight of 1 or a bias of 0
                parameter.copy_(parameter + cr.rand(*parameter.shape, dtype=np.float64) * 0.2)
        return module

    def torch(self, torch: Any) -> Any:
        """PyTorch's module of the same kind, in float64."""
        if self.judge is not None:
            return self.judge(torch).double()
        return getattr(torch.nn, self.name)(*self.args, **self.kwargs).double()


class FunctionRow(NamedTuple):
    """A function and what to give it: held to every promise of `test_functions.py`."""

    name: str  # its name in `nn.functional`, and in `torch.nn.functional`
    inputs: tuple[Any, ...] = ((3, 4),)  # shapes of normal draws, or the arrays themselves: tensors for both sides
    kwargs: Mapping[str, Any] = MappingProxyType({})
    order: tuple[str, ...] = ()  # names of the inputs after the first, given by keyword
    label: str = ""
    random: bool = False  # draws: PyTorch is not asked
    batch: int | None = 0
    whole_gradient: bool = True  # False: some of it is left out on purpose, and differences would not agree

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.kwargs.items())
        return f"{self.name}({given}{self.label})[{'x'.join(map(str, np.shape(self.arrays()[0])))}]"

    def arrays(self) -> list[Any]:
        return drawn(self.name, self.inputs)

    def run(self, *inputs: Any) -> Any:
        return self._call(getattr(F, self.name), inputs)

    def torch(self, torch: Any, *inputs: Any) -> Any:
        return self._call(getattr(torch.nn.functional, self.name), inputs)

    def _call(self, function: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
        split = len(inputs) - len(self.order)
        named = dict(zip(self.order, inputs[split:], strict=True))
        return function(*inputs[:split], **named, **self.kwargs)


def drawn(name: str, inputs: tuple[Any, ...]) -> list[Any]:
    """The arrays of a row: the same at every call."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    shapes = [isinstance(given, tuple) and all(isinstance(n, int) for n in given) for given in inputs]
    return [rng.normal(size=given) if shape else given for given, shape in zip(inputs, shapes, strict=True)]


def leaves(arrays: list[Any], dtype: Any = np.float64) -> list[Any]:
    """Tensors that want gradients where they are floats."""
    made = []
    for array in arrays:
        is_float = isinstance(array, np.ndarray) and array.dtype.kind == "f"
        made.append(cr.tensor(array, dtype=dtype, requires_grad=True) if is_float else given(array))
    return made


def given(array: Any) -> Any:
    return cr.from_numpy(array) if isinstance(array, np.ndarray) else array


def flat(result: Any) -> list[Any]:
    """The tensors in what a module gives: itself, or what a tuple holds."""
    if isinstance(result, (tuple, list)):
        return [tensor for part in result for tensor in flat(part)]
    return [] if result is None else [result]


def weighed(results: list[Any]) -> list[Any]:
    """One array of fixed weights for each result: gradients arrive uneven."""
    shapes = [tuple(result.shape) for result in results]
    return [np.cos(np.arange(prod(shape)) + i).reshape(shape) for i, shape in enumerate(shapes)]


def pull(results: list[Any]) -> Any:
    """A single number made of all results that are floats."""
    floats = [r for r in results if r.dtype.kind == "f"]
    terms = [(r * given(w).to(r.dtype)).sum() for r, w in zip(floats, weighed(floats), strict=True)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def gradients_of(module: Any, inputs: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Run a module forwards and backwards: the arrays it gives, and the gradients of inputs and parameters."""
    module.zero_grad()
    results = flat(module(*inputs))
    pull(results).backward()
    found = {f"input {i}": x.grad for i, x in enumerate(inputs) if getattr(x, "requires_grad", False)}
    found.update({name: p.grad for name, p in module.named_parameters()})
    return [r.numpy() for r in results], {name: None if d is None else d.numpy() for name, d in found.items()}


@contextmanager
def from_parts() -> Iterator[None]:
    """Regions forget their declared derivatives."""
    mode.parts = True
    try:
        yield
    finally:
        mode.parts = False


def as_function(module: Any) -> tuple[Callable[..., Any], list[Any]]:
    """A module as a function of its inputs and parameters, and the parameters' arrays."""
    module = copy.deepcopy(module)
    places = [(owner, name) for owner in module.modules() for name, p in owner._parameters.items() if p is not None]
    arrays = [np.array(owner._parameters[name].numpy()) for owner, name in places]

    def function(*args: Any) -> Any:
        split = len(args) - len(places)
        for (owner, name), tensor in zip(places, args[split:], strict=True):
            owner.__dict__[name] = tensor
        results = [r.reshape(-1) for r in flat(module(*args[:split])) if r.dtype.kind == "f"]
        return cr.cat(results)

    return function, arrays


def layouts(array: Any) -> list[Any]:
    """The same numbers in memory: columns first, with gaps, backwards, in the other byte order, not writable."""
    gaps = np.repeat(array, 2, axis=-1)[..., ::2]
    frozen = array.copy()
    frozen.flags.writeable = False
    other = array.astype(array.dtype.newbyteorder(">"))
    return [np.asfortranarray(array), gaps, array[::-1].copy()[::-1], other, frozen]


def resized(array: Any, axis: int, count: int) -> Any:
    """The first `count` rows."""
    return np.take(array, range(count), axis=axis)
