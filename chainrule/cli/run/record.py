"""What a run leaves for programs: weights with all that is needed to use them, the history, and what was asked for."""

import csv
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.files.storing import store
from chainrule.nn.module import Module
from chainrule.tables.design import Design
from chainrule.tables.parts import Parts
from chainrule.tables.storing import about, packed
from chainrule.train.history import History


def weights(path: Path, model: Module, parts: Parts, design: Design) -> None:
    """Write the weights under PyTorch's names and layouts, and beside them, as JSON, how to use them."""
    store(path, packed(model.state_dict(), about(parts.name, parts.schema, design, parts.image_shape)))


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


def json(path: Path, found: Mapping[str, Any]) -> None:
    """Write what is known of the run as JSON, for people as well."""
    import msgspec

    path.write_text(msgspec.json.format(encoded(found), indent=2) + "\n", encoding="utf-8")


def encoded(found: Mapping[str, Any]) -> str:
    """Plain data and dataclasses as one line of JSON; NaN, which JSON does not have, becomes null."""
    import msgspec

    return msgspec.json.encode(found, enc_hook=str).decode()
