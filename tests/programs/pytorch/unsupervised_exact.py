"""k-means, principal components by power iteration, a Gaussian mixture by EM, a diffusion schedule."""
import numpy as np
import torch

rng = np.random.RandomState(0)
X = torch.from_numpy(np.concatenate([rng.randn(30, 2) + c for c in ([0, 0], [5, 5], [0, 6])]))


def kmeans(x, k, iterations=10):
    centroids = x[::30][:k].clone()
    for _ in range(iterations):
        distances = ((x[:, None, :] - centroids[None, :, :]) ** 2).sum(-1)
        assign = distances.argmin(dim=1)
        for j in range(k):
            if (assign == j).any():
                centroids[j] = x[assign == j].mean(dim=0)
    return centroids, assign


centroids, assign = kmeans(X, 3)
near = torch.cdist(X, centroids).min(dim=1)
assert torch.equal(near.indices, assign)

centred = X - X.mean(dim=0, keepdim=True)
cov = centred.t() @ centred / (X.shape[0] - 1)
v = torch.ones(2, dtype=X.dtype)
for _ in range(100):
    v = cov @ v
    v /= v.norm()
eigenvalue = v @ cov @ v
deflated = cov - eigenvalue * torch.outer(v, v)

pi = torch.full((3,), 1 / 3, dtype=X.dtype)
mu, var = centroids + 0.5, torch.ones(3, 2, dtype=X.dtype)
for _ in range(5):
    log_p = -0.5 * (((X.unsqueeze(1) - mu) ** 2) / var + var.log() + np.log(2 * np.pi)).sum(-1) + pi.log()
    log_norm = torch.logsumexp(log_p, dim=1, keepdim=True)
    resp = (log_p - log_norm).exp()
    n = resp.sum(0)
    mu = (resp.T @ X) / n[:, None]
    var = (resp.T @ X ** 2) / n.unsqueeze(1) - mu ** 2
    pi = n / n.sum()

betas = torch.linspace(1e-4, 0.02, 20, dtype=torch.float64)
alphas_bar = torch.cumprod(1.0 - betas, dim=0)
t = torch.tensor([0, 5, 19])
noise = torch.from_numpy(rng.randn(3, 2))
noisy = alphas_bar[t].sqrt().view(-1, 1) * X[:3] + (1 - alphas_bar[t]).sqrt().view(-1, 1) * noise

confusion = torch.zeros(3, 3, dtype=torch.int64)
truth = torch.arange(3).repeat_interleave(30)
for a, b in zip(truth, assign):
    confusion[a.long(), b.long()] += 1
correlation = (centred / centred.std(dim=0)).T @ (centred / centred.std(0)) / (len(X) - 1)
RESULT = {
    "centroids": centroids.tolist(), "v": v.tolist(), "eigen": [eigenvalue.item(), torch.trace(deflated).item()],
    "pi": pi.tolist(), "mu": mu.tolist(), "var": var.tolist(), "likelihood": log_norm.mean().item(), "noisy": noisy.tolist(),
    "confusion": confusion.tolist(), "correlation": correlation.tolist(),
    "median": X.median(dim=0).values.tolist(), "quantiles": torch.quantile(X, torch.tensor([0.1, 0.9]).double(), dim=0).tolist(),
}
