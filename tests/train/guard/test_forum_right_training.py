"""Ways of training that look like a mistake and are none: each program runs without a word."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.nn import functional as F
from chainrule.optim import lr_scheduler, schedules
from tests.train.guard.forum import BITS, IMAGES, KINDS, NUMBERS, N, Own, Programs, X, fit, loop, mlp, rng

RIGHT = Programs()
right = RIGHT.right


@right
def frozen_backbone():
    m = mlp()
    m[0].requires_grad_(False)
    fit(m, nn.MSELoss(), (X, NUMBERS), optim.Adam([p for p in m.parameters() if p.requires_grad]))


@right
def frozen_backbone_all_given():
    m = mlp()
    m[0].requires_grad_(False)
    fit(m, nn.MSELoss(), (X, NUMBERS), optim.Adam(m.parameters()))


@right
def frozen_in_no_grad():
    def f(m, x):
        with cr.no_grad():
            h = m.a(x).relu()
        return m.b(h)

    m = Own(f)
    m.a.requires_grad_(False)
    fit(m, nn.MSELoss(), (X, NUMBERS))


@right
def accumulate():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.01)
    for _ in range(4):
        o.zero_grad()
        for i in range(0, N, 20):
            (F.mse_loss(m(cr.tensor(X[i : i + 20])), cr.tensor(NUMBERS[i : i + 20])) / 3).backward()
        o.step()


@right
def accumulate_then_clear():
    m = mlp()
    o = optim.Adam(m.parameters())
    o.zero_grad()
    for i in range(12):
        F.mse_loss(m(cr.tensor(X)), cr.tensor(NUMBERS)).backward()
        if i % 4 == 3:
            o.step()
            o.zero_grad()


@right
def retained():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.01)
    for _ in range(3):
        o.zero_grad()
        p = m(cr.tensor(X))
        loss = F.mse_loss(p, cr.tensor(NUMBERS))
        loss.backward(retain_graph=True)
        F.l1_loss(p, cr.tensor(NUMBERS)).backward()
        o.step()


@right
def own_loss_with_penalty():
    m = mlp()
    fit(m, lambda p, t: F.mse_loss(p, t) + 1e-3 * sum((q**2).sum() for q in m.parameters()), (X, NUMBERS))


@right
def own_weighted_loss():
    fit(
        mlp(),
        lambda p, t, w: (w.reshape(-1, 1) * (p - t) ** 2).mean(),
        (X, NUMBERS),
        sample_weight=np.linspace(0.1, 1, N),
    )


@right
def own_focal():
    def focal(p, t):
        q = cr.sigmoid(p)
        return -(t * (1 - q) ** 2 * cr.log(q + 1e-7) + (1 - t) * q**2 * cr.log(1 - q + 1e-7)).mean()

    fit(mlp(), focal, (X, BITS))


@right
def own_dice():
    def dice(p, t):
        q = cr.sigmoid(p)
        return 1 - 2 * (q * t).sum() / (q.sum() + t.sum() + 1)

    fit(mlp(), dice, (X, BITS))


@right
def multi_label():
    fit(mlp(3), nn.BCEWithLogitsLoss(), (X, (X[:, :3] > 0).astype(float)))


@right
def multi_label_ints():
    fit(mlp(3), nn.BCEWithLogitsLoss(), (X, (X[:, :3] > 0).astype(int)))


@right
def multi_label_pos_weight():
    fit(mlp(3), nn.BCEWithLogitsLoss(pos_weight=cr.tensor([10.0, 1.0, 2.0])), (X, (X[:, :3] > 0).astype(int)))


@right
def counts_to_10000():
    fit(mlp(), nn.PoissonNLLLoss(), (X, np.round(np.exp(4.6 + 2 * np.clip(NUMBERS, -2, 2)))))


@right
def counts_softplus():
    fit(mlp(1, nn.Softplus()), nn.PoissonNLLLoss(log_input=False), (X, np.round(np.exp(NUMBERS / 2))))


@right
def hinge():
    fit(mlp(), nn.HingeLoss(), (X, 2 * BITS - 1))


@right
def hinge_01():
    fit(mlp(), nn.HingeLoss(), (X, BITS))


@right
def quantile():
    fit(mlp(), nn.QuantileLoss(0.9), (X, NUMBERS))


@right
def relu_out_counts():
    fit(mlp(1, nn.ReLU()), nn.MSELoss(), (X, np.abs(NUMBERS)))


@right
def weight_tying():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(cr.randn(4, 2) * 0.3)
            self.c = nn.Parameter(cr.zeros(4))

        def forward(self, x):
            return cr.tanh(x @ self.w) @ self.w.T + self.c

    fit(Tied(), nn.MSELoss(), (X, X))


@right
def tied_embedding():
    class Lm(nn.Module):
        def __init__(self):
            super().__init__()
            self.e = nn.Embedding(7, 4)
            self.out = nn.Linear(4, 7, bias=False)
            self.out.weight = self.e.weight

        def forward(self, x):
            return self.out(self.e(x))

    fit(Lm(), nn.CrossEntropyLoss(), (rng.integers(0, 7, N), rng.integers(0, 7, N)))


@right
def gan():
    g, d = nn.MLP([2, 8, 4]), nn.MLP([4, 8, 1])
    og, od = optim.Adam(g.parameters()), optim.Adam(d.parameters())
    real = cr.tensor(X)
    one, zero = cr.ones(N, 1), cr.zeros(N, 1)
    for _ in range(5):
        fake = g(cr.randn(N, 2))
        od.zero_grad()
        (
            F.binary_cross_entropy_with_logits(d(real), one)
            + F.binary_cross_entropy_with_logits(d(fake.detach()), zero)
        ).backward()
        od.step()
        og.zero_grad()
        F.binary_cross_entropy_with_logits(d(fake), one).backward()
        og.step()


@right
def wgan_critics_turns():
    g, d = nn.MLP([2, 8, 4]), nn.MLP([4, 8, 1])
    og, od = optim.Adam(g.parameters()), optim.Adam(d.parameters())
    real = cr.tensor(X)
    for i in range(45):
        og.zero_grad()
        od.zero_grad()
        fake = g(cr.randn(N, 2))
        if i % 15 < 14:
            (d(fake).mean() - d(real).mean()).backward()
            od.step()
        else:
            (-d(fake).mean()).backward()
            og.step()


@right
def every_scheduler():
    for make in [
        lambda o: lr_scheduler.StepLR(o, 2),
        lambda o: lr_scheduler.MultiStepLR(o, [1, 3]),
        lambda o: lr_scheduler.ExponentialLR(o, 0.9),
        lambda o: lr_scheduler.CosineAnnealingLR(o, 4),
        lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=2),
        lambda o: lr_scheduler.LambdaLR(o, lambda e: 1 / (1 + e)),
        lambda o: lr_scheduler.PolynomialLR(o, 4),
        lambda o: lr_scheduler.ConstantLR(o, 0.5, 2),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2),
        lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=4),
        lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=0),
    ]:
        m = mlp()
        o = optim.SGD(m.parameters(), lr=0.1)
        fit(m, nn.MSELoss(), (X, NUMBERS), o, epochs=4, tr=dict(schedule=make(o)))


@right
def every_scheduler_by_hand():
    for make in [
        lambda o: lr_scheduler.StepLR(o, 2),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2, T_mult=2),
        lambda o: lr_scheduler.LambdaLR(o, lambda e: e / 3),
        lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=6),
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.LinearLR(o, 0.1, total_iters=2), lr_scheduler.ExponentialLR(o, 0.9)], [2]
        ),
    ]:
        m = mlp()
        o = optim.SGD(m.parameters(), lr=0.1)
        s = make(o)
        loop(m, o, after=s.step)


@right
def warm_up_from_zero_by_hand():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    s = lr_scheduler.LambdaLR(o, lambda e: min(1, e / 5))
    for _ in range(3):
        loop(m, o)
        s.step()


@right
def schedules_functions():
    for s in [
        schedules.cosine(0.1, steps=12),
        schedules.warmup(schedules.cosine(0.1, steps=8), 4),
        schedules.exponential(0.1, 0.9),
        schedules.cosine_restarts(0.1, 3),
        lambda i: 0.1 / (1 + i),
        schedules.one_cycle(0.1, steps=12),
    ]:
        m = mlp()
        fit(m, nn.MSELoss(), (X, NUMBERS), optim.SGD(m.parameters(), lr=0.1), epochs=4, tr=dict(schedule=s))


@right
def plateau_and_val():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    fit(
        m, nn.MSELoss(), (X, NUMBERS), o, epochs=4, validation=0.25, tr=dict(schedule=lr_scheduler.ReduceLROnPlateau(o))
    )


@right
def plateau_by_hand():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.1)
    s = lr_scheduler.ReduceLROnPlateau(o)
    loop(m, o, after=lambda: s.step(0.5))


@right
def fit_twice():
    t = fit(mlp(), nn.MSELoss(), (X, NUMBERS))
    t.fit((X, NUMBERS), epochs=2, progress=False)


@right
def fit_on_other_data():
    t = fit(mlp(), nn.MSELoss(), (X, NUMBERS))
    t.predict(X[:3])
    t.fit((X[:10] + 1, NUMBERS[:10]), epochs=2, progress=False)
    t.evaluate((X, NUMBERS))
    t.predict(X[0:1])


@right
def fine_tune_other_rate():
    m = mlp()
    o = optim.Adam(m.parameters(), lr=0.1)
    t = fit(m, nn.MSELoss(), (X, NUMBERS), o)
    o.param_groups[0]["lr"] = 0.001
    t.fit((X, NUMBERS), epochs=1, progress=False)


@right
def other_image_sizes():
    m = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    t = fit(m, nn.CrossEntropyLoss(), (IMAGES, KINDS), validation=(rng.uniform(size=(6, 3, 12, 10)), KINDS[:6]))
    t.predict(rng.uniform(size=(2, 3, 16, 16)))


@right
def other_lengths():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.r = nn.GRU(1, 5, batch_first=True)
            self.o = nn.Linear(5, 1)

        def forward(self, x):
            return self.o(self.r(x)[0][:, -1])

    fit(Net(), nn.MSELoss(), (X[:, :, None], NUMBERS), validation=(rng.normal(size=(9, 7, 1)), NUMBERS[:9]))


@pytest.mark.parametrize("name", RIGHT.rows)
def test_it_passes_without_a_word(name):
    RIGHT.run(name)
