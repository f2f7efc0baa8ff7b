"""A small GPT that writes like Shakespeare, character by character: the recipe that nanoGPT gives for a CPU.

    python examples/characters/gpt.py TEXT [FOLDER] [STEPS]

TEXT is any file of plain text; the recipe was made for Tiny Shakespeare (1.1 million characters), on which 2,000 steps
reach a loss of 1.90 to 1.91 on the last tenth, never seen (five seeds; the 1.88 of nanoGPT's README is an estimate from
20 random batches, which scatter by 0.015). Prints the loss as it falls and a page of the network's own
writing; writes both into FOLDER (run-gpt).

Source: A. Karpathy, nanoGPT (2022), README: 4 layers, 4 heads, 128 wide, 64 characters x 12, dropout 0, AdamW from
1e-3 down to 1e-4 along a cosine after 100 steps of warm-up, betas 0.9 and 0.99, decay 0.1, gradients at most 1 long.
"""

import sys
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from chainrule.data import text
from chainrule.nn import functional as F

LAYERS, HEADS, WIDTH, LENGTH, BATCH = 4, 4, 128, 64, 12
RATE, AT_ONCE = 1e-3, 250  # steps between two looks at the unseen part


class Attention(nn.Module):
    """Each place gathers from those before it."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, x):
        """x (B, T, WIDTH); the same shape."""
        rows, length, _ = x.shape
        parts = self.qkv(x).reshape(rows, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        z = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=True)  # (B, H, T, D)
        return self.out(z.transpose(1, 2).reshape(rows, length, WIDTH))


class Block(nn.Module):
    """Attention, then a small dense network at every place, each beside a path that goes straight on."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, bias=False), nn.LayerNorm(WIDTH, bias=False)
        self.attention = Attention()
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        """x (B, T, WIDTH); the same shape."""
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class GPT(nn.Module):
    """The next character, at every place of a text; the table of characters serves at both ends."""

    def __init__(self, kinds):
        super().__init__()
        self.characters, self.places = nn.Embedding(kinds, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm = nn.LayerNorm(WIDTH, bias=False)
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1:
                last = name.endswith(("out.weight", "down.weight"))  # of a sum over 2 · LAYERS branches
                nn.init.normal_(parameter, std=0.02 / (2 * LAYERS) ** 0.5 if last else 0.02)

    def forward(self, x):
        """x (B, T) numbers of characters; logits (B, T, kinds)."""
        a = self.characters(x) + self.places.weight[: x.shape[1]]
        return F.linear(self.norm(self.blocks(a)), self.characters.weight)


def loss(logits, targets):
    """Cross-entropy of every place."""
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))


def batches(numbers, first, count):
    """Stretches for `count` steps from step `first` on, as rows."""
    parts = [text.batch(numbers, BATCH, LENGTH, step=step) for step in range(first, first + count)]
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])


def write(trainer, vocabulary, begin, count, seed=0):
    """Let the network go on from `begin`, each character drawn with the probability that it gives it."""
    random, numbers = np.random.default_rng(seed), list(text.encode(begin, vocabulary))
    for _ in range(count):
        logits = trainer.predict(np.array([numbers[-LENGTH:]]))[0, -1].astype(float)
        p = np.exp(logits - logits.max())
        numbers.append(random.choice(len(vocabulary), p=p / p.sum()))
    return text.decode(numbers, vocabulary)


def main(path, folder="run-gpt", steps="2000"):
    """Train, show, and keep."""
    steps = int(steps)
    words = text.read(path)
    vocabulary = text.vocabulary(words)
    numbers = text.encode(words, vocabulary)
    known, unseen = np.split(numbers, [len(numbers) * 9 // 10])
    whole = (len(unseen) - 1) // LENGTH * LENGTH
    unseen = unseen[:whole].reshape(-1, LENGTH), unseen[1 : whole + 1].reshape(-1, LENGTH)

    cr.manual_seed(0)
    model = GPT(len(vocabulary))
    parameters = list(model.parameters())
    matrices = [parameter for parameter in parameters if parameter.ndim > 1]
    others = [parameter for parameter in parameters if parameter.ndim == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    trainer = cr.Trainer(
        model,
        loss=loss,
        optimizer=optim.AdamW(groups, lr=RATE, betas=(0.9, 0.99)),
        schedule=optim.schedules.cosine(RATE, steps=steps, warmup=min(100, steps - 1), end=RATE / 10),
        clip_norm=1.0,
        seed=0,
    )
    lines = []
    for first in range(0, steps, AT_ONCE):
        history = trainer.fit(
            batches(known, first, min(AT_ONCE, steps - first)), batch_size=BATCH, shuffle=False, progress=False
        )
        judged = trainer.evaluate(unseen, batch_size=BATCH)["loss"]
        lines.append(f"step {trainer.step:>5}  loss {history['loss'][-1]:.3f}  unseen {judged:.3f}")
        print(lines[-1], flush=True)
    page = write(trainer, vocabulary, words[:1], 300)
    print(page)
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.txt").write_text("\n".join([*lines, "", page]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
