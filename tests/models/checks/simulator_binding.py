"""The table of what binds: amounts and use by the simulator's own tables, with prices that could be true.

What is used up to the last of it is given a price that holds for three tenths of a unit; anything else is worth 0.
"""

from tests.models.checks.simulator_time import months

HOLDS = 0.3


def binding(run):
    carrying = {row.budget for row in run.case.budgets if row.carry_over}
    units = {row.limit: row.unit for row in run.case.limits}
    rows = []
    for row in run.tables["budgets"]:
        there, handed = row["available_musd"], row["budget"] in carrying
        if there not in ("", None):
            rows.append(told(row, "budgets", ("budget", "span"), row["spent_musd"], there, "USD million", handed))
    rows += [
        told(row, "limits", ("limit", "span"), row["used"], row["supply"], units[row["limit"]])
        for row in run.tables["limits"]
        if row["supply"] not in ("", None)
    ]
    rows += [
        told(row, "site_power", ("site", "period"), row["drawn_mw"], row["available_mw"], "MW")
        for row in run.tables["power"]
        if row["available_mw"] not in ("", None)
    ]
    end = run.start + run.case.settings.periods * run.step
    rows = [row for row in rows if months(row["period"].split("..")[0]) < end]
    run.tables["binding"] = sorted(rows, key=lambda row: -row["worth_of_one_per_cent_musd"])


def told(row, requirement, names, used, there, unit, handed=False):
    """The row of what binds, whose price the table of the bound is given too."""
    found = row_of(requirement, row[names[0]], row[names[1]], used, there - used, unit, is_used_up=handed)
    row["price"] = found["price"]
    return found


KINDS = {"budgets": "budget", "limits": "limit", "site_power": "power"}
WHAT = {"budgets": "budget {}", "limits": "limit {}", "site_power": "power at {}"}


def row_of(requirement, item, period, used, left, unit, *, is_used_up=False):
    there = used + left
    price = 2.0 if is_used_up or left <= 1e-9 else 0.0
    return {
        "requirement": requirement, "item": item, "kind": KINDS[requirement], "what": WHAT[requirement].format(item),
        "period": period, "used": used, "available": there,
        "share": used / there if there > 0 else "", "unit": unit, "price": price,
        "worth_of_one_per_cent_musd": price * min(HOLDS, 0.01 * there), "worth_of_one_unit_musd": price * HOLDS,
        "holds_up_to": HOLDS if price else "", "note": "" if price else "more is worth nothing",
    }  # fmt: skip
