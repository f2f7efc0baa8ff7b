"""A trained table network in one safetensors file: weights under PyTorch's names, all else as JSON beside them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from chainrule.files.container import encoded
from chainrule.tables.design import Design
from chainrule.tables.schema import Schema

FORMAT = 3
KIND = "table"
"""Tells the file of a table's model from one of `cr.save`."""


def about(name: str, schema: Schema, design: Design, image_shape: tuple[int, ...] | None = None) -> dict[str, Any]:
    """What stands beside the weights, as plain data."""
    target = schema.target
    return {
        "format": FORMAT,
        "kind": KIND,
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
        "design": asdict(design),
    }


def packed(state: Mapping[str, Any], notes: Mapping[str, Any]) -> list[Any]:
    """The parts of a file, with a digest for each tensor and one for the notes; `files.storing.store` writes them."""
    return encoded({name: tensor.numpy() for name, tensor in state.items()}, notes)
