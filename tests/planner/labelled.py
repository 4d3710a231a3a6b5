"""Cases in which every id has a label, and what documents show of them."""

import csv
import io
import re

from models.case import TABLES
from planner.case.item_names import NAME_OF_TABLE
from planner.case.report_words import neighbours_of


def label_case(folder, label_of=lambda name, number: f"Titel {number}"):
    """Gives every id of the case in a folder a label, made of the id and its number; returns the labels by id."""
    labels = {}
    for table, column in NAME_OF_TABLE.items():
        path = folder / f"{table}.csv"
        if not path.exists():
            continue
        lines = [row for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))) if row]
        head, rows = lines[0], [row for row in lines[1:] if not row[0].startswith("#")]
        place = head.index(column)
        for row in rows:
            labels.setdefault(row[place], label_of(row[place], len(labels) + 1))
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([[*head, "label"], *([*row, labels[row[place]]] for row in rows)])
        path.write_text(out.getvalue(), encoding="utf-8")
    return labels


def raw_ids(text, labels, *, allowed=frozenset()):
    """The ids that stand in a text as words of their own, and of no text of the program, with what is around them."""
    found = []
    for name in labels.keys() - allowed:
        for hit in re.finditer(rf"(?<![\w.:\\-]){re.escape(name)}(?!\w|[-.:]\w)", text):
            around = text[max(0, hit.start() - 50) : hit.end() + 50]
            if not any(f"{before} {name} {after}".strip() in around for before, after in neighbours_of(name)):
                found.append((name, around))
    return found


__all__ = ["TABLES", "label_case", "raw_ids"]
