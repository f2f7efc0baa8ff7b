"""A trained table network in one safetensors file: weights under PyTorch's names, all else as JSON beside them."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import FileError
from chainrule.tables.design import Design
from chainrule.tables.schema import Schema

FORMAT = 2


def about(name: str, schema: Schema, design: Design, image_shape: tuple[int, ...] | None = None) -> dict[str, Any]:
    """What stands beside the weights, as plain data."""
    target = schema.target
    return {
        "format": FORMAT,
        "name": name,
        "task": target.task,
        "columns": [field.name for field in schema.fields],
        "target": target.name,
        "classes": list(target.classes) or None,
        "image_shape": image_shape,
        "network": {
            "kind": "EmbeddedMLP" if design.embeddings else "MLP", "sizes": design.sizes,
            "activation": design.activation, "dropout": design.dropout,
            **({"embeddings": design.embeddings} if design.embeddings else {}),
        },
        "schema": schema.to_dict(),
        "design": design,
    }


def store(path: Path, data: bytes) -> None:
    """Write a file: under another name first, so that what had this name stays whole until then.

    Raises:
        FileError: the disk is full or broken, or the folder is not there.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise FileError("table.not_written", str(path), reason=error.strerror or str(error)) from None


def packed(state: Any, notes: dict[str, Any]) -> bytes:
    """The bytes of a file; the notes stand under one key, for safetensors writes several in any order."""
    import msgspec
    from safetensors.numpy import save

    tensors = {name: np.array(tensor.numpy(), order="C") for name, tensor in state.items()}
    return save(tensors, metadata={"chainrule": msgspec.json.encode(notes, enc_hook=str).decode()})
