"""One small trained network of each kind: convolution, recurrence, attention."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


def learn(net, batches, rate):
    """Adam on the cross-entropy, one step a batch; the losses."""
    optimizer, criterion = cr.optim.Adam(net.parameters(), lr=rate), nn.CrossEntropyLoss()
    losses = []
    for x, y in batches:
        loss = criterion(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def accuracy(net, x, y):
    net.eval()
    with cr.no_grad():
        return (net(x).argmax(dim=1) == y).float().mean().item()


@pytest.mark.article("S1-25")
def test_a_convolutional_network_reads_digits():
    data = cr.data.digits()
    images, labels = data.X.reshape(-1, 1, 8, 8) / 16, data.y
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:1400], order[1400:]
    cr.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(64, 10),
    )
    rows = [train[i : i + 50] for _ in range(8) for i in range(0, 1400, 50)]
    losses = learn(net, ((cr.tensor(images[r]), cr.tensor(labels[r])) for r in rows), 0.01)
    assert losses[0] > 2
    assert accuracy(net, cr.tensor(images[test]), cr.tensor(labels[test])) >= 0.97


class Reader(nn.Module):
    """The class of a sequence, from the last state of a recurrent layer."""

    def __init__(self, kind, symbols, width, classes):
        super().__init__()
        self.embedding = nn.Embedding(symbols, width)
        self.recurrent = getattr(nn, kind)(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        output, _ = self.recurrent(self.embedding(x))
        return self.head(output[:, -1])


@pytest.mark.article("S1-25")
@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_a_recurrent_network_remembers_the_first_symbol(kind):
    draw = np.random.default_rng(2)
    sequences = draw.integers(0, 4, (9600 + 500, 8))
    firsts = sequences[:, 0]
    cr.manual_seed(3)
    net = Reader(kind, 4, 32, 4)
    rows = [slice(i, i + 32) for i in range(0, 9600, 32)]
    learn(net, ((cr.tensor(sequences[r]), cr.tensor(firsts[r])) for r in rows), 0.02)
    assert accuracy(net, cr.tensor(sequences[9600:]), cr.tensor(firsts[9600:])) >= 0.97


class LookUp(nn.Module):
    """A query finds its key among pairs of keys and values, and gives the value's class."""

    def __init__(self, keys, values, width):
        super().__init__()
        self.pairs, self.query = nn.Linear(keys + values, width), nn.Linear(keys, width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.head = nn.Linear(width, values)
        self.keys = keys

    def forward(self, x):
        pairs, query = self.pairs(x[:, :-1]), self.query(x[:, -1:, : self.keys])
        found, _ = self.attention(query, pairs, pairs, need_weights=False)
        return self.head(found[:, 0])


@pytest.mark.article("S1-25")
def test_attention_learns_to_look_up():
    draw = np.random.default_rng(4)
    count, keys, values, length = 9600 + 500, 8, 5, 6
    key = np.argsort(draw.random((count, keys)), axis=1)[:, :length]
    value = draw.integers(0, values, (count, length))
    asked = draw.integers(0, length, count)
    rows = np.arange(count)
    x = np.zeros((count, length + 1, keys + values))
    x[:, :length] = np.concatenate((np.eye(keys)[key], np.eye(values)[value]), axis=2)
    x[:, length, :keys] = np.eye(keys)[key[rows, asked]]
    y = value[rows, asked]
    cr.manual_seed(5)
    net = LookUp(keys, values, 32)
    batches = [slice(i, i + 32) for i in range(0, 9600, 32)]
    learn(net, ((cr.tensor(x[r]), cr.tensor(y[r])) for r in batches), 0.005)
    assert accuracy(net, cr.tensor(x[9600:]), cr.tensor(y[9600:])) >= 0.97


@pytest.mark.article("S1-25")
def test_a_transformer_layer_learns_to_turn_a_sequence_round():
    draw = np.random.default_rng(6)
    words = draw.integers(0, 5, (8000, 6))
    cr.manual_seed(7)
    embedding, places = nn.Embedding(5, 32), nn.Embedding(6, 32)
    layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True, norm_first=True)
    head = nn.Linear(32, 5)
    net = nn.ModuleList([embedding, places, layer, head])
    optimizer, criterion = cr.optim.Adam(net.parameters(), lr=0.004), nn.CrossEntropyLoss()

    def logits(x):
        return head(layer(embedding(x) + places(cr.arange(6)))).reshape(-1, 5)

    for i in range(0, 7680, 32):
        loss = criterion(logits(cr.tensor(words[i : i + 32])), cr.tensor(words[i : i + 32, ::-1].reshape(-1)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with cr.no_grad():
        told = logits(cr.tensor(words[7680:])).argmax(dim=1).numpy()
    assert (told == words[7680:, ::-1].reshape(-1)).mean() >= 0.97
