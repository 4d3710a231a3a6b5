"""What documents outside the folder of a run say of its approval: a headline, facts, and the subtitle of a workbook.

Documents in the folder itself never say it: they are approved with the run, so that nothing can be written into them.
"""

from __future__ import annotations

from dataclasses import replace

from planner.documents.blocks import Document, Sentence, Tone
from planner.documents.live_workbook import AboutSheet, LiveWorkbook
from planner.files.run_approval import RunApproval, RunState


def stamped(document: Document, approval: RunApproval) -> Document:
    """Returns a document that begins with the state of its run: draft, approved or superseded."""
    is_good = approval.state is RunState.APPROVED and not approval.is_broken
    first = Sentence(approval.text, Tone.GOOD if is_good else Tone.CARE)
    return replace(document, headlines=(first, *document.headlines), facts=(*approval_facts(approval), *document.facts))


def stamped_workbook(workbook: LiveWorkbook, approval: RunApproval) -> LiveWorkbook:
    """Returns a workbook whose sheets, also printed ones, say the state of its run."""
    sheets = tuple(
        replace(sheet, parts=(("Approval", approval_facts(approval)), *sheet.parts))
        if isinstance(sheet, AboutSheet)
        else sheet
        for sheet in workbook.sheets
    )
    return LiveWorkbook(
        workbook.title, f"{approval.text} {workbook.subtitle}", f"{approval.text} · {workbook.footer}", sheets
    )


def approval_facts(approval: RunApproval) -> tuple[tuple[str, str], ...]:
    """Returns the approval as names and values."""
    note = (("Note of the approval", approval.note),) if approval.note else ()
    return (("Approval", approval.text), *note)
