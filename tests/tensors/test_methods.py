"""The methods of a tensor against PyTorch's, forward and backward."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr


def _q(m: Any) -> Any:
    return m.tensor([0.1, 0.9], dtype=m.float64)


METHODS: dict[str, Callable[..., Any]] = {
    "arithmetic": lambda x, m: (x * 2 - 1) / (x * x + 3) + 2**x - (-x) ** 2,
    "remainder": lambda x, m: x % 0.7,
    "sum": lambda x, m: x.sum() + x.sum(0) + x.sum(-1, keepdim=True)[:3, :4].mean(),
    "sum of several axes": lambda x, m: x.unsqueeze(0).sum((0, 2)),
    "mean, var, std": lambda x, m: x.mean(1) + x.var(1) + x.std(1, unbiased=False) + x.var(),
    "max, min": lambda x, m: x.max(1)[0] + x.min(1)[0] + x.max() - x.min(),
    "amax, amin": lambda x, m: x.amax(0) - x.amin(0, keepdim=True),
    "prod": lambda x, m: x.prod() + x.prod(0),
    "cumsum": lambda x, m: x.cumsum(1),
    "logsumexp": lambda x, m: x.logsumexp(1) + x.logsumexp((0, 1)),
    "norm": lambda x, m: x.norm() + x.norm(p=1) + x.norm(dim=1).sum() + x.norm(p=3),
    "exp and log": lambda x, m: x.exp() + x.expm1() + x.abs().log1p() + (x * x + 1).log(),
    "sigmoid, tanh, erf": lambda x, m: x.sigmoid() + x.tanh() + x.erf(),
    "roots": lambda x, m: (x * x + 1).sqrt() + (x * x + 1).rsqrt() + (x * x + 1).reciprocal() + x.square(),
    "sines": lambda x, m: x.sin() * x.cos(),
    "logarithms": lambda x, m: (x * x + 1).log2() + (x * x + 1).log10(),
    "clamp": lambda x, m: x.clamp(-0.5, 0.5) + x.clamp(min=0.1) + x.clamp(max=0.2),
    "where": lambda x, m: m.where(x > 0, x * 2, x * 3) + x.masked_fill(x > 1, 0.0),
    "maximum": lambda x, m: m.maximum(x, 2 * x.detach()) + m.minimum(x, x.detach() * 0.5),
    "reshape": lambda x, m: x.reshape(2, 6).T.reshape(-1, 3) + x.view(4, 3),
    "flatten": lambda x, m: x.unsqueeze(0).flatten(1) + x.flatten(),
    "unflatten": lambda x, m: x.unflatten(1, (2, 2)),
    "squeeze": lambda x, m: x.unsqueeze(1).unsqueeze(-1).squeeze().squeeze(0) + x,
    "permute": lambda x, m: x.unsqueeze(0).permute(2, 0, 1).transpose(0, 1) + x.t(),
    "expand": lambda x, m: x.unsqueeze(0).expand(2, -1, 4) + x[:1].expand(3, 4),
    "repeat": lambda x, m: x.repeat(2, 1) + x.repeat_interleave(2, dim=0),
    "cat, stack": lambda x, m: m.cat([x, 2 * x], dim=1).sum() + m.stack([x, x * x], dim=1),
    "index": lambda x, m: x[1] + x[:, 1:2].sum() + x[..., -1].mean() + x[None, 1:, ::2].sum(),
    "fancy index": lambda x, m: x[[0, 2, 2]] + x[m.tensor([0, 1, 1])] + x[m.tensor([0, 1]), m.tensor([2, 3])].sum(),
    "mask": lambda x, m: x[x > 0].sum() + x[x[:, 0] > 0].sum(),
    "gather": lambda x, m: x.gather(1, m.tensor([[0, 1], [3, 3], [2, 0]])),
    "index_select": lambda x, m: x.index_select(1, m.tensor([3, 0])),
    "narrow, split, chunk": lambda x, m: x.narrow(1, 1, 2).sum() + x.split(3, 1)[1].sum() + x.chunk(3, 1)[0].sum() * 2,
    "split by sizes": lambda x, m: x.split([1, 3], 1)[1] * 2,
    "unbind": lambda x, m: x.unbind(0)[2] * x.unbind(1)[0].sum(),
    "flip, roll": lambda x, m: x.flip(0) + x.flip((0, 1)) * 2 + x.roll(1, 0),
    "sort": lambda x, m: x.sort(1)[0] * m.arange(4) + x.sort(0, descending=True)[0],
    "topk": lambda x, m: x.topk(2, dim=1)[0] + x.topk(2, dim=1, largest=False)[0],
    "tril, triu": lambda x, m: x.tril() + x.triu(1),
    "matmul": lambda x, m: x @ x.T + (x @ x[0]).sum() + x[0] @ x.T @ x @ x[0],
    "batched matmul": lambda x, m: (x.unsqueeze(0) @ x.T).sum(0),
    "einsum": lambda x, m: m.einsum("ij,kj->ik", x, x) + m.einsum("ij->i", x) + m.einsum("ii->i", x[:, :3]),
    "outer": lambda x, m: m.outer(x[0], x[1]),
    "derived, element by element": lambda x, m: x.neg() + x.tan() + x.lerp(x * x, 0.3) + x.clip(-0.5, 0.5) + m.neg(x),
    "diagonals": lambda x, m: x.diag().sum() + x[0].diag(1) + m.diag(x[0], -1) + x[:3, :3].trace() + x.diag(1).sum(),
    "differences": lambda x, m: x.diff()[:, :3] + x.diff(n=2, dim=0).sum(),
    "products": lambda x, m: m.mm(x, x.T) + m.bmm(x[None], x.T[None])[0] + m.mv(x, x[0]) + m.addmm(x @ x.T, x, x.T),
    "cumprod": lambda x, m: x.cumprod(1) + m.cumprod(x * (x > 0), dim=0),
    "median": lambda x, m: x.median() + x.median(dim=1).values + m.median(x, dim=1, keepdim=True)[0],
    "quantile": lambda x, m: x.quantile(0.3) + m.quantile(x, 0.7, dim=1) + x.quantile(_q(m), 0).sum(),
    "scatter": lambda x, m: x.scatter(1, m.tensor([[0, 2], [1, 3]]), x[:2, :2]) + x.scatter(0, m.tensor([[1, 2]]), 0.5),
    "scatter_add": lambda x, m: m.scatter_add(x, 1, m.tensor([[0, 0], [1, 3]]), x[1:, 1:3] * 2) + x,
    "index_add": lambda x, m: m.index_add(x, 0, m.tensor([2, 2]), x[:2], alpha=0.5),
    "masked_select, nonzero": lambda x, m: x.masked_select(x > 0).sum() + x[m.nonzero(x > 0, as_tuple=True)].sum() + x,
    "movedim, tile": lambda x, m: x.tile((2,)) + m.movedim(x[None], 0, 2)[..., 0].tile(2) + x.roll(1).ravel()[0],
    "select, roll": lambda x, m: x.select(1, 2) + x.roll((1, 2), (0, 1))[:, 0] + x.swapaxes(0, 1).reshape_as(x)[:, 0],
    "two tensors": lambda x, m: m.max(x, x * x) + m.min(x, x * x * x),
    "grids and distances": lambda x, m: m.cdist(x, x * 2) + m.meshgrid(x[0], x[1], indexing="xy")[0].sum(),
    "stacks": lambda x, m: m.hstack([x, x]) + m.vstack([x[0], x[1], x[2]]).sum() + m.hstack([x[0], x[1]]).sum(),
    "norm of zeros": lambda x, m: (x * 0.0).norm(dim=1) + x.norm(dim=1),
    "round": lambda x, m: x + x.round() + x.floor() + x.ceil() + x.sign(),
}


@pytest.mark.parametrize("name", METHODS)
def test_like_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    numbers = np.random.default_rng(3).normal(size=(3, 4))
    x, t = cr.tensor(numbers, dtype=np.float64, requires_grad=True), torch.tensor(numbers, requires_grad=True)
    y, u = METHODS[name](x, cr), METHODS[name](t, torch)
    assert y.shape == tuple(u.shape)
    np.testing.assert_allclose(y.numpy(), u.detach().numpy(), rtol=1e-12, atol=1e-13)
    weights = np.random.default_rng(4).normal(size=y.shape)
    (y * weights).sum().backward()
    (u * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-10, atol=1e-12)


# One of them detaches.
SMOOTH = [name for name in METHODS if name not in ("round", "remainder", "maximum", "norm of zeros")]


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_of_gradients(name: str) -> None:
    cr.testing.check_gradients(lambda x: METHODS[name](x, cr), np.random.default_rng(3).normal(size=(3, 4)))


def test_places_and_truths() -> None:
    x = cr.tensor([[1.0, 5.0, 5.0], [2.0, 0.0, -1.0]])
    assert x.argmax().item() == 1
    assert (x // 2).tolist() == [[0.0, 2.0, 2.0], [1.0, 0.0, -1.0]]
    assert (cr.tensor([7, -7]) // 2).tolist() == [3, -4]
    assert (cr.tensor([7, -7]) // 2).dtype == np.int64
    assert x.argmax(dim=1).tolist() == [1, 0]
    assert x.argmin(dim=1, keepdim=True).tolist() == [[0], [2]]
    assert x.argsort(1, descending=True).tolist() == [[1, 2, 0], [0, 1, 2]]
    assert (x > 0).any().item()
    assert not (x > 0).all().item()
    assert (x > 0).all(dim=1).tolist() == [True, False]
    assert (x == 5).sum().item() == 2
    assert ((x > 1) & ~(x > 4) | (x < 0)).tolist() == [[False, False, False], [True, False, True]]
    assert cr.tensor([1.0, float("nan"), float("inf")]).isnan().tolist() == [False, True, False]
    assert cr.tensor([1.0, float("nan"), float("-inf")]).isinf().tolist() == [False, False, True]


def test_conversions() -> None:
    x = cr.tensor([1.5, 0.0])
    assert x.long().dtype == np.int64
    assert x.int().dtype == np.int32
    assert x.double().dtype == np.float64
    assert x.bool().tolist() == [True, False]
    assert x.to("cpu").to(np.float64).type_as(x).dtype == np.float32
    assert cr.tensor([2]).float().dtype == np.float32
    assert x[0].item() == 1.5
    assert float(x[0]) == 1.5
    assert int(cr.tensor(3)) == 3
    assert [10, 20, 30][cr.tensor(1)] == 20
    assert f"{x[0]:.3f}" == "1.500"
    assert f"{x[0]}" == "1.5"
    assert f"{x}" == "tensor([1.5, 0. ])"
    assert cr.linspace(0, 1, 3, requires_grad=True).requires_grad
    assert len(x) == 2
    assert [v.item() for v in x] == [1.5, 0.0]
    assert np.asarray(x).dtype == np.float32


def test_repr_shows_no_scientific_notation_and_leaves_numpy_alone() -> None:
    before = np.get_printoptions()
    assert "e-" not in repr(cr.tensor([1e-7, 0.5]))
    assert np.get_printoptions() == before
    assert repr(cr.tensor([1.0], requires_grad=True)) == "tensor([1.], requires_grad=True)"
    assert "dtype=float64" in repr(cr.tensor([1.0], dtype=np.float64))


def test_words_of_refusals() -> None:
    x = cr.zeros(3, 4)
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: x + cr.zeros(3), "(3, 4) , (3,)"), (lambda: x @ x, "(3, 4) @ (3, 4)"),
        (lambda: x.reshape(5), "(3, 4)"), (lambda: x + "a", "cr.tensor"), (lambda: {} @ x, "cr.tensor"),
        (lambda: x.sum(2), "dim=2"), (lambda: x[3], "3"), (lambda: x[0, 0, 0], "3 indices"), (lambda: x[[5]], "5"),
        (lambda: x[1.5], "integers"), (lambda: x.long().mean(), "x.float().mean()"), (lambda: x.expand(3, 5), "(3, 5)"),
        (lambda: cr.cat([x, cr.zeros(2)]), "(2,)"), (lambda: x.permute(0), "axes"), (lambda: x.topk(9), "k=9"),
        (lambda: x.item(), "one element"), (lambda: bool(x), "one element"), (lambda: -(x > 0), "~mask"),
        (lambda: x & x, "mask"), (lambda: cr.einsum("ij,jk->ik", x), "one group"),
        (lambda: cr.randint(3, 3, (1,)), "low=3"),
        (lambda: cr.manual_seed(-1), "-1"), (lambda: cr.zeros(0, 3).max(0), "empty"),
        (lambda: x.backward(), "requires_grad"),
    ]
    for call, word in cases:
        with pytest.raises(cr.ChainruleError) as caught:
            pytest.fail(f"{word}: {call()}")
        text = str(caught.value)
        assert word in text, (word, text)
        assert all(part in text for part in ("got:", "expected:", "try:"))
