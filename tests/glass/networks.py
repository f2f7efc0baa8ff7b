"""Networks, data and Trainers for the tests of explanations and of the examiner."""

import numpy as np

import chainrule as cr
from chainrule import nn, optim

LOSSES = {"bce": nn.BCEWithLogitsLoss, "ce": nn.CrossEntropyLoss, "mse": nn.MSELoss, "bce_p": nn.BCELoss}


def data(task, rows, seed=0, dtype=np.float64):
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(rows, task.sizes[0])).astype(dtype)
    outputs = task.sizes[-1]
    if task.loss == "ce":
        return X, draw.integers(0, outputs, rows)
    if task.loss == "mse":
        return X, draw.uniform(0.1, 0.9, size=(rows, outputs)).astype(dtype)
    return X, draw.integers(0, 2, size=(rows, outputs)).astype(dtype)


def trainer(task, dtype="float64", seed=0, lr=0.1, **options):
    cr.manual_seed(seed)
    output = None if task.output == "none" else task.output
    model = nn.MLP(list(task.sizes), activation=task.hidden, output_activation=output)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(parameter, 0.0, 0.3)
    loss = LOSSES[task.loss](reduction=task.reduction)
    return cr.Trainer(model, loss=loss, optimizer=optim.SGD(model.parameters(), lr=lr), dtype=dtype, seed=0, **options)
