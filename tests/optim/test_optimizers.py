"""Every optimizer keeps every promise: the judge's numbers, dtype, layout, groups, states, recordings."""

import copy
import inspect
import io
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.optim.elementwise import ElementwiseOptimizer
from chainrule.program.capture import record
from chainrule.program.replay import Replay
from chainrule.tape.mode import mode
from tests.optim.formulas import FORMULAS
from tests.optim.table import ELEMENTWISE, ROWS, Row, arrays, dense, loss_of, parameters

every = pytest.mark.parametrize("row", ROWS, ids=str)
elementwise = pytest.mark.parametrize("row", ELEMENTWISE, ids=str)


def closure_of(optimizer, params, targets):
    def closure():
        optimizer.zero_grad()
        loss = loss_of(params, targets)
        loss.backward()
        return loss

    return closure


def run(optimizer, params, targets, steps):
    """Some steps; in the middle the rate changes, and one parameter gets no gradient for a while."""
    for step in range(steps):
        if step == 4:
            for group in optimizer.param_groups:
                group["lr"] *= 0.5
        if type(optimizer).__name__ == "LBFGS":
            optimizer.step(closure_of(optimizer, params, targets))
            continue
        optimizer.zero_grad()
        loss_of(params, targets).backward()
        if step in (2, 5, 6):
            params[1].grad = None
        optimizer.step()


def bits(optimizer, params):
    kept = [optimizer.state[p] for p in params if p in optimizer.state]
    state = [(name, np.asarray(value).tobytes()) for found in kept for name, value in found.items()]
    return [p.numpy().tobytes() for p in params], state


def test_every_optimizer_has_a_row():
    classes = {name for name in optim.__all__ if inspect.isclass(getattr(optim, name))} - {"Optimizer"}
    assert classes == {row.name for row in ROWS}


def test_every_argument_is_used_in_some_row():
    for name in {row.name for row in ROWS}:
        asked = set(inspect.signature(getattr(optim, name)).parameters) - {"params"}
        given = {key for row in ROWS if row.name == name for key in row.kwargs}
        assert asked - given <= {"max_eval", "tolerance_grad", "tolerance_change"}, name


@pytest.mark.article("S0-30", "W-12")
@pytest.mark.parametrize("row", [row for row in ROWS if row.judge is not None], ids=str)
def test_ten_steps_equal_pytorch(row):
    torch = pytest.importorskip("torch")
    params = parameters()
    judged = [torch.nn.Parameter(torch.tensor(dense(array))) for array in arrays(1)]
    targets = arrays(2)
    run(row.make(params), params, [cr.tensor(t, dtype="float64") for t in targets], 10)
    run(row.make_judge(torch, judged), judged, [torch.tensor(dense(t)) for t in targets], 10)
    for p, judge in zip(params, judged, strict=True):
        np.testing.assert_allclose(p.numpy(), judge.detach().numpy(), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("row", [row for row in ELEMENTWISE if row.judge is not None], ids=str)
def test_float32_steps_equal_pytorch(row):
    torch = pytest.importorskip("torch")
    params = parameters(dtype=np.float32)
    judged = [torch.nn.Parameter(torch.tensor(dense(array))) for array in arrays(1, np.float32)]
    ours, theirs = row.make(params), row.make_judge(torch, judged)
    for seed in range(3, 9):  # the same gradients, so that rounding does not grow
        for p, judge, g in zip(params, judged, arrays(seed, np.float32), strict=True):
            p.grad, judge.grad = cr.tensor(g), torch.tensor(dense(g))
        ours.step()
        theirs.step()
    for p, judge in zip(params, judged, strict=True):
        assert p.dtype == np.float32
        np.testing.assert_allclose(p.numpy(), judge.detach().numpy(), rtol=2e-6, atol=2e-6)


@pytest.mark.article("S0-30", "W-12", "S1-21")
@pytest.mark.parametrize(
    "row",
    [*[row for row in ELEMENTWISE if row.judge is None], Row("Adam"), Row("Adam", dict(lr=0.1, weight_decay=0.1)),
     Row("RMSprop"), Row("RMSprop", dict(alpha=0.8, weight_decay=0.1))],
    ids=str,
)
def test_steps_equal_the_formula(row):
    params, expected = parameters(), arrays(1)
    kept = [{} for _ in expected]
    optimizer = row.make(params)
    for t in range(1, 21):
        gradients = arrays(100 + t)
        for p, g in zip(params, gradients, strict=True):
            p.grad = cr.tensor(g, dtype="float64")
        optimizer.step()
        for k, g in enumerate(gradients):
            expected[k] = FORMULAS[row.name](expected[k], g, kept[k], t, **row.kwargs)
            np.testing.assert_allclose(params[k].numpy(), expected[k], rtol=1e-12, atol=1e-12)


PARABOLA = {
    "SGD": dict(lr=0.1), "Adam": dict(lr=0.1), "AdamW": dict(lr=0.1, weight_decay=0.0), "RMSprop": dict(lr=0.01),
    "Adagrad": dict(lr=1.0), "Adadelta": dict(eps=0.01), "NAdam": dict(lr=0.1), "Lion": dict(lr=0.02), "LBFGS": {},
}
ROSENBROCK = {
    "SGD": dict(lr=1e-3, momentum=0.9), "Adam": dict(lr=0.02), "AdamW": dict(lr=0.02, weight_decay=0.0),
    "RMSprop": dict(lr=5e-3), "Adagrad": dict(lr=0.5), "Adadelta": dict(lr=5.0, eps=1e-5), "NAdam": dict(lr=0.02),
    "Lion": dict(lr=2e-3), "LBFGS": dict(line_search_fn="strong_wolfe"),
}


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS}))
def test_it_solves_a_parabola(name):
    w = nn.Parameter(cr.tensor([1.0, -2.0, 3.0], dtype="float64"))
    goal = cr.tensor([0.5, 0.5, -0.5], dtype="float64")
    optimizer = getattr(optim, name)([w], **PARABOLA[name])

    def closure():
        optimizer.zero_grad()
        loss = ((w - goal) ** 2).sum()
        loss.backward()
        return loss

    first = closure().item()
    rate = optim.schedules.polynomial(optimizer.param_groups[0]["lr"], steps=800)
    for t in range(800):
        optimizer.param_groups[0]["lr"] = rate(t)
        optimizer.step(closure)
    assert closure().item() < 1e-3 * first


@pytest.mark.parametrize("name", sorted({row.name for row in ROWS}))
def test_it_goes_down_rosenbrocks_valley(name):
    w = nn.Parameter(cr.tensor([-1.2, 1.0], dtype="float64"))
    optimizer = getattr(optim, name)([w], **ROSENBROCK[name])

    def closure():
        optimizer.zero_grad()
        loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] * w[0]) ** 2
        loss.backward()
        return loss

    steps = 30 if name == "LBFGS" else 3000
    rate = optim.schedules.polynomial(optimizer.param_groups[0]["lr"], steps=steps)
    for t in range(steps):
        optimizer.param_groups[0]["lr"] = rate(t)
        optimizer.step(closure)
    assert closure().item() < 0.05  # from 24.2


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_it_keeps_memory_dtype_and_layout(row, dtype):
    params = parameters(dtype=dtype)
    before = [(p._array, p._array.strides) for p in params]
    optimizer = row.make(params)
    run(optimizer, params, [cr.tensor(t, dtype=dtype) for t in arrays(2)], 3)
    for p, (array, strides) in zip(params, before, strict=True):
        assert p._array is array
        assert (p.dtype, p._array.strides, p.requires_grad, p.is_leaf) == (dtype, strides, True, True)
    for p in params if row.name != "LBFGS" else ():
        for name, kept in optimizer.state[p].items():
            if name in ("step", "mu_product"):
                assert (kept.dtype, kept.shape, kept._role) == (np.float64, (), "counter")
            else:
                assert (kept.dtype, kept.shape, kept._role) == (dtype, p.shape, "moment")
                assert np.asarray(kept._array).strides == p._array.strides or p.numel() == 1


@every
@pytest.mark.parametrize("way", ["state_dict", "words", "pickle", "deepcopy"])
def test_a_saved_state_goes_on_byte_for_byte(row, way):
    params, targets = parameters(), [cr.tensor(t, dtype="float64") for t in arrays(2)]
    optimizer = row.make(params)
    run(optimizer, params, targets, 4)
    if way in ("state_dict", "words"):
        twins = [nn.Parameter(cr.tensor(p)) for p in params]
        for twin, p in zip(twins, params, strict=True):
            twin._array = np.array(p._array, order="K")
        other = row.make(twins, lr=0.7)
        state = copy.deepcopy(optimizer.state_dict())
        if way == "words":  # numbers of parameters as JSON has them, tuples as lists
            state["state"] = {str(number): kept for number, kept in state["state"].items()}
            state["param_groups"] = [
                {key: list(value) if isinstance(value, tuple) else value for key, value in group.items()}
                for group in state["param_groups"]
            ]
        other.load_state_dict(state)
    elif way == "pickle":
        kept = io.BytesIO()
        pickle.dump((params, optimizer), kept)
        twins, other = pickle.loads(kept.getvalue())  # noqa: S301
    else:
        twins, other = copy.deepcopy((params, optimizer))
    run(optimizer, params, targets, 6)
    run(other, twins, targets, 6)
    assert bits(optimizer, params) == bits(other, twins)


@every
def test_a_loaded_state_is_a_copy_and_replaces_all(row):
    params, targets = parameters(), [cr.tensor(t, dtype="float64") for t in arrays(2)]
    optimizer = row.make(params)
    run(optimizer, params, targets, 2)
    start = [np.array(p._array, order="K") for p in params]
    state = copy.deepcopy(optimizer.state_dict())
    once = []
    for _ in range(2):  # the second time over the state of the first run
        for p, array in zip(params, start, strict=True):
            p._array = np.array(array, order="K")
        optimizer.load_state_dict(state)
        run(optimizer, params, targets, 4)
        once.append(bits(optimizer, params))
    assert once[0] == once[1]


@pytest.mark.parametrize("row", [row for row in ROWS if row.judge is not None], ids=str)
def test_states_travel_to_and_from_pytorch(row):
    torch = pytest.importorskip("torch")
    params, targets = parameters(), arrays(2)
    judged = [torch.nn.Parameter(torch.tensor(dense(array))) for array in arrays(1)]
    ours, theirs = row.make(params), row.make_judge(torch, judged)
    torch_targets = [torch.tensor(dense(t)) for t in targets]
    run(theirs, judged, torch_targets, 3)
    for p, judge in zip(params, judged, strict=True):
        p.data = judge.detach().numpy()
    ours.load_state_dict(theirs.state_dict())
    run(theirs, judged, torch_targets, 4)
    run(ours, params, [cr.tensor(t, dtype="float64") for t in targets], 4)
    for p, judge in zip(params, judged, strict=True):
        np.testing.assert_allclose(p.numpy(), judge.detach().numpy(), rtol=1e-8, atol=1e-8)
    saved, known = ours.state_dict(), theirs.state_dict()
    if row.name != "LBFGS":
        assert saved["state"].keys() == known["state"].keys()
        for number, kept in saved["state"].items():
            assert set(known["state"][number]) <= set(kept)
    assert [group["params"] for group in saved["param_groups"]] == [group["params"] for group in known["param_groups"]]


@elementwise
def test_frozen_parameters_stay_and_keep_their_state(row):
    params, targets = parameters(), [cr.tensor(t, dtype="float64") for t in arrays(2)]
    params[2].requires_grad_(False)
    optimizer = row.make(params)
    for step in range(4):
        optimizer.zero_grad()
        loss_of(params, targets).backward()
        if step >= 2:
            params[0].grad = None
        before = bits(optimizer, [params[0], params[2]])
        optimizer.step()
        if step >= 2:
            assert bits(optimizer, [params[0], params[2]]) == before
    assert params[2] not in optimizer.state


@elementwise
def test_parts_equal_the_compiled_text(row):
    results = []
    for parts in (False, True):
        params, targets = parameters(), [cr.tensor(t, dtype="float64") for t in arrays(2)]
        optimizer = row.make(params)
        for _ in range(3):
            optimizer.zero_grad()
            loss_of(params, targets).backward()
            mode.parts = parts
            try:
                optimizer.step()
            finally:
                mode.parts = False
        results.append(bits(optimizer, params))
    assert results[0] == results[1]


@elementwise
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_a_replayed_step_equals_the_eager_one(row, dtype):
    """Bit for bit; and numbers that are changed between steps are taken, not frozen."""
    targets = [cr.tensor(t, dtype=dtype) for t in arrays(2)]

    def make():
        params = parameters(dtype=dtype)
        optimizer = row.make([{"params": params[:2]}, {"params": params[2:], "lr": 0.03}])
        x = cr.tensor(np.ones(1), dtype=dtype)

        def step(x):
            optimizer.zero_grad()
            loss = loss_of(params, targets) * x.sum()
            loss.backward()
            optimizer.step()
            return loss

        return params, optimizer, step, x

    params, optimizer, step, x = make()
    twins, other, twin_step, _ = make()
    for _ in range(2):
        step(x)
        twin_step(x)
    _, recording = record(step, x)
    twin_step(x)
    replay = Replay(recording)
    for k in range(4):
        for group in (*optimizer.param_groups, *other.param_groups):
            group["lr"] = 0.01 * (k + 1)
        known = {name: number for name, number in optimizer.controls().items() if name in recording.controls}
        assert {name for name in recording.controls if "lr[" in name} == {"lr[0]", "lr[1]"}
        assert set(known) == set(recording.controls)
        replay(x, **known)
        twin_step(x)
        assert bits(optimizer, params) == bits(other, twins)


def test_two_optimizers_in_one_recorded_step_keep_their_rates_apart():
    a, b = nn.Parameter(cr.ones(2)), nn.Parameter(cr.ones(2))
    one, two = optim.SGD([a], lr=0.1), optim.Adam([b], lr=0.3)

    def step(x):
        one.zero_grad()
        two.zero_grad()
        ((a + b) * x).sum().backward()
        one.step()
        two.step()
        return x

    _, recording = record(step, cr.ones(2))
    assert {name: number for name, number in recording.controls.items() if "lr" in name} == {
        "lr[0]": 0.1, "optimizer2.lr[0]": 0.3,
    }


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_leaves_parameters_without_a_gradient(search):
    params, targets = parameters(), [cr.tensor(t, dtype="float64") for t in arrays(2)]
    params[2].requires_grad_(False)
    before = params[2].numpy().tobytes()
    optimizer = optim.LBFGS(params, lr=0.1, line_search_fn=search)
    first = loss_of(params, targets).item()
    run(optimizer, params, targets, 2)
    assert params[2].numpy().tobytes() == before
    assert loss_of(params, targets).item() < first


def test_lbfgs_cannot_be_recorded():
    w = nn.Parameter(cr.ones(2))
    optimizer = optim.LBFGS([w])

    def step(x):
        def closure():
            optimizer.zero_grad()
            loss = ((w - x) ** 2).sum()
            loss.backward()
            return loss

        return optimizer.step(closure)

    with pytest.raises(cr.CaptureError):
        record(step, cr.zeros(2))


def test_prepare_makes_the_state_that_the_first_step_would():
    for row in ELEMENTWISE:
        params, twins = parameters(), parameters()
        targets = [cr.tensor(t, dtype="float64") for t in arrays(2)]
        optimizer, other = row.make(params), row.make(twins)
        optimizer.prepare()
        kept = {p: dict(optimizer.state[p]) for p in params if p in optimizer.state}
        run(optimizer, params, targets, 3)
        run(other, twins, targets, 3)
        assert bits(optimizer, params) == bits(other, twins), str(row)
        for p, found in kept.items():
            for name in found.keys() - {"step", "mu_product"}:
                assert optimizer.state[p][name] is found[name]


@pytest.mark.parametrize("row", [Row("Adam"), Row("NAdam"), Row("SGD", dict(momentum=0.9))], ids=str)
def test_parameters_that_step_together_share_their_counter(row):
    params, targets = parameters(), [cr.tensor(t, dtype="float64") for t in arrays(2)]
    optimizer = row.make(params)
    run(optimizer, params, targets, 2)
    assert len({id(optimizer.state[p]["step"]) for p in params}) == 1
    run(optimizer, params, targets, 3)  # one of them skips a step
    counts = [optimizer.state[p]["step"].item() for p in params]
    assert counts == [5, 4, 5, 5, 5]
    assert len({id(optimizer.state[p]["step"]) for p in params}) == 2


def test_a_change_of_dtype_takes_the_state_along():
    params = parameters(dtype=np.float32)
    optimizer = optim.Adam(params)
    for dtype in (np.float32, np.float64):
        for p in params:
            p._array = p._array.astype(dtype)
            p.grad = cr.tensor(np.ones(p.shape), dtype=dtype)
        optimizer.step()
        assert all(optimizer.state[p]["exp_avg"].dtype == dtype for p in params)
        np.testing.assert_allclose(optimizer.state[params[1]]["exp_avg"].numpy(), 0.1 if dtype == np.float32 else 0.19)


def test_options_may_be_switched_on_between_steps():
    params, targets = parameters(), [cr.tensor(t, dtype="float64") for t in arrays(2)]
    optimizer = optim.SGD(params, lr=0.01)
    run(optimizer, params, targets, 1)
    assert not optimizer.state
    optimizer.param_groups[0]["momentum"] = 0.9
    run(optimizer, params, targets, 1)
    assert set(optimizer.state[params[0]]) == {"momentum_buffer", "step"}
    optimizer.param_groups[0]["weight_decay"] = 0.5
    before = params[0].numpy().copy()
    optimizer.zero_grad()
    params[0].grad = cr.zeros_like(params[0])
    optimizer.state.clear()
    optimizer.step()
    np.testing.assert_allclose(params[0].numpy(), before * (1 - 0.01 * 0.5))


def test_all_but_lbfgs_are_one_formula_for_each_element():
    for row in ELEMENTWISE:
        assert issubclass(getattr(optim, row.name), ElementwiseOptimizer)
