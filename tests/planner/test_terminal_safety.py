"""No control or bidirectional character of an input or a run reaches a terminal or a pipe, whatever command is run.

Every name of a case, its text of notes, the files of a run and the arguments hold one. On a terminal all that is left
of escapes are colours and the moves of the live line, none of which a payload asks for.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest

from planner.documents.safe_text import plain_json, plain_lines
from planner.show.output_options import OutputOptions
from planner.streams import _ErrorStream, _Output
from tests.planner.tiny import FILES, command, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")

REVERSES = "\u202e\u2066"
PAYLOAD = "\x1b[2J\x1b]0z\x07\u202e\u2066\x9b7m"
"""Erases, sets the title, turns the reading direction, colours by a single byte."""
OURS = re.compile(r"\x1b\[(\d+(;\d+)*)?m|\x1b\[2K|\x1b\[1A|\x1b\[\?25[lh]|\r")
"""Colours, and what the live line does: erase a line, go up one, hide and show the cursor, go to the beginning."""
NAMES = ("chat", "chip_list", "chip", "maker", "home", "compute", "shock")


def hostile(folder, *, names=PAYLOAD):
    """The case of two periods, in which every note and source, and every name where wanted, holds a payload."""
    files = FILES | {
        "disruptions.csv": "disruption,target,field,start,effect,value,months\n"
        "shock,chip_list,price,2027,multiply,1.2,12\n"
    }
    folder.mkdir()
    for name, text in files.items():
        if name.endswith(".csv"):
            head, *rows = text.splitlines()
            body = "\n".join(rows)
            for word in NAMES:
                body = re.sub(rf"\b{word}\b", f"{word}{names}", body)
            rows = [f"{row},{PAYLOAD}note,{PAYLOAD}" for row in body.split("\n")]
            text = "\n".join([f"{head},note,source", *rows]) + "\n"
        else:
            escaped = "".join(f"\\u{ord(part):04x}" for part in names)
            text = text.replace('"tiny"', f'"tiny{escaped}"')
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


def on_a_terminal(arguments, cwd):
    """Runs a command whose three streams are one terminal, and returns what arrives there."""
    import pty

    ours, theirs = os.openpty() if not hasattr(pty, "openpty") else pty.openpty()
    found = []

    def read():
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                return
            if not part:
                return
            found.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    env = environment() | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command(*arguments), cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs, timeout=120, check=False
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    return done.returncode, b"".join(found).decode("utf-8")


def on_a_pipe(arguments, cwd):
    done = subprocess.run(
        command(*arguments), cwd=cwd, env=environment(), capture_output=True, timeout=120, check=False
    )
    return done.returncode, (done.stdout + done.stderr).decode("utf-8")


def foreign(text, *, is_terminal):
    """The characters of a text that are neither printable nor of our own making."""
    left = OURS.sub("", text) if is_terminal else text
    return [part for part in left if not part.isprintable() and part != "\n"]


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    hostile(folder / "names")
    return hostile(folder / "case", names="")


@pytest.fixture(scope="module")
def run(case):
    code, said = on_a_pipe(["plan", case, "-o", "run"], case.parent)
    assert code == 0, said
    assert not foreign(said, is_terminal=False)
    return case.parent / "run"


@pytest.fixture(scope="module")
def edited(run):
    """A run whose tables and plan.json were edited by hand, with payloads in them."""
    folder = run.parent / "edited"
    shutil.copytree(run, folder)
    for path in [*folder.glob("tables/*.csv"), folder / "plan.json"]:
        path.write_text(path.read_text(encoding="utf-8").replace("chip", f"ch\x1b[2J{REVERSES}ip"), encoding="utf-8")
    return folder


COMMANDS = {
    "check": "check case", "check json": "check case --json", "names": "check names",
    "names json": "plan names --json", "names of a study": "stress names --library",
    "plan": "plan case -o again --replace",
    "second solver": "plan case -o again --replace --second-solver cbc -v",
    "verify": "verify run", "verify an edited run": "verify edited", "report an edited run": "report edited",
    "compare": "compare run run -o comparison --replace", "compare an edited run": "compare run edited",
    "list": "disrupt case --list", "disrupt": "disrupt case -o study --replace --workers 1",
    "stress json": "stress case --json -o study --replace --workers 1",
    "a disruption that is not there": "stress case -d x\x1b[2J\u202e", "a file": "check \x1b[2Jx\u202e",
    "an option": "check --\x1b[2J\u202e", "a command": "\x1b[2J\u202e", "a table": "grid case --x a\x1b[2J:b:c --y x",
}  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_terminal_gets_only_colours_and_moves_of_our_own(run, edited, arguments):
    code, said = on_a_terminal(arguments.split(" "), run.parent)
    assert code != 1, said
    assert not foreign(said, is_terminal=True), said
    assert not re.search(r"\x1b\[[\d;]*[HJ]", said)


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_pipe_gets_no_control_character_at_all(run, edited, arguments):
    code, said = on_a_pipe(arguments.split(" "), run.parent)
    assert code != 1, said
    assert not foreign(said, is_terminal=False), said


def test_a_fault_in_every_column_quotes_no_control_character(tmp_path):
    folder = hostile(tmp_path / "case")
    for path in folder.glob("*.csv"):
        head, *rows = path.read_text(encoding="utf-8").split("\n")[:-1]
        bad = ",".join([PAYLOAD] * len(head.split(",")))
        path.write_text("\n".join([f"{head},x{PAYLOAD}", *(f"{row},1" for row in rows), bad]) + "\n", encoding="utf-8")
    code, said = on_a_pipe(["check", folder], tmp_path)
    assert code == 2
    assert "\\x1b" in said
    assert not foreign(said, is_terminal=False)


def test_what_a_table_title_rule_or_style_holds_shows_as_text():
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text

    from planner.show.safe_console import SafeConsole

    for width in (20, 40, 80):
        console = SafeConsole()
        console._file, console.width = io.StringIO(), width
        grid = Table(title=PAYLOAD, caption=PAYLOAD)
        grid.add_column(PAYLOAD, footer=PAYLOAD)
        grid.add_row(Text(PAYLOAD))
        grid.add_row(PAYLOAD)
        for part in (grid, Rule(Text(PAYLOAD)), Rule(PAYLOAD), PAYLOAD, Text.assemble((PAYLOAD, "bold"), PAYLOAD)):
            console.print(part)
        console.print(PAYLOAD, soft_wrap=True)
        assert not foreign(console._file.getvalue(), is_terminal=False)


def test_streams_write_what_libraries_print_as_text():
    for kind in (_Output, _ErrorStream):
        below = io.BytesIO()
        stream = kind(below, encoding="utf-8", write_through=True)
        stream.write(f"a{PAYLOAD}b\n\tc")
        assert below.getvalue().decode() == plain_lines(f"a{PAYLOAD}b\n\tc")
        assert not foreign(below.getvalue().decode().replace("\t", ""), is_terminal=False)
        stream.detach()


def test_json_keeps_the_very_text(capsys):
    import json

    OutputOptions(as_json=True).print_json({PAYLOAD: [PAYLOAD, "é✔", "\U000e0041"]})
    said = capsys.readouterr().out
    assert not foreign(said, is_terminal=False)
    assert json.loads(said) == {PAYLOAD: [PAYLOAD, "é✔", "\U000e0041"]}
    assert "é✔" in plain_json(said)
