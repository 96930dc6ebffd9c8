"""Files of repositories: from a folder or a cache in Hugging Face's layout; refused at once without a network."""

import time

import pytest

from cambench.errors import InputError
from cambench.networks import hub
from cambench.networks.watch import files_read, unseen

ONE, TWO = "1" * 40, "1" * 8 + "2" * 32
CONFIG = {"config.json": b"{}"}


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """Hugging Face's default cache is an empty folder, and nobody answers."""
    asked = []

    def refuse(url, **options):
        asked.append(url)
        raise OSError("Name or service not known")

    hub._ask.cache_clear()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", refuse)
    return asked


def test_a_branch_a_tag_or_the_start_of_a_commit(published, elsewhere):
    folder = str(published("owner/net", ONE, {**CONFIG, "model.safetensors": b"1"}))
    published("owner/net", TWO, CONFIG, branch="v2")
    for settings, commit in (
        ({}, ONE),
        ({"revision": "v2"}, TWO),
        ({"revision": TWO[:12]}, TWO),
        ({"commit": TWO}, TWO),
    ):
        found = hub.snapshot("owner/net", {"weights_folder": folder, **settings})
        assert (found.commit, found.file("config.json").parent.name) == (commit, commit)
    assert elsewhere == []


@pytest.mark.parametrize(
    ("repository", "revision", "message"),
    [
        ("owner/other", {}, r"weights_folder .* holds no models--owner--other in revision main$"),
        (
            "owner/net",
            {"revision": "v9"},
            rf"holds no models--owner--net in revision v9; it holds {ONE}, {TWO}: name one",
        ),
        ("owner/net", {"revision": "11111111"}, "in revision 11111111; it holds"),  # two commits start so
        ("owner/net", {}, "in revision main; it holds"),
    ],
)
def test_what_the_folder_does_not_hold_is_not_asked_for(published, elsewhere, repository, revision, message):
    folder = str(published("owner/net", ONE, CONFIG, branch=None))
    published("owner/net", TWO, CONFIG, branch=None)
    with pytest.raises(InputError, match=message):
        hub.snapshot(repository, {"weights_folder": folder, **revision})
    assert elsewhere == []


def test_a_folder_of_weights_that_is_none(elsewhere, tmp_path):
    (tmp_path / "file").touch()
    for given, line in (
        (str(tmp_path / "nope"), ": no such file or folder"),
        (str(tmp_path / "file"), " is no folder"),
        ("package:no_such_package/weights", ": package no_such_package is not installed"),
    ):
        with pytest.raises(InputError, match=rf"{given}{line}$"):
            hub.snapshot("owner/net", {"weights_folder": given})
    assert elsewhere == []


def test_a_folder_of_weights_in_a_package(published, tmp_path, monkeypatch):
    published("owner/net", ONE, CONFIG)
    (tmp_path / "cache" / "__init__.py").touch()
    (tmp_path / "cache").rename(tmp_path / "some_weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert hub.snapshot("owner/net", {"weights_folder": "package:some_weights"}).commit == ONE


def test_weights_are_those_that_run_no_code_first(published):
    folder = str(published("owner/net", ONE, {**CONFIG, "pytorch_model.bin": b"1"}))
    found = hub.snapshot("owner/net", {"weights_folder": folder})
    assert found.weights().name == "pytorch_model.bin"
    (found.folder / "model.safetensors").touch()
    assert found.weights().name == "model.safetensors"
    with pytest.raises(
        InputError, match=r"^owner/net holds no other\.bin; name a file in weights, or write weights: null"
    ):
        found.weights("other.bin")


def test_a_closed_network_is_said_at_once(elsewhere):
    """The library itself would try again for half a minute."""
    start = time.monotonic()
    with pytest.raises(
        InputError, match=r"^owner/net is in no cache, and cannot be fetched: Name or service not known$"
    ):
        hub.snapshot("owner/net", {})
    assert (time.monotonic() - start, len(elsewhere)) < (5, 2)


def test_a_cache_is_taken_as_it_is(published, elsewhere, monkeypatch):
    """Nobody is asked for a newer commit, nor for a file that the cache says the repository has not."""
    folder = published("owner/net", ONE, CONFIG)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder))
    found = hub.snapshot("owner/net", {})
    assert (found.commit, elsewhere) == (ONE, [])
    (folder / "models--owner--net" / ".no_exist" / ONE).mkdir(parents=True)
    (folder / "models--owner--net" / ".no_exist" / ONE / "model.safetensors").touch()
    assert (found.file("model.safetensors"), elsewhere) == (None, [])
    line = r"^preprocessor_config\.json of owner/net is in no cache, and cannot be fetched: "
    with pytest.raises(InputError, match=line):
        found.file("preprocessor_config.json")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("GatedRepoError", "^owner/net is gated: accept its terms on its page, then log in with `hf auth login`$"),
        (
            "RepositoryNotFoundError",
            "^Hugging Face has no repository owner/net, or it is private: `hf auth login` logs in$",
        ),
        ("RevisionNotFoundError", "^owner/net has no revision 'main'$"),
    ],
)
def test_one_line_for_what_hugging_face_refuses(elsewhere, monkeypatch, error, message):
    from huggingface_hub import errors

    refusal = getattr(errors, error).__new__(getattr(errors, error))

    def refuse(url, **options):
        raise refusal

    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", refuse)
    with pytest.raises(InputError, match=message):
        hub.snapshot("owner/net", {})


def test_local_folders(tmp_path, monkeypatch, elsewhere):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net").mkdir()
    with pytest.raises(InputError, match=r"^\./net holds no config\.json$"):
        hub.snapshot("./net", {})
    (tmp_path / "net" / "config.json").write_text("{}")
    found = hub.snapshot("./net", {})
    assert (found.commit, found.file("model.safetensors")) == (None, None)
    with pytest.raises(InputError, match=r"of the local folder write \./net$"):
        hub.snapshot("net", {})
    with pytest.raises(InputError, match=r"^'a b' is neither a repository OWNER/NAME nor a local folder \./FOLDER$"):
        hub.snapshot("a b", {})


def test_files_that_decide_are_noted_though_others_are_not(published, tmp_path):
    folder = str(published("owner/net", ONE, {**CONFIG, "model.safetensors": b"1"}))
    (tmp_path / "token").write_text("secret")
    with files_read() as noted, unseen():
        (tmp_path / "token").read_text()
        hub.snapshot("owner/net", {"weights_folder": folder}).weights()
    at = tmp_path / "cache" / "models--owner--net"
    assert noted == [str(at / "refs" / "main"), str(at / "snapshots" / ONE / "model.safetensors")]
