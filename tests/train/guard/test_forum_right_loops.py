"""Networks and loops that look like a mistake and are none: each program runs without a word."""

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.nn import functional as F
from chainrule.optim import schedules
from tests.train.guard.forum import BITS, CLASSES, NUMBERS, N, Programs, X, fit, loop, mlp, rng, trainer

RIGHT = Programs()
right = RIGHT.right


@right
def lstm_then_linear():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.i = nn.Linear(1, 3)
            self.r = nn.LSTM(3, 5, batch_first=True)
            self.o = nn.Linear(5, 1)

        def forward(self, x):
            return self.o(self.r(self.i(x))[0][:, -1])

    fit(Net(), nn.MSELoss(), (X[:, :, None], NUMBERS))


@right
def transformer():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.i = nn.Linear(1, 4)
            self.t = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, dropout=0.1)
            self.o = nn.Linear(4, 1)

        def forward(self, x):
            return self.o(self.t(self.i(x)).mean(1))

    fit(Net(), nn.MSELoss(), (X[:, :, None], NUMBERS))


@right
def two_inputs():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(9, 3)
            self.l = nn.Linear(7, 1)

        def forward(self, i, x):
            return self.l(cr.cat([self.e(i), x], 1))

    fit(Net(), nn.MSELoss(), ((rng.integers(0, 9, N), X), NUMBERS))


@right
def unused_head():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.l = nn.Linear(4, 1)
            self.later = nn.Linear(4, 3)

        def forward(self, x):
            return self.l(x)

    fit(Net(), nn.MSELoss(), (X, NUMBERS))


@right
def registered_list():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            ls = [nn.Linear(4, 4) for _ in range(2)]
            self.names = ["a", "b"]
            self.ls = nn.ModuleList(ls)
            self.order = list(self.ls)
            self.out = nn.Linear(4, 1)

        def forward(self, x):
            for layer in self.order:
                x = layer(x).relu()
            return self.out(x)

    m = Net()
    fit(m, nn.MSELoss(), (X, NUMBERS))
    loop(m, optim.SGD(m.parameters(), lr=0.01))


@right
def ema_teacher():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.s = nn.Linear(4, 1)
            self.hidden = [nn.Linear(4, 1)]

        def forward(self, x):
            with cr.no_grad():
                h = self.hidden[0](x)
            return self.s(x) + 0 * h

    m = Net()
    loop(m, optim.SGD(m.parameters(), lr=0.01))


@right
def two_optimizers_of_a_list():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.s = nn.Linear(4, 1)
            self.hidden = [nn.Linear(4, 1)]

        def forward(self, x):
            return self.s(x) + self.hidden[0](x)

    m = Net()
    loop(m, optim.SGD([*m.parameters(), *m.hidden[0].parameters()], lr=0.01))


@right
def update_by_hand():
    m = mlp()
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(40):
        m.zero_grad()
        F.mse_loss(m(x), t).backward()
        with cr.no_grad():
            for p in m.parameters():
                p.sub_(0.01 * p.grad)


@right
def update_by_hand_cleared_by_an_optimizer():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(40):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        with cr.no_grad():
            for p in m.parameters():
                p.sub_(0.01 * p.grad)


@right
def gradients_only_looked_at():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    for _ in range(5):
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        m[0].weight.grad.norm().item()


@right
def pairwise_by_broadcast():
    a = nn.Linear(4, 1)
    x = cr.tensor(X)
    s = a(x)
    d = s - s.T
    F.softplus(d).mean().backward()


@right
def pairwise_distances():
    p = nn.Parameter(cr.randn(5, 2))
    x = cr.tensor(X[:, :2])
    ((x[:, None] - p[None]) ** 2).sum(-1).amin(1).mean().backward()


@right
def kernel_1d():
    c = nn.Parameter(cr.randn(6))
    x = cr.tensor(X[:, :1])
    cr.exp(-((x - c) ** 2)).mean().backward()


@right
def column_minus_row_bias():
    layer = nn.Linear(4, 1)
    grid = cr.linspace(-1, 1, 7)
    ((layer(cr.tensor(X)) - grid) ** 2).mean().backward()


@right
def residual_mean():
    m = mlp()
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    ((m(x) - t) ** 2).mean().backward()


@right
def ensemble_against_column():
    m = mlp(5)
    x, t = cr.tensor(X), cr.tensor(NUMBERS)
    ((m(x) - t) ** 2).mean().backward()


@right
def saliency_in_eval():
    m = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    o = optim.SGD(m.parameters(), lr=0.1)
    for _ in range(3):
        m.train()
        loop(m, o, n=2)
        m.eval()
        x = cr.tensor(X, requires_grad=True)
        m(x).sum().backward()
        x.grad.numpy()


@right
def adversarial_in_eval():
    m = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    o = optim.SGD(m.parameters(), lr=0.01)
    t = cr.tensor(NUMBERS)
    for _ in range(4):
        m.eval()
        x = cr.tensor(X, requires_grad=True)
        F.mse_loss(m(x), t).backward()
        z = cr.tensor(X) + 0.1 * x.grad.sign()
        m.train()
        o.zero_grad()
        F.mse_loss(m(z), t).backward()
        o.step()


@right
def norm_frozen_later():
    m = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
    o = optim.SGD(m.parameters(), lr=0.01)
    loop(m, o)
    m.train()
    m[1].eval()
    loop(m, o)


@right
def norm_frozen_in_train():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8))
            self.o = nn.Linear(8, 1)

        def forward(self, x):
            return self.o(self.b(x).relu())

        def train(self, mode=True):
            super().train(mode)
            self.b[1].eval()
            return self

    m = Net()
    loop(m, optim.SGD(m.parameters(), lr=0.01))
    m.train()
    loop(m, optim.SGD(m.parameters(), lr=0.01))
    fit(m, nn.MSELoss(), (X, NUMBERS))


@right
def trained_in_eval_on_purpose():
    m = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1)).eval()
    loop(m, optim.SGD(m.parameters(), lr=0.01))


@right
def train_eval_turns():
    m = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.BatchNorm1d(8), nn.Linear(8, 1))
    o = optim.SGD(m.parameters(), lr=0.01)
    for _ in range(4):
        m.train()
        loop(m, o, n=2)
        m.eval()
        with cr.no_grad():
            F.mse_loss(m(cr.tensor(X)), cr.tensor(NUMBERS)).item()


@right
def loss_printed_in_training():
    m = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    o = optim.SGD(m.parameters(), lr=0.01)
    for _ in range(4):
        o.zero_grad()
        p = m(cr.tensor(X))
        loss = F.mse_loss(p, cr.tensor(NUMBERS))
        loss.backward()
        o.step()
        loss.item()
        p.detach().numpy()
        (p > 0).float().mean().item()


@right
def rate_zero_for_one_group():
    fit(
        m := mlp(),
        nn.MSELoss(),
        (X, NUMBERS),
        optim.SGD([{"params": m[0].parameters(), "lr": 0.0}, {"params": m[2].parameters()}], lr=0.1),
    )


@right
def rate_zero_before_a_schedule():
    fit(
        m := mlp(),
        nn.MSELoss(),
        (X, NUMBERS),
        optim.SGD(m.parameters(), lr=0.0),
        tr=dict(schedule=schedules.constant(0.1)),
    )


@right
def rate_zero_set_by_a_callback():
    m = mlp()

    def f(t):
        t.optimizer.param_groups[0]["lr"] = 0.1

    fit(
        m,
        nn.MSELoss(),
        (X, NUMBERS),
        optim.SGD(m.parameters(), lr=0.0),
        callbacks=[cr.train.LambdaCallback(on_epoch_start=f)],
    )


@right
def no_regularised_bias():
    fit(
        m := mlp(),
        nn.MSELoss(),
        (X, NUMBERS),
        optim.AdamW([{"params": [m[0].weight, m[2].weight]}, {"params": [m[0].bias, m[2].bias], "weight_decay": 0.0}]),
    )


@right
def lbfgs():
    m = mlp()
    o = optim.LBFGS(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS)

    def c():
        o.zero_grad()
        loss = F.mse_loss(m(x), t)
        loss.backward()
        return loss

    for _ in range(3):
        o.step(c)


@right
def lbfgs_trainer():
    fit(m := mlp(), nn.MSELoss(), (X, NUMBERS), optim.LBFGS(m.parameters()), batch_size=N, epochs=2)


@right
def early_stopping():
    fit(
        mlp(3),
        nn.CrossEntropyLoss(),
        (X, CLASSES),
        epochs=5,
        validation=0.25,
        tr=dict(metrics=["accuracy"]),
        callbacks=[cr.train.EarlyStopping(monitor="val_accuracy", patience=2)],
    )


@right
def stop_on_r2():
    fit(
        mlp(),
        nn.MSELoss(),
        (X, NUMBERS),
        epochs=5,
        validation=0.25,
        tr=dict(metrics=["r2"]),
        callbacks=[cr.train.EarlyStopping(monitor="val_r2", mode="max", patience=2)],
    )


@right
def accuracy_with_mse_bits():
    fit(mlp(1, nn.Sigmoid()), nn.MSELoss(), (X, BITS), tr=dict(metrics=["accuracy"]))


@right
def accuracy_of_soft():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, 0.85 * BITS + 0.05), tr=dict(metrics=["accuracy"]))


@right
def range_test_fresh():
    t = trainer(mlp(), nn.MSELoss())
    t.lr_range_test((X, NUMBERS), points=3, steps=2, repeats=2)
    t.fit((X, NUMBERS), progress=False)


@right
def float64():
    fit(mlp(), nn.MSELoss(), (X.astype(float), NUMBERS), tr=dict(dtype="float64"))


@right
def penalty_on_gradients():
    m = nn.MLP([4, 8, 1], activation="tanh")
    o = optim.SGD(m.parameters(), lr=0.01)
    for _ in range(3):
        o.zero_grad()
        x = cr.tensor(X, requires_grad=True)
        s = m(x).sum()
        g = cr.autograd.grad(s, x, create_graph=True)[0]
        (g**2).mean().backward()
        o.step()


@right
def value_iteration():
    m, old = mlp(), mlp()
    old.load_state_dict(m.state_dict())
    o = optim.SGD(m.parameters(), lr=0.01)
    x = cr.tensor(X)
    for _ in range(4):
        with cr.no_grad():
            t = 0.9 * old(x) + cr.tensor(NUMBERS)
        o.zero_grad()
        F.mse_loss(m(x), t).backward()
        o.step()


@right
def mutual_learning():
    a, c = mlp(), mlp()
    o = optim.SGD([*a.parameters(), *c.parameters()], lr=0.01)
    x = cr.tensor(X)
    for _ in range(3):
        o.zero_grad()
        F.mse_loss(a(x), c(x)).backward()
        o.step()


@right
def distillation():
    a, c = mlp(3), mlp(3)
    o = optim.SGD(a.parameters(), lr=0.01)
    x = cr.tensor(X)
    for _ in range(3):
        with cr.no_grad():
            q = F.softmax(c(x) / 2, dim=1)
        o.zero_grad()
        F.kl_div(F.log_softmax(a(x) / 2, dim=1), q, reduction="batchmean").backward()
        o.step()


@right
def entropy_bonus():
    a = mlp(3)
    o = optim.SGD(a.parameters(), lr=0.01)
    x = cr.tensor(X)
    for _ in range(3):
        o.zero_grad()
        p = F.softmax(a(x), dim=1)
        (F.cross_entropy(a(x), cr.tensor(CLASSES)) + 0.1 * (p * cr.log(p)).sum(1).mean()).backward()
        o.step()


@right
def policy_gradient():
    a = mlp(3)
    o = optim.Adam(a.parameters())
    x = cr.tensor(X)
    for _ in range(4):
        o.zero_grad()
        lpz = F.log_softmax(a(x), dim=1)
        (-(lpz[cr.arange(N), cr.tensor(CLASSES)] * cr.tensor(NUMBERS[:, 0]))).mean().backward()
        o.step()


@right
def warnings_off():
    with warnings.catch_warnings():
        warnings.filterwarnings("error")
        warnings.filterwarnings("ignore", category=cr.ChainruleWarning)
        Z = X.copy()
        Z[:, 3] = 7.5
        fit(mlp(), nn.MSELoss(), (Z, NUMBERS))


@right
def deep_relu():
    fit(nn.MLP([4] + [8] * 12 + [1]), nn.MSELoss(), (X, NUMBERS))


@right
def zeros_in_last_layer():
    m = mlp(3)
    with cr.no_grad():
        m[2].weight.fill_(0.0)
        m[2].bias.fill_(0.0)
    fit(m, nn.CrossEntropyLoss(), (X, CLASSES))


@right
def duplicated_rows():
    fit(mlp(), nn.MSELoss(), (np.tile(X, (3, 1)), np.tile(NUMBERS, (3, 1))), validation=0.2)


@right
def validation_of_neighbours():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=(X + 1e-3, NUMBERS))


@right
def few_possible_rows():
    Z = rng.integers(0, 2, size=(200, 3)).astype(float)
    V = rng.integers(0, 2, size=(50, 3)).astype(float)
    fit(
        nn.MLP([3, 8, 1]),
        nn.BCEWithLogitsLoss(),
        (Z, Z.sum(1, keepdims=True) % 2),
        validation=(V, V.sum(1, keepdims=True) % 2),
    )


@pytest.mark.parametrize("name", RIGHT.rows)
def test_it_passes_without_a_word(name):
    RIGHT.run(name)
