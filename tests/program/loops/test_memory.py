"""Memory stays flat: over many steps, over many programs made and dropped, without the collector of cycles."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from chainrule.program.loops.step import CompiledStep
from tests.program.loops.agreeing import recorded
from tests.program.loops.networks import network


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def growth(act: Callable[[], object], times: int) -> int:
    """Bytes held after so many calls, beyond those held after the first few."""
    for _ in range(10):
        act()
    tracemalloc.start()
    try:
        act()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            act()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("kind", ["mlp", "recurrent"])
def test_steps(kind: str) -> None:
    training = network(3, "float32", kind)
    step = CompiledStep(recorded(training.step, *training.batches[0], model=training.model))
    assert growth(lambda: step(*training.batches[1]), 3_000) < 20_000


@pytest.mark.usefixtures("no_collector")
def test_programs() -> None:
    training = network(3, "float32", "mlp")
    recording = recorded(training.step, *training.batches[0], model=training.model)
    assert growth(lambda: CompiledStep(recording)(*training.batches[1]), 30) < 100_000
