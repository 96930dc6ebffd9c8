"""Listed images: columns are recognised or refused, and nothing outside the list's folder is read."""

import polars as pl
import pytest
from projects import make_images

from cambench.errors import InputError
from cambench.images import sources
from cambench.images.found import Found

OUTSIDE = "path leads out of the folder of its list (see dataset.outside)"


def find(path, **changes):
    return sources.find({"kind": "manifest", "path": str(path), "glob": "**/*", **changes})


@pytest.fixture
def said(tmp_path):
    """What is said of a list of the given text."""

    def refusal(text):
        (tmp_path / "list.csv").write_bytes(text.encode() if isinstance(text, str) else text)
        with pytest.raises(InputError) as error:
            find(tmp_path / "list.csv")
        return str(error.value).replace(f"{tmp_path}/", "")

    return refusal


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_listed_images(tmp_path, kind, built):
    make_images(tmp_path, range(2))
    paths = ["001_1.png", "000_0.png", "../secret.png", "/etc/passwd", "gone.png", "x" * 300]
    table = pl.DataFrame({"path": paths, "label": [3, 4, 0, 0, 0, 0]})
    table.write_csv(tmp_path / "list.csv")
    table.write_parquet(tmp_path / "list.parquet")
    good, rejected = built(kind="manifest", path=str(tmp_path / f"list.{kind}"))
    assert good.select("path", "label").rows() == [("001_1.png", 3), ("000_0.png", 4)]
    assert rejected["reason"].to_list() == [OUTSIDE, OUTSIDE, "missing", "missing"]


def test_links_that_lead_out_count_as_outside(tmp_path):
    make_images(tmp_path / "secret", range(1))
    make_images(tmp_path / "list", range(1))
    for name, target in (("file.png", "../secret/000_0.png"), ("folder", "../secret"), ("inside.png", "000_0.png")):
        (tmp_path / "list" / name).symlink_to(target)
    names = ["000_0.png", "file.png", "folder/000_0.png", "inside.png"]
    pl.DataFrame({"path": names}).write_csv(tmp_path / "list" / "list.csv")
    (tmp_path / "other").symlink_to("list")  # the folder of the list may itself be reached by a link
    for place in ("list", "other"):
        assert [item.reason for item in find(tmp_path / place / "list.csv")] == ["", OUTSIDE, OUTSIDE, ""]
        assert not any(item.reason for item in find(tmp_path / place / "list.csv", outside=True))


def test_labels_are_read_from_text(tmp_path):
    make_images(tmp_path, range(2))
    (tmp_path / "list.csv").write_text("\ufeffpath,label,note\n000_0.png, 001 ,a\n001_1.png,,b\n")
    assert find(tmp_path / "list.csv") == [Found("000_0.png", 1), Found("001_1.png", -1)]
    for labels in (["01", None], [1, None], pl.Series(["1", None], dtype=pl.Categorical)):
        pl.DataFrame({"path": ["000_0.png", "001_1.png"], "label": labels}).write_parquet(tmp_path / "list.parquet")
        assert find(tmp_path / "list.parquet") == [Found("000_0.png", 1), Found("001_1.png", -1)]


def test_paths_are_text(tmp_path, noise):
    noise().save(tmp_path / "001", "PNG")
    (tmp_path / "list.csv").write_text("path\n001\n")
    assert find(tmp_path / "list.csv") == [Found("001")]


@pytest.mark.parametrize("name", ["Label", " label", "label ", "LABELS", "label_id"])
def test_a_column_that_is_nearly_called_label(said, name):
    expected = f"dataset: list.csv: no column 'label', but {name!r}, which would not be read; rename it"
    assert said(f"path,{name}\na.png,1\n") == expected


def test_images_with_several_labels(tmp_path, built):
    """As text or as lists; one label is a label as in other lists, and one given twice counts once."""
    make_images(tmp_path, range(4))
    names = [f"00{number}_{number}.png" for number in range(4)]
    (tmp_path / "list.csv").write_text(
        "path,labels\n" + "".join(map("{},{}\n".format, names, ["20 3 17", "5 5", "", "0 1"]))
    )
    lists = pl.DataFrame({"path": names, "labels": [[20, 3, 17], [5, 5], None, [0, 1]]})
    for number, kind in enumerate((pl.List(pl.Int64), pl.List(pl.UInt8), pl.List(pl.String))):
        lists.cast({"labels": kind}).write_parquet(tmp_path / f"list{number}.parquet")
    expected = [
        Found(names[0], several=(3, 17, 20)),
        Found(names[1], 5),
        Found(names[2]),
        Found(names[3], several=(0, 1)),
    ]
    for file in ("list.csv", "list0.parquet", "list1.parquet", "list2.parquet"):
        assert find(tmp_path / file) == expected
    dataset = {"kind": "manifest", "path": str(tmp_path / "list.csv"), "glob": "**/*"}
    assert (sources.largest_label(dataset), sources.several_labels(dataset)) == (20, 2)
    good, _ = built(kind="manifest", path=str(tmp_path / "list.csv"))
    assert good["label"].to_list() == [-1, 5, -1, -1]
    assert good["labels"].to_list() == [[3, 17, 20], [5], [], [0, 1]]


def test_several_labels_that_are_no_numbers(tmp_path, said):
    assert said("path,labels\na.png,3;17\n") == "dataset: label of a.png must be a whole number, not '3;17'"
    assert said("path,label\na.png,3 17\n") == "dataset: label of a.png must be a whole number, not '3 17'"
    both = "dataset: list.csv: both a column 'label' and a column 'labels'; keep one of them"
    assert said("path,label,labels\na.png,3,3 17\n") == both
    for labels in ([[1.0]], [[1, None]], [[True]], [[[1]]]):
        pl.DataFrame({"path": ["a.png"], "labels": labels}).write_parquet(tmp_path / "list.parquet")
        with pytest.raises(InputError, match=r"^dataset: (label of a\.png must be|.*: not a readable CSV)"):
            find(tmp_path / "list.parquet")


@pytest.mark.parametrize("label", ["1.0", "cat", "__import__('os')", "True", "1e3"])
def test_a_label_that_is_no_number(said, label):
    assert said(f"path,label\na.png,{label}\n") == f"dataset: label of a.png must be a whole number, not {label!r}"


@pytest.mark.parametrize("label", [-1, 2**63, 10**30])
def test_a_label_out_of_range(said, label):
    expected = f"dataset: label of a.png must be at least 0 and under 2^63, not {label}"
    assert said(f"path,label\na.png,{label}\n") == expected


@pytest.mark.parametrize("labels", [[2**64 - 1], [1.0], [True], [[1]], [{"a": 1}], [b"\xff"]])
def test_other_types_of_labels_are_refused(tmp_path, labels):
    pl.DataFrame({"path": ["a.png"], "label": labels}).write_parquet(tmp_path / "list.parquet")
    with pytest.raises(
        InputError, match=r"^dataset: (label of a\.png must be|.*: not a readable CSV or Parquet file$)"
    ):
        find(tmp_path / "list.parquet")


def test_a_list_that_cannot_be_read(tmp_path, said):
    assert said("file\na.png\n") == "dataset: list.csv: no column 'path'; columns are file"
    assert said("path;label\na.png;1\n") == "dataset: list.csv: no column 'path'; columns are path;label"
    for text in ("", b"path\n\xff\n", "path,label\na.png,1,2,3\n"):
        assert said(text) == "dataset: list.csv: not a readable CSV or Parquet file"
    (tmp_path / "list.parquet").write_text("no parquet")
    (tmp_path / "folder.csv").mkdir()
    for name in ("list.parquet", "folder.csv"):
        with pytest.raises(InputError, match=f"{name}: not a readable CSV or Parquet file"):
            find(tmp_path / name)


def test_rows_that_name_no_file(tmp_path):
    (tmp_path / "list.csv").write_text('path,label\n,1\n"a\nb.png",2\n,3\n')
    assert [(item.path, item.reason) for item in find(tmp_path / "list.csv")] == [
        ("row 1", "no path"),
        (r"a\nb.png", "file name has control characters"),
        ("row 3", "no path"),
    ]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_path_is_the_same_in_every_locale(tmp_path, kind, printed):
    (tmp_path / "tür").mkdir()
    (tmp_path / "tür" / "é.png").write_bytes(b"here")
    (tmp_path / "türöffner").symlink_to("/etc")
    paths = ["tür/é.png", "tür/weg.png", "türöffner/passwd", "../tür.png", "ü\u2028.png"]
    table = pl.DataFrame({"path": paths, "label": range(5)})
    table.write_csv(tmp_path / "list.csv")
    table.write_parquet(tmp_path / "list.parquet")
    reasons = ["", "missing", OUTSIDE, OUTSIDE]
    expected = [Found(paths[row], row, reason) for row, reason in enumerate(reasons)]
    expected.append(Found(r"ü\u2028.png", -1, "file name has control characters"))
    code = (
        "import pathlib; from cambench.images import found, lists; root = pathlib.Path('.')\n"
        f"items = lists.find(root / 'list.{kind}')\n"
        "print(ascii(items), found.located(root, items[0].path).read_bytes())"
    )
    assert printed(code) == f"{expected!a} b'here'\n"


@pytest.mark.parametrize("damage", [(61, 1), (61, 16), (63, 4), (97, 4), None])
def test_a_damaged_list_is_told_in_one_line(tmp_path, damage, capfd):
    """On most of this damage polars prints a trace of its own; on the first, a length of 2^61 bytes, it aborts."""
    file = tmp_path / "list.parquet"
    pl.DataFrame({"path": ["0.png", "1.png", "2.png"], "label": range(3)}).write_parquet(file)
    data = bytearray(file.read_bytes())
    if damage:
        data[damage[0]] ^= damage[1]
    file.write_bytes(data if damage else data[:-20])
    with pytest.raises(InputError) as error:
        find(file)
    assert str(error.value) == f"dataset: {file}: not a readable CSV or Parquet file"
    assert capfd.readouterr().err == ""


def test_a_list_is_read_by_polars_and_not_by_a_file_of_its_name(tmp_path, monkeypatch):
    make_images(tmp_path, range(1))
    (tmp_path / "polars.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    pl.DataFrame({"path": ["000_0.png"]}).write_parquet("list.parquet")
    assert find("list.parquet") == [Found("000_0.png")]


def test_brackets_in_the_path_of_a_list(tmp_path):
    make_images(tmp_path / "[a]{b}", range(1))
    (tmp_path / "[a]{b}" / "list.csv").write_text("path\n000_0.png\n")
    assert find(tmp_path / "[a]{b}" / "list.csv") == [Found("000_0.png")]
