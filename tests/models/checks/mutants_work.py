"""Mutants of machines, work, power and policies."""

from models.tables.site_rows import SiteSeries
from models.tables.strategy_rows import Policy
from tests.models.checks.mutation import elsewhere, num, say


def at_most_owned(p, row):
    """Units of the vintage that may be owned in the period of a fleet row; None before any is known."""
    machine = p.accelerator(row["accelerator"])[1]
    place = [row[column] for column in ("accelerator", "site", "vintage", "holding")]
    for other in p.tables["fleet"]:
        if (
            other["period"] == p.later(row["period"], -1)
            and [other[c] for c in ("accelerator", "site", "vintage", "holding")] == place
        ):
            return num(other, "units") * (1 - machine.failure_rate_per_year) ** p.years
    for cohort in p.case.opening_fleet:
        if [cohort.accelerator, cohort.site, cohort.in_service_since] == place[:3]:
            return cohort.units
    return num(row, "units")


def fleet_balance(p):
    for k, row in p.rows("fleet"):
        if row["holding"] != "owned":
            continue
        where = say(row["accelerator"], row["site"], row["vintage"], row["period"])
        units, most = num(row, "units"), at_most_owned(p, row)
        yield say(where, "one more than survives"), p.cell("fleet", k, units=most + 1)
        yield say(where, "a little more than survives"), p.cell("fleet", k, units=most * (1 + 1e-5) + 1e-5)
        if row["vintage"] == row["period"] and not any(
            c.in_service_since == row["period"] for c in p.case.opening_fleet
        ):
            yield say(where, "sold on arrival"), p.cell("fleet", k, units=units / 2)
            yield say(where, "gone on arrival"), p.drop("fleet", k)
            if p.at(row["period"]):
                yield say(where, "a period early"), p.plus("fleet", {**row, "period": p.later(row["period"], -1)})
        elif not p.case.settings.early_retirement:
            yield say(where, "fewer than survive"), p.cell("fleet", k, units=units * 0.99)
            yield say(where, "gone"), p.drop("fleet", k)
        yield say(where, "of a vintage that never came"), p.cell("fleet", k, vintage="1999")
        life = p.accelerator(row["accelerator"])[1].life_years
        last = p.at(row["vintage"]) + max(1, int(life * 12 / p.step + 1e-9))
        if 0 <= last < p.count:
            yield say(where, "kept beyond its life"), p.plus("fleet", {**row, "period": p.label(last)})


def leases_in_term(p):
    for k, row in p.rows("fleet"):
        if row["holding"] != "leased":
            continue
        where = say(row["accelerator"], row["site"], row["vintage"], row["period"])
        units = num(row, "units")
        yield say(where, "one more"), p.cell("fleet", k, units=units + 1)
        yield say(where, "failed"), p.cell("fleet", k, units=units * 0.99)
        yield say(where, "given back"), p.drop("fleet", k)
        yield say(where, "as if owned"), p.cell("fleet", k, holding="owned")
        for by in range(1, p.count):
            if p.at(row["period"]) + by < p.count:
                later = p.later(row["period"], by)
                key = ("accelerator", "site", "vintage", "holding")
                if not any(r["period"] == later and all(r[c] == row[c] for c in key) for r in p.tables["fleet"]):
                    yield say(where, "kept until", later), p.plus("fleet", {**row, "period": later})
                    break
    for k, row in p.inputs("offers"):
        ends = [p.at(r["period"]) + row.term_months / p.step for r in p.tables["arrivals"] if r["offer"] == row.offer]
        if row.kind == "lease" and any(end <= p.count for end in ends):
            yield say(row.offer, "shorter term"), p.given("offers", k, term_months=row.term_months - p.step)

    for k, row in p.inputs("open_leases"):
        if num_of(p, row.lease):
            yield say(row.lease, "one unit more"), p.given("open_leases", k, units=row.units + 1)
            yield say(row.lease, "of another machine"), p.given("open_leases", k, accelerator=other_machine(p, row))
            yield say(row.lease, "elsewhere"), p.given("open_leases", k, site=elsewhere(p, row.site)[0])
            yield say(row.lease, "over before the plan"), p.given("open_leases", k, ends=p.label(0))
            yield say(row.lease, "a period shorter"), p.given("open_leases", k, ends=p.label(num_of(p, row.lease) - 1))
            yield say(row.lease, "of another name"), p.given("open_leases", k, lease="another")
            yield (
                say(row.lease, "not of the case"),
                p.given_rows("open_leases", [other for other in p.case.open_leases if other is not row]),
            )
        if num_of(p, row.lease) < p.count:
            longer = p.label(num_of(p, row.lease) + 1)
            yield say(row.lease, "a period longer"), p.given("open_leases", k, ends=longer)


def num_of(p, lease):
    """In how many periods the plan has a running lease."""
    return sum(row["vintage"] == lease for row in p.tables["fleet"])


def other_machine(p, lease):
    return next(row.accelerator for row in p.case.accelerators if row.accelerator != lease.accelerator)


def active_within_fleet(p):
    for k, row in p.rows("active"):
        place = [row[column] for column in ("accelerator", "site", "period")]
        held = [r for r in p.tables["fleet"] if [r[c] for c in ("accelerator", "site", "period")] == place]
        units = sum(num(r, "units") for r in held)
        yield say(*place, "one too many"), p.cell("active", k, units=units + 1)
        yield say(*place, "a little too many"), p.cell("active", k, units=units + 2e-6 * max(1, units))
        yield say(*place, "no fleet"), p.keep("fleet", lambda r, held=held: r not in held)
        if num(row, "units") > units - num(held[0], "units") + 1e-3:
            yield say(*place, "a vintage less"), p.keep("fleet", lambda r, held=held: r is not held[0])


def work_within_active(p):
    for k, row in p.rows("assignments"):
        place = [row[column] for column in ("accelerator", "site", "period")]
        where = say(*place, row["workload"])
        rate = next(
            (i, r)
            for i, r in p.inputs("throughput")
            if (r.accelerator, r.workload) == (row["accelerator"], row["workload"])
        )
        speed = rate_at(p, rate[1], row["period"])
        at, machine = p.accelerator(row["accelerator"])
        mine = next(i for i, r in p.rows("active") if [r[c] for c in ("accelerator", "site", "period")] == place)
        active = num(p.tables["active"][mine], "units")
        most = active * machine.utilisation * speed
        yield say(where, "more than all can do"), p.cell("assignments", k, qps=most * 1.0001 + 1e-3)
        yield say(where, "units too few"), p.cell("active", mine, units=active * num(row, "qps") / most * 0.9999 - 1e-5)
        yield say(where, "no unit active"), p.drop("active", mine)
        lower = machine.utilisation * num(row, "qps") / most * 0.999
        yield say(where, "less utilisation"), p.given("accelerators", at, utilisation=lower)
        slower = rate[1].queries_per_second * num(row, "qps") / most * 0.999
        yield say(where, "slower"), p.given("throughput", rate[0], queries_per_second=slower)
        yield say(where, "no rate"), p.given_rows("throughput", [r for i, r in p.inputs("throughput") if i != rate[0]])


def rate_at(p, rate, label):
    """Queries a second of one unit in a period."""
    years = (p.month(label) - p.month(rate.as_of or p.case.settings.start)) / 12
    return rate.queries_per_second * (1 + rate.software_gain_per_year) ** years


def workload_sites(p):
    for k, row in p.rows("assignments"):
        where = say(row["accelerator"], row["site"], row["workload"], row["period"])
        at, given = next((i, r) for i, r in p.inputs("workloads") if r.workload == row["workload"])
        others = elsewhere(p, row["site"])
        yield say(where, "its site is not allowed"), p.given("workloads", at, sites=others)
        for site in (place.site for place in p.case.sites):
            if given.sites and site not in given.sites:
                yield say(where, "moved to", site), p.cell("assignments", k, site=site)
                part = p.cell("assignments", k, qps=num(row, "qps") * 0.9)
                part = part.plus("assignments", {**row, "site": site, "qps": num(row, "qps") * 0.1})
                yield say(where, "partly moved to", site), part


def demand_balance(p):
    for k, row in p.rows("service"):
        where, unserved, demand = say(row["workload"], row["period"]), num(row, "unserved_qps"), num(row, "demand_qps")
        if not demand:
            continue
        little = 2e-5 * max(1, demand)
        yield say(where, "a little more unserved"), p.cell("service", k, unserved_qps=unserved + little)
        if unserved > little:
            yield say(where, "a little less unserved"), p.cell("service", k, unserved_qps=unserved - little)
            yield say(where, "left out"), p.drop("service", k)
    for k, row in p.rows("assignments"):
        where = say(row["accelerator"], row["site"], row["workload"], row["period"])
        yield say(where, "less work"), p.cell("assignments", k, qps=num(row, "qps") * 0.999 - 0.1)
        yield say(where, "no work"), p.drop("assignments", k)
    for k, row in p.inputs("demand"):
        more = row.queries_per_day_million * 1.001
        if p.at(row.period) < p.count:
            yield say("demand", row.workload, row.period), p.given("demand", k, queries_per_day_million=more)
    for k, row in p.inputs("workloads"):
        changed = p.given("workloads", k, peak_to_average=row.peak_to_average * 1.001)
        yield say("peak of", row.workload), changed


def minimum_service(p):
    for k, row in p.rows("service"):
        where, demand, unserved = say(row["workload"], row["period"]), num(row, "demand_qps"), num(row, "unserved_qps")
        at, given = next((i, r) for i, r in p.inputs("workloads") if r.workload == row["workload"])
        if not demand:
            continue
        if unserved > 1e-3 * demand:
            yield say(where, "more was promised"), p.given("workloads", at, min_service=1 - 0.999 * unserved / demand)
            yield say(where, "all was promised"), p.given("workloads", at, min_service=1.0)
        most = (1 - given.min_service) * demand
        if given.min_service:
            yield say(where, "just too little"), p.cell("service", k, unserved_qps=most + 2e-6 * demand)
            yield say(where, "nothing served"), p.cell("service", k, unserved_qps=demand)


def energised(p, site, label):
    """Modules that work at a site in a period, MW."""
    return sum(
        num(r, "modules") * next(e.module_mw for e in p.case.expansions if e.expansion == r["expansion"])
        for r in p.tables["expansions"]
        if r["site"] == site and r["energised"] and p.at(r["energised"]) <= p.at(label)
    )


def site_power(p):
    for at, place in p.inputs("sites"):
        for label in p.periods():
            modules = energised(p, place.site, label)
            given, share, _ = p.place(place.site, label)
            rows = [(k, r) for k, r in p.rows("active") if (r["site"], r["period"]) == (place.site, label)]
            kw = sum(num(r, "units") * p.accelerator(r["accelerator"])[1].it_kw for _, r in rows) * place.pue
            if kw <= 0:
                continue
            where = say(place.site, label)
            if modules < 0.999 * kw / 1000:
                yield say(where, "less power"), p.placed(place.site, power_mw=0.999 * kw / 1000 - modules)
                half = 0.5 * (kw / 1000 - modules)
                yield say(where, "half the power"), p.placed(place.site, power_mw=half)
                less = SiteSeries(site=place.site, period=label, power_mw=0.999 * kw / 1000 - modules)
                yield say(where, "less power then"), p.given_rows("site_series", [less])
            if given is None:
                continue
            power = 1000 * share * (given + modules)
            if not power:
                continue
            part = SiteSeries(site=place.site, period=label, power_mw=given, available_share=0.999 * share * kw / power)
            yield say(where, "less of it can be used"), p.given_rows("site_series", [part])
            if kw > 1.001 * 1000 * share * given:
                for row in p.tables["expansions"]:
                    if row["site"] == place.site and row["energised"] and 0 <= p.at(row["energised"]) <= p.at(label):
                        yield say(where, row["expansion"]), p.delayed(row["expansion"], (p.label(0), 0.0, True))
            yield say(where, "more overhead"), p.given("sites", at, pue=place.pue * 1.001 * power / kw)
            for k, row in rows:
                g, machine = p.accelerator(row["accelerator"])
                fill = num(row, "units") + (1.001 * power - kw) / place.pue / machine.it_kw
                yield say(where, machine.accelerator, "too many active"), p.cell("active", k, units=fill)
                hot = machine.it_kw * 1.001 * power / place.pue / num(row, "units") / machine.it_kw
                yield say(where, machine.accelerator, "too hot"), p.given("accelerators", g, it_kw=hot)


def installed(p, label):
    """Capability of each accelerator in a period."""
    found = {}
    for row in p.tables["fleet"]:
        if row["period"] == label:
            weight = capability(p, row["accelerator"])
            found[row["accelerator"]] = found.get(row["accelerator"], 0.0) + weight * num(row, "units")
    return found


def capability(p, accelerator):
    own = p.accelerator(accelerator)[1].capability
    if own is not None:
        return own
    shares = []
    for load in p.case.workloads:
        rates = {r.accelerator: rate_at(p, r, p.label(0)) for r in p.case.throughput if r.workload == load.workload}
        shares.append(rates.get(accelerator, 0.0) / max(rates.values()))
    return sum(shares) / len(shares)


def vendor_share(p):
    vendors = list(dict.fromkeys(row.vendor for row in p.case.accelerators))
    for label in p.periods():
        have = installed(p, label)
        bases = [("capability", {v: sum(x for g, x in have.items() if p.vendor(g) == v) for v in vendors})]
        spend = dict.fromkeys(vendors, 0.0)
        for row in p.tables["costs"]:
            if row["category"] in ("hardware", "lease") and row["period"] == label:
                contracts = {r.offer: r for r in p.case.offers} | {r.lease: r for r in p.case.open_leases}
                source = next(r for name, r in contracts.items() if row["line"].endswith(f" {name}"))
                spend[p.vendor(source.accelerator)] += num(row, "musd")
        bases.append(("spend", spend))
        for basis, parts in bases:
            total = sum(parts.values())
            for vendor, part in parts.items():
                if total > 0 and part > 1e-3 * total:
                    top = Policy(policy="new", kind="max_vendor_share", subject=vendor, span=label,
                                 value=part / total * 0.999, basis=basis)  # fmt: skip
                    yield say(vendor, label, basis, "less allowed"), p.given_plus("policies", top)
                low = Policy(policy="new", kind="min_vendor_share", subject=vendor, span=label,
                             value=part / total * 1.001 + 0.001, basis=basis) if total > 0 else None  # fmt: skip
                if low:
                    yield say(vendor, label, basis, "more asked for"), p.given_plus("policies", low)


def capability_bounds(p):
    for label in p.periods():
        have = installed(p, label)
        parts = {"": sum(have.values()), **have}
        for vendor in dict.fromkeys(p.vendor(g) for g in have):
            parts[vendor] = sum(x for g, x in have.items() if p.vendor(g) == vendor)
        for subject, amount in parts.items():
            for kind, value in (("max_capability", amount - 0.01), ("min_capability", amount + 0.01)):
                rule = Policy(policy="new", kind=kind, subject=subject, span=label, value=value)
                yield say(kind, subject or "all", label), p.given_plus("policies", rule)


def order_growth(p):
    years = {}
    for label in p.periods():
        years.setdefault(label[:4], []).append(label)
    for offer in p.case.offers:
        for year in years:
            before = years.get(str(int(year) - 1))
            if before is None or (offer.last_order and offer.last_order < before[0]) or offer.first_order:
                continue
            rows = [(k, r) for k, r in p.rows("orders") if r["offer"] == offer.offer]
            now = sum(num(r, "units") for _, r in rows if r["period"] in years[year]) / len(years[year])
            then = sum(num(r, "units") for _, r in rows if r["period"] in before) / len(before)
            growths = [-1.0, 0.0, 3.0] if not then else [now / then * part - 1 for part in (0.999, 0.5, 0.0)]
            if not now:
                continue
            for value in growths:
                for subject in ("", offer.offer):
                    rule = Policy(policy="new", kind="max_order_growth", subject=subject, span=year, value=value)
                    yield say(offer.offer, year, subject or "each", value), p.given_plus("policies", rule)


def active_programmes(p):
    busy = dict.fromkeys(p.periods(), 0)
    for row in p.tables["tape_outs"]:
        for label in busy:
            busy[label] += p.at(row["start"]) <= p.at(label) < (p.at(row["ready"]) if row["ready"] else p.count)
    for label, count in busy.items():
        for part in (0.0, 0.5, 0.9):
            if count:
                rule = Policy(policy="new", kind="max_active_programmes", span=label, value=count * part)
                yield say(label, "at most", count * part), p.given_plus("policies", rule)
    for row in p.tables["tape_outs"]:
        for change, changed in p.hindered(row["programme"], row["ready"]):
            for label in [label for label in busy if p.at(label) >= p.at(row["ready"])]:
                rule = Policy(policy="new", kind="max_active_programmes", span=label, value=float(busy[label]))
                yield say(change, "at most", busy[label], label), changed.given_plus("policies", rule)
    for route in p.case.routes:
        for label in busy:
            if route.design_months >= p.step and p.at(label) < p.count:
                row = {"programme": route.programme, "route": route.route, "start": label}
                row |= {"tape_out": label, "ready": label}
                rule = Policy(policy="new", kind="max_active_programmes", span=label, value=float(busy[label]))
                changed = p.given_plus("policies", rule).plus("tape_outs", row)
                yield say(route.programme, route.route, "too in", label), changed
