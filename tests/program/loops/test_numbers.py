"""Every primitive on numbers of every kind, NaN, infinities, the smallest and the largest among them, as in NumPy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.ops.layout import array_order
from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Program, Static, Value
from chainrule.program.capture import Recording
from chainrule.program.loops.step import CompiledStep
from chainrule.program.replay import Replay
from chainrule.tape.tracked import wrap
from tests.ops.table import ROWS, Row
from tests.program.loops.agreeing import distance

FLOATS = ("float32", "float64")
WHOLE = ("int64", "int32", "int16", "int8", "uint8")


def program_of(primitive: str, args: tuple[Any, ...], static: Static) -> tuple[Program, list[Any]]:
    """One entry as a Program, and its inputs; Python's numbers stand in its text."""
    values: list[Value] = []
    given = []
    for k, arg in enumerate(args):
        if isinstance(arg, (bool, int, float)):
            values.append(Value((), WEAK, origin="constant", name=repr(arg)))
        else:
            given.append(k)
            rows = 0 if arg.ndim else None
            values.append(Value(arg.shape, arg.dtype.name, array_order(arg), rows, origin="input", name=f"x{k}"))
    found = PRIMITIVES[primitive].shape(*values, **dict(static))
    outs = tuple(range(len(values), len(values) + len(found)))
    entry = Entry(primitive, tuple(range(len(values))), outs, static)
    program = Program((*values, *found), (entry,), inputs=tuple(given), outputs=outs)
    return program, [wrap(args[k]) for k in given]


def both(primitive: str, args: tuple[Any, ...], static: Static = ()) -> tuple[list[Any], list[Any]]:
    """The results of NumPy's text, and of compiled loops."""
    program, given = program_of(primitive, args, static)
    recording = Recording(program, [], {}, (list, [("tensor", k) for k in range(len(program.outputs))]))
    with np.errstate(all="ignore"):
        one = [t.numpy() for t in Replay(recording)(*given)]
    return one, [t.numpy() for t in CompiledStep(recording)(*given)]


def nasty(dtype: str) -> Any:
    """Numbers at which formulas break."""
    if dtype == "bool":
        return np.array([True, False, True])
    if dtype in WHOLE:
        info = np.iinfo(dtype)
        return np.array([0, 1, 2, 3, 7, 100, info.max, info.max - 1, info.min, info.min // 2], dtype)
    info = np.finfo(dtype)
    small = [info.smallest_subnormal, info.smallest_subnormal * 3, info.tiny, info.tiny / 2, info.eps]
    large = [info.max, info.max / 2, 1e30, 88.5, 104.0, 710.0]
    plain = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, np.pi, 20.0]
    found = np.array([*small, *large, *plain, np.inf], dtype)
    return np.concatenate([found, -found, np.array([np.nan], dtype)])


def assert_as_numpy(primitive: str, args: tuple[Any, ...], static: Static = (), ulps: float = 0.0) -> None:
    for one, two in zip(*both(primitive, args, static), strict=True):
        assert (one.dtype, one.shape) == (two.dtype, two.shape)
        if one.dtype.kind != "f" or not ulps:
            np.testing.assert_array_equal(two, one)
            continue
        finite = np.isfinite(one) & np.isfinite(two)
        np.testing.assert_array_equal(two[~finite], one[~finite])
        info = np.finfo(one.dtype)
        room = ulps * np.maximum(np.abs(one[finite].astype(np.float64)) * info.eps, float(info.smallest_subnormal))
        gap = np.abs(two[finite].astype(np.float64) - one[finite])
        assert (gap <= room).all(), (one[finite][gap > room], two[finite][gap > room])


# How many units in the last place two right implementations may lie apart; 0: the same numbers.
UNARY = {
    "negative": 0, "sqrt": 0, "exp": 4, "expm1": 6, "log": 4, "log1p": 6, "sin": 4, "cos": 4, "tanh": 6, "sigmoid": 8,
    "erf": 8, "absolute": 0, "sign": 0, "floor": 0, "round": 0, "isnan": 0, "isfinite": 0, "logical_not": 0,
}
BINARY = {
    "add": 0, "subtract": 0, "multiply": 0, "divide": 0, "maximum": 0, "minimum": 0, "equal": 0, "not_equal": 0,
    "less": 0, "less_equal": 0, "greater": 0, "greater_equal": 0, "logical_and": 0, "logical_or": 0, "power": 8,
}
ELSEWHERE = {"where", "cast"}


def test_every_elementwise_primitive_has_a_row() -> None:
    assert cr.__name__ == "chainrule"  # imports every family
    assert {name for name, p in PRIMITIVES.items() if p.loops} | {"cast"} == {*UNARY, *BINARY, *ELSEWHERE}


# Tensors turn whole numbers into fractions before these, and truth values into whole numbers before those.
FRACTIONS = {
    "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sigmoid", "erf", "floor", "round", "divide", "power",
}
ARITHMETIC = {"negative", "absolute", "sign", "add", "subtract", "multiply", "maximum", "minimum"}


def typed(names: Mapping[str, int]) -> list[tuple[str, str]]:
    """Every primitive with every type that it is given."""
    kinds = {name: FLOATS if name in FRACTIONS else (*FLOATS, *WHOLE) for name in names}
    return [
        (name, dtype)
        for name, found in kinds.items()
        for dtype in (*found, *(() if name in FRACTIONS | ARITHMETIC else ("bool",)))
    ]


@pytest.mark.parametrize(("name", "dtype"), typed(UNARY))
def test_one_number(name: str, dtype: str) -> None:
    x = nasty(dtype)
    assert_as_numpy(name, (x,), ulps=UNARY[name])
    assert_as_numpy(name, (np.resize(x, (3, 70))[:, ::-2],), ulps=UNARY[name])


@pytest.mark.parametrize(("name", "dtype"), typed(BINARY))
def test_two_numbers(name: str, dtype: str) -> None:
    x = nasty(dtype)
    assert_as_numpy(name, (x[:, None], x), ulps=BINARY[name])


def test_a_choice() -> None:
    for dtype in (*FLOATS, *WHOLE, "bool"):
        x = nasty(dtype)
        assert_as_numpy("where", (np.resize([True, False, False], (len(x), 1)), x[:, None], x))


@pytest.mark.parametrize("one", [*FLOATS, *WHOLE, "bool"])
def test_casts(one: str) -> None:
    for two in (*FLOATS, *WHOLE, "bool"):
        x = nasty(one)
        if one in FLOATS and two in WHOLE:  # what lies outside has no value there, in NumPy either
            x = x[np.isfinite(x) & (np.abs(x) < 100) & (x >= (0 if two == "uint8" else -100))]
        assert_as_numpy("cast", (x,), (("dtype", two),))


LENGTHS = [1, 2, 15, 16, 17, 63, 64, 65, 130, 511, 512, 700]


@pytest.mark.parametrize("dtype", [*FLOATS, "int64", "int32", "uint8", "bool"])
@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_extremes(name: str, dtype: str) -> None:
    draw = np.random.default_rng(3)
    for length in LENGTHS:
        x = draw.choice(nasty(dtype), (3, length))
        if dtype in FLOATS:
            x[1:][np.isnan(x[1:])] = -np.inf
            x[2] = -np.inf
        for given in (x, x.T, np.asfortranarray(x)):
            axis = 1 if given.shape[0] == 3 else 0
            static = ((("axis", axis),) if name[0] == "a" else (("axes", (axis,)),)) + (("keepdim", False),)
            assert_as_numpy(name, (given,), static)
        if name[0] != "a":
            assert_as_numpy(name, (x,), (("axes", (0, 1)), ("keepdim", True)))


@pytest.mark.parametrize("dtype", FLOATS)
def test_sums_of_what_is_not_finite(dtype: str) -> None:
    draw = np.random.default_rng(4)
    for length in LENGTHS:
        x = draw.normal(size=(6, length)).astype(dtype)
        x[1, length // 2] = np.nan
        x[2, -1] = np.inf
        x[3, 0], x[3, -1] = np.inf, -np.inf
        x[4] = np.finfo(dtype).smallest_subnormal
        for given, axis in ((x, 1), (x.T, 0), (np.ascontiguousarray(x.T), 0)):
            assert_as_numpy("sum", (given,), (("axes", (axis,)), ("keepdim", False)), ulps=length * 8)
            assert_as_numpy("cumsum", (given,), (("axis", axis),), ulps=length * 8)


@pytest.mark.parametrize("dtype", ["int64", "int32", "int16", "int8", "bool"])
def test_sums_of_whole_numbers(dtype: str) -> None:
    x = np.random.default_rng(5).choice(nasty(dtype), (5, 70))
    for axes in ((0,), (1,), (0, 1)):
        assert_as_numpy("sum", (x,), (("axes", axes), ("keepdim", False)))


@pytest.mark.parametrize("dtype", FLOATS)
def test_products_of_what_is_not_finite(dtype: str) -> None:
    draw = np.random.default_rng(6)
    for rows, terms, columns in ((1, 1, 1), (3, 5, 1), (4, 1, 6), (5, 40, 3), (17, 33, 50)):
        a, b = (draw.normal(size=shape).astype(dtype) for shape in ((rows, terms), (terms, columns)))
        a[0, -1], b[0, 0], b[-1, -1] = np.nan, np.inf, -np.inf
        b[:, columns // 2][~np.isfinite(b[:, columns // 2])] = 0.0
        one, two = both("matmul", (a, b))
        assert distance(one[0], two[0]) < {"float32": 1e-5, "float64": 1e-13}[dtype]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("row", [row for row in ROWS if row.primitive != "argsort"], ids=str)
def test_every_row_of_the_table(row: Row, dtype: str) -> None:
    args = tuple(a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in row.args)
    assert_as_numpy(row.primitive, args, row.static, ulps=64)


@pytest.mark.parametrize("dtype", FLOATS)
def test_divisors_that_are_one_number(dtype: str) -> None:
    """They are turned once, and then multiplied with: one more rounding, and a turned number must not overflow."""
    x = nasty(dtype)
    for y in (2.5, -0.3, 0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, 1e-30):
        assert_as_numpy("divide", (x, np.array(y, dtype)), ulps=2)
