"""A convolutional autoencoder with noise, and a linear probe on its frozen code."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
rng = np.random.RandomState(0)
labels = rng.randint(0, 2, 120)
images = np.zeros((120, 1, 8, 8), dtype=np.float32)
for image, label, i in zip(images, labels, rng.randint(1, 5, 120)):
    image[0, i:i + 3, i:i + 3] = 1
    if label:
        image[0, i + 1, i + 1] = 0
        image[0, :, 7] = 1


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(True), nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.ReLU(True),
            nn.Flatten(), nn.Linear(8 * 2 * 2, 12),
        )
        self.decoder = nn.Sequential(
            nn.Linear(12, 32), nn.Unflatten(1, (8, 2, 2)), nn.ReLU(),
            nn.ConvTranspose2d(8, 8, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


X, y = torch.from_numpy(images), torch.from_numpy(labels).long()
model = Autoencoder()
loader = DataLoader(TensorDataset(X, y), batch_size=30, shuffle=True, drop_last=True)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
history = []
for epoch in range(25):
    epoch_loss = 0
    for img, _ in loader:
        noisy = (img + 0.1 * torch.randn_like(img)).clip(0, 1)
        loss = F.binary_cross_entropy(model(noisy), img)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    history.append(epoch_loss / len(loader))
assert history[-1] < 0.6 * history[0], history
padded = F.pad(X, (1, 2, 0, 1), value=0.5)
assert padded.shape == (120, 1, 9, 11) and padded[0, 0, -1, -1].item() == 0.5

for param in model.encoder.parameters():
    param.requires_grad_(False)
probe = nn.Linear(12, 2)
optimizer = torch.optim.SGD(probe.parameters(), lr=0.1, momentum=0.9)
for step in range(100):
    loss = F.cross_entropy(probe(model.encoder(X)), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
assert all(p.grad is None or p.grad.abs().sum() >= 0 for p in model.parameters())
correct = (probe(model.encoder(X)).argmax(1) == y).sum().item()
assert correct / len(y) > 0.9, correct
code = model.encoder(X).detach().cpu().numpy()
assert code.shape == (120, 12)
