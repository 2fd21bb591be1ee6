"""Which logs to run: paths, globs and manifests, on disks and in object stores."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from avlabel.errors import InputError, SceneError
from avlabel.readers.registry import format_names
from avlabel.scenes.store import Store
from avlabel_pipelines.jobs import LogRef

OPTIONS = ("scene_id", "sequence", "lidar", "rig", "frames")
WILD = re.compile(r"[*?\[]")


def from_arguments(
    arguments: Sequence[str],
    format_name: str,
    sequences: Sequence[str] = (),
    lidar: str = "",
    rig: str = "",
) -> Iterator[LogRef]:
    """Logs named by paths, URIs or globs: each thing that fits is one log.

    Args:
        arguments: such as ``drives/*``, ``s3://fleet/2026-05-*/drive-*``.
        format_name: of all of them.
        sequences: which sequences of each; none for the only one.
        lidar: which LiDAR.
        rig: of all of them, in place of their own.

    Raises:
        InputError: for a format that there is not, or an argument that nothing fits.
    """
    check_format(format_name, "--format")
    for argument in arguments:
        found = [argument] if not WILD.search(argument) else expand(argument)
        if not found or ("://" not in argument and not Path(found[0]).exists()):
            raise InputError(f"{argument}: no such recording")
        for uri in found:
            for sequence in sequences or ("",):
                yield LogRef(
                    _absolute(uri), format_name, sequence=sequence, lidar=lidar, rig=_rig(rig)
                )


def expand(pattern: str) -> list[str]:
    """Everything that fits a glob, sorted; wildcards do not cross slashes."""
    head, separator, rest = pattern.partition("://") if "://" in pattern else ("", "", pattern)
    parts = rest.split("/")
    fixed = next(k for k, part in enumerate(parts) if WILD.search(part))
    found = [f"{head}{separator}{'/'.join(parts[:fixed])}"]
    for part in parts[fixed:]:
        found = [
            f"{folder}/{name}" if folder or fixed else name
            for folder in found
            for name in _fitting(folder or ("/" if fixed else "."), part)
        ]
    return sorted(found)


def _fitting(folder: str, part: str) -> list[str]:
    names = Store.at(folder).names()
    return [name for name in names if fnmatch.fnmatchcase(name, part) and name[0] != "."]


def from_manifest(uri: str) -> Iterator[LogRef]:
    """Logs of a manifest, one a line: ``URI FORMAT [name=value ...]``, names as in ``OPTIONS``.

    Words are set apart by blanks and quoted as in a shell; ``#`` begins a comment. A path that is
    not absolute starts at the manifest's folder and must not lead out of it, by ``..`` or by
    symbolic links; whoever means another place writes an absolute path or a URI.

    Raises:
        InputError: naming the line.
    """
    folder, _, name = uri.rpartition("/")
    base = Store.at(folder or ("/" if uri.startswith("/") else "."))
    try:
        text = base.read(name).to_pybytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"{uri}: no such manifest") from error
    except (OSError, SceneError) as error:
        raise InputError(f"{uri}: cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{uri}: expected UTF-8 text: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{uri}: line {number}"
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error
        if words:
            yield _log(words, base, where)


def check_format(name: str, where: str) -> None:
    """Refuse a format that no reader has.

    Raises:
        InputError: listing those there are.
    """
    known = format_names()
    if name not in known:
        raise InputError(f"{where}: format '{name}': expected one of {', '.join(known)}")


def _log(words: list[str], base: Store, where: str) -> LogRef:
    if len(words) < 2:
        raise InputError(f"{where}: expected URI FORMAT [name=value ...], got '{words[0]}'")
    uri, format_name, *options = words
    check_format(format_name, where)
    given = dict(_option(word, where) for word in options)
    first, last = _frames(given.pop("frames", ":"), where)
    if given.get("rig", "").endswith(".toml"):
        given["rig"] = _place(given["rig"], base, where)
    return LogRef(_place(uri, base, where), format_name, **given, first=first, last=last)


def _option(word: str, where: str) -> tuple[str, str]:
    name, separator, value = word.partition("=")
    if not separator or name not in OPTIONS or not value:
        known = ", ".join(OPTIONS)
        raise InputError(f"{where}: '{word}': expected name=value, with one of {known}")
    return name, value


def _frames(text: str, where: str) -> tuple[int | None, int | None]:
    match = re.fullmatch(r"(\d*):(\d*)", text)
    if match is None:
        raise InputError(f"{where}: frames={text}: expected A:B such as 36:51")
    first, last = (int(number) if number else None for number in match.groups())
    return first, last


def _place(uri: str, base: Store, where: str) -> str:
    if "://" in uri or uri.startswith("/"):
        return uri
    if ".." in PurePosixPath(uri).parts:
        raise InputError(f"{where}: '{uri}' leads out of the manifest's folder")
    if base.is_local:
        root = Path(base.base).resolve()
        if not (root / uri).resolve().is_relative_to(root):
            raise InputError(
                f"{where}: '{uri}' leads out of the manifest's folder by a symbolic link; "
                "write the absolute path if that is meant"
            )
    return base.path(uri)


def _rig(rig: str) -> str:
    return _absolute(rig) if rig.endswith(".toml") else rig


def _absolute(uri: str) -> str:
    return uri if "://" in uri else Path(uri).absolute().as_posix()
