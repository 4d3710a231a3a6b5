"""Mutants of what follows from other cells: every cell of a listing, another number, another text, blank or filled."""

import dataclasses

from models.checks.obligation_checks import CELLS as OBLIGATIONS
from models.checks.requirements import COLUMNS
from models.checks.statement_checks import CELLS as STATEMENTS
from models.checks.sums import CELLS
from models.tables.strategy_rows import Commitment
from tests.models.checks.mutants_money import dates, texts, tiers_in_use
from tests.models.checks.mutation import nudges, num, say

POSITIVE = ("quantity",)


def cells(p, table, columns, least=lambda row: 10e-6):
    """Changes of single cells; `least` is the smallest difference that counts, by row."""
    kinds = COLUMNS[table]
    for k, row in p.rows(table):
        where = say(table, *list(row.values())[:2])
        for column in columns:
            value, kind = row[column], kinds[column].lstrip("*")
            if value in ("", None):
                filled = {"perhaps": 0.5, "text or blank": "2027", "date or never": p.label(0)}[kind]
                yield say(where, column, "filled"), p.cell(table, k, **{column: filled})
            elif isinstance(value, str):
                other = p.later(value) if kind.startswith("date") else other_text(p, value)
                yield say(where, column, "other"), p.cell(table, k, **{column: other})
                if kind in ("text or blank", "date or never"):
                    yield say(where, column, "blank"), p.cell(table, k, **{column: ""})
            else:
                for how, other in nudges(float(value), least(row)):
                    if other >= 0 or kind not in POSITIVE:
                        yield say(where, column, how), p.cell(table, k, **{column: other})
                if kind == "perhaps":
                    yield say(where, column, "blank"), p.cell(table, k, **{column: None})


def other_text(p, value):
    swapped = {"yes": "no", "no": "yes", "capex": "opex", "opex": "capex", "buy": "lease", "lease": "buy"}
    if value in p.periods():
        return p.later(value, 1 if p.at(value) == 0 else -1)
    return swapped.get(value, value + "x")


def relative(*columns):
    """The smallest difference that counts beside the largest of some cells."""
    return lambda row: 2e-5 * max([1.0, *(abs(num(row, column)) for column in columns)])


def orders_table(p):
    yield from dates(p, "orders", ("due",))
    money = ("unit_price_usd", "invoice_musd", "contract_musd")
    yield from cells(p, "orders", (*money, "arrives", "arriving_units", "ends", "kind", "committed"))
    for k, row in p.rows("orders"):
        if row["lots"] not in ("", None):
            for how, value in nudges(num(row, "units")):
                yield say(k, "units", how), p.cell("orders", k, units=value)
            yield say(k, "lots", "blank"), p.cell("orders", k, lots=None)
        else:
            yield say(k, "lots", "of a divisible offer"), p.cell("orders", k, lots=row["units"])
    yield from texts(p, "orders", ("accelerator", "vendor"))
    yield from commitments(p)
    for k, row, _ in tiers_in_use(p):
        changed = p.given("price_tiers", k, discount=row.discount + 0.05)
        yield say("another discount:", row.offer, row.from_units), changed
    for k, row in p.inputs("offers"):
        if row.kind == "lease" and any(r["offer"] == row.offer for r in p.tables["orders"]):
            yield say("a longer term:", row.offer), p.given("offers", k, term_months=row.term_months + 12)


def commitments(p):
    for _, row in p.rows("orders"):
        own = [r for r in p.case.commitments if (r.kind, r.item) == ("order", row["offer"])]
        if row["committed"] == "yes":
            rest = [r for r in p.case.commitments if r not in own]
            yield say("not committed:", row["offer"]), p.given_rows("commitments", rest)
        else:
            new = Commitment(kind="order", item=row["offer"], period=row["period"], quantity=0.0, status="done")
            yield say("committed:", row["offer"], row["period"]), p.given_plus("commitments", new)


def service_table(p):
    rates = ("demand_qps", "served_qps")
    for k, row in p.rows("service"):
        for column in rates:
            if num(row, "demand_qps"):
                for how, value in nudges(num(row, column), least=2e-5 * num(row, "demand_qps")):
                    if value >= 0:
                        yield say(row["workload"], row["period"], column, how), p.cell("service", k, **{column: value})
    yield from cells(p, "service", ("share_served", "demand_million", "served_million", "unserved_million"))


def service_by_workload(p):
    names = [name for name in COLUMNS["service_by_workload"] if name != "workload"]
    yield from cells(p, "service_by_workload", names, relative("demand_million"))
    for k, row in p.rows("service_by_workload"):
        yield say(row["workload"], "left out"), p.drop("service_by_workload", k)
    rows = p.tables["service_by_workload"]
    yield "the best served first", dataclasses.replace(p, tables={**p.tables, "service_by_workload": rows[::-1]})
    yield from elsewhere(p, "service_by_workload")


def elsewhere(p, table):
    """Another number of reported periods, which sums depend on."""
    for periods in range(1, p.count):
        if periods != p.case.settings.periods:
            changed = p.settings(periods=periods, lookahead_periods=p.count - periods)
            yield say(table, "with", periods, "reported periods"), changed


def power_table(p):
    yield from cells(p, "power", ("drawn_mw", "available_mw", "slack_mw"), relative("available_mw", "drawn_mw"))
    for k, row in p.rows("power"):
        yield say(row["site"], row["period"], "left out"), p.drop("power", k)


def budgets_table(p):
    columns = [name for name in COLUMNS["budgets"] if name not in ("budget", "span", "price")]
    yield from cells(p, "budgets", columns, relative("available_musd", "gross_musd", "spent_musd"))
    for k, row in p.rows("budgets"):
        if row["amount_musd"] not in ("", None):
            yield say(row["budget"], row["span"], "left out"), p.drop("budgets", k)


def cost_kinds(p):
    for k, row in p.rows("costs"):
        for kind in ("capex", "opex", "revenue", "penalty", "value_left", ""):
            if kind != row["kind"]:
                yield say(row["line"], row["period"], kind), p.cell("costs", k, kind=kind)


def period_figures(p):
    columns = [name for name in COLUMNS["period_figures"] if name != "period"]
    money = [name for name in columns if name.endswith("_musd")]
    yield from cells(p, "period_figures", columns, relative(*money))
    for k, row in p.rows("period_figures"):
        yield say(row["period"], "left out"), p.drop("period_figures", k)
    yield from elsewhere(p, "period_figures")


def key_figures(p):
    largest = max(abs(num(row, "value")) for row in p.tables["key_figures"] if row["unit"] == "USD million")

    def least(row):
        return 2e-5 * max(1.0, largest if row["unit"] == "USD million" else abs(num(row, "value")))

    yield from cells(p, "key_figures", ("name", "value", "unit", "periods", "of"), least)
    for k, row in p.rows("key_figures"):
        yield say(row["name"], "left out"), p.drop("key_figures", k)
        if row["value"] is not None:
            value = num(row, "value")
            for how, other in (("in thousands", value * 1000 + 1), ("of the other sign", -value - 1)):
                yield say(row["name"], how), p.cell("key_figures", k, value=other)
    yield "a figure that nobody knows", p.plus("key_figures", {**p.tables["key_figures"][0], "name": "mood"})
    yield from elsewhere(p, "key_figures")


def input_basis(p):
    columns = [name for name in COLUMNS["input_basis"] if name != "table"]
    yield from cells(p, "input_basis", columns)
    for k, row in p.rows("input_basis"):
        yield say(row["table"], "left out"), p.drop("input_basis", k)
    for table in ("offers", "sites", "workloads"):
        for k, _ in p.inputs(table)[:2]:
            for note in ("our judgement", "Basis: derived", "derived from a list", "assumed"):
                yield say(table, k, note), p.given(table, k, note=note)
            yield say(table, k, "with a source"), p.given(table, k, source="a price list")


def sums_of(table, scale=()):
    """The maker of mutants of a table that adds up others: every cell, and rows left out or twice."""

    def maker(p):
        kinds = COLUMNS[table]
        numbers = [name for name, kind in kinds.items() if not kind.startswith("*")]
        yield from cells(p, table, numbers, relative(*(scale or numbers)))
        for k, row in p.rows(table):
            yield say(table, *list(row.values())[:2], "left out"), p.drop(table, k)

    maker.__name__ = table
    return maker


SUMS_OF = tuple(sums_of(table) for table in CELLS)


def obligations_of(table):
    """Mutants of a table of obligations: amounts differ by more than the rounding of its largest."""

    def maker(p):
        keys = [name for name, kind in OBLIGATIONS[table].items() if kind.startswith("*")]
        values = [name for name in OBLIGATIONS[table] if name not in keys]
        numbers = [name for name in values if not name.endswith("_unit")]
        yield from cells(p, table, values, relative(*(name for name in numbers if name.endswith("_musd"))))
        for k, row in p.rows(table):
            if max(abs(num(row, name)) for name in numbers if name.endswith("_musd")) > 1e-4:
                yield say(*(row[key] for key in keys), "left out"), p.drop(table, k)
                # Under another name its amounts are missing under its own.
                key = keys[-1]
                yield say(*(row[key] for key in keys), "of another"), p.cell(table, k, **{key: f"{row[key]}0"})
        yield from elsewhere(p, table)

    maker.__name__ = table
    return maker


def statement_of(table):
    """The maker of mutants of a statement: every cell, rows left out, twice, in another period or of something else."""
    cells_of = sums_of(table)

    def maker(p):
        yield from cells_of(p)
        item = next(name for name in ("line", "item", "lease") if name in COLUMNS[table])
        for k, row in p.rows(table):
            where = say(table, *list(row.values())[:3])
            yield say(where, "of something else"), p.cell(table, k, **{item: row[item] + "s"})
            later = p.later(row["period"], 1 if p.at(row["period"]) < p.count - 1 else -1)
            yield say(where, "in another period"), p.cell(table, k, period=later)
            yield say(where, "a second time"), p.plus(table, {**row, item: row[item] + "s"})

    maker.__name__ = table
    return maker


OBLIGATIONS_OF = tuple(obligations_of(table) for table in OBLIGATIONS)
STATEMENTS_OF = tuple(statement_of(table) for table in STATEMENTS)
