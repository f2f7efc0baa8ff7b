"""Character model with a detached hidden state, a GRU classifier of packed-free batches, attention from scratch."""
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

rng = np.random.RandomState(0)


def fill(model):
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.from_numpy(rng.uniform(-0.4, 0.4, size=tuple(p.shape))))
    return model


text = "hello world, hello words, hello worlds. " * 4
chars = sorted(list(set(text)))
char_to_ix = {ch: i for i, ch in enumerate(chars)}
ix_to_char = {i: ch for i, ch in enumerate(chars)}
data = torch.tensor([char_to_ix[c] for c in text], dtype=torch.long)


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden):
        super().__init__()
        self.hidden_size = hidden
        self.embedding = nn.Embedding(vocab, 8)
        self.lstm = nn.LSTM(input_size=8, hidden_size=hidden, num_layers=2, batch_first=True)
        self.decoder = nn.Linear(hidden, vocab)

    def forward(self, x, hidden):
        out, hidden = self.lstm(self.embedding(x), hidden)
        return self.decoder(out), hidden

    def init_hidden(self, batch):
        weight = next(self.parameters())
        return (weight.new_zeros(2, batch, self.hidden_size), weight.new_zeros(2, batch, self.hidden_size))


model = fill(CharRNN(len(chars), 16).double())
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
hidden, losses = model.init_hidden(1), []
for start in range(0, 140, 20):
    hidden = tuple(h.detach() for h in hidden)
    inputs, targets = data[start:start + 20].unsqueeze(0), data[start + 1:start + 21]
    logits, hidden = model(inputs, hidden)
    loss = F.cross_entropy(logits.view(-1, len(chars)), targets.view(-1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
    optimizer.step()
    losses.append(loss.item())
model.eval()
generated, ch, hidden = "", data[:1].unsqueeze(0), model.init_hidden(1)
with torch.no_grad():
    for _ in range(10):
        logits, hidden = model(ch, hidden)
        ch = F.softmax(logits[:, -1, :] / 0.8, dim=-1).argmax(dim=-1, keepdim=True)
        generated += ix_to_char[ch.item()]


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 5, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(10, 2)

    def forward(self, x):
        _, h = self.gru(x)
        return self.fc(torch.cat((h[-2, :, :], h[-1, :, :]), dim=1))


gru = fill(Classifier().double())
out = gru(torch.from_numpy(rng.randn(4, 6, 3)))
out.sum().backward()


class SelfAttention(nn.Module):
    def __init__(self, embed, heads, block_size):
        super().__init__()
        assert embed % heads == 0
        self.heads, self.head_dim = heads, embed // heads
        self.qkv = nn.Linear(embed, 3 * embed, bias=False)
        self.proj = nn.Linear(embed, embed)
        self.register_buffer("tril", torch.tril(torch.ones(block_size, block_size)).view(1, 1, block_size, block_size))

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.qkv(x).split(C, dim=2)
        k = k.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        q = q.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        v = v.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.tril[:, :, :T, :T] == 0, float("-inf"))
        att = F.softmax(att, dim=-1)
        y = (att @ v).transpose(1, 2).contiguous().view(B, T, C)
        return self.proj(y)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=50):
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[:, :x.size(1)]


class GPT(nn.Module):
    def __init__(self, vocab, embed=8):
        super().__init__()
        self.tok = nn.Embedding(vocab, embed)
        self.pos = PositionalEncoding(embed)
        self.attn = SelfAttention(embed, 2, 32)
        self.ln1, self.ln2 = nn.LayerNorm(embed), nn.LayerNorm(embed)
        self.mlp = nn.Sequential(nn.Linear(embed, 4 * embed), nn.GELU(), nn.Linear(4 * embed, embed))
        layer = nn.TransformerEncoderLayer(embed, 2, 16, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=1)
        self.head = nn.Linear(embed, vocab, bias=False)
        self.head.weight = self.tok.weight

    def forward(self, idx, targets=None):
        x = self.pos(self.tok(idx))
        x = x + self.attn(self.ln1(x))
        x = x + self.mlp(self.ln2(x))
        mask = torch.triu(torch.ones(idx.size(1), idx.size(1)), diagonal=1).bool()
        x = self.encoder(x, mask=mask)
        logits = self.head(x)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)


gpt = fill(GPT(len(chars)).double())
optimizer = torch.optim.AdamW(gpt.parameters(), lr=1e-2, betas=(0.9, 0.95))
gpt_losses = []
for step in range(8):
    ix = torch.tensor(rng.randint(0, len(data) - 13, 4))
    xb = torch.stack([data[i:i + 12] for i in ix])
    yb = torch.stack([data[i + 1:i + 13] for i in ix])
    _, loss = gpt(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    gpt_losses.append(loss.item())
RESULT = {"char": losses, "text": generated, "gru": out.tolist(), "gru grad": gru.gru.weight_hh_l0_reverse.grad.tolist(),
          "gpt": gpt_losses, "tied": sum(p.numel() for p in gpt.parameters())}
