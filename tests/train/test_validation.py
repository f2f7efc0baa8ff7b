"""The validation: whose rows, when it is taken, what it leaves alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule import nn, optim, train

X, Y = cr.data.spirals(90, arms=3, noise=0.1, seed=1)

pytestmark = pytest.mark.filterwarnings("ignore:Trainer.fit, validation")  # of the very rows that are learnt from


def trainer(**options):
    cr.manual_seed(0)
    return cr.Trainer(nn.MLP([2, 8, 3]), nn.CrossEntropyLoss(), **{"seed": 0, "metrics": ["accuracy"], **options})


def parts(used, data, share, batch_size=1000):
    """The rows that a fit learns from, and those that it is judged by."""
    learnt, judged = [], []
    network = used.model

    def look(module, args):
        (learnt if module.training else judged).append(args[0].numpy().copy())

    remove = network.register_forward_pre_hook(look)
    used.fit(data, validation=share, epochs=1, batch_size=batch_size, progress=False)
    remove()
    return np.concatenate(learnt), np.concatenate(judged[1:])  # the first is the guard's look at one row


@given(st.integers(0, 2**32), st.floats(0.05, 0.6), st.integers(20, 60))
def test_a_share_parts_the_rows(seed, share, n):
    rows = np.arange(n, dtype=np.float32).reshape(-1, 1)
    learnt, judged = parts(cr.Trainer(nn.Linear(1, 1), nn.MSELoss(), seed=seed), (rows, rows), share)
    assert sorted([*learnt[:, 0], *judged[:, 0]]) == list(range(n))
    assert len(judged) == int(np.ceil(round(share * n, 9)))


def test_it_is_drawn_from_the_seed_alone_and_the_same_in_every_fit():
    first = parts(trainer(), (X, Y), 0.2)
    used = trainer()
    used.fit((X, Y), epochs=3, progress=False)
    np.random.default_rng(0)
    cr.manual_seed(99)
    again = parts(used, (X, Y), 0.2)
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(first[0], again[0])
    place = {tuple(row): number for number, row in enumerate(X.astype(np.float32))}
    for rows in first:
        numbers = [place[tuple(row)] for row in rows]
        assert numbers == sorted(numbers)  # both parts keep the order of the rows
    other = parts(trainer(seed=1), (X, Y), 0.2)
    assert not np.array_equal(first[1], other[1])


def count(rows):
    place = {tuple(row): label for row, label in zip(X.astype(np.float32), Y, strict=True)}
    return np.bincount([place[tuple(row)] for row in rows], minlength=3)


def test_classes_have_the_same_shares_in_both_parts():
    rare = np.flatnonzero((Y != 2) | (np.cumsum(Y == 2) <= 10))  # 30, 30 and 10 rows
    learnt, judged = parts(trainer(), (X[rare], Y[rare]), 0.2)
    assert count(judged).tolist() == [6, 6, 2]
    assert count(learnt).tolist() == [24, 24, 8]


def test_whole_numbers_to_be_predicted_are_no_classes():
    rows = np.arange(100.0).reshape(-1, 1)
    targets = np.arange(100).reshape(-1, 1)
    own = lambda outputs, targets: ((outputs - targets) ** 2).mean()  # keeps whole numbers as they are
    for loss in (nn.MSELoss(), own):
        _, judged = parts(cr.Trainer(nn.Linear(1, 1), loss, seed=0), (rows, targets), 0.2)
        assert judged.mean() > 20  # not the twenty smallest


def test_two_classes_told_by_a_loss_for_numbers_are_classes():
    rows = np.arange(50.0).reshape(-1, 1)
    targets = (rows >= 40).astype(float)
    _, judged = parts(cr.Trainer(nn.Linear(1, 1), nn.MSELoss(), seed=0), (rows, targets), 0.2)
    assert (judged >= 40).sum() == 2


def test_a_number_of_rows():
    _, judged = parts(trainer(), (X, Y), 9)
    assert len(judged) == 9


@pytest.mark.article("W-24")
def test_it_is_taken_after_the_last_update_of_the_epoch_and_the_training_loss_before_each():
    used = trainer()
    start = used.evaluate((X, Y))
    history = used.fit((X, Y), validation=(X, Y), epochs=1, batch_size=90, progress=False)
    end = used.evaluate((X, Y))
    assert history["loss"][0] == pytest.approx(start["loss"], rel=1e-6)
    assert history["val_loss"][0] == end["loss"] != history["loss"][0]
    assert history["val_accuracy"][0] == end["accuracy"]
    assert "before the update" in history.when("loss")
    assert "after the last update" in history.when("val_loss")
    assert "before the update" in repr(history)


@pytest.mark.article("W-20")
def test_it_changes_nothing_in_the_training():
    def weights(validation):
        cr.manual_seed(0)
        model = nn.MLP([2, 8, 3], dropout=0.3, norm="batch")
        used = cr.Trainer(model, nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=0.01), ["accuracy"], seed=0)
        used.fit((X, Y), validation=validation, epochs=3, progress=False)
        return b"".join(t.numpy().tobytes() for t in model.state_dict().values())

    loader = cr.data.DataLoader((X[:20], Y[:20]), batch_size=7)
    assert weights(None) == weights((X[:20], Y[:20])) == weights(loader)


def test_noise_in_evaluation_is_always_the_same():
    class Guessing(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 3)

        def forward(self, x):
            return self.inner(x) + cr.rand(x.shape[0], 3)

    used = cr.Trainer(Guessing(), nn.CrossEntropyLoss(), seed=0)
    assert used.evaluate((X, Y)) == used.evaluate((X, Y))
    used.fit((X, Y), validation=(X, Y), epochs=1, progress=False)
    np.testing.assert_array_equal(used.predict(X), used.predict(X))


def test_any_data_will_do():
    for data in (cr.data.DataLoader((X, Y), batch_size=13), [(X[:50], Y[:50]), (X[50:], Y[50:])], (X, Y)):
        history = trainer().fit((X, Y), validation=data, epochs=1, progress=False)
        assert history["val_loss"][0] == pytest.approx(trainer_after_one(), rel=1e-5)


def trainer_after_one():
    used = trainer()
    used.fit((X, Y), epochs=1, progress=False)
    return used.evaluate((X, Y))["loss"]


def test_a_callback_sees_it():
    seen = []
    look = train.LambdaCallback(on_epoch_end=lambda t: seen.append(t.history.last["val_loss"]))
    history = trainer(callbacks=[look]).fit((X, Y), validation=0.2, epochs=3, progress=False)
    assert seen == history["val_loss"]
