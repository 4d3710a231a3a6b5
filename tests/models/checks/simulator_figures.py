"""What the simulator tells of a plan in sums: values of orders, service by workload, figures by period and in all."""

import re
from collections import defaultdict

from models.tables.fleet_rows import CASH_CATEGORIES
from tests.models.checks.simulator_time import ends, in_force, up

RUNNING = ("sustaining ", "integration ", "contribution ", "shortfall ")


def kind(category, line):
    if category in ("revenue", "value_left"):
        return category
    if category == "unserved":
        return "penalty"
    if category in ("lease", "power", "maintenance", "variable", "carbon"):
        return "opex"
    return "opex" if category not in ("hardware", "resale") and line.startswith(RUNNING) else "capex"


def orders(run):
    """Units arrive in the order in which they could be delivered; values are what the bills come to."""
    rows = run.tables["orders"]
    for row in rows:
        offer, t = run.offer[row["offer"]], run.when(row["period"])
        usd = run.bill(offer.offer, t, row["units"])
        term = up(offer.term_months / run.step)
        row |= {"kind": offer.kind, "invoice_musd": usd / 1e6}
        row["contract_musd"] = usd / 1e6 * (term * run.dt if offer.kind == "lease" else 1)
        parts = arriving(run, offer.offer)[t]
        row["arrives"] = ";".join(run.name(at) for at in parts)
        row["arriving_units"] = sum(parts.values())
        row["cancelled_units"] = 0.0
        row["ends"] = run.name(max(parts) + term - 1) if parts and offer.kind == "lease" else ""
        row["committed"] = "yes" if committed(run, row) else "no"


def committed(run, row):
    begin, end = ends(row["period"])
    return any(
        not given.period or (ends(given.period)[0] < end and begin < ends(given.period)[1])
        for given in run.case.commitments
        if (given.kind, given.item) == ("order", row["offer"]) and given.status != "barred"
    )


def arriving(run, offer):
    """By period of the order: how many units come when, unit after unit."""
    came = sorted((t, units) for (o, _, t), units in run.arrived.items() if o == offer)
    waiting = [(run.when(row.due), -1, row.units) for row in run.case.open_orders if row.offer == offer]
    for o, t in run.d.orders:
        if o == offer:
            waiting.append((run.ready_at.get((o, t), run.n), t, run.units(o, t)))
    found = defaultdict(lambda: defaultdict(float))
    for _, placed, units in sorted(waiting):
        found[placed] = defaultdict(float)
        while units > 1e-9 and came:
            t, there = came[0]
            taken = min(units, there)
            units -= taken
            came[0] = (t, there - taken)
            if came[0][1] <= 1e-9:
                came.pop(0)
            found[placed][t] += taken
    return found


def service(run):
    whole = defaultdict(lambda: [0, 0, 0, []])
    for row in run.tables["service"]:
        load = run.load[row["workload"]]
        queries = 365 * 86400 * run.dt / load.peak_to_average / 1e6
        parts = [row[f"{name}_qps"] for name in ("demand", "served", "unserved")]
        row["share_served"] = parts[1] / parts[0] if parts[0] else None
        for name, rate in zip(("demand", "served", "unserved"), parts, strict=True):
            row[f"{name}_million"] = rate * queries
        if run.when(row["period"]) < run.case.settings.periods:
            sums = whole[row["workload"]]
            for k, name in enumerate(("demand", "served", "unserved")):
                sums[k] += row[f"{name}_million"]
            if row["share_served"] is not None:
                sums[3].append((round(row["share_served"], 6), row["period"], row["share_served"]))
    rows = []
    for name, (asked, served, unserved, by_period) in whole.items():
        worst = min(by_period, key=lambda entry: entry[0], default=(1, "", None))
        rows.append({
            "workload": name, "unit": run.load[name].unit, "demand_million": asked, "served_million": served,
            "unserved_million": unserved, "share_served": served / asked if asked else None,
            "worst_period": worst[1] if worst[0] < 1 else "", "worst_share": worst[2],
        })  # fmt: skip
    rows.sort(key=lambda row: (row["share_served"] is None, round(row["share_served"] or 0, 6)))
    run.tables["service_by_workload"] = rows


def least(pairs):
    """The name and share of the first that is served least; no name where all is served."""
    known = [(round(share, 6), k) for k, (_, share) in enumerate(pairs) if share is not None]
    if not known:
        return "", None
    rounded, k = min(known)
    return (pairs[k][0] if rounded < 1 else ""), pairs[k][1]


def periods(run):
    for t in range(run.n):
        label = run.name(t)
        row = {"period": label, "reported": "yes" if t < run.case.settings.periods else "no"}
        sums = defaultdict(float)
        for (category, line, at), musd in run.money.items():
            if at == t:
                sums[category] += musd
                sums["kind", kind(category, line)] += musd
        for category in CASH_CATEGORIES:
            row[f"{category}_musd"] = sums[category]
        row["cash_musd"] = sum(sums[category] for category in CASH_CATEGORIES)
        for name in ("capex", "opex", "borrowing", "incentive", "revenue", "penalty"):
            row[f"{name}_musd"] = sums["kind", name]
        paid = sum(sums["kind", name] for name in ("capex", "opex", "revenue", "penalty"))
        row["discounted_musd"] = paid / (1 + run.case.settings.discount_rate) ** ((t + 0.5) * run.dt)
        here = [entry for entry in run.tables["service"] if entry["period"] == label]
        row["cost_per_thousand_queries_usd"] = per_thousand(run, row["cash_musd"], here)
        found = least([(entry["workload"], entry["share_served"]) for entry in here])
        row["least_served"], row["least_share_served"] = found
        row["mw"] = sum(
            entry["units"] * run.acc[entry["accelerator"]].it_kw * run.site[entry["site"]].pue / 1000
            for entry in run.tables["active"]
            if entry["period"] == label
        )
        run.tables["period_figures"].append(row)


def power(run):
    """Site by site: what works there draws, and what is there, modules once they work; nothing where all is allowed."""
    for site in run.case.sites:
        for t in range(run.n):
            label = run.name(t)
            here = [row for row in run.tables["active"] if (row["site"], row["period"]) == (site.site, label)]
            drawn = sum(row["units"] * run.acc[row["accelerator"]].it_kw * site.pue / 1000 for row in here)
            said = in_force([row for row in run.case.site_series if row.site == site.site], run.start + t * run.step)
            own = site.power_mw if said is None or said.power_mw is None else said.power_mw
            row = {"site": site.site, "period": label, "drawn_mw": drawn, "available_mw": None, "slack_mw": None}
            if own is not None:
                size = {e.expansion: e.module_mw for e in run.case.expansions}
                for built in run.tables["expansions"]:
                    if built["site"] == site.site and built["energised"] and run.when(built["energised"]) <= t:
                        own += built["modules"] * size[built["expansion"]]
                row["available_mw"] = own * (1 if said is None else said.available_share)
                row["slack_mw"] = row["available_mw"] - drawn
            run.tables["power"].append({**row, "price": ""})


def per_thousand(run, musd, rows):
    served = sum(row["served_million"] for row in rows) * 1e3
    return musd * 1e6 / served if served and len({load.unit for load in run.load.values()}) == 1 else None


def figures(run):
    inside = [row for row in run.tables["period_figures"] if row["reported"] == "yes"]
    rows = [("net_present_cost", run.total, "USD million", "optimised", "")]
    parts = defaultdict(float)
    for row in run.tables["costs"]:
        parts[row["kind"]] += row["discounted_musd"]
    has_revenue = any(load.revenue_usd_per_1000 for load in run.load.values())
    for name in ("capex", "opex", "revenue", "penalty", "value_left"):
        if name == "revenue" and not has_revenue:
            continue
        rows.append((f"discounted_{name}", parts[name], "USD million", "optimised", ""))
    sums = [("cash_cost", "cash"), ("capex", "capex"), ("opex", "opex"), ("unserved_penalty", "penalty")]
    if has_revenue:
        rows.append(("net_present_value", parts["penalty"] - run.total, "USD million", "optimised", ""))
        sums.append(("revenue", "revenue"))
    for name, column in sums:
        rows.append((name, sum(row[f"{column}_musd"] for row in inside), "USD million", "reported", ""))
    served = [row for row in run.tables["service"] if run.when(row["period"]) < run.case.settings.periods]
    for name, column in (("", "cash"), ("hardware_", "hardware")):
        cost = per_thousand(run, sum(row[f"{column}_musd"] for row in inside), served)
        rows.append((f"{name}cost_per_thousand_queries", cost, "USD", "reported", ""))
    shares = {row["workload"]: row["share_served"] for row in run.tables["service_by_workload"]}
    name, share = least([(workload, shares[workload]) for workload in run.load])
    rows.append(("least_share_served", share, "fraction", "reported", name))
    rows += installed(run)
    peak = max(inside, key=lambda row: row["mw"])
    rows.append(("peak_mw", peak["mw"], "MW", "reported", peak["period"] if peak["mw"] else ""))
    run.tables["key_figures"] = [
        dict(zip(("name", "value", "unit", "periods", "of"), row, strict=True)) for row in rows
    ]


def installed(run):
    """The largest vendor by capability, and what of the usable units works at peak."""
    ability = {name: capability(run, name) for name in run.acc}
    vendors, usable, busy = defaultdict(float), 0.0, 0.0
    for row in run.tables["fleet"]:
        if run.when(row["period"]) < run.case.settings.periods:
            machine = run.acc[row["accelerator"]]
            vendors[machine.vendor] += row["units"] * ability[machine.accelerator]
            usable += row["units"] * machine.utilisation
    for row in run.tables["assignments"]:
        t = run.when(row["period"])
        if t < run.case.settings.periods:
            busy += row["qps"] / run.speed(run.thru[row["accelerator"], row["workload"]], t)
    whole = sum(vendors.values())
    vendor = max(vendors, key=vendors.get) if whole else ""
    return [
        ("share_of_largest_vendor", vendors[vendor] / whole if whole else None, "fraction", "reported", vendor),
        ("utilisation", busy / usable if usable else None, "fraction", "reported", ""),
    ]


def capability(run, name):
    if run.acc[name].capability is not None:
        return run.acc[name].capability
    total = 0
    for workload in run.load:
        best = max(run.speed(rate, 0) for (_, w), rate in run.thru.items() if w == workload)
        own = run.thru.get((name, workload))
        total += run.speed(own, 0) / best if own else 0
    return total / len(run.load)


def basis(run):
    """Rows of the case by what their note and source say; the notes of these cases are plain."""
    rows, sums = [], defaultdict(int)
    for table, given in vars(run.case).items():
        if isinstance(given, tuple) and given:
            counts = defaultdict(int)
            for row in given:
                text = f"{row.note} {row.source}".lower()
                said = re.search("basis: (sourced|derived|judged)", row.note.lower())
                if said:
                    counts[said[1]] += 1
                elif "judg" in text or "assum" in text or "guess" in text:
                    counts["judged"] += 1
                elif "deriv" in text:
                    counts["derived"] += 1
                else:
                    counts["sourced" if row.source else "no_source"] += 1
            rows.append((table, counts))
            for name, count in counts.items():
                sums[name] += count
    rows.append(("all", sums))
    names = ("sourced", "derived", "judged", "no_source")
    run.tables["input_basis"] = [
        {"table": table, "rows": sum(counts.values()), **{name: counts[name] for name in names}}
        for table, counts in rows
    ]


def tell(run):
    """Fills the tables of sums, once the ledger is booked."""
    orders(run)
    service(run)
    periods(run)
    power(run)
    figures(run)
    basis(run)
