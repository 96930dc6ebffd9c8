"""The files of a folder: by glob, through links, without hidden ones and without the results of runs."""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from cambench.errors import InputError
from cambench.images import walk
from cambench.images.found import Found


def make(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def paths(root, glob="**/*"):
    return [item.path for item in walk.files(root, glob)]


NAMES = ["a.png", "b/c.png", "b/d/e.jpg", "b/d/f.png", "g/[x].png", "g/h.jpg", "i/b/c.png"]
GLOBS = [
    "**/*",
    "*.png",
    "*",
    "b/*",
    "*/*.png",
    "b/**/*.png",
    "**/b/*",
    "**/d/**/*.jpg",
    "[bg]/*.jpg",
    "?.png",
    "./b/*",
]


@pytest.mark.parametrize("glob", [*GLOBS, "**/**/*", "none/*", "g/[[]x].png", "**/" * 9 + "*"])
def test_globs_mean_what_pathlib_says(tmp_path, glob):
    make(tmp_path, *NAMES)
    expected = sorted(path.relative_to(tmp_path).as_posix() for path in set(tmp_path.glob(glob)) if path.is_file())
    assert paths(tmp_path, glob) == expected


@pytest.mark.parametrize("glob", ["/etc/*", "../*", "a/../../*"])
def test_a_glob_that_leads_out(tmp_path, glob):
    with pytest.raises(InputError, match=r"^dataset: glob .* leads out of the folder$"):
        walk.files(tmp_path, glob)


def test_only_folders_that_may_hold_something_are_read(tmp_path, calls):
    make(tmp_path, "a.png", *(f"deep/{n}/x.png" for n in range(50)))
    assert calls(lambda: walk.files(tmp_path, "*.png")) < calls(lambda: walk.files(tmp_path)) / 10


def test_files_beside_sub_folders_are_not_looked_into(tmp_path, calls):
    make(tmp_path, "cat/a.png")
    before = calls(lambda: walk.subfolders(tmp_path))
    make(tmp_path, *(f"{n}.png" for n in range(100)))
    assert calls(lambda: walk.subfolders(tmp_path)) - before < 5 * 100


def test_linked_folders_are_followed_but_not_in_a_circle(tmp_path):
    make(tmp_path / "elsewhere", "x.png", "inner/y.png")
    make(tmp_path / "data", "a/z.png")
    (tmp_path / "data" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "a" / "up").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "self").symlink_to("self")
    (tmp_path / "data" / "gone").symlink_to("nowhere")
    assert paths(tmp_path / "data") == ["a/z.png", "link/inner/y.png", "link/x.png"]


def test_hidden_files_and_folders_are_left_out(tmp_path):
    make(tmp_path / ".root", "a.png", ".b.png", ".git/c.png", ".snakemake/d.png", "e/.venv/f.png")
    assert paths(tmp_path / ".root") == ["a.png"]


def test_results_of_runs_are_left_out(tmp_path, monkeypatch):
    """A run whose images lie in the working folder would take its own figures for images."""
    monkeypatch.chdir(tmp_path)
    make(tmp_path, "cat/a.png", "results/demo/figures/gallery.png", "cat/results/b.png")
    make(tmp_path, "module/results/mine/logs/manifest.log", "module/results/mine/figures/gallery.png")
    for root in (Path("."), tmp_path):
        assert paths(root) == ["cat/a.png", "cat/results/b.png"]
        assert walk.subfolders(root) == ["cat", "module"]
    assert paths(Path("results/demo/figures")) == ["gallery.png"]  # if somebody wants them


@contextlib.contextmanager
def nobody():
    """Without root's rights, which no file mode binds."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_cannot_be_read_is_told():
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        make(root, "a.png", "closed/b.png")
        root.chmod(0o755)
        (root / "closed").chmod(0)
        with nobody():
            found = walk.files(root)
            with pytest.raises(InputError, match="closed: unreadable: Permission denied"):
                walk.is_empty(root / "closed")
        (root / "closed").chmod(0o755)
        assert found == [Found("a.png"), Found("closed", -1, "folder is unreadable: Permission denied")]


def test_what_is_no_folder(tmp_path):
    make(tmp_path, "a.png")
    with pytest.raises(InputError, match=r"a\.png: unreadable: Not a directory"):
        walk.files(tmp_path / "a.png")


def test_names_that_are_not_utf_8_are_rejected(tmp_path):
    make(tmp_path, "a.png", "new\nline.png")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9/b.png")).touch()
    assert [(item.path, item.reason) for item in walk.files(tmp_path)] == [
        ("a.png", ""),
        (r"caf\xe9/b.png", "file name is not UTF-8"),
        (r"new\nline.png", "file name has control characters"),
    ]
