"""How it was written years ago, and still stands in many repositories."""
import numpy as np
import torch
import torch.nn as nn
import torch.utils.data

torch.manual_seed(0)
torch.cuda.manual_seed_all(0)
np.random.seed(0)
use_cuda = torch.cuda.is_available()
kwargs = {"num_workers": 1, "pin_memory": True} if use_cuda else {}


class GraphConvolution(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super(GraphConvolution, self).__init__()
        self.weight = nn.Parameter(torch.FloatTensor(in_features, out_features))
        if bias:
            self.bias = nn.Parameter(torch.Tensor(out_features))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        stdv = 1.0 / np.sqrt(self.weight.size(1))
        self.weight.data.uniform_(-stdv, stdv)
        if self.bias is not None:
            self.bias.data.uniform_(-stdv, stdv)

    def forward(self, input, adj):
        support = torch.mm(input, self.weight)
        output = torch.mm(adj, support)
        return output + self.bias if self.bias is not None else output

    def __repr__(self):
        return self.__class__.__name__ + " (" + str(self.weight.size(0)) + ")"


n = 30
side = torch.arange(n) // 15
adj = (side.unsqueeze(0) == side.unsqueeze(1)).float() * (torch.rand(n, n) < 0.3).float() + torch.eye(n)
adj = torch.clamp(adj + adj.t(), max=1.0)
degree = adj.sum(1).pow(-0.5)
adj = torch.diag(degree).mm(adj).mm(torch.diag(degree))
features = torch.randn(n, 6) + side.float().unsqueeze(1)
gc1, gc2 = GraphConvolution(6, 8), GraphConvolution(8, 2, bias=False)
params = list(gc1.parameters()) + list(gc2.parameters())
optimizer = torch.optim.Adam(params, lr=0.05)
idx_train = torch.LongTensor([0, 3, 16, 20])
for epoch in range(60):
    optimizer.zero_grad()
    output = torch.log_softmax(gc2(torch.relu(gc1(features, adj)), adj), dim=1)
    loss = torch.nn.functional.nll_loss(output[idx_train], side[idx_train])
    loss.backward()
    optimizer.step()
preds = output.max(1)[1].type_as(side)
assert preds.eq(side).double().sum().item() / n > 0.9

features = torch.randn(200, 3)
targets = (features.sum(1) > 0.8).long()
dataset = torch.utils.data.TensorDataset(features, targets)
weights = 1.0 / torch.bincount(targets).float()[targets]
sampler = torch.utils.data.WeightedRandomSampler(weights, len(weights))
loader = torch.utils.data.DataLoader(dataset, batch_size=50, sampler=sampler, **kwargs)
share = np.mean([y.float().mean().item() for _, y in loader])
assert 0.35 < share < 0.65, share
joined = torch.utils.data.ConcatDataset([dataset, torch.utils.data.Subset(dataset, [0, 1])])
assert len(joined) == 202

model = nn.Sequential()
model.add_module("fc", nn.Linear(3, 1))
model.add_module("act", nn.Sigmoid())
model.fc.weight.data.normal_(0.0, 0.01)
model.fc.bias.data.zero_()
criterion = nn.BCELoss(reduction="mean")
lr = 1.0
for epoch in range(150):
    loss = criterion(model(features).view(-1), targets.float())
    model.zero_grad()
    loss.backward()
    for f in model.parameters():
        f.data.sub_(f.grad.data * lr)
pred = (model(features) >= 0.5).squeeze().long()
assert torch.sum(pred == targets).item() > 180


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        ctx.save_for_backward(x)
        return (x > 0).float()

    @staticmethod
    def backward(ctx, grad_output):
        x, = ctx.saved_tensors
        grad_input = grad_output.clone() * ctx.scale
        grad_input[x.abs() > 1] = 0
        return grad_input, None


x = torch.tensor([-2.0, -0.5, 0.5, 2.0], requires_grad=True)
y = StraightThrough.apply(x, 3.0)
y.sum().backward()
assert y.tolist() == [0, 0, 1, 1] and x.grad.tolist() == [0, 3, 3, 0]
grads = {}
z = (x * 2).requires_grad_()
z.register_hook(lambda g: grads.update(z=g))
(z ** 2).sum().backward()
assert grads["z"].tolist() == [-8, -2, 2, 8] and not x.data.requires_grad
