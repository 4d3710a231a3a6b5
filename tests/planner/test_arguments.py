"""A plain command line is read as the library of the command line reads it, and everything else is left to that."""

import inspect
import sys
import typing

import pytest
import typer.main

from planner import plan_command
from planner.arguments import FLAGS, VALUES, plainly_asked
from planner.commands import app, plan

PLAIN = [
    ["case"],
    ["case", "-o", "there"],
    ["--output=there", "case", "--replace"],
    ["a folder/case", "--solver", "highs", "--second-solver", "cbc"],
    ["case", "--gap", "0", "--time-limit", "120"],
    ["--gap=0.0001", "--time-limit=0.5", "case", "--seed", "0", "--threads", "2", "--memory-limit", "4096"],
    ["case", "--gap", "1e-9", "-q", "-v"],
    ["case", "--quiet", "--verbose", "--json", "--annotate", "faults.xlsx"],
    ["./case/../case/", "--solver", "pulp:NAME"],
]
LEFT = [
    [],
    ["--help"],
    ["case", "--help"],
    ["case", "other"],
    ["case", "--gap"],
    ["case", "--gap", "little"],
    ["case", "--gap", "-1"],
    ["case", "--gap", "inf"],
    ["case", "--gap", "0.1", "--gap", "0.2"],
    ["case", "--time-limit", "0"],
    ["case", "--threads", "0"],
    ["case", "--threads", "1.5"],
    ["case", "--quiet=yes"],
    ["case", "-qv"],
    ["case", "-othere"],
    ["case", "--out", "there"],
    ["--", "case"],
    ["case", "--solver="],
    [""],
]


def as_the_library_reads(arguments, monkeypatch):
    asked = []
    monkeypatch.setattr(plan_command, "make_asked_plan", lambda one: asked.append(one) or 0)
    monkeypatch.setattr(sys, "argv", ["fleetplan", "plan", *arguments])
    app(["plan", *arguments], standalone_mode=False)
    return asked[0]


@pytest.mark.parametrize("arguments", PLAIN, ids=" ".join)
def test_a_plain_command_line_is_read_as_the_library_reads_it(arguments, monkeypatch):
    read = plainly_asked(["plan", *arguments])
    assert read is not None
    assert read == as_the_library_reads(arguments, monkeypatch)


@pytest.mark.parametrize("arguments", LEFT, ids=" ".join)
def test_whatever_is_not_plain_is_left_to_the_library(arguments):
    assert plainly_asked(["plan", *arguments]) is None


def test_other_commands_and_completion_are_left_to_the_library(monkeypatch):
    assert plainly_asked(["check", "case"]) is None
    assert plainly_asked([]) is None
    monkeypatch.setenv("_FLEETPLAN_COMPLETE", "complete_bash")
    assert plainly_asked(["plan", "case"]) is None


def test_both_know_the_same_options():
    command = typer.main.get_command(app).commands["plan"]
    told = {name for param in command.params if param.param_type_name == "option" for name in param.opts}
    assert told - {"--help"} == VALUES.keys() | FLAGS.keys()


def test_every_option_is_read_in_some_plain_line():
    words = {word.partition("=")[0] for line in PLAIN for word in line}
    assert (VALUES.keys() | FLAGS.keys()) <= words | {"-o", "--output"}


def test_the_least_values_are_those_of_the_library():
    hints = typing.get_type_hints(plan, include_extras=True)
    for option, name in (("--gap", "gap"), ("--time-limit", "time_limit"), ("--threads", "threads")):
        least = next(part for part in hints[name].__metadata__ if hasattr(part, "min")).min
        assert plainly_asked(["plan", "case", option, str(least)]) is not None
    assert "context" in inspect.signature(plan).parameters
