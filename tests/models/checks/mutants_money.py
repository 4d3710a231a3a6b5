"""Mutants of cost lines, budgets, totals, listings and cells."""

from models.checks.requirements import COLUMNS
from models.tables.fleet_rows import CASH_CATEGORIES
from models.tables.site_rows import SiteSeries
from models.tables.strategy_rows import Budget
from tests.models.checks.mutation import nudges, num, say

NEVERS = ("ready", "closed", "owned", "energised")
"""Dates that are blank when they never come."""


def lines(p, category, wanted):
    """Changes of the rows of a category whose line is wanted."""
    others = ("power", "variable")
    for k, row in p.rows("costs"):
        if row["category"] != category or not wanted(row["line"]):
            continue
        where, musd = say(row["line"], row["period"]), num(row, "musd")
        for how, value in nudges(musd):
            yield say(where, how), p.cell("costs", k, musd=value)
        yield say(where, "of the other sign"), p.cell("costs", k, musd=-musd)
        yield say(where, "left out"), p.drop("costs", k)
        yield say(where, "named otherwise"), p.cell("costs", k, line=row["line"] + "s")
        elsewhere = others[0] if category != others[0] else others[1]
        yield say(where, "in another category"), p.cell("costs", k, category=elsewhere)
        if row["period"] != "end":
            moved = p.later(row["period"], 1 if p.at(row["period"]) < p.count - 1 else -1)
            yield say(where, "in another period"), p.cell("costs", k, period=moved)


def priced(p, category, table, name, column, what):
    """Changes of an input that a line of the plan depends on."""
    paid = {row["line"] for row in p.tables["costs"] if row["category"] == category and abs(num(row, "musd")) > 1e-3}
    for k, row in p.inputs(table):
        value = getattr(row, column)
        if value and f"{what} {getattr(row, name)}" in paid:
            yield (
                say(table, getattr(row, name), column, "a hundredth more"),
                p.given(table, k, **{column: value * 1.01}),
            )


def every(line):
    return bool(line)


def tiered(p):
    names = {f"units {row.offer}" for row in p.case.price_tiers}
    return lambda line: line in names


def tiers_in_use(p):
    """Rows of `price_tiers` whose discount the orders have had, with the units that were ordered over their span."""
    for k, row in p.inputs("price_tiers"):
        ordered = sum(
            num(r, "units") for r in p.tables["orders"] if r["offer"] == row.offer and p.inside(r["period"], row.span)
        )
        reached = [t.from_units for t in p.case.price_tiers if (t.offer, t.span) == (row.offer, row.span)]
        if ordered > row.from_units and (row.kind == "incremental" or row.from_units == max(
            start for start in reached if start <= ordered
        )):  # fmt: skip
            yield k, row, ordered


def price_tiers(p):
    for category in ("hardware", "lease"):
        yield from lines(p, category, tiered(p))
    for k, row, ordered in tiers_in_use(p):
        where = say(row.offer, row.span, row.from_units)
        yield say(where, "a larger discount"), p.given("price_tiers", k, discount=row.discount + 0.01)
        yield say(where, "no discount"), p.given("price_tiers", k, discount=0.0)
        yield say(where, "reached later"), p.given("price_tiers", k, from_units=ordered + 1)


def price_in_force(p, offer, label):
    """Position of the price row that holds at the start of a period."""
    held = [(p.month(r.period), k) for k, r in p.inputs("prices") if r.offer == offer]
    return max((month, k) for month, k in held if month <= p.month(label))[1]


def prices(p, kind):
    """Changes of the prices and deposits that orders of a kind of offer without tiers have paid."""
    for row in p.tables["orders"]:
        at, offer = p.offer(row["offer"])
        late = kind == "lease" and p.late_from(offer.offer) < p.count
        if offer.kind != kind or tiered(p)(f"units {offer.offer}") or late:
            continue
        k = price_in_force(p, offer.offer, row["period"])
        price = p.case.prices[k].unit_price_usd
        where = say(offer.offer, p.case.prices[k].period)
        yield say(where, "price a hundredth more"), p.given("prices", k, unit_price_usd=price * 1.01)
        if kind == "buy" and row["due"] != row["period"]:
            changed = p.given("offers", at, deposit_share=offer.deposit_share * 0.9 + 0.01)
            yield say(offer.offer, "another deposit"), changed


def cost_hardware(p):
    yield from lines(p, "hardware", lambda line: not tiered(p)(line))
    yield from prices(p, "buy")
    yield from priced(p, "hardware", "offers", "offer", "integration_usd_per_unit", "integration")
    yield from priced(p, "hardware", "open_orders", "offer", "balance_usd_per_unit", "open orders")
    for k, row in p.inputs("open_orders"):
        if p.offer(row.offer)[1].kind == "buy" and 0 <= p.at(row.due) < p.count:
            yield say("open_orders", row.offer, "0.01 more due"), p.given("open_orders", k, balance_musd=0.01)
    yield from priced(p, "hardware", "open_orders", "offer", "paid_usd_per_unit", "late order paid back")


def cost_lease(p):
    yield from lines(p, "lease", lambda line: not tiered(p)(line))
    yield from prices(p, "lease")
    yield from priced(p, "lease", "open_leases", "lease", "rent_usd_per_unit_per_year", "running")
    for k, row in p.inputs("open_leases"):
        month = p.month(row.ends)
        for by in (-1, 1):
            if p.month(p.label(0)) <= month + by <= p.month(p.label(p.count)):
                label = f"{(month + by) // 12}-{(month + by) % 12 + 1:02d}"
                yield say(row.lease, "ends in", label), p.given("open_leases", k, ends=label)


def cost_expansion(p):
    yield from lines(p, "expansion", every)
    yield from priced(p, "expansion", "expansions", "expansion", "cost_musd_per_module", "modules")


def cost_tape_out(p):
    yield from lines(p, "tape_out", every)
    paid = {(row["line"].split("/")[0], row["line"].split("/")[1]) for row in p.tables["costs"]
            if row["category"] == "tape_out"}  # fmt: skip
    parts = {"design": "design_cost_musd", "masks": "mask_set_musd", "sustaining": "sustaining_musd_per_year"}
    for k, row in p.inputs("routes"):
        for what, column in parts.items():
            if (f"{what} {row.programme}", row.route) in paid:
                changed = p.given("routes", k, **{column: getattr(row, column) + 0.01})
                yield say(what, row.programme, row.route, "dearer"), changed
    for k, row in p.inputs("delays"):
        if (
            any(line["line"].startswith(f"respins {row.item}/") for line in p.tables["costs"])
            and row.respins is not None
        ):
            for by in (-1.0, 0.5, 1.0, 3.0):
                if row.respins + by >= 0:
                    yield say(row.item, by, "respins more"), p.given("delays", k, respins=row.respins + by)
            yield say(row.item, "respins not known"), p.given("delays", k, respins=None)
    for k, row in p.inputs("routes"):
        if (f"respins {row.programme}", row.route) in paid:
            changed = p.given("routes", k, respin_cost_musd=row.respin_cost_musd + 0.5)
            yield say("respins of", row.programme, "dearer"), changed
    for row in p.tables["tape_outs"]:
        if any(line["line"].startswith(f"sustaining {row['programme']}/") for line in p.tables["costs"]):
            yield from p.hindered(row["programme"], row["ready"])


def cost_acquisition(p):
    yield from lines(p, "acquisition", every)
    yield from priced(p, "acquisition", "acquisitions", "acquisition", "price_musd", "price")
    yield from priced(p, "acquisition", "acquisitions", "acquisition", "contribution_musd_per_year", "contribution")
    yield from priced(p, "acquisition", "acquisitions", "acquisition", "break_fee_share", "refund")
    yield from refunds(p)


def refunds(p):
    """A deal that closed is called off, one that was called off closes, and the rest of the price is kept."""
    for row in p.tables["acquisitions"]:
        name, paid = row["acquisition"], -1 <= p.at(row["signed"]) < p.count
        at, _ = next((k, r) for k, r in p.inputs("acquisitions") if r.acquisition == name)
        if paid and not row["closed"]:
            yield say(name, "clears after all"), p.delayed(name)
            yield say(name, "nothing comes back"), p.given("acquisitions", at, break_fee_share=1.0)
            yield say(name, "all comes back"), p.given("acquisitions", at, break_fee_share=0.0)
        elif paid and p.at(row["closed"]) < p.count:
            for change, changed in p.hindered(name, row["closed"]):
                yield change, changed
                yield say(change, "half lost"), changed.given("acquisitions", at, break_fee_share=0.5)


def cost_agreement(p):
    yield from lines(p, "agreement", lambda line: not line.startswith(("shortfall ", "level ")))
    yield from priced(p, "agreement", "agreements", "agreement", "prepayment_musd", "prepayment")


def take_or_pay(p):
    yield from lines(p, "agreement", lambda line: line.startswith("shortfall "))
    yield from priced(p, "agreement", "agreements", "agreement", "min_units_per_year", "shortfall")
    yield from priced(p, "agreement", "agreements", "agreement", "shortfall_usd_per_unit", "shortfall")


def cost_power(p):
    yield from lines(p, "power", every)
    yield from priced(p, "power", "sites", "site", "electricity_usd_per_mwh", "electricity")
    yield from priced(p, "power", "sites", "site", "pue", "electricity")
    for label in p.periods():
        for k, row in p.rows("costs"):
            if (row["category"], row["period"]) == ("power", label) and num(row, "musd") > 1e-3:
                site = row["line"].removeprefix("electricity ")
                power, share, price = p.place(site, label)
                then = {"power_mw": power, "available_share": share, "electricity_usd_per_mwh": price * 1.01}
                others = [r for r in p.case.site_series if r.site != site]
                changed = p.given_rows("site_series", [*others, SiteSeries(site=site, period=label, **then)])
                yield say(k, site, "a hundredth dearer from", label, "on"), changed


def cost_maintenance(p):
    yield from lines(p, "maintenance", every)
    yield from priced(p, "maintenance", "sites", "site", "fixed_musd_per_year", "fixed")
    yield from priced(p, "maintenance", "accelerators", "accelerator", "maintenance_usd_per_year", "units")


def cost_variable(p):
    yield from lines(p, "variable", every)


def cost_resale(p):
    yield from lines(p, "resale", every)
    yield from priced(p, "resale", "accelerators", "accelerator", "reference_price_usd", "units")


def cost_revenue(p):
    yield from lines(p, "revenue", every)
    yield from priced(p, "revenue", "workloads", "workload", "revenue_usd_per_1000", "queries")


def cost_unserved(p):
    yield from lines(p, "unserved", every)
    yield from priced(p, "unserved", "workloads", "workload", "penalty_usd_per_1000", "queries")


def value_left(p):
    yield from lines(p, "value_left", every)
    yield from priced(p, "value_left", "accelerators", "accelerator", "reference_price_usd", "units")
    yield from priced(p, "value_left", "expansions", "expansion", "life_years", "modules")
    yield from priced(p, "value_left", "programmes", "programme", "terminal_value_musd", "programme")
    for table, name, column, what in (
        ("expansions", "expansion", "energised", "modules"),
        ("tape_outs", "programme", "ready", "programme"),
    ):
        for row in p.tables[table]:
            left = any(r["line"] == f"{what} {row[name]}" and r["category"] == "value_left" for r in p.tables["costs"])
            if left and p.at(row[column] or "9999") < p.count:
                yield from p.hindered(row[name], row[column])


def discounting(p):
    for k, row in p.rows("costs"):
        where, value = say(row["category"], row["line"], row["period"]), num(row, "discounted_musd")
        for how, other in nudges(value):
            yield say(where, how), p.cell("costs", k, discounted_musd=other)
    for rate in (0.01, -0.01):
        changed = p.settings(discount_rate=p.case.settings.discount_rate + rate)
        yield say("discount rate", rate), changed


def objective(p):
    for how, value in nudges(p.objective):
        yield say("objective", how), p.goal(value)
    yield "objective of the other sign", p.goal(-p.objective)
    yield "objective not a number", p.goal(float("nan"))
    for k, row in p.rows("costs"):
        if abs(num(row, "discounted_musd")) > 1e-2:
            yield say("left out:", row["category"], row["line"], row["period"]), p.drop("costs", k)


def budgets(p):
    for k, row in p.rows("budgets"):
        if row["amount_musd"] in ("", None):
            continue
        at, given = next(
            (i, r)
            for i, r in p.inputs("budgets")
            if r.budget == row["budget"]
            and (p.inside(r.span.split("..")[0], row["span"]) or p.inside(row["span"].split("..")[0], r.span))
        )
        for how, more in (("a little", 2e-5 * max(1.0, num(row, "amount_musd"))), ("a million", 1.0)):
            less = given.amount_musd - num(row, "slack_musd") - more
            yield say(row["budget"], row["span"], k, how, "over"), p.given("budgets", at, amount_musd=less)
    for label in p.periods():
        for category in CASH_CATEGORIES:
            spent = sum(num(r, "musd") for r in p.tables["costs"] if (r["category"], r["period"]) == (category, label))
            if abs(spent) > 1e-3:
                new = Budget(budget="new", categories=(category,), span=label, amount_musd=spent - 1e-4)
                yield say("new budget", category, label), p.given_plus("budgets", new)


def dates(p, table, columns):
    for k, row in p.rows(table):
        for column in columns:
            if not row[column]:
                for label in p.periods():
                    yield say(table, k, column, "after all in", label), p.cell(table, k, **{column: label})
                continue
            if column in NEVERS:
                yield say(table, k, column, "never"), p.cell(table, k, **{column: ""})
                name = next(iter(row.values()))
                yield from p.hindered(name, row[column])
            for by in (-2, -1, 1, 2, 3):
                yield say(table, k, column, by, "periods off"), p.cell(table, k, **{column: p.later(row[column], by)})


def numbers(p, table, columns):
    for k, row in p.rows(table):
        for column in columns:
            if row[column] not in ("", None):
                for how, value in nudges(num(row, column)):
                    yield say(table, k, column, how), p.cell(table, k, **{column: value})


def texts(p, table, columns):
    for k, row in p.rows(table):
        for column in columns:
            yield say(table, k, column, "another"), p.cell(table, k, **{column: row[column] + "x"})


def tape_outs_table(p):
    yield from dates(p, "tape_outs", ("tape_out", "ready"))


def acquisitions_table(p):
    yield from dates(p, "acquisitions", ("closed", "owned"))
    yield from numbers(p, "acquisitions", ("price_musd",))


def agreements_table(p):
    yield from dates(p, "agreements", ("live_from", "live_to"))


def expansions_table(p):
    yield from dates(p, "expansions", ("energised",))
    for k, row in p.inputs("commitments"):
        if row.kind == "build" and row.period and p.at(row.period) < 0:
            yield say(row.item, "energised earlier than planned"), p.given("commitments", k, reached=row.period)
    yield from texts(p, "expansions", ("site",))


def limits_table(p):
    for k, row in p.rows("limits"):
        for column in ("supply", "used", "slack"):
            if row[column] not in ("", None):
                for how, value in nudges(num(row, column), least=2e-5 * max(1.0, num(row, "supply"))):
                    yield say(row["limit"], row["span"], column, how), p.cell("limits", k, **{column: value})


def tables(p):
    bad = {"units": ("nan", "-1", "", "many", None, "1_000", float("inf"), True), "period": ("2027-13", "soon", "1999")}
    for table in COLUMNS:
        yield (
            say(table, "missing"),
            type(p)(p.case, {name: rows for name, rows in p.tables.items() if name != table}, p.objective),
        )
    for table in ("orders", "arrivals", "fleet", "active"):
        for k, row in p.rows(table)[:3]:
            if row.get("vintage") not in p.periods():
                yield say(table, k, "twice"), p.plus(table, dict(row))
            for column, cells in bad.items():
                gone = {name: cell for name, cell in row.items() if name != column}
                rows = [gone if i == k else r for i, r in p.rows(table)]
                yield say(table, k, "without", column), type(p)(p.case, {**p.tables, table: rows}, p.objective)
                for cell in cells:
                    yield say(table, k, column, repr(cell)), p.cell(table, k, **{column: cell})
    for table, column in (
        ("arrivals", "offer"),
        ("active", "site"),
        ("assignments", "workload"),
        ("costs", "category"),
    ):
        for k, _ in p.rows(table)[:3]:
            yield say(table, k, column, "unknown"), p.cell(table, k, **{column: "unknown"})
