"""What tells one source from another: bytes, and their BLAKE2b."""

import hashlib
from typing import Any

import numpy as np

from chainrule.cli.run.rows import path_of
from chainrule.data import catalogue

PIECE = 1 << 20


def digest(source: str) -> dict[str, Any]:
    """`bytes` and `blake2b` of a file as it lies there, or of the numbers of a data set of ours."""
    found = hashlib.blake2b(digest_size=16)
    count = 0
    if source in catalogue.ENTRIES:
        samples = catalogue.ENTRIES[source].make()
        for array in (samples.X, samples.y):
            piece = np.ascontiguousarray(array).tobytes()
            found.update(piece)
            count += len(piece)
    else:
        with path_of(source).open("rb") as file:
            while data := file.read(PIECE):
                found.update(data)
                count += len(data)
    return {"bytes": count, "blake2b": found.hexdigest()}
