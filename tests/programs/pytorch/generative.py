"""A variational autoencoder and a GAN on points of the plane."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(3)
rng = np.random.RandomState(0)
angle = rng.uniform(0, 2 * np.pi, 256)
points = torch.tensor(np.stack([np.cos(angle), np.sin(angle)], 1), dtype=torch.float32)


class VAE(nn.Module):
    def __init__(self, latent=2):
        super().__init__()
        self.fc1 = nn.Linear(2, 32)
        self.fc21 = nn.Linear(32, latent)
        self.fc22 = nn.Linear(32, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, 32), nn.ReLU(), nn.Linear(32, 2))

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 2))
        z = self.reparameterize(mu, logvar)
        return self.decoder(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    mse = F.mse_loss(recon_x, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return mse + 0.05 * kld


vae = VAE()
optimizer = torch.optim.Adam(vae.parameters(), lr=1e-2)
history = []
for epoch in range(150):
    recon, mu, logvar = vae(points)
    loss = loss_function(recon, points, mu, logvar)
    optimizer.zero_grad()
    loss.backward()
    history.append(loss.item() / len(points))
    optimizer.step()
assert history[-1] < 0.5 * history[0], history[::30]
with torch.no_grad():
    sample = vae.decoder(torch.randn(64, 2))
assert sample.shape == (64, 2) and sample.grad_fn is None

netG = nn.Sequential(nn.Linear(4, 32), nn.LeakyReLU(0.2, inplace=True), nn.Linear(32, 2))
netD = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Dropout(0.1), nn.Linear(32, 1), nn.Sigmoid())
criterion = nn.BCELoss()
optimizerD = torch.optim.Adam(netD.parameters(), lr=2e-3, betas=(0.5, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=2e-3, betas=(0.5, 0.999))
before = (netG(torch.randn(256, 4)).norm(dim=1).mean() - 1).abs().item()
for step in range(400):
    real = points[torch.randint(0, len(points), (64,))]
    b_size = real.size(0)
    label = torch.full((b_size,), 1.0)
    netD.zero_grad()
    errD_real = criterion(netD(real).view(-1), label)
    errD_real.backward()
    fake = netG(torch.randn(b_size, 4))
    label.fill_(0.0)
    errD_fake = criterion(netD(fake.detach()).view(-1), label)
    errD_fake.backward()
    optimizerD.step()
    netG.zero_grad()
    label.fill_(1.0)
    errG = criterion(netD(fake).view(-1), label)
    errG.backward()
    optimizerG.step()
after = (netG(torch.randn(256, 4)).norm(dim=1).mean() - 1).abs().item()
assert after < before and after < 0.4, (before, after)


def gradient_penalty(critic, real, fake):
    alpha = torch.rand(real.size(0), 1)
    interpolates = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    scores = critic(interpolates)
    gradients = torch.autograd.grad(outputs=scores, inputs=interpolates, grad_outputs=torch.ones_like(scores),
                                    create_graph=True, retain_graph=True, only_inputs=True)[0]
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


critic = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.RMSprop(critic.parameters(), lr=5e-3)
for step in range(60):
    fake = netG(torch.randn(64, 4)).detach()
    penalty = gradient_penalty(critic, points[:64], fake)
    optimizer.zero_grad()
    penalty.backward()
    optimizer.step()
assert penalty.item() < 0.2, penalty
