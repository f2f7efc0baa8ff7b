"""A function in a user's own file as a configuration; the file is run, as `python FILE` would run it."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from chainrule.data.arrays import whole
from chainrule.errors import FileError
from chainrule.population.configuration import Configuration


def of_file(path: Path, name: str, epochs: int | None, batch_size: int | None) -> Configuration:
    """What a file says of itself: the function `name`, `data` or a function of that name, `epochs`, `batch_size`.

    Raises:
        FileError: for a file that is not there, or lacks one of these.
    """
    module = _run(path)
    build, data = getattr(module, name, None), getattr(module, "data", None)
    if build is None:
        raise FileError("cli_odds.no_name", str(path), name=name)
    if data is None:
        raise FileError("cli_odds.no_name", str(path), name="data")
    count = epochs if epochs is not None else getattr(module, "epochs", None)
    if count is None:
        raise FileError("cli_odds.no_epochs", str(path))
    size = batch_size if batch_size is not None else getattr(module, "batch_size", 32)
    return Configuration(
        build, data() if callable(data) else data, whole(count, f"{path}, epochs", least=1),
        whole(size, f"{path}, batch_size", least=1),
    )


def _run(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileError("cli_odds.no_file", str(path))
    module = importlib.util.module_from_spec(spec)
    # What lies beside the file can be imported by it, as if it were run by itself.
    sys.path.insert(0, str(path.parent.absolute()))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module
