"""Bad input is refused in four parts, in both languages; nothing is changed by a refusal."""

import copy

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.optim import lr_scheduler, schedules

STEP = dict(lr=0.1)


def w(*shape):
    return nn.Parameter(cr.ones(*(shape or (2,))))


def sgd():
    return optim.SGD([w()], lr=0.1)


def made():
    p = w()
    return [p * 2.0]


def with_gradient(gradient):
    p = w()
    p.grad = gradient
    optim.Adam([p]).step()


def loaded(change):
    optimizer = optim.Adam([w(), w(3)])
    for p in optimizer.param_groups[0]["params"]:
        p.grad = cr.ones_like(p)
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    change(state)
    optimizer.load_state_dict(state)


def second_group(optimizer):
    optimizer.add_param_group({"params": [w()]})


def in_sequence(scheduler):
    lr_scheduler.SequentialLR(sgd(), [scheduler], [])


def add_twice(optimizer):
    optimizer.add_param_group({"params": [w(), *optimizer.param_groups[0]["params"]]})


ROWS = [
    (lambda: optim.SGD([]), cr.ArgumentError, "empty"),
    (lambda: optim.SGD(iter(())), cr.ArgumentError, "empty"),
    (lambda: optim.SGD([{"params": []}]), cr.ArgumentError, "empty"),
    (lambda: optim.SGD(w()), cr.DtypeError, "bare_tensor"),
    (lambda: optim.SGD(nn.Linear(1, 1)), cr.DtypeError, "module"),
    (lambda: optim.SGD({"w": w()}), cr.DtypeError, "mapping"),
    (lambda: optim.SGD(3), cr.DtypeError, "not_parameters"),
    (lambda: optim.SGD([w(), {"params": [w()]}]), cr.DtypeError, "mixed"),
    (lambda: optim.SGD([{"lr": 0.1}]), cr.ArgumentError, "no_params"),
    (lambda: optim.SGD([{"params": {w()}}]), cr.DtypeError, "unordered"),
    (lambda: optim.SGD([np.ones(2)]), cr.DtypeError, "not_parameter"),
    (lambda: optim.SGD([cr.tensor([1, 2])]), cr.DtypeError, "not_float"),
    (lambda: optim.SGD(made()), cr.GradientError, "not_leaf"),
    (lambda: optim.SGD([w()] * 2), cr.ArgumentError, "twice"),
    (lambda: add_twice(sgd()), cr.ArgumentError, "twice"),
    (lambda: optim.SGD([{"params": [w()], "learning_rate": 0.1}]), cr.ArgumentError, "misspelt"),
    (lambda: optim.Adam([{"params": [w()], "weigth_decay": 0.1}]), cr.ArgumentError, "misspelt"),
    (lambda: optim.SGD([w()], lr="0.1"), cr.DtypeError, "not_number"),
    (lambda: optim.SGD([w()], lr=None), cr.DtypeError, "not_number"),
    (lambda: optim.Adam([w()], betas=0.9), cr.DtypeError, "not_pair"),
    (lambda: optim.Adam([w()], betas=(0.9,)), cr.DtypeError, "not_pair"),
    (lambda: optim.SGD([w()], lr=-0.1), cr.ArgumentError, "range"),
    (lambda: optim.SGD([w()], lr=float("nan")), cr.ArgumentError, "range"),
    (lambda: optim.SGD([w()], momentum=-0.1), cr.ArgumentError, "range"),
    (lambda: optim.SGD([{"params": [w()], "lr": -1.0}]), cr.ArgumentError, "range"),
    (lambda: optim.Adam([w()], betas=(0.9, 1.0)), cr.ArgumentError, "range"),
    (lambda: optim.Adam([w()], betas=(-0.1, 0.9)), cr.ArgumentError, "range"),
    (lambda: optim.Adam([w()], eps=-1e-8), cr.ArgumentError, "range"),
    (lambda: optim.AdamW([w()], weight_decay=-1), cr.ArgumentError, "range"),
    (lambda: optim.RMSprop([w()], alpha=1.5), cr.ArgumentError, "range"),
    (lambda: optim.Adadelta([w()], rho=1.5), cr.ArgumentError, "range"),
    (lambda: optim.Adagrad([w()], initial_accumulator_value=-1), cr.ArgumentError, "range"),
    (lambda: optim.NAdam([w()], momentum_decay=-1), cr.ArgumentError, "range"),
    (lambda: optim.Lion([w()], betas=(1.0, 0.9)), cr.ArgumentError, "range"),
    (lambda: optim.LBFGS([w()], history_size=0), cr.ArgumentError, "range"),
    (lambda: optim.SGD([w()], nesterov=True), cr.ArgumentError, "nesterov"),
    (lambda: optim.SGD([w()], momentum=0.9, dampening=0.1, nesterov=True), cr.ArgumentError, "nesterov"),
    (lambda: optim.Optimizer([w()], STEP).step(), cr.StateError, "no_step"),
    (lambda: with_gradient(cr.ones(3)), cr.ShapeError, "gradient_shape"),
    (lambda: with_gradient(cr.ones(2, dtype="float64")), cr.DtypeError, "gradient_dtype"),
    (lambda: sgd().load_state_dict({}), cr.StateError, "state_keys"),
    (lambda: sgd().load_state_dict([1]), cr.StateError, "state_keys"),
    (lambda: loaded(lambda state: state["param_groups"].append({"params": []})), cr.StateError, "state_groups"),
    (lambda: loaded(lambda state: state["param_groups"][0]["params"].pop()), cr.StateError, "state_groups"),
    (lambda: loaded(lambda state: state["state"][1].update(exp_avg=np.ones(2))), cr.ShapeError, "state_shape"),
    (lambda: optim.LBFGS([w()], line_search_fn="wolfe"), cr.ArgumentError, "line_search"),
    (lambda: optim.LBFGS([{"params": [w()]}, {"params": [w()]}]), cr.ArgumentError, "one_group"),
    (lambda: second_group(optim.LBFGS([w()])), cr.ArgumentError, "one_group"),
    (lambda: optim.LBFGS([w()]).step(), cr.ArgumentError, "no_closure"),
    (lambda: nn.utils.clip_grad_norm_([w()], 0.0), cr.ArgumentError, "max_norm"),
    (lambda: nn.utils.clip_grad_norm_([w()], float("nan")), cr.ArgumentError, "max_norm"),
    (lambda: nn.utils.clip_grad_norm_([w()], "big"), cr.DtypeError, "not_number"),
    (lambda: nn.utils.clip_grad_norm_([w()], 1.0, norm_type=0), cr.ArgumentError, "norm_type"),
    (lambda: nn.utils.clip_grad_norm_([np.ones(2)], 1.0), cr.DtypeError, "not_parameter"),
    (lambda: nn.utils.clip_grad_value_([w()], -1.0), cr.ArgumentError, "clip_value"),
    (lambda: nn.utils.vector_to_parameters(cr.ones(3), [w()]), cr.ShapeError, "vector"),
    (lambda: schedules.constant(0.1)(-1), cr.ArgumentError, "step"),
    (lambda: schedules.constant(-0.1), cr.ArgumentError, "schedule_range"),
    (lambda: schedules.constant("fast"), cr.DtypeError, "not_number"),
    (lambda: schedules.one_cycle(0.1, 10, rise=2.0), cr.ArgumentError, "schedule_range"),
    (lambda: schedules.cosine_restarts(0.1, 10, factor=0.5), cr.ArgumentError, "schedule_range"),
    (lambda: schedules.step(0.1, every=0), cr.ArgumentError, "whole"),
    (lambda: schedules.step(0.1, every=2.5), cr.ArgumentError, "whole"),
    (lambda: schedules.cosine(0.1, steps=0), cr.ArgumentError, "whole"),
    (lambda: schedules.cosine(0.1, steps=10, warmup=10), cr.ArgumentError, "warmup"),
    (lambda: schedules.one_cycle(0.1, 10, shape="sine"), cr.ArgumentError, "choice"),
    (lambda: schedules.join([], []), cr.ArgumentError, "boundaries"),
    (lambda: schedules.join([schedules.constant(0.1)], [3]), cr.ArgumentError, "boundaries"),
    (lambda: schedules.join([schedules.constant(0.1)] * 3, [5, 3]), cr.ArgumentError, "boundaries"),
    (lambda: lr_scheduler.StepLR(nn.Linear(1, 1), 10), cr.DtypeError, "no_optimizer"),
    (lambda: lr_scheduler.StepLR(sgd(), 0), cr.ArgumentError, "whole"),
    (lambda: lr_scheduler.StepLR(sgd(), 10, last_epoch=3), cr.StateError, "initial_lr"),
    (lambda: lr_scheduler.LambdaLR(sgd(), [abs, abs]), cr.ArgumentError, "one_each"),
    (lambda: lr_scheduler.OneCycleLR(sgd(), [0.1, 0.2], 10), cr.ArgumentError, "one_each"),
    (lambda: lr_scheduler.OneCycleLR(sgd(), 0.1), cr.ArgumentError, "total_steps"),
    (lambda: lr_scheduler.OneCycleLR(optim.Adagrad([w()]), 0.1, 10), cr.ArgumentError, "no_momentum"),
    (lambda: lr_scheduler.OneCycleLR(sgd(), 0.1, 10, anneal_strategy="sine"), cr.ArgumentError, "choice"),
    (lambda: lr_scheduler.CosineAnnealingLR(sgd(), 0), cr.ArgumentError, "whole"),
    (lambda: lr_scheduler.SequentialLR(sgd(), [], []), cr.ArgumentError, "boundaries"),
    (lambda: in_sequence(lr_scheduler.ReduceLROnPlateau(sgd())), cr.ArgumentError, "not_in_sequence"),
    (lambda: in_sequence(lr_scheduler.StepLR(sgd(), 1)), cr.ArgumentError, "other_optimizer"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(), mode="low"), cr.ArgumentError, "choice"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(), threshold_mode="percent"), cr.ArgumentError, "choice"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(), factor=1.0), cr.ArgumentError, "factor"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(), patience=-1), cr.ArgumentError, "whole"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd(), min_lr=[0.1, 0.2]), cr.ArgumentError, "one_each"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd()).step(), cr.ArgumentError, "no_metric"),
    (lambda: lr_scheduler.ReduceLROnPlateau(sgd()).step("low"), cr.DtypeError, "metric"),
    (lambda: lr_scheduler.LRScheduler(sgd()).step(), cr.StateError, "no_step"),
]


@pytest.mark.parametrize(("call", "error", "key"), ROWS, ids=[f"{key}-{k}" for k, (_, _, key) in enumerate(ROWS)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_is_refused_in_words(call, error, key, lang):
    with cr.settings(lang=lang), pytest.raises(error) as caught:
        call()
    with cr.settings(lang=lang):
        said = str(caught.value)
    assert caught.value.key == f"optim.{key}"
    assert caught.value.where in said.splitlines()[0]
    assert len(said.splitlines()) == 4
    assert "{" not in said.replace("[{", "").replace('{"params"', "").replace("{}", "")


def test_a_refused_group_leaves_the_optimizer_as_it_was():
    optimizer, other = sgd(), w(3)
    with pytest.raises(cr.ArgumentError):
        optimizer.add_param_group({"params": [other, *optimizer.param_groups[0]["params"]]})
    assert len(optimizer.param_groups) == 1
    optimizer.add_param_group({"params": [other]})
    assert [len(group["params"]) for group in optimizer.param_groups] == [1, 1]


def test_a_refused_state_leaves_the_optimizer_as_it_was():
    a, b = w(), w(3)
    optimizer = optim.Adam([a, b], lr=0.1)
    for p in (a, b):
        p.grad = cr.ones_like(p)
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    state["param_groups"][0]["lr"] = 0.7
    state["state"][0]["exp_avg"] = np.full(2, 9.0)
    state["state"][1]["exp_avg"] = np.full(5, 9.0)
    before = repr(optimizer.state_dict())
    with pytest.raises(cr.ShapeError):
        optimizer.load_state_dict(state)
    assert repr(optimizer.state_dict()) == before


def test_a_refused_gradient_changes_no_parameter():
    a, b = w(), w(3)
    optimizer = optim.SGD([a, b], lr=0.1)
    a.grad, b.grad = cr.ones(2), cr.ones(2)
    with pytest.raises(cr.ShapeError):
        optimizer.step()
    assert a.tolist() == [1.0, 1.0]


def test_without_gradients_a_step_changes_nothing():
    """As in PyTorch: programs that only draw a schedule call step() before any backward()."""
    for name in ("SGD", "Adam", "Lion"):
        p = w()
        optimizer = getattr(optim, name)([p])
        optimizer.step()
        assert p.tolist() == [1.0, 1.0]
        assert not optimizer.state


def test_groups_may_carry_names_of_the_users_own():
    groups = [{"params": [w()], "name": "body", "lr_scale": 0.5}, {"params": w(3), "name": "head"}]
    optimizer = optim.SGD(groups, lr=0.1)
    assert [group["name"] for group in optimizer.param_groups] == ["body", "head"]
    assert "name: body" in repr(optimizer)


def test_named_parameters_are_taken_too():
    layer = nn.Linear(2, 1)
    optimizer = optim.SGD(layer.named_parameters(), lr=0.1)
    assert optimizer.param_groups[0]["params"] == list(layer.parameters())
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]


def test_numbers_of_any_kind_will_do():
    for lr in (1, np.float32(0.5), np.array(0.5), cr.tensor(0.5)):
        p = w()
        optimizer = optim.Adam([p], lr=lr)
        p.grad = cr.ones(2)
        optimizer.step()
        assert p.dtype == np.float32
        assert p.tolist() == pytest.approx([1 - float(lr)] * 2, abs=1e-6)
