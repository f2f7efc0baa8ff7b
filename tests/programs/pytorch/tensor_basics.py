"""The first notebook of a course: tensors."""
import numpy as np
import torch

data = [[1, 2], [3, 4]]
x = torch.tensor(data)
assert x.dtype == torch.int64 and x.shape == (2, 2) and x.ndim == 2 and x.numel() == 4 and x.size(0) == 2
f = x.float()
assert f.dtype == torch.float32 and torch.tensor([1.0]).dtype == torch.float
assert str(f.device) == "cpu" and f.device.type == "cpu"
R = {}
R["matmul"] = [(f @ f.T), torch.matmul(f, f.t()), f.mm(f), torch.bmm(f[None], f[None]), torch.mv(f, f[0])]
R["reduce"] = [f.sum(), f.sum(dim=0), f.mean(1, keepdim=True), f.std(), f.var(0), torch.std(f, dim=1), f.prod(), f.norm(),
               torch.max(f), torch.max(f, 1)[0], torch.max(f, 1)[1], torch.max(f, dim=0).values, torch.min(f, f.flip(0)),
               f.argmax(), torch.argmax(f, dim=1), torch.cumsum(f, dim=0), torch.cumprod(f, 1), f.median(),
               torch.logsumexp(f, dim=1), torch.quantile(f, 0.3), torch.norm(f, dim=1), torch.amax(f, 0)]
R["shape"] = [x.view(-1), x.view(4, 1), x.reshape(1, 4), x.unsqueeze(0), x.unsqueeze(0).squeeze(0), torch.flatten(x[None], 1),
              x.permute(1, 0), torch.transpose(x, 0, 1), torch.squeeze(x[:1]), x.expand(3, 2, 2), x.repeat(2, 1), x.T,
              torch.unsqueeze(x, -1), x.contiguous().view(x.size(0), -1), torch.flip(x, [0]), torch.roll(x, 1, 0),
              torch.movedim(x, 0, 1), x.view_as(x), torch.tile(x, (2,))]
R["join"] = [torch.cat([x, x]), torch.cat((x, x), dim=1), torch.stack([x, x]), torch.hstack([x, x]), torch.vstack([x, x]),
             *torch.split(x, 1), *torch.chunk(x, 2, dim=1), *torch.unbind(x), *torch.meshgrid(x[0], x[1], indexing="ij")]
big = torch.arange(24).reshape(2, 3, 4)
R["index"] = [big[0], big[:, 1], big[..., -1], big[big > 10], big[torch.tensor([1, 0])], big[:, [0, 2]], big[1, 2, 3],
              torch.where(f > 2, f, torch.zeros_like(f)), f.masked_fill(f > 2, float("-inf")), torch.masked_select(f, f > 2),
              torch.gather(f, 1, torch.tensor([[0], [1]])), torch.index_select(f, 0, torch.tensor([1])), torch.nonzero(f > 2),
              big[:, None, :, 1].squeeze(1), torch.tril(f), torch.triu(f, diagonal=1), torch.diag(f), torch.diag(f[0]),
              torch.zeros(3, 4).scatter_(1, torch.tensor([[0], [3], [1]]), 1.0),
              torch.zeros(3).index_add(0, torch.tensor([0, 2, 0]), torch.ones(3)),
              torch.zeros(2, 3).scatter_add(1, torch.tensor([[0, 0], [1, 2]]), f)]
R["sort"] = [*torch.sort(f, descending=True), *torch.topk(f, 1, dim=1), torch.argsort(f, dim=1), torch.unique(x),
             torch.bincount(torch.tensor([0, 1, 1])), *torch.unique(torch.tensor([3, 1, 3]), return_counts=True)]
R["math"] = [x + 1, x * 2.5, x / 2, x // 2, x % 2, -x, x ** 2, 2 ** f, 1 / f, f.exp(), f.log(), f.sqrt(), torch.abs(-f),
             torch.clamp(f, 1.5, 3), f.round(), torch.pow(f, 3), torch.add(f, 1), torch.mul(f, 2), f.add(1, alpha=2),
             torch.sigmoid(f), torch.tanh(f), torch.relu(f - 2), torch.softmax(f, dim=1), torch.sign(f - 2), f.clip(2, 3),
             torch.lerp(f, f * 2, 0.5), torch.einsum("ij,jk->ik", f, f), torch.outer(f[0], f[1]), torch.dot(f[0], f[1]),
             torch.cdist(f, f + 1), torch.isclose(f, f + 1e-7), 7 // x, torch.tan(f), torch.trunc(f / 3), torch.diff(f)]
R["compare"] = [x == 2, x != 2, x > 2, (x > 1) & (x < 4), (x < 2) | (x > 3), ~(x > 2), (x > 1) ^ (x > 2), (x == x).all(),
                torch.any(x > 3), torch.eq(x, 2), torch.logical_and(x > 1, x < 3), (x == 2).sum()]
R["make"] = [torch.zeros(2, 3), torch.ones((2, 3)), torch.eye(3), torch.full((2, 2), 7), torch.arange(0, 10, 2),
             torch.arange(5), torch.arange(0.0, 1.0, 0.25), torch.linspace(0, 1, steps=5), torch.ones_like(f),
             torch.full_like(f, 3), f.new_zeros(2), f.new_tensor([1, 2]), torch.Tensor([1, 2]), torch.FloatTensor([1, 2]),
             torch.LongTensor([1, 2]), torch.tensor([1, 2], dtype=torch.double), x.type(torch.float), x.type(torch.FloatTensor),
             x.to(torch.float64), x.double(), f.long(), f.int(), (f > 2).float(), torch.tensor(3).bool()]
assert torch.equal(x, x.clone()) and torch.allclose(f, f + 1e-9) and torch.is_tensor(x)
assert torch.numel(x) == 4 and x.tolist() == data and f[0, 0].item() == 1.0 and len(x) == 2

f2 = f.clone()
f2[0] = 9
f2[:, 1] += 1
f2[f2 > 9] = 0.5
f2.add_(1).mul_(2).clamp_(max=15)
f2[1, 0] -= 4
R["in place"] = [f2, torch.ones(2).fill_(3), f.clone().pow_(2), f.clone().sqrt_(), f.clone().neg_(), f.clone().zero_()]
a = np.ones(3)
t = torch.from_numpy(a)
assert t.dtype == torch.float64
R["numpy"] = [t, torch.tensor(np.arange(3)), torch.as_tensor([1.5]), torch.from_numpy(t.numpy() * 2)]
torch.manual_seed(1)
r = torch.rand(2, 3)
torch.manual_seed(1)
assert torch.equal(r, torch.rand(2, 3)) and (r >= 0).all() and (r < 1).all()
assert torch.randn(2, 3).shape == (2, 3) and torch.randint(0, 5, (3,)).max() < 5 and torch.randint(5, (2, 2)).dtype == torch.int64
assert sorted(torch.randperm(4).tolist()) == [0, 1, 2, 3] and torch.empty(2, 2).shape == (2, 2)
assert torch.normal(0.0, 1.0, size=(2, 2)).shape == (2, 2) and torch.randn_like(f).shape == f.shape
assert torch.multinomial(torch.tensor([0.0, 1.0]), 1).item() == 1 and torch.bernoulli(torch.ones(2)).sum() == 2
w = torch.empty(100, 50).normal_(0, 0.02)
assert abs(w.std().item() - 0.02) < 2e-3 and torch.empty(3).uniform_(-1, 1).abs().max() <= 1
for row in x:
    assert row.shape == torch.Size([2])
if (x > 0).all():
    pass
assert [c for c in "abc"][torch.tensor(1)] == "b" and f"{f.mean():.2f}" == "2.50" and int(x[1, 1]) == 4
RESULT = {f"{name} {i}": v.tolist() for name, parts in R.items() for i, v in enumerate(parts)}
RESULT |= {f"dtype {name} {i}": str(v.dtype).replace("torch.", "") for name, parts in R.items() for i, v in enumerate(parts)}
