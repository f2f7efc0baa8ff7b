"""A training that somebody kills: run it again and again until it ends, and it prints the digest of what it became.

python killed_run.py FOLDER [call N]: with a number it kills itself before (or in the middle of) its N-th system call.
"""

import hashlib
import os
import signal
import sys

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.files.disk import Current, Disk

folder, kind, *rest = sys.argv[1:]
X, y = cr.data.spirals(300, arms=3, noise=0.2, seed=0)


class Suicidal(Disk):
    """The machine's own disk, until its call number `at`."""

    at, calls = int(rest[0]) if rest else -1, 0

    def die(self):
        self.calls += 1
        if self.calls == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def open(self, path):
        self.die()
        return super().open(path)

    def write(self, file, part):
        self.die()
        super().write(file, part[: len(part) // 2])
        self.die()
        return super().write(file, part[len(part) // 2 :]) + len(part) // 2

    def sync(self, file):
        self.die()
        super().sync(file)
        self.die()

    def replace(self, old, new):
        self.die()
        super().replace(old, new)
        self.die()

    def sync_folder(self, path):
        super().sync_folder(path)
        self.die()

    def remove(self, path):
        self.die()
        super().remove(path)


Current.disk = Suicidal()
cr.manual_seed(0)
net = nn.MLP([2, 24, 24, 3], dropout=0.2, norm="batch")
adam = optim.AdamW(net.parameters(), lr=0.003, betas=(0.8, 0.98), weight_decay=0.02)
calls = {
    "epochs": train.Checkpoint(folder, every_epochs=4, best="val_loss"),
    "minutes": train.Checkpoint(folder, every_minutes=0.0002),
}
log = train.CSVLogger(os.path.join(folder, "..", os.path.basename(folder) + ".csv"))
callbacks = [calls[kind], train.EarlyStopping(patience=200), log]
trainer = cr.Trainer(
    net, nn.CrossEntropyLoss(), adam, metrics=["accuracy", "log_loss"], callbacks=callbacks, seed=0,
    schedule=optim.schedules.cosine(0.003, steps=30 * 60, warmup=50),
)
print("begins", flush=True)
history = trainer.fit((X, y), validation=0.2, epochs=60, batch_size=8, progress=False, resume=folder)
whole = hashlib.sha256()
for name, tensor in net.state_dict().items():
    whole.update(name.encode() + tensor.numpy().tobytes())
for place, kept in adam.state_dict()["state"].items():
    whole.update(repr([(place, name, value.numpy().tobytes()) for name, value in kept.items()]).encode())
whole.update(repr((history.history, history.epoch, history.best_epoch, trainer.step)).encode())
whole.update(log.path.read_bytes())
print("ends", whole.hexdigest(), Current.disk.calls, flush=True)
