"""The last tables of the simulator: the ledger, key figures, and what spans of limits and budgets hold."""

from tests.models.checks.simulator_binding import binding
from tests.models.checks.simulator_carbon import emit, figure, within
from tests.models.checks.simulator_figures import kind, tell
from tests.models.checks.simulator_time import ends, months, up


def book(run):
    rate = 1 + run.case.settings.discount_rate
    emit(run)
    for (category, line, t), musd in run.money.items():
        years = run.n * run.dt if t == "end" else (t + 0.5) * run.dt
        label = t if t == "end" else run.name(t)
        row = {"category": category, "kind": kind(category, line), "line": line, "period": label, "musd": musd}
        run.tables["costs"].append({**row, "discounted_musd": musd / rate**years})
    for (offer, site, t), units in run.arrived.items():
        run.tables["arrivals"].append({"offer": offer, "site": site, "period": run.name(t), "units": units})
    leases(run)
    run.total = sum(row["discounted_musd"] for row in run.tables["costs"])
    tell(run)
    run.tables["key_figures"].append(figure(run))
    spans(run)
    within(run)
    binding(run)


def leases(run):
    """Every lease has one term: what arrives of an offer, and what runs already."""
    tiered = {row.offer for row in run.case.price_tiers}
    for (offer, site, t), units in run.arrived.items():
        row = run.offer[offer]
        if row.kind == "lease" and units > 0:
            rent = run.price(offer, max(0, t - up(row.lead_time_months / run.step)))
            term = up(row.term_months / run.step)
            run.tables["leases"].append({
                "contract": offer, "accelerator": row.accelerator, "site": site, "term": 0, "begins": run.name(t),
                "ends": run.name(t + term - 1), "units": units,
                "rent_usd_per_unit_per_year": None if offer in tiered else rent,
            })  # fmt: skip
    for row in run.case.open_leases:
        run.tables["leases"].append({
            "contract": row.lease, "accelerator": row.accelerator, "site": row.site, "term": 0, "begins": "",
            "ends": run.name((months(row.ends) - run.start) // run.step - 1), "units": row.units,
            "rent_usd_per_unit_per_year": row.rent_usd_per_unit_per_year,
        })  # fmt: skip


def covers(run, span):
    """Periods whose months lie in a span, and the label of the row: of the period, when the span is finer."""
    begin, end = ends(span)
    if end - begin < run.step:
        t = (begin - run.start) // run.step
        return [t], run.name(t)
    return [t for t in range(run.n) if begin <= run.start + t * run.step < end], span


def spans(run):
    rows = {}
    for limit in run.case.limits:
        inside, label = covers(run, limit.span)
        key = (limit.limit, label)
        if key in rows:
            rows[key]["supply"] += limit.amount
        elif inside and limit.amount is not None:
            uses = {u.offer: u.use_per_unit for u in run.case.limit_use if u.limit == limit.limit}
            used = sum(units * uses.get(o, 0) for (o, _, t), units in run.arrived.items() if t in inside)
            supply = limit.amount + added(run, limit.limit, inside)
            rows[key] = {"limit": limit.limit, "span": label, "supply": supply, "used": used}
    for row in rows.values():
        run.tables["limits"].append({**row, "slack": row["supply"] - row["used"], "price": ""})
    budgets(run)


def budgets(run):
    left, merged = {}, {}
    for budget in sorted(run.case.budgets, key=lambda row: (row.budget, months(row.span.split("..")[0]))):
        inside, label = covers(run, budget.span)
        if not inside or budget.amount_musd is None:
            left.pop(budget.budget, None)
            continue
        if (budget.budget, label) in merged:
            row = merged[budget.budget, label]
            row["amount_musd"] += budget.amount_musd
            row["slack_musd"] += budget.amount_musd
            continue
        spent = sum(
            musd
            for (category, _, t), musd in run.money.items()
            if t in inside
            and (category in budget.categories or "all" in budget.categories)
            and category not in ("unserved", "revenue", "value_left")
        )
        resale = sum(
            musd
            for (category, _, t), musd in run.money.items()
            if t in inside and category == "resale" and ("resale" in budget.categories or "all" in budget.categories)
        )
        carried = left.pop(budget.budget, 0)
        slack = budget.amount_musd + carried - spent
        if budget.carry_over:
            left[budget.budget] = slack
        merged[budget.budget, label] = {
            "budget": budget.budget,
            "span": label,
            "amount_musd": budget.amount_musd,
            "carried_musd": carried,
            "gross_musd": spent - resale,
            "resale_musd": resale,
            "spent_musd": spent,
            "slack_musd": slack,
            "price": "",
        }
    for row in merged.values():
        there = row["available_musd"] = row["amount_musd"] + row["carried_musd"]
        row["share_used"] = row["spent_musd"] / there if there > 1e-9 else None
        row["needs_resale"] = "yes" if row["gross_musd"] > there + 1e-9 * max(1, there) else "no"
    run.tables["budgets"] = list(merged.values())


def added(run, limit, inside):
    total = 0
    for row in run.case.added_supply:
        if row.limit != limit:
            continue
        for entry in run.tables["agreements"]:
            if entry["agreement"] == row.gate:
                live = range(run.when(entry["live_from"]), run.when(entry["live_to"]) + 1)
                total += sum(row.amount_per_year * run.dt for t in inside if t in live)
        for entry in run.tables["acquisitions"]:
            if entry["acquisition"] == row.gate:
                owned = run.when(entry["owned"]) if entry["owned"] else run.n
                total += sum(row.amount_per_year * run.dt for t in inside if t >= owned)
    return total
