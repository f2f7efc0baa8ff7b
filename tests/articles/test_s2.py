"""The third article's rows that no other file holds: its network step by step."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import language, lessons, nn, optim, plots

X, _ = cr.data.xor()
SOFT = np.array([[0.0], [0.85], [1.0], [0.0]])
RATE = 0.1


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def double(array, **options):
    return cr.tensor(array, dtype="float64", **options)


class AsPrinted:
    """The article's backward pass as it is printed: clip, derivative at the output, sums over rows."""

    def __init__(self, weights):
        self.w1, self.b1, self.w2, self.b2 = (array.copy() for array in weights)

    def step(self, x, y, rate):
        hidden = sigmoid(x @ self.w1 + self.b1)
        output = sigmoid(hidden @ self.w2 + self.b2)
        held = np.clip(output, 1e-15, 1 - 1e-15)
        loss = -np.mean(y * np.log(held) + (1 - y) * np.log(1 - held))
        d_loss = -(y / held - (1 - y) / (1 - held))
        d_output = d_loss * output * (1 - output)
        d_hidden = d_output @ self.w2.T * hidden * (1 - hidden)
        found = {
            "d_loss": d_loss, "d_output": d_output, "d_w2": hidden.T @ d_output, "d_b2": d_output, "d_hidden": d_hidden,
            "d_w1": x.T @ d_hidden, "d_b1": d_hidden,
        }
        self.w2 -= rate * found["d_w2"]
        self.b2 -= rate * found["d_b2"].sum(axis=0, keepdims=True)
        self.w1 -= rate * found["d_w1"]
        self.b1 -= rate * found["d_b1"].sum(axis=0, keepdims=True)
        return loss, found


def begun(seed=0):
    cr.manual_seed(seed)
    net = nn.MLP([2, 4, 1], activation="sigmoid", init="standard_normal").double()
    listing = lessons.TwoLayers(2, 4, 1)
    listing.w1, listing.b1, listing.w2, listing.b2 = (array.copy() for array in net.weights().values())
    return net, listing, AsPrinted(net.weights().values())


@pytest.mark.article("S2-01", "W-21")
def test_the_lesson_begins_with_the_two_steps():
    lines = []
    found = lessons.run(3, seeds=10, lang="en", write=lines.append)
    begin = " ".join(lines[3:5])
    said = ("over and over", "forward to a loss", "back by the chain rule", "[6.0, 8.0]")
    assert all(words in begin for words in said)
    assert any("chainrule.lessons.TwoLayers" in line for line in lines)
    assert found["listing_off"] < 1e-12
    begin = language.say("lesson3.chain_rule", "zh", slope=0)
    assert all(words in begin for words in ("反复", "前向", "反向", "链式法则"))


@pytest.mark.article("S2-01")
def test_the_picture_of_the_way_there_and_back():
    lines = str(plots.flow((2, 4, 1))).splitlines()
    steps = ("z₁ = X W₁ + b₁", "a₁ = σ(z₁)", "a₂ = σ(z₂)", "L(a₂")
    there = [next(place for place, line in enumerate(lines) if step in line) for step in steps]
    assert there == sorted(there)
    assert all(f"∂L/∂W{n}" in "\n".join(lines) for n in "₁₂")


@pytest.mark.article("S2-07", "S2-12", "W-21")
def test_the_listing_set_right_the_printed_one_and_the_library_train_alike():
    net, listing, printed = begun()
    trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=4 * RATE), seed=0)
    history = trainer.fit((X, SOFT), epochs=600, batch_size=4, progress=False)
    np.testing.assert_allclose(listing.train(X, SOFT, 600, 4 * RATE), history["loss"], rtol=1e-10)
    losses = [printed.step(X, SOFT, RATE)[0] for _ in range(600)]  # sums over four rows: four times the rate
    np.testing.assert_allclose(losses, history["loss"], rtol=1e-9)
    ends = zip(net.weights().values(), ("w1", "b1", "w2", "b2"), strict=True)
    for ours, name in ends:
        np.testing.assert_allclose(getattr(listing, name), ours, rtol=1e-9)
        np.testing.assert_allclose(getattr(printed, name), ours, rtol=1e-8)
    np.testing.assert_allclose(listing.forward(X), trainer.predict_proba(X)[:, 1:], rtol=1e-9)


@pytest.mark.article("S2-08")
def test_the_listing_before_training():
    for seed in range(20):
        answers = lessons.TwoLayers(2, 4, 1, seed=seed).forward(X)
        assert answers.shape == (4, 1)
        assert ((answers > 0) & (answers < 1)).all()


@pytest.mark.article("S2-11", "S2-12")
def test_the_seven_quantities_of_the_chain_rule():
    net, listing, printed = begun(3)
    W1, b1, W2, b2 = (double(array, requires_grad=True) for array in net.weights().values())
    z1 = double(X) @ W1 + b1
    z2 = cr.sigmoid(z1) @ W2 + b2
    output = cr.sigmoid(z2)
    loss = nn.BCELoss()(output, double(SOFT))
    names = ("d_loss", "d_output", "d_w2", "d_b2", "d_hidden", "d_w1", "d_b1")
    slopes = cr.autograd.grad(loss, [output, z2, W2, b2, z1, W1, b1])
    ours = dict(zip(names, (slope.numpy() for slope in slopes), strict=True))
    _, theirs = printed.step(X, SOFT, 0.0)
    assert tuple(theirs) == names
    listing.forward(X)
    own = listing.backward(SOFT)
    for name in names:
        article = theirs[name].sum(0, keepdims=True) if name in ("d_b1", "d_b2") else theirs[name]
        np.testing.assert_allclose(ours[name], article / 4, rtol=1e-9)  # they sum over the rows, the loss is a mean
        if name != "d_loss":
            np.testing.assert_allclose(own[name], ours[name], rtol=1e-9)
    assert ours["d_b2"].shape == own["d_b2"].shape == (1, 1)
    assert ours["d_b1"].shape == own["d_b1"].shape == (1, 4)
    for name, of in {"w1": "d_w1", "b1": "d_b1", "w2": "d_w2", "b2": "d_b2"}.items():  # a numeric check beside each
        weights, numeric = getattr(listing, name), np.zeros_like(own[of])
        for place in np.ndindex(*weights.shape):
            kept, ends = weights[place], []
            for step in (1e-5, -1e-5):
                weights[place] = kept + step
                listing.forward(X)
                ends.append(listing.loss(SOFT))
            weights[place] = kept
            numeric[place] = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(own[of], numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.article("S2-09", "W-22")
@pytest.mark.parametrize("wrong", [1.5, -0.1])
def test_a_target_outside_0_to_1_is_refused_with_the_reason(wrong):
    net, _, _ = begun()
    trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), seed=0)
    targets = SOFT.copy()
    trainer.fit((X, targets), progress=False)
    targets[1] = wrong
    before = net[0].weight.numpy().copy()
    with pytest.raises(cr.DataError, match=rf"{wrong}[\s\S]*0[\s\S]*1"):
        trainer.fit((X, targets), progress=False)
    assert (net[0].weight.numpy() == before).all()


@pytest.mark.article("W-03", "W-21")
def test_the_listing_learns_from_a_confident_mistake():
    listing = lessons.TwoLayers(1, 1, 1)
    for z, y in ((-50.0, 1.0), (800.0, 0.0), (-800.0, 1.0)):
        listing.w2[:], listing.b2[:] = 0.0, z
        with np.errstate(all="raise", under="ignore"):
            listing.forward([[1.0]])
            assert listing.backward(np.array([[y]]))["d_b2"].item() == pytest.approx(1 - 2 * y, abs=1e-12)
            assert listing.loss(np.array([[y]])) == pytest.approx(abs(z))


@pytest.mark.article("S2-13")
@pytest.mark.parametrize(("lang", "x", "y"), [("en", "Epoch", "Loss"), ("zh", "训练周期", "损失")])
def test_the_loss_curve_has_its_labels(lang, x, y):
    losses = [0.72, 0.3, 0.108]
    figure = plots.loss_curve(losses, backend="plotly", lang=lang)
    assert figure["data"][0]["y"] == losses
    assert figure["layout"]["xaxis"]["title"]["text"] == x
    assert figure["layout"]["yaxis"]["title"]["text"] == y


@pytest.mark.article("S2-16")
def test_numbers_print_without_powers_of_ten():
    options = np.get_printoptions()
    answers = cr.tensor([[1.43e-3], [0.8475], [0.9947], [2.2e-5]])
    assert repr(answers) == "tensor([[0.0014],\n        [0.8475],\n        [0.9947],\n        [0.    ]])"
    for numbers in (1e-7, [1e-9, 1e4], [[123456.0, 1e-6]], [0.5, float("inf")]):
        assert "e-" not in repr(cr.tensor(numbers))
        assert "e+" not in repr(cr.tensor(numbers))
    assert np.get_printoptions() == options


@pytest.mark.article("S2-04")
def test_the_chain_rule_of_one_function_in_another():
    f, g = lambda v: v**3, lambda x: cr.sin(x) * 2
    composed = cr.grad(lambda x: f(g(x)))(double(0.7)).item()
    assert composed == pytest.approx(cr.grad(f)(g(double(0.7))).item() * cr.grad(g)(double(0.7)).item(), rel=1e-14)
    z = lambda x, y: x**2 + y**2
    assert [slope.item() for slope in cr.grad(z, (0, 1))(double(3.0), double(4.0))] == [6.0, 8.0]
    cr.testing.check_gradients(lambda x, y: cr.exp(x * y) / (1 + x**2) + cr.tanh(y), [0.3], [-0.4])
