"""Floor 5: files that survive. Public: `cr.save`, `cr.load`, `cr.load_into`, `cr.from_sklearn`.

`disk` is every system call that writing makes, `storing` the one way to write (temporary file, fsync, rename, fsync of
the folder). `container` writes and checks safetensors files with a digest for each tensor, `strict` reads JSON,
`packing` turns states into JSON and arrays. `describing` and `building` go from a network to its constructor calls and
back, by the closed table `registry`; `folder` is a folder of checkpoints. What a Trainer has become, and how it goes
on, lives in `train/state`, `train/place` and `train/resuming`. Nothing here unpickles, evaluates, or imports by a name
from a file. May import: floors 0 to 4; `saving` and `loading` also `train`.
"""
