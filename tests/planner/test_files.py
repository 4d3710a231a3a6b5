"""Files: regular ones only and up to a size; written whole or not at all, and never over anything that is not ours."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from planner.case import read_case
from planner.cli.commands import app
from planner.errors import CaseFaults, OutputError, UnreadableError
from planner.files.process_identity import has_ended, own_identity
from planner.files.run_folder import folder_name
from planner.files.safe_reading import read_file, read_json
from planner.files.whole_writing import (
    clear_stale,
    cut_to_bytes,
    draft_of,
    open_lock,
    open_log,
    require_target,
    set_aside,
    write_file,
)
from tests.planner.tiny import FILES, ROOT, environment, names_in, write_tiny

runner = CliRunner(env={"COLUMNS": "100"})


def fleetplan(*arguments, cwd, timeout=60):
    """Runs a command in this process; one that waits for a pipe is ended by an alarm."""
    here = Path.cwd()
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(timeout)
    os.chdir(cwd)
    try:
        result = runner.invoke(app, [str(argument) for argument in arguments])
    finally:
        os.chdir(here)
        signal.alarm(0)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def _too_long(number, frame):
    pytest.fail("it waits for something that does not come")


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices and links of POSIX")

KINDS = (
    "pipe",
    "socket",
    "device",
    "endless",
    "link to a device",
    "link out",
    "link to a pipe",
    "dangling",
    "loop",
    "folder",
)


def put(kind, path, elsewhere):
    """Puts something that is no ordinary file at a path; what it leads to lies elsewhere."""
    elsewhere.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        here = Path.cwd()
        os.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
        os.chdir(here)
    elif kind == "device":
        path.symlink_to("/dev/null")
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "link to a device":
        (elsewhere / "on").symlink_to("/dev/random")
        path.symlink_to(elsewhere / "on")
    elif kind == "link out":
        (elsewhere / "secret").write_text("offer,period,unit_price_usd\nchip_list,2027,100000\n")
        path.symlink_to(elsewhere / "secret")
    elif kind == "link to a pipe":
        os.mkfifo(elsewhere / "pipe")
        path.symlink_to(elsewhere / "pipe")
    elif kind == "dangling":
        path.symlink_to(elsewhere / "nothing")
    elif kind == "loop":
        path.symlink_to(path.name)
    else:
        path.mkdir()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["prices.csv", "plan.toml"])
def test_check_and_plan_read_ordinary_files_of_the_case_only(tmp_path, kind, name):
    case = write_tiny(tmp_path / "case")
    (case / name).unlink()
    put(kind, case / name, tmp_path / "elsewhere")
    for arguments in (["check", case], ["plan", case, "-o", "run"]):
        ended = fleetplan(*arguments, cwd=tmp_path, timeout=20)
        assert ended.returncode == 2, ended.stderr
        assert f"{name}: " in ended.stderr
        assert "Traceback" not in ended.stderr
    assert names_in(tmp_path) == ["case", "elsewhere"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "link out"])
def test_a_workbook_that_is_no_ordinary_file_is_refused(tmp_path, kind):
    put(kind, tmp_path / "case.xlsx", tmp_path / "elsewhere")
    ended = fleetplan("check", "case.xlsx", cwd=tmp_path, timeout=20)
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_link_inside_the_case_is_followed(tmp_path):
    case = write_tiny(tmp_path / "case")
    (case / "kept").mkdir()
    (case / "prices.csv").rename(case / "kept" / "prices.csv")
    (case / "prices.csv").symlink_to("kept/prices.csv")
    assert fleetplan("check", case, cwd=tmp_path).returncode == 0
    (tmp_path / "linked").symlink_to(case)
    assert fleetplan("check", "linked", cwd=tmp_path).returncode == 0


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    base = tmp_path_factory.mktemp("files")
    ended = fleetplan("plan", write_tiny(base / "case"), "-o", "run", cwd=base)
    assert ended.returncode == 0, ended.stderr
    return base / "run"


RUN_FILES = ["manifest.json", "plan.json", "tables/orders.csv", "inputs/prices.csv", "run.log", "tables/new.csv"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RUN_FILES)
def test_verify_reads_ordinary_files_of_the_run_only(run, tmp_path, kind, name):
    there = shutil.copytree(run, tmp_path / "run")
    (there / name).unlink(missing_ok=True)
    put(kind, there / name, tmp_path / "elsewhere")
    ended = fleetplan("verify", there, cwd=tmp_path, timeout=20)
    is_nothing = kind == "folder" and name == "tables/new.csv"
    assert ended.returncode in ((0,) if is_nothing else (2, 5)), ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
    if name.endswith(".json"):
        for arguments in (["report", there], ["compare", run, there, "-o", "c"]):
            ended = fleetplan(*arguments, cwd=tmp_path, timeout=20)
            assert ended.returncode == 2, ended.stderr


@pytest.mark.parametrize("name", ["inputs", "tables"])
def test_a_folder_of_a_run_that_leads_elsewhere_is_not_followed(run, tmp_path, name):
    there = shutil.copytree(run, tmp_path / "run")
    (there / name).rename(tmp_path / "elsewhere")
    (there / name).symlink_to(tmp_path / "elsewhere")
    ended = fleetplan("verify", there, cwd=tmp_path)
    assert ended.returncode in (2, 5)
    assert "consistent with its inputs" not in ended.stdout


def test_sizes_are_counted_while_reading(tmp_path):
    """Files of the system say that they are empty, and a file may grow while it is read."""
    assert Path("/proc/self/status").stat().st_size == 0
    assert b"Name:" in read_file(Path("/proc/self/status"))
    with pytest.raises(UnreadableError, match="has more than the 0 MB that are read"):
        read_file(Path("/proc/self/status"), most=10)
    path = tmp_path / "growing"
    path.write_bytes(b"x" * 1000)
    assert read_file(path, most=1000) == b"x" * 1000
    with pytest.raises(UnreadableError, match="has more than"):
        read_file(path, most=999)
    over = threading.Event()

    def grow():
        with path.open("ab") as file:
            while not over.is_set():
                file.write(b"y" * 65536)
                file.flush()

    thread = threading.Thread(target=grow)
    thread.start()
    while path.stat().st_size < 3_000_000:
        time.sleep(0.01)
    try:
        with pytest.raises(UnreadableError, match="has more than the 3 MB"):
            read_file(path, most=3_000_000)
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[1]",
        '"a"',
        "{",
        "",
        "nul",
        '{"a": 1' + "0" * 5000 + "}",
        '{"a": 1' + "0" * 400 + "}",
        "\x00",
        "{\ud800".encode("utf-8", "replace").decode(),
    ],
)
def test_what_is_no_object_of_json_is_refused_with_a_sentence(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(UnreadableError):
        read_json(tmp_path / "a.json")


HEAD = FILES["plan.toml"]
DEEP = {
    "a long key": "a." * 250_000 + "b = 1\n",
    "a deep list": "a = " + "[" * 50_000 + "]" * 50_000 + "\n",
    "a deep table": "a = " + "{b = " * 9 + "1" + "}" * 9 + "\n",
    "a deep header and many keys": "[" + "a." * 200_000 + "b]\n" + "".join(f"k{n} = 1\n" for n in range(20_000)),
    "quoted parts": '"a".' * 100_000 + "b = 1\n",
    "two megabytes": "# " + "x" * 2_000_000 + "\n",
}


@pytest.mark.parametrize("kind", DEEP)
def test_a_small_plan_toml_takes_little_memory_and_time(tmp_path, kind):
    case = write_tiny(tmp_path / "case", plan=HEAD.replace("[solver]", DEEP[kind] + "[solver]"))
    code = "import resource, sys\nresource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))\n"
    code += f"sys.argv = ['fleetplan', 'check', {str(case)!r}]\nfrom planner.cli import main\nmain()"
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2, ended.stderr
    assert "plan.toml" in ended.stderr
    assert time.monotonic() - began < 20


def test_dots_and_brackets_in_texts_are_not_counted(tmp_path):
    name = '"""\n' + "[.[." * 20 + '"""'
    plan = HEAD.replace('name = "tiny"', f'name = "a.b.c.d.e.f.g.h.i.j.k [[[[[[[[[[" # {"[." * 30}')
    assert fleetplan("check", write_tiny(tmp_path / "one", plan=plan), cwd=tmp_path).returncode == 0
    ended = fleetplan("check", write_tiny(tmp_path / "two", plan=HEAD.replace('"tiny"', name)), cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr


def test_many_rows_are_read_in_a_time_that_grows_with_their_number(tmp_path):
    """Twenty offers with a price in each of 1,000 months: looking through all rows for each is ten times as slow."""
    months = [f"{2027 + month // 12}-{month % 12 + 1:02d}" for month in range(1000)]
    plan = HEAD.replace('"2027"', '"2027-01"').replace('"year"', '"month"')
    offers = "".join(f"chip_{offer},chip,buy,4\n" for offer in range(20))
    prices = "".join(f"chip_{offer},{month},{100000 + at}\n" for offer in range(20) for at, month in enumerate(months))
    case = write_tiny(
        tmp_path / "case",
        plan=plan.replace("periods = 2", "periods = 1000"),
        offers=f"offer,accelerator,kind,lot_size\n{offers}",
        prices=f"offer,period,unit_price_usd\n{prices}",
        demand="workload,period,queries_per_day_million\nchat,2027-01,8.64\n",
        budgets="budget,categories,span,amount_musd\ncompute,all,2027-01..2110-04,5\n",
    )
    steps, began = [], time.process_time()
    found = read_case(case, on_step=steps.append)
    assert time.process_time() - began < 3.0
    assert found.row_counts["prices.csv"] == (20_000, 0)
    assert steps == ["checking 20,026 rows against each other"]


# What is written, by which command, and a name that it takes; each is tried against everything that may be there.
WRITERS = {
    "export-model --lp": ("out.lp", lambda case, run, to: ["export-model", case, "--lp", to]),
    "export-model --mps": ("out.mps", lambda case, run, to: ["export-model", case, "--mps", to]),
    "formulation": ("out.md", lambda case, run, to: ["formulation", "-o", to]),
    "template": ("out.xlsx", lambda case, run, to: ["template", to]),
    "convert": ("out.xlsx", lambda case, run, to: ["convert", case, to]),
    "annotate": ("out.xlsx", lambda case, run, to: ["check", case.parent / "bad", "--annotate", to]),
    "slides": ("out.pptx", lambda case, run, to: ["report", run, "-o", to.parent / "report", "--slides", to]),
}  # fmt: skip


@pytest.fixture(scope="module")
def around(run, tmp_path_factory):
    base = tmp_path_factory.mktemp("writers")
    case = write_tiny(base / "case")
    write_tiny(base / "bad", prices="offer,period,unit_price_usd\nchip_list,2027,-1\n")
    return case, run


@pytest.mark.parametrize("writer", WRITERS)
def test_nothing_is_written_over_a_device_an_input_or_through_a_link(around, tmp_path, writer):
    name, arguments = WRITERS[writer]
    before = {path: path.read_bytes() for path in around[0].iterdir()}
    for kind in (
        "file",
        "input",
        "device",
        "pipe",
        "socket",
        "link out",
        "link to a device",
        "dangling",
        "loop",
        "folder",
    ):
        place = tmp_path / kind.replace(" ", "-")
        place.mkdir()
        target = place / name
        if kind == "file":
            target.write_bytes(b"mine")
        elif kind == "input":
            os.link(around[0] / "prices.csv", target)
        else:
            put(kind, target, tmp_path / "elsewhere")
        there = names_in(place)
        mode = os.lstat(target)
        ended = fleetplan(*arguments(*around, target), cwd=tmp_path, timeout=30)
        assert ended.returncode == 2, (kind, ended.stdout, ended.stderr)
        assert "Traceback" not in ended.stderr
        assert names_in(place) == there, kind
        assert os.lstat(target).st_ino == mode.st_ino
        if kind == "file":
            assert target.read_bytes() == b"mine"
    assert {path: path.read_bytes() for path in around[0].iterdir()} == before
    shutil.rmtree(tmp_path / "elsewhere")


@pytest.mark.parametrize("device", ["/dev/null", "/dev/stdout", "/dev/full"])
def test_a_device_that_is_named_stays_one(around, tmp_path, device):
    for arguments in (["export-model", around[0], "--lp", device], ["formulation", "-o", device]):
        assert fleetplan(*arguments, cwd=tmp_path).returncode == 2
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("writer", WRITERS)
def test_an_earlier_file_of_ours_and_of_the_same_kind_may_be_written_over_or_never(around, tmp_path, writer):
    name, arguments = WRITERS[writer]
    ended = fleetplan(*arguments(*around, tmp_path / name), cwd=tmp_path, timeout=60)
    assert (tmp_path / name).is_file(), ended.stderr
    first = (tmp_path / name).read_bytes()
    again = fleetplan(*arguments(*around, tmp_path / name), cwd=tmp_path, timeout=60)
    replaces = writer in ("export-model --lp", "export-model --mps", "formulation", "slides")
    assert again.returncode == (0 if replaces else 2), again.stderr
    assert (tmp_path / name).read_bytes() == first


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_permissions_are_those_of_the_users_mask(around, tmp_path, mask):
    for writer, (name, arguments) in WRITERS.items():
        place = tmp_path / writer.replace(" ", "")
        place.mkdir()
        subprocess.run(
            [sys.executable, "-m", "planner.cli", *map(str, arguments(*around, place / name))],
            cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False, umask=mask,
        )  # fmt: skip
        assert stat.S_IMODE((place / name).stat().st_mode) == 0o666 & ~mask, writer
    ended = subprocess.run(
        [sys.executable, "-m", "planner.cli", "plan", str(around[0]), "-o", str(tmp_path / "run")],
        cwd=tmp_path, env=environment(), capture_output=True, timeout=60, check=False, umask=mask,
    )  # fmt: skip
    assert ended.returncode == 0
    for path in [tmp_path / "run", *(tmp_path / "run").rglob("*")]:
        most = 0o777 if path.is_dir() else 0o666
        assert stat.S_IMODE(path.stat().st_mode) == most & ~mask, path


LONG = {
    "letters": "x" * 300,
    "two bytes each": "é" * 200,
    "four bytes each": "😀" * 100,
    "deep": "/".join(["y" * 200] * 30),
}


@pytest.mark.parametrize("kind", LONG)
def test_a_name_that_is_too_long_is_said_before_the_solve(tmp_path, kind):
    case = write_tiny(tmp_path / "case")
    ended = fleetplan("plan", case, "-o", LONG[kind], cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr
    assert "defect" not in ended.stderr
    assert "solving" not in ended.stderr
    assert len(ended.stderr) < 900
    for arguments in (["check", LONG[kind]], ["verify", LONG[kind]], ["export-model", case, "--lp", LONG[kind]],
                      ["formulation", "-o", LONG[kind]], ["template", LONG[kind]], ["convert", case, LONG[kind]],
                      ["compare", LONG[kind], LONG[kind]]):  # fmt: skip
        ended = fleetplan(*arguments, cwd=tmp_path)
        assert ended.returncode == 2, (arguments[0], ended.stderr)
        assert "defect" not in ended.stderr
    assert names_in(tmp_path) == ["case"]


@pytest.mark.parametrize("name", ["é" * 200, "😀" * 50, "con", "AUX.txt", "nul", "...", "a/../../b", "x" * 200])
def test_any_name_of_a_case_makes_a_folder(tmp_path, name):
    case = write_tiny(tmp_path / "case", plan=HEAD.replace('"tiny"', json.dumps(name, ensure_ascii=False)))
    ended = fleetplan("plan", case, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    (made,) = (tmp_path / "outputs").iterdir()
    assert len(os.fsencode(made.name)) <= 100
    assert made.name.partition(".")[0].lower() not in ("con", "aux", "nul")


def test_names_are_cut_between_letters():
    for text in ("x" * 300, "é" * 300, "a😀" * 100, "…"):
        for most in range(1, 40):
            cut = cut_to_bytes(text, most)
            assert text.startswith(cut)
            assert most - 4 < len(cut.encode()) <= most or cut == text
    assert folder_name("") == "case"
    assert folder_name("a b\nc") == "a-b-c"


@pytest.mark.parametrize("place", ["nothing/may/be/made", "a file/x"])
def test_a_place_that_cannot_be_written_to_is_said_before_the_solve(tmp_path, place):
    case = write_tiny(tmp_path / "case")
    (tmp_path / "a file").write_text("x")
    (tmp_path / "nothing").mkdir(mode=0o555)
    if os.geteuid() == 0 and place.startswith("nothing"):
        pytest.skip("nothing is forbidden to root")
    ended = fleetplan("plan", case, "-o", place, cwd=tmp_path)
    assert ended.returncode == 2
    assert "solving" not in ended.stderr


def test_trying_a_place_leaves_nothing_behind(tmp_path):
    require_target(tmp_path / "a" / "b" / "c.lp")
    assert names_in(tmp_path) == []


def test_a_draft_has_a_name_that_nobody_can_plant(tmp_path):
    seen = set()
    for _ in range(20):
        with draft_of(tmp_path / "x") as draft:
            seen.add(draft.name)
    assert len(seen) == 20


def test_what_comes_to_lie_at_a_place_meanwhile_is_not_written_over(tmp_path):
    target = tmp_path / "out"

    def pieces():
        yield b"ours"
        target.write_bytes(b"theirs")

    with pytest.raises(CaseFaults, match="exists already"):
        write_file(target, pieces())
    assert target.read_bytes() == b"theirs"
    assert names_in(tmp_path) == ["out"]


def test_a_full_disk_leaves_nothing(tmp_path):
    def pieces():
        yield b"some"
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"No space left on device\. Nothing was left there"):
        write_file(tmp_path / "out", pieces())
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("opened", [open_lock, open_log])
@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "link out", "dangling", "loop", "folder", "second name"])
def test_locks_and_logs_are_not_opened_through_anything(tmp_path, opened, kind):
    if kind == "second name":
        (tmp_path / "mine").write_text("mine")
        os.link(tmp_path / "mine", tmp_path / "lock")
    else:
        put(kind, tmp_path / "lock", tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"\[Errno"):
        opened(tmp_path / "lock")
    if kind == "dangling":
        assert not (tmp_path / "elsewhere" / "nothing").exists()


@pytest.mark.parametrize("name", ["lock", "sweep.log", "points", "case.json", ".drafts"])
def test_a_sweep_writes_through_no_link(tmp_path, name):
    case = write_tiny(tmp_path / "case", disruptions="disruption,target,field,effect,value,start,months\n"
                      "dear,chip_list,price,multiply,2,2028,12\n")  # fmt: skip
    (tmp_path / "points").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").write_text("mine")
    (tmp_path / "points" / name).symlink_to(
        tmp_path / "elsewhere" / ("mine" if "." in name[1:] or name == "lock" else "")
    )
    ended = fleetplan("disrupt", case, "--points", "points", "-o", "study", cwd=tmp_path)
    assert ended.returncode == 2, ended.stderr
    assert "is a link" in ended.stderr or "is not an earlier sweep" in ended.stderr or "is not empty" in ended.stderr
    assert names_in(tmp_path / "elsewhere") == ["mine"]
    assert (tmp_path / "elsewhere" / "mine").read_text() == "mine"


def test_a_file_called_lock_that_is_no_lock_is_left_alone(tmp_path):
    from planner.sweeps.sweep_lock import SweepLock

    (tmp_path / "lock").write_text("my notes on locks")
    with pytest.raises(CaseFaults, match="is not the lock of a sweep"), SweepLock(tmp_path, None):
        pass
    assert (tmp_path / "lock").read_text() == "my notes on locks"


def ended_identity():
    """The identity of a process that has ended."""
    code = "from planner.files.process_identity import own_identity; print(own_identity())"
    return subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def test_only_what_ended_processes_left_is_cleared_away(tmp_path):
    gone, here = ended_identity(), own_identity()
    assert has_ended(gone)
    assert not has_ended(here)
    assert not has_ended("0" * 8 + gone[8:]), "of another machine nobody can tell"
    machine, number, start = here.split("-")
    assert has_ended(f"{machine}-{number}-{int(start) + 1}"), "the number has been given to another process"
    with subprocess.Popen(["sleep", "60"]) as other:
        begun = Path(f"/proc/{other.pid}/stat").read_text().rpartition(")")[2].split()[19]
        alive = f"{machine}-{other.pid}-{begun}"
        assert not has_ended(alive)
        for who, name in ((gone, "gone"), (alive, "alive"), ("0" * 8 + gone[8:], "far")):
            (tmp_path / f".run.{who}.{'0' * 8}.partial").mkdir()
            (tmp_path / f".run.{who}.{'0' * 8}.partial" / name).write_text("x")
        (tmp_path / f".out.lp.{gone}.{'1' * 8}.partial").write_text("x")
        (tmp_path / ".mine.partial").write_text("x")
        (tmp_path / "kept").mkdir()
        (tmp_path / f".link.{gone}.{'2' * 8}.partial").symlink_to(tmp_path / "kept")
        clear_stale(tmp_path / "run")
        assert names_in(tmp_path) == sorted(
            [".mine.partial", "kept", f".run.{alive}.{'0' * 8}.partial", f".run.{'0' * 8 + gone[8:]}.{'0' * 8}.partial"]
        )
        other.kill()


def test_a_run_that_was_set_aside_by_a_killed_process_comes_back(tmp_path):
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom planner.files.whole_writing import set_aside\n"
        "with set_aside(Path(sys.argv[1])):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "plan.json").write_text("{}")
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run")], env=environment(), check=False, timeout=30
    )
    assert ended.returncode == -signal.SIGKILL
    assert not (tmp_path / "run").exists()
    clear_stale(tmp_path / "run")
    assert names_in(tmp_path) == ["run"]
    assert names_in(tmp_path / "run") == ["plan.json"]


def test_what_was_set_aside_comes_back_when_its_successor_fails(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(ValueError, match="no"), set_aside(tmp_path / "run"):
        int("no")
    assert names_in(tmp_path) == ["run"]


OPENERS = {"write_text", "write_bytes", "mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "touch"}
ONE_PLACE = "planner/files/whole_writing.py"
# They open `os.devnull` in the place of a stream that is closed.
STREAMS = "planner/streams.py"


def opens_for_writing(call):
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "to_csv":
        return bool(call.args)
    if name in OPENERS and isinstance(call.func, ast.Attribute):
        return True
    if name == "open" and ast.unparse(call.func) != "os.open":
        of_path = isinstance(call.func, ast.Attribute)
        mode = [*call.args[0 if of_path else 1 :], *(word.value for word in call.keywords if word.arg == "mode")][:1]
        return any(isinstance(each, ast.Constant) and set(str(each.value)) & set("wax+") for each in mode)
    if ast.unparse(call.func) == "os.open":
        return ast.unparse(call.args[1]) not in ("os.O_RDONLY", "_READ_ONLY")
    return False


def test_nothing_else_opens_a_file_for_writing():
    """Solvers below `models` work in a folder of their own that nobody else can reach."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "planner").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and opens_for_writing(node)
    }
    assert found - {STREAMS} == {ONE_PLACE}
