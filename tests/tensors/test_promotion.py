"""The dtype two operands meet in: PyTorch's table, Python numbers weak."""

import itertools
import operator
from typing import Any

import numpy as np
import pytest

import chainrule as cr

KINDS = ("bool", "uint8", "int32", "int64", "float32", "float64")
OPERATORS = {"+": operator.add, "*": operator.mul, "/": operator.truediv, "<": operator.lt, "==": operator.eq}


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize(("a", "b"), list(itertools.product(KINDS, KINDS)))
@pytest.mark.parametrize("ranks", [(1, 1), (1, 0), (0, 1)])
def test_two_tensors_meet_as_in_pytorch(sign: str, a: str, b: str, ranks: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    x, y = np.ones((2,) * ranks[0], a), np.ones((2,) * ranks[1], b)
    ours = OPERATORS[sign](cr.from_numpy(x), cr.from_numpy(y))
    theirs = OPERATORS[sign](torch.from_numpy(x) if ranks[0] else torch.tensor(x.item(), dtype=getattr(torch, a)),
                             torch.from_numpy(y) if ranks[1] else torch.tensor(y.item(), dtype=getattr(torch, b)))
    assert ours.dtype.name == str(theirs.dtype).removeprefix("torch.")
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("sign", ["+", "*", "/"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [True, 2, 2.5])
def test_a_number_is_weak(sign: str, kind: str, number: Any) -> None:
    torch = pytest.importorskip("torch")
    x = np.ones(2, kind)
    for order in (lambda f, t, n: f(t, n), lambda f, t, n: f(n, t)):
        ours = order(OPERATORS[sign], cr.from_numpy(x), number)
        theirs = order(OPERATORS[sign], torch.from_numpy(x), number)
        assert ours.dtype.name == str(theirs.dtype).removeprefix("torch.")
        np.testing.assert_allclose(ours.numpy(), theirs.numpy())


def test_float32_stays_float32_beside_python_and_numpy_numbers() -> None:
    x = cr.tensor([1.0, 2.0])
    for number in (2, 2.5, np.float64(2.5), np.int64(2)):
        assert (x * number).dtype == np.float32
        assert (number * x).dtype == np.float32


def test_arrays_beside_a_tensor_become_tensors() -> None:
    x = cr.tensor([1.0, 2.0], requires_grad=True)
    total = (np.array([3.0, 4.0]) * x).sum()
    total.backward()
    assert isinstance(total, cr.Tensor)
    assert x.grad.tolist() == [3.0, 4.0]


def test_the_gate() -> None:
    assert cr.tensor(np.arange(3.0)).dtype == np.float32
    assert cr.tensor(np.arange(3.0), dtype=np.float64).dtype == np.float64
    assert cr.tensor(np.arange(3, dtype=np.float16)).dtype == np.float32
    assert cr.tensor([1, 2]).dtype == np.int64
    assert cr.tensor([True]).dtype == np.bool_
    with cr.settings(dtype="float64"):
        assert cr.tensor([1.0]).dtype == np.float64
    masked = np.ma.masked_less([1, 2], 2)
    ragged = [[1], [2, 3]]
    for bad, word in (("a", "numbers"), ([1j], "numbers"), (ragged, "same number"), (masked, "every cell")):
        with pytest.raises(cr.ChainruleError, match=word):
            cr.tensor(bad)


def test_a_tensor_owns_its_numbers() -> None:
    mine = np.ones(3)
    for make in (cr.tensor, cr.from_numpy, cr.as_tensor):
        x = make(mine)
        x.add_(1.0)
        assert (mine == 1.0).all()
        with pytest.raises(ValueError, match="read-only"):
            x.numpy()[0] = 5.0
