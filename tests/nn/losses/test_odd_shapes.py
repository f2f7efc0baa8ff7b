"""Losses of arrays of any shape, order and size, against loops over their elements."""

import math

import hypothesis
import hypothesis.strategies as st
import numpy as np

import chainrule as cr
from chainrule.nn import functional as F

shapes = st.lists(st.integers(1, 4), min_size=0, max_size=3)
seeds = st.integers(0, 2**16)


def turned(array, draw):
    """The same array with its axes in another order in memory."""
    axes = draw.permutation(array.ndim)
    return np.ascontiguousarray(array.transpose(axes)).transpose(np.argsort(axes))


@hypothesis.given(st.integers(1, 4), st.integers(2, 5), shapes, st.booleans(), st.floats(0, 1), seeds)
def test_cross_entropy_place_by_place(rows, classes, rest, soft, epsilon, seed):
    draw = np.random.default_rng(seed)
    z = turned(draw.normal(size=(rows, classes, *rest)) * 3, draw)
    weight, weights = draw.uniform(0.1, 2.0, classes), draw.uniform(0.1, 2.0, rows)
    places = list(np.ndindex(rows, *rest))
    if soft:
        y = turned(draw.dirichlet(np.ones(classes), (rows, *rest)).transpose(0, -1, *range(1, len(rest) + 1)), draw)
    else:
        y = draw.integers(-1, classes, (rows, *rest))
    total = mass = 0.0
    for n, *at in places:
        logits = z[(n, slice(None), *at)]
        log_p = logits - math.log(sum(math.exp(v) for v in logits))
        if not soft and y[(n, *at)] == -1:
            continue
        q = y[(n, slice(None), *at)] if soft else np.eye(classes)[y[(n, *at)]]
        smooth = (1 - epsilon) * q + epsilon / classes
        total -= weights[n] * sum(w * s * v for w, s, v in zip(weight, smooth, log_p, strict=True))
        mass += weights[n] * (1.0 if soft else weight[y[(n, *at)]])
    loss = F.cross_entropy(
        cr.tensor(z, dtype=np.float64), y, weight=weight, ignore_index=-1, label_smoothing=epsilon, weights=weights
    )
    np.testing.assert_allclose(loss.item(), total / mass if mass else 0.0, rtol=1e-10, atol=1e-12)


@hypothesis.given(st.lists(st.integers(1, 4), min_size=1, max_size=4), seeds)
def test_losses_of_numbers_element_by_element(shape, seed):
    draw = np.random.default_rng(seed)
    x, y = turned(draw.normal(size=shape), draw), turned(draw.uniform(size=shape), draw)
    weights = draw.uniform(0.1, 2.0, shape[0])
    single = {
        F.mse_loss: lambda a, b: (a - b) ** 2,
        F.l1_loss: lambda a, b: abs(a - b),
        F.huber_loss: lambda a, b: (a - b) ** 2 / 2 if abs(a - b) <= 1 else abs(a - b) - 0.5,
        F.binary_cross_entropy_with_logits: lambda a, b: math.log1p(math.exp(a)) - a * b,
        F.poisson_nll_loss: lambda a, b: math.exp(a) - a * b,
    }
    for loss, formula in single.items():
        total = sum(weights[at[0]] * formula(x[at], y[at]) for at in np.ndindex(*shape))
        ours = loss(cr.tensor(x, dtype=np.float64), y, weights=weights).item()
        np.testing.assert_allclose(ours, total / (weights.sum() * math.prod(shape[1:])), rtol=1e-10)
