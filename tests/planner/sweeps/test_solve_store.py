"""The file of a plan's solves: whole or not at all, whatever is torn, full, in use or not ours."""

from __future__ import annotations

import errno
import hashlib
import os

import pytest

from planner.errors import CaseFaults
from planner.sweeps.point_store import require_folder
from planner.sweeps.solve_store import SolveStore, is_solves

NAME = "plan-0123.solves"


def key(number):
    return hashlib.sha256(bytes([number])).digest()


def filled(folder, count=3):
    """A file with some solves, and how long it was after each."""
    store, sizes = SolveStore(folder / NAME, b"case"), []
    for number in range(count):
        store.keep(key(number), bytes([number]) * (10 + number))
        sizes.append((folder / NAME).stat().st_size)
    store.close()
    return sizes


def test_solves_are_found_again_and_the_file_goes_when_the_plan_is_written(tmp_path):
    folder = tmp_path / "outputs" / "case" / "points"
    filled(folder)
    store = SolveStore(folder / NAME, b"case")
    assert (store.known, store.found, store.added, store.trouble) == (3, 0, 0, "")
    assert [store.find(key(number)) for number in range(4)] == [b"\0" * 10, b"\1" * 11, b"\2" * 12, None]
    store.keep(key(3), b"new")
    store.keep(key(3), b"again")
    assert (store.find(key(3)), store.find(key(1)), store.found, store.added) == (b"new", b"\1" * 11, 3, 1)
    store.remove()
    assert not (folder / NAME).exists()
    store.keep(key(4), b"late")
    assert not list(folder.iterdir())


def test_only_folders_that_were_made_for_it_go_with_the_file(tmp_path):
    (tmp_path / "outputs").mkdir()
    store = SolveStore(tmp_path / "outputs" / "case" / "points" / NAME, b"case")
    assert not (tmp_path / "outputs" / "case").exists(), "it is made with the first solve"
    store.keep(key(0), b"one")
    store.remove()
    assert [path.name for path in tmp_path.rglob("*")] == ["outputs"]


def test_a_torn_solve_is_cut_off_wherever_it_was_torn(tmp_path):
    sizes = filled(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    for length in range(sizes[1], sizes[2]):
        (tmp_path / NAME).write_bytes(whole[:length])
        store = SolveStore(tmp_path / NAME, b"case")
        assert store.known == 2
        store.keep(key(7), b"seven")
        store.close()
        store = SolveStore(tmp_path / NAME, b"case")
        assert (store.known, store.find(key(7)), store.find(key(1))) == (3, b"seven", b"\1" * 11)
        store.close()
    for length in range(sizes[0] - 83):
        (tmp_path / NAME).write_bytes(whole[:length])
        store = SolveStore(tmp_path / NAME, b"case")
        assert store.known == 0
        store.close()


def test_what_was_changed_and_all_behind_it_is_solved_again(tmp_path):
    sizes = filled(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    for place in range(sizes[0], sizes[1]):
        (tmp_path / NAME).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        store = SolveStore(tmp_path / NAME, b"case")
        assert store.known == 1, place
        store.close()


def test_solves_of_another_plan_are_not_taken_over(tmp_path):
    filled(tmp_path)
    store = SolveStore(tmp_path / NAME, b"other case")
    assert (store.known, store.find(key(0))) == (0, None)
    store.close()


def test_what_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / NAME).write_bytes(b"a diary, which is long enough to be something else")
    with pytest.raises(CaseFaults, match="does not hold the solves of a plan"):
        SolveStore(tmp_path / NAME, b"case")
    (tmp_path / "link").symlink_to(tmp_path / NAME)
    store = SolveStore(tmp_path / "link", b"case")
    store.keep(key(0), b"zero")
    assert store.trouble
    assert (tmp_path / NAME).read_bytes().startswith(b"a diary")


def test_the_second_of_two_runs_stores_nothing_and_says_so(tmp_path):
    first = SolveStore(tmp_path / NAME, b"case")
    first.keep(key(0), b"zero")
    second = SolveStore(tmp_path / NAME, b"case")
    second.keep(key(1), b"one")
    assert (second.find(key(0)), second.added) == (None, 0)
    assert second.trouble == "another run of the same plan stores its solves there"
    second.remove()
    assert first.find(key(0)) == b"zero"
    assert (tmp_path / NAME).exists()
    first.remove()


def test_a_full_disk_ends_the_storing_and_nothing_else(tmp_path, monkeypatch):
    store = SolveStore(tmp_path / NAME, b"case")
    store.keep(key(0), b"zero")
    write, room = os.write, [50]

    def full(handle, data):
        part = bytes(data)[: room[0]]
        if not part:
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= len(part)
        return write(handle, part)

    monkeypatch.setattr(os, "write", full)
    store.keep(key(1), b"one" * 100)
    store.keep(key(2), b"two")
    assert store.trouble == "No space left on device"
    assert (store.find(key(0)), store.find(key(1)), store.added) == (b"zero", None, 1)
    store.close()
    monkeypatch.undo()
    assert SolveStore(tmp_path / NAME, b"case").known == 1


def test_a_study_may_use_the_folder(tmp_path):
    filled(tmp_path)
    assert is_solves(NAME)
    require_folder(tmp_path)
