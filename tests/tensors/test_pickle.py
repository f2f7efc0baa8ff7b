"""A tensor that was pickled is the same tensor, laid out in memory as it was."""

import pickle

import numpy as np
import pytest

from chainrule import nn
from chainrule.tape.tracked import wrap


@pytest.mark.parametrize("axes", [(), (0,), (0, 1), (1, 0), (0, 2, 1), (2, 0, 1), (3, 2, 0, 1)], ids=str)
def test_memory_order_survives(axes):
    array = np.arange(2.0 ** len(axes) * 3 ** min(len(axes), 1)).reshape(([6] + [2] * 3)[: len(axes)] or ())
    p = nn.Parameter(wrap(array.transpose(axes)), requires_grad=False)
    p._role = "moment"
    twin = pickle.loads(pickle.dumps(p))  # noqa: S301
    assert type(twin) is nn.Parameter
    assert (twin.requires_grad, twin._role, twin.dtype, twin.shape) == (False, "moment", p.dtype, p.shape)
    assert twin._array.strides == p._array.strides
    assert twin._array.flags.writeable
    np.testing.assert_array_equal(twin.numpy(), p.numpy())
