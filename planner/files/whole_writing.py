"""Writes files and folders whole or not at all. Nothing else of this package opens a file for writing.

What is written lies under a name of its own beside its place until it is whole, and is then given its name in one
step. That name is random, is made anew and never followed, so that nothing planted beforehand can be written through;
it tells which process it belongs to, so that a later run clears away what a killed one has left. Permissions are those
that the user's mask gives. No file is written over unless it is one of ours of the same kind, and nothing at all is
written into an approved run.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from planner.errors import CaseFaults, Fault, OutputError
from planner.files.process_identity import has_ended, own_identity
from planner.files.run_approval import require_unapproved

LONGEST_NAME = 255
"""Bytes in the name of a file or folder on common file systems."""
_SHORT = 80
_DRAFT = re.compile(r"\.(.*)\.([0-9a-f]{8}-\d+-\d+)\.[0-9a-f]{8}\.(partial|earlier)", re.DOTALL)
_NEW = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)
_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV})


def cut_to_bytes(text: str, most: int) -> str:
    """Returns the longest beginning of a text that takes at most so many bytes as the name of a file.

    >>> cut_to_bytes("Ωmega", 3)
    'Ωm'
    """
    return os.fsencode(text)[:most].decode("utf-8", "ignore")


def require_target(target: Path, *, ours: Sequence[bytes] = ()) -> None:
    """Tries a place for a file before the work that fills it, and leaves nothing there.

    `ours` are beginnings by which an earlier file of the same kind is known, which may be written over.

    Raises:
        CaseFaults: something else is there, it lies in an approved run, or nothing can be written there.
    """
    require_unapproved(target)
    _require_free(target, ours)
    _try(target, is_folder=False)


def require_folder_target(folder: Path) -> None:
    """Tries a place for a folder before the work that fills it, and leaves nothing there.

    Raises:
        CaseFaults: it is something else, lies in an approved run, or cannot be made.
    """
    require_unapproved(folder)
    with contextlib.suppress(OSError, ValueError):
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise CaseFaults([Fault(str(folder), "is not a folder", "Name a folder that is empty or does not exist.")])
    _try(folder, is_folder=True)


def write_file(
    target: Path, pieces: bytes | Iterable[bytes], *, ours: Sequence[bytes] = (), beside_approval: bool = False
) -> Path:
    """Writes a file, whole or not at all, and returns it; `ours` as for `require_target`.

    `beside_approval` is for the one record that an approved run gets when another takes its place.

    Raises:
        CaseFaults: something else is there, or it lies in an approved run.
        OutputError: the machine refuses.
    """
    if not beside_approval:
        require_unapproved(target)
    _require_free(target, ours)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with draft_of(target) as draft:
            write_new(draft, pieces, beside_approval=beside_approval)
            _require_free(target, ours)
            _put(draft, target, replaces=bool(ours))
            sync_folder(target.parent)
    except OSError as error:
        raise unwritten(target, error) from error
    return target


def write_new(
    path: Path, pieces: bytes | Iterable[bytes], *, lasts: bool = True, beside_approval: bool = False
) -> None:
    """Writes a file that is not there yet; `lasts` waits until the disk has it, `beside_approval` as for `write_file`.

    Raises:
        CaseFaults: it lies in an approved run.
        OSError: the machine refuses, or something is there.
    """
    if not beside_approval:
        require_unapproved(path)
    with os.fdopen(os.open(path, _NEW, 0o666), "wb") as file:
        for piece in (pieces,) if isinstance(pieces, bytes) else pieces:
            file.write(piece)
        if lasts:
            file.flush()
            os.fsync(file.fileno())


@contextlib.contextmanager
def draft_of(target: Path) -> Iterator[Path]:
    """Gives a free name beside a place, and takes away whatever is left under it in the end.

    Raises:
        OSError: nothing can be made there.
    """
    clear_stale(target)
    draft = _beside(target, "partial")
    try:
        yield draft
    finally:
        _remove(draft)


@contextlib.contextmanager
def set_aside(target: Path) -> Iterator[None]:
    """Moves away what is at a place while another takes it; where that fails it comes back, else it goes.

    Raises:
        CaseFaults: it is, holds or lies in an approved run.
        OSError: the machine refuses.
    """
    require_unapproved(target, and_below=True)
    aside = _beside(target, "earlier")
    target.rename(aside)
    with contextlib.ExitStack() as unless_it_is_there:
        unless_it_is_there.callback(aside.rename, target)
        yield
        unless_it_is_there.pop_all()
    _remove(aside)


def clear_stale(target: Path) -> None:
    """Takes away what processes that have ended left beside a place; what they had set aside of it comes back."""
    try:
        names = [path.name for path in target.parent.iterdir()]
    except OSError:
        return
    for name in names:
        found = _DRAFT.fullmatch(name)
        if found is None or not has_ended(found[2]):
            continue
        left = target.parent / name
        if found[3] == "partial":
            _remove(left)
        elif found[1] == cut_to_bytes(target.name, _SHORT):
            if os.path.lexists(target):
                _remove(left)
            else:
                with contextlib.suppress(OSError):
                    left.rename(target)


def open_log(path: Path) -> IO[bytes]:
    """Opens a log to be added to; a link, or what is no file, is not written to.

    Raises:
        CaseFaults: it lies in an approved run.
        OSError: the machine refuses, or it is no file.
    """
    return os.fdopen(_opened(path, os.O_WRONLY | os.O_APPEND), "ab")


def open_lock(path: Path) -> int:
    """Opens the file of a lock, which is made where it is missing; a link, or what is no file, is not followed.

    Raises:
        CaseFaults: it lies in an approved run.
        OSError: the machine refuses, or it is no file.
    """
    return _opened(path, os.O_RDWR)


def sync_file(path: Path) -> None:
    """Waits until the disk has a file.

    Raises:
        OSError: the machine refuses.
    """
    handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Asks the system to keep the names in a folder; some systems cannot be asked."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unwritten(target: Path, error: OSError) -> OutputError:
    """Returns what is said where the machine refuses to write to a place."""
    return OutputError(f"{target} could not be written: {error.strerror or error}. Nothing was left there.")


def _opened(path: Path, how: int) -> int:
    require_unapproved(path)
    flags = how | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0), 0o666)
    status = os.fstat(handle)
    # A second name of a file lies somewhere else as well, and belongs to whatever is there.
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file of its own", str(path))
    return handle


def _require_free(target: Path, ours: Sequence[bytes]) -> None:
    """Raises CaseFaults where something is at a place that may not be written over."""
    remedy = "Choose another name."
    try:
        status = os.lstat(target)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise CaseFaults([_refused(target, error)]) from error
    if stat.S_ISLNK(status.st_mode):
        raise CaseFaults([Fault(str(target), "is a link, and links are not followed when writing", remedy)])
    if stat.S_ISDIR(status.st_mode):
        raise CaseFaults([Fault(str(target), "is a folder", "Name a file in it.")])
    if not stat.S_ISREG(status.st_mode):
        raise CaseFaults([Fault(str(target), "is a device, a pipe or a socket, and no file", remedy)])
    if not ours or not _begins_with(target, ours):
        raise CaseFaults([Fault(str(target), "exists already and is not overwritten", remedy)])


def _begins_with(target: Path, beginnings: Sequence[bytes]) -> bool:
    try:
        with target.open("rb") as file:
            head = file.read(max(map(len, beginnings)))
    except OSError:
        return False
    return head.startswith(tuple(beginnings))


def _try(target: Path, *, is_folder: bool) -> None:
    """Makes what is missing of a place, and a draft in it, and takes all of it away again."""
    made: list[Path] = []
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(_take_away, made)
            missing = [folder for folder in reversed(target.parents) if not folder.exists()]
            for folder in [*missing, *([target] if is_folder and not target.exists() else [])]:
                # Another run may make the same folder at this moment, which is then not ours to take away.
                with contextlib.suppress(FileExistsError):
                    folder.mkdir()
                    made.append(folder)
            # A name that is too long for the file system is found by looking for it.
            with contextlib.suppress(FileNotFoundError):
                os.lstat(target)
            with draft_of(target) as draft:
                write_new(draft, b"", lasts=False)
    except (OSError, ValueError) as error:
        raise CaseFaults([_refused(target, error)]) from error


def _take_away(folders: list[Path]) -> None:
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _refused(target: Path, error: OSError | ValueError) -> Fault:
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        longest = max(len(os.fsencode(part)) for part in target.parts)
        expected = f"is too long a name for the file system (a part of it has {longest} bytes, of {LONGEST_NAME})"
        return Fault(cut_to_bytes(str(target), _SHORT) + "…", expected, "Choose a shorter name.")
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else "it is no name of a file"
    return Fault(str(target), f"cannot be written to ({reason})", "Name another place, or ask for the right to.")


def _beside(target: Path, kind: str) -> Path:
    name = f".{cut_to_bytes(target.name, _SHORT)}.{own_identity()}.{secrets.token_hex(4)}.{kind}"
    return target.with_name(name)


def _put(draft: Path, target: Path, *, replaces: bool) -> None:
    """Gives a draft its name; one that somebody else has taken in the meantime is left alone."""
    if replaces:
        draft.replace(target)
        return
    try:
        os.link(draft, target, follow_symlinks=False)
    except FileExistsError:
        _require_free(target, ())
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without second names, such as that of a memory card.
        draft.rename(target)
    except NotImplementedError:
        draft.rename(target)


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
