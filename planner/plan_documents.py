"""The documents of a run: those of a plan for one future, or of a plan over scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.documents.document_files import document_files, page_files
from planner.errors import CaseFaults, Fault
from planner.files.run_folder import MANIFEST, run_json
from planner.results.loaded_run import LoadedRun

if TYPE_CHECKING:
    from planner.documents.blocks import Document

WORKBOOK = "plan.xlsx"
REPORT = "report.html"
PAGE = "plan.md"
DOCUMENTS = (REPORT, PAGE, WORKBOOK)
"""The files of a run that are rendered from its other files, and can be rendered again."""


def run_documents(loaded: LoadedRun) -> dict[str, bytes]:
    """Returns the documents of a run by file name."""
    if is_over_scenarios(loaded):
        return document_files(scenario_document(loaded), workbook=WORKBOOK, page=REPORT, markdown=PAGE)
    # What draws them takes a while to load, which a plan that is only read need not wait for.
    from planner.documents.content.plan_document import plan_document
    from planner.export.workbook import plan_workbook

    return {**page_files(plan_document(loaded), page=REPORT, markdown=PAGE), WORKBOOK: plan_workbook(loaded)}


def is_over_scenarios(loaded: LoadedRun) -> bool:
    """True where a plan has several futures."""
    return "futures" in loaded.tables


def scenario_document(loaded: LoadedRun) -> Document:
    """Returns the document of a plan over scenarios."""
    from models.uncertainty.scenario_tree import scenario_tree
    from planner.documents.content.scenario_plan import scenario_plan_document
    from planner.future_texts import planned_for

    return scenario_plan_document(loaded, planned_for(loaded.case, scenario_tree(loaded.case)))


def require_one_future(run: Path) -> None:
    """Refuses a run over scenarios where its report, charts or slides are asked for again.

    Raises:
        CaseFaults: the folder is no run, or its plan is over several scenarios.
    """
    if len(run_json(run, MANIFEST).get("scenarios") or ()) > 1:
        expected = "is a plan over scenarios, of which charts and slides cannot be made yet"
        remedy = f"Its {REPORT}, {PAGE} and {WORKBOOK} are in the run; `fleetplan plan CASE --base` has the others."
        raise CaseFaults([Fault(str(run), expected, remedy)])
