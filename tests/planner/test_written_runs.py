"""What `verify` refuses in a written run: every cell and every field has a change that it finds, with hashes mended."""

import itertools
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from models.checks.binding_checks import AS_STATED as CELLS_AS_STATED
from models.checks.opposite_checks import DECISION_VALUES
from models.checks.requirements import COLUMNS as REQUIRED
from planner.comparison.comparison_files import compared
from planner.errors import CheckFailed
from planner.plan_documents import DOCUMENTS
from planner.plan_request import Request
from planner.report_files import write_report, write_slides
from planner.runs import make_plan
from planner.verification.run_head import AS_STATED, SIZES
from planner.verification.written_runs import read_checked_run, verify_and_resolve, verify_run
from tests.case_folder import write_case
from tests.models.checks.plans_contracts import contracts_case
from tests.planner.forging import cell, field, forged, loaded
from tests.planner.test_runs import Listener
from tests.planner.tiny import INPUTS, fleetplan, write_tiny

COLUMNS = REQUIRED | {"decision_values": DECISION_VALUES}
COLUMN_NAMES = [(table, column) for table, columns in COLUMNS.items() for column in columns]
KNOWN = Path(__file__).parents[1] / "cases" / "known"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Runs in which every table has rows, and one with a second solver."""
    folder = tmp_path_factory.mktemp("runs")
    command = "fleetplan plan make-or-buy-2023 --gap=0.01 -q"
    request = Request(gap=0.01, output=folder / "large", command=command)
    case = shutil.copytree(INPUTS / "make-or-buy-2023", folder / "make-or-buy-2023")
    head, *sites = (case / "sites.csv").read_text(encoding="utf-8").splitlines()
    told = [f"carbon_kg_per_kwh,{head}", *(f"0.0004,{line}" for line in sites)]
    (case / "sites.csv").write_text("\n".join(told) + "\n", encoding="utf-8")
    (case / "carbon_limits.csv").write_text("span,tonnes\n2024..2025,100000\n2026..2033,\n", encoding="utf-8")
    make_plan(case, request, Listener())
    command = "fleetplan plan tiny --second-solver cbc -o small --gap 0.00001"
    request = Request(second_solver="cbc", gap=0.00001, output=folder / "small", command=command)
    make_plan(write_tiny(folder / "tiny"), request, Listener())
    write_case(contracts_case(), folder / "contracts")
    make_plan(folder / "contracts", Request(gap=1e-6, output=folder / "signed"), Listener())
    return folder


def run_with_rows(made, table):
    """The first run that has rows of a table: contracts are in one of their own."""
    return next(made / name for name in ("large", "signed") if loaded(made / name, "plan.json")["tables"][table])


@pytest.fixture
def large(made, tmp_path):
    return shutil.copytree(made / "large", tmp_path / "large")


@pytest.fixture
def small(made, tmp_path):
    return shutil.copytree(made / "small", tmp_path / "small")


def edits(value):
    """A value changed in several ways: one more, one per cent more, another text, blank."""
    if isinstance(value, bool):
        return {"the other": not value, "another text": "other", "blank": None}
    if isinstance(value, int | float):
        return {"one more": value + 1, "one per cent more": value * 1.01 + 1e-3, "another text": "other", "blank": None}
    if isinstance(value, list):
        return {"one more": [*value, "other"], "another text": "other", "blank": None}
    others = {} if value is None else {"blank": None, "empty": ""}
    return {"another text": f"{value or ''}x", "a number": 1.0} | others


def leaves(value, at=()):
    """The places of single values in a field."""
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from leaves(part, (*at, name))
    else:
        yield at, value


def with_leaf(value, at, new):
    return new if not at else {**value, at[0]: with_leaf(value[at[0]], at[1:], new)}


def test_every_table_has_rows_and_the_columns_that_are_checked(made):
    plan = loaded(made / "large", "plan.json")
    assert plan["columns"] == {name: list(columns) for name, columns in COLUMNS.items()} | plan["columns"]
    assert set(plan["columns"]) == set(COLUMNS)
    assert all(run_with_rows(made, table) for table in plan["tables"])
    assert verify_run(made / "signed").passed
    assert verify_run(made / "large").passed
    assert verify_run(made / "small").passed


def place_of(rows, column):
    """The first row with something other than 0 in a column, else the first."""
    return next((k for k, row in enumerate(rows) if row[column] not in (None, "", 0)), 0)


def refused(run, table, column):
    """True where a finding, which refuses the run, names the cell; the keys of a row are in the name of its place."""
    wanted = (f"{table}.{column}", f"tables [{table}, row", f"[{table}, {column}]")
    if COLUMNS[table][column].startswith("*") or column in ("programme", "acquisition", "agreement"):
        wanted = (*wanted, f"{table}.", f"see {table}")
    return any(part in finding for finding in verify_run_without_documents(run) for part in wanted)


def verify_run_without_documents(run):
    from planner.verification.written_runs import _loaded

    return _loaded(run).findings


@pytest.mark.parametrize(("table", "column"), COLUMN_NAMES[::2])
def test_a_changed_cell_of_a_written_run_is_refused_by_table_and_column(made, tmp_path, table, column):
    """Of every second column; the slow test below has them all."""
    run = shutil.copytree(run_with_rows(made, table), tmp_path / "run")
    rows = loaded(run, "plan.json")["tables"][table]
    k = place_of(rows, column)
    every = list(edits(rows[k][column]).values())
    # One way each here, and all of them where cells are checked without files.
    value = every[COLUMN_NAMES.index((table, column)) // 2 % min(2, len(every))]
    forged(run, cell(table, k, column, value))
    assert refused(run, table, column) or (table == "binding" and column in CELLS_AS_STATED)


def is_rounding(row, column, value):
    """True for a change below a millionth of the largest amount in its row, which comparisons allow."""
    numbers = [abs(cell) for cell in row.values() if isinstance(cell, int | float)]
    known = isinstance(row[column], int | float) and isinstance(value, int | float)
    return known and abs(value - row[column]) <= 1e-6 * max([1.0, *numbers])


@pytest.mark.slow
@pytest.mark.parametrize("table", COLUMNS)
def test_every_changed_cell_of_a_written_run_is_refused(made, tmp_path, table):
    missed, source = [], run_with_rows(made, table)
    rows = loaded(source, "plan.json")["tables"][table]
    # The first and the last row take turns, and the ways do: each cell costs a run that is written and checked.
    for number, column in enumerate(COLUMNS[table]):
        k = number % 2 * (len(rows) - 1)
        for how, value in list(edits(rows[k][column]).items())[number // 2 % 2 :: 2]:
            if rows[k][column] in (None, "") and value in (None, ""):
                continue
            if is_rounding(rows[k], column, value):
                continue
            run = shutil.copytree(source, tmp_path / "run")
            forged(run, cell(table, k, column, value))
            if not refused(run, table, column) and not (table == "binding" and column in CELLS_AS_STATED):
                missed.append((column, k, how))
            shutil.rmtree(run)
    assert not missed


# A bound that is left out leaves a gap that nothing gives; the solver stands in the options too.
NAMED_AS = {"objective_musd": "objective [", "bound_musd": "[gap]", "solver": "[options]", "options": "[solver]"}


def is_named(name, findings):
    return any(f"[{name}]" in finding or NAMED_AS.get(name, "[]") in finding for finding in findings)


def changed_fields(run):
    """Every field but the list of files, each part of it changed in several ways: field, place, way, new value."""
    manifest = loaded(run, "manifest.json")
    for name in manifest.keys() - {"files"} - set(SIZES):
        for at, value in itertools.islice(leaves(manifest[name]), 12):
            for how, new in edits(value).items():
                if new != value:
                    yield name, ".".join((name, *at)), how, with_leaf(manifest[name], at, new)


@pytest.mark.parametrize("source", ["small", "large"])
def test_every_changed_field_of_the_head_is_refused_by_its_name(made, tmp_path, source):
    tried, missed = 0, set()
    # Of the second run only what the first does not have: other fields, other parts, values of another kind.
    known = {(place, how) for _, place, how, _ in changed_fields(made / "small")} if source == "large" else set()
    for name, place, how, value in changed_fields(made / source):
        if (place, how) in known:
            continue
        run = shutil.copytree(made / source, tmp_path / "run")
        forged(run, field(name, value), events=True)
        tried += 1
        if not is_named(name, verify_run_without_documents(run)):
            missed.add((place, how))
        shutil.rmtree(run)
    stated = {place for place in AS_STATED if AS_STATED[place]}
    assert not {miss for miss in missed if not stated & {miss[0], miss[0].split(".")[0]}}
    assert tried > (150 if source == "small" else 20)
    # What is as stated has a form all the same.
    assert ("command", "blank") not in missed
    assert ("seconds.solve", "another text") not in missed


def test_a_field_that_nothing_checks_is_refused_and_so_is_one_that_is_missing(small):
    forged(small, field("mood", "good"))
    assert "manifest [mood]: is no field of a run" in verify_run(small).findings
    forged(small, lambda manifest, plan: manifest.pop("seed"))
    assert "manifest [seed]: is missing" in verify_run(small).findings


@pytest.mark.parametrize("name", SIZES)
def test_the_size_of_the_program_is_that_of_the_program_built_again(small, name):
    size = loaded(small, "manifest.json")[name]
    forged(small, field(name, size + 1), documents=True)
    (found,) = verify_run(small).findings
    assert found == f"manifest [{name}]: manifest.json says {size + 1}, the program of its inputs has {size}"


def tighter(manifest, plan):
    """A bound and a gap that follow from each other, and are not those of the search."""
    for head in (manifest, plan):
        head["bound_musd"] = head["objective_musd"]
        head["gap"] = head["gap_musd"] = 0.0


def test_a_forged_gap_is_refused_where_one_file_still_tells_the_old_one(large):
    forged(large, tighter)
    findings = verify_run(large).findings
    assert {"manifest [bound_musd]", "manifest [gap]", "documents [report.html]", "documents [plan.xlsx]"} <= {
        finding.partition(":")[0] for finding in findings
    }


def test_a_gap_that_is_forged_everywhere_is_said_to_be_as_stated_and_refused_by_solving_again(large):
    before = verify_run(large).digest
    forged(large, tighter, events=True, documents=True)
    verdict = verify_run(large)
    assert verdict.passed
    assert "As stated by the run, not provable from its files: that no plan costs less than" in verdict.notes[0]
    assert verdict.digest != before
    again = verify_and_resolve(large, Listener(), time_limit_s=2)
    assert again.exit_code == 5
    assert any(finding.startswith("resolve [bound_musd]: the run states") for finding in again.findings)


def test_a_plan_that_costs_less_than_possible_and_a_bound_that_a_plan_breaks_are_told_apart(small):
    def lower(manifest, plan):
        for head in (manifest, plan):
            head["bound_musd"] = head["objective_musd"] - 1.0
            head["gap_musd"] = 1.0
            head["gap"] = 1.0 / head["objective_musd"]
            head["status"] = "feasible"

    forged(small, lower, events=True)
    assert any("second_solver" in finding for finding in verify_run(small).findings)


def test_solving_again_proves_bound_and_prices_of_a_true_run(small):
    verdict = verify_and_resolve(small, Listener())
    assert verdict.passed
    assert verdict.notes[0].startswith("Proven again by native: no plan costs less than ")
    assert verdict.facts()["resolved"]["compared"] > 0
    assert "The same plan was found" in verdict.notes[1]


def test_a_forged_price_that_contradicts_nothing_is_refused_by_solving_again(tmp_path):
    case = KNOWN / "limit-price-zero"
    run = make_plan(case, Request(output=tmp_path / "run"), Listener()).folder

    def double(manifest, plan):
        del manifest
        (row,) = [row for row in plan["tables"]["binding"] if row["price"] and row["requirement"] == "limits"][:1]
        for column in PRICES:
            row[column] = None if row[column] is None else 2 * row[column]
        for other in plan["tables"]["limits"]:
            if (other["limit"], other["span"]) == (row["item"], row["period"]):
                other["price"] = row["price"]

    forged(run, double, documents=True)
    assert verify_run(run).passed
    found = verify_and_resolve(run, Listener()).findings
    assert any(finding.startswith("resolve [binding, limits, ") for finding in found)
    assert any(finding.startswith("resolve [limits, ") for finding in found)


PRICED = {"budgets": "slack_musd", "limits": "slack", "power": "slack_mw", "carbon_limits": "slack_tonnes"}


@pytest.mark.parametrize("table", PRICED)
def test_a_blank_price_is_refused_where_some_is_left_and_where_none_is(large, table):
    rows = loaded(large, "plan.json")["tables"][table]
    known = [(k, row[PRICED[table]]) for k, row in enumerate(rows) if row[PRICED[table]] is not None]
    for k, _ in (max(known, key=lambda entry: entry[1]), min(known, key=lambda entry: entry[1])):
        forged(large, cell(table, k, "price", None))
        assert any(f"{table}.price" in finding for finding in verify_run_without_documents(large)), (table, k)
        forged(large, cell(table, k, "price", rows[k]["price"]))


def test_as_many_prices_can_be_blank_as_the_run_says_are_not_known_and_that_is_told(tmp_path):
    run = make_plan(KNOWN / "limit-price-zero", Request(output=tmp_path / "run"), Listener()).folder

    def blank(manifest, plan, told=""):
        row = next(row for row in plan["tables"]["binding"] if row["requirement"] == "limits")
        row |= dict.fromkeys((*PRICES, "holds_up_to")) | {"note": "no answer"}
        (own,) = [one for one in plan["tables"]["limits"] if one["span"] == row["period"]]
        own["price"] = None
        for head in (manifest, plan):
            head["detail"] += told

    def findings(told):
        forged(run, lambda manifest, plan: blank(manifest, plan, told), events=True)
        return [found for found in verify_run_without_documents(run) if "place, by worth" not in found]

    assert findings("") == [
        "manifest [detail]: says that 0 prices are not known, and 1 are blank; see limits.price",
    ]
    assert findings("; 1 price is not known") == []
    assert "(1 of them unknown)" in verify_run(run).notes[0]


PRICES = ("price", "worth_of_one_per_cent_musd", "worth_of_one_unit_musd")


def edit_text(path, old, new):
    """Changes a text of a workbook, which holds all of them in one part."""
    with zipfile.ZipFile(path) as book:
        parts = {part.filename: book.read(part) for part in book.infolist()}
    texts = parts["xl/sharedStrings.xml"]
    assert old.encode() in texts
    parts["xl/sharedStrings.xml"] = texts.replace(old.encode(), new.encode(), 1)
    with zipfile.ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, data)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_is_not_what_the_run_makes_of_it_is_refused(small, name):
    path = small / name
    if name.endswith(".xlsx"):
        edit_text(path, "2027", "2029")
    else:
        old, new = (b"USD", b"EUR") if name.endswith(".json") else (b"2027", b"2029")
        path.write_bytes(path.read_bytes().replace(old, new))
    forged(small, lambda manifest, plan: None)
    assert verify_run(small).findings == (
        f"documents [{name}]: it differs from what the other files of the run produce",
    )


def test_documents_of_other_versions_are_not_compared_and_that_is_said(small):
    (small / "plan.md").write_text("as another version writes it\n")
    forged(small, field("packages", {"numpy": "1.0"}))
    verdict = verify_run(small)
    assert verdict.passed
    assert "Other versions of fleetplan or its packages wrote the run" in verdict.notes[1]
    assert "plan.md" in verdict.notes[1]


def test_report_slides_and_comparison_refuse_what_verify_refuses(made, small):
    forged(small, cell("orders", 0, "unit_price_usd", 1.0))
    told = "is refused, because its plan is not valid: orders_table"
    for refusing in (
        lambda: write_report(small, small.parent / "out"),
        lambda: write_slides(small, small.parent / "deck.pptx", None),
        lambda: compared([made / "small", small]),
    ):
        with pytest.raises(CheckFailed, match=told) as error:
            refusing()
        assert f"`fleetplan plan {small}/inputs` makes the plan again" in str(error.value)
    assert not (small.parent / "out").exists()
    ended = fleetplan("report", small, "-o", "out", cwd=small.parent)
    assert ended.returncode == 5
    assert told in " ".join(ended.stderr.split())


def test_a_document_that_was_lost_can_be_made_again(small):
    before = (small / "report.html").read_bytes()
    (small / "report.html").unlink()
    assert not verify_run(small).passed
    write_report(small)
    assert (small / "report.html").read_bytes() == before
    assert verify_run(small).passed


def test_the_digest_is_the_same_wherever_the_run_lies_and_is_printed(made, small):
    digest = verify_run(small).digest
    assert len(digest) == 20
    assert digest == verify_run(made / "small").digest != verify_run(made / "large").digest
    ended = fleetplan("verify", small, "--json", cwd=small.parent)
    assert json.loads(ended.stdout)["digest"] == digest
    assert f"Digest of the run, to quote: {digest}" in fleetplan("verify", small, cwd=small.parent).stdout


def test_the_option_resolve_solves_again(small):
    ended = fleetplan("verify", small, "--resolve", "--json", "-q", cwd=small.parent)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["resolved"]["status"] == "optimal"
    assert told["passed"]


def test_a_study_is_told_from_a_run(tmp_path):
    case = write_tiny(tmp_path / "tiny", disruptions="disruption,target,field,effect,value,start,months\n"
                      "dear,chip_list,price,multiply,1.5,2028,12\n")  # fmt: skip
    done = fleetplan("disrupt", case, "-q", "-o", tmp_path / "study", "--executor", "serial", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    ended = fleetplan("verify", tmp_path / "study", cwd=tmp_path)
    assert ended.returncode == 2
    told = " ".join(ended.stderr.split())
    assert "is a study: it does not contain the plans of its runs, so it cannot be verified" in told
    assert "Its command (in manifest.json) makes it again" in told


@pytest.mark.parametrize("value", ["many", [1], 1.5, -1, None])
def test_a_size_that_is_no_count_is_refused_before_anything_is_made_of_it(small, value):
    forged(small, lambda manifest, plan: manifest.__setitem__("rows", value))
    with pytest.raises(CheckFailed, match=r"manifest \[rows\]: says"):
        read_checked_run(small)
