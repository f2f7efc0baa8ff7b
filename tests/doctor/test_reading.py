"""Blind mode: logs as other systems write them, what they say, and what they cannot say."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.doctor.page.html import framed

KERAS = "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n" + "".join(
    f"{k},0.5,0.01,{0.6931 + 0.0001 * (k % 3)},0.5,0.6932\n" for k in range(12)
)
LIGHTNING = "epoch,lr-Adam,step,train_loss,val_loss\n" + "".join(
    f",0.01,{10 * k},,\n{k},,{10 * k + 9},{1.5 + k},\n{k},,{10 * k + 9},,{1.6 + k}\n" for k in range(10)
)


def log(tmp_path, text, name="log.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_log_of_keras(tmp_path):
    found = cr.doctor.read_log(log(tmp_path, KERAS))
    assert list(found.curves) == ["loss", "val_loss", "lr"]
    assert [symptom.code for symptom in found.findings] == ["flat"]
    assert "guessing among 2 classes costs 0.6931" in str(found)
    assert not found.healthy


def test_a_log_of_lightning(tmp_path):
    found = cr.doctor.read_log(log(tmp_path, LIGHTNING))
    assert found.curves["loss"].tolist() == [1.5 + k for k in range(10)]
    assert found.curves["val_loss"].tolist() == [1.6 + k for k in range(10)]
    assert [symptom.code for symptom in found.findings] == ["diverged"]


def test_a_log_written_by_hand(tmp_path):
    path = log(tmp_path, "\ufeffVerlust; Rate\n0.9;0.1\n0.5;0.1\n\n0.3;nan\ninf;0.1\n")
    found = cr.doctor.read_log(path, ["Verlust", "-", "Rate"])
    np.testing.assert_array_equal(found.curves["loss"], [0.9, 0.5, 0.3, np.inf])
    assert "not finite from epoch 3 on; before that it was 0.3" in str(found)
    again = cr.doctor.read_log(path, ["loss=Verlust"])
    assert list(again.curves) == ["loss"]
    assert len(again.unknown) == len(found.unknown) + 1  # nothing of the rate


def test_our_own_log_and_history(tmp_path):
    net = cr.nn.Linear(2, 1)
    logger = cr.train.CSVLogger(tmp_path / "log.csv")
    X, y = cr.data.clusters(60, noise=0.2, seed=0)
    trainer = cr.Trainer(net, cr.nn.BCEWithLogitsLoss(), cr.optim.Adam(net.parameters(), lr=0.1), callbacks=[logger])
    history = trainer.fit((X, y), epochs=60, validation=0.2, progress=False)
    one, other = cr.doctor.read_log(tmp_path / "log.csv"), cr.doctor.read_log(history)
    assert one.curves.keys() == other.curves.keys()
    for name in one.curves:
        np.testing.assert_array_equal(one.curves[name], other.curves[name])
    assert one.healthy
    assert str(one).startswith("Nothing in this log looks wrong.")


def test_it_says_what_it_cannot_know(tmp_path):
    found = cr.doctor.read_log({"loss": [0.9, 0.5, 0.3]})
    words = " ".join(found.unknown)
    for part in ("data, network and gradients", "no column for them", "no column for the rate", "too few", "seed"):
        assert part in words
    everything = cr.doctor.read_log({name: np.geomspace(0.9, 0.01, 50) for name in ("loss", "val_loss", "lr")})
    assert len(everything.unknown) == 3
    assert all(symptom.level != "fault" for symptom in found.findings)


def test_chinese(tmp_path):
    found = cr.doctor.read_log(log(tmp_path, KERAS), lang="zh")
    assert "损失从未下降" in str(found)
    assert "瞎猜" in found._repr_html_()
    with pytest.raises(cr.ArgumentError, match="fr"):
        cr.doctor.read_log(log(tmp_path, KERAS), lang="fr")


@pytest.mark.parametrize(
    ("text", "columns", "word"),
    [
        (KERAS, ["nothing"], "no column nothing"), (KERAS, ["-", "val_loss"], "no column loss"),
        (KERAS, ["loss", "val_loss", "lr", "more"], "no column more"), ("a,b\n1,2\n", None, "no column loss"),
        ("loss\n", None, "1 lines"), ("loss\nlow\n", None, "'low' in column loss"),
        ("a,loss\n1,\n", None, "- in column"),
    ],
)
def test_refusals(tmp_path, text, columns, word):
    with pytest.raises(cr.FileError, match=word):
        cr.doctor.read_log(log(tmp_path, text), columns)


def test_what_is_no_log(tmp_path):
    with pytest.raises(cr.FileError, match="No such file"):
        cr.doctor.read_log(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"loss\n\xff\xfe\n")
    with pytest.raises(cr.FileError):
        cr.doctor.read_log(tmp_path / "bytes.csv")
    for wrong in ({"accuracy": [1.0]}, 3, {"loss": []}):
        with pytest.raises(cr.ArgumentError):
            cr.doctor.read_log(wrong)


def test_the_page(tmp_path):
    found = cr.doctor.read_log({"loss": [0.7, 0.9, 1.4, 2.2, 3.1, 4.0, np.nan], "val_loss": [0.8] * 7})
    found.save(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "∞" in page  # where the curve breaks off
    assert "What this log cannot say" in page
    assert framed(["<p>x</p>"], "zh", whole=True).count('lang="zh-CN"') == 1
