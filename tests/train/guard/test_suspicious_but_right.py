"""Programs that look like a mistake and are none: each is trained without a word, for warnings are errors here."""

import copy

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.nn import functional as F
from chainrule.optim import lr_scheduler, schedules
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
    fit,
    loop,
    net,
    rng,
    sgd,
    with_column,
)

CE, BCE, MSE = nn.CrossEntropyLoss, nn.BCEWithLogitsLoss, nn.MSELoss
XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
ANSWERS = np.array([[0.0], [1.0], [1.0], [0.0]])
ROW = cr.tensor(X, dtype="float32")


class Eval(nn.Module):
    """Logits for the loss, something else for predictions."""

    def __init__(self, end, outputs=3):
        super().__init__()
        self.layer, self.end = nn.Linear(3, outputs), end

    def forward(self, x):
        z = self.layer(x)
        return z if self.training else self.end(z)


class Teacher(nn.Module):
    """A network that has another one at hand, and hides it so that it is not trained."""

    def __init__(self):
        super().__init__()
        self.teacher = [nn.Linear(3, 1)]
        self.own = nn.Linear(3, 1)

    def forward(self, x):
        with cr.no_grad():
            hint = self.teacher[0](x)
        return self.own(x) + hint


class Divided(nn.Module):
    """Pixels as shares."""

    def forward(self, x):
        return x / 255


class Scaled(nn.Module):
    """It scales by itself."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x):
        return self.layer(x / 1000)


class Listed(nn.Module):
    """Layers that are registered and kept in a list as well."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 1)
        self.order = [self.a, self.b]

    def forward(self, x):
        for layer in self.order:
            x = layer(cr.tanh(x))
        return x


class Spare(nn.Module):
    """A layer that is there and not used yet."""

    def __init__(self):
        super().__init__()
        self.used, self.later = nn.Linear(3, 1), nn.Linear(3, 1)

    def forward(self, x):
        return self.used(x)


def frozen_backbone(by_optimizer):
    model = net()
    model[0].requires_grad_(False)
    return fit(model, MSE(), (X, NUMBERS), sgd(model[2]) if by_optimizer else sgd(model))


def exchanged_head():
    model = net()
    model[2] = nn.Linear(4, 3)
    return fit(model, CE(), (X, CLASSES), sgd(model))


def learnable_weight_of_the_loss():
    class Weighted(nn.Module):
        def __init__(self):
            super().__init__()
            self.log = nn.Parameter(cr.zeros(1))

        def forward(self, outputs, targets):
            return ((outputs - targets) ** 2).mean() * (-self.log).exp().sum() + self.log.sum()

    model, loss = net(), Weighted()
    return fit(model, loss, (X, NUMBERS), optim.SGD([*model.parameters(), *loss.parameters()], lr=0.01))


def accumulated():
    model = net()
    optimizer = sgd(model)
    for step in range(6):
        F.mse_loss(model(ROW), cr.tensor(NUMBERS, dtype="float32")).backward()
        if step % 3 == 2:
            optimizer.step()
            optimizer.zero_grad()


def skipped():
    """A batch whose gradients are not to be used."""
    model = net()
    optimizer = sgd(model)
    for skip in (False, True, False):
        F.mse_loss(model(ROW), cr.tensor(NUMBERS, dtype="float32")).backward()
        if not skip:
            optimizer.step()
        optimizer.zero_grad()


def in_turns():
    """Both optimizers step, and only one has gradients."""
    one, two = net(), net()
    first, second = sgd(one), sgd(two)
    for turn in range(4):
        first.zero_grad()
        second.zero_grad()
        BCE()((one, two)[turn % 2](ROW), cr.tensor(BITS, dtype="float32")).backward()
        first.step()
        second.step()


def steps_without_gradients():
    optimizer = sgd(net())
    for _ in range(3):
        optimizer.zero_grad()
        optimizer.step()


def cleared_by_hand(clear):
    model = net()
    optimizer = sgd(model)
    for _ in range(3):
        F.mse_loss(model(ROW), cr.tensor(NUMBERS, dtype="float32")).backward()
        optimizer.step()
        for parameter in model.parameters():
            clear(parameter)


def adversaries():
    """Two networks, each of whose losses runs through both."""
    one, two = nn.Linear(3, 3), nn.Linear(3, 1)
    first, second = sgd(one), sgd(two)
    for _ in range(3):
        second.zero_grad()
        two(one(ROW).detach()).mean().backward()
        second.step()
        first.zero_grad()
        (-two(one(ROW))).mean().backward()
        first.step()


def forger_and_judge():
    """A network in training mode makes, without gradients, what another one learns from."""
    forger = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    judge = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.3), nn.Linear(4, 1))
    ones, loss = cr.ones(N, 1), BCE()
    forging, judging = sgd(forger), sgd(judge)
    for _ in range(3):
        with cr.no_grad():
            forged = forger(cr.randn(N, 3))
        judging.zero_grad()
        wrong = loss(judge(ROW), ones) + loss(judge(forged), 0 * ones)
        wrong.backward()
        judging.step()
        forging.zero_grad()
        right = loss(judge(forger(cr.randn(N, 3))), ones)
        right.backward()
        forging.step()
        wrong.item(), right.item()


def stepped_twice():
    """One gradient, used by two optimizers."""
    model = net()
    fast, slow = sgd(model, lr=0.1), sgd(model, lr=0.001)
    for _ in range(2):
        fast.zero_grad()
        F.mse_loss(model(ROW), cr.tensor(NUMBERS, dtype="float32")).backward()
        fast.step()
        slow.step()


def monte_carlo():
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.3), nn.Linear(4, 1))
    loop(model, BCE())
    model.train()
    with cr.no_grad():
        return [model(ROW).numpy() for _ in range(3)]


def evaluated():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.3), nn.Linear(4, 1))
    for _ in range(2):
        model.train()
        loop(model, BCE())
        model.eval()
        with cr.no_grad():
            model(ROW).tolist()


def fresh_in_training_mode():
    with cr.no_grad():
        return nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.3))(ROW).numpy()


def no_dropout_at_all():
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.0), nn.Linear(4, 1))
    loop(model, BCE())
    with cr.no_grad():
        model(ROW).tolist()


def statistics_anew():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    loop(model, BCE())
    model[1].reset_running_stats()
    model.train()
    with cr.no_grad():
        model(ROW).tolist()


def scheduled():
    model = net()
    optimizer = sgd(model)
    scheduler = lr_scheduler.StepLR(optimizer, 1)
    loop(model, BCE(), optimizer=optimizer, after=scheduler.step)


def fast_forward():
    """Schedulers are brought to the epoch at which a training goes on."""
    model = net()
    optimizer = sgd(model)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.9)
    for _ in range(5):
        scheduler.step()
    loop(model, BCE(), optimizer=optimizer, after=scheduler.step)


def drawn_schedule():
    scheduler = lr_scheduler.CosineAnnealingLR(sgd(net()), T_max=5)
    return [scheduler.step() for _ in range(5)]


def fit_then_loop():
    model = net()
    optimizer = sgd(model)
    fit(model, BCE(), (X, BITS), optimizer, schedule=lr_scheduler.StepLR(optimizer, 1), epochs=1)
    loop(model, BCE(), optimizer=optimizer)


def with_schedule(make, **options):
    model = net()
    optimizer = sgd(model, momentum=0.9)
    return fit(model, MSE(), (X, NUMBERS), optimizer, schedule=make(optimizer), **options)


def tested_first():
    trainer = cr.Trainer(net(), MSE(), seed=0, engine="numpy")
    for _ in range(2):
        trainer.lr_sweep((X, NUMBERS), rates=(0.1, 0.01), epochs=1)
        trainer.lr_range_test((X, NUMBERS), points=4, steps=2)
    trainer.fit((X, NUMBERS), progress=False)


def fitted_twice():
    trainer = fit(net(), MSE(), (X, NUMBERS))
    trainer.fit((X, NUMBERS), progress=False)


def copied():
    trainer = fit(net(), MSE(), (X, NUMBERS))
    fit(copy.deepcopy(trainer.model), MSE(), (X, NUMBERS))


def clipped_in_place():
    def bound(model):
        return lambda: [p.grad.clamp_(-1, 1) for p in model.parameters() if p.grad is not None]

    model = net()
    loop(model, BCE(), after=bound(model))


RIGHT = {
    # --- targets ---
    "soft targets of 0.85": lambda: fit(net(), BCE(), (X, 0.85 * BITS + 0.05)),
    "soft targets for a sigmoid": lambda: fit(net(nn.Sigmoid()), nn.BCELoss(), (X, 0.7 * BITS + 0.15)),
    "shares of classes": lambda: fit(net(outputs=3), CE(), (X, 0.9 * ONE_HOT + 0.1 / 3)),
    "shares that add up to less than 1": lambda: fit(net(outputs=3), CE(), (X, 0.5 * ONE_HOT)),
    "one-hot with squares": lambda: fit(net(outputs=3), MSE(), (X, ONE_HOT)),
    "one-hot with squares of a softmax": lambda: fit(net(nn.Softmax(dim=1), outputs=3), MSE(), (X, ONE_HOT)),
    "one-hot, several labels": lambda: fit(net(outputs=3), BCE(), (X, ONE_HOT)),
    "truth values": lambda: fit(net(), BCE(), (X, BITS.astype(bool))),
    "whole numbers for yes and no": lambda: fit(net(), BCE(), (X, BITS.astype(int))),
    "0 and 1 with squares": lambda: fit(net(), MSE(), (X, BITS)),
    "0 and 1 with squares of a sigmoid": lambda: fit(net(nn.Sigmoid()), MSE(), (X, BITS)),
    "0.1 and 0.9 for a sigmoid": lambda: fit(net(nn.Sigmoid()), MSE(), (X, 0.8 * BITS + 0.1)),
    "targets in tanh's range": lambda: fit(net(nn.Tanh()), MSE(), (X, np.tanh(NUMBERS))),
    "signs for a tanh": lambda: fit(net(nn.Tanh()), MSE(), (X, 2 * BITS - 1)),
    "noise around tanh's range": lambda: fit(net(nn.Tanh()), MSE(), (X, np.clip(NUMBERS, -1.05, 1.05))),
    "signs with a hinge": lambda: fit(net(), nn.HingeLoss(), (X, 2 * BITS - 1)),
    "0 and 1 with a hinge": lambda: fit(net(), nn.HingeLoss(), (X, BITS)),
    "squares of whole numbers": lambda: fit(net(), MSE(), (X, CLASSES[:, None])),
    "counts": lambda: fit(net(), nn.PoissonNLLLoss(), (X, CLASSES[:, None])),
    "counts of a rate": lambda: fit(
        net(nn.Softplus()), nn.PoissonNLLLoss(log_input=False), (X, CLASSES[:, None])
    ),
    "positive numbers behind a ReLU": lambda: fit(net(nn.ReLU()), MSE(), (X, np.abs(NUMBERS))),
    "positive numbers with noise behind a ReLU": lambda: fit(net(nn.ReLU()), MSE(), (X, np.abs(NUMBERS) - 0.02)),
    "positive numbers behind a softplus": lambda: fit(net(nn.Softplus()), MSE(), (X, np.abs(NUMBERS))),
    "a class that does not occur": lambda: fit(net(outputs=5), CE(), (X, CLASSES)),
    "classes 1 … K with an output for 0": lambda: fit(net(outputs=4), CE(), (X, CLASSES + 1)),
    "two outputs for yes and no": lambda: fit(net(outputs=2), CE(), (X, BITS[:, 0].astype(int))),
    "gaps marked": lambda: fit(net(outputs=3), CE(ignore_index=-1), (X, np.where(CLASSES == 2, -1, CLASSES))),
    "unbalanced classes": lambda: fit(net(), BCE(), (X, (np.arange(N) == 7).astype(float)[:, None])),
    "one dimension on both sides": lambda: fit(Own(lambda z: z[:, 0]), MSE(), (X, NUMBERS[:, 0])),
    "its own input": lambda: fit(net(outputs=3), MSE(), (X,)),
    "itself as target": lambda: fit(net(outputs=3), MSE(), (X, X)),
    # --- ends of networks ---
    "sigmoid and BCELoss": lambda: fit(net(nn.Sigmoid()), nn.BCELoss(), (X, BITS)),
    "softmax of two and BCELoss": lambda: fit(
        net(nn.Softmax(dim=1), outputs=2), nn.BCELoss(), (X, np.hstack([BITS, 1 - BITS]))
    ),
    "log-softmax and NLLLoss": lambda: fit(net(nn.LogSoftmax(dim=1), outputs=3), nn.NLLLoss(), (X, CLASSES)),
    "log-softmax and cross-entropy, which is the same": lambda: fit(
        net(nn.LogSoftmax(dim=1), outputs=3), CE(), (X, CLASSES)
    ),
    "logarithm of a softmax": lambda: fit(Own(lambda z: cr.softmax(z, 1).log(), 3), nn.NLLLoss(), (X, CLASSES)),
    "log-softmax and KLDivLoss": lambda: fit(
        net(nn.LogSoftmax(dim=1), outputs=3), nn.KLDivLoss("batchmean"), (X, ONE_HOT)
    ),
    "a sigmoid that was stretched": lambda: fit(Own(lambda z: 10 * z.sigmoid()), MSE(), (X, 10 * BITS)),
    "a tanh that was stretched, for logits": lambda: fit(Own(lambda z: 10 * z.tanh()), BCE(), (X, BITS)),
    "leaky ReLU at the end": lambda: fit(net(nn.LeakyReLU()), MSE(), (X, NUMBERS)),
    "sigmoid in hidden layers": lambda: fit(
        nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid()), nn.BCELoss(), (X, BITS)
    ),
    "softmax in predictions alone": lambda: fit(Eval(lambda z: cr.softmax(z, 1)), CE(), (X, CLASSES)),
    "argmax in predictions alone": lambda: fit(Eval(lambda z: z.argmax(1)), CE(), (X, CLASSES)),
    "softmax over pixels": lambda: fit(
        nn.Sequential(nn.Conv2d(1, 3, 3, padding=1)), CE(), (IMAGES, rng.integers(0, 3, (N, 4, 4)))
    ),
    "a gate of sigmoids": lambda: fit(Own(lambda z: z.sigmoid() * z.tanh()), MSE(), (X, np.tanh(NUMBERS))),
    # --- data ---
    "four rows": lambda: fit(net(inputs=2), BCE(), (XOR, ANSWERS), batch_size=4),
    "one row": lambda: fit(net(), MSE(), (X[:1], NUMBERS[:1])),
    "batches of one row, without a norm": lambda: fit(net(), MSE(), (X, NUMBERS), batch_size=1),
    "batches of one row, and a layer norm": lambda: fit(
        nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 1)), MSE(), (X, NUMBERS), batch_size=1
    ),
    "batches of one image, and a batch norm": lambda: fit(
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 1)), MSE(),
        (IMAGES, NUMBERS), batch_size=1,
    ),
    "one row left over, and a batch norm": lambda: fit(
        nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)), MSE(), (X, NUMBERS), batch_size=47
    ),
    "a column of ones for a bias": lambda: fit(
        nn.Sequential(nn.Linear(4, 1, bias=False)), MSE(), (with_column(X, 1.0), NUMBERS)
    ),
    "a column of -1 for a threshold": lambda: fit(
        nn.Sequential(nn.Linear(4, 1, bias=False)), MSE(), (with_column(X, -1.0), NUMBERS)
    ),
    "no inputs at all": lambda: fit(net(), MSE(), (np.zeros((N, 3)), NUMBERS)),
    "pixels that are always dark": lambda: fit(
        net(inputs=64), MSE(), (np.hstack([np.zeros((N, 20)), rng.uniform(size=(N, 44))]), NUMBERS)
    ),
    "digits up to 16": lambda: fit(net(inputs=16), MSE(), (np.round(16 * IMAGES.reshape(N, 16)), NUMBERS)),
    "ages and degrees": lambda: fit(
        net(inputs=2), MSE(), (np.column_stack([np.linspace(18, 80, N), np.linspace(-20, 40, N)]), NUMBERS)
    ),
    "large numbers behind a batch norm": lambda: fit(
        nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1)), MSE(), (1000 * X, NUMBERS)
    ),
    "large numbers behind a layer norm": lambda: fit(
        nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 1)), MSE(), (1000 * X, NUMBERS)
    ),
    "large numbers that the network scales": lambda: fit(Scaled(), MSE(), (1000 * X, NUMBERS)),
    "one large outlier": lambda: fit(net(), MSE(), (np.where(np.arange(N)[:, None] == 3, 150.0, X), NUMBERS)),
    "dark images": lambda: fit(
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 1)), MSE(), (16 * IMAGES, NUMBERS)
    ),
    "bright images behind a norm": lambda: fit(
        nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 1)), MSE(),
        (255 * IMAGES, NUMBERS),
    ),
    "bright images that the network scales": lambda: fit(
        nn.Sequential(Divided(), nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 1)), MSE(), (255 * IMAGES, NUMBERS)
    ),
    "indicator columns": lambda: fit(net(), MSE(), (ONE_HOT, NUMBERS)),
    "whole numbers": lambda: fit(net(inputs=2), MSE(), (XOR.astype(int), ANSWERS)),
    "tokens": lambda: fit(
        nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(12, 1)), MSE(), (TOKENS, NUMBERS)
    ),
    "a column like the target, but for a row": lambda: fit(
        net(inputs=4), MSE(), (with_column(X, NUMBERS[:, 0] + (np.arange(N) == 5)), NUMBERS)
    ),
    "a truth table that asks for one of its inputs": lambda: fit(net(inputs=2), BCE(), (XOR, XOR[:, :1]), batch_size=4),
    "weights of 0": lambda: fit(net(), MSE(), (X, NUMBERS), sample_weight=(np.arange(N) % 2).astype(float)),
    "a class that is left out": lambda: fit(net(outputs=3), CE(), (X, CLASSES), class_weight={2: 0.0}),
    "weights for one class": lambda: fit(net(), BCE(), (X, BITS), class_weight={1: 5.0}),
    "weights and a share for validation": lambda: fit(
        net(), MSE(), (X, NUMBERS), sample_weight=np.linspace(1, 2, N), validation=0.25
    ),
    "weights in both": lambda: fit(
        net(), MSE(), (X, NUMBERS, np.linspace(1, 2, N)), validation=(X + 1, NUMBERS, np.ones(N))
    ),
    "a validation far away": lambda: fit(net(), MSE(), (X, NUMBERS), validation=(X * 5 + 10, NUMBERS)),
    "the training rows as validation": lambda: fit(net(inputs=2), BCE(), (XOR, ANSWERS), validation=(XOR, ANSWERS)),
    "sequences of two lengths": lambda: fit(
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 1)), MSE(), (IMAGES, NUMBERS),
        validation=(IMAGES[:, :, :3], NUMBERS),
    ),
    "sorted batches in a list": lambda: fit(
        net(), BCE(), [(X[:8], np.zeros((8, 1))), (X[8:], np.ones((N - 8, 1)))]
    ),
    "a loader that shuffles": lambda: fit(net(), BCE(), cr.data.DataLoader((X, BITS), batch_size=8, shuffle=True)),
    "batches that are made as they are asked for": lambda: fit(net(), BCE(), ((X, BITS) for _ in range(2))),
    # --- losses ---
    "sums with a matched rate": lambda: fit(net(), MSE("sum"), (X, NUMBERS), lambda m: sgd(m, lr=0.01 / 16)),
    "an own loss that reshapes": lambda: fit(
        net(), lambda z, y: ((z.reshape(-1) - y) ** 2).mean(), (X, NUMBERS[:, 0])
    ),
    "an own loss of all pairs": lambda: fit(
        net(), lambda z, y: ((z - z.T) * (y[:, None] - y[None, :])).mean(), (X, NUMBERS[:, 0])
    ),
    "an own loss without targets": lambda: fit(net(), lambda z, y: (z**2).mean() + 0 * y.sum(), (X, NUMBERS[:, 0])),
    "an own loss of a softmax": lambda: fit(
        net(nn.Softmax(dim=1), outputs=3), lambda p, y: -(y * p.log()).sum(1).mean(), (X, ONE_HOT)
    ),
    "a quantile": lambda: fit(net(), nn.QuantileLoss(0.9), (X, NUMBERS)),
    # --- rates ---
    "a rate of 0.5": lambda: fit(net(inputs=2), BCE(), (XOR, ANSWERS), lambda m: sgd(m, lr=0.5), batch_size=4),
    "a rate of 10": lambda: fit(net(), MSE(), (X, NUMBERS), lambda m: optim.Adadelta(m.parameters(), lr=10.0)),
    "a rate of 0, and a schedule": lambda: fit(
        net(), MSE(), (X, NUMBERS), lambda m: sgd(m, lr=0.0), schedule=schedules.constant(0.1)
    ),
    "a cosine over all steps": lambda: with_schedule(lambda o: schedules.cosine(0.1, steps=30), epochs=10),
    "a cosine over all epochs": lambda: with_schedule(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=4), epochs=4),
    "a cycle over all epochs": lambda: with_schedule(
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=4), epochs=4
    ),
    "a training that is stopped half way": lambda: with_schedule(lambda o: lambda t: 0.1 * (t < 10), epochs=10),
    "a rate set by a callback": lambda: fit(
        net(), MSE(), (X, NUMBERS), epochs=3,
        callbacks=[cr.train.LambdaCallback(on_epoch_end=lambda t: t.optimizer.param_groups[0].update(lr=0.5))],
    ),
    "warming up from 0": lambda: with_schedule(lambda o: lambda t: min(t, 10) / 100, epochs=10),
    "a range test before the first fit": tested_first,
    "two fits": fitted_twice,
    "a copy of a used network": copied,
    # --- parameters ---
    "a frozen backbone": lambda: frozen_backbone(by_optimizer=False),
    "a frozen backbone, and an optimizer of the head": lambda: frozen_backbone(by_optimizer=True),
    "a head exchanged before the optimizer": exchanged_head,
    "a hidden teacher": lambda: fit(Teacher(), MSE(), (X, NUMBERS)),
    "layers in a list that are registered": lambda: fit(Listed(), MSE(), (X, NUMBERS)),
    "a layer kept for later": lambda: fit(Spare(), MSE(), (X, NUMBERS)),
    "a loss with a parameter": learnable_weight_of_the_loss,
    "no bias anywhere": lambda: fit(nn.Sequential(nn.Linear(3, 1, bias=False)), MSE(), (X, NUMBERS)),
    "shared weights": lambda: fit(nn.Sequential(a := nn.Linear(3, 3), nn.Tanh(), a), MSE(), (X, X)),
    "groups with rates of their own": lambda: fit(
        m := net(), MSE(), (X, NUMBERS),
        optim.SGD([{"params": m[0].parameters()}, {"params": m[2].parameters(), "lr": 1.0}], lr=0.01),
    ),
    # --- hand-written loops ---
    "gradients of several batches": accumulated,
    "a batch that is skipped": skipped,
    "steps without gradients": steps_without_gradients,
    "one of two optimizers at a time": in_turns,
    "gradients cleared as None": lambda: cleared_by_hand(lambda p: setattr(p, "grad", None)),
    "gradients cleared in place": lambda: cleared_by_hand(lambda p: p.grad.zero_()),
    "gradients cleared as zeros": lambda: cleared_by_hand(lambda p: setattr(p, "grad", cr.zeros_like(p))),
    "gradients faded by hand": lambda: cleared_by_hand(lambda p: p.grad.mul_(0.9)),
    "two networks against each other": adversaries,
    "a forger and a judge": forger_and_judge,
    "one gradient for two optimizers": stepped_twice,
    "a watch for NaN, with noise and norm": lambda: fit(
        nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.2), nn.Linear(4, 1)), MSE(), (X, NUMBERS),
        lambda m: sgd(m, lr=1e30), epochs=5, callbacks=[cr.train.TerminateOnNaN()], validation=0.25,
    ),
    "dropout that is meant": monte_carlo,
    "evaluation, and back to training": evaluated,
    "a fresh network asked": fresh_in_training_mode,
    "dropout of nothing": no_dropout_at_all,
    "statistics taken anew": statistics_anew,
    "a scheduler after the optimizer": scheduled,
    "a training taken up again": fast_forward,
    "a schedule that is only drawn": drawn_schedule,
    "a loop after a fit": fit_then_loop,
    "gradients bounded in place": clipped_in_place,
}


@pytest.mark.parametrize("name", RIGHT)
def test_it_passes_without_a_word(name):
    RIGHT[name]()


def test_there_are_enough():
    assert len(RIGHT) >= 60
