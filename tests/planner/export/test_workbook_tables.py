"""The workbook tells what the result tables tell, of the reported periods, and adds up nothing of its own."""

from dataclasses import replace

import pytest

from planner.plan_documents import plan_workbook
from planner.results.table import Table
from tests.planner.export.test_workbook import CASES, TOTAL, line, loaded, opened, written

LISTS = {"Order list": "orders", "Sales": "sales", "Milestones": "milestones", "What binds": "binding"}


def listed(data, sheet):
    """The header of a list, and the rows below it and the row of units."""
    header, _, *rows = opened(data, values=True)[sheet].iter_rows(min_row=6, values_only=True)
    return header, [row for row in rows if any(cell is not None for cell in row[1:])]


def same(shown, told):
    if isinstance(told, int | float):
        return shown == pytest.approx(told, rel=1e-12)
    return (shown or "") == str(told or "").replace(";", ", ")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("sheet", LISTS)
def test_every_row_of_a_table_is_a_row_of_its_list(name, sheet):
    records = loaded(name).records(LISTS[sheet])
    _, rows = listed(written(name), sheet)
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        shown = [cell for cell in row if cell is not None]
        # Every number and word that is shown is one of the table's row, each once.
        told = [value for value in record.values() if value not in (None, "")]
        for cell in shown:
            found = next(value for value in told if same(cell, value))
            told.remove(found)


def test_orders_tell_invoice_contract_arrival_and_the_end_of_leases():
    data = written("quarters")
    header, rows = listed(data, "Order list")
    assert {"Arrives", "Lease ends"} <= set(header)
    orders = loaded("quarters").records("orders")
    leases = [row for row in orders if row["kind"] == "lease"]
    assert leases
    assert [row[header.index("Lease ends")] for row in rows] == [row["ends"] or None for row in orders]
    section = "Contract value, after volume discounts (leases: of the whole term)"
    labels = loaded("quarters").calendar.labels
    for row in orders:
        _, values = line(data, "Orders", section, row["offer"])
        assert values[labels.index(row["period"])] == pytest.approx(row["contract_musd"])


def test_limits_over_several_periods_do_not_stand_in_the_way_of_what_a_site_is_worth():
    told = loaded("tiny")
    period, *_, last = told.calendar.labels
    site = told.case.sites[0].site
    power = [row | {"price": 2.0} if row["site"] == site else row for row in told.records("power")]
    binding = dict.fromkeys(told.tables["binding"].columns)
    rows = [
        binding | {"kind": "limit", "item": site, "period": f"{period}..{last}", "worth_of_one_per_cent_musd": 7.5},
        binding | {"kind": "power", "item": site, "period": period, "worth_of_one_per_cent_musd": 2.5},
    ]
    tables = told.tables | {
        name: Table(name, told.tables[name].columns, [tuple(row.values()) for row in found])
        for name, found in (("power", power), ("binding", rows))
    }
    _, values = line(plan_workbook(replace(told, tables=tables)), "Active & Power", site, "1 % more saves")
    assert values[0] == 2.5
    assert not any(values[1:])


@pytest.mark.parametrize("name", CASES)
def test_what_is_owed_stands_by_calendar_year(name):
    records = loaded(name).records("owed")
    header, rows = listed(written(name), "Owed")
    year = {text.partition(",")[0]: at for at, text in enumerate(header) if text}
    cells = {(row[0], row[1], row[2], at): value for row in rows for at, value in enumerate(row)}
    for record in records:
        found = cells[record["what"], record["line"], record["from"], year[str(record["year"])]]
        assert found == pytest.approx(record["musd"])
    if records:
        totals = [row for row in opened(written(name), values=True)["Owed"].iter_rows(values_only=True)]
        (whole,) = [row[year["In all"]] for row in totals if row[0] == "In all"]
        assert whole == pytest.approx(loaded(name).figure("owed_after_end"))


@pytest.mark.parametrize("name", CASES)
def test_capital_and_running_cost_stand_apart_and_are_those_of_the_plan(name):
    figures = loaded(name).records("period_figures")
    for label, column in (("Capital cost, less resale", "capex_musd"), ("Running cost", "opex_musd")):
        total, values = line(written(name), "Cash", "Cash", label)
        assert values == pytest.approx([row[column] for row in figures], abs=1e-9)
        assert total == pytest.approx(sum(row[column] for row in figures if row["reported"] == "yes"), abs=1e-9)


def test_totals_are_of_the_reported_periods():
    """Two of eight quarters are lookahead; the net present cost counts them, nothing else does."""
    data = written("quarters")
    total, values = line(data, "Cash", "Cash", "Cash")
    assert total == pytest.approx(sum(values[:6])) != sum(values)
    assert total == pytest.approx(loaded("quarters").figure("cash_cost"))
    discounted, values = line(data, "Cash", "Discounting", "Discounted cost")
    assert discounted == pytest.approx(sum(values))
    assert "reported periods" in opened(data)["Cash"].cell(4, TOTAL).value
    assert "reported" not in opened(written("tiny"))["Cash"].cell(4, TOTAL).value


@pytest.mark.parametrize("name", CASES)
def test_budgets_tell_gross_net_and_the_share_of_what_is_available(name):
    data, case = written(name), loaded(name)
    rows = [row for row in case.records("budgets") if row["share_used"] is not None]
    assert rows
    for row in rows:
        section = f"Budget {row['budget']}"
        for label, column in (
            ("Available, with what was left over", "available_musd"),
            ("Spent, gross", "gross_musd"),
            ("Share used: spent of available", "share_used"),
        ):
            _, values = line(data, "Budgets and limits", section, label)
            assert any(value == pytest.approx(row[column]) for value in values if value is not None), (row, label)
        assert row["share_used"] <= 1 + 1e-6


@pytest.mark.parametrize("name", CASES)
def test_service_is_told_by_workload_least_served_first(name):
    rows = [
        row for row in opened(written(name), values=True)["Summary"].iter_rows(values_only=True) if row[1] == "Serve"
    ]
    records = loaded(name).records("service_by_workload")
    assert [row[2] for row in rows] == [record["workload"] for record in records]
    assert [row[3] for row in rows] == pytest.approx([record["share_served"] for record in records])
