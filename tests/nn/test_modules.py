"""Every module is held to the same promises."""

import copy

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.program.capture import module_names, record
from chainrule.program.replay import Replay
from chainrule.tensors.random import default_generator
from tests.nn.contract import (
    as_function,
    flat,
    from_parts,
    given,
    gradients_of,
    layouts,
    leaves,
    pull,
    resized,
    weighed,
)
from tests.nn.rows import activations, layers
from tests.nn.table import ELSEWHERE, MODULES

every_row = pytest.mark.parametrize("row", MODULES, ids=str)


def modules_of_the_door():
    named = {name: getattr(nn, name) for name in nn.__all__}
    return {name: thing for name, thing in named.items() if isinstance(thing, type) and issubclass(thing, nn.Module)}


def test_no_module_is_missing():
    homes = {name: kind.__module__ for name, kind in modules_of_the_door().items()}
    asked = {name for name, home in homes.items() if not home.startswith("chainrule.nn.losses")}  # they have a table
    assert asked - {row.name for row in MODULES} - set(ELSEWHERE) == set()
    assert {row.name for row in MODULES} <= asked


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def seeded(module, inputs):
    cr.manual_seed(3)
    return gradients_of(module, inputs)


def to_torch(torch, state):
    return {name: torch.from_numpy(np.array(value.numpy(), order="C")) for name, value in state.items()}


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@every_row
def test_numbers_and_gradients_are_pytorchs(row, training, torch):
    if row.random and training:
        return
    ours, theirs = row.build().train(training), row.torch(torch).train(training)
    theirs.load_state_dict(to_torch(torch, ours.state_dict()))
    inputs = leaves(row.arrays())
    for _ in range(2):  # twice: statistics that move must move alike
        results, slopes = gradients_of(ours, inputs)
        for x in inputs:
            x.grad = None
    judged = [torch.tensor(x.numpy(), requires_grad=x.requires_grad) if isinstance(x, cr.Tensor) else x for x in inputs]
    for _ in range(2):
        theirs.zero_grad()
        for x in judged:
            x.grad = None
        # * 1: in place would change the leaf
        told = flat(theirs(*(x * 1 if x.requires_grad else x for x in judged)))
        floats = [t for t in told if t.dtype.is_floating_point]
        sum((t * torch.from_numpy(w)).sum() for t, w in zip(floats, weighed(floats), strict=True)).backward()
    assert len(results) == len(told)
    for one, two in zip(results, told, strict=True):
        np.testing.assert_allclose(one, two.detach().numpy(), rtol=1e-10, atol=1e-10)
    wanted = {f"input {i}": x.grad for i, x in enumerate(judged) if x.requires_grad}
    wanted.update({name: p.grad for name, p in theirs.named_parameters()})
    assert list(slopes) == list(wanted)
    for name, slope in slopes.items():
        np.testing.assert_allclose(slope, wanted[name].numpy(), rtol=1e-8, atol=1e-8, err_msg=name)
    for name, value in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[name].numpy(), value.numpy(), rtol=1e-10, atol=1e-12, err_msg=name)


@every_row
def test_states_are_pytorchs_and_load_both_ways(row, torch):
    ours, theirs = row.build(), row.torch(torch)
    state, theirs_state = ours.state_dict(), theirs.state_dict()
    shapes = [(name, tuple(value.shape)) for name, value in theirs_state.items()]
    assert [(name, value.shape) for name, value in state.items()] == shapes
    assert {name: value.dtype.name for name, value in state.items()} == {
        name: str(value.dtype).removeprefix("torch.") for name, value in theirs_state.items()
    }
    orders = [value.numpy().strides for value in state.values()]
    ours.load_state_dict(theirs_state)
    for name, value in theirs_state.items():
        np.testing.assert_array_equal(ours.state_dict()[name].numpy(), value.numpy())
    assert [value.numpy().strides for value in ours.state_dict().values()] == orders
    theirs.load_state_dict(to_torch(torch, row.build().state_dict()))


@every_row
def test_words_are_pytorchs(row, torch):
    if row.same_repr:
        assert repr(row.build()) == repr(row.torch(torch))
    assert repr(row.build()).startswith(row.name)


@every_row
def test_gradients_are_differences(row):
    function, arrays = as_function(row.build().train(row.mode == "train"))
    inputs = row.arrays()
    if not row.whole_gradient:
        return
    cr.testing.check_gradients(function, *inputs, *arrays, directions=2)


@every_row
def test_declared_derivatives_are_those_of_the_parts(row):
    if not row.whole_gradient:
        return
    results, slopes = seeded(row.build(), leaves(row.arrays()))
    with from_parts():
        again, derived = seeded(row.build(), leaves(row.arrays()))
    for one, two in zip(results, again, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-14)
    for name, slope in slopes.items():
        np.testing.assert_allclose(slope, derived[name], rtol=1e-12, atol=1e-12, err_msg=name)


@every_row
def test_float32_stays_float32(row):
    exact, exact_slopes = seeded(row.build(), leaves(row.arrays()))
    results, slopes = seeded(row.build().float(), leaves(row.arrays(), np.float32))
    for one, two in zip(results, exact, strict=True):
        assert one.dtype == (np.float32 if two.dtype.kind == "f" else two.dtype)
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-4)
    for name, slope in slopes.items():
        assert slope.dtype == np.float32
        scale = max(1, np.abs(slope).max(initial=0))
        np.testing.assert_allclose(slope, exact_slopes[name], rtol=1e-3, atol=1e-3 * scale, err_msg=name)


@every_row
def test_layout_changes_no_number_and_arrays_stay_as_they_are(row):
    arrays = row.arrays()
    module = row.build().eval()
    wanted = [r.numpy() for r in flat(module(*map(given, arrays)))]
    for laid in layouts(arrays[0]):
        before = np.array(laid)
        results = flat(module(given(laid), *map(given, arrays[1:])))
        for one, two in zip(results, wanted, strict=True):
            np.testing.assert_allclose(one.numpy(), two, rtol=1e-12, atol=1e-13)
        np.testing.assert_array_equal(laid, before)
    permuted = cr.from_numpy(np.asfortranarray(arrays[0]).T).permute(*reversed(range(arrays[0].ndim)))
    for one, two in zip(flat(module(permuted, *map(given, arrays[1:]))), wanted, strict=True):
        np.testing.assert_allclose(one.numpy(), two, rtol=1e-12, atol=1e-13)


PLAIN = [row for row in [*activations.MODULES, *layers.MODULES] if row.name != "Identity"]


@pytest.mark.parametrize("row", PLAIN, ids=str)
def test_arrays_and_lists_are_taken_as_they_are(row):
    array = row.arrays()[0]
    module = row.build().float().eval()
    wanted = module(cr.tensor(array)).detach().numpy()
    for plain in (array, np.asfortranarray(array), array.tolist()):
        np.testing.assert_array_equal(module(plain).detach().numpy(), wanted)


@pytest.mark.parametrize("count", [0, 1])
@every_row
def test_no_rows_and_one_row(row, count):
    arrays = row.arrays()
    if row.batch is None or (count == 1 and not row.one_row):
        return
    module = row.build()
    inputs = leaves([resized(arrays[0], row.batch, count), *arrays[1:]])
    results, slopes = gradients_of(module, inputs)
    assert all(np.isfinite(r).all() for r in results)
    whole = [r.shape for r in flat(row.build()(*map(given, arrays)))]
    rows = arrays[0].shape[row.batch]
    for result, shape in zip(results, whole, strict=True):  # the batch is where it was, unless another axis is as long
        assert result.shape == tuple(count if i == shape.index(rows) else n for i, n in enumerate(shape))
    assert all(slope is None or np.isfinite(slope).all() for slope in slopes.values())
    assert all(np.isfinite(value.numpy()).all() for value in module.state_dict().values())


@every_row
def test_replay_is_the_eager_step_bit_for_bit(row):
    def run(module, call):
        cr.manual_seed(11)
        got = [call() for _ in range(3)]
        state = [value.numpy().tobytes() for value in module.state_dict().values()]
        grads = [p.grad.numpy().tobytes() for p in module.parameters() if p.grad is not None]
        return [g.numpy().tobytes() for g in got], state, grads

    def step(module, inputs):
        for p in module.parameters():
            p.grad = None
        loss = pull(flat(module(*inputs)))
        if loss.requires_grad:
            loss.backward()
        return loss

    inputs = [given(x) for x in row.arrays()]
    eager = row.build()
    wanted = run(eager, lambda: step(eager, inputs))
    recorded = row.build()
    floats = [x for x in inputs if isinstance(x, cr.Tensor)]
    saved = copy.deepcopy(recorded).state_dict()
    _, recording = record(lambda *xs: step(recorded, xs), *floats, names=module_names(recorded))
    recorded.load_state_dict(saved)
    replay = Replay(recording)
    assert run(recorded, lambda: replay(*floats)) == wanted


@every_row
def test_a_copy_is_equal_and_apart(row):
    module = row.build()
    twin = copy.deepcopy(module)
    inputs = [given(x) for x in row.arrays()]
    state = default_generator.get_state()
    one = [r.numpy() for r in flat(module(*inputs))]
    default_generator.set_state(state)
    for a, b in zip(one, flat(twin(*inputs)), strict=True):
        np.testing.assert_array_equal(a, b.numpy())
    with cr.no_grad():
        for p in twin.parameters():
            p.fill_(7.0)
    assert not any((p == 7.0).all() for p in module.parameters())


def test_a_wrong_derivative_is_found(monkeypatch):
    rule = cr.nn.functional._gates._silu
    monkeypatch.setattr(rule, "slopes_of", lambda d, z, a, s: (d * s,))
    monkeypatch.setattr(rule, "forwards", {})
    row = next(row for row in MODULES if row.name == "SiLU")
    with pytest.raises(AssertionError):
        test_gradients_are_differences(row)
    with pytest.raises(AssertionError):
        test_declared_derivatives_are_those_of_the_parts(row)
