"""A recurrent network that writes, character by character: embedding 32, GRU 128, 64 characters x 32, Adam.

    python examples/characters/gru.py TEXT [FOLDER] [STEPS]

TEXT is any file of plain text. Prints the loss as it falls, on the last tenth too, which is never learnt, and a page of
the network's own writing; writes both into FOLDER (run-gru).
"""

import sys
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from chainrule.data import text
from chainrule.nn import functional as F

WIDTH, HIDDEN, LENGTH, BATCH = 32, 128, 64, 32
RATE, AT_ONCE = 5e-3, 250  # steps between two looks at the unseen part


class Characters(nn.Module):
    """The next character, at every place of a text."""

    def __init__(self, kinds):
        super().__init__()
        self.embedding = nn.Embedding(kinds, WIDTH)
        self.gru = nn.GRU(WIDTH, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, kinds)

    def forward(self, x):
        """x (B, T) numbers of characters; logits (B, T, kinds)."""
        states, _ = self.gru(self.embedding(x))
        return self.head(states)

    def write(self, vocabulary, begin, count, seed=0):
        """Go on from `begin`, each character drawn with the probability that the network gives it."""
        random, numbers, state = np.random.default_rng(seed), list(text.encode(begin, vocabulary)), None
        with cr.no_grad():
            for _ in range(count):
                given = numbers if state is None else numbers[-1:]
                states, state = self.gru(self.embedding(cr.tensor([given])), state)
                logits = self.head(states[0, -1]).numpy().astype(float)
                p = np.exp(logits - logits.max())
                numbers.append(random.choice(len(vocabulary), p=p / p.sum()))
        return text.decode(numbers, vocabulary)


def loss(logits, targets):
    """Cross-entropy of every place."""
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))


def batches(numbers, first, count):
    """Stretches for `count` steps from step `first` on, as rows."""
    parts = [text.batch(numbers, BATCH, LENGTH, step=step) for step in range(first, first + count)]
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])


def main(path, folder="run-gru", steps="2000"):
    """Train, show, and keep."""
    steps = int(steps)
    words = text.read(path)
    vocabulary = text.vocabulary(words)
    numbers = text.encode(words, vocabulary)
    known, unseen = np.split(numbers, [len(numbers) * 9 // 10])
    whole = (len(unseen) - 1) // LENGTH * LENGTH
    unseen = unseen[:whole].reshape(-1, LENGTH), unseen[1 : whole + 1].reshape(-1, LENGTH)

    cr.manual_seed(0)
    model = Characters(len(vocabulary))
    trainer = cr.Trainer(
        model,
        loss=loss,
        optimizer=optim.Adam(model.parameters(), lr=RATE),
        schedule=optim.schedules.cosine(RATE, steps=steps, warmup=min(50, steps - 1), end=RATE / 10),
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
    page = model.write(vocabulary, words[:1], 300)
    print(page)
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.txt").write_text("\n".join([*lines, "", page]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
