"""Skip-gram with negative samples, matrix factorisation, a Siamese network."""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
corpus = ("the king rules the land . the queen rules the land . the dog chases the cat . the cat fears the dog . " * 6).split()
vocab = sorted(set(corpus))
word2idx = {w: i for i, w in enumerate(vocab)}
pairs = [(word2idx[corpus[i]], word2idx[corpus[j]]) for i in range(len(corpus))
         for j in range(max(0, i - 2), min(len(corpus), i + 3)) if i != j]


class SkipGram(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.u_embeddings = nn.Embedding(vocab_size, dim)
        self.v_embeddings = nn.Embedding(vocab_size, dim)
        nn.init.uniform_(self.u_embeddings.weight.data, -0.5 / dim, 0.5 / dim)
        nn.init.constant_(self.v_embeddings.weight.data, 0)

    def forward(self, u, v, neg):
        emb_u, emb_v, emb_neg = self.u_embeddings(u), self.v_embeddings(v), self.v_embeddings(neg)
        score = torch.sum(torch.mul(emb_u, emb_v), dim=1)
        score = -F.logsigmoid(torch.clamp(score, max=10, min=-10))
        neg_score = torch.bmm(emb_neg, emb_u.unsqueeze(2)).squeeze()
        neg_score = -torch.sum(F.logsigmoid(-torch.clamp(neg_score, max=10, min=-10)), dim=1)
        return torch.mean(score + neg_score)


u = torch.LongTensor([p[0] for p in pairs])
v = torch.LongTensor([p[1] for p in pairs])
counts = torch.bincount(u, minlength=len(vocab)).float() ** 0.75
model = SkipGram(len(vocab), 10)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
losses = []
for epoch in range(10):
    for bu, bv in DataLoader(TensorDataset(u, v), batch_size=128, shuffle=True):
        neg = torch.multinomial(counts, bu.size(0) * 4, replacement=True).view(bu.size(0), 4)
        optimizer.zero_grad()
        loss = model(bu, bv, neg)
        loss.backward()
        optimizer.step()
    losses.append(loss.item())
assert losses[-1] < losses[0] - 0.1, losses
emb = F.normalize(model.u_embeddings.weight.detach(), p=2, dim=1)
similarity = emb @ emb.t()
assert torch.allclose(similarity.diagonal(), torch.ones(len(vocab)), atol=1e-5)
cos = F.cosine_similarity(emb[word2idx["king"]], emb[word2idx["queen"]], dim=0)
assert abs(cos.item() - similarity[word2idx["king"], word2idx["queen"]].item()) < 1e-5


class MatrixFactorization(torch.nn.Module):
    def __init__(self, n_users, n_items, n_factors=3):
        super().__init__()
        self.user_factors = torch.nn.Embedding(n_users, n_factors)
        self.item_factors = torch.nn.Embedding(n_items, n_factors)
        self.user_biases = torch.nn.Embedding(n_users, 1)
        self.item_biases = torch.nn.Embedding(n_items, 1)

    def forward(self, user, item):
        pred = self.user_biases(user) + self.item_biases(item)
        pred += (self.user_factors(user) * self.item_factors(item)).sum(dim=1, keepdim=True)
        return pred.squeeze()


rng = np.random.RandomState(0)
ratings = rng.randn(15, 2) @ rng.randn(2, 12)
users, items = (torch.from_numpy(a) for a in np.nonzero(np.ones_like(ratings)))
values = torch.tensor(ratings.reshape(-1), dtype=torch.float32)
mf = MatrixFactorization(15, 12)
optimizer = torch.optim.SGD(mf.parameters(), lr=2.0, momentum=0.8)
for epoch in range(400):
    optimizer.zero_grad()
    loss = nn.MSELoss()(mf(users, items), values)
    loss.backward()
    optimizer.step()
assert loss.item() < 0.1 * values.var().item(), loss


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=1.0):
        super(ContrastiveLoss, self).__init__()
        self.margin = margin

    def forward(self, output1, output2, label):
        euclidean_distance = F.pairwise_distance(output1, output2, keepdim=True)
        return torch.mean((1 - label) * torch.pow(euclidean_distance, 2)
                          + label * torch.pow(torch.clamp(self.margin - euclidean_distance, min=0.0), 2))


tower = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
centres = torch.randn(3, 5) * 2
kind = torch.randint(0, 3, (120,))
X = centres[kind] + 0.3 * torch.randn(120, 5)
criterion, optimizer = ContrastiveLoss(), torch.optim.Adam(tower.parameters(), lr=0.01)
for step in range(100):
    order = torch.randperm(120)
    label = (kind != kind[order]).float().unsqueeze(1)
    loss = criterion(tower(X), tower(X[order]), label)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
assert loss.item() < 0.1, loss
triplet = nn.TripletMarginLoss(margin=1.0, p=2)
with torch.no_grad():
    z = tower(X)
    same, other = z[kind == 0], z[kind == 1]
    n = min(len(same), len(other)) - 1
    assert triplet(same[:n], same[1:n + 1], other[:n]).item() < 0.5
