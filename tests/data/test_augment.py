"""Augmentation: each change does what it says, leaves the rest alone, and depends on its seed."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import data
from chainrule.data import augment

PICTURES = np.arange(1, 1 + 6 * 5 * 7, dtype=float).reshape(6, 5, 7)
CHANGES = {
    "shift": lambda x, **more: augment.shift(x, 2, **more),
    "flip": augment.flip,
    "rotate": lambda x, **more: augment.rotate(x, 20, **more),
    "cutout": lambda x, **more: augment.cutout(x, 3, **more),
}


def test_every_public_change_is_a_row():
    assert set(augment.__all__) == set(CHANGES) | {"noise", "mixup"}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_layouts_are_the_same_pictures(change):
    colour = np.stack([PICTURES, -PICTURES, PICTURES * 2], axis=-1)  # NHWC
    plain = change(PICTURES, seed=3)
    nhwc = change(colour, seed=3)
    nchw = change(np.moveaxis(colour, -1, 1), seed=3, layout="NCHW")
    assert plain.shape == PICTURES.shape
    assert nhwc.shape == colour.shape
    assert nchw.shape == (6, 3, 5, 7)
    np.testing.assert_array_equal(nhwc[..., 0], plain)
    np.testing.assert_array_equal(np.moveaxis(nchw, 1, -1), nhwc)
    np.testing.assert_allclose(nhwc[..., 2], 2 * plain)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_seeds_types_and_the_users_memory(change):
    before = PICTURES.copy()
    first, again, other = (change(PICTURES, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(PICTURES, before)
    stream = np.random.default_rng(0)
    assert not np.array_equal(change(PICTURES, seed=stream), change(PICTURES, seed=stream))  # a stream goes on
    for kind in (np.uint8, np.float32, np.int64):
        found = change((PICTURES % 200).astype(kind), seed=1)
        assert found.dtype == kind
        assert not np.shares_memory(found, PICTURES)
    assert change(np.zeros((0, 5, 7))).shape == (0, 5, 7)
    awkward = np.asfortranarray(PICTURES[::2].astype(">f8"))
    awkward.flags.writeable = False
    np.testing.assert_array_equal(change(awkward, seed=1), change(PICTURES[::2].copy(), seed=1))
    np.testing.assert_array_equal(change(PICTURES.tolist(), seed=1), first)


def test_a_shift_moves_whole_pixels_and_fills_with_zero():
    moved = augment.shift(PICTURES, 2, seed=0)
    found = set()
    for old, new in zip(PICTURES, moved, strict=True):
        fits = []
        for dy in range(-2, 3):
            for dx in range(-2, 3):
                wanted = np.zeros_like(old)
                wanted[max(dy, 0) : 5 + min(dy, 0), max(dx, 0) : 7 + min(dx, 0)] = old[
                    max(-dy, 0) : 5 + min(-dy, 0), max(-dx, 0) : 7 + min(-dx, 0)
                ]
                fits += [(dy, dx)] if np.array_equal(new, wanted) else []
        assert len(fits) == 1
        found.add(fits[0])
    assert len(found) > 2
    np.testing.assert_array_equal(augment.shift(PICTURES, 0), PICTURES)


def test_all_moves_are_as_likely():
    point = np.zeros((20_000, 3, 3))
    point[:, 1, 1] = 1
    assert np.abs(augment.shift(point, 1, seed=5).mean(axis=0) - 1 / 9).max() < 0.01


def test_a_flip_mirrors_some():
    many = np.repeat(PICTURES[:1], 2_000, axis=0)
    flipped = augment.flip(many, 0.3, seed=1)
    mirrored = (flipped == many[:, :, ::-1]).all(axis=(1, 2))
    assert (mirrored | (flipped == many).all(axis=(1, 2))).all()
    assert abs(mirrored.mean() - 0.3) < 0.04
    np.testing.assert_array_equal(augment.flip(PICTURES, 1.0, axis="height"), PICTURES[:, ::-1])
    np.testing.assert_array_equal(augment.flip(PICTURES, 0.0), PICTURES)


def test_a_rotation_by_nothing_and_its_middle():
    np.testing.assert_allclose(augment.rotate(PICTURES, 0.0), PICTURES, rtol=1e-12)
    odd = np.zeros((50, 9, 9))
    odd[:, 4, 4] = 1
    np.testing.assert_allclose(augment.rotate(odd, 180, seed=2)[:, 4, 4], 1)
    # A quarter turn of a square picture is a turn of the array, one way or the other.
    square = np.random.default_rng(0).normal(size=(1, 6, 6))

    class Quarter(np.random.Generator):
        def uniform(self, low, high, size):
            return np.full(size, np.pi / 2)

    turned = augment.rotate(square, 90, seed=Quarter(np.random.Philox()))[0]
    np.testing.assert_allclose(turned, np.rot90(square[0]), atol=1e-12)


def test_a_cutout_hides_a_square():
    hidden = augment.cutout(np.ones((500, 12, 10)), 4, seed=1) == 0
    assert hidden.any(axis=(1, 2)).all()
    counts = hidden.sum(axis=(1, 2))
    assert counts.max() == 16
    assert counts.min() >= 4
    np.testing.assert_array_equal(augment.cutout(PICTURES, 0), PICTURES)


def test_noise_has_its_size_and_keeps_types():
    X = np.zeros((400, 50), np.float32)
    found = augment.noise(X, 0.5, seed=1)
    assert found.dtype == np.float32
    assert abs(found.std() - 0.5) < 0.01
    assert (X == 0).all()
    grey = np.full((10, 4, 4), 250, np.uint8)
    loud = augment.noise(grey, 20, seed=1)
    assert loud.dtype == np.uint8
    assert loud.max() == 255
    assert loud.min() > 150
    np.testing.assert_array_equal(augment.noise(X, 0.0), X)


def test_mixup_mixes_rows_and_targets_alike():
    X = np.random.default_rng(0).normal(size=(30, 3))
    Y = data.one_hot(np.arange(30) % 3)
    table = np.column_stack((X, np.eye(30)))
    mixed, targets = augment.mixup(table, Y, 0.4, seed=1)
    shares = mixed[:, 3:]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert ((shares > 0).sum(axis=1) <= 2).all()
    assert (shares > 0).sum() > 40
    np.testing.assert_allclose(mixed[:, :3], shares @ X)
    np.testing.assert_allclose(targets, shares @ Y)
    assert augment.mixup(X.astype(np.float32), Y, seed=1)[0].dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: augment.shift(np.zeros((3, 4))), cr.ShapeError),
        (lambda: augment.shift(np.zeros((3, 0, 4))), cr.ShapeError),
        (lambda: augment.shift(PICTURES, 9), cr.ArgumentError),
        (lambda: augment.shift(PICTURES, -1), cr.ArgumentError),
        (lambda: augment.shift(PICTURES, 1.5), cr.ArgumentError),
        (lambda: augment.shift(PICTURES, layout="CHW"), cr.ArgumentError),
        (lambda: augment.shift(PICTURES, seed=-1), cr.ArgumentError),
        (lambda: augment.shift([["a"]]), cr.DtypeError),
        (lambda: augment.flip(PICTURES, 1.1), cr.ArgumentError),
        (lambda: augment.flip(PICTURES, axis="x"), cr.ArgumentError),
        (lambda: augment.rotate(PICTURES, 181), cr.ArgumentError),
        (lambda: augment.rotate(PICTURES, float("nan")), cr.ArgumentError),
        (lambda: augment.cutout(PICTURES, -1), cr.ArgumentError),
        (lambda: augment.cutout(3), cr.ShapeError),
        (lambda: augment.noise(3.0), cr.ShapeError),
        (lambda: augment.noise([True, False]), cr.ShapeError),
        (lambda: augment.noise(PICTURES, -1), cr.ArgumentError),
        (lambda: augment.mixup(PICTURES, np.zeros(6)), cr.ShapeError),
        (lambda: augment.mixup(PICTURES, np.zeros((5, 1))), cr.ShapeError),
        (lambda: augment.mixup(PICTURES, np.zeros((6, 1)), 0), cr.ArgumentError),
        (lambda: augment.mixup(PICTURES, np.full((6, 1), np.nan)), cr.DataError),
        (lambda: augment.mixup(np.zeros((0, 2)), np.zeros((0, 1))), cr.DataError),
    ],
)
def test_what_cannot_be_changed_is_refused(call, error):
    with pytest.raises(error) as caught:
        call()
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))
