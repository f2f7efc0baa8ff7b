"""What people really get wrong, a row each: it is refused, or said aloud, in words that name the place and the cure.

The threads are those in which somebody reported it; a row without one is its near relative.
"""

import warnings
from typing import NamedTuple

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.language import catalogue, choose
from chainrule.nn import functional as F
from chainrule.optim import lr_scheduler, schedules
from chainrule.train.guard import looking, table
from tests.train.guard import test_forum_answers, test_forum_data, test_forum_loops
from tests.train.guard.programs import (
    BITS,
    CLASSES,
    IMAGES,
    NUMBERS,
    ONE_HOT,
    TOKENS,
    N,
    Own,
    X,
    changed,
    fit,
    loop,
    net,
    sgd,
    with_column,
)

CE, BCE, MSE = nn.CrossEntropyLoss, nn.BCEWithLogitsLoss, nn.MSELoss
NAN = float("nan")


class Row(NamedTuple):
    """A wrong program, what it is answered with, words that must be in the answer, where it was reported."""

    run: object
    kind: type
    words: list
    thread: str = ""


class Hidden(nn.Module):
    """Layers in a plain list."""

    def __init__(self, kind=list):
        super().__init__()
        made = [nn.Linear(3, 3), nn.Linear(3, 3)]
        self.hidden = made if kind is list else {"a": made[0], "b": made[1]}
        self.out = nn.Linear(3, 1)

    def forward(self, x):
        for layer in self.hidden.values() if isinstance(self.hidden, dict) else self.hidden:
            x = cr.relu(layer(x))
        return self.out(x)


class Loose(nn.Module):
    """A weight that is a tensor and no parameter."""

    def __init__(self):
        super().__init__()
        self.scale = cr.ones(1).requires_grad_()
        self.out = nn.Linear(3, 1)

    def forward(self, x):
        return self.out(x) * self.scale


def exchanged():
    model = net()
    optimizer = sgd(model)
    model[2] = nn.Linear(4, 1)
    return fit(model, MSE(), (X, NUMBERS), optimizer)


def used():
    trainer = fit(net(), MSE(), (X, NUMBERS))
    trainer.lr_range_test((X, NUMBERS), points=4, steps=2)


def cleared_too_early():
    model = net()
    optimizer = sgd(model)
    for _ in range(3):
        F.mse_loss(model(cr.tensor(X, dtype="float32")), cr.tensor(NUMBERS, dtype="float32")).backward()
        optimizer.zero_grad()
        optimizer.step()


def predicted_in_training(layer):
    model = nn.Sequential(nn.Linear(3, 4), layer, nn.Linear(4, 1))
    loop(model, BCE())
    with cr.no_grad():
        return model(cr.tensor(X, dtype="float32")).numpy()


def predicted_after_fit():
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2), nn.Linear(4, 1))
    fit(model, BCE(), (X, BITS), validation=0.25)
    with cr.no_grad():
        return float((model(cr.tensor(X, dtype="float32")) > 0).float().mean())


def scheduled_first(make):
    model = net()
    optimizer = sgd(model)
    loop(model, BCE(), optimizer=optimizer, before=(scheduler := make(optimizer)) and (lambda: scheduler.step(1.0)))


def in_trainer(make, **options):
    model = net()
    optimizer = sgd(model, momentum=0.9)
    fit(model, MSE(), (X, NUMBERS), optimizer, schedule=make(optimizer), **options)


ROWS = {
    # --- shapes of outputs and targets ---
    "column against row": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS[:, 0])), cr.ShapeError, ["(48, 1)", "(48,)", "reshape"], "pytorch#16045"
    ),
    "row against column": Row(
        lambda: fit(Own(lambda z: z[:, 0]), MSE(), (X, NUMBERS)), cr.ShapeError, ["reshape((48,))"], "pytorch#4938"
    ),
    "absolute error, column against row": Row(
        lambda: fit(net(), nn.L1Loss(), (X, NUMBERS[:, 0])), cr.ShapeError, ["L1Loss", "reshape"], "pytorch#19699"
    ),
    "Huber, column against row": Row(
        lambda: fit(net(), nn.HuberLoss(), (X, NUMBERS[:, 0])), cr.ShapeError, ["HuberLoss", "reshape"]
    ),
    "yes or no, column against row": Row(
        lambda: fit(net(), BCE(), (X, BITS[:, 0])), cr.ShapeError, ["BCEWithLogitsLoss", "reshape"], "pytorch#18349"
    ),
    "own loss, column against row": Row(
        lambda: fit(net(), lambda z, y: ((z - y) ** 2).mean(), (X, NUMBERS[:, 0])), cr.ShapeError,
        ["(N, 1)", "(N,)", "every row compared"], "pytorch#16045",
    ),
    "own loss, row against column": Row(
        lambda: fit(Own(lambda z: z[:, 0]), lambda z, y: (z - y).abs().mean(), (X, NUMBERS)), cr.ShapeError,
        ["every row compared"], "pytorch#19699",
    ),
    "class column": Row(
        lambda: fit(net(outputs=3), CE(), (X, CLASSES[:, None])), cr.ShapeError, ["reshape((48,))"], "pytorch#45373"
    ),
    "several targets, one output": Row(
        lambda: fit(net(), MSE(), (X, np.hstack([NUMBERS, NUMBERS]))), cr.ShapeError, ["(48, 1)", "(48, 2)"]
    ),
    "one-hot against one output": Row(
        lambda: fit(net(), BCE(), (X, ONE_HOT)), cr.ShapeError, ["(48, 1)", "(48, 3)"]
    ),
    "class numbers against scores": Row(
        lambda: fit(net(outputs=3), MSE(), (X, CLASSES)), cr.ShapeError, ["(48, 3)", "(48,)"]
    ),
    # --- activations and losses that do not go together ---
    "softmax twice": Row(
        lambda: fit(net(nn.Softmax(dim=1), outputs=3), CE(), (X, CLASSES)), cr.DataError,
        ["3 Softmax(dim=1)", "CrossEntropyLoss()", "take this layer out"], "pytorch#55902",
    ),
    "softmax twice, in forward()": Row(
        lambda: fit(Own(lambda z: cr.softmax(z, 1), 3), CE(), (X, CLASSES)), cr.DataError,
        ["Own.forward, softmax", "CrossEntropyLoss"], "keras#19193",
    ),
    "softmax twice, shares": Row(
        lambda: fit(net(nn.Softmax(dim=-1), outputs=3), CE(), (X, ONE_HOT)), cr.DataError, ["softmax"],
        "keras-team/keras-hub#1008",
    ),
    "sigmoid twice": Row(
        lambda: fit(net(nn.Sigmoid()), BCE(), (X, BITS)), cr.DataError, ["3 Sigmoid()", "BCEWithLogitsLoss"],
        "tflearn#562",
    ),
    "sigmoid before the loss of classes": Row(
        lambda: fit(net(nn.Sigmoid(), outputs=3), CE(), (X, CLASSES)), cr.DataError, ["3 Sigmoid()", "logits"],
        "nfmcclure/tensorflow_cookbook#86",
    ),
    "softmax before the loss of yes and no": Row(
        lambda: fit(net(nn.Softmax(dim=1), outputs=3), BCE(), (X, ONE_HOT)), cr.DataError, ["3 Softmax(dim=1)"]
    ),
    "log-softmax before the loss of yes and no": Row(
        lambda: fit(net(nn.LogSoftmax(dim=1), outputs=3), BCE(), (X, ONE_HOT)), cr.DataError, ["3 LogSoftmax(dim=1)"]
    ),
    "softmax after softmax": Row(
        lambda: fit(net(nn.Softmax(dim=1), nn.Softmax(dim=1), outputs=3), MSE(), (X, ONE_HOT)), cr.DataError,
        ["4 Softmax(dim=1)", "twice over"],
    ),
    "sigmoid after sigmoid": Row(
        lambda: fit(net(nn.Sigmoid(), nn.Sigmoid()), nn.BCELoss(), (X, BITS)), cr.DataError, ["4 Sigmoid()", "twice"]
    ),
    "sigmoid after ReLU": Row(
        lambda: fit(net(nn.ReLU(), nn.Sigmoid()), nn.BCELoss(), (X, BITS)), cr.DataError,
        ["sigmoid ∘ relu", "between 0.5 and 1", "from 0 to 1"],
    ),
    "no sigmoid before BCELoss": Row(
        lambda: fit(net(), nn.BCELoss(), (X, BITS)), cr.DataError, ["2 Linear", "BCEWithLogitsLoss", "[0, 1]"],
        "pytorch#2866",
    ),
    "tanh before BCELoss": Row(
        lambda: fit(net(nn.Tanh()), nn.BCELoss(), (X, BITS)), cr.DataError, ["3 Tanh()", "nn.Sigmoid()"]
    ),
    "ReLU before BCELoss": Row(
        lambda: fit(net(nn.ReLU()), nn.BCELoss(), (X, BITS)), cr.DataError, ["3 ReLU()", "probabilities"]
    ),
    "no log-softmax before NLLLoss": Row(
        lambda: fit(net(outputs=3), nn.NLLLoss(), (X, CLASSES)), cr.DataError, ["2 Linear", "CrossEntropyLoss"],
    ),
    "softmax before NLLLoss": Row(
        lambda: fit(net(nn.Softmax(dim=1), outputs=3), nn.NLLLoss(), (X, CLASSES)), cr.DataError,
        ["3 Softmax(dim=1)", "LogSoftmax"], "lansinuote/Huggingface_Toturials#6",
    ),
    "probabilities before KLDivLoss": Row(
        lambda: fit(net(nn.Softmax(dim=1), outputs=3), nn.KLDivLoss(), (X, ONE_HOT)), cr.DataError, ["logarithms"]
    ),
    "sigmoid before the hinge": Row(
        lambda: fit(net(nn.Sigmoid()), nn.HingeLoss(), (X, 2 * BITS - 1)), cr.DataError, ["3 Sigmoid()", "-1 and below"]
    ),
    "exp before a loss that takes exp": Row(
        lambda: fit(Own(lambda z: z.exp()), nn.PoissonNLLLoss(), (X, 3 * BITS)), cr.DataError, ["log_input=False"]
    ),
    "ReLU before logits of yes and no": Row(
        lambda: fit(net(nn.ReLU()), BCE(), (X, BITS)), cr.DataError, ["3 ReLU()", "below 0.5"], "keras#6447"
    ),
    "ReLU before logits of classes": Row(
        lambda: fit(net(nn.ReLU(), outputs=3), CE(), (X, CLASSES)), cr.ChainruleWarning, ["3 ReLU()", "never sure"],
        "keras#2975",
    ),
    "tanh before logits": Row(
        lambda: fit(net(nn.Tanh()), BCE(), (X, BITS)), cr.ChainruleWarning, ["3 Tanh()", "never comes near 0"]
    ),
    "softmax over the rows": Row(
        lambda: fit(net(nn.Softmax(dim=0), outputs=3), MSE(), (X, ONE_HOT)), cr.DataError,
        ["3 Softmax(dim=0)", "rows of the batch", "dim=1"],
    ),
    "softmax over one output": Row(
        lambda: fit(net(nn.Softmax(dim=1)), nn.BCELoss(), (X, BITS)), cr.DataError,
        ["3 Softmax(dim=1)", "single output"], "keras#13330",
    ),
    "cross-entropy of one output": Row(
        lambda: fit(net(), CE(), (X, BITS)), cr.ShapeError, ["always 1", "BCEWithLogitsLoss"], "keras#11791"
    ),
    "cross-entropy of one output, class numbers": Row(
        lambda: fit(net(), CE(), (X, np.zeros(N, int))), cr.ShapeError, ["always 1", "BCEWithLogitsLoss"]
    ),
    # --- targets that cannot be reached ---
    "ReLU and negative targets": Row(
        lambda: fit(net(nn.ReLU()), MSE(), (X, NUMBERS)), cr.DataError, ["3 ReLU()", "between 0 and inf"]
    ),
    "sigmoid and targets beyond 1": Row(
        lambda: fit(net(nn.Sigmoid()), MSE(), (X, 10 * BITS)), cr.DataError, ["3 Sigmoid()", "from 0 to 10"]
    ),
    "sigmoid and signs": Row(
        lambda: fit(net(nn.Sigmoid()), MSE(), (X, 2 * BITS - 1)), cr.DataError, ["from -1 to 1", "between 0 and 1"]
    ),
    "tanh and large targets": Row(
        lambda: fit(net(nn.Tanh()), nn.L1Loss(), (X, 5 * NUMBERS)), cr.DataError, ["3 Tanh()", "between -1 and 1"]
    ),
    "softmax and class numbers to be met": Row(
        lambda: fit(net(nn.Softmax(dim=1), outputs=3), MSE(), (X, 5 * ONE_HOT)), cr.DataError, ["from 0 to 5"]
    ),
    # --- labels ---
    "labels as floats": Row(
        lambda: fit(net(outputs=3), CE(), (X, CLASSES.astype(float))), cr.DtypeError, ["integers", ".long()"],
        "pytorch#118280",
    ),
    "labels 1 … K": Row(
        lambda: fit(net(outputs=3), CE(), (X, CLASSES + 1)), cr.DataError, ["from 1 to 3", "targets - 1"],
        "qubvel-org/segmentation_models.pytorch#197",
    ),
    "one-hot in whole numbers": Row(
        lambda: fit(net(outputs=3), CE(), (X, ONE_HOT.astype(int))), cr.DtypeError, ["argmax(1)"], "pytorch#45373"
    ),
    "fewer outputs than classes": Row(
        lambda: fit(net(outputs=2), CE(), (X, CLASSES)), cr.DataError, ["0 to 2 for 2 outputs"]
    ),
    "gaps as -1": Row(
        lambda: fit(net(outputs=3), CE(), (X, CLASSES - 1)), cr.DataError, ["ignore_index=-1"]
    ),
    "signs for yes and no": Row(
        lambda: fit(net(), BCE(), (X, 2 * BITS - 1)), cr.DataError, ["from -1 to 1", "(y + 1) / 2"]
    ),
    "signs for a probability": Row(
        lambda: fit(net(nn.Sigmoid()), nn.BCELoss(), (X, 2 * BITS - 1)), cr.DataError, ["-1", "[0, 1]"]
    ),
    "1 and 2 for yes and no": Row(
        lambda: fit(net(), BCE(), (X, BITS + 1)), cr.DataError, ["from 1 to 2"]
    ),
    "pixels for probabilities": Row(
        lambda: fit(net(), BCE(), (X, 255 * BITS)), cr.DataError, ["255"]
    ),
    "three classes for a hinge": Row(
        lambda: fit(net(), nn.HingeLoss(), (X, CLASSES[:, None] - 1)), cr.DataError, ["-1, 0"]
    ),
    "negative counts": Row(
        lambda: fit(net(), nn.PoissonNLLLoss(), (X, NUMBERS)), cr.DataError, ["counts of 0 and more"]
    ),
    "shares above 1": Row(
        lambda: fit(net(outputs=3), CE(), (X, 2 * ONE_HOT)), cr.DataError, ["from 0 to 2"]
    ),
    "several labels in one softmax": Row(
        lambda: fit(net(outputs=3), CE(), (X, np.ones((N, 3)))), cr.DataError, ["add up to 3", "BCEWithLogitsLoss"]
    ),
    "a single label in the last row": Row(
        lambda: fit(net(outputs=3), CE(), (X, np.append(CLASSES[:-1], 7)), batch_size=4), cr.DataError, ["7"]
    ),
    "one class only": Row(
        lambda: fit(net(), BCE(), (X, np.ones((N, 1)))), cr.ChainruleWarning, ["y", "1 in all 48 rows"], "keras#6447"
    ),
    "labels as words": Row(
        lambda: fit(net(outputs=3), CE(), (X, np.array(["cat"] * N))), cr.DtypeError, ["y"]
    ),
    # --- data ---
    "NaN in X": Row(
        lambda: fit(net(), MSE(), (changed(X, (7, 2), NAN), NUMBERS)), cr.DataError, ["row 7, column 2"], "keras#6921"
    ),
    "NaN in y": Row(
        lambda: fit(net(), MSE(), (X, changed(NUMBERS, (5, 0), NAN))), cr.DataError, ["y, row 5"], "Theano#2849"
    ),
    "infinity in X": Row(
        lambda: fit(net(), MSE(), (changed(X, (1, 0), np.inf), NUMBERS)), cr.DataError, ["row 1, column 0", "inf"]
    ),
    "NaN in a named column": Row(
        lambda: fit(net(), MSE(), cr.data.Samples(changed(X, (7, 2), NAN), NUMBERS, feature_names=("a", "b", "age"))),
        cr.DataError, ['column 2 "age"'],
    ),
    "NaN in the validation": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS), validation=(changed(X, (3, 1), NAN), NUMBERS)), cr.DataError,
        ["validation, X, row 3, column 1"],
    ),
    "an unscaled column": Row(
        lambda: fit(net(), MSE(), (X * [1, 1000, 1], NUMBERS)), cr.ChainruleWarning,
        ["column 1", "1 of 3", "Standardizer"],
    ),
    "pixels as they are": Row(
        lambda: fit(net(inputs=16), MSE(), (255 * IMAGES.reshape(N, 16), NUMBERS)), cr.ChainruleWarning, ["16 of 16"]
    ),
    "images as they are": Row(
        lambda: fit(
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 1)), MSE(), (np.round(255 * IMAGES), NUMBERS)
        ),
        cr.ChainruleWarning, ["data, X", "X / 255"],
    ),
    "images as they are, flattened": Row(
        lambda: fit(nn.Sequential(nn.Flatten(), nn.Linear(16, 1)), MSE(), (np.round(255 * IMAGES), NUMBERS)),
        cr.ChainruleWarning, ["data, X", "X / 255"],
    ),
    "years as they are": Row(
        lambda: fit(net(inputs=4), MSE(), (with_column(X, np.linspace(1990, 2020, N)), NUMBERS)), cr.ChainruleWarning,
        ["column 3", "from 1990 to 2020"],
    ),
    "a constant column": Row(
        lambda: fit(net(inputs=4), MSE(), (with_column(X, 5.0), NUMBERS)), cr.ChainruleWarning,
        ["column 3", "5 in every row"],
    ),
    "all rows the same": Row(
        lambda: fit(net(), MSE(), (np.full((N, 3), 2.5), NUMBERS)), cr.ChainruleWarning,
        ["column 0", "2.5 in every row", "such columns: 3"],
    ),
    "a column of zeros": Row(
        lambda: fit(net(inputs=4), MSE(), (with_column(X, 0.0), NUMBERS)), cr.ChainruleWarning, ["0 in every row"]
    ),
    "y inside X": Row(
        lambda: fit(net(inputs=4), MSE(), (with_column(X, NUMBERS[:, 0]), NUMBERS)), cr.ChainruleWarning,
        ["column 3", "equals y"],
    ),
    "X and y swapped": Row(
        lambda: fit(net(), MSE(), (NUMBERS, X)), cr.ShapeError, ["fit((y, X))", "(48, 1)", "(48, 3)"]
    ),
    "X and y not in one pair of parentheses": Row(
        lambda: cr.Trainer(net(), MSE(), seed=0).fit(X, NUMBERS), cr.DtypeError, ["fit((X, y))"]
    ),
    "X without columns": Row(
        lambda: fit(net(inputs=1), MSE(), (X[:, 0], NUMBERS)), cr.ShapeError, ["(48,)", "X.reshape(-1, 1)"]
    ),
    "rows that differ in number": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS[:-1])), cr.ShapeError, ["(48, 3)", "(47, 1)"]
    ),
    "floats for an embedding": Row(
        lambda: fit(nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(12, 1)), MSE(), (TOKENS / 1.0, NUMBERS)),
        cr.DtypeError, ["Embedding(5, 2)", "float32"],
    ),
    "a number beyond the table": Row(
        lambda: fit(
            nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(12, 1)), MSE(),
            (np.vstack([TOKENS[:-1], [[0, 0, 0, 0, 0, 5]]]), NUMBERS),
        ),
        cr.ArgumentError, ["0 … num_embeddings - 1; num_embeddings is 5"],
    ),
    # --- shapes inside the network ---
    "a layer too narrow": Row(
        lambda: fit(nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(8, 1)), MSE(), (X, NUMBERS)), cr.ShapeError,
        ["2 Linear(in_features=8", "rows of 16", "0 Linear(in_features=3", "nn.Linear(16, 1)"], "theislab/multimil#77",
    ),
    "the first layer too narrow": Row(
        lambda: fit(net(inputs=2), MSE(), (X, NUMBERS)), cr.ShapeError, ["0 Linear", "rows of 3", "nn.Linear(3, 4)"],
        "databrickslabs/dolly#90",
    ),
    "no Flatten after a convolution": Row(
        lambda: fit(
            nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Linear(8, 1)), MSE(), (IMAGES, NUMBERS)
        ),
        cr.ShapeError, ["2 Linear(in_features=8", "nn.Flatten()"],
    ),
    "channels that do not fit": Row(
        lambda: fit(
            nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(8, 1)), MSE(), (IMAGES, NUMBERS)
        ),
        cr.ShapeError, ["0 Conv2d(3, 2"],
    ),
    "a norm of another width": Row(
        lambda: fit(
            nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(5), nn.Linear(4, 1)), MSE(), (X, NUMBERS)
        ),
        cr.ShapeError, ["1 BatchNorm1d(5", "4 channels"],
    ),
    "rows of one number at a time": Row(
        lambda: fit(
            nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)), MSE(), (X, NUMBERS), batch_size=1
        ),
        cr.DataError, ["1 BatchNorm1d(4", "at least two rows"], "pytorch#5406",
    ),
    "answers that are not one a row": Row(
        lambda: fit(Own(lambda z: z.mean()), MSE(), (X, NUMBERS)), cr.ShapeError, ["row for each row"]
    ),
    # --- gradients that reach nothing ---
    "argmax in forward()": Row(
        lambda: fit(Own(lambda z: z.argmax(1), 3), CE(), (X, CLASSES)), cr.DtypeError, ["Own.forward", "argmax"]
    ),
    "a comparison in forward()": Row(
        lambda: fit(Own(lambda z: z > 0), BCE(), (X, BITS)), cr.DtypeError, ["Own.forward", "bool"]
    ),
    "rounding in forward()": Row(
        lambda: fit(Own(lambda z: z.sigmoid().round()), MSE(), (X, BITS)), cr.GradientError, ["Own.forward", "round()"]
    ),
    "detach in forward()": Row(
        lambda: fit(Own(lambda z: z.detach()), MSE(), (X, NUMBERS)), cr.GradientError, ["Own.forward", "detach()"]
    ),
    "numpy in forward()": Row(
        lambda: fit(Own(lambda z: cr.tensor(z.detach().numpy())), MSE(), (X, NUMBERS)), cr.GradientError, [".numpy()"]
    ),
    "a loss of something else": Row(
        lambda: fit(net(), lambda z, y: ((z.detach() - y) ** 2).mean(), (X, NUMBERS)), cr.GradientError, ["backward"]
    ),
    "NaN in forward()": Row(
        lambda: fit(Own(lambda z: (-z.abs() - 1).log()), MSE(), (X, NUMBERS)), cr.DataError, ["NaN", "first row"],
        "bitsandbytes#165",
    ),
    # --- parameters ---
    "layers in a list": Row(
        lambda: fit(Hidden(), MSE(), (X, NUMBERS)), cr.StateError, ["attribute hidden", "4 param", "nn.ModuleList"]
    ),
    "layers in a dict": Row(
        lambda: fit(Hidden(dict), MSE(), (X, NUMBERS)), cr.StateError, ["attribute hidden", "nn.ModuleDict"]
    ),
    "a tensor for a parameter": Row(
        lambda: fit(Loose(), MSE(), (X, NUMBERS)), cr.StateError, ["Loose.forward", "nn.Parameter"]
    ),
    "an optimizer of another network": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS), sgd(net())), cr.StateError, ["no parameter of this model"]
    ),
    "a layer exchanged after the optimizer": Row(exchanged, cr.StateError, ["2.weight, 2.bias", "last change"]),
    "only the first layer given": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS), lambda m: sgd(m[0])), cr.ChainruleWarning,
        ["2.weight, 2.bias", "2.requires_grad_(False)"],
    ),
    "everything frozen": Row(
        lambda: fit(net().requires_grad_(False), MSE(), (X, NUMBERS)), cr.StateError, ["all frozen"]
    ),
    "the module for its parameters": Row(lambda: optim.SGD(net(), lr=0.1), cr.DtypeError, ["model.parameters()"]),
    "parameters read to their end": Row(
        lambda: [list(p := net().parameters()), optim.SGD(p, lr=0.1)], cr.ArgumentError, ["read to its end"]
    ),
    # --- weights and validation ---
    "weights in training alone": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS), sample_weight=np.linspace(1, 2, N), validation=(X, NUMBERS)),
        cr.ChainruleWarning, ["validation", "without weights", "w_val"], "keras#5616, #7985",
    ),
    "weights of classes that are not there": Row(
        lambda: fit(net(outputs=3), CE(), (X, CLASSES), class_weight={1: 1.0, 2: 2.0, 3: 5.0}), cr.ChainruleWarning,
        ["do not occur: 3; none for 0"], "keras#496",
    ),
    "weights of too few classes": Row(
        lambda: fit(net(outputs=3), CE(weight=[1.0, 2.0]), (X, CLASSES)), cr.ShapeError, ["(3,)"]
    ),
    "weights for a loss that takes none": Row(
        lambda: fit(net(), lambda z, y: ((z - y) ** 2).mean(), (X, NUMBERS), sample_weight=np.ones(N)),
        cr.ArgumentError, ["weights"],
    ),
    "validation of other columns": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS), validation=(X[:, :2], NUMBERS)), cr.ShapeError,
        ["validation, X", "(48, 2)", "(N, 3)"],
    ),
    "validation with labels 1 … K": Row(
        lambda: fit(net(outputs=3), CE(), (X, CLASSES), validation=(X, CLASSES + 1)), cr.DataError,
        ["validation, y", "targets - 1"],
    ),
    "validation that was not scaled": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS), validation=(X * 500, NUMBERS)), cr.ChainruleWarning,
        ["validation, X, column 0", "transform"],
    ),
    "stopping by a validation that is not there": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS), callbacks=[cr.train.EarlyStopping(monitor="val_loss")]),
        cr.ArgumentError,
        ["val_loss", "validation"], "keras#12511",
    ),
    "accuracy of numbers": Row(
        lambda: fit(net(), MSE(), (X, NUMBERS), metrics=["accuracy"]), cr.ArgumentError, ["accuracy"], "keras#13552"
    ),
    # --- learning rates ---
    "a range test on a used network": Row(used, cr.ChainruleWarning, ["lr_range_test", "fresh weights"], "keras#8891"),
    "a scheduler as long as all steps": Row(
        lambda: in_trainer(lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=12), epochs=4),
        cr.ArgumentError, ["total_steps=12: 4 epochs of 3 batches", "total_steps=4"], "pytorch#2849",
    ),
    "a cosine as long as all steps": Row(
        lambda: in_trainer(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=12), epochs=4), cr.ArgumentError,
        ["T_max=12", "T_max=4"], "pytorch#2850",
    ),
    "a schedule as long as all epochs": Row(
        lambda: in_trainer(lambda o: schedules.cosine(0.1, steps=10), epochs=10), cr.ChainruleWarning,
        ["30 steps", "counts steps"],
    ),
    "a rate set beside a schedule": Row(
        lambda: in_trainer(
            lambda o: schedules.cosine(0.1, steps=30), epochs=10,
            callbacks=[cr.train.LambdaCallback(on_epoch_end=lambda t: t.optimizer.param_groups[0].update(lr=0.5))],
        ),
        cr.ChainruleWarning, ["set by a callback", "0.5"],
    ),
    "a rate set beside a schedule, compiled": Row(
        lambda: in_trainer(
            lambda o: schedules.cosine(0.1, steps=30), epochs=10, engine="numba",
            callbacks=[cr.train.LambdaCallback(on_epoch_end=lambda t: t.optimizer.param_groups[0].update(lr=0.5))],
        ),
        cr.ChainruleWarning, ["set by a callback"],
    ),
    "a scheduler of another optimizer": Row(
        lambda: in_trainer(lambda o: lr_scheduler.StepLR(sgd(net()), 3)), cr.ArgumentError, ["another optimizer"]
    ),
    "a plateau without its metric": Row(
        lambda: lr_scheduler.ReduceLROnPlateau(sgd(net())).step(), cr.ArgumentError, ["val_loss"]
    ),
    "a cycle stepped too often": Row(
        lambda: [s := lr_scheduler.OneCycleLR(sgd(net(), momentum=0.9), max_lr=0.1, total_steps=2)]
        + [s.step() for _ in range(3)],
        cr.StateError, ["last of 2"],
    ),
    "the scheduler before the optimizer": Row(
        lambda: scheduled_first(lambda o: lr_scheduler.StepLR(o, 2)), cr.ChainruleWarning, ["StepLR.step", "SGD.step"],
        "pytorch#12146",
    ),
    "the plateau before the optimizer": Row(
        lambda: scheduled_first(lr_scheduler.ReduceLROnPlateau), cr.ChainruleWarning, ["ReduceLROnPlateau.step"]
    ),
    # --- loaders ---
    "softmax twice, batches in a list": Row(
        lambda: fit(net(nn.Softmax(dim=1), outputs=3), CE(), [(X[:8], CLASSES[:8]), (X[8:], CLASSES[8:])]),
        cr.DataError, ["3 Softmax(dim=1)"],
    ),
    "ReLU and negative targets, in a loader": Row(
        lambda: fit(net(nn.ReLU()), MSE(), cr.data.DataLoader((X, NUMBERS), batch_size=8)), cr.DataError,
        ["3 ReLU()", "between 0 and inf"],
    ),
    "an unscaled column in a loader": Row(
        lambda: fit(net(), MSE(), cr.data.DataLoader((X * [1, 1, 900], NUMBERS), batch_size=8)), cr.ChainruleWarning,
        ["column 2"],
    ),
    "rows of one number at a time, in a loader": Row(
        lambda: fit(
            nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)), MSE(),
            cr.data.DataLoader((X, NUMBERS), batch_size=1),
        ),
        cr.DataError, ["1 BatchNorm1d(4", "at least two rows"],
    ),
    # --- hand-written loops ---
    "zero_grad forgotten": Row(
        lambda: loop(net(), BCE(), zero=False), cr.ChainruleWarning, ["SGD.step", "zero_grad()"], "pytorch#47175"
    ),
    "zero_grad forgotten, Adam": Row(
        lambda: loop(m := net(), BCE(), zero=False, optimizer=optim.Adam(m.parameters())), cr.ChainruleWarning,
        ["Adam.step"], "meta-pytorch/torchforge#71",
    ),
    "a loss of another network": Row(
        lambda: loop(net(), BCE(), optimizer=sgd(net())), cr.ChainruleWarning, ["SGD.step", "though backward()"]
    ),
    "a frozen network": Row(
        lambda: loop(nn.Sequential(head := net().requires_grad_(False), nn.Linear(1, 1)), BCE(), optimizer=sgd(head)),
        cr.ChainruleWarning, ["no gradient", "frozen"],
    ),
    "zero_grad between backward and step": Row(
        cleared_too_early, cr.ChainruleWarning, ["SGD.step", "zero_grad(), then backward(), then step()"]
    ),
    "dropout in a prediction": Row(
        lambda: predicted_in_training(nn.Dropout(0.3)), cr.ChainruleWarning, ["Dropout", "model.eval()"],
        "ipolharvard/ethos-ares#20",
    ),
    "a batch norm in a prediction": Row(
        lambda: predicted_in_training(nn.BatchNorm1d(4)), cr.ChainruleWarning, ["BatchNorm1d", "model.eval()"],
        "facebookresearch/detr#498",
    ),
    "dropout in a prediction after a fit": Row(
        predicted_after_fit, cr.ChainruleWarning, ["Dropout", "model.eval()"], "meta-pytorch/torchtune#1049"
    ),
    "(N,) against (N, 1) by hand": Row(
        lambda: F.mse_loss(net()(cr.tensor(X, dtype="float32")), cr.tensor(NUMBERS[:, 0], dtype="float32")),
        cr.ShapeError, ["reshape"], "pytorch#16045",
    ),
    "outputs and targets exchanged": Row(
        lambda: F.cross_entropy(cr.tensor(CLASSES), net(outputs=3)(cr.tensor(X, dtype="float32"))), cr.DtypeError,
        ["outputs first"],
    ),
    "the class for the loss": Row(lambda: cr.Trainer(net(), nn.MSELoss), cr.DtypeError, ["nn.MSELoss()"]),
    "a loss for each row": Row(
        lambda: cr.Trainer(net(), nn.MSELoss(reduction="none")), cr.ArgumentError, ['reduction="mean"']
    ),
    "super().__init__() forgotten": Row(
        lambda: type("Net", (nn.Module,), {"__init__": lambda self: setattr(self, "a", nn.Linear(1, 1))})(),
        cr.StateError, ["super().__init__()"],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_it_is_named(name):
    row = ROWS[name]
    if row.kind is cr.ChainruleWarning:
        with pytest.warns(cr.ChainruleWarning) as said:
            row.run()
        found = [warning for warning in said if all(word in str(warning.message) for word in row.words)]
        assert len(found) == 1, [str(warning.message) for warning in said]
        assert str(found[0].message).count("\n") == 3
        assert found[0].filename in (__file__, fit.__code__.co_filename)  # the user's own line
    else:
        with pytest.raises(row.kind) as caught:
            row.run()
        text = str(caught.value)
        assert text.count("\n") == 3
        assert all(word in text for word in row.words), text


@pytest.mark.parametrize("name", ROWS)
def test_it_is_named_in_chinese(name):
    """At the same place, and in other words."""
    found = []
    for language in ("en", "zh"):
        choose(language)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                ROWS[name].run()
            except cr.ChainruleError as error:
                found.append(str(error).splitlines())
            else:
                found.append(str(said[0].message).splitlines())
    english, chinese = found
    assert chinese[0] == english[0]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese[2])


SAID = {  # the guard's own refusals, after which a training can be computed
    "softmax twice", "sigmoid twice", "sigmoid before the loss of classes",
    "sigmoid after ReLU", "ReLU and negative targets", "sigmoid and targets beyond 1", "softmax over the rows",
    "softmax after softmax", "NaN in X", "layers in a list", "a tensor for a parameter", "own loss, column against row",
    "a layer exchanged after the optimizer", "a cosine as long as all steps",
}


@pytest.mark.parametrize("name", sorted(SAID))
def test_guard_warn_says_it_and_begins(name, monkeypatch):
    row = ROWS[name]
    monkeypatch.setattr(cr.Trainer, "__init__", _with(cr.Trainer.__init__, guard="warn"))
    with pytest.warns(cr.ChainruleWarning) as said:
        row.run()
    texts = [str(warning.message) for warning in said]
    assert any(all(word in text for word in row.words) for text in texts), texts


@pytest.mark.parametrize("name", sorted(SAID))
def test_guard_off_says_nothing(name, monkeypatch):
    monkeypatch.setattr(cr.Trainer, "__init__", _with(cr.Trainer.__init__, guard="off"))
    ROWS[name].run()  # a warning would be an error


def _with(init, **more):
    return lambda self, *args, **options: init(self, *args, **{**options, **more})


@pytest.fixture(scope="module")
def findings():
    """By the name of a row: the keys of all that is said, and the checks that found something."""
    found = {}
    kept = looking.ANSWERS, looking.DATA
    posted = {**test_forum_answers.MISUSES.rows, **test_forum_data.MISUSES.rows, **test_forum_loops.MISUSES.rows}
    for name, row in {**ROWS, **posted}.items():
        checks = set()
        looking.ANSWERS, looking.DATA = (tuple(_watched(check, checks) for check in table) for table in kept)
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                try:
                    row.run()
                    keys = {warning.message.key for warning in said}
                except cr.ChainruleError as error:
                    keys = {error.key}
        finally:
            looking.ANSWERS, looking.DATA = kept
        found[name] = keys, checks
    return found


def _watched(check, found):
    def watched(scene):
        for finding in check(scene):
            found.add(check)
            yield finding

    return watched


def test_every_check_names_something(findings):
    used = set().union(*(checks for _, checks in findings.values()))
    assert [check.__name__ for check in (*table.ANSWERS, *table.DATA) if check not in used] == []


def test_every_word_of_the_guard_is_said(findings):
    said = set().union(*(keys for keys, _ in findings.values()))
    assert [key for key in catalogue("guard") if f"guard.{key}" not in said] == []


def test_there_are_enough():
    assert len(ROWS) >= 60
