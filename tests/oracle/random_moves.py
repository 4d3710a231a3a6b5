"""Random programmes, acquisitions, agreements, expansions, gates and commitments for `random_cases`."""

from __future__ import annotations

from dataclasses import replace

from models.case import (
    Acquisition,
    AddedSupply,
    Agreement,
    Commitment,
    Expansion,
    Programme,
    Ramp,
    Route,
)


def draw_moves(draft):
    """Strategic options of about the worth of the fleet."""
    machines = [row.accelerator for row in draft.rows("accelerators")]
    if draft.chance(0.45):
        draw_acquisition(draft)
    if "own" in machines or draft.chance(0.25):
        draw_programme(draft, "chip")
        if draft.chance(0.5):
            draw_programme(draft, "chip_two")
    if draft.chance(0.45):
        draw_agreement(draft)
    for site in draft.rows("sites"):
        if draft.chance(0.45):
            draw_expansion(draft, site.site)


def window(draft, share=0.3):
    """A first and last label, or None for the horizon."""
    rng, clock = draft.rng, draft.clock
    first = clock.label(rng.randint(0, 1)) if draft.chance(share) else None
    last = clock.label(rng.randint(1, clock.count - 1)) if draft.chance(share) else None
    return first, last


def draw_programme(draft, name):
    rng, clock = draft.rng, draft.clock
    horizon = clock.count * clock.step
    draft.add(
        "programmes",
        Programme(programme=name, terminal_value_musd=rng.choice([0.0, 0.1] if name == "chip" else [0.2, 0.4])),
    )
    for route in ["house", "partner"][: rng.choice([1, 2])]:
        first, last = window(draft)
        row = Route(
            programme=name,
            route=route,
            design_months=round(horizon * rng.choice([0.0, 0.15, 0.3]), 1),
            design_cost_musd=round(rng.uniform(0.02, 0.15), 3),
            mask_set_musd=rng.choice([0.0, 0.03]),
            tape_out_to_volume_months=round(horizon * rng.choice([0.05, 0.1]), 1),
            respin_probability=rng.choice([0.0, 0.4]),
            respin_months=rng.choice([0.0, 4.0]),
            respin_cost_musd=0.02,
            sustaining_musd_per_year=rng.choice([0.0, 0.02]),
            first_start=first,
            last_start=last,
            requires=("team",) if route == "partner" and draft.rows("acquisitions") and draft.chance(0.5) else (),
        )
        draft.add("routes", row)
    if draft.chance(0.5):
        for months, most in [(0.0, 8.0), (round(horizon * 0.2, 1), 40.0)][: rng.choice([1, 2, 2])]:
            draft.add("ramp", Ramp(programme=name, months_since_ready=months, max_units_per_year=most))


def draw_acquisition(draft):
    rng = draft.rng
    first, last = window(draft)
    row = Acquisition(
        acquisition="team",
        price_musd=round(rng.uniform(0.03, 0.3), 3),
        price_growth_per_year=rng.choice([0.0, 0.1]),
        months_to_close=rng.choice([0.0, 4.0]),
        months_to_integrate=rng.choice([0.0, 3.0]),
        integration_musd_per_year=rng.choice([0.0, 0.04]),
        integration_years=rng.choice([0.0, 0.8, 1.0]),
        contribution_musd_per_year=rng.choice([0.0, 0.15, 0.3, -0.02]),
        first_signing=first,
        last_signing=last,
    )
    draft.add("acquisitions", row)


def draw_agreement(draft):
    rng = draft.rng
    first, last = window(draft)
    row = Agreement(
        agreement="pact",
        first_signing=first,
        last_signing=last,
        lag_months=rng.choice([0.0, 2.0]),
        term_months=rng.choice([6.0, 12.0, 30.0]),
        prepayment_musd=rng.choice([0.0, 0.02, 0.1]),
        min_units_per_year=rng.choice([0.0, 20.0, 40.0]),
        shortfall_usd_per_unit=rng.choice([2000.0, 12000.0]),
        requires=("team",) if draft.rows("acquisitions") and draft.chance(0.15) else (),
        excludes=("team",) if draft.rows("acquisitions") and draft.chance(0.4) else (),
    )
    draft.add("agreements", row)


def draw_expansion(draft, site):
    rng, clock = draft.rng, draft.clock
    first, last = window(draft, 0.2)
    gates = [row.agreement for row in draft.rows("agreements")]
    row = Expansion(
        expansion=f"hall_{site}",
        site=site,
        module_mw=rng.choice([0.02, 0.05]),
        cost_musd_per_module=rng.choice([0.005, 0.02, 0.1]),
        max_modules=rng.randint(1, 4),
        lead_time_months=float(rng.choice([0, 2, clock.step, 2 * clock.step])),
        life_years=rng.choice([0.0, 3.0, 12.0]),
        first_order=first,
        last_order=last,
        requires=(rng.choice(gates),) if gates and draft.chance(0.15) else (),
        excludes=(rng.choice(gates),) if gates and draft.chance(0.15) else (),
    )
    draft.add("expansions", row)


def draw_gates(draft):
    """Lets offers require what unlocks them, and exclude what ends them."""
    offers = []
    names = [row.agreement for row in draft.rows("agreements")] + [
        row.acquisition for row in draft.rows("acquisitions")
    ]
    for offer in draft.rows("offers"):
        requires, excludes = (), ()
        if offer.accelerator == "own":
            requires = ("chip",)
        elif offer.offer == "frame" and draft.rows("agreements"):
            requires = ("pact",)
        elif offer.offer == "buy_asic" and names and draft.chance(0.2):
            requires = (draft.rng.choice(names),)
        if names and draft.chance(0.2):
            excludes = tuple({draft.rng.choice(names)} - set(requires))
        offers.append(replace(offer, requires=requires, excludes=excludes))
    draft.tables["offers"] = offers


def draw_added_supply(draft):
    """Lets a live agreement or an owned company add to the limit."""
    for table, name in (("agreements", "pact"), ("acquisitions", "team")):
        if draft.rows(table) and draft.chance(0.6):
            amount = draft.rng.choice([12.0, 30.0])
            draft.add("added_supply", AddedSupply(gate=name, limit="packaging", amount_per_year=amount))


def draw_commitments(draft):
    """Now and then a decision that is made already, fixed, or barred; each can be carried out."""
    rng, clock = draft.rng, draft.clock
    free = [row for row in draft.rows("offers") if not row.requires and not row.first_order and not row.excludes]
    free = [row for row in free if clock.lag(row.lead_time_months) < clock.count - 1]
    if free and draft.chance(0.25):
        row = rng.choice(free)
        lots = max(row.min_lots, 2.0)
        if lots <= (row.max_lots_per_period or lots):
            status = rng.choice(["done", "fixed"])
            quantity = lots * (row.lot_size or 1.0)
            when = clock.label(0)
            draft.add(
                "commitments",
                Commitment(kind="order", item=row.offer, period=when, quantity=quantity, status=status),
            )
    if draft.rows("programmes") and draft.chance(0.2):
        route = draft.rows("routes")[0]
        if not route.requires and not route.first_start:
            when, status = rng.choice([(0, "done"), (0, "fixed"), (-1, "done")])
            row = Commitment(kind="start", item="chip", route=route.route, period=clock.label(when), status=status)
            draft.add("commitments", row)
    if draft.rows("acquisitions") and draft.chance(0.15):
        draft.add("commitments", Commitment(kind="close", item="team", status="barred"))
    if draft.rows("agreements") and draft.chance(0.15) and not draft.rows("agreements")[0].requires:
        row = draft.rows("agreements")[0]
        if not row.first_signing and not row.excludes:
            when, status = rng.choice([(clock.label(-1), "done"), (clock.label(0), "fixed"), ("", "fixed")])
            draft.add("commitments", Commitment(kind="sign", item="pact", period=when, status=status))
    for row in draft.rows("expansions")[:1]:
        free = not row.requires and not row.first_order and not row.excludes
        if draft.chance(0.15) and free and clock.lag(row.lead_time_months) < clock.count:
            when, status = rng.choice([(clock.label(0), "fixed"), (clock.label(-1), "done")])
            draft.add(
                "commitments",
                Commitment(kind="build", item=row.expansion, period=when, quantity=1.0, status=status),
            )
