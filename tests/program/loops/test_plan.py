"""How a step is laid out: its memory, its order, and programs of every odd form."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.program.engines import runner
from chainrule.program.loops import plan
from chainrule.program.loops.plan import ALIGNED, Plan, arguments_of, nbytes_of, planned
from chainrule.program.loops.step import CompiledStep, Unsupported
from chainrule.program.replay import Replay
from tests.program.loops.agreeing import check, recorded
from tests.program.loops.networks import network


def lives(made: Plan) -> dict[Any, tuple[int, int]]:
    """The first and the last stage that touches each buffer of the arena."""
    found: dict[Any, tuple[int, int]] = {}
    for stage, lanes in enumerate(made.stages):
        for lane in lanes:
            for work in lane.work:
                for buffer in arguments_of(work):
                    if buffer in made.offsets:
                        found[buffer] = (found.get(buffer, (stage, stage))[0], stage)
    return found


@pytest.mark.parametrize("seed", range(24))
def test_no_two_live_buffers_share_memory(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "SMALL", -1)
    training = network(seed)
    made = planned(recorded(training.step, *training.batches[0], model=training.model).program)
    life = lives(made)
    assert set(life) == set(made.offsets)
    buffers = list(life)
    for k, one in enumerate(buffers):
        begin, end = made.offsets[one], made.offsets[one] + nbytes_of(one)
        assert begin % ALIGNED == 0
        assert end <= made.nbytes
        for two in buffers[:k]:
            meet = life[one][0] <= life[two][1] and life[two][0] <= life[one][1]
            apart = end <= made.offsets[two] or begin >= made.offsets[two] + nbytes_of(two)
            assert apart or not meet, (one, two)


def test_memory_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "SMALL", -1)
    training = network(7)
    made = planned(recorded(training.step, *training.batches[0], model=training.model).program)
    if len(made.stages) > 3:
        assert made.nbytes < sum(nbytes_of(buffer) for buffer in made.offsets) + ALIGNED * len(made.offsets)


@pytest.mark.parametrize("small", [True, False], ids=["small", "staged"])
class TestForms:
    """Steps of forms that no network has."""

    @pytest.fixture(autouse=True)
    def _size(self, small: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        if not small:
            monkeypatch.setattr(plan, "SMALL", -1)

    def test_slots_that_swap(self) -> None:
        a, b = (nn.Parameter(cr.tensor(np.arange(6.0).reshape(2, 3) + k)) for k in (0, 10))

        def step(x: Any) -> Any:
            with cr.no_grad():
                old = a * 1.0
                a.copy_(b)
                b.copy_(old)
            return (a - b).sum() * x

        recording = recorded(step, cr.tensor(2.0))
        check(recording, [(cr.tensor(2.0),)] * 3)

    def test_a_ring_of_slots(self) -> None:
        ring = [nn.Parameter(cr.tensor(np.full((3, 4), float(k)))) for k in range(4)]

        def step() -> Any:
            with cr.no_grad():
                held = [p * 1.0 for p in ring]
                for k, p in enumerate(ring):
                    p.copy_(held[(k + 1) % 4].T.T + 0.25)
            return None

        check(recorded(step), [()] * 5)

    def test_results_that_are_views(self) -> None:
        weight = nn.Parameter(cr.tensor(np.arange(12.0).reshape(3, 4)))

        def step(x: Any) -> Any:
            return weight.T, weight[1:, ::2], x.T, x, x.reshape(2, 3)[:, 0], weight

        batches = [(cr.tensor(np.full((3, 2), float(k))),) for k in range(3)]
        recording = recorded(step, cr.tensor(np.arange(6.0).reshape(3, 2)))
        check(recording, batches)
        results = CompiledStep(recording)(*batches[0])
        assert not np.shares_memory(results[-1].numpy(), weight.numpy())

    def test_results_that_are_parameters(self) -> None:
        weight = nn.Parameter(cr.tensor(np.arange(12.0).reshape(3, 4)))

        def step(x: Any) -> Any:
            before = weight * 1.0
            with cr.no_grad():
                weight.mul_(x)
            return weight, before

        check(recorded(step, cr.tensor(2.0)), [(cr.tensor(3.0),), (cr.tensor(0.5),)])

    def test_tied_weights(self) -> None:
        cr.manual_seed(0)
        one, two = nn.Linear(4, 4), nn.Linear(4, 4)
        two.weight = one.weight
        model = nn.Sequential(one, nn.Tanh(), two, nn.Tanh(), one).double()
        optimizer = optim.Adam(model.parameters(), lr=0.1)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = (model(x) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss

        x = cr.tensor(np.random.default_rng(0).normal(size=(5, 4)), dtype="float64")
        check(recorded(step, x, model=model), [(x,), (x * 2.0,)])

    def test_inputs_that_nobody_reads(self) -> None:
        step = recorded(lambda x, unused, labels: x * 2.0, cr.ones((3,)), cr.ones((2, 2)), cr.tensor([1, 2]))
        check(step, [(cr.ones((3,)) * 3.0, cr.ones((2, 2)), cr.tensor([5, 6]))])

    def test_programs_without_anything(self) -> None:
        assert CompiledStep(recorded(lambda: None))() is None
        check(recorded(lambda x: x, cr.ones((2, 3))), [(cr.zeros((2, 3)),)])
        check(recorded(lambda: cr.full((2,), 3.0)), [()])

    def test_everything_without_axes(self) -> None:
        w = nn.Parameter(cr.tensor(0.5, dtype="float64"))
        optimizer = optim.Adam([w], lr=0.1)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = ((w * x).tanh() - y) ** 2
            loss.backward()
            optimizer.step()
            return loss, w

        x, y = cr.tensor(0.3, dtype="float64"), cr.tensor(-1.0, dtype="float64")
        check(recorded(step, x, y), [(x, y)] * 3)

    def test_arrays_without_elements(self) -> None:
        recording = recorded(lambda x: (x * 2.0).sum(), cr.zeros((0, 3)))
        with pytest.raises(Unsupported, match="without elements"):
            CompiledStep(recording)
        run_by, why = runner(recording, "numba")
        assert isinstance(run_by, Replay)
        assert why is not None
        assert run_by(cr.zeros((0, 3))).item() == 0.0

    def test_results_of_every_order(self) -> None:
        def step(x: Any) -> Any:
            return x.permute(2, 0, 1) * 1.0, (x + 1.0).T, x[:, ::2], x[..., None], x[1]

        x = cr.tensor(np.random.default_rng(1).normal(size=(3, 4, 5)), dtype="float64")
        check(recorded(step, x), [(x,), (x * 2.0,)])


def test_a_listing_that_can_be_read() -> None:
    training = network(3, kind="mlp")
    recording = recorded(training.step, *training.batches[0], model=training.model)
    text = str(recording.program)
    for line in ("input   %0 x0: float64", "write   0.weight <- %", "backward of", "output  %"):
        assert line in text, line
    assert len(text.splitlines()) >= len(recording.program.entries)
