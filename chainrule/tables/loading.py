"""`load`: a model back from its file, which is believed nothing that was not checked."""

import os
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from chainrule.data.opening import as_path
from chainrule.errors import FileError
from chainrule.files.building import FOLLOWED
from chainrule.files.container import Opened, opened
from chainrule.tables.design import Design
from chainrule.tables.fitting import network
from chainrule.tables.model import Model
from chainrule.tables.schema import Schema
from chainrule.tables.storing import FORMAT, KIND
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.tensors.random import Generator, drawing_from


def load(path: str | os.PathLike[str]) -> Model:
    """A model from the file that `Model.save` or `chainrule train` wrote.

    Nothing in a file is run or imported: names choose among a few networks, sizes are checked against the weights
    before anything is made, and every byte is compared with the digests in the file.

    Args:
        path: of the file, or of the folder of a run.

    Returns:
        The model, ready to predict.

    Raises:
        FileError: for a file that is missing, torn, rotten, foreign, or does not fit together.

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
    place = as_path(path, "tables.load, argument path")
    path_of_file = place / "model.safetensors" if place.is_dir() else place
    if not path_of_file.exists():
        raise FileError("table.no_model", str(place))
    with opened(path_of_file) as file:
        return _model(file)


def _model(file: Opened) -> Model:
    """The model in a file, whose weights are read when all that is said of them fits together."""
    import msgspec

    notes: Any = file.notes
    if not isinstance(notes, dict) or notes.get("kind") != KIND:
        raise FileError("table.other_file", str(file.path))
    if notes.get("format") != FORMAT:
        raise FileError("files.version", str(file.path), got=notes.get("format"), known=FORMAT)
    try:
        schema = Schema.from_dict(notes["schema"])
        design = msgspec.convert(notes["design"], Design)
        shape = msgspec.convert(notes["image_shape"], tuple[int, ...] | None)
        _expect(shape is None or prod(shape) == schema.width == len(schema.fields), "picture and columns differ")
        _fits(schema, design, file)
        with drawing_from(Generator(0)):  # these weights are not kept: the user's stream stays where it is
            made = network(design)
        shapes = {name: tensor.shape for name, tensor in made.state_dict().items()}
        _expect(shapes == {name: entry.shape for name, entry in file.entries.items()}, "network and weights differ")
        tensors = {name: file.read(name) for name in shapes}
        _expect(all(np.isfinite(tensor).all() for tensor in tensors.values()), "weights that are not finite")
        with no_grad():
            made.load_state_dict({name: wrap(array) for name, array in tensors.items()})
        return Model(str(notes["name"]), schema, made, design, image_shape=shape)
    except FileError:
        raise
    except (*FOLLOWED, msgspec.MsgspecError) as error:
        raise FileError("table.bad_model", str(file.path), reason=f"{type(error).__name__}: {error}"[:200]) from None


def _fits(schema: Schema, design: Design, file: Opened) -> None:
    """Compare all sizes before anything is made of them."""
    embedded = [(field.places, field.embedded) for field in schema.embedded]
    dense = schema.width - len(embedded)
    differ = "schema and network differ"
    _expect([tuple(pair) for pair in design.embeddings] == embedded, differ)
    _expect(len(design.sizes) > 1 and design.sizes[0] == dense and design.sizes[-1] == schema.target.outputs, differ)
    _expect(all(size >= 1 for size in design.sizes[1:]) and all(width >= 1 for _, width in embedded), differ)
    widths = [dense + sum(width for _, width in embedded), *design.sizes[1:]]
    count = sum(a * b + b for a, b in pairwise(widths)) + sum(a * b for a, b in embedded)
    _expect(count == file.elements, "network and weights differ")


def _expect(true: bool, reason: str) -> None:
    if not true:
        raise ValueError(reason)
