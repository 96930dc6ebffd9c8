"""Files of networks that are published at Hugging Face: in a local folder, in a cache, or downloaded."""

import functools
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..paths import folder_of_weights, resolve
from . import watch

_TIMEOUT = 10  # seconds until a network that does not answer counts as none
WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class Snapshot:
    """The files of one commit of a repository, or of a local folder, which has no `commit`.

    `fetches` says whether a file that is not there may be downloaded.
    """

    name: str
    folder: Path
    commit: str | None
    fetches: bool

    def file(self, name: str) -> Path | None:
        """A file, or None if the repository has none of this name. **Raises:** `InputError` if it cannot be had."""
        path = self.folder / name
        if not path.is_file() and self.fetches and not self._is_known_to_be_missing(name):
            _download(self.name, name, str(self.commit))
        if not path.is_file():
            return None
        watch.note(path)
        return path

    def config(self) -> dict[str, Any]:
        """What `config.json` says; nothing, if there is none. **Raises:** `InputError` if it cannot be read."""
        file = self.file("config.json")
        try:
            said = json.loads(file.read_text(encoding="utf-8")) if file else {}
        except (OSError, ValueError) as error:
            raise InputError(f"{self.name}: config.json cannot be read: {error}") from error
        if not isinstance(said, dict):
            raise InputError(f"{self.name}: config.json holds a {type(said).__name__}, and no mapping of keys")
        return said

    def weights(self, *names: str) -> Path:
        """The first file of weights that is there. **Raises:** `InputError` if there is none of these names."""
        found = next(filter(None, map(self.file, names or WEIGHTS)), None)
        if found is None:
            has = f"{self.name} holds no {' and no '.join(names or WEIGHTS)}"
            raise InputError(f"{has}; name a file in weights, or write weights: null for random ones")
        return found

    def _is_known_to_be_missing(self, name: str) -> bool:
        return (self.folder.parents[1] / ".no_exist" / str(self.commit) / name).exists()


def snapshot(place: str, settings: Mapping[str, Any]) -> Snapshot:
    """The files of `place`: a local folder `./FOLDER`, or a repository `OWNER/NAME` in the block's revision.

    What a cache holds is taken as it is, without asking whether there is a newer commit; in `weights_folder`, where the
    config names one, nothing is ever downloaded. **Raises:** `InputError`, one line, if it cannot be had.
    """
    if is_folder(place):
        folder = resolve(place)
        if not (folder / "config.json").is_file():
            raise InputError(f"{place} holds no config.json")
        return Snapshot(place, folder, None, False)
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", place):
        raise InputError(f"{place!r} is neither a repository OWNER/NAME nor a local folder ./FOLDER")
    given, revision = settings.get("weights_folder"), settings.get("commit") or settings.get("revision") or "main"
    cache = folder_of_weights(given) if given else _cache()
    at = cache / f"models--{place.replace('/', '--')}"
    commit = _commit(at, revision)
    if commit is None and given:
        raise InputError(f"weights_folder {given} holds no {at.name} in revision {revision}{_held(at)}")
    if commit is None:
        file = _download(place, "config.json", revision)
        if not file.is_file():
            raise InputError(f"{place} holds no config.json")
        commit = file.parent.name
    return Snapshot(place, at / "snapshots" / commit, commit, not given)


def is_folder(place: str) -> bool:
    """Whether a network is named by its local folder, and not by its name."""
    return place.startswith((".", "/", "package:"))


def _cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _commit(at: Path, revision: str) -> str | None:
    """The commit that a branch, a tag or the start of a commit stands for in a cache; None if it holds none."""
    named, found = at / "refs" / revision, revision
    if named.is_file():
        watch.note(named)
        found = named.read_text(encoding="utf-8").strip()
    commits = [path.name for path in (at / "snapshots").glob("*") if path.name.startswith(found)]
    return commits[0] if len(commits) == 1 and re.fullmatch("[0-9a-f]{6,40}", found) else None


def _held(at: Path) -> str:
    commits = sorted(path.name for path in (at / "snapshots").glob("*"))
    return f"; it holds {', '.join(commits)}: name one in revision" if commits else ""


def _download(place: str, file: str, revision: str) -> Path:
    """A file, downloaded into the cache; where a repository has none of this name, the cache notes that."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import RemoteEntryNotFoundError

    try:
        _ask(place, file, revision)
        return Path(hf_hub_download(place, file, revision=revision, etag_timeout=_TIMEOUT))
    except RemoteEntryNotFoundError:
        return Path(file)
    except Exception as error:
        raise InputError(_said(place, file, revision, error)) from error


@functools.cache
def _ask(place: str, file: str, revision: str) -> None:
    """One request, which raises at once if nobody answers; a download would try again for half a minute."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import RemoteEntryNotFoundError

    with suppress(RemoteEntryNotFoundError):
        get_hf_file_metadata(hf_hub_url(place, file, revision=revision), timeout=_TIMEOUT)


def _said(place: str, file: str, revision: str, error: Exception) -> str:
    """Why a file of a repository cannot be had; its config is the first that is asked for."""
    from huggingface_hub import errors

    match error:
        case errors.GatedRepoError():
            return f"{place} is gated: accept its terms on its page, then log in with `hf auth login`"
        case errors.RepositoryNotFoundError():
            return f"Hugging Face has no repository {place}, or it is private: `hf auth login` logs in{_beside(place)}"
        case errors.RevisionNotFoundError():
            return f"{place} has no revision {revision!r}"
    why = str(error).strip().partition("\n")[0].rstrip(".")
    what = place if file == "config.json" else f"{file} of {place}"
    return f"{what} is in no cache, and cannot be fetched: {why or type(error).__name__}{_beside(place)}"


def _beside(place: str) -> str:
    return f"; of the local folder write ./{place}" if Path(place).is_dir() else ""
