"""Which inputs changed from what to what."""

from __future__ import annotations

from dataclasses import replace

from planner.comparison import compare
from planner.comparison.comparison_headline import input_sentences
from planner.comparison.comparison_items import ChangeKind
from tests.planner.comparison.made import loaded, plan
from tests.planner.tiny import FILES


def inputs(tmp_path, *changes):
    runs = [loaded(tmp_path, name, changes=change) for name, change in zip("abc", ({}, *changes), strict=False)]
    found = compare(runs)
    return found.inputs, list(input_sentences(found))


def test_a_changed_cell_is_told_with_row_place_and_share(tmp_path):
    changed = {"prices": FILES["prices.csv"].replace("100000", "125000")}
    (entry,), sentences = inputs(tmp_path, changed)
    assert (entry.table, entry.row, entry.time, entry.column) == ("prices", "chip_list", "2027", "unit_price_usd")
    assert entry.values == (100000.0, 125000.0)
    assert entry.places == ("prices.csv row 2", "prices.csv row 2")
    assert sentences == ["prices chip_list unit_price_usd 2027: 125,000 USD, not 100,000 (+25.0 %)"]


def test_added_and_removed_rows_are_told_with_what_they_hold(tmp_path):
    changed = {"sites": FILES["sites.csv"] + "away,2,1.2,40\n"}
    (entry,), sentences = inputs(tmp_path, changed)
    assert entry.changes == (ChangeKind.ADDED,)
    assert entry.values[0] is None
    assert sentences == [
        "sites away: row added (power_mw 2, pue 1.2, electricity_usd_per_mwh 40, "
        "carbon_kg_per_kwh 0, fixed_musd_per_year 0)"
    ]
    (reverse,) = compare([loaded(tmp_path, "d", changes=changed), loaded(tmp_path, "e")]).inputs
    assert reverse.changes == (ChangeKind.DROPPED,)


def test_a_running_lease_that_changed_or_came_is_told(tmp_path):
    head = "lease,accelerator,site,units,rent_usd_per_unit_per_year,ends\n"
    before = {"open_leases": f"{head}old,chip,home,4,30000,2029\n"}
    after = {"open_leases": f"{head}old,chip,home,4,36000,2029\nnew,chip,home,8,30000,2030\n"}
    runs = [loaded(tmp_path, name, changes=change) for name, change in (("a", before), ("b", after))]
    assert sorted(input_sentences(compare(runs))) == [
        "open_leases new: row added "
        "(accelerator chip, site home, units 8, rent_usd_per_unit_per_year 30,000, ends 2030)",
        "open_leases old rent_usd_per_unit_per_year: 36,000 USD per unit-year, not 30,000 (+20.0 %)",
    ]


def test_a_series_is_told_in_one_sentence(tmp_path):
    rows = "workload,period,queries_per_day_million\n" + "".join(f"chat,{2027 + n},8.64\n" for n in range(4))
    before = {"demand": rows}
    after = {"demand": rows.replace("8.64", "9.504")}
    found = compare([loaded(tmp_path, "a", changes=before), loaded(tmp_path, "b", changes=after)])
    assert len(found.inputs) == 4
    assert list(input_sentences(found)) == ["demand chat queries_per_day_million: 4 cells from 2027 to 2030, +10.0 %"]


def test_many_rows_of_a_column_are_told_together(tmp_path):
    def prices(factor):
        names = [f"chip_{number}" for number in range(12)]
        return {
            "offers": "offer,accelerator,kind,lot_size\n" + "".join(f"{name},chip,buy,4\n" for name in names),
            "prices": "offer,period,unit_price_usd\n"
            + "".join(f"{name},2027,{100000 + factor * 1000 * (number + 1)}\n" for number, name in enumerate(names)),
        }

    runs = [loaded(tmp_path, "a", changes=prices(0)), loaded(tmp_path, "b", changes=prices(1))]
    assert list(input_sentences(compare(runs))) == [
        "prices unit_price_usd: 12 cells of 12 rows in 2027, +1.0 % to +12.0 %"
    ]


def test_changes_all_over_are_told_by_table(tmp_path):
    changed = {
        "plan": plan(periods=3).replace("0.1\n", "0.2\n", 1).replace('"tiny"', '"other"').replace("0.000001", "0.1"),
        "workloads": "workload,min_service,penalty_usd_per_1000,peak_to_average\nchat,0.5,6,2\n",
        "accelerators": FILES["accelerators.csv"].replace("chip,maker,1,3,100000", "chip,other,2,4,90000"),
        "sites": FILES["sites.csv"].replace("home,1,1,50", "away,2,1.1,40"),
    }
    _, sentences = inputs(tmp_path, changed)
    assert sentences == [
        "plan.toml: 4 cells changed (name, periods, discount_rate, solver.gap)",
        "workloads: 3 cells changed (peak_to_average, min_service, penalty_usd_per_1000)",
        "accelerators: 4 cells changed (vendor, it_kw, life_years, reference_price_usd)",
        "sites: 1 row added, 1 row dropped",
    ]


def test_a_blank_is_told_by_what_it_means(tmp_path):
    changed = {"sites": FILES["sites.csv"].replace("home,1,1", "home,,1")}
    _, sentences = inputs(tmp_path, changed)
    assert sentences == ["sites home power_mw: blank (no limit), not 1"]


def test_settings_and_options_are_inputs_too(tmp_path):
    first = loaded(tmp_path, "a")
    other = loaded(
        tmp_path,
        "b",
        changes={"plan": plan().replace("discount_rate = 0.1", "discount_rate = 0.12").replace("0.000001", "0.01")},
        manifest={"options": {"solver": "highs", "gap": 1e-6}},
    )
    found = compare([first, other]).inputs
    told = {(entry.table, entry.column): entry.values for entry in found}
    assert told == {
        ("plan.toml", "discount_rate"): (0.1, 0.12),
        ("plan.toml", "solver.gap"): (1e-06, 0.01),
        ("options", "solver"): ("scip", "highs"),
    }


def test_another_way_of_writing_is_no_change(tmp_path):
    first = {"budgets": "budget,categories,span,amount_musd\nx,all,2027..2030,5\ny,hardware,2027..2030,6\n"}
    other = {"budgets": "budget,span,categories,amount_musd\nx,2027..2030,all,5.0\ny,2027..2030,hardware,6.00\n"}
    found = _otherwise(tmp_path, first, other)
    assert found.inputs == ()
    assert list(input_sentences(found)) == [
        "The input files differ in form only (writing of numbers, comments, order of rows that are looked up)."
    ]


def test_another_order_of_rows_that_are_looked_up_is_no_change(tmp_path):
    head = "workload,period,queries_per_day_million\n"
    first, other = {"demand": f"{head}chat,2027,8\nchat,2028,9\n"}, {"demand": f"{head}chat,2028,9\nchat,2027,8\n"}
    assert _otherwise(tmp_path, first, other).inputs == ()


def test_rows_in_another_order_are_told_where_nothing_else_differs(tmp_path):
    """They are shown in another order."""
    head, first, second = [*FILES["sites.csv"].splitlines(), "away,2,1.2,40"]
    before, after = (f"{head}\n{one}\n{two}\n" for one, two in ((first, second), (second, first)))
    found = _otherwise(tmp_path, {"sites": before}, {"sites": after})
    (entry,) = found.inputs
    assert (entry.table, entry.column, entry.values) == ("sites", "order of rows", ("home; away", "away; home"))
    assert entry.changes == (ChangeKind.CHANGED,)
    assert list(input_sentences(found)) == ["sites order of rows: away; home, not home; away"]


def _otherwise(tmp_path, first, other):
    """Compares two runs whose files differ, whatever their rows say."""
    a, b = loaded(tmp_path, "a", changes=first), loaded(tmp_path, "b", changes=other)
    return compare([a, replace(b, read=replace(b.read, case_hash="another"))])


def test_notes_and_sources_are_told_as_remarks(tmp_path):
    changed = {"sites": "site,power_mw,pue,electricity_usd_per_mwh,note\nhome,1,1,50,from the lease\n"}
    (entry,), sentences = inputs(tmp_path, changed)
    assert entry.is_remark
    assert sentences == ["1 note or source reads otherwise; it changes no plan."]


def test_three_runs_name_the_run_that_changed(tmp_path):
    dear = {"prices": FILES["prices.csv"].replace("100000", "150000")}
    cheap = {"prices": FILES["prices.csv"].replace("100000", "50000")}
    (entry,), sentences = inputs(tmp_path, dear, cheap)
    assert entry.values == (100000.0, 150000.0, 50000.0)
    assert [sentence[:3] for sentence in sentences] == ["B: ", "C: "]
