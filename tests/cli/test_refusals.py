"""Bad input: exit code 2, one message with its four parts that names the culprit, no traceback, nothing left behind."""

import gzip
import os

import pytest

from chainrule.cli.refusals import as_options

GOOD = "a,b,y\n" + "".join(f"{i},{i * i % 7},{i % 3}\n" for i in range(60))

# What lies there, the command, and what the message has to name.
FILES = [
    ("ragged.csv", "a,b,y\n1,2,0\n3,x\n", "ragged.csv --target y", ["ragged.csv, line 3", "2 cells"]),
    ("empty.csv", "", "empty.csv --target y", ["empty.csv", "empty"]),
    ("blank.csv", "\n \n\n", "blank.csv --target y", ["blank.csv"]),
    ("head.csv", "a,b,y\n", "head.csv --target y", ["head.csv", "no rows"]),
    ("few.csv", "a,y\n" + "1,2\n2,3\n3,5\n" * 3, "few.csv --target y", ["few.csv", "9 rows"]),
    ("same2.csv", "a,b\n" + "x,y\nx,v\n" * 20, "same2.csv --target b", ["same2.csv", "no column to learn from"]),
    ("gaps.csv", "a,b,y\n" + ",,2\n,,4\n" * 20, "gaps.csv --target y", ["gaps.csv", "no column to learn from"]),
    ("same.csv", "a,a,y\n" + "1,2,3\n" * 20, "same.csv --target y", ["same.csv", "'a'"]),
    ("nameless.csv", "a,,y\n" + "1,2,3\n" * 20, "nameless.csv --target y", ["nameless.csv, line 1, column 2"]),
    ("one.csv", "a\n" + "1\n" * 20, "one.csv --target a", ["one.csv", "single column"]),
    ("class.csv", "a,y\n" + "".join(f"{i},yes\n" for i in range(30)), "class.csv --target y", ["class.csv", "yes"]),
    ("five.csv", "a,y\n" + "".join(f"{i},5\n" for i in range(30)), "five.csv --target y", ["five.csv", "of y: 5"]),
    ("huge.csv", "a,y\n" + "1e999,2\n" * 20, "huge.csv --target y", ["huge.csv, line 2, column 'a'", "1e999"]),
    ("mixed.csv", "a,y\n" + "1,2\n2,3\n3,x\n" * 9, "mixed.csv --target y", ["mixed.csv", "'x'", "--task classes"]),
    ("quote.csv", 'a,y\n1,"2\n' + "3,4\n" * 20, "quote.csv --target y", ["quote.csv"]),
    ("nul.csv", b"a,y\n1,2\n\0,4\n" * 9, "nul.csv --target y", ["nul.csv, line 3"]),
    ("latin.csv", "größe,y\n1,2\n".encode("latin-1"), "latin.csv --target y", ["latin.csv, line 1", "--encoding gbk"]),
    ("sheet.xlsx", b"PK\x03\x04" + b"0" * 99, "sheet.xlsx --target y", ["sheet.xlsx", "Excel"]),
    ("utf16.csv", GOOD.encode("utf-16"), "utf16.csv --target y", ["utf16.csv", "UTF-16"]),
    ("torn.csv.gz", gzip.compress(GOOD.encode())[:-9], "torn.csv.gz --target y", ["torn.csv.gz"]),
    ("date.csv", "a;y\n" + "1,5;2020-01-01\n2,5;2020-01-02\n" * 9, "date.csv --target y", ["date.csv", "dates"]),
    ("good.csv", GOOD, "good.csv", ["good.csv", "a, b, y", "--target y"]),
    ("good.csv", GOOD, "good.csv --target z", ["good.csv", "'z'", "did you mean"]),
    ("good.csv", GOOD, "god.csv --target y", ["god.csv", "good.csv"]),
    ("good.csv", GOOD, "good.csv --target y --task binary", ["good.csv", "3 classes"]),
    ("good.csv", GOOD, "good.csv --target y --encoding klingon", ["chainrule train, --encoding", "'klingon'"]),
    ("good.csv", GOOD, "good.csv --target y --encoding utf-16", ["'utf-16'"]),
    ("good.csv", GOOD, "good.csv --target y --delimiter ab", ["'ab'"]),
    ("gap.csv", GOOD + "1,1,\n", "gap.csv --target y --no-drop", ["gap.csv", "without a target: 1", "--drop"]),
    ("good.csv", GOOD, "good.csv/x.csv --target y", ["good.csv/x.csv"]),
]

LINES = [
    ("train", ["SOURCE"]),
    ("train irs", ["'irs'", "did you mean iris?"]),
    ("train nowhere/file.csv --target y", ["nowhere/file.csv"]),
    ("train . --target y", ["."]),
    ("train '' --target y", ["''"]),
    ("train /dev/null --target y", ["/dev/null"]),
    ("train iris wine", ["wine"]),
    ("train breast_cancer --target nosuch", ["'nosuch'", "leave --target out"]),
    ("train iris --task numbers", ["numbers", "leave --task out"]),
    ("train iris --task binary", ["binary"]),
    ("train iris --task regression", ["'regression'", "binary, classes, numbers"]),
    ("train xor", ["xor", "4 rows"]),
    ("train iris --epoch 3", ["--epoch,", "did you mean --epochs?"]),
    ("train iris --epochs 0", ["--epochs"]),
    ("train iris --epochs ten", ["--epochs", "'ten'", "whole number"]),
    ("train iris --epochs 1.5", ["--epochs", "'1.5'", "whole number"]),
    ("train iris --epochs", ["--epochs", "nothing after it"]),
    ("train iris --epochs 1 --epochs 2", ["--epochs", "twice"]),
    ("train iris --batch-size 0", ["--batch-size"]),
    ("train iris --patience -1", ["--patience"]),
    ("train iris --seed -1", ["--seed"]),
    ("train iris --seed 99999999999999999999", ["--seed"]),
    ("train iris --lr 0", ["--lr"]),
    ("train iris --lr -1", ["--lr"]),
    ("train iris --lr nan", ["--lr"]),
    ("train iris --lr inf", ["--lr"]),
    ("train iris --lr fast", ["--lr", "'fast'"]),
    ("train iris --dropout 1", ["--dropout"]),
    ("train iris --dropout nan", ["--dropout"]),
    ("train iris --weight-decay -1", ["--weight-decay"]),
    ("train iris --test 0", ["--test"]),
    ("train iris --test 1.5", ["--test"]),
    ("train iris --test 150", ["--test"]),
    ("train iris --test nan", ["--test"]),
    ("train iris --validation 1e9", ["--validation"]),
    ("train iris --hidden 3,,4", ["--hidden", "'3,,4'"]),
    ("train iris --hidden wide", ["--hidden", "'wide'"]),
    ("train iris --hidden 0,4", ["--hidden"]),
    ("train iris --hidden 99999999", ["--hidden"]),
    ("train iris --activation rely", ["--activation", "'rely'", "relu"]),
    ("train iris --optimizer adm", ["--optimizer", "'adm'", "--optimizer adam"]),
    ("train iris --no-progress=maybe", ["--no-progress", "'maybe'"]),
    ("train iris --lang fr", ["--lang", "'fr'"]),
    ("train mnist --epochs 1", ["mnist", "CHAINRULE_DATA"]),
    ("tran iris", ["'tran'", "did you mean chainrule train?"]),
    ("--verson", ["--verson", "did you mean --version?"]),
    ("data irs", ["'irs'", "iris"]),
    ("train iris --drop=perhaps", ["--drop", "'perhaps'"]),
    ("data nowhere.csv", ["nowhere.csv"]),
    ("lesson", ["NUMBER"]),
    ("lesson one", ["'one'", "whole number"]),
    ("lesson 7", ["chainrule lesson, NUMBER", "7"]),
]


def refused(done, words):
    assert done.code == 2, done
    assert done.out == ""
    assert "Traceback" not in done.err
    where, *parts = done.err.rstrip("\n").split("\n")
    assert where.strip()
    assert [part.split(":")[0].strip() for part in parts] == ["got", "expected", "try"], done.err
    assert all(word in done.err for word in words), done.err


@pytest.mark.parametrize(("name", "content", "line", "words"), FILES)
def test_bad_files(run, tmp_path, name, content, line, words):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(run(f"train {line}"), words)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(("line", "words"), LINES)
def test_bad_words(run, tmp_path, line, words, monkeypatch):
    if "mnist" in line:
        monkeypatch.setattr("chainrule.data.pictures.MNIST_MIRRORS", ())
        words = ["train-images-idx3-ubyte.gz"]
        monkeypatch.setattr("chainrule.data.pictures.fetch", _unreachable)
    refused(run(line), words)
    assert list(tmp_path.iterdir()) == []


def _unreachable(remote, mirrors, folder):
    from chainrule.errors import FileError

    raise FileError("data.download", remote.name, reasons="no way", address="https://…", folder=folder)


@pytest.mark.parametrize("line", ["train iris --epochs 0", "train irs", "tran", "train iris --hidden a", "train"])
def test_in_chinese(run, line):
    done = run(f"{line} --lang zh")
    assert done.code == 2
    assert "应为:" in done.err
    assert "试试:" in done.err


class TestOut:
    def test_a_folder_that_is_there(self, run, tmp_path):
        (tmp_path / "run-iris").mkdir()
        refused(run("train iris"), ["run-iris", "--overwrite"])

    def test_a_file_that_is_there(self, run, tmp_path):
        (tmp_path / "here").write_text("mine")
        refused(run("train iris --out here"), ["here"])
        refused(run("train iris --out here --overwrite"), ["here"])
        assert (tmp_path / "here").read_text() == "mine"

    def test_a_folder_with_files_of_others(self, run, tmp_path):
        (tmp_path / "here").mkdir()
        (tmp_path / "here" / "thesis.txt").write_text("mine")
        refused(run("train iris --out here --overwrite"), ["here", "thesis.txt"])
        assert (tmp_path / "here" / "thesis.txt").read_text() == "mine"

    def test_a_link(self, run, tmp_path):
        (tmp_path / "there").mkdir()
        (tmp_path / "here").symlink_to("there")
        refused(run("train iris --out here --overwrite"), ["here"])
        assert (tmp_path / "here").is_symlink()

    def test_below_a_file(self, run, tmp_path):
        (tmp_path / "file").write_text("")
        refused(run("train iris --out file/run"), ["file"])

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_where_nothing_can_be_written(self, run, tmp_path):
        (tmp_path / "locked").mkdir(mode=0o500)
        refused(run("train iris --out locked/run"), ["locked"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('or encoding="gbk" for Chinese Windows', "or --encoding gbk for Chinese Windows"),
        ("header=False if the first line", "--no-header if the first line"),
        ('delimiter=" " or what', 'or --delimiter " "'),
        ('kind="classes"', "--task classes"),
        ("target=-1", "--target -1"),
        ("x=1, lr=0.1", "x=1, lr=0.1"),
    ],
)
def test_hints_for_python_become_options(text, shown):
    assert as_options(text) == shown or shown.removeprefix("or ") in as_options(text)
