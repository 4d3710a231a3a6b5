"""The face of the independent check: it reads tables as they come, and never takes a broken plan for a whole one."""

import ast
import csv
import dataclasses
import io
from pathlib import Path
from types import SimpleNamespace

import pytest

import models.checks
from models.tables.disruption_rows import Backlog
from models.tables.fleet_rows import Accelerator, Offer
from models.tables.holding_rows import OpeningFleet
from models.verify import TOLERANCE, verify
from tests.models.checks.plans import bases
from tests.models.checks.simulator_derived import with_sums
from tests.models.checks.simulator_figures import basis

TABLES = sorted(bases()[0].tables)
ODD_CELLS = [None, "", "nan", "-inf", "1e999", "1e308", -1e308, "１２", "1_000", True, b"1", [], 10**400, "'", "x"]


def base(name="half"):
    return next(found for found in bases() if found.name == name)


def written(tables):
    """The tables as they come back from CSV files: every cell a text."""
    found = {}
    for name, rows in tables.items():
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0].keys() if rows else ())
        writer.writeheader()
        writer.writerows(rows)
        found[name] = list(csv.DictReader(io.StringIO(out.getvalue())))
    return found


def with_table(name, rows):
    return {**base().tables, name: rows}


def with_cells(name, /, at=0, **cells):
    rows = base().tables[name]
    return with_table(name, [{**row, **cells} if k == at else row for k, row in enumerate(rows)])


def counted_again(case, tables):
    """The tables with the input rows of another case counted, and its machines in the sums."""
    run = SimpleNamespace(case=case, tables=dict(tables))
    basis(run)
    return with_sums(case, run.tables)


def report(tables, objective=None, **options):
    return verify(base().case, tables, objective, **options)


@pytest.mark.parametrize("plan", bases(), ids=lambda plan: plan.name)
def test_tables_read_back_from_csv_pass_like_the_tables_in_memory(plan):
    assert verify(plan.case, written(plan.tables), plan.objective).passed


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_table_is_a_finding(table):
    tables = {name: rows for name, rows in base().tables.items() if name != table}
    found = report(tables).findings
    assert ("tables", (table,)) in [(finding.requirement, finding.where) for finding in found]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("rows", [None, 7, "rows", [None], [[]], ["row"], [{}], [{"": ""}], {}], ids=repr)
def test_tables_of_another_form_are_findings_and_never_raise(table, rows):
    found = report(with_table(table, rows), base().objective)
    assert not found.passed
    assert "tables" in found.broken


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("cell", ODD_CELLS, ids=lambda cell: repr(cell)[:12])
def test_no_cell_makes_the_check_raise(table, cell):
    plan = next(plan for plan in bases() if plan.tables[table])
    first, *others = plan.tables[table]
    # Each column gets a third of them: the columns of a table take turns.
    turn = ODD_CELLS.index(cell) + TABLES.index(table)
    for column in list(first)[turn % 3 :: 3]:
        verify(plan.case, {**plan.tables, table: [{**first, column: cell}, *others]}, plan.objective)


@pytest.mark.parametrize("cell", ["nan", "inf", "-1", "", None, "many", "1_000", "１２", True, float("nan"), -2e-6])
def test_a_quantity_that_is_no_amount_is_a_finding_that_names_table_row_and_column(cell):
    found = report(with_cells("arrivals", at=2, units=cell)).findings[0]
    assert found.requirement == "tables"
    assert found.where == ("arrivals", "row 3", "units")


def test_rounding_below_zero_is_no_finding():
    rounded = {"offer": "gray", "site": "south", "period": "2028H1", "units": -1e-9}
    assert report(with_sums(base().case, with_table("arrivals", [*base().tables["arrivals"], rounded]))).passed


def test_a_row_twice_is_a_finding_even_if_the_rest_does_not_notice():
    row = next(row for row in base().tables["costs"] if row["category"] == "power")
    found = report(with_table("costs", [*base().tables["costs"], row]))
    assert found.broken == ("tables",)


def test_an_objective_that_is_not_known_is_not_compared():
    assert report(base().tables).checked["objective"] == 0
    assert report(base().tables, base().objective).checked["objective"] == 2


@pytest.mark.parametrize("objective", [float("nan"), float("inf"), 0.0, 1e300])
def test_a_wrong_objective_breaks_the_objective_alone(objective):
    assert report(base().tables, objective).broken == ("objective",)


def test_objective_agrees_to_a_millionth_and_no_more():
    total = base().objective
    assert report(base().tables, total * (1 + 0.9 * TOLERANCE)).passed
    assert not report(base().tables, total * (1 + 1.1 * TOLERANCE)).passed
    assert report(base().tables, total * (1 + 1.1 * TOLERANCE), tolerance=1e-5).passed


def test_findings_say_what_where_and_by_how_much():
    row = next(k for k, r in enumerate(base().tables["active"]) if (r["accelerator"], r["site"]) == ("own", "north"))
    found = report(with_cells("active", at=row, units=1000.0)).findings
    first = next(finding for finding in found if finding.requirement == "active_within_fleet")
    assert first.where == ("own", "north", "2029H1")
    assert (first.found, first.difference) == (1000.0, 960.0)
    expected = "active_within_fleet [own, north, 2029H1]: active units is 1000, may be at most 40 (by 960)"
    expected += "; see active.units, fleet.units"
    assert str(first) == expected
    assert report(base().tables).summary().endswith("requirements hold.")
    assert "active_within_fleet" in report(with_cells("active", at=row, units=1000.0)).summary(2)


def test_key_figures_that_the_check_does_not_know_are_refused():
    unknown = {"name": "mood", "value": 1.0, "unit": "", "periods": "reported", "of": ""}
    found = report(with_table("key_figures", [*base().tables["key_figures"], unknown]), base().objective)
    assert [str(finding) for finding in found.findings] == [
        "key_figures [mood]: name is mood, should be a key figure of the plan; see key_figures.name"
    ]


def test_columns_of_branching_trees_are_left_aside():
    extra = {"node": "a", "scenarios": "1;2", "probability": 0.5}
    tables = {name: [{**row, **extra} for row in rows] for name, rows in base().tables.items()}
    assert report(tables, base().objective).passed


def test_late_arrivals_hold_only_for_offers_that_a_disruption_has_touched():
    late = [row for row in base().tables["arrivals"] if (row["offer"], row["period"]) != ("own-foundry", "2029H2")]
    tables = with_table("arrivals", late)
    assert "arrivals_follow_orders" in report(tables).broken
    assert "arrivals_follow_orders" not in report(tables, touched={"own-foundry": 5}).broken
    assert "arrivals_follow_orders" in report(tables, touched={"own-foundry": 6}).broken
    assert "arrivals_follow_orders" in report(tables, touched={"gray": 0}).broken


def test_offers_in_the_backlogs_of_the_case_may_arrive_late_as_those_given_by_hand():
    late = [row for row in base().tables["arrivals"] if (row["offer"], row["period"]) != ("own-foundry", "2029H2")]
    tables = with_table("arrivals", late)

    def broken(*rows, **options):
        case = dataclasses.replace(base().case, backlogs=rows)
        return "arrivals_follow_orders" in verify(case, tables, None, **options).broken

    assert not broken(Backlog(offer="own-foundry", since="2029H2"))
    assert broken(Backlog(offer="own-foundry", since="2030"))
    assert broken(Backlog(offer="gray", since="2027"))
    assert not broken(Backlog(offer="own-foundry", since="2030"), touched={"own-foundry": 5})
    assert not broken(Backlog(offer="own-foundry", since="2029H2"), touched={"own-foundry": 6})
    # What is ordered in a backlog is punctual: it is missed where the backlog is older than its order.
    assert broken(Backlog(offer="own-foundry", since="2026"), touched={"gray": 0})


def test_arrivals_before_their_orders_are_found_even_where_a_disruption_has_touched():
    rows = base().tables["arrivals"]
    at = next(k for k, row in enumerate(rows) if (row["offer"], row["period"]) == ("own-foundry", "2029H1"))
    tables = with_cells("arrivals", at=at, period="2028H2")
    assert "arrivals_follow_orders" in report(tables, touched={"own-foundry": 0}).broken


@pytest.mark.parametrize("tables", [None, [], "tables", 7, {}])
def test_what_is_no_set_of_tables_is_a_finding(tables):
    assert report(tables).broken[0] == "tables"


def test_a_case_that_makes_no_sense_is_a_finding():
    case = base().case
    settings = dataclasses.replace(case.settings, start="soon")
    found = verify(dataclasses.replace(case, settings=settings), base().tables, None)
    assert found.broken == ("tables",)
    cut = [dataclasses.replace(row, span="2027-02..2027-08") for row in case.limits]
    found = verify(dataclasses.replace(case, limits=tuple(cut)), base().tables, None)
    assert "limits" in found.broken


def test_a_cohort_named_like_a_period_may_be_listed_apart_from_its_arrivals():
    plan = base("begun")
    rows, apart = plan.tables["fleet"], []
    for row in rows:
        if (row["accelerator"], row["site"], row["vintage"]) == ("alpha", "south", "2027H1"):
            share = 6.0 / 26.5
            apart += [{**row, "units": row["units"] * share}, {**row, "units": row["units"] * (1 - share)}]
        else:
            apart.append(row)
    assert len(apart) > len(rows)
    assert verify(plan.case, {**plan.tables, "fleet": apart}, plan.objective).passed


def test_the_check_shares_nothing_with_the_builder():
    folder = Path(models.checks.__file__).parent
    allowed = ("models.case", "models.checks", "models.tables")
    for path in [*folder.glob("*.py"), folder.parent / "verify.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                outside = name.startswith(("models", "planner", "numpy", "ortools", "pulp"))
                assert not outside or name.startswith(allowed), (path.name, name)


def test_units_of_a_first_period_cohort_past_its_life_are_worth_nothing():
    """A cohort of age 5 half-years with a life of 4 is gone: listing it is a finding, leaving it out is none."""
    plan = base()
    old = OpeningFleet(accelerator="alpha", site="cloud", units=9.0, in_service_since="2024H2")
    case = dataclasses.replace(plan.case, opening_fleet=(*plan.case.opening_fleet, old))
    tables = counted_again(case, plan.tables)
    assert verify(case, tables, plan.objective).passed
    row = {"accelerator": "alpha", "site": "cloud", "vintage": "2024H2", "period": "2027H1", "holding": "owned"}
    kept = {**tables, "fleet": [*plan.tables["fleet"], {**row, "units": 9.0}]}
    assert "fleet_balance" in verify(case, kept, plan.objective).broken


def test_offers_and_machines_that_the_plan_does_not_use_change_nothing():
    plan = base()
    case = dataclasses.replace(
        plan.case,
        accelerators=(*plan.case.accelerators, Accelerator(accelerator="idle", vendor="X", it_kw=1.0, life_years=3.0)),
        offers=(*plan.case.offers, Offer(offer="idle", accelerator="idle", kind="buy")),
    )
    assert verify(case, counted_again(case, plan.tables), plan.objective).passed
