"""`chainrule export`: a trained network, with all that its table needs, as a file for another runtime."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from chainrule.cli.arguments import option
from chainrule.errors import FileError
from chainrule.language import say


def command(
    run: Annotated[Path, option("cli.help.run")],
    /,
    *,
    to: Annotated[Literal["onnx", "c", "javascript", "numpy"] | None, option("cli_export.to_help")] = None,
    out: Annotated[Path | None, option("cli_export.out_help")] = None,
    overwrite: Annotated[bool, option("cli.help.overwrite_file")] = False,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Write a model for a place where this library is not, run it there if possible, and say how to use it.

    Args:
        run: the folder of a run, or its file of weights.
        to: the format; default by the end of `out`, or ONNX.
        out: the file to write; default the name of the data with the end of the format.
        overwrite: replace that file.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    from chainrule.export._tables.exporting import SUFFIXES, form_of, table
    from chainrule.export._tables.measuring import measured
    from chainrule.export._tables.using import using
    from chainrule.tables.loading import load

    model = load(run)
    if out is None:
        word = re.sub(r"\W+", "_", model.name, flags=re.ASCII).strip("_") or "model"
        path = Path(f"{word}{SUFFIXES[to or 'onnx'][0]}")
    else:
        path = out.expanduser()
    form = form_of(path, to)
    for place in (path, path.with_suffix(".h")) if form == "c" else (path,):
        if os.path.lexists(place) and (not overwrite or place.is_dir()):
            raise FileError("cli.error.file_exists", str(place))
    made = table(model, path, form)
    print(made)
    for heading, lines in (("cli_export.takes", made.inputs), ("cli_export.gives", made.outputs)):
        print(f"\n{say(heading)}")
        print("\n".join(f"  {line}" for line in lines))
    found = measured(model, form, path)
    print()
    if found is None:
        print(say("cli_export.not_measured"))
    else:
        rows = say("cli_export.rows" if model.image_shape is None else "cli_export.pictures", count=found.rows)
        values = {"rows": rows, "largest": f"{found.largest:.1g}"}
        if found.same is None:
            print(say("cli_export.measured_numbers", **values))
        else:
            print(say("cli_export.measured", **values, same=f"{found.same:.1%}"))
    print(f"\n{say('cli_export.use')}")
    print("\n".join(f"  {line}" for line in using(model, form, path)))
    return 0
