"""The table of what binds: amounts and use by the simulator's own tables, with prices that could be true.

What is used up to the last of it is given a price that holds for three tenths of a unit; anything else is worth 0.
"""

from itertools import pairwise

from tests.models.checks.simulator_figures import capability
from tests.models.checks.simulator_time import ends, months

HOLDS = 0.3


def binding(run):
    units = {row.limit: row.unit for row in run.case.limits}
    rows = []
    for at, row in enumerate(run.tables["budgets"]):
        there, handed = row["available_musd"], is_used_up_later(run, run.tables["budgets"][at:])
        if there not in ("", None):
            rows.append(
                bounding_row(row, "budgets", ("budget", "span"), row["spent_musd"], there, "USD million", handed)
            )
    rows += [
        bounding_row(row, "limits", ("limit", "span"), row["used"], row["supply"], units[row["limit"]])
        for row in run.tables["limits"]
        if row["supply"] not in ("", None)
    ]
    rows += [
        bounding_row(row, "site_power", ("site", "period"), row["drawn_mw"], row["available_mw"], "MW")
        for row in run.tables["power"]
        if row["available_mw"] not in ("", None)
    ]
    rows += [
        bounding_row(row, "carbon_limits", ("", "span"), row["emitted_tonnes"], row["tonnes"], "t CO2e")
        for row in run.tables["carbon_limits"]
        if row["tonnes"] not in ("", None)
    ]
    rows += [row for row in (*ramps(run), *ceilings(run)) if row["share"] == "" or row["share"] > 0.9 or row["price"]]
    end = run.start + run.case.settings.periods * run.step
    rows = [row for row in rows if months(row["period"].split("..")[0]) < end]
    run.tables["binding"] = sorted(rows, key=lambda row: -row["worth_of_one_per_cent_musd"])


def is_used_up_later(run, rows):
    """True where nothing is left in a later span that has what this one hands on."""
    carries = {(row.budget, row.span): row.carry_over for row in run.case.budgets}
    for before, row in pairwise(rows):
        name = row["budget"]
        # Rows finer than a period have become one: the last of them says whether it hands on.
        inside = [carry for (budget, span), carry in carries.items()
                  if budget == name and ends(span)[1] == ends(before["span"])[1]]  # fmt: skip
        if name != rows[0]["budget"] or not inside[-1]:
            return False
        if row["slack_musd"] not in ("", None) and row["slack_musd"] <= 1e-9:
            return True
    return False


def ramps(run):
    for name in dict.fromkeys(row.programme for row in run.case.ramp):
        steps = [row for row in run.case.ramp if row.programme == name]
        ready = [months(row["ready"]) for row in run.tables["tape_outs"] if row["programme"] == name and row["ready"]]
        for period in periods(run):
            offers = [offer for offer, row in run.offer.items() if name in row.requires]
            came = sum(row["units"] for row in run.tables["arrivals"]
                       if row["offer"] in offers and row["period"] == period)  # fmt: skip
            since = months(period) - min(ready, default=10**6)
            begun = [row for row in steps if row.months_since_ready <= since]
            last = max(begun, key=lambda row: row.months_since_ready, default=None)
            there = last.max_units_per_year * run.dt if since >= 0 and last else 0.0
            if there:
                yield row_of("ramp", name, period, came, there - came, "units")


def periods(run):
    return [row["period"] for row in run.tables["period_figures"]]


def held(run, period):
    """Capability that is owned or leased, by accelerator."""
    found = dict.fromkeys(run.acc, 0.0)
    for row in run.tables["fleet"]:
        if row["period"] == period:
            found[row["accelerator"]] += row["units"] * capability(run, row["accelerator"])
    return found


def ceilings(run):
    for policy in run.case.policies:
        first, end = ends(policy.span)
        inside = [period for period in periods(run) if first <= months(period) < end]
        for period in inside:
            have = held(run, period)
            own = sum(amount for name, amount in have.items()
                      if policy.subject in ("", name, run.acc[name].vendor))  # fmt: skip
            if policy.kind == "max_vendor_share" and policy.basis == "capability":
                there, unit, kind = policy.value * sum(have.values()), "of capability", "vendor_share"
            elif policy.kind == "max_capability":
                there, unit, kind = policy.value, "of capability", "capability_bounds"
            elif policy.kind == "max_active_programmes":
                there, unit, kind = policy.value, "programmes", "active_programmes"
                own = sum(
                    months(row["start"]) <= months(period) < (months(row["ready"]) if row["ready"] else 10**6)
                    for row in run.tables["tape_outs"]
                )
            else:
                continue
            yield row_of(kind, policy.policy, period, own, there - own, unit)


def bounding_row(row, requirement, names, used, there, unit, handed=False):
    """The row of what binds, whose price the table of the bound is given too."""
    found = row_of(requirement, row.get(names[0], ""), row[names[1]], used, there - used, unit, is_used_up=handed)
    row["price"] = found["price"]
    return found


KINDS = {
    "budgets": "budget", "limits": "limit", "site_power": "power", "ramp": "ramp",
    "vendor_share": "maximum vendor share", "capability_bounds": "maximum capability",
    "active_programmes": "programmes at a time", "carbon_limits": "carbon allowance",
}  # fmt: skip
WHAT = {kind: f"{called} {{}}" for kind, called in KINDS.items()} | {"site_power": "power at {}"}
WHAT |= {"carbon_limits": "carbon allowance"}


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
