"""Every function of `nn.functional` is held to the same promises."""

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn import functional as F
from tests.nn.contract import flat, from_parts, given, layouts, leaves, pull, resized, weighed
from tests.nn.table import ELSEWHERE, FUNCTIONS

every_row = pytest.mark.parametrize("row", FUNCTIONS, ids=str)

# Their tables are those of the losses.
LOSSES = ("_binary", "_cross_entropy", "_divergence", "_hinge", "_regression")


def test_no_function_is_missing():
    homes = {name: getattr(F, name).__module__.rpartition(".")[2] for name in F.__all__}
    asked = {name for name, home in homes.items() if home not in LOSSES}
    assert asked - {row.name for row in FUNCTIONS} - set(ELSEWHERE) == set()
    assert {row.name for row in FUNCTIONS} <= asked


def gradients(row, inputs):
    cr.manual_seed(3)
    results = flat(row.run(*inputs))
    total = pull(results)
    if total.requires_grad:
        total.backward()
    return [r.numpy() for r in results], [x.grad.numpy() if x.requires_grad else None for x in inputs]


@every_row
def test_numbers_and_gradients_are_pytorchs(row):
    torch = pytest.importorskip("torch")
    if row.random:
        return
    inputs = leaves(row.arrays())
    judged = [torch.tensor(x.numpy(), requires_grad=x.requires_grad) for x in inputs]
    results, slopes = gradients(row, inputs)
    told = flat(row.torch(torch, *judged))
    floats = [t for t in told if t.dtype.is_floating_point]
    sum((t * torch.from_numpy(w)).sum() for t, w in zip(floats, weighed(floats), strict=True)).backward()
    for one, two in zip(results, told, strict=True):
        np.testing.assert_allclose(one, two.detach().numpy(), rtol=1e-10, atol=1e-10)
    loose = 1e-6 if row.name == "hardsigmoid" else 1e-8  # PyTorch's own 1/6 is rounded to float32
    for slope, x in zip(slopes, judged, strict=True):
        assert (slope is None) == (x.grad is None)
        if slope is not None:
            np.testing.assert_allclose(slope, x.grad.numpy(), rtol=loose, atol=loose)


@every_row
def test_gradients_are_differences(row):
    if not row.whole_gradient:
        return

    def joined(*inputs):
        return cr.cat([r.reshape(-1) for r in flat(row.run(*inputs)) if r.dtype.kind == "f"])

    cr.testing.check_gradients(joined, *row.arrays(), directions=2)


@every_row
def test_one_node_whose_derivative_is_that_of_the_parts(row):
    inputs = leaves(row.arrays())
    result = flat(row.run(*inputs))[0]
    if result.grad_fn is not None:
        node = result._node
        assert all(x is None or getattr(x, "_node", None) is None for x in node.inputs), "more than one node"
    if not row.whole_gradient:
        return
    _, slopes = gradients(row, leaves(row.arrays()))
    with from_parts():
        _, derived = gradients(row, leaves(row.arrays()))
    for one, two in zip(slopes, derived, strict=True):
        if one is not None:
            np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-12)


@every_row
def test_float32_stays_float32(row):
    exact, exact_slopes = gradients(row, leaves(row.arrays()))
    results, slopes = gradients(row, leaves(row.arrays(), np.float32))
    for one, two in zip(results, exact, strict=True):
        assert one.dtype == (np.float32 if two.dtype.kind == "f" else two.dtype)
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-4)
    for one, two in zip(slopes, exact_slopes, strict=True):
        if one is not None:
            assert one.dtype == np.float32
            np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-3 * max(1, np.abs(two).max()))


@every_row
def test_arrays_of_any_layout_are_taken_and_left_as_they_are(row):
    arrays = row.arrays()
    cr.manual_seed(3)
    wanted = [r.numpy() for r in flat(row.run(*map(given, arrays)))]
    for laid in layouts(arrays[0]):
        before = np.array(laid)
        cr.manual_seed(3)
        results = flat(row.run(given(laid), *map(given, arrays[1:])))
        for one, two in zip(results, wanted, strict=True):
            np.testing.assert_allclose(one.numpy(), two, rtol=1e-12, atol=1e-13)
        np.testing.assert_array_equal(laid, before)


@pytest.mark.parametrize("count", [0, 1])
@every_row
def test_no_rows_and_one_row(row, count):
    arrays = row.arrays()
    if row.batch is None or (count == 1 and row.name == "batch_norm" and arrays[0].ndim == 2):
        return
    inputs = leaves([resized(arrays[0], row.batch, count), *arrays[1:]])
    results, slopes = gradients(row, inputs)
    assert all(np.isfinite(r).all() for r in results)
    assert all(r.shape[row.batch] == count for r in results)
    assert all(slope is None or np.isfinite(slope).all() for slope in slopes)


@pytest.mark.article("W-02")
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@every_row
def test_far_out_nothing_overflows_and_nothing_warns(row, dtype):
    arrays = row.arrays()
    if np.asarray(arrays[0]).dtype.kind == "f":
        far = np.resize([-1e4, 1e4, -1e3, 1e3, -100.0, 100.0, -88.8, 88.8, 0.0, -0.0, 20.5, -17.0], arrays[0].shape)
        arrays[0] = far
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        results, slopes = gradients(row, leaves(arrays, dtype))
    assert all(np.isfinite(r).all() for r in results)
    assert all(slope is None or np.isfinite(slope).all() for slope in slopes)
