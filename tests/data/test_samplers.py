"""Samplers, joined data sets, and loaders that use them; `torch.utils.data` by its own path."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import data


def test_a_sampler_rules_the_order() -> None:
    rows = data.TensorDataset(np.arange(6.0))
    for size, batches in ((4, [[5, 3, 1, 0], [2]]), (9, [[5, 3, 1, 0, 2]])):
        loader = data.DataLoader(rows, batch_size=size, sampler=[5, 3, 1, 0, 2])
        assert [x.tolist() for (x,) in loader] == batches
        assert len(loader) == len(batches)
    with pytest.raises(cr.ArgumentError, match="sampler"):
        data.DataLoader(rows, sampler=[0], shuffle=True)


def test_orders() -> None:
    assert list(data.SequentialSampler(range(3))) == [0, 1, 2]
    shuffled = data.RandomSampler(range(50))
    first = list(shuffled)
    assert sorted(first) == list(range(50))
    assert first != list(shuffled)
    assert sorted(data.SubsetRandomSampler([7, 5])) == [5, 7]
    assert len(data.SubsetRandomSampler([7, 5])) == 2
    again = [list(data.RandomSampler(range(9), cr.Generator(3))) for _ in range(2)]
    assert again[0] == again[1]


def test_weights() -> None:
    drawn = list(data.WeightedRandomSampler([1.0, 3.0, 0.0], 4_000))
    assert abs(np.mean(drawn) - 0.75) < 0.03
    assert sorted(data.WeightedRandomSampler([1, 2, 0], 2, replacement=False)) == [0, 1]
    for weights, count, again in (([1.0, -1.0], 1, True), ([1.0, 0.0], 2, False), ([0.0], 1, True)):
        with pytest.raises(cr.ArgumentError, match="weights"):
            data.WeightedRandomSampler(weights, count, again)


def test_joined() -> None:
    joined = data.ConcatDataset([[0, 1], [], [2]])
    assert [joined[i] for i in range(-3, 3)] == [0, 1, 2, 0, 1, 2]
    with pytest.raises(IndexError):
        joined[3]


def test_a_collate_function_of_tensor_rows() -> None:
    rows = data.TensorDataset(np.arange(4.0), np.arange(4))
    loader = data.DataLoader(rows, batch_size=2, collate_fn=lambda batch: [y.item() for _, y in batch])
    assert list(loader) == [[0, 1], [2, 3]]


def test_pytorchs_path() -> None:
    from chainrule.utils import data as there

    assert cr.utils.data is there
    for name in there.__all__:
        assert getattr(there, name) is getattr(data, name)
