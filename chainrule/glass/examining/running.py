"""Call a learner's function: in both layouts, twice, with arrays of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from chainrule.errors import ArgumentError, DtypeError
from chainrule.glass.examining.derivation import Derivation
from chainrule.glass.examining.report import Layout
from chainrule.glass.naming import Names

Array = npt.NDArray[Any]
WHERE = "examine, argument my_backward"


@dataclass(frozen=True, eq=False)
class Called:
    """What came of one call.

    Attributes:
        layout: in which the parameters were handed over.
        got: gradients by the parameter's name, weights as (inputs, outputs) where that can be; in float64.
        dtype: in which they were computed.
        turned: whether all weights came back the other way round than they were handed over.
        changed: names of parameters that the function wrote to.
        unsteady: whether a second call gave something else.
        doubled: whether it gave the double.
    """

    layout: Layout
    got: dict[str, Array]
    dtype: np.dtype[Any]
    turned: bool = False
    changed: tuple[str, ...] = ()
    unsteady: bool = False
    doubled: bool = False
    notes: tuple[str, ...] = field(default=())


def parameters(of: Derivation, names: Names, dtype: Any, layout: Layout) -> dict[str, Array]:
    """The parameters under the articles' names, in one of the layouts; PyTorch's also under its own names."""
    found: dict[str, Array] = {}
    dotted = {name: path for path, name in names.dotted.items()}
    for name in of.parameters:
        array = of[name]
        pytorch = layout == "pytorch"
        if name in names.turned:
            array = array.T if pytorch else array
        elif array.ndim == 1 and not pytorch and name.startswith("b") and name[1:].isdigit():
            array = array.reshape(1, -1)  # as the articles hold biases
        found[name] = np.array(array, dtype=dtype, order="C")
        if pytorch:
            found[dotted[name]] = found[name]
    for name in names.value:
        if name.startswith("mask") or name == "weights":  # what a step has beside its parameters
            found[name] = np.array(of[name], dtype=dtype)
    return found


def call(
    function: Callable[..., Any], of: Derivation, names: Names, dtype: Any, layout: Layout
) -> Called:
    """Run a learner's function, twice, on copies.

    Raises:
        DtypeError: it returns something else than a dict of arrays.
        Exception: whatever it raises itself.
    """
    X, y = np.array(of["X"], dtype=dtype if of["X"].dtype.kind == "f" else None), of["y"]
    y = np.array(y, dtype=dtype if y.dtype.kind == "f" else None)
    given = parameters(of, names, dtype, layout)
    before = {name: array.copy() for name, array in given.items()}
    with np.errstate(all="ignore"):
        first, kind = _named(function(given, X.copy(), y.copy()), of, names)
        changed = tuple(name for name in of.parameters if not np.array_equal(given[name], before[name]))
        again, _ = _named(function({k: v.copy() for k, v in before.items()}, X.copy(), y.copy()), of, names)
    unsteady = any(
        name in again and (again[name].shape != array.shape or not np.allclose(again[name], array, 1e-6, 0, True))
        for name, array in first.items()
    )
    doubled = unsteady and all(
        name in again and again[name].shape == array.shape and np.allclose(again[name], 2 * array, 1e-5, 1e-12)
        for name, array in first.items()
    )
    turned, got = _turned(first, of, names, layout)
    return Called(layout, got, kind, turned, changed, unsteady, doubled)


def _named(result: Any, of: Derivation, names: Names) -> tuple[dict[str, Array], np.dtype[Any]]:
    """What was returned, by the parameters' names: `W1`, `dW1`, `grad_W1` and dotted names mean the same."""
    if not isinstance(result, Mapping):
        raise DtypeError("examine.no_dict", WHERE, got=type(result).__name__)
    found: dict[str, Array] = {}
    kinds = []
    meant = {str(key): _parameter(str(key), of, names) for key in result}
    if not any(meant.values()):
        known = ", ".join(of.parameters)
        raise ArgumentError("examine.no_names", WHERE, got=", ".join(meant) or "{}", known=known)
    for key, value in result.items():
        name = meant[str(key)]
        if name is not None and name not in found and value is not None:
            array = _array(value, f"{WHERE}, {key}")
            kinds.append(array.dtype)
            found[name] = array.astype(np.float64)
    floats = [kind for kind in kinds if kind.kind == "f"]
    return found, np.dtype(min(floats, key=lambda kind: kind.itemsize) if floats else np.float64)


def _parameter(key: str, of: Derivation, names: Names) -> str | None:
    """The parameter that a key means; None for what is returned beside the gradients."""
    small = {name.lower(): name for name in of.parameters}
    for lead in ("", "d", "grad_", "d_", "g"):
        bare = key.removeprefix(lead)
        name = names.dotted.get(bare, bare)
        if name in of.parameters:
            return name
        if name.lower() in small:
            return small[name.lower()]
    return None


def _array(value: Any, where: str) -> Array:
    """One gradient as an array of numbers.

    Raises:
        DtypeError: for something else.
    """
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        raise DtypeError("examine.no_array", where, got=type(value).__name__)
    return array


def _turned(
    first: dict[str, Array], of: Derivation, names: Names, layout: Layout
) -> tuple[bool, dict[str, Array]]:
    """Gradients with weights as (inputs, outputs), and biases without the axis of one row."""
    weights = [name for name in first if name in names.turned]
    shaped = [first[name] for name in weights]
    fitting = all(array.shape == of.truth[name].shape for name, array in zip(weights, shaped, strict=True))
    other = all(array.shape == of.truth[name].T.shape for name, array in zip(weights, shaped, strict=True))
    turn = bool(weights) and other and (not fitting or layout == "pytorch")
    if fitting and other and layout == "articles":  # square: the numbers say which it is
        pairs = [(array, of.truth[name]) for name, array in zip(weights, shaped, strict=True)]
        straight = sum(np.allclose(array, want, 1e-4, 1e-9) for array, want in pairs)
        across = sum(np.allclose(array, want.T, 1e-4, 1e-9) for array, want in pairs)
        turn = across == len(weights) > straight
    got = {}
    for name, array in first.items():
        want = of.truth[name]
        row = want.ndim == 1 and array.shape == (1, want.size)
        got[name] = np.ascontiguousarray(array.T if turn and name in weights else array.reshape(-1) if row else array)
    return turn, got
