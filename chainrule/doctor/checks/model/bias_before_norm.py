"""Beside the catalogue: a bias right before a batch norm, which takes the mean away again; a note."""

from collections.abc import Iterator
from typing import Any

from chainrule.doctor.case import Case
from chainrule.doctor.looks.answers import asked
from chainrule.doctor.looks.layers import DENSE
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.nn.batch_norm import BatchNorm
from chainrule.nn.module import Module

ROWS = 2
MOST = 4  # names that are told


def look(case: Case) -> Iterator[Suspicion]:
    """Dense layers with a bias whose very output is what a batch norm reads."""
    model = case.first.model
    if case.feed is None or not any(isinstance(module, BatchNorm) for module in model.modules()):
        return
    given: dict[int, tuple[Module, Any]] = {}
    found: list[Module] = []

    def keep(module: Module, args: tuple[Any, ...], result: Any) -> None:
        if isinstance(module, DENSE) and module.bias is not None:
            given[id(result)] = module, result  # kept alive, so that no other tensor gets its identity
        elif isinstance(module, BatchNorm) and id(args[0]) in given:
            found.append(given[id(args[0])][0])

    handles = [module.register_forward_hook(keep) for module in model.modules()]
    try:
        asked(case.first, tuple(part[:ROWS] for part in case.feed.inputs))
    except Exception:  # noqa: BLE001 - a network that takes no other number of rows
        return
    finally:
        for handle in handles:
            handle.remove()
    if found:
        paths = {id(module): path for path, module in model.named_modules()}
        names = [paths[id(module)] for module in found]
        evidence = Evidence("idle_bias", {"count": len(names), "names": ", ".join(names[:MOST])})
        yield Suspicion("bias_before_norm", "convention", (evidence,))


CHECK = Check(0, ("bias_before_norm",), look, "before")
