"""A training that somebody kills: run it again and again until it ends, and it prints the digest of what it became.

python killed_run.py FOLDER KIND [N]: with a number it kills itself at the N-th system call of its saves.
"""

import hashlib
import os
import signal
import sys
from pathlib import Path

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.files.disk import Current, Disk


class Suicidal(Disk):
    """The machine's own disk, until its call number `at`; 0 for never."""

    def __init__(self, at):
        self.at, self.calls = at, 0

    def die(self):
        self.calls += 1
        if self.calls == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def open(self, path):
        self.die()
        return super().open(path)

    def write(self, file, part):
        self.die()
        taken = super().write(file, part[: len(part) // 2])
        self.die()
        return taken + super().write(file, part[len(part) // 2 :])

    def sync(self, file):
        self.die()
        super().sync(file)
        self.die()

    def replace(self, old, new):
        self.die()
        super().replace(old, new)
        self.die()

    def sync_folder(self, folder):
        super().sync_folder(folder)
        self.die()

    def remove(self, path):
        self.die()
        super().remove(path)


def digest(trainer, log):
    """Of all that a training leaves behind."""
    whole = hashlib.sha256()
    for name, tensor in trainer.model.state_dict().items():
        whole.update(name.encode() + tensor.numpy().tobytes())
    for place, kept in trainer.optimizer.state_dict()["state"].items():
        whole.update(repr([(place, name, value.numpy().tobytes()) for name, value in kept.items()]).encode())
    history = trainer.history
    whole.update(repr((history.history, history.epoch, history.best_epoch, trainer.step)).encode())
    whole.update(log.path.read_bytes())
    return whole.hexdigest()


def main(folder, kind, at=0):
    Current.disk = Suicidal(int(at))
    X, y = cr.data.spirals(300, arms=3, noise=0.2, seed=0)
    cr.manual_seed(0)
    net = nn.MLP([2, 24, 24, 3], dropout=0.2, norm="batch")
    adam = optim.AdamW(net.parameters(), lr=0.003, betas=(0.8, 0.98), weight_decay=0.02)
    kinds = {
        "epochs": train.Checkpoint(folder, every_epochs=4, best="val_loss"),
        "minutes": train.Checkpoint(folder, every_minutes=0.0002),
    }
    log = train.CSVLogger(Path(f"{folder}.csv"))
    callbacks = [kinds[kind], train.EarlyStopping(patience=200), log]
    trainer = cr.Trainer(
        net, nn.CrossEntropyLoss(), adam, metrics=["accuracy", "log_loss"], callbacks=callbacks, seed=0,
        schedule=optim.schedules.cosine(0.003, steps=30 * 60, warmup=50),
    )
    print("begins", flush=True)
    trainer.fit((X, y), validation=0.2, epochs=60, batch_size=8, progress=False, resume=folder)
    print("ends", digest(trainer, log), Current.disk.calls, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
