"""Every layer before every activation before every loss: gradients against differences.

Layers, activations and losses are those of the contract tables, which hold each of them alone. Every layer meets every
activation here, with the losses taken in turn so that every loss meets every layer and every activation too.
"""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.nn.contract import as_function, flat
from tests.nn.losses.table import ROWS
from tests.nn.rows import activations
from tests.nn.table import MODULES

NOT_LAYERS = {"Sequential", "MLP", "Identity"}
ROWS_OF = (3, 4)  # what the losses get


def first(rows, skip=()):
    """One row a name."""
    found = {}
    for row in rows:
        if row.name not in skip and getattr(row, "whole_gradient", True):
            found.setdefault(row.name, row)
    return found


ACTIVATIONS = {row.name: row.build for row in first(activations.MODULES).values()} | {"Hardsigmoid": nn.Hardsigmoid}
LAYERS = first(MODULES, skip={*ACTIVATIONS, *NOT_LAYERS})
LOSSES = first(ROWS)


def judged(name, x):
    """The loss of this name for any numbers (3, 4): targets that it takes, and outputs of the kind that it wants."""
    draw = np.random.default_rng(7)
    numbers = cr.tensor(draw.uniform(0.05, 0.95, ROWS_OF), dtype="float64")
    signs = cr.tensor(draw.choice([-1.0, 1.0], ROWS_OF), dtype="float64")
    classes = cr.tensor(np.array([0, 3, 1]))
    loss = getattr(nn, name)()
    given = {
        "BCELoss": lambda: (cr.sigmoid(x), numbers),
        "CrossEntropyLoss": lambda: (x, classes),
        "NLLLoss": lambda: (cr.log_softmax(x, 1), classes),
        "KLDivLoss": lambda: (cr.log_softmax(x, 1), cr.softmax(numbers, 1)),
        "HingeLoss": lambda: (x, signs),
        "HingeEmbeddingLoss": lambda: (x, signs),
    }
    return loss(*given.get(name, lambda: (x, numbers))())


def test_nothing_is_left_out():
    assert set(LAYERS) | set(ACTIVATIONS) | NOT_LAYERS == {row.name for row in MODULES} | {"Hardsigmoid"}
    assert set(LOSSES) == {row.name for row in ROWS}
    assert len(LAYERS) >= len(LOSSES) <= len(ACTIVATIONS)  # so that every loss has its turn


def packed(function, given):
    """A function of several arrays as one of a single vector, which holds all that are floats; and that vector."""
    is_float = [isinstance(array, np.ndarray) and array.dtype.kind == "f" for array in given]

    def of_one(v):
        args, start = [], 0
        for array, wanted in zip(given, is_float, strict=True):
            if wanted:
                args.append(v[start : start + array.size].reshape(array.shape))
                start += array.size
            else:
                args.append(cr.from_numpy(array) if isinstance(array, np.ndarray) else array)
        return function(*args)

    floats = [array.ravel() for array, wanted in zip(given, is_float, strict=True) if wanted]
    return of_one, np.concatenate(floats)


@pytest.mark.slow
@pytest.mark.article("S0-26")
@pytest.mark.parametrize("layer", LAYERS)
def test_gradients_are_differences(layer):
    row = LAYERS[layer]
    module = row.build()
    getattr(module, row.mode)()
    function, parameters = as_function(module)
    function, numbers = packed(function, [*row.arrays(), *parameters])
    count = flat(function(cr.tensor(numbers, dtype="float64")))[0].numel()
    weigh = cr.tensor(np.random.default_rng(3).normal(size=(count, 12)) / count**0.5, dtype="float64")
    for turn, (name, make) in enumerate(ACTIVATIONS.items()):
        loss = list(LOSSES)[(list(LAYERS).index(layer) + turn) % len(LOSSES)]
        activation = make()

        def chain(v, activation=activation, loss=loss):
            out = activation(function(v).reshape(1, count, 1).mT).reshape(1, count)  # (1, 1, count) on the way
            return judged(loss, (out @ weigh).reshape(*ROWS_OF))

        try:
            cr.testing.check_gradients(chain, numbers, order=1, directions=2)
        except AssertionError as error:
            raise AssertionError(f"{layer}, {name}, {loss}: {error}") from error
