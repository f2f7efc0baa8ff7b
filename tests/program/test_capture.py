"""A recorded step is plain data, and running it again gives the eager step's bits."""

import copy
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module
from chainrule.program.capture import module_names, record
from chainrule.program.replay import Replay
from chainrule.tape.control import control
from chainrule.tensors.random import default_generator


class Net(Module):
    """A residual network with noise and a tied weight."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = Linear(5, 8), Linear(8, 8), Linear(8, 3)

    def forward(self, x: Any) -> Any:
        h = cr.relu(self.first(x))
        h = h + self.second(h).tanh()
        h = h + (h @ self.second.weight.T) * 0.1
        return self.last(h * (cr.rand(8) > 0.2))


def steps(net: Any, rate: list[float]) -> Any:
    parameters = list(net.parameters())
    speeds = [cr.zeros_like(p) for p in parameters]

    def step(x: Any, y: Any) -> Any:
        for p in parameters:
            p.grad = None
        off = net(x) - y
        loss = (off * off).mean()
        loss.backward()
        with cr.no_grad():
            lr = control("lr", rate[0])
            for p, v in zip(parameters, speeds, strict=True):
                v.copy_(v * 0.9 + p.grad)
                p.sub_(v * lr)
        return {"loss": loss, "off": (off, 3)}

    return step


def data(count: int) -> list[Any]:
    draw = np.random.default_rng(2)
    return [(cr.tensor(draw.normal(size=(6, 5))), cr.tensor(draw.normal(size=(6, 3)))) for _ in range(count)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_replay_equals_eager_bit_for_bit(dtype: str) -> None:
    with cr.settings(dtype=dtype):
        cr.manual_seed(1)
        net = Net()
        twin = copy.deepcopy(net)
        start = default_generator.get_state()
        batches = data(8)
        rate = [0.1]
        eager = steps(net, rate)
        wanted = []
        for i, (x, y) in enumerate(batches):
            rate[0] = 0.1 / (i + 1)
            wanted.append(eager(x, y)["loss"].item())
        default_generator.set_state(start)
        rate[0] = 0.1
        first, recording = record(steps(twin, rate), *batches[0], names=module_names(twin))
        replay = Replay(recording)
        got = [first["loss"].item()]
        for i, (x, y) in enumerate(batches[1:], start=1):
            result = replay(x, y, lr=0.1 / (i + 1))
            got.append(result["loss"].item())
    assert got == wanted
    assert result["off"][1] == 3
    for (name, p), q in zip(net.named_parameters(), twin.parameters(), strict=True):
        assert p.numpy().tobytes() == q.numpy().tobytes(), name
        assert p.grad.numpy().tobytes() == q.grad.numpy().tobytes(), name
    assert default_generator.get_state()[1] == start[1] + 8


def test_the_program_is_plain_data_with_names() -> None:
    net = Net()
    _, recording = record(steps(net, [0.1]), *data(1)[0], names=module_names(net))
    program = recording.program
    names = {slot.names[0]: slot.role for slot in program.slots}
    assert names["first.weight"] == "parameter"
    assert names["last.bias.grad"] == "gradient"
    assert sum(role == "draws" for role in names.values()) == 2
    assert program.draws == 1
    assert [program.values[i].name for i in program.controls] == ["lr"]
    assert {region.module for region in program.regions} >= {"first", "second", "last"}
    weights = program.values[next(s.value for s in program.slots if s.names == ("first.weight",))]
    assert (weights.shape, weights.order) == ((8, 5), (1, 0))  # (in, out) in memory
    matmuls = [e for e in program.entries if e.primitive == "matmul"]
    assert any(e.of is not None for e in matmuls)
    assert all(e.where[0].endswith(("test_capture.py", "_linear.py")) for e in matmuls)
    hash(program)  # nothing but numbers, words and tuples


def test_no_temporaries_of_the_first_step_stay() -> None:
    net = Net()
    batches = data(2)
    result, recording = record(steps(net, [0.1]), *batches[0])
    before = result["off"][0].numpy().copy()
    Replay(recording)(*batches[1])
    np.testing.assert_array_equal(result["off"][0].numpy(), before)


def test_results_that_are_views_of_slots_are_copies() -> None:
    w = cr.tensor([1.0, 2.0], requires_grad=True)
    _, recording = record(lambda x: (w[:1], x), cr.tensor([1.0, 1.0]))
    mine = cr.tensor([1.0, 1.0])
    part, same = Replay(recording)(mine)
    w.data.add_(5.0)
    same.add_(1.0)
    assert part.tolist() == [1.0]
    assert mine.tolist() == [1.0, 1.0]


def test_a_view_used_after_its_slot_was_written_is_refused() -> None:
    w = cr.tensor([1.0, 2.0], requires_grad=True)

    def step(x: Any) -> Any:
        old = w[:1]
        with cr.no_grad():
            w.copy_(w + x)
        return old

    with pytest.raises(cr.CaptureError, match="written to"):
        record(step, cr.tensor([1.0, 1.0]))


@pytest.mark.parametrize(("step", "word"), [
    (lambda x: x * 2 if x.sum().item() > 0 else x, "item"),
    (lambda x: x * 2 if x.sum() > 0 else x, "cr.where"),
    (lambda x: x[x > 0].sum(), "shape"),
    (lambda x: cr.tensor(x.numpy() * 2), "numpy"),
])
def test_a_step_that_looks_at_its_numbers_is_refused(step: Any, word: str) -> None:
    with pytest.raises(cr.CaptureError, match=word):
        record(step, cr.tensor([1.0, 2.0]))
    assert cr.tensor([1.0]).sum().item() == 1.0  # nothing of the recording stays in force


def test_other_shapes_are_refused_with_the_argument() -> None:
    _, recording = record(lambda x: x * 2, cr.zeros(2, 3))
    with pytest.raises(cr.CaptureError, match=r"argument x0(.|\n)*\[4, 3\](.|\n)*\[2, 3\]"):
        Replay(recording)(cr.zeros(4, 3))
    with pytest.raises(cr.CaptureError, match="1, as"):
        Replay(recording)()


def test_the_source_runs_with_numpy_alone() -> None:
    _, recording = record(lambda x: (x.sigmoid() * 2.0).sum(), cr.zeros(2, 3))
    space: dict[str, Any] = {}
    exec(Replay(recording).source(), space)  # noqa: S102 - our own text
    (total,) = space["step"](np.zeros((2, 3), np.float32))
    assert total == 6.0
