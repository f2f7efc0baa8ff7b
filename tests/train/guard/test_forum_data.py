"""Data, validation and weights that go wrong in the programs that people post: each is named at its place."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from tests.train.guard.forum import BITS, CLASSES, IMAGES, KINDS, NUMBERS, Misuses, N, X, fit, mlp, rng, trainer

MISUSES = Misuses()
refused, said = MISUSES.refused, MISUSES.said


@refused("train.not_finite", "Trainer.fit, data, X, row 13, column 2")
def nan_in_inputs():
    Z = X.copy()
    Z[13, 2] = np.nan
    fit(mlp(), nn.MSELoss(), (Z, NUMBERS))


@refused("train.not_finite", "Trainer.fit, data, X, row 7, column 1")
def inf_in_inputs():
    Z = X.copy()
    Z[7, 1] = np.inf
    fit(mlp(), nn.MSELoss(), (Z, NUMBERS))


@refused("train.not_finite", "Trainer.fit, data, y, row 11, column 0")
def nan_in_y():
    z = NUMBERS.copy()
    z[11] = np.nan
    fit(mlp(), nn.MSELoss(), (X, z))


@refused("train.not_finite", "Trainer.fit, data, y, row 11")
def nan_in_class_labels():
    z = CLASSES.astype(float)
    z[11] = np.nan
    fit(mlp(3), nn.CrossEntropyLoss(), (X, z))


@refused("train.not_finite", "Trainer.fit, validation, X, row 3, column 3")
def nan_in_validation():
    z = X.copy()
    z[3, 3] = np.nan
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=(z, NUMBERS))


@refused("train.not_finite", "Trainer.fit, data, X, row 3, column (0, 2, 2)")
def nan_in_images():
    z = IMAGES.copy()
    z[3, 0, 2, 2] = np.nan
    fit(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 3)), nn.CrossEntropyLoss(), (z, KINDS))


@refused("train.not_finite", "Trainer.predict, X, row 3, column 3")
def nan_in_prediction():
    t = fit(mlp(), nn.MSELoss(), (X, NUMBERS))
    z = X.copy()
    z[3, 3] = np.nan
    t.predict(z)


@refused("train.not_finite", "Trainer.fit, data, X, row 33, column 3")
def nan_in_a_loader():
    z = X.copy()
    z[33, 3] = np.nan
    fit(mlp(), nn.MSELoss(), cr.data.DataLoader((z, NUMBERS), batch_size=10))


@refused("train.not_finite", "Trainer.fit, data, batch 3, X, row 3, column 3")
def nan_in_a_generator():
    z = X.copy()
    z[33, 3] = np.nan

    class G:
        def __iter__(self):
            for i in range(0, N, 10):
                yield z[i : i + 10], NUMBERS[i : i + 10]

    fit(mlp(), nn.MSELoss(), G())


@refused("data.not_finite", "Trainer.fit, data, sample_weight")
def nan_weights():
    w = np.ones(N)
    w[4] = np.nan
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), sample_weight=w)


@refused("guard.nan_weight", "2.bias")
def nan_network():
    m = mlp()
    with cr.no_grad():
        m[2].bias.fill_(float("nan"))
    fit(m, nn.MSELoss(), (X, NUMBERS))


@refused("train.not_finite", 'Trainer.fit, data, X, row 5, column 2 "weight"')
def frame_with_gap():
    import pandas as pd

    f = pd.DataFrame(X, columns=["age", "height", "weight", "sex"])
    f.loc[5, "weight"] = np.nan
    fit(mlp(), nn.MSELoss(), (f, NUMBERS))


@refused("data.mixed", 'Trainer.fit, data, X, row 0, column 3 "sex"')
def frame_with_words():
    import pandas as pd

    f = pd.DataFrame(X, columns=["age", "height", "weight", "sex"])
    f = f.astype(object)
    f.loc[:, "sex"] = "female"
    fit(mlp(), nn.MSELoss(), (f, NUMBERS))


@refused("data.words", "Trainer.fit, data, X")
def words_in_inputs():
    fit(nn.Sequential(nn.Linear(2, 1)), nn.MSELoss(), ([["1", "red"], ["2", "blue"]], [1.0, 2.0]))


@refused("data.mixed", "Trainer.fit, data, X, row 0, column 1")
def objects_in_inputs():
    fit(mlp(), nn.MSELoss(), (np.array([[1, None, 2, 3]] * 20, dtype=object), NUMBERS[:20]))


@refused("data.not_array", "Trainer.fit, data, X")
def ragged_rows():
    fit(nn.Sequential(nn.Linear(2, 1)), nn.MSELoss(), ([[1.0, 2.0], [3.0]], [[1.0], [2.0]]))


@refused("data.dtype", "Trainer.fit, data, X")
def complex_inputs():
    fit(mlp(), nn.MSELoss(), (X + 1j, NUMBERS))


@refused("train.rows_differ", "Trainer.fit, data")
def lengths_differ():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS[:-1]))


@refused("train.empty", "Trainer.fit, data")
def nothing():
    fit(mlp(), nn.MSELoss(), (X[:0], NUMBERS[:0]))


@refused("guard.flat_rows", "Trainer.fit, data, X")
def flat_inputs():
    fit(nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)), nn.MSELoss(), (X[:, 0], NUMBERS))


@refused("train.bare_row", "Trainer.predict, X")
def one_row_without_its_axis():
    t = fit(mlp(), nn.MSELoss(), (X, NUMBERS))
    t.predict(X[0])


@refused("train.bare_row", "Trainer.predict, X")
def one_image_without_its_axis():
    m = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
    t = fit(m, nn.CrossEntropyLoss(), (IMAGES, KINDS))
    t.predict(IMAGES[0])


@refused("images.rank", "0 Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1))")
def flat_images():
    fit(
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 3)),
        nn.CrossEntropyLoss(),
        (IMAGES.reshape(20, -1), KINDS),
    )


@refused("images.channels", "0 Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))")
def channels_last():
    fit(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 3)),
        nn.CrossEntropyLoss(),
        (IMAGES.transpose(0, 2, 3, 1), KINDS),
    )


@refused("guard.no_channels", "Trainer.fit, data, X")
def grey_without_channel():
    fit(
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 3)), nn.CrossEntropyLoss(), (IMAGES[:, 0], KINDS)
    )


@refused("layers.width", "0 Linear(in_features=5, out_features=8, bias=True)")
def wrong_first_layer():
    fit(nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1)), nn.MSELoss(), (X, NUMBERS))


@refused("layers.chain", "2 Linear(in_features=16, out_features=1, bias=True)")
def wrong_hidden_layer():
    fit(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(16, 1)), nn.MSELoss(), (X, NUMBERS))


@refused("layers.width", "3 Linear(in_features=144, out_features=3, bias=True)")
def wrong_flatten():
    fit(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(144, 3)),
        nn.CrossEntropyLoss(),
        (IMAGES, KINDS),
    )


@refused("layers.width", "0 Linear(in_features=192, out_features=8, bias=True)")
def images_into_linear():
    fit(nn.Sequential(nn.Linear(192, 8), nn.ReLU(), nn.Linear(8, 3)), nn.CrossEntropyLoss(), (IMAGES, KINDS))


@refused("layers.width", "head.1 Linear(in_features=5, out_features=1, bias=True)")
def wrong_width_in_own_module():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc = nn.Linear(4, 6)
            self.head = nn.Sequential(nn.ReLU(), nn.Linear(5, 1))

        def forward(self, x):
            return self.head(self.enc(x))

    fit(Net(), nn.MSELoss(), (X, NUMBERS))


@refused(
    "layers.channels",
    "1 BatchNorm1d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True), BatchNorm1d",
)
def batch_norm_of_another_width():
    fit(nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(4), nn.Linear(8, 1)), nn.MSELoss(), (X, NUMBERS))


@refused("losses.sizes", "MSELoss(), mse_loss")
def wrong_output_width():
    fit(mlp(3), nn.MSELoss(), (X, NUMBERS))


@said("guard.unscaled", "Trainer.fit, data, X, column 1")
def unscaled_column():
    Z = X.copy()
    Z[:, 1] = 2000 + 30 * Z[:, 1]
    fit(mlp(), nn.MSELoss(), (Z, NUMBERS))


@said("guard.unscaled", "Trainer.fit, data, X, column 0")
def unscaled_integers():
    Z = np.column_stack([np.round(50000 + 9000 * X[:, 0]), X[:, 1]]).astype(int)
    fit(nn.Sequential(nn.Linear(2, 1)), nn.MSELoss(), (Z, NUMBERS))


@said("guard.unscaled", "Trainer.fit, data, X, column 1")
def unscaled_in_a_loader():
    Z = X.copy()
    Z[:, 1] = 2000 + 30 * Z[:, 1]
    fit(mlp(), nn.MSELoss(), cr.data.DataLoader((Z, NUMBERS), batch_size=10, shuffle=True))


@said("guard.unscaled_images", "Trainer.fit, data, X")
def raw_pixels():
    fit(nn.Sequential(nn.Flatten(), nn.Linear(192, 3)), nn.CrossEntropyLoss(), ((IMAGES * 255).astype(np.uint8), KINDS))


@said("guard.constant", "Trainer.fit, data, X, column 3")
def constant_column():
    Z = X.copy()
    Z[:, 3] = 7.5
    fit(mlp(), nn.MSELoss(), (Z, NUMBERS))


@said("guard.unscaled_targets", "Trainer.fit, data, y")
def unscaled_targets():
    fit(mlp(), nn.MSELoss(), (X, 300000 + 100000 * NUMBERS))


@said("guard.one_target", "Trainer.fit, data, y")
def one_class_only():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, np.ones_like(BITS)))


@said("guard.target_inside", "Trainer.fit, data, X, column 4")
def answer_in_the_data():
    fit(nn.Sequential(nn.Linear(5, 1)), nn.BCEWithLogitsLoss(), (np.hstack([X, BITS]), BITS))


@said("guard.target_inside", "Trainer.fit, data, X, column 4")
def answer_scaled_in_the_data():
    fit(nn.Sequential(nn.Linear(5, 1)), nn.BCEWithLogitsLoss(), (np.hstack([X, 2 * BITS - 1]), BITS))


@said("guard.sorted_classes", "Trainer.fit, data, y")
def sorted_labels_not_shuffled():
    i = np.argsort(CLASSES, kind="stable")
    fit(mlp(3), nn.CrossEntropyLoss(), (X[i], CLASSES[i]), shuffle=False, batch_size=10)


@said("guard.sorted_classes", "Trainer.fit, data, y")
def sorted_labels_in_a_loader():
    i = np.argsort(CLASSES, kind="stable")
    fit(mlp(3), nn.CrossEntropyLoss(), cr.data.DataLoader((X[i], CLASSES[i]), batch_size=10))


@said("guard.sorted_classes", "Trainer.fit, data, y")
def sorted_yes_no_in_a_loader():
    i = np.argsort(BITS[:, 0], kind="stable")
    fit(mlp(), nn.BCEWithLogitsLoss(), cr.data.DataLoader((X[i], BITS[i]), batch_size=10))


@said("guard.learnt_already", "Trainer.fit, validation")
def validation_is_training():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=(X, NUMBERS))


@said("guard.learnt_already", "Trainer.fit, validation")
def validation_inside_training():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=(X[:20], NUMBERS[:20]))


@refused("train.data", "Trainer.fit, validation")
def validation_as_list():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=[X, NUMBERS])


@refused("guard.validation_shape", "Trainer.fit, validation, X")
def validation_swapped():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=(NUMBERS, X))


@refused("train.data", "Trainer.fit, validation")
def validation_only_inputs():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=X)


@refused("data.real", "Trainer.fit, validation")
def validation_share_of_20():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=20.0)


@refused("train.data", "Trainer.fit, validation")
def validation_true():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=True)


@refused("guard.validation_shape", "Trainer.fit, validation, X")
def validation_other_columns():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=(X[:9, :3] + 1, NUMBERS[:9]))


@said("guard.validation_scale", "Trainer.fit, validation, X, column 0")
def validation_unscaled():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), validation=(X * 500 + 300, NUMBERS))


@refused("losses.integer_shares", "Trainer.fit, validation, y: CrossEntropyLoss(), cross_entropy")
def validation_one_hot():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES), validation=(X + 1, np.eye(3, dtype=int)[CLASSES]))


@said("guard.validation_weights", "Trainer.fit, validation")
def weights_not_in_validation():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), sample_weight=rng.uniform(size=N) + 0.1, validation=(X + 1, NUMBERS))


@refused("train.data", "Trainer.fit, data")
def inputs_and_y_beside_each_other():
    trainer(mlp(), nn.MSELoss()).fit(X, NUMBERS, epochs=1)


@refused("train.data", "Trainer.fit, data")
def inputs_and_y_in_a_list():
    fit(mlp(), nn.MSELoss(), [X, NUMBERS])


@refused("train.data", "Trainer.fit, data")
def inputs_alone():
    fit(mlp(), nn.MSELoss(), X)


@refused("guard.swapped", "Trainer.fit, data")
def y_before_inputs():
    fit(mlp(), nn.MSELoss(), (NUMBERS, X))


@refused("metrics.weight_shape", "Trainer.fit, data, sample_weight")
def weights_too_short():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), sample_weight=np.ones(N - 1))


@refused("metrics.weight_negative", "Trainer.fit, data, sample_weight")
def negative_weights():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), sample_weight=-np.ones(N))


@said("guard.unknown_classes", "Trainer")
def class_weight_from_one():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES), tr=dict(class_weight={1: 1.0, 2: 2.0, 3: 3.0}))


@refused("train.class_weight_name", "Trainer")
def class_weight_of_names():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES), tr=dict(class_weight={"low": 1.0, "mid": 2.0, "high": 3.0}))


@refused("train.class_weight_targets", "Trainer.fit, data, y")
def class_weight_of_numbers():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), tr=dict(class_weight="balanced"))


@said("guard.few_class_weights", "Trainer")
def class_weight_too_short():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES), tr=dict(class_weight=[1.0, 2.0]))


@refused("losses.class_weights", "CrossEntropyLoss(weight=(2,)), cross_entropy")
def loss_weight_too_short():
    fit(mlp(3), nn.CrossEntropyLoss(weight=cr.tensor([1.0, 2.0])), (X, CLASSES))


@refused(
    "guard.single_rows", "1 BatchNorm1d(8, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
)
def batch_norm_one_row():
    fit(nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1)), nn.MSELoss(), (X, NUMBERS), batch_size=1)


@refused(
    "layers.batch_of_one", "1 BatchNorm1d(8, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
)
def loop_batch_norm_one_row():
    m = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))
    m(cr.tensor(X[:1]))


@refused("layers.index_range", "0 Embedding(5, 3)")
def embedding_beyond():
    fit(
        nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 1)),
        nn.MSELoss(),
        (np.tile([[1, 5]], (N, 1)), NUMBERS),
    )


@refused("layers.index_range", "Trainer.fit, data, X")
def embedding_from_one():
    fit(
        nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 1)),
        nn.MSELoss(),
        (1 + rng.integers(0, 5, size=(N, 2)), NUMBERS),
    )


@refused("layers.index_dtype", "0 Embedding(5, 3)")
def embedding_of_floats():
    fit(nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(12, 1)), nn.MSELoss(), (X, NUMBERS))


@refused("metrics.needs_classes", "accuracy")
def accuracy_of_regression():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), tr=dict(metrics=["accuracy"]))


@refused("metrics.unknown", "metrics.get")
def unknown_metric():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), tr=dict(metrics=["acuracy"]))


@refused("train.monitor", "EarlyStopping.on_epoch_end")
def monitor_without_validation():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), callbacks=[cr.train.EarlyStopping(monitor="val_loss")])


@said("guard.upside_down", "EarlyStopping")
def monitor_upside_down():
    fit(
        mlp(3),
        nn.CrossEntropyLoss(),
        (X, CLASSES),
        tr=dict(metrics=["accuracy"]),
        callbacks=[cr.train.EarlyStopping(monitor="accuracy", mode="min")],
    )


@refused("train.not_a_callback", "Trainer")
def callback_class():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), callbacks=[cr.train.EarlyStopping])


@pytest.mark.parametrize("name", MISUSES.rows)
def test_it_is_named(name):
    MISUSES.check(name)
