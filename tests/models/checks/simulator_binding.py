"""The table of what binds: amounts and use by the simulator's own tables, with prices that could be true.

What is used up to the last of it is given a price that holds for three tenths of a unit; anything else is worth 0.
"""

from tests.models.checks.simulator_time import in_force, months

HOLDS = 0.3


def binding(run):
    carrying = {row.budget for row in run.case.budgets if row.carry_over}
    rows = [
        row_of("budgets", row["budget"], row["span"], row["spent_musd"], row["slack_musd"], "USD million",
               is_used_up=row["budget"] in carrying)
        for row in run.tables["budgets"]
    ]  # fmt: skip
    units = {row.limit: row.unit for row in run.case.limits}
    rows += [
        row_of("limits", row["limit"], row["span"], row["used"], row["slack"], units[row["limit"]])
        for row in run.tables["limits"]
    ]
    rows += list(sites(run))
    end = run.start + run.case.settings.periods * run.step
    rows = [row for row in rows if months(row["period"].split("..")[0]) < end]
    run.tables["binding"] = sorted(rows, key=lambda row: -row["worth_of_one_per_cent_musd"])


def sites(run):
    for site in run.case.sites:
        for t in range(run.n):
            said = in_force([row for row in run.case.site_series if row.site == site.site], run.start + t * run.step)
            own = site.power_mw if said is None or said.power_mw is None else said.power_mw
            if own is None:
                continue
            share = 1.0 if said is None else said.available_share
            there = share * (own + modules(run, site.site, t))
            drawn = sum(
                row["units"] * run.acc[row["accelerator"]].it_kw * site.pue / 1000
                for row in run.tables["active"]
                if (row["site"], row["period"]) == (site.site, run.name(t))
            )
            yield row_of("site_power", site.site, run.name(t), drawn, there - drawn, "MW")


def modules(run, site, t):
    size = {row.expansion: row.module_mw for row in run.case.expansions}
    return sum(
        row["modules"] * size[row["expansion"]]
        for row in run.tables["expansions"]
        if row["site"] == site and row["energised"] and run.when(row["energised"]) <= t
    )


def row_of(requirement, item, period, used, left, unit, *, is_used_up=False):
    there = used + left
    price = 2.0 if is_used_up or left <= 1e-9 else 0.0
    return {
        "requirement": requirement, "item": item, "period": period, "used": used, "available": there,
        "share": used / there if there > 0 else "", "unit": unit, "price": price,
        "worth_of_one_per_cent_musd": price * min(HOLDS, 0.01 * there), "worth_of_one_unit_musd": price * HOLDS,
        "holds_up_to": HOLDS if price else "", "note": "" if price else "more is worth nothing",
    }  # fmt: skip
