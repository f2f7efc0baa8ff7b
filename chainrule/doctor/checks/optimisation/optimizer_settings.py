"""48: momentum, betas or epsilon far from what is usual."""

from collections.abc import Iterator, Mapping
from typing import Any

from chainrule.doctor.case import Case
from chainrule.doctor.changes.training import usual_settings
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

PLAIN = ("lr", "weight_decay", "decoupled_weight_decay", "params")
EPSILON, MEMORY = 1e-3, 0.97  # more than that divides or remembers away what a step should say


def look(case: Case) -> Iterator[Suspicion]:
    """Settings that are not the optimizer's own, tried against those."""
    optimizer: Any = case.first.optimizer
    if not case.trouble:
        return
    try:
        usual = type(optimizer)(case.first.model.parameters(), lr=optimizer.param_groups[0]["lr"]).defaults
    except (TypeError, ValueError):
        return
    other = {n: v for n, v in optimizer.param_groups[0].items() if n in usual and n not in PLAIN and v != usual[n]}
    if other:
        told = ", ".join(f"{name}={value}" for name, value in other.items())
        evidence = Evidence("settings", {"told": told})
        change = usual_settings(type(optimizer).__name__, float(optimizer.param_groups[0]["lr"]))
        yield Suspicion("optimizer_settings", "rerun", (evidence,), (change,), 0.7 if _wild(other) else 0.4)


def _wild(settings: Mapping[str, Any]) -> bool:
    """Whether a setting is far from what anybody uses."""
    first = settings.get("betas", (0.0,))[0]
    return bool(settings.get("eps", 0.0) > EPSILON or max(settings.get("momentum", 0.0), first) > MEMORY)


CHECK = Check(48, ("optimizer_settings",), look)
