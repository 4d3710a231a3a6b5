"""Dossiers made by hand: the tiny case with result tables of a few rows, so that each difference is known."""

from __future__ import annotations

from planner.case import read_case
from planner.documents.content.comparison_document import comparison_document
from planner.documents.document_markdown import document_markdown
from planner.documents.document_terminal import document_view
from planner.documents.html.document_page import document_html
from planner.documents.xlsx.document_workbook import document_workbook
from planner.results.loaded_run import LoadedRun
from planner.results.table import table
from tests.planner.tiny import write_tiny

COLUMNS = {
    "orders": "offer accelerator vendor period lots units unit_price_usd due committed kind",
    "sales": "accelerator site vintage period units age_years unit_value_usd musd end_of_life reported",
    "service": "workload period demand_qps served_qps unserved_qps",
    "tape_outs": "programme route start tape_out ready",
    "acquisitions": "acquisition signed closed owned price_musd",
    "agreements": "agreement signed live_from live_to",
    "expansions": "expansion site period modules energised",
    "costs": "category line period musd discounted_musd",
    "key_figures": "name value unit of",
}
PLAN = (
    'schema_version = 1\nname = "tiny"\ncurrency_basis = "real"\nstart = "{start}"\nperiod = "{period}"\n'
    "periods = {periods}\nlookahead_periods = {lookahead}\ndiscount_rate = 0.1\n\n[solver]\ngap = 0.000001\n"
)


def plan(start="2027", period="year", periods=4, lookahead=0):
    """The text of a plan.toml of other periods."""
    return PLAN.format(start=start, period=period, periods=periods, lookahead=lookahead)


def order(period, units, offer="chip_list"):
    kind = "lease" if offer == "cloud" else "buy"
    return (offer, "chip", "maker", period, units / 4, units, 100_000.0, period, "no", kind)


def sale(period, units, *, is_end=False):
    """Units of chip of 2026 that are sold, by decision or because their life ends."""
    return ("chip", "home", "2026", period, units, 1.0, 5e4, units * 0.05, "yes" if is_end else "no", "yes")


def cost(category, period, musd, present=None):
    return (category, f"line {category}", period, musd, musd if present is None else present)


def loaded(folder, name, *, objective=100.0, gap=1.0, tables=None, manifest=None, changes=None):
    """A plan of the tiny case over four years; `tables` gives rows by table, `changes` files of the case."""
    texts = {"plan": plan()} | (changes or {})
    texts.setdefault("budgets", "budget,categories,span,amount_musd\n")
    read = read_case(write_tiny(folder / name, **texts))
    made = {
        key: table(key, columns, _rows(key, (tables or {}).get(key, ()), objective)) for key, columns in COLUMNS.items()
    }
    facts = {
        "status": "optimal",
        "objective_musd": objective,
        "bound_musd": None if gap is None else objective - gap,
        "gap_musd": gap,
        "inputs": {file.name: file.sha256 for file in read.files},
        "options": {"solver": "scip", "gap": 1e-6},
    }
    return LoadedRun(facts | (manifest or {}), made, read, name)


def _rows(key, rows, objective):
    if key == "key_figures" and not rows:
        return [("net_present_cost", objective, "USD million", ""), ("least_share_served", 1.0, "fraction", "chat")]
    return rows


def line(lines, *labels):
    """The one line with these labels."""
    (found,) = [one for one in lines if one.labels == labels]
    return found


def decision(comparison, item):
    """The one decision about an item."""
    (found,) = [one for one in comparison.decisions if one.item == item]
    return found


def comparison_markdown(comparison):
    return document_markdown(comparison_document(comparison))


def comparison_html(comparison):
    return document_html(comparison_document(comparison))


def comparison_workbook(comparison):
    return document_workbook(comparison_document(comparison))


def comparison_view(comparison, width):
    return document_view(comparison_document(comparison), width)
