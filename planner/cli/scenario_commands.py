"""The command `fleetplan scenarios`: shows the scenario tree of a case, and makes cases with other scenarios."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.errors import CaseFaults, Fault
from planner.show.output_options import OutputOptions

if TYPE_CHECKING:
    from planner.documents.blocks import Document

CaseFolder = Annotated[Path, typer.Argument(help="The case: a folder with plan.toml and CSV tables, or a .xlsx file.")]

Kept = Annotated[int | None, typer.Option(min=1, help="Keep this many scenarios, by fast forward selection.")]


def scenarios(
    context: typer.Context,
    case: CaseFolder,
    *,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Draw this many scenarios from the table uncertain.")
    ] = None,
    reveal: Annotated[
        list[str] | None,
        typer.Option(help="When draws become known: 2028,2030, or LABEL:INPUT;GROUP for some inputs. Repeatable."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Random seed of the draws. [default: 0]")] = None,
    lattice: Annotated[str, typer.Option(help="Combine these ends of the inputs: low, mid and high.")] = "",
    reduce: Kept = None,
    normalise: Annotated[
        bool, typer.Option("--normalise", help="Divide probabilities that do not add up to 1 by their sum.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the case with these scenarios: a folder, or FILE.xlsx.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON to standard output.")] = False,
) -> None:
    """Show the scenario tree of a case, or make scenarios.

    Scenarios are drawn from the table uncertain, combined from its ends, or reduced to fewer; -o writes an ordinary
    case with them, to read and change.
    """
    output_options = OutputOptions(as_json=as_json)
    context.find_root().obj = output_options
    from planner.case import read_case
    from planner.case_conversion import readme_of, require_free_target
    from planner.documents.content.scenario_tree_document import scenario_tree_document
    from planner.documents.document_markdown import document_markdown
    from planner.documents.document_terminal import document_view
    from planner.future_texts import NOT_NORMALISED, normalised_remark
    from planner.scenario_cases import (
        ScenarioRequest,
        read_normalised,
        reveals_of,
        scenario_set,
        write_scenario_case,
    )  # fmt: skip

    ends = tuple(part.strip() for part in lattice.split(",") if part.strip())
    request = ScenarioRequest(sample=sample, lattice=ends, reveals=reveals_of(reveal or ()), seed=seed, keep=reduce)
    if output is not None:
        require_free_target(output)
    made = scenario_set(read_normalised(case) if normalise else read_case(case), request)
    document = scenario_tree_document(made, shlex.join(["fleetplan", *sys.argv[1:]]))
    if output is not None:
        _require_change(is_changed=request.makes_scenarios or (normalise and bool(normalised_remark(made.case))))
        write_scenario_case(output, made, [document_markdown(document), *readme_of(case)])
    console = output_options.out()
    if normalise and not normalised_remark(made.case):
        console.print(NOT_NORMALISED, soft_wrap=True)
    console.print(document_view(document, console.width))
    if output is not None:
        console.print(f"Case  {output}", soft_wrap=True)
    output_options.print_json(_facts(document, output))


def _require_change(*, is_changed: bool) -> None:
    if not is_changed:
        remedy = "Add --sample, --lattice, --reduce or --normalise; `fleetplan convert` copies a case."
        raise CaseFaults([Fault("--output", "has nothing to write: the scenarios are those of the case", remedy)])


def _facts(document: Document, output: Path | None) -> dict[str, object]:
    return {
        "exit_code": 0,
        "kind": document.kind,
        "case": document.subject,
        "headlines": [line.text for line in document.headlines],
        "tables": {table.name: table.records() for table in document.tables()},
        "folder": None if output is None else str(output),
    }


def add_to(app: typer.Typer) -> None:
    """Adds the command to a command line."""
    app.command()(scenarios)
