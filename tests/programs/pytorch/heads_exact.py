"""Two heads, many labels, quantiles, Huber, a mixture density; optimizers side by side; a schedule for each."""
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim import SGD, Adadelta, Adagrad, Adam, NAdam, RMSprop
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR, MultiStepLR, OneCycleLR, ReduceLROnPlateau
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.RandomState(0)


def fill(model):
    for p in model.parameters():
        p.data = torch.from_numpy(rng.normal(0, 0.3, size=tuple(p.shape)))
    return model.double()


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(6, 12), nn.PReLU(), nn.LayerNorm(12))
        self.heads = nn.ModuleDict({"labels": nn.Linear(12, 3), "value": nn.Linear(12, 1)})
        self.log_vars = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        h = self.shared(x)
        return self.heads["labels"](h), self.heads["value"](h).squeeze(-1)


X = torch.from_numpy(rng.randn(40, 6))
labels = torch.from_numpy((rng.rand(40, 3) > 0.7).astype(np.float64))
value = torch.from_numpy(rng.randn(40))
pos_weight = (labels == 0.0).sum(dim=0) / labels.sum(dim=0)
loader = DataLoader(TensorDataset(X, labels, value), batch_size=16)
losses = {}
for name, make, schedule in [
    ("sgd", lambda p: SGD(p, lr=0.05, momentum=0.9), lambda o: ExponentialLR(o, 0.95)),
    ("adam", lambda p: Adam(p, lr=0.01, amsgrad=True), lambda o: OneCycleLR(o, max_lr=0.02, total_steps=15)),
    ("rmsprop", lambda p: RMSprop(p, lr=0.005, momentum=0.5, centered=True), lambda o: MultiStepLR(o, [2, 4], 0.5)),
    ("adagrad", lambda p: Adagrad(p, lr=0.05), lambda o: LambdaLR(o, lambda e: 1 / (1 + e))),
    ("adadelta", lambda p: Adadelta(p), lambda o: ExponentialLR(o, 0.9)),
    ("nadam", lambda p: NAdam(p, lr=0.01), lambda o: ExponentialLR(o, 0.9)),
]:
    rng = np.random.RandomState(1)
    net = fill(TwoHeads())
    opt = make(net.parameters())
    sched = schedule(opt)
    plateau = ReduceLROnPlateau(opt, factor=0.5, patience=0)
    bce = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
    huber = nn.HuberLoss(delta=0.5)
    losses[name] = []
    for epoch in range(4):
        running = 0.0
        for xb, lb, vb in loader:
            opt.zero_grad()
            out_l, out_v = net(xb)
            parts = torch.stack([bce(out_l, lb), huber(out_v, vb)])
            loss = (torch.exp(-net.log_vars) * parts + net.log_vars).sum()
            loss.backward()
            opt.step()
            if name == "adam":
                sched.step()
            running += loss.item() * xb.size(0)
        if name != "adam":
            sched.step()
        losses[name].append(running / len(loader.dataset))
    if name == "sgd":
        for _ in range(3):
            plateau.step(1.0)
        losses["plateau"] = opt.param_groups[0]["lr"]
predicted = (torch.sigmoid(net(X)[0]) > 0.5).int()


def pinball(pred, target, quantiles):
    errors = target.unsqueeze(1) - pred
    q = torch.tensor(quantiles, dtype=torch.float64)
    return torch.max((q - 1) * errors, q * errors).sum(dim=1).mean()


class MDN(nn.Module):
    def __init__(self, k=3):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 10), nn.Tanh())
        self.pi, self.mu, self.sigma = nn.Linear(10, k), nn.Linear(10, k), nn.Linear(10, k)

    def forward(self, x):
        h = self.body(x)
        return F.log_softmax(self.pi(h), dim=1), self.mu(h), torch.exp(self.sigma(h))


def mdn_loss(log_pi, mu, sigma, y):
    log_prob = -0.5 * ((y - mu) / sigma) ** 2 - torch.log(sigma) - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(log_pi + log_prob, dim=1).mean()


mdn = fill(MDN())
x1 = torch.from_numpy(rng.uniform(-1, 1, (50, 1)))
y1 = torch.sin(4 * x1) * torch.from_numpy(rng.choice([-1.0, 1.0], (50, 1)))
opt = Adam(mdn.parameters(), lr=0.02)
trace = []
for step in range(15):
    opt.zero_grad()
    loss = mdn_loss(*mdn(x1), y1)
    loss.backward()
    opt.step()
    trace.append(loss.item())
quantile_net = fill(nn.Linear(6, 3))
opt = SGD(quantile_net.parameters(), lr=0.1)
for step in range(10):
    opt.zero_grad()
    ql = pinball(quantile_net(X), value, [0.1, 0.5, 0.9])
    ql.backward()
    opt.step()
saved = {"model": mdn.state_dict(), "optimizer": opt.state_dict(), "epoch": 3}
again = MDN().double()
print(again.load_state_dict(saved["model"]))
same = all(torch.equal(a, b) for a, b in zip(again.parameters(), mdn.parameters()))
RESULT = {"losses": losses, "predicted": predicted.tolist(), "mdn": trace, "quantile": ql.item(), "same": same}
