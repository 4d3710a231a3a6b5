"""Mutants of carbon: emissions that are not the plan's, limits that it breaks, and what it has to pay for them."""

from models.tables.site_rows import SiteSeries
from tests.models.checks.mutants_money import every, lines
from tests.models.checks.mutation import nudges, num, say


def carbon_limits(p):
    for row in p.tables["carbon_limits"]:
        if row["tonnes"] in ("", None):
            continue
        at, given = next(
            (i, r) for i, r in p.inputs("carbon_limits") if p.inside(r.span.split("..")[0], row["span"])
            or p.inside(row["span"].split("..")[0], r.span)
        )  # fmt: skip
        slack = num(row, "slack_tonnes")
        for how, over in (("just too little", 2e-6 * max(1, num(row, "tonnes"))), ("a tonne too little", 1.0)):
            yield say(row["span"], how), p.given("carbon_limits", at, tonnes=given.tonnes - slack - over)
        inside = [one for one in p.tables["carbon"] if p.inside(one["period"], row["span"])]
        for place, site in p.inputs("sites"):
            tonnes = sum(num(one, "operational_tonnes") for one in inside if one["site"] == site.site)
            if tonnes > 1:
                more = site.carbon_kg_per_kwh * (1 + (slack + 1) / tonnes)
                yield say(row["span"], site.site, "dirtier"), p.given("sites", place, carbon_kg_per_kwh=more)
        came = {r.accelerator: 0.0 for r in p.case.accelerators}
        for one in p.tables["arrivals"]:
            if p.inside(one["period"], row["span"]):
                came[p.offer(one["offer"])[1].accelerator] += num(one, "units")
        for k, machine in p.inputs("accelerators"):
            if came[machine.accelerator]:
                more = machine.embodied_kg + 1000 * (slack + 1) / came[machine.accelerator]
                yield say(row["span"], machine.accelerator, "heavier"), p.given("accelerators", k, embodied_kg=more)


def cost_carbon(p):
    yield from lines(p, "carbon", every)
    price = p.case.settings.carbon_usd_per_tonne
    for how, other in (("free", 0.0), ("a hundredth dearer", price * 1.01), ("twice as dear", 2 * price)):
        if any(row["category"] == "carbon" for row in p.tables["costs"]):
            yield say("a tonne", how), p.settings(carbon_usd_per_tonne=other)
    if price:
        yield from emitting_more(p)


def emitting_more(p):
    """Inputs by which the same plan emits more."""
    for k, site in p.inputs("sites"):
        works = [row for row in p.tables["carbon"] if row["site"] == site.site and num(row, "operational_tonnes") > 1]
        if works:
            yield say(site.site, "dirtier"), p.given("sites", k, carbon_kg_per_kwh=site.carbon_kg_per_kwh * 1.01)
            label = works[-1]["period"]
            power, share, price = p.place(site.site, label)
            then = {"power_mw": power, "available_share": share, "electricity_usd_per_mwh": price}
            row = SiteSeries(site=site.site, period=label, carbon_kg_per_kwh=site.carbon_kg_per_kwh * 1.01, **then)
            others = [r for r in p.case.site_series if r.site != site.site]
            yield say(site.site, "dirtier from", label), p.given_rows("site_series", [*others, row])
    for k, machine in p.inputs("accelerators"):
        offers = {row.offer for row in p.case.offers if row.accelerator == machine.accelerator}
        if any(row["offer"] in offers and num(row, "units") > 1 for row in p.tables["arrivals"]):
            yield say(machine.accelerator, "heavier"), p.given("accelerators", k, embodied_kg=machine.embodied_kg + 50)


def carbon_table(p):
    for k, row in p.rows("carbon"):
        for column in ("operational_tonnes", "embodied_tonnes", "tonnes"):
            for how, value in nudges(num(row, column), least=2e-5 * max(1.0, num(row, "tonnes"))):
                if value >= 0:
                    yield say(row["site"], row["period"], column, how), p.cell("carbon", k, **{column: value})
        yield say(row["site"], row["period"], "left out"), p.drop("carbon", k)
    yield from emitting_more(p)


def carbon_limits_table(p):
    for k, row in p.rows("carbon_limits"):
        for column in ("tonnes", "emitted_tonnes", "slack_tonnes"):
            if row[column] not in ("", None):
                scale = max(num(row, "emitted_tonnes"), num(row, "tonnes") if row["tonnes"] is not None else 0.0, 1.0)
                for how, value in nudges(num(row, column), least=2e-5 * scale):
                    yield say(row["span"], column, how), p.cell("carbon_limits", k, **{column: value})
        yield say(row["span"], "left out"), p.drop("carbon_limits", k)
        if row["tonnes"] is None:
            yield say(row["span"], "a limit that is none"), p.cell("carbon_limits", k, tonnes=1e6, slack_tonnes=1e6)
        else:
            yield say(row["span"], "no limit"), p.cell("carbon_limits", k, tonnes=None, slack_tonnes=None)
