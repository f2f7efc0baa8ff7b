"""Every primitive is held to the same promises."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.ops.layout import array_order
from chainrule.ops.program import PRIMITIVES
from chainrule.program.capture import record
from chainrule.tape.apply import apply, value_of
from chainrule.tape.scan import SCAN
from chainrule.tape.tracked import wrap

sys.path.insert(0, str(Path(__file__).parent))
from table import ROWS, Row

every_row = pytest.mark.parametrize("row", ROWS, ids=str)


def layouts(array: Any) -> list[Any]:
    """The same numbers in memory: rows first, columns first, with gaps, backwards, not writable."""
    if not isinstance(array, np.ndarray) or array.ndim == 0:
        return [array]
    gaps = np.repeat(array, 2, axis=-1)[..., ::2]
    frozen = array.copy()
    frozen.flags.writeable = False
    return [array, np.asfortranarray(array), gaps, array[::-1].copy()[::-1], frozen]


def run(row: Row, args: Any) -> Any:
    given = tuple(wrap(a) if isinstance(a, np.ndarray) else a for a in args)
    return apply(row.rule, given, row.static), given


def test_no_primitive_is_missing() -> None:
    # scan has a body and is tested in tests/tape/test_scan.py
    assert {row.primitive for row in ROWS} | {SCAN.name} == set(PRIMITIVES)


@every_row
def test_the_shape_rule_says_what_numpy_makes(row: Row) -> None:
    for choice in range(5):
        args = [layouts(a)[min(choice, len(layouts(a)) - 1)] for a in row.args]
        result, given = run(row, args)
        (said,) = row.rule.shape(*(value_of(a) for a in given), **dict(row.static))
        assert said.shape == result.shape
        assert said.dtype == result.dtype.name
        made = np.asarray(result._array)
        if choice < 2 and made.size and 1 not in made.shape and 0 not in made.strides:
            assert said.order == array_order(made), "memory order"


@every_row
def test_layout_changes_no_number(row: Row) -> None:
    first, _ = run(row, row.args)
    for choice in range(1, 5):
        args = [layouts(a)[min(choice, len(layouts(a)) - 1)] for a in row.args]
        before = [np.array(a) for a in args]
        result, _ = run(row, args)
        np.testing.assert_allclose(result.numpy(), first.numpy(), rtol=1e-12, atol=1e-14)
        for a, b in zip(args, before, strict=True):
            np.testing.assert_array_equal(a, b)


@every_row
def test_the_text_prints_and_the_formula_fits(row: Row) -> None:
    names = tuple(f"x{i}" for i in range(len(row.args)))
    assert isinstance(row.rule.text(names, row.static), str)
    assert row.rule.formula.format(*names)


@every_row
def test_derivatives(row: Row) -> None:
    if row.rule.derivative is None:
        assert not run(row, row.args)[0].requires_grad
        return
    if row.primitive == "cast" and dict(row.static)["dtype"] != "float32":
        return
    floats = [a for a in row.args if isinstance(a, np.ndarray) and a.dtype.kind == "f"]

    def function(*tensors: Any) -> Any:
        rest = iter(tensors)
        args: list[Any] = []
        for a in row.args:
            if isinstance(a, np.ndarray):
                args.append(next(rest) if a.dtype.kind == "f" else wrap(a))
            else:
                args.append(a)
        made = apply(row.rule, tuple(args), row.static)
        return made.where(made.isfinite(), 0.0)

    rtol = 1e-3 if row.primitive == "cast" else 1e-6
    if row.primitive == "cast":  # through float32 a difference is rounded away: the slope itself is 1
        x = cr.tensor(row.args[0], dtype=np.float64, requires_grad=True)
        function(x).sum().backward()
        assert (x.grad == 1.0).all()
        return
    cr.testing.check_gradients(function, *floats, rtol=rtol)


EMPTY: dict[str, Any] = {
    "add": lambda x: x + 1.0, "multiply": lambda x: x * x, "exp": lambda x: x.exp(), "sum": lambda x: x.sum(0),
    "matmul": lambda x: x @ cr.zeros(3, 2, dtype=np.float64), "where": lambda x: x.where(x > 0, 0.0),
    "concatenate": lambda x: cr.cat([x, x]), "cumsum": lambda x: x.cumsum(0),
    "take": lambda x: x[cr.zeros(0, dtype=np.int64)], "gather": lambda x: x.gather(1, cr.zeros(0, 2, dtype=np.int64)),
}


@pytest.mark.parametrize("name", EMPTY)
def test_empty_arrays(name: str) -> None:
    x = cr.zeros(0, 3, dtype=np.float64, requires_grad=True)
    EMPTY[name](x).sum().backward()
    assert x.grad.shape == (0, 3)


def test_big_endian_arrays_enter_as_native_ones() -> None:
    assert cr.tensor(np.arange(3, dtype=">f4")).dtype == np.float32
    assert cr.from_numpy(np.arange(3, dtype=">i8")).tolist() == [0, 1, 2]


def test_a_shape_rule_that_lies_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = PRIMITIVES["add"]
    lie = rule.shape(value_of(cr.zeros(3)), value_of(cr.zeros(3)))[0]._replace(shape=(4,))
    monkeypatch.setitem(vars(rule), "shape", lambda *values: (lie,))
    with pytest.raises(AssertionError, match="shape rule says"):
        record(lambda x: x + x, cr.zeros(3))
