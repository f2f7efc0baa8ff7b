"""Handwritten digits, 8 by 8 pixels, read by a small convolutional network.

    python examples/digits.py [FOLDER]

Prints the share of unseen digits that is read rightly, 98 to 100 %, and writes a report into FOLDER (run-digits). The
same network reads MNIST: cr.data.mnist() finds its files, or says where to put them.
"""

import sys
from pathlib import Path

import chainrule as cr
from chainrule import nn, optim

LEAST, MOST = 0.98, 1.00  # 5 seeds gave 0.987 to 0.998

known, unseen = cr.data.split(cr.data.digits(), test=0.25, seed=0)


def images(X):
    """Rows of 64 pixels as pictures with one colour."""
    return X.reshape(-1, 1, 8, 8) / 16  # (N, 1, 8, 8)


cr.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Dropout(0.25), nn.Linear(32 * 4 * 4, 10),
)
epochs, batch_size = 8, 32
steps = epochs * -(-len(known.X) // batch_size)
trainer = cr.Trainer(
    model,
    loss=nn.CrossEntropyLoss(),
    optimizer=optim.Adam(model.parameters()),
    schedule=optim.schedules.one_cycle(0.01, steps=steps),
    metrics=["accuracy"],
    seed=0,
)
history = trainer.fit((images(known.X), known.y), epochs=epochs, batch_size=batch_size)

score = trainer.evaluate((images(unseen.X), unseen.y))["accuracy"]
report = f"accuracy on {len(unseen.y)} unseen digits: {score:.3f} (expected {LEAST:.2f} to {MOST:.2f})"
print(report)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "run-digits")
folder.mkdir(parents=True, exist_ok=True)
parts = (report, cr.summary(model, input_shape=(1, 8, 8)), history)
(folder / "report.txt").write_text("\n\n".join(map(str, parts)) + "\n", encoding="utf-8")
cr.plots.history(history).savefig(folder / "history.png")
cr.plots.confusion(unseen.y, trainer.predict(images(unseen.X))).savefig(folder / "confusion.png")
sys.exit(not LEAST <= score <= MOST)
