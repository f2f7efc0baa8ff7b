"""What a run leaves for programs: weights with all that is needed to use them, the history, and what was asked for."""

import csv
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.cli.run.design import Design
from chainrule.cli.run.parts import Parts
from chainrule.cli.run.rows import Rows
from chainrule.nn.module import Module
from chainrule.train.history import History

FORMAT = 1


def weights(path: Path, model: Module, rows: Rows, parts: Parts, design: Design) -> None:
    """Write the weights under PyTorch's names and layouts, and beside them, as JSON, how to use them.

    The JSON stands under the one key `"chainrule"`: safetensors writes several in any order.
    """
    from safetensors.numpy import save_file

    tensors = {name: np.array(tensor.numpy(), order="C") for name, tensor in model.state_dict().items()}
    known = rows.known
    about = {
        "format": FORMAT,
        "name": known.name,
        "task": parts.task,
        "columns": list(known.feature_names),
        "target": known.target_names[0] if parts.task == "numbers" else None,
        "classes": None if parts.task == "numbers" else list(known.target_names),
        "image_shape": known.image_shape,
        "network": {
            "kind": "MLP", "sizes": design.sizes, "activation": design.activation, "dropout": design.dropout,
        },
        "inputs": parts.inputs_by.to_dict(),
        "targets": None if parts.targets_by is None else parts.targets_by.to_dict(),
    }
    save_file(tensors, path, metadata={"chainrule": encoded(about)})


def history(path: Path, found: History) -> None:
    """Write one line an epoch; numbers read back as they were."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["epoch", *found.keys()])
        columns = [found[name] for name in found.keys()]  # noqa: SIM118 - a History gives names by keys()
        table.writerows([epoch, *map(repr, row)] for epoch, *row in zip(found.epoch, *columns, strict=True))


def versions() -> dict[str, str]:
    """What ran."""
    return {
        "chainrule": sys.modules["chainrule"].__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def json(path: Path, about: Mapping[str, Any]) -> None:
    """Write what is known of the run as JSON, for people as well."""
    import msgspec

    path.write_text(msgspec.json.format(encoded(about), indent=2) + "\n", encoding="utf-8")


def encoded(about: Mapping[str, Any]) -> str:
    """Plain data and dataclasses as one line of JSON; NaN, which JSON does not have, becomes null."""
    import msgspec

    return msgspec.json.encode(about, enc_hook=str).decode()
