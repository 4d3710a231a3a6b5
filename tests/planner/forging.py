"""A written run in which something is changed and everything else mended: tables, documents, events, hashes."""

from __future__ import annotations

import json

from planner.files.run_folder import sha256
from planner.journal import OUTCOME, log_of, outcome_of
from planner.plan_documents import run_documents
from planner.results.loaded_run import read_run
from planner.results.table import Table


def loaded(run, name):
    return json.loads((run / name).read_text(encoding="utf-8"))


def written(run, name, value):
    (run / name).write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def forged(run, change, *, events=False, documents=False):
    """Applies `change(manifest, plan)` to a run, and mends what told the old value."""
    manifest, plan = loaded(run, "manifest.json"), loaded(run, "plan.json")
    change(manifest, plan)
    written(run, "plan.json", plan)
    for name, rows in plan["tables"].items():
        columns = plan["columns"][name]
        table = Table(name, tuple(columns), tuple(tuple(row.get(column) for column in columns) for row in rows))
        (run / "tables" / f"{name}.csv").write_text(table.csv(), encoding="utf-8")
    written(run, "manifest.json", manifest)
    if events:
        _mend_events(run, manifest)
    if documents:
        for name, data in run_documents(read_run(run)).items():
            (run / name).write_bytes(data)
    if isinstance(manifest.get("files"), dict):
        manifest["files"] = {name: sha256((run / name).read_bytes()) for name in manifest["files"]}
    written(run, "manifest.json", manifest)
    return run


def _mend_events(run, manifest):
    told = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    told = [event | outcome_of(manifest) if event["event"] == OUTCOME else event for event in told]
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in told)
    (run / "events.jsonl").write_text(lines, encoding="utf-8")
    (run / "run.log").write_text(log_of(told), encoding="utf-8")


def cell(table, row, column, value):
    """The change of one cell of a result table."""

    def change(manifest, plan):
        del manifest
        plan["tables"][table][row][column] = value

    return change


def field(name, value):
    """The change of one field, in the manifest and wherever plan.json tells it too."""

    def change(manifest, plan):
        manifest[name] = value
        if name in plan and name not in ("columns", "tables"):
            told = {part: value[part] for part in plan[name]} if name == "check" and isinstance(value, dict) else value
            plan[name] = told

    return change
