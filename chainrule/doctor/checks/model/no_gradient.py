"""27: weights that no gradient reaches, that the optimizer does not hold, or that are frozen."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.parameters import all_parameters, unfrozen
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion
from chainrule.errors import ChainruleError
from chainrule.nn.module import Module
from chainrule.train.guard.scene import Scene, held

MOST = 4  # names that are told


def look(case: Case) -> Iterator[Suspicion]:
    """What wants a gradient and gets none or no step; in a training that ends well it is a note."""
    if case.feed is None:
        return
    scene = Scene(case.first, case.feed)
    try:
        scene.ask()
        scene.look_back()
    except (ChainruleError, AttributeError):  # it answers something else than one tensor
        return
    names = {id(parameter): name for name, parameter in case.first.model.named_parameters()}
    hidden = [tensor for key, tensor in scene.unheld.items() if key not in names]
    forgotten = [names[key] for key in scene.unheld if key in names]
    cut = _cut(case, scene)
    frozen = [name for name, parameter in case.first.model.named_parameters() if not parameter.requires_grad]
    if hidden:
        shapes = [f"{tuple(tensor.shape)}" for tensor in hidden]
        yield _suspicion(case, "hidden", shapes, (all_parameters(case.feed),))
    elif cut:
        yield _suspicion(case, "cut", cut, ())
    elif forgotten:
        yield _suspicion(case, "forgotten", forgotten, (all_parameters(case.feed),))
    elif frozen:
        yield _suspicion(case, "frozen", frozen, (unfrozen(),))


def _suspicion(case: Case, how: str, names: list[str], cures: tuple[Change, ...]) -> Suspicion:
    proof: Proof = "convention" if not case.trouble else "rerun" if cures else "exact"
    told = ", ".join(names[:MOST]) + (", …" if len(names) > MOST else "")
    evidence = Evidence(f"gradient_{how}", {"count": len(names), "names": told})
    return Suspicion("no_gradient", proof, (evidence,), cures, 0.97, values={"names": told})


def _cut(case: Case, scene: Scene) -> list[str]:
    """Layers that the rows go through, the optimizer holds, and the way back from the answers does not reach."""
    if not case.first.objective.name:
        return []  # a loss of the user's own may look at more than the answers
    known = held(case.first)
    missing: list[tuple[str, Module]] = [
        (path, module) for path, module in case.first.model.named_modules()
        if any(
            parameter is not None and parameter.requires_grad and id(parameter) in known
            and id(parameter) not in scene.way.leaves for parameter in module._parameters.values()
        )
    ]
    called = scene.called([module for _, module in missing]) if missing else set()
    return [path or type(module).__name__ for path, module in missing if id(module) in called]


CHECK = Check(27, ("no_gradient",), look)
