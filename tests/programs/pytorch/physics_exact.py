"""A physics-informed network, the second derivative by torch.autograd.grad; L-BFGS; finite differences; Hessian."""
import numpy as np
import torch
import torch.nn as nn

torch.set_default_dtype(torch.float64)
rng = np.random.RandomState(0)


class PINN(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.linears = nn.ModuleList([nn.Linear(layers[i], layers[i + 1]) for i in range(len(layers) - 1)])
        self.activation = nn.Tanh()
        for layer in self.linears:
            layer.weight.data = torch.tensor(rng.normal(0, 0.7, size=tuple(layer.weight.shape)))
            nn.init.zeros_(layer.bias.data)

    def forward(self, x):
        for layer in self.linears[:-1]:
            x = self.activation(layer(x))
        return self.linears[-1](x)


net = PINN([1, 12, 12, 1])
t = torch.linspace(0, 1, 30).view(-1, 1).requires_grad_(True)
t0 = torch.zeros(1, 1, requires_grad=True)


def residual():  # u'' + 4 u = 0, u(0) = 1, u'(0) = 0
    u = net(t)
    du = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]
    d2u = torch.autograd.grad(du.sum(), t, create_graph=True)[0]
    u0 = net(t0)
    du0 = torch.autograd.grad(u0, t0, create_graph=True)[0]
    return torch.mean((d2u + 4 * u) ** 2) + (u0 - 1).pow(2).squeeze() + (du0 ** 2).squeeze()


optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
losses = []
for epoch in range(60):
    optimizer.zero_grad()
    loss = residual()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
lbfgs = torch.optim.LBFGS(net.parameters(), lr=1.0, max_iter=20, line_search_fn="strong_wolfe")


def closure():
    lbfgs.zero_grad()
    loss = residual()
    loss.backward()
    return loss


lbfgs.step(closure)
final = residual().item()
assert final < losses[-1] < losses[0]

# a gradient against finite differences, and a Hessian row by row
w = torch.tensor([0.3, -0.7, 1.1], requires_grad=True)
f = lambda v: torch.log1p(torch.exp(v)).prod() + torch.cumprod(v, dim=0).sum() + v.norm()
g, = torch.autograd.grad(f(w), w, create_graph=True)
hessian = torch.stack([torch.autograd.grad(g[i], w, retain_graph=True)[0] for i in range(3)])
eps, numeric = 1e-6, torch.zeros(3)
for i in range(3):
    e = torch.zeros(3)
    e[i] = eps
    with torch.no_grad():
        numeric[i] = (f(w + e) - f(w - e)) / (2 * eps)
assert torch.allclose(g, numeric, atol=1e-6)
RESULT = {"losses": losses, "hessian": hessian.tolist(), "small": final < 0.1 * losses[0]}
torch.set_default_dtype(torch.float32)
