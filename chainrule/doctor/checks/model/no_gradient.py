"""27: weights that no gradient reaches, that the optimizer does not hold, or that are frozen."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.change import Change
from chainrule.doctor.changes.parameters import all_parameters, unfrozen
from chainrule.doctor.experiment import tried
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
        yield _suspicion(case, "hidden", shapes, (all_parameters(case.feed, case.builder(0)),))
    elif cut:
        yield _suspicion(case, "cut", cut, ())
    elif forgotten:
        # Where others are frozen too, nothing says that one is an accident and the other is not.
        cure = unfrozen(case.builder(0)) if frozen else all_parameters(case.feed, case.builder(0))
        yield _suspicion(case, "forgotten", forgotten, (cure,))
    elif frozen:
        yield _suspicion(case, "frozen", frozen, (unfrozen(case.builder(0)),))


def all_frozen(case: Case) -> Iterator[Suspicion]:
    """No parameter wants a gradient, so that the first step cannot be done, and freeing them opens the way back."""
    names = [name for name, parameter in case.first.model.named_parameters() if not parameter.requires_grad]
    if case.feed is None or not names:
        return
    change = unfrozen(case.builder(0))
    scene = Scene(case.trainer(0, change), case.feed)
    scene.ask()
    if scene.outputs.requires_grad:
        evidence = Evidence("gradient_frozen", {"count": len(names), "names": _told(names)})
        values = {"ends_it": True, "names": _told(names)}
        yield Suspicion("no_gradient", "exact", (evidence,), (change,), 1.0, values)


def _suspicion(case: Case, how: str, names: list[str], cures: tuple[Change, ...]) -> Suspicion:
    told = _told(names)
    evidence = Evidence(f"gradient_{how}", {"count": len(names), "names": told})
    proof: Proof = "exact" if case.underfits else "convention"
    experiment = None
    if case.trouble and how in ("forgotten", "frozen"):  # this may be meant: it is tried
        experiment = tried(case, cures[0])
        proof = "exact" if experiment.convincing else "convention"
    return Suspicion("no_gradient", proof, (evidence,), cures, 0.97, {"names": told}, experiment)


def _told(names: list[str]) -> str:
    return ", ".join(names[:MOST]) + (", …" if len(names) > MOST else "")


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
