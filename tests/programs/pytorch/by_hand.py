"""Regression with tensors alone: autograd, then gradients by hand, then an autograd function of one's own."""
import math

import numpy as np
import torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
dtype = torch.float64
torch.manual_seed(0)

# y = 2x + 1, fitted by w.grad
x = torch.linspace(-1, 1, 50, dtype=dtype, device=device).unsqueeze(1)
y = 2 * x + 1
w = torch.zeros(1, requires_grad=True, dtype=dtype)
b = torch.zeros(1, requires_grad=True, dtype=dtype)
for epoch in range(100):
    loss = ((x * w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.3 * w.grad
        b -= 0.3 * b.grad
    w.grad.zero_()
    b.grad.zero_()
print(f"w {w.item():.4f} b {b.item():.4f} loss {loss:.6f}")
assert abs(w.item() - 2) < 1e-3 and abs(b.item() - 1) < 1e-3

# sin(x) by a polynomial of degree 3, gradients by hand
x = torch.linspace(-math.pi, math.pi, 200, device=device, dtype=dtype)
y = torch.sin(x)
a, b1, c, d = (torch.tensor(v, dtype=dtype) for v in (0.1, -0.2, 0.3, 0.1))
for t in range(500):
    y_pred = a + b1 * x + c * x ** 2 + d * x ** 3
    grad = 2.0 * (y_pred - y)
    a -= 1e-5 * grad.sum()
    b1 -= 1e-5 * (grad * x).sum()
    c -= 1e-5 * (grad * x ** 2).sum()
    d -= 1e-5 * (grad * x ** 3).sum()
poly = [v.item() for v in (a, b1, c, d)]


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input ** 3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        input, = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input ** 2 - 1)


p3 = LegendrePolynomial3.apply
q = torch.full((), 0.3, dtype=dtype, requires_grad=True)
r = torch.full((), -1.0, dtype=dtype, requires_grad=True)
for t in range(200):
    loss3 = (r * p3(q * x) - y).pow(2).mean()
    loss3.backward()
    with torch.no_grad():
        for p in (q, r):
            p -= 1e-3 * p.grad
            p.grad = None

# a network of two layers with manual updates
rng = np.random.RandomState(0)
X = torch.from_numpy(rng.randn(64, 20))
Y = torch.from_numpy(rng.randn(64, 3))
w1 = torch.tensor(rng.randn(20, 30), dtype=dtype, requires_grad=True)
w2 = torch.tensor(rng.randn(30, 3), dtype=dtype, requires_grad=True)
for t in range(100):
    h = X.mm(w1).clamp(min=0)
    loss2 = (h.mm(w2) - Y).pow(2).sum()
    g1, g2 = torch.autograd.grad(loss2, [w1, w2])
    with torch.no_grad():
        w1.sub_(1e-4 * g1)
        w2.sub_(g2, alpha=1e-4)
RESULT = {"line": [w.item(), b.item()], "poly": poly, "legendre": [q.item(), r.item()], "two layers": loss2.item()}
