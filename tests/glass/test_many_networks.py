"""Thirty trainings of all kinds: each number follows from its formula, the step is the one that training makes."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule import language
from chainrule.glass.explaining.teaching import computed
from tests.glass.many_networks import TRAININGS
from tests.glass.mutations import softmax
from tests.glass.test_explain import check_page, state_of

OPAQUE = re.compile(
    r"(conv|max_pool|avg_pool|adaptive_avg_pool|lstm|gru|attention|split_heads|group_norm|rms_norm|batch_norm)"
    r"(_backward)?\(|(place|add_at)\("
)
"""What may be shown as a call of a layer: its arithmetic would fill pages."""


@pytest.fixture(autouse=True)
def _english():
    before = list(language._chosen)
    language.choose("en")
    cr.manual_seed(4)
    yield
    language._chosen[:] = before


def words_of(step):
    held = {quantity.name: quantity.value for quantity in step}
    helpers = {"broadcast_to": np.broadcast_to, "softmax": softmax, "logical_and": np.logical_and}
    helpers["log_softmax"] = lambda z: np.log(softmax(z))
    if "p" in held:
        helpers["one_hot"] = lambda y: np.eye(held["p"].shape[1])[y]
    return held | {name: function for name, function in helpers.items() if name not in held}


def agrees(found, value, share):
    close = share * max(1.0, float(np.abs(value).max(initial=0.0)))
    return np.allclose(np.broadcast_to(found, np.shape(value)), value, rtol=share, atol=close)


@pytest.mark.parametrize("name", TRAININGS)
def test_everything_about_a_step(name):
    trainer, batch = TRAININGS[name]()
    before = state_of(trainer)
    history = repr(trainer.history)
    step = cr.explain(trainer, batch)
    assert state_of(trainer) == before
    assert repr(trainer.history) == history
    share = 1e-4 if "float32" in name else 1e-6
    held = words_of(step)
    for quantity in step:
        raw = re.search(r"\bv\d+\b|buffer|\bslice\b|None, None", quantity.expression)
        assert raw is None, quantity.formula
        if quantity.expression and not OPAQUE.search(quantity.expression):
            assert agrees(computed(quantity.expression, held), quantity.value, share), quantity.formula
        assert balanced(quantity.latex), quantity.latex
        if quantity.numeric_error is not None:
            assert quantity.numeric_error < (1e-3 if "float32" in name else 1e-6), quantity.name
    assert set(step.updates) == {step[n].name for n, p in trainer.model.named_parameters() if p.requires_grad}
    check_updates(step, share)
    trainer.fit(batch, epochs=1, batch_size=len(batch[1]), progress=False)
    turned = step._gathering.names.turned
    for dotted, parameter in trainer.model.named_parameters():
        if parameter.requires_grad:
            now = parameter.detach().numpy()
            short = step[dotted].name
            assert np.array_equal(now.T if short in turned else now, step.updates[short].after), dotted
    for lang in language.LANGUAGES:
        check_page(step.to_html(lang=lang), lang)


def check_updates(step, share):
    """Each line of the optimizer, run as Python, gives what stands behind the arrow."""
    for update in step.updates.values():
        held = words_of(step) | update.settings
        held |= {term.name.removesuffix("_new"): term.before for term in update.terms if term.before is not None}
        for term in update.terms:
            assert agrees(computed(term.expression, held), term.after, share), term.expression
            held[term.name] = term.after
        found = computed(update.expression, held)
        moved = np.abs(update.after - update.before).max(initial=0.0)
        last = 1e-6 if share > 1e-5 else 1e-12
        assert np.allclose(found, update.after, rtol=last, atol=share * moved), update.formula
        assert balanced(update.latex), update.latex


def balanced(text):
    """Whether braces and growing brackets of a formula in LaTeX pair up."""
    plain = re.sub(r"\\[{}]", "", text)
    depths = np.cumsum([{"{": 1, "}": -1}.get(letter, 0) for letter in plain])
    whole = not len(depths) or (depths[-1] == 0 and depths.min() >= 0)
    return whole and len(re.findall(r"\\left[(\[|]", text)) == len(re.findall(r"\\right[)\]|]", text))


@pytest.mark.parametrize("name", [name for name in TRAININGS if "two inputs" not in name])
def test_examine_does_not_blame_the_gradients_of_the_library(name):
    trainer, batch = TRAININGS[name]()
    step = cr.explain(trainer, batch)
    names = step._gathering.names

    def backward(parameters, X, y):
        return {parameter: step[slope].value for parameter, slope in names.slope.items() if parameter in step.updates}

    report = cr.examine(backward, trainer, batch)
    assert report.correct, str(report)


def test_formulas_can_be_set_in_latex():
    mathtext = pytest.importorskip("matplotlib.mathtext")
    setter = mathtext.MathTextParser("path")
    shapes = {}
    for make in TRAININGS.values():
        trainer, batch = make()
        step = cr.explain(trainer, batch)
        for formula in [q.latex for q in step] + [update.latex for update in step.updates.values()]:
            shapes.setdefault(re.sub(r"[A-Za-z]*_\{\w+\}|\d+", "1", formula), formula)
    assert len(shapes) > 100
    for formula in shapes.values():  # setting is slow: one of each form
        setter.parse(f"${formula}$")
