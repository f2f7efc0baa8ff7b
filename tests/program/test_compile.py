"""A compiled training step does what the same step does without `compile`, whatever changes between its calls."""

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.program.world import World, X, Y, alike, at, both, drive, flat, nothing, set_, state


@pytest.fixture(params=["numpy", "numba"])
def engine(request: pytest.FixtureRequest) -> str:
    """Both engines, where the second can be used."""
    if request.param == "numba":
        pytest.importorskip("llvmlite")
    return str(request.param)


def test_two_calls_are_recorded_and_the_others_replayed(engine: str) -> None:
    compiled = both(nothing, replayed=8, engine=engine)
    assert "model.0.weight.grad" in str(compiled.report())
    names = {slot.names[0] for slot in compiled.program.slots}
    assert {"0.weight", "1.running_mean", "0.weight.exp_avg", "step[0]"} <= names
    assert "adam" in str(compiled.program)
    assert "def " in compiled.source()


def test_another_batch_size_is_another_program(engine: str) -> None:
    def short(world: Any, i: int) -> Any:
        n = 7 if i % 4 == 3 else 20
        return cr.tensor(X[i % 12, :n]), cr.tensor(Y[i % 12, :n])

    compiled = both(short, calls=12, replayed=8, engine=engine)
    assert {program.values[program.inputs[0]].shape for program in compiled.programs} == {(20, 5), (7, 5)}
    assert any(row.again is not None and row.again.words == "argument x" for row in compiled.report().rows)


def test_another_memory_order_or_dtype_is_another_program(engine: str) -> None:
    def turned(world: Any, i: int) -> Any:
        x = X[i % 12]
        if i >= 5:
            x = np.asfortranarray(x)
        return cr.from_numpy(x), cr.from_numpy(Y[i % 12].astype(np.int32 if i % 2 else np.int64))

    both(turned, calls=12, engine=engine)


@pytest.mark.filterwarnings("ignore:Dropout")  # steps in evaluation mode are meant
def test_train_and_eval_are_different_programs(engine: str) -> None:
    both(lambda world, i: world.model.train(i % 5 != 4) and None, calls=15, engine=engine)


def test_one_layer_alone_in_eval_mode(engine: str) -> None:
    both(at(5, lambda world: world.model[3].eval() and None), engine=engine)


NUMBERS = {
    "lr": (lambda p: optim.SGD(p, lr=0.1), "lr", 0.02),
    "lr of AdamW": (lambda p: optim.AdamW(p, lr=0.1), "lr", 0.02),
    "momentum": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), "momentum", 0.5),
    "momentum from nothing": (lambda p: optim.SGD(p, lr=0.1), "momentum", 0.5),
    "no momentum": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), "momentum", 0.0),
    "decay": (lambda p: optim.AdamW(p, lr=0.1, weight_decay=0.1), "weight_decay", 0.3),
    "decay from nothing": (lambda p: optim.Adam(p, lr=0.1), "weight_decay", 0.3),
    "no decay": (lambda p: optim.SGD(p, lr=0.1, weight_decay=0.1), "weight_decay", 0.0),
    "betas": (lambda p: optim.Adam(p, lr=0.1), "betas", (0.5, 0.9)),
    "eps": (lambda p: optim.Adam(p, lr=0.1), "eps", 0.1),
    "nesterov": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), "nesterov", True),
    "maximize": (lambda p: optim.Adam(p, lr=0.1), "maximize", True),
    "alpha": (lambda p: optim.RMSprop(p, lr=0.1), "alpha", 0.5),
    "centered": (lambda p: optim.RMSprop(p, lr=0.1), "centered", True),
}
FREE = {"lr", "lr of AdamW", "momentum", "decay", "betas", "eps", "alpha"}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_param_groups(name: str, engine: str) -> None:
    make_optimizer, key, value = NUMBERS[name]

    def change(world: Any) -> None:
        world.optimizer.param_groups[0][key] = value

    both(at(6, change), make=lambda: World(make_optimizer), replayed=8 if name in FREE else 6, engine=engine)


def test_a_schedule_changes_the_rate_at_every_call(engine: str) -> None:
    class Scheduled(World):
        def __init__(self) -> None:
            super().__init__(lambda p: optim.SGD([{"params": list(p)}], lr=0.1, momentum=0.9))
            self.scheduler = optim.lr_scheduler.StepLR(self.optimizer, step_size=2, gamma=0.5)

    both(lambda world, i: world.scheduler.step() if i else None, make=Scheduled, replayed=8, engine=engine)


def test_a_schedule_inside_the_step_stays_eager(engine: str) -> None:
    class Scheduled(World):
        def __init__(self) -> None:
            super().__init__()
            self.scheduler = optim.lr_scheduler.ExponentialLR(self.optimizer, 0.9)

        def step(self) -> Any:
            inner, scheduler = super().step(), self.scheduler

            def step(x: Any, y: Any) -> Any:
                result = inner(x, y)
                scheduler.step()
                return result

            return step

    assert "['lr']: changed by the function" in str(both(nothing, make=Scheduled, replayed=0, engine=engine).report())


def test_the_clip_limit(engine: str) -> None:
    compiled = both(at(6, lambda world: set_(world, "limit", 0.01)), replayed=6, engine=engine)
    assert "self.limit" in str(compiled.report())


def test_a_number_in_the_formula(engine: str) -> None:
    both(at(6, lambda world: set_(world, "scale", 3.0)), replayed=6, engine=engine)


def test_the_dropout_probability_and_the_norms_momentum(engine: str) -> None:
    def change(world: Any, i: int) -> None:
        world.model[3].p = 0.1 + 0.05 * i
        world.model[1].momentum = 0.1 * (i + 1) / 2

    both(change, replayed=8, engine=engine)


def test_no_dropout_at_all(engine: str) -> None:
    both(at(5, lambda world: set_(world.model[3], "p", 0.0)), replayed=6, engine=engine)


def test_a_probability_out_of_range_is_refused_in_words() -> None:
    world = World()
    step = cr.compile(world.step(), engine="numpy")
    drive(world, step, nothing, 4)
    world.model[3].p = 1.5
    with pytest.raises(cr.ArgumentError, match="Dropout"):
        step(cr.tensor(X[0]), cr.tensor(Y[0]))


def test_eps_of_a_norm_and_label_smoothing(engine: str) -> None:
    def change(world: Any, i: int) -> None:
        world.model[1].eps = 1e-5 if i < 4 else 0.1
        world.criterion.label_smoothing = 0.0 if i < 8 else 0.2

    both(change, calls=14, replayed=8, engine=engine)


def test_frozen_parameters(engine: str) -> None:
    both(at(5, lambda world: world.model[0].requires_grad_(False) and None), replayed=6, engine=engine)


def test_a_replaced_parameter(engine: str) -> None:
    def change(world: Any) -> None:
        world.model[4].weight = nn.Parameter(cr.ones(3, 8))

    compiled = both(at(5, change), engine=engine)
    assert "weight" in str(compiled.report())


def test_a_replaced_and_an_added_layer(engine: str) -> None:
    def change(world: Any, i: int) -> None:
        if i == 4:
            world.model[2] = nn.ReLU()
        if i == 8:
            world.model.append(nn.Softplus())

    both(change, calls=12, replayed=6, engine=engine)


def test_a_parameter_group_that_is_added(engine: str) -> None:
    class Part(World):
        def __init__(self) -> None:
            super().__init__(lambda p: optim.SGD(list(p)[:3], lr=0.1, momentum=0.9))

    def change(world: Any) -> None:
        world.optimizer.add_param_group({"params": world.model[4].parameters()})

    both(at(5, change), make=Part, engine=engine)


def test_another_dtype(engine: str) -> None:
    def change(world: Any, i: int) -> Any:
        if i == 5:
            world.model.double()
        dtype = np.float32 if i < 5 else np.float64
        return cr.from_numpy(X[i].astype(dtype)), cr.tensor(Y[i])

    both(change, make=lambda: World(lambda p: optim.SGD(p, lr=0.1)), engine=engine)


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(5, 5), nn.Linear(5, 5), nn.Linear(5, 3)
        self.b.weight = self.a.weight
        self.untie = False

    def forward(self, x: Any) -> Any:
        return self.c(self.b(self.a(x).tanh()).tanh())


def test_tied_weights(engine: str) -> None:
    def change(world: Any, i: int) -> None:
        if i == 6:
            world.model.b.weight = nn.Parameter(world.model.a.weight.detach().clone())

    compiled = both(at(99, None), make=lambda: World(net=Tied), replayed=8, engine=engine)
    assert sum(slot.role == "parameter" for slot in compiled.program.slots) == 5
    both(change, make=lambda: World(net=Tied), engine=engine)


def test_a_loaded_state_goes_on(engine: str) -> None:
    def change(world: Any, i: int) -> None:
        if i == 3:
            world.kept = copy.deepcopy((world.model.state_dict(), world.optimizer.state_dict()))
        if i == 7:
            world.model.load_state_dict(world.kept[0])
            world.optimizer.load_state_dict(world.kept[1])

    both(change, calls=12, engine=engine)


def test_a_forgotten_state_begins_anew(engine: str) -> None:
    both(at(5, lambda world: world.optimizer.state.clear()), calls=12, engine=engine)


def test_another_seed_and_another_stream(engine: str) -> None:
    both(at(5, lambda world: cr.manual_seed(9) and None), replayed=8, engine=engine)
    from chainrule.tensors.random import Generator, drawing_from

    streams = [Generator(1), Generator(2)]

    def drawn(world: Any) -> Any:
        inner = world.step()

        def step(x: Any, y: Any) -> Any:
            with drawing_from(streams[world.calls]):
                return compiled(x, y)

        compiled = cr.compile(inner, engine="numpy") if world.compile else inner
        return step

    told = []
    for use in (False, True):
        world = World()
        world.compile = use
        for stream, seed in zip(streams, (1, 2), strict=True):
            stream.manual_seed(seed)
        step = drawn(world)
        told.append([])
        for i in range(10):
            world.calls = i // 5
            told[-1].append((flat(step(cr.tensor(X[i]), cr.tensor(Y[i]))), state(world)))
    assert alike(*told)


# --- gradients ------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")  # said of "never", which is meant here
@pytest.mark.parametrize("way", ["optimizer", "to zero", "module to zero", "never", "at the end"])
def test_gradients_that_accumulate(way: str, engine: str) -> None:
    def make_step(world: Any) -> Any:
        model, optimizer, criterion = world.model, world.optimizer, world.criterion

        def step(x: Any, y: Any) -> Any:
            if way == "optimizer":
                optimizer.zero_grad()
            elif way == "to zero":
                optimizer.zero_grad(set_to_none=False)
            elif way == "module to zero":
                model.zero_grad(set_to_none=False)
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            if way == "at the end":
                optimizer.zero_grad()
            return loss

        return step

    compiled = both(nothing, step=make_step, engine=engine)
    assert compiled.report().replayed >= 6, str(compiled.report())


def test_several_backward_passes_for_one_step() -> None:
    class Twice(World):
        def step(self) -> Any:
            model, criterion = self.model, self.criterion
            gather = cr.compile(lambda x, y: back(x, y), engine="numpy") if self.calls else None

            def back(x: Any, y: Any) -> Any:
                loss = criterion(model(x), y) / 2
                loss.backward()
                return loss

            def step(x: Any, y: Any) -> Any:
                self.optimizer.zero_grad()
                one = (gather or back)(x, y)
                two = (gather or back)(x * 2, y)
                self.optimizer.step()
                return one, two

            self.gather = gather
            return step

    told = []
    for use in (0, 1):
        world = Twice()
        world.calls = use
        told.append(drive(world, world.step(), nothing, 8))
    assert alike(*told)
    assert world.gather.report().replayed >= 12


def test_gradients_taken_away_or_changed_in_place(engine: str) -> None:
    def make_step(world: Any) -> Any:
        def step(x: Any, y: Any) -> Any:
            world.optimizer.zero_grad()
            loss = world.criterion(world.model(x), y)
            loss.backward()
            for p in world.model.parameters():
                p.grad.mul_(0.5)
            world.optimizer.step()
            world.model[0].weight.grad = None
            return loss

        return step

    both(nothing, step=make_step, replayed=8, engine=engine)


def test_a_penalty_on_gradients(engine: str) -> None:
    def make_step(world: Any) -> Any:
        world.model.eval()

        def step(x: Any, y: Any) -> Any:
            world.optimizer.zero_grad()
            loss = world.criterion(world.model(x), y)
            grads = cr.autograd.grad(loss, list(world.model.parameters()), create_graph=True)
            total = loss + sum((g * g).sum() for g in grads)
            total.backward()
            world.optimizer.step()
            return total

        return step

    both(nothing, step=make_step, replayed=8, engine=engine)


def test_no_grad_is_another_program() -> None:
    world, plain = World(), World()
    forward = cr.compile(world.model, engine="numpy")
    plain.model.eval()
    forward.eval()
    for i in range(12):
        x = cr.tensor(X[i])
        with cr.set_grad_enabled(i % 3 == 0):
            assert alike(flat(forward(x)), flat(plain.model(x)))
    assert forward.report().replayed >= 6


def test_backward_outside_works_as_ever() -> None:
    world, plain = World(), World()
    forward = cr.compile(world.model, engine="numpy")
    for i in range(6):
        for each, f in ((plain, plain.model), (world, forward)):
            cr.manual_seed(i)
            each.optimizer.zero_grad()
            nn.CrossEntropyLoss()(f(cr.tensor(X[i])), cr.tensor(Y[i])).backward()
            each.optimizer.step()
        assert alike(state(world), state(plain)), i
