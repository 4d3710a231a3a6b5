"""Labels: one for an id, one id for a label, and none that sentences cannot show."""

from __future__ import annotations

from models.tables.fleet_rows import Accelerator, NamedRow
from planner.case.context import GATE_TABLES, Context
from planner.case.item_names import NAME_OF_TABLE, why_not_in_sentences

_SHOWN_TOGETHER = (
    (*GATE_TABLES, "expansions", "facilities", "milestones"),
    ("offers", "open_leases"),
    ("disruptions", "scenarios"),
)
"""Tables whose items stand in one list or chart, where two of one label could not be told apart."""


def check_labels(context: Context) -> None:
    """An id has one label in all tables, and no two ids that are shown together have the same."""
    label_of: dict[str, NamedRow] = {}
    id_of: dict[tuple[str, str], tuple[str, NamedRow]] = {}
    ids = {getattr(row, NAME_OF_TABLE[table]): row for table, row in _rows(context)}
    for table, row in _rows(context):
        name, label = getattr(row, NAME_OF_TABLE[table]), row.label
        if not label:
            continue
        other = label_of.setdefault(name, row)
        if other.label != label:
            expected = f"{name} has another label in {context.place(other)}: {other.label}"
            context.fault(row, "label", expected, f"Use {other.label} in both, or two ids: an id has one label.")
            continue
        known, where = id_of.setdefault((_group_of(table), label.casefold()), (name, row))
        if known != name:
            expected = f"is also the label of {known} in {context.place(where)}"
            context.fault(row, "label", expected, "Choose labels that tell the two apart.")
        elif label != name and label in ids:
            expected = f"is the id of {context.place(ids[label])}"
            context.fault(row, "label", expected, f"Choose another label, or rename {label}.")


def check_labels_shown(context: Context) -> None:
    """Warns of labels that sentences cannot show, because their id is a word that stands there for something else."""
    vendors = frozenset(row.vendor for row in context.of(Accelerator))
    seen = set()
    for table, row in _rows(context):
        name = getattr(row, NAME_OF_TABLE[table])
        if not row.label or row.label == name or name in seen:
            continue
        seen.add(name)
        if why := why_not_in_sentences(name, vendors):
            remedy = (
                f"Use an id such as {name.replace(' ', '_')}_{table.removesuffix('s')} to have it shown everywhere."
            )
            context.warn(row, "label", f"is shown in columns only: the id {name} {why}", remedy)


def _rows(context: Context) -> list[tuple[str, NamedRow]]:
    return [(table, row) for table in NAME_OF_TABLE for row in context.rows(table) if isinstance(row, NamedRow)]


def _group_of(table: str) -> str:
    return next((group[0] for group in _SHOWN_TOGETHER if table in group), table)
