"""Embedding: rows by number."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F


def test_initial_rows_are_standard_normal_and_lie_row_by_row():
    cr.manual_seed(0)
    table = nn.Embedding(500, 40, padding_idx=3).weight
    numbers = np.delete(table.numpy(), 3, axis=0)
    assert table.numpy().flags.c_contiguous
    assert not table.numpy()[3].any()
    assert abs(numbers.mean()) < 3 / np.sqrt(numbers.size)
    assert abs(numbers.std() - 1) < 3 / np.sqrt(2 * numbers.size)


def test_repeated_rows_get_the_sum_and_padding_gets_nothing():
    layer = nn.Embedding(5, 2, padding_idx=0)
    layer(cr.tensor([[1, 1, 0], [3, 1, 0]])).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [3, 3], [0, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.int64, ">i4"])
def test_whole_numbers_of_any_kind(dtype):
    layer = nn.Embedding(5, 2)
    rows = layer(cr.from_numpy(np.array([4, 0], dtype)))
    np.testing.assert_array_equal(rows.detach().numpy(), layer.weight.numpy()[[4, 0]])
    np.testing.assert_array_equal(layer([4, 0]).detach().numpy(), rows.detach().numpy())


def test_from_pretrained():
    rows = np.arange(6.0).reshape(3, 2)
    frozen = nn.Embedding.from_pretrained(rows)
    assert not frozen.weight.requires_grad
    assert frozen(cr.tensor([2])).tolist() == [[4.0, 5.0]]
    free = nn.Embedding.from_pretrained(rows, freeze=False, padding_idx=1)
    assert free.weight.requires_grad
    assert free.padding_idx == 1
    with cr.no_grad():
        free.weight.zero_()
    assert rows.any()


REFUSED = [
    (lambda: nn.Embedding(10, 3)(cr.tensor([0, 10])), ("Embedding(10, 3)", "0 to 10", "num_embeddings is 10")),
    (lambda: nn.Embedding(10, 3)(cr.tensor([-1, 2])), ("Embedding(10, 3)", "-1 to 2", "num_embeddings is 10")),
    (lambda: F.embedding(cr.tensor([7]), cr.zeros(4, 2)), ("embedding", "7 to 7", "num_embeddings is 4")),
    (lambda: nn.Embedding(10, 3)(cr.tensor([1.0])), ("Embedding(10, 3)", "float32", "x.long()")),
    (lambda: nn.Embedding(0, 3), ("Embedding, argument num_embeddings", "at least 1")),
    (lambda: nn.Embedding(3, 2.5), ("Embedding, argument embedding_dim", "2.5")),
    (lambda: nn.Embedding(3, 2, padding_idx=3), ("Embedding, argument padding_idx", "padding_idx=3", "-3 … 3 - 1")),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_refused_in_words(call, words):
    with pytest.raises(cr.ChainruleError) as error:
        call()
    for word in words:
        assert word in str(error.value)
