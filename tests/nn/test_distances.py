"""Distances, padding and one-hot rows against PyTorch, forward and backward."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F

CASES: dict[str, Any] = {
    "normalize": lambda f, n, a, b, c: f.normalize(a) + f.normalize(b, p=1, dim=0),
    "cosine_similarity": lambda f, n, a, b, c: f.cosine_similarity(a, b) + f.cosine_similarity(a, b[:1], dim=-1),
    "pairwise_distance": lambda f, n, a, b, c: f.pairwise_distance(a, b) + f.pairwise_distance(a, c, p=1, keepdim=True),
    "triplet": lambda f, n, a, b, c: f.triplet_margin_loss(a, b, c) + f.triplet_margin_loss(a, b, c, reduction="sum"),
    "triplet, swapped": lambda f, n, a, b, c: f.triplet_margin_loss(a, b, c, 0.5, swap=True, reduction="none"),
    "modules": lambda f, n, a, b, c: n.CosineSimilarity(dim=0)(a, b).sum() + n.PairwiseDistance(keepdim=True)(a, b),
    "module of triplets": lambda f, n, a, b, c: n.TripletMarginLoss(margin=2.0)(a, b, c),
    "pad": lambda f, n, a, b, c: f.pad(a, (1, 2, 3, 0)) + f.pad(a, (2, 1, 3, 0), "constant", 0.5),
    "pad, cut": lambda f, n, a, b, c: f.pad(a[None, None], (-1, 2), value=-1.0),
}


@pytest.mark.parametrize("name", CASES)
def test_like_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    draws = [np.random.default_rng(seed).normal(size=(5, 4)) for seed in range(3)]
    ours = [cr.tensor(x, dtype=np.float64, requires_grad=True) for x in draws]
    theirs = [torch.tensor(x, requires_grad=True) for x in draws]
    y, u = CASES[name](F, nn, *ours), CASES[name](torch.nn.functional, torch.nn, *theirs)
    np.testing.assert_allclose(y.numpy(), u.detach().numpy(), rtol=1e-10)
    (y * y).sum().backward()
    (u * u).sum().backward()
    for one, two in zip(ours, theirs, strict=True):
        assert (one.grad is None) == (two.grad is None)
        if two.grad is not None:
            np.testing.assert_allclose(one.grad.numpy(), two.grad.numpy(), rtol=1e-8, atol=1e-10)


def test_one_hot() -> None:
    assert F.one_hot(cr.tensor([[1], [0]]), 3).tolist() == [[[0, 1, 0]], [[1, 0, 0]]]
    assert F.one_hot(cr.tensor(2)).tolist() == [0, 0, 1]
    assert F.one_hot(cr.tensor([0])).dtype == np.int64
    for wrong in ([3], [-1]):
        with pytest.raises(cr.ArgumentError, match="one_hot"):
            F.one_hot(cr.tensor(wrong), 3)


def test_a_vector_of_zeros_has_a_slope() -> None:
    x = cr.zeros(2, 3, requires_grad=True)
    (F.normalize(x).sum() + x.norm() + cr.cdist(x, x).sum()).backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_refusals() -> None:
    x = cr.zeros(2, 2)
    for call in (
        lambda: F.pad(x, (1, 1), mode="reflect"), lambda: F.pad(x, (1,)), lambda: F.pad(x, (1,) * 6),
        lambda: F.triplet_margin_loss(x, x, x, reduction="all"), lambda: nn.TripletMarginLoss(reduction="all"),
    ):
        with pytest.raises(cr.ArgumentError):
            call()
