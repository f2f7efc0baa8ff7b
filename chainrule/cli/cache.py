"""`chainrule cache`: the compiled kernels that are kept for the next process."""

import json as as_json
from typing import Annotated, Literal

from chainrule.cli.arguments import option
from chainrule.language import say


def command(
    *,
    size: Annotated[bool, option("cli.help.cache_size")] = False,
    clear: Annotated[bool, option("cli.help.cache_clear")] = False,
    warm: Annotated[bool, option("cli.help.cache_warm")] = False,
    json: Annotated[bool, option("cli.help.json")] = False,
    lang: Annotated[Literal["en", "zh"] | None, option("cli.help.lang")] = None,
) -> int:
    """Look at the folder of kernels, empty it, fill it; in this order.

    Args:
        size: say how much is kept, which is said in any case.
        clear: empty it.
        warm: compile what ordinary networks need.
        json: print for programs.
        lang: of all words; chosen by the door.

    Returns:
        The exit code.
    """
    from chainrule.data.places import cache_folder
    from chainrule.program.loops import folder, objects

    told: dict[str, object] = {"folder": str(cache_folder() / "kernels")}
    lines = []
    if clear:
        told["freed"] = objects.clear()
        lines.append(say("cli.cache.freed", freed=_kilobytes(told["freed"])))
    if warm:
        from chainrule.cli.warming import warmed

        done = warmed()
        told |= {"compiled": done.compiled, "loaded": done.loaded, "seconds": done.seconds}
        lines.append(say("cli.cache.warmed", **done._asdict()))
    told |= {"kernels": len(list(folder.files())), "bytes": objects.size()}
    lines.append(say("cli.cache.kept", **(told | {"bytes": _kilobytes(told["bytes"])})))
    print(as_json.dumps(told, ensure_ascii=False) if json else "\n".join(lines))
    return 0


def _kilobytes(count: object) -> str:
    assert isinstance(count, int)
    return f"{count / 1000:,.0f} kB"
