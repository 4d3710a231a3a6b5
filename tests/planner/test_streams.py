"""Outputs that are narrow, full, closed or gone, and signals that ask to end: a sentence and the documented code."""

from __future__ import annotations

import codecs
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planner.streams import PLAIN, in_plain_letters
from tests.planner.tiny import INPUTS, command, environment, names_in, write_tiny

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and signals of POSIX")


@pytest.fixture
def tiny(tmp_path):
    return write_tiny(tmp_path / "tiny", workloads="workload,min_service,penalty_usd_per_1000\ncafé→,1,5\n",
                      demand="workload,period,queries_per_day_million\ncafé→,2027,8.64\n",
                      throughput="accelerator,workload,queries_per_second\nchip,café→,10\n",
                      budgets="budget,categories,span,amount_musd\ncafé→,all,2027..2028,5\n")  # fmt: skip


def ran(arguments, cwd, **more):
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("stderr", subprocess.PIPE)
    return subprocess.run(
        command(*arguments), cwd=cwd, env=environment() | more.pop("env", {}), timeout=60, check=False, **more
    )


def closing(*numbers):
    def close():
        for number in numbers:
            os.close(number)

    return close


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-8"])
def test_an_output_that_cannot_take_a_tick_gets_ok(tmp_path, tiny, encoding):
    ended = ran(["plan", tiny, "-o", "run"], tmp_path, env={"PYTHONIOENCODING": encoding})
    assert ended.returncode == 0, ended.stderr
    shown = ended.stdout.decode(encoding)
    assert ("✔ Checked" if encoding == "utf-8" else "ok Checked") in shown
    assert ("caf\\xe9->" if encoding == "ascii" else "café→" if encoding == "utf-8" else "café->") in shown


def test_json_loses_no_letter_where_the_output_cannot_take_it(tmp_path, tiny):
    ended = ran(["check", tiny, "--json"], tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert json.loads(ended.stdout)["case"] == "tiny"
    ended = ran(["plan", tiny, "--json", "-o", "é"], tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert Path(json.loads(ended.stdout)["folder"]).name == "é"


def test_every_letter_that_the_commands_print_has_a_plain_one():
    codecs.register_error(PLAIN, in_plain_letters)
    text = "✔✘→←•·…≤≥≈×−–—±’“”│─━█\udc80\u202e"
    assert text.encode("ascii", PLAIN).isascii()
    with pytest.raises(UnicodeError):
        in_plain_letters(UnicodeDecodeError("utf-8", b"x", 0, 1, "is not one of encoding"))


@pytest.mark.parametrize("arguments", [["version"], ["--help"], ["formulation"], ["check"], ["plan"]])
@pytest.mark.parametrize("kind", ["full", "closed", "gone"])
def test_an_output_that_cannot_be_written_to_ends_in_a_sentence(tmp_path, tiny, arguments, kind):
    if arguments[0] == "check":
        arguments = ["check", str(tiny)]
    elif arguments[0] == "plan":
        arguments = ["plan", str(tiny), "-o", "run"]
    if kind == "full":
        with Path("/dev/full").open("wb") as full:
            ended = ran(arguments, tmp_path, stdout=full)
    elif kind == "closed":
        ended = ran(arguments, tmp_path, stdout=None, preexec_fn=closing(1))
    else:
        read, write = os.pipe()
        os.close(read)
        ended = ran(arguments, tmp_path, stdout=write)
        os.close(write)
    said = ended.stderr.decode()
    reason = {"full": "No space left on device", "closed": "it is closed", "gone": "its reader has closed it"}[kind]
    assert f"The standard output cannot be written to: {reason}." in said
    assert ended.returncode == 6
    assert "defect" not in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    if arguments[0] == "plan":
        assert f"The run is whole and checked: {tmp_path / 'run'}" in said
        assert ran(["verify", tmp_path / "run"], tmp_path).returncode == 0


@pytest.mark.parametrize("kind", ["full", "closed"])
def test_a_plan_is_made_without_an_error_stream(tmp_path, tiny, kind):
    if kind == "full":
        with Path("/dev/full").open("wb") as full:
            ended = ran(["plan", tiny, "-o", "run"], tmp_path, stderr=full)
    else:
        ended = ran(["plan", tiny, "-o", "run"], tmp_path, stderr=None, preexec_fn=closing(0, 2))
    assert ended.returncode == 0
    assert "Checked" in ended.stdout.decode()


def test_all_streams_may_be_closed(tmp_path, tiny):
    ended = ran(["plan", tiny, "-o", "run"], tmp_path, stdout=None, stderr=None, preexec_fn=closing(0, 1, 2))
    assert ended.returncode == 6
    assert ran(["verify", tmp_path / "run"], tmp_path).returncode == 0


def test_a_working_folder_that_is_gone_is_said_in_a_sentence(tmp_path, tiny):
    for arguments in (["plan", str(tiny)], ["check", str(tiny)], ["version"]):
        (tmp_path / "gone").mkdir()
        code = f"import os, sys; os.rmdir({str(tmp_path / 'gone')!r})\n"
        code += f"sys.path.insert(0, {environment()['PYTHONPATH']!r})\n"
        code += f"sys.argv = {['fleetplan', *arguments]!r}; from planner.cli import main; main()"
        ended = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path / "gone", capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 2, ended.stderr
        assert "the working directory: no longer exists. Change to an existing folder." in ended.stderr
        assert "Traceback" not in ended.stderr


def begun(tmp_path, *arguments):
    """Starts a search that takes minutes, and returns it once it has a plan."""
    process = subprocess.Popen(
        command("plan", INPUTS / "frontier-lab-quarterly", "--gap", "0", "-o", "run", *arguments),
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stderr:
        if "best plan" in line:
            return process
    return pytest.fail("no plan came")


def test_a_signal_to_end_keeps_the_best_plan_as_ctrl_c_does(tmp_path):
    process = begun(tmp_path)
    process.send_signal(signal.SIGTERM)
    out, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "Interrupted" in out
    assert "Stopped by your Ctrl-C" in out or "signal" in out


@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGTERM),
                                     (signal.SIGINT, signal.SIGINT, signal.SIGINT, signal.SIGINT)])  # fmt: skip
def test_twice_ends_at_once_in_a_sentence_and_leaves_nothing(tmp_path, signals):
    process = begun(tmp_path)
    for number in signals:
        process.send_signal(number)
        time.sleep(0.02)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Stopped. Nothing was written." in said
    assert "Traceback" not in said
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_without_a_search_ends_at_the_first_signal(tmp_path, number):
    # The handler runs in the main thread soon after the signal, which another thread may have taken.
    code = "import os, signal, time, planner.case as c, planner.cli as cli\n"
    # Tests that run in the background of a shell inherit signals that are switched off.
    code += f"signal.signal({int(number)}, signal.SIG_DFL)\n"
    code += f"def killed(*_, **__):\n    os.kill(os.getpid(), {int(number)})\n"
    code += "    [time.sleep(0.01) for _ in range(900)]\n"
    code += "c.read_case = killed\ncli.main()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "check", str(tmp_path)],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 130
    assert ended.stderr.strip() == "Stopped. Nothing was written."


def test_a_hang_up_is_not_heeded_where_it_was_switched_off(tmp_path):
    code = "import os, signal, planner.case as c, planner.cli as cli\nread = c.read_case\n"
    code += "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    code += "def hung_up(*a, **k):\n    os.kill(os.getpid(), signal.SIGHUP)\n    return read(*a, **k)\n"
    code += "c.read_case = hung_up\ncli.main()"
    case = write_tiny(tmp_path / "case")
    ended = subprocess.run(
        [sys.executable, "-c", code, "check", str(case)],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr


def test_a_failure_to_show_a_run_does_not_call_it_a_defect(tmp_path, tiny):
    code = "import planner.show.plan_text as p\np.show_plan = None\nfrom planner.cli import main\nmain()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "plan", str(tiny), "-o", "run"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 6
    assert f"The run is whole and checked: {tmp_path / 'run'}" in ended.stderr
    assert "defect" not in ended.stderr
