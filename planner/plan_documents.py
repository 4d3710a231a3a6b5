"""The documents of a run: those of a plan for one future, or of a plan over scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.documents.document_files import document_files, page_files
from planner.files.run_folder import DATA_PACKAGE
from planner.results.loaded_run import LoadedRun

if TYPE_CHECKING:
    from planner.documents.blocks import Document
    from planner.files.run_approval import RunApproval

WORKBOOK = "plan.xlsx"
REPORT = "report.html"
PAGE = "plan.md"
DOCUMENTS = (REPORT, PAGE, WORKBOOK, DATA_PACKAGE)
"""The files of a run that are rendered from its other files, and can be rendered again."""


def run_documents(loaded: LoadedRun) -> dict[str, bytes]:
    """Returns the documents of a run by file name, with the data package that describes its tables."""
    from planner.data_package import run_package

    package = {DATA_PACKAGE: run_package(loaded)}
    document = document_of(loaded)
    if is_over_scenarios(loaded):
        return document_files(document, workbook=WORKBOOK, page=REPORT, markdown=PAGE) | package
    return {**page_files(document, page=REPORT, markdown=PAGE), WORKBOOK: plan_workbook(loaded), **package}


def stamped_documents(loaded: LoadedRun) -> dict[str, bytes]:
    """Returns the documents of a run by file name as they are read outside its folder: they state its approval."""
    from planner.documents.content.approval_stamp import stamped

    document = stamped(document_of(loaded), loaded.approval)
    if is_over_scenarios(loaded):
        return document_files(document, workbook=WORKBOOK, page=REPORT, markdown=PAGE)
    return {**page_files(document, page=REPORT, markdown=PAGE), WORKBOOK: plan_workbook(loaded, loaded.approval)}


def document_of(loaded: LoadedRun) -> Document:
    """Returns the document of a plan, for one future or over scenarios."""
    if is_over_scenarios(loaded):
        return scenario_document(loaded)
    # What draws it takes a while to load, which a plan that is only read need not wait for.
    from planner.documents.content.plan_document import plan_document

    return plan_document(loaded)


def plan_workbook(loaded: LoadedRun, approval: RunApproval | None = None) -> bytes:
    """Returns the workbook of a plan for one future, with an approval that it is to state.

    The same plan gives the same bytes.
    """
    from planner.documents.content.approval_stamp import stamped_workbook
    from planner.documents.content.labels_of_items import item_labels
    from planner.documents.content.sheets.plan_sheets import plan_sheets
    from planner.documents.item_labels import labelled_workbook
    from planner.documents.xlsx.live_book import live_workbook

    sheets = labelled_workbook(plan_sheets(loaded), item_labels(loaded.case))
    return live_workbook(sheets if approval is None else stamped_workbook(sheets, approval))


def is_over_scenarios(loaded: LoadedRun) -> bool:
    """True where a plan has several futures."""
    return "futures" in loaded.tables


def scenario_document(loaded: LoadedRun) -> Document:
    """Returns the document of a plan over scenarios."""
    from models.uncertainty.scenario_tree import scenario_tree
    from planner.documents.content.scenario_plan import scenario_plan_document
    from planner.future_texts import planned_for

    return scenario_plan_document(loaded, planned_for(loaded.case, scenario_tree(loaded.case)))
