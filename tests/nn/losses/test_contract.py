"""Every loss of the table is held to the same promises."""

import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F
from chainrule.program.capture import record
from chainrule.program.replay import Replay
from chainrule.tape.mode import mode
from chainrule.tape.region import Region
from tests.nn.losses.table import ROWS, K, N

every_row = pytest.mark.parametrize("row", ROWS, ids=str)
REDUCTIONS = ("mean", "sum", "none")
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.25])


def test_no_loss_is_missing():
    known = {name: getattr(getattr(nn, name), "__module__", "") for name in nn.__all__}
    modules = {name for name, home in known.items() if home.startswith("chainrule.nn.losses.")}
    assert modules == {row.name for row in ROWS}
    homes = ("_binary", "_cross_entropy", "_divergence", "_hinge", "_regression")
    functions = {name for name in F.__all__ if getattr(F, name).__module__.rpartition(".")[2] in homes}
    assert functions == {row.function for row in ROWS}


def leaf(array):
    return cr.tensor(array, dtype=array.dtype, requires_grad=array.dtype.kind == "f")


def gradients(loss, *inputs):
    """The result and the gradients of every float input, the result weighted unevenly where it is no single number."""
    uneven = cr.tensor(np.arange(1.0, loss.numel() + 1).reshape(loss.shape), dtype=loss.dtype)
    (loss * uneven).sum().backward()
    return [loss.numpy(), *(x.grad.numpy() for x in inputs if x.grad is not None)]


def ours(row, reduction="mean", weights=None, dtype=np.float64):
    x, y = (leaf(a.astype(dtype) if a.dtype.kind == "f" else a) for a in row.drawn())
    return gradients(row.module(reduction)(x, y, weights=weights), x, y)


def judged(row, torch, reduction="mean", weights=None):
    """The same from PyTorch: single losses, then sums and means as the formulas say."""
    x, y = (torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in row.drawn())
    single = row.single(torch, x, y)
    mass = torch.tensor(row.mass(row.drawn()[1], tuple(single.shape)))
    if weights is not None:
        column = torch.tensor(weights).reshape((-1,) + (1,) * (single.ndim - 1))
        single, mass = single * column, mass * column
    loss = {"none": single, "sum": single.sum(), "mean": single.sum() / mass.sum()}[reduction]
    (loss * torch.arange(1.0, loss.numel() + 1, dtype=torch.float64).reshape(loss.shape)).sum().backward()
    known = row.function not in ("hinge_loss", "hinge_embedding_loss")  # a sign has no gradient
    return [loss.detach().numpy(), *(x.grad.numpy() for x in ((x, y) if known else (x,)) if x.grad is not None)]


def same(one, two, rtol=1e-10, atol=1e-10):
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)


@every_row
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_losses_and_gradients_are_the_judges(row, reduction, weights):
    torch = pytest.importorskip("torch")
    one, two = ours(row, reduction, weights), judged(row, torch, reduction, weights)
    same(one[:1], two[:1], 1e-10, 1e-10)
    if row.kwargs.get("full"):
        two[2] = np.where(np.isnan(two[2]), one[2], two[2])  # PyTorch: the gradient of 0 ln 0 is NaN
    same(one[1:], two[1:], 1e-8, 1e-8)


@every_row
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions_are_torchs_own(row, reduction):
    torch = pytest.importorskip("torch")
    if row.judge is not None:
        return
    x, y = row.drawn()
    kind = getattr(torch.nn, row.name)(reduction=reduction, **row.as_torch(torch))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of the mean that KLDivLoss takes by default
        result = row.module(reduction)(cr.tensor(x, dtype=np.float64), y)
        same([result.numpy()], [kind(torch.tensor(x), torch.tensor(y)).numpy()])


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
@pytest.mark.parametrize("row", [row for row in ROWS if row.name == "KLDivLoss"], ids=str)
def test_batchmean_divides_by_rows(row, weights):
    (mean, *slopes), (batchmean, *more) = ours(row, "mean", weights), ours(row, "batchmean", weights)
    same([mean * K, *(slope * K for slope in slopes)], [batchmean, *more], 1e-12, 1e-12)


@every_row
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_declared_derivative_is_that_of_the_parts(row, reduction, weights):
    declared = ours(row, reduction, weights)
    mode.parts = True
    try:
        parts = ours(row, reduction, weights)
    finally:
        mode.parts = False
    np.testing.assert_array_equal(declared[0], parts[0])
    if row.name.startswith("Hinge"):
        parts = parts[:2]
    same(declared, parts, 0, 1e-12)


@every_row
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_gradients_are_differences_and_so_are_theirs(row, weights):
    x, y = row.drawn()
    if row.name.startswith("Hinge"):
        y = y.astype(np.int64)
    loss = row.module()
    cr.testing.check_gradients(lambda *given: loss(*given, weights=weights), x, y, directions=2)


@every_row
def test_float32_is_float64_rounded(row):
    for reduction in REDUCTIONS:
        whole, short = ours(row, reduction), ours(row, reduction, dtype=np.float32)
        assert all(a.dtype == np.float32 for a in short)
        same(short, whole, 1e-4, 1e-5)


@every_row
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_a_loss_is_one_node(row, reduction):
    x, y = map(leaf, row.drawn())
    node = row.module(reduction)(x, y, weights=WEIGHTS)._node
    assert isinstance(node.operation, Region)
    assert node.inputs[0] is x
    assert node.operation.slopes_of is not None


@every_row
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_module_and_function_are_the_same(row, reduction):
    x, y = row.drawn()
    one, two = row.module(reduction)(x, y, WEIGHTS), row.call(x, y, reduction, WEIGHTS)
    assert one.numpy().tobytes() == two.numpy().tobytes()


@every_row
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
def test_a_replay_gives_the_bits_of_the_eager_step(row, weights):
    x, y = row.drawn()
    given = [] if weights is None else [weights]
    loss = row.module()

    def step(x, y, *w):
        x.requires_grad_()
        result = loss(x, y, *w)
        return result, *cr.autograd.grad(result, x)

    tensors = [cr.tensor(a, dtype=a.dtype) for a in (x, y, *given)]
    _, recording = record(step, *tensors)
    order = np.arange(N)[::-1]
    turned = [cr.tensor(a[order], dtype=a.dtype) for a in (x, y, *given)]
    for part in (tensors, turned):
        eager = step(*[t.detach() for t in part])
        for one, two in zip(Replay(recording)(*part), eager, strict=True):
            assert one.numpy().tobytes() == two.numpy().tobytes()


@every_row
def test_a_weight_of_two_is_a_row_twice(row):
    x, y = row.drawn()
    if "weight" in row.kwargs and row.kwargs["weight"].shape == (N, 1):
        return
    twice = [0, 1, 1, 2, 2, 4]
    loss = row.module()
    weighted = loss(x, y, [1, 2, 2, 0, 1])
    repeated = loss(x[twice], y[twice])
    same([weighted.numpy()], [repeated.numpy()], 1e-5, 1e-6)


@every_row
def test_arrays_of_every_layout_are_taken_and_left_alone(row):
    x, y = (a.astype(np.float32) if a.dtype.kind == "f" else a for a in row.drawn())
    expected = row.call(x, y).numpy()
    for make in (
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: a.astype(a.dtype.newbyteorder(">")),
        lambda a: np.flip(np.flip(a, 0).copy(), 0),
        lambda a: a.tolist(),
        cr.tensor,
    ):
        given = make(x), make(y)
        for array in given:
            if isinstance(array, np.ndarray):
                array.flags.writeable = False
        np.testing.assert_allclose(row.call(*given).numpy(), expected, rtol=1e-6)


@every_row
def test_a_batch_of_none_has_no_mean(row):
    if "weight" in row.kwargs and row.kwargs["weight"].shape == (N, 1):
        return
    x, y = (a[:0] for a in row.drawn())
    assert row.call(x, y, "sum").item() == 0.0
    assert row.call(x, y, "none").shape[0] == 0
    with pytest.raises(cr.DataError, match="empty batch"):
        row.call(x, y)


@every_row
def test_a_batch_of_one(row):
    if "weight" in row.kwargs and row.kwargs["weight"].shape == (N, 1):
        return
    x, y = (a[:1] for a in row.drawn())
    if not row.mass(y, (1,)).any():  # smoothed costs of a row whose class has no weight
        return
    same([row.call(x, y).numpy()], [row.call(x, y, weights=[7.0]).numpy()], 1e-6, 1e-6)


@every_row
def test_unknown_reductions_and_weights_that_do_not_fit_are_refused(row):
    x, y = row.drawn()
    with pytest.raises(cr.ArgumentError, match="mean, sum, none"):
        row.module("average")
    with pytest.raises(cr.ArgumentError, match="mean, sum, none"):
        row.call(x, y, "average")
    for weights in (np.ones(N + 1), np.ones((N, 1)), 1.0):
        with pytest.raises(cr.ShapeError, match=rf"{row.name}[\s\S]*\({N},\)"):
            row.module()(x, y, weights)
    with pytest.raises(cr.DataError, match=row.name):
        row.module()(x, y, [-1, 1, 1, 1, 1])
    with pytest.raises(cr.DataError, match="NaN"):
        row.module()(x, y, [float("inf"), 1, 1, 1, 1])


@every_row
def test_integer_outputs_are_refused(row):
    x, y = row.drawn()
    with pytest.raises(cr.DtypeError, match=row.name):
        row.module()(cr.ones(*x.shape, dtype=np.int64), y)


@every_row
def test_a_loss_can_be_copied_kept_and_shown(row):
    x, y = row.drawn()
    loss = row.module("sum")
    expected = loss(x, y).item()
    for twin in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):  # noqa: S301 - our own bytes
        assert twin(x, y).item() == expected
    assert repr(loss).startswith(f"{row.name}(")
    assert "reduction='sum'" in repr(loss)
    assert set(loss.state_dict()) == {name for name, value in row.kwargs.items() if isinstance(value, np.ndarray)}


def test_defaults_are_torchs():
    torch = pytest.importorskip("torch")
    for name in sorted({row.name for row in ROWS} - {"HingeLoss", "QuantileLoss"}):
        mine = inspect.signature(getattr(nn, name)).parameters
        theirs = inspect.signature(getattr(torch.nn, name)).parameters
        for argument, parameter in mine.items():
            assert theirs[argument].default == parameter.default, (name, argument)


def test_one_row_without_a_batch_axis():
    torch = pytest.importorskip("torch")
    z = np.array([0.3, -1.0, 2.0])
    for y in (np.array(1), np.array([0.2, 0.3, 0.5])):
        for reduction in REDUCTIONS:
            x, t = leaf(z), torch.tensor(z, requires_grad=True)
            loss = F.cross_entropy(x, y, reduction=reduction)
            judge = torch.nn.functional.cross_entropy(t, torch.tensor(y), reduction=reduction)
            loss.backward()
            judge.backward()
            same([loss.numpy(), x.grad.numpy()], [judge.detach().numpy(), t.grad.numpy()])
    assert F.mse_loss(cr.tensor(3.0), cr.tensor(1.0)).item() == 4.0


def test_targets_in_the_wrong_dtype_are_brought_to_that_of_the_outputs():
    z = cr.tensor([[0.5], [-0.5]], requires_grad=True)
    for dtype in (np.int64, bool, np.float64, np.uint8):
        loss = nn.BCEWithLogitsLoss()(z, np.array([[1], [0]], dtype))
        assert loss.dtype == np.float32
        assert abs(loss.item() - np.log1p(np.exp(-0.5))) < 1e-6
    assert nn.CrossEntropyLoss()(cr.zeros(2, 2), np.array([True, False])).item() == pytest.approx(np.log(2))
    assert nn.CrossEntropyLoss()(cr.zeros(2, 3), np.eye(3)[:2] > 0).item() == pytest.approx(np.log(3))
    assert nn.CrossEntropyLoss()(cr.zeros(2, 3), np.array([0, 2], np.uint8)).item() == pytest.approx(np.log(3))
