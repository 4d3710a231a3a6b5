"""Carbon by the simulator: what stands and works at a site draws, what arrives was made, and what spans add up to."""

from tests.models.checks.simulator_time import ends, in_force


def emit(run):
    """Tonnes by site and period, at their price."""
    for site in run.case.sites:
        for t in range(run.n):
            label = run.name(t)
            said = in_force([row for row in run.case.site_series if row.site == site.site], run.start + t * run.step)
            kg = site.carbon_kg_per_kwh if said is None or said.carbon_kg_per_kwh is None else said.carbon_kg_per_kwh
            kwh = sum(
                row["units"] * run.acc[row["accelerator"]].it_kw * site.pue * 8760 * run.dt
                for row in run.tables["active"]
                if (row["site"], row["period"]) == (site.site, label)
            )
            made = sum(
                units * run.acc[run.offer[offer].accelerator].embodied_kg
                for (offer, place, at), units in run.arrived.items()
                if (place, at) == (site.site, t)
            )
            parts = {"operational_tonnes": kwh * kg / 1000, "embodied_tonnes": made / 1000}
            whole = sum(parts.values())
            run.tables["carbon"].append({"site": site.site, "period": label, **parts, "tonnes": whole})
            run.pay("carbon", f"emissions {site.site}", t, whole * run.case.settings.carbon_usd_per_tonne / 1e6)


def within(run):
    """The limits: rows finer than a period are added up."""
    rows = {}
    for given in run.case.carbon_limits:
        begin, end = ends(given.span)
        fine = end - begin < run.step
        first = (begin - run.start) // run.step
        inside = [first] if fine else [t for t in range(run.n) if begin <= run.start + t * run.step < end]
        if not inside:
            continue
        label = run.name(first) if fine else given.span
        if label in rows:
            rows[label]["tonnes"] += given.tonnes
            continue
        names = {run.name(t) for t in inside}
        used = sum(row["tonnes"] for row in run.tables["carbon"] if row["period"] in names)
        rows[label] = {"span": label, "tonnes": given.tonnes, "emitted_tonnes": used}
    for row in rows.values():
        slack = None if row["tonnes"] is None else row["tonnes"] - row["emitted_tonnes"]
        # What has no limit has a price of nothing; that of a limit comes with what binds.
        price = 0.0 if row["tonnes"] is None else ""
        run.tables["carbon_limits"].append({**row, "slack_tonnes": slack, "price": price})


def figure(run):
    """What is emitted in the reported periods."""
    inside = [row for row in run.tables["carbon"] if run.when(row["period"]) < run.case.settings.periods]
    whole = sum(row["tonnes"] for row in inside)
    return {"name": "carbon_emitted", "value": whole, "unit": "t CO2e", "periods": "reported", "of": ""}
