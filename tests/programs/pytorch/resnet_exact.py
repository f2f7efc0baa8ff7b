"""A residual network, the same weights on both sides, ten steps with SGD and momentum."""
from collections import OrderedDict

import numpy as np
import torch
from torch import nn, optim


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = nn.Identity()
        if stride != 1 or in_planes != planes:
            self.downsample = nn.Sequential(nn.Conv2d(in_planes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        identity = self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, num_classes=4):
        super().__init__()
        self.stem = nn.Sequential(OrderedDict([("conv", nn.Conv2d(3, 4, 3, padding=1)), ("act", nn.ReLU())]))
        self.layers = self._make_layer([4, 8], [1, 2])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(8, num_classes)

    def _make_layer(self, widths, strides):
        layers, planes = [], 4
        for width, stride in zip(widths, strides):
            layers.append(BasicBlock(planes, width, stride))
            planes = width
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.layers(self.stem(x))
        x = torch.flatten(self.avgpool(x), 1)
        return self.fc(x)


rng = np.random.RandomState(0)
model = ResNet().double()
with torch.no_grad():
    for name, param in model.named_parameters():
        param.copy_(torch.from_numpy(rng.normal(0.1, 0.3, size=tuple(param.shape))))
X = torch.from_numpy(rng.randn(12, 3, 8, 8))
y = torch.tensor(rng.randint(0, 4, 12))

# the head learns faster, biases do not decay
decay = [p for n, p in model.named_parameters() if p.dim() > 1]
no_decay = [p for n, p in model.named_parameters() if p.dim() <= 1]
optimizer = optim.SGD([{"params": decay, "weight_decay": 1e-2}, {"params": no_decay}], lr=0.02, momentum=0.9, nesterov=True)
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
losses, accumulation = [], 2
for step in range(10):
    optimizer.zero_grad()
    for part in range(accumulation):
        loss = criterion(model(X[part::accumulation]), y[part::accumulation]) / accumulation
        loss.backward()
    losses.append(loss.item())
    nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    optimizer.step()
    scheduler.step()
for name, param in model.named_parameters():  # freeze everything but the head
    if not name.startswith("fc"):
        param.requires_grad = False
frozen = sum(p.numel() for p in model.parameters() if not p.requires_grad)
model.fc = nn.Linear(8, 4).double()
nn.init.constant_(model.fc.weight, 0.1)
nn.init.zeros_(model.fc.bias)
optimizer = optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-2)
for step in range(3):
    optimizer.zero_grad()
    loss = criterion(model(X), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
model.eval()
activations = {}
handle = model.layers[0].register_forward_hook(lambda m, i, o: activations.update(first=o.detach()))
with torch.no_grad():
    logits = model(X)
handle.remove()
RESULT = {
    "losses": losses, "logits": logits.tolist(), "frozen": frozen, "lr": scheduler.get_last_lr(),
    "running": model.layers[0].bn1.running_mean.tolist(), "batches": model.layers[0].bn1.num_batches_tracked.item(),
    "names": list(model.state_dict()), "modules": [n for n, _ in model.named_modules()], "repr": repr(model),
    "hook": activations["first"].mean().item(), "grads": [p.grad is None for p in model.stem.parameters()],
}
