"""`load`: a model back from its file, which is believed nothing that was not checked."""

import os
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.data.opening import as_path
from chainrule.errors import FileError
from chainrule.tables.design import Design
from chainrule.tables.fitting import network
from chainrule.tables.model import Model
from chainrule.tables.schema import Schema
from chainrule.tables.storing import FORMAT
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap

LARGEST = 1 << 31  # bytes of a file that is read


def load(path: str | os.PathLike[str]) -> Model:
    """A model from the file that `Model.save` or `chainrule train` wrote.

    Nothing in a file is run or imported: names choose among a few networks, and sizes are checked against the weights
    before anything is made.

    Args:
        path: of the file, or of the folder of a run.

    Returns:
        The model, ready to predict.

    Raises:
        FileError: for a file that is missing, torn, foreign, or does not fit together.

    Example:
        >>> import tempfile, pathlib
        >>> import chainrule as cr
        >>> import pandas
        >>> x = [float(i % 7) for i in range(70)]
        >>> frame = pandas.DataFrame({"x": x, "y": [2 * one for one in x]})
        >>> model = cr.tables.fit(frame, "y", task="numbers", epochs=2, progress=False)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(pathlib.Path(folder, "model.safetensors"))
        ...     again = cr.tables.load(pathlib.Path(folder, "model.safetensors"))
        >>> bool((again.predict(frame) == model.predict(frame)).all())
        True
    """
    import msgspec
    from safetensors import SafetensorError, safe_open

    place = as_path(path, "tables.load, argument path")
    file = place / "model.safetensors" if place.is_dir() else place
    if not file.is_file():
        raise FileError("table.no_model", str(place))
    try:
        _expect(file.stat().st_size <= LARGEST, "too large")
        with safe_open(file, framework="numpy") as opened:
            metadata = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - it is no dict
        notes = msgspec.json.decode(metadata["chainrule"])
        _expect(notes["format"] == FORMAT, "a format of another version")
        schema = Schema.from_dict(notes["schema"])
        design = msgspec.convert(notes["design"], Design)
        _fits(schema, design, tensors)
        made = network(design)
        _put(made, tensors)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError, msgspec.MsgspecError) as error:
        raise FileError("table.bad_model", str(file), reason=f"{type(error).__name__}: {error}"[:200]) from None
    return Model(str(notes["name"]), schema, made, design)


def _fits(schema: Schema, design: Design, tensors: dict[str, Any]) -> None:
    """Compare all sizes before anything is made of them."""
    embedded = [(field.places, field.embedded) for field in schema.embedded]
    dense = schema.width - len(embedded)
    differ = "schema and network differ"
    _expect([tuple(pair) for pair in design.embeddings] == embedded, differ)
    _expect(design.sizes[0] == dense and design.sizes[-1] == schema.target.outputs, differ)
    widths = [dense + sum(width for _, width in embedded), *design.sizes[1:]]
    count = sum(a * b + b for a, b in pairwise(widths)) + sum(a * b for a, b in embedded)
    _expect(count == sum(tensor.size for tensor in tensors.values()), "network and weights differ")
    _expect(all(np.isfinite(tensor).all() for tensor in tensors.values()), "weights that are not finite")


def _expect(true: bool, reason: str) -> None:
    if not true:
        raise ValueError(reason)


def _put(made: Any, tensors: dict[str, Any]) -> None:
    with no_grad():
        made.load_state_dict({name: wrap(array) for name, array in tensors.items()})
