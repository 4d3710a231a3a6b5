"""Malformed cases, workbooks and runs by number, and what the commands say to them: a sentence, soon, in little memory.

`python -m tests.planner.malformed 300 100 60` tries so many folders, workbooks and runs, and prints counts, the worst
time and the most memory.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from planner.cli.commands import app
from tests.planner.tiny import FILES, write_tiny

LONGEST_S = 20
MOST_MB = 1_500
GOOD = {"check": (0, 2), "verify": (0, 2, 5), "report": (0, 2, 5), "compare": (0, 2, 5), "export-model": (0, 2)}
CELLS = (
    "", " ", "0", "-1", "1e400", "nan", "inf", "1" * 400, "=1+1", "'", '"', '""', "\x00", "\u202e", "😀" * 50, "1;2;3",
    "2027..2026", "9999", "0000-00", "x" * 40_000, "\t", "#REF!", "TRUE", "1,5", "..", "*", "a\nb", "\ud7ff", "-0",
    "1e-320",
)  # fmt: skip
VALUES = (
    None, True, False, 0, -1, 10**400, 1e308, "", "x" * 10_000, [], {}, [[]], {"a": {"b": {}}}, "nan", "\u202e\x1b[31m",
    [1, "2", None], "../../etc/passwd", -0.0,
)  # fmt: skip
TOML = (
    "a = [", "[solver", "= 1", "name = 'x'\nname = 'y'", "[[solver]]", "solver = 3", "periods = 1e3", "periods = 10_0",
    "start = 2027-01-01", "start = 07:32:00", "name = \"\"\"", "name = '\\x'", "x." * 5000 + "y = 1",
    "a = " + "[" * 3000,
    "periods = " + "9" * 5000, "name = \"\\ud800\"", "\ufeff", "schema_version = 2", "discount_rate = nan",
    "[a]\n" * 20_000,
    "periods = -inf", "gap = {}", "period = ['year']", "[solver.name]", "name = \"\\u0000\"",
)  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a command ended: code, output, what was raised, seconds and MB."""

    code: int
    said: str
    raised: str
    seconds: float
    megabytes: float

    def trouble(self, command: str) -> str:
        """What is wrong with it; nothing where it ended as it should."""
        if self.raised:
            return self.raised
        if self.code not in GOOD[command]:
            return f"code {self.code}: {self.said[-300:]}"
        if "defect" in self.said or "Traceback" in self.said:
            return self.said[-300:]
        return f"{self.megabytes:.0f} MB" if self.megabytes > MOST_MB else ""


def ended(*arguments: object) -> Ended:
    """Runs a command in a child of this process, which is ended when it takes too long."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as told:
        child = os.fork()
        if child == 0:
            signal.alarm(LONGEST_S)
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            result = CliRunner().invoke(app, [str(argument) for argument in arguments])
            error = result.exception
            raised = "" if error is None or isinstance(error, SystemExit) else f"{type(error).__name__}: {error}"[:300]
            json.dump([result.exit_code, result.output[-3000:], raised], told)
            told.flush()
            os._exit(0)
        _, status, used = os.wait4(child, 0)
        told.seek(0)
        text = told.read()
    code, said, raised = json.loads(text) if text else (-1, "", f"ended by signal {os.waitstatus_to_exitcode(status)}")
    return Ended(code, said, raised, time.monotonic() - began, used.ru_maxrss / 1024)


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Returns bytes with some of them changed, lost, doubled or put in."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 20))):
        at = rng.randrange(len(data) + 1)
        way = rng.randrange(5)
        if way == 0:
            data[at:at] = rng.randbytes(rng.choice((1, 4, 300)))
        elif way == 1:
            del data[at : at + rng.choice((1, 5, 1000))]
        elif way == 2 and data:
            data[min(at, len(data) - 1)] = rng.randrange(256)
        elif way == 3:
            data[at:at] = data[at : at + 200] * rng.choice((1, 50))
        else:
            data = data[:at]
    return bytes(data)


def malform_file(rng: random.Random, path: Path) -> None:
    """Makes an odd thing of a text file."""
    data = path.read_bytes() if path.exists() else b"a,b\n1,2\n"
    way = rng.randrange(9)
    text = data.decode(errors="replace")
    if way < 3:
        path.write_bytes(damaged(rng, data))
    elif way == 3 and path.suffix == ".csv":
        lines = text.splitlines() or [""]
        cells = lines[-1].split(",")
        cells[rng.randrange(len(cells))] = rng.choice(CELLS)
        path.write_text("\n".join([*lines[:-1], ",".join(cells)]) + "\n")
    elif way == 4:
        path.write_text(text, encoding=rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig")))
    elif way == 5:
        path.write_text(
            rng.choice((text * 2000, text.replace("\n", "\r"), text.replace(",", ";"), "\n" * 100_000, '"' + text))
        )
    elif way == 6 and path.suffix == ".csv":
        path.write_text(
            rng.choice(("," * 100_000, text.replace("\n", "," * 600 + "\n"), "# \n" * 100_000 + text, "a" * 1_000_000))
        )
    elif path.suffix == ".toml":
        path.write_text(f"{rng.choice(TOML)}\n{text}" if rng.random() < 0.5 else f"{text}\n{rng.choice(TOML)}\n")
    else:
        path.unlink(missing_ok=True)
        put_oddity(rng, path)


def put_oddity(rng: random.Random, path: Path) -> None:
    """Puts a pipe, a folder or a link where a file belongs, or nothing."""
    way = rng.randrange(7)
    if way == 0:
        os.mkfifo(path)
    elif way == 1:
        path.mkdir()
    elif way < 6:
        path.symlink_to(("/dev/zero", "/dev/random", path.name, "/nowhere/at/all")[way - 2])


def folder(number: int, base: Path) -> Path:
    """Returns a case of which one to three files are odd."""
    rng = random.Random(number)
    case = write_tiny(base / "case")
    names = [*FILES, "plan.toml", "plan.toml", "policies.csv", "pricess.csv", "README.md"]
    for name in rng.sample(names, rng.choice((1, 1, 2, 3))):
        malform_file(rng, case / name)
    return case


def workbook(number: int, base: Path, made: bytes) -> Path:
    """Returns a workbook of a case with an odd part, or that is no zip file any more."""
    rng = random.Random(number)
    path = base / "case.xlsx"
    if rng.random() < 0.3:
        path.write_bytes(damaged(rng, made))
        return path
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        odd = set(rng.sample(names, rng.choice((1, 1, 2))))
        for name in names:
            data = old.read(name)
            if name in odd:
                way = rng.randrange(8)
                if way == 0:
                    continue
                if way == 1:
                    data = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
                elif way == 2:
                    data = b"<x>" * 200_000
                elif way == 3:
                    data = data.replace(b"<c ", b'<c s="99999999" ', 3).replace(b'r="A', b'r="ZZZZ', 2)
                elif way == 4:
                    data = data.replace(b"<v>", b"<v>1e999", 5).replace(b"<row ", b'<row hidden="1" ', 3)
                elif way == 5:
                    data = b"\0" * 30_000_000
                else:
                    data = damaged(rng, data)
            new.writestr(rng.choice((name, name, name, f"../{name}", name.upper())) if name in odd else name, data)
    path.write_bytes(out.getvalue())
    return path


def run(number: int, base: Path, made: Path) -> Path:
    """Returns a run of which a file, or a value in one of its JSON files, is odd."""
    rng = random.Random(number)
    there = base / "run"
    shutil.copytree(made, there)
    for _ in range(rng.choice((1, 1, 2, 4))):
        if rng.random() < 0.6:
            path = there / rng.choice(("manifest.json", "plan.json"))
            if path.is_file() and not path.is_symlink():
                _change_value(rng, path)
        else:
            inside = [path for path in sorted(there.rglob("*")) if path.is_file() and not path.is_symlink()]
            texts = [path for path in inside if path.suffix in (".json", ".csv", ".toml")]
            malform_file(rng, rng.choice(texts or [there / "manifest.json"]))
    return there


def _change_value(rng: random.Random, path: Path) -> None:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        return
    place = found
    for _ in range(rng.choice((1, 2, 3, 4))):
        if not isinstance(place, dict | list) or not place:
            break
        key = rng.choice(sorted(place)) if isinstance(place, dict) else rng.randrange(len(place))
        if rng.random() < 0.35 or not isinstance(place[key], dict | list):
            way = rng.random()
            if way < 0.2 and isinstance(place, dict):
                del place[key]
            else:
                place[key] = rng.choice(VALUES)
            break
        place = place[key]
    path.write_text(json.dumps(found))


def made_run(base: Path) -> Path:
    """Returns a sound run of the tiny case."""
    write_tiny(base / "sound")
    done = ended("plan", base / "sound", "-o", base / "made")
    assert done.code == 0, done
    return base / "made"


def made_workbook(base: Path) -> bytes:
    """Returns the bytes of a sound workbook of the tiny case."""
    write_tiny(base / "source")
    done = ended("convert", base / "source", base / "made.xlsx")
    assert done.code == 0, done
    return (base / "made.xlsx").read_bytes()


GOOD |= {"plan": (0,), "convert": (0,)}


def tried(kind: str, numbers: range, base: Path) -> list[tuple[int, str, Ended]]:
    """Returns for each number and command how it ended."""
    found = []
    made = made_workbook(base) if kind == "workbooks" else made_run(base) if kind == "runs" else None
    for number in numbers:
        place = base / str(number)
        place.mkdir()
        if kind == "folders":
            commands = [("check", folder(number, place))]
        elif kind == "workbooks":
            assert isinstance(made, bytes)
            commands = [("check", workbook(number, place, made))]
        else:
            assert isinstance(made, Path)
            there = run(number, place, made)
            commands = [
                ("verify", there),
                ("report", there, "-o", place / "report"),
                ("compare", made, there, "-o", place / "compared"),
            ]
        found += [(number, str(command[0]), ended(*command)) for command in commands]
        shutil.rmtree(place)
    return found


def main() -> None:
    """Tries what is asked for and prints what came of it."""
    counts = [int(argument) for argument in sys.argv[1:4]]
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    for kind, count in zip(("folders", "workbooks", "runs"), counts, strict=False):
        with tempfile.TemporaryDirectory() as base:
            found = tried(kind, range(first, first + count), Path(base))
        codes = Counter(f"{command} {done.code}" for _, command, done in found)
        slowest = max((done.seconds for *_, done in found), default=0.0)
        most = max((done.megabytes for *_, done in found), default=0.0)
        sys.stdout.write(f"{kind}: {count}, {dict(codes)}, worst {slowest:.2f} s, {most:.0f} MB\n")
        for number, command, done in found:
            if trouble := done.trouble(command):
                sys.stdout.write(f"  {number} {command}: {trouble}\n")


if __name__ == "__main__":
    main()
