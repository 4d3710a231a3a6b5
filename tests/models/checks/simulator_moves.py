"""What is decided once, in the simulator: programmes, companies, agreements, power."""

import math

from tests.models.checks.simulator_time import in_force, months, up

NEVER = math.inf


def moves(run):
    risk = run.case.settings.tape_out_risk
    for programme, route, t in run.d.starts:
        row = next(r for r in run.case.routes if (r.programme, r.route) == (programme, route))
        chance = {"expected": row.respin_probability, "optimistic": 0, "pessimistic": 1}[risk]
        design = up(row.design_months / run.step)
        lag = row.design_months + row.tape_out_to_volume_months + chance * row.respin_months
        ready, broken = comes(
            run,
            programme,
            t,
            lag,
            lambda k, row=row, chance=chance: (
                row.respin_months * (known_respins(run, row.programme, k, chance) - chance)
            ),
        )
        end = NEVER if broken is None else broken
        item = f"{programme}/{route}"
        for k in range(max(design, 1)):
            if t + k < end:
                run.pay("tape_out", f"design {item}", t + k, row.design_cost_musd / max(design, 1))
        if t + design < end:
            run.pay("tape_out", f"masks {item}", t + design, row.mask_set_musd + chance * row.respin_cost_musd)
        # What was planned for is paid with the mask set, which before the plan was paid without it.
        paid_for = reserved = chance if t + design >= 0 else 0
        for k in range(t + design, run.n):
            counted = known_respins(run, programme, k, reserved)
            if k >= 0 and k < end and (k <= ready or k == t + design) and counted != paid_for:
                run.pay("tape_out", f"respins {item}", k, (counted - paid_for) * row.respin_cost_musd)
            paid_for = counted
        for k in onwards(run, ready):
            run.pay("tape_out", f"sustaining {item}", k, row.sustaining_musd_per_year * run.dt)
        if ready < run.n:
            worth = next(p.terminal_value_musd for p in run.case.programmes if p.programme == programme)
            run.pay("value_left", f"programme {programme}", "end", -worth)
        run.tables["tape_outs"].append(
            {
                "programme": programme,
                "route": route,
                "start": run.name(t),
                "tape_out": run.name(t + design),
                "ready": dated(run, ready),
            }
        )
    for company, t in run.d.closings:
        close(run, next(r for r in run.case.acquisitions if r.acquisition == company), t)
    for agreement, t in run.d.signings:
        row = next(r for r in run.case.agreements if r.agreement == agreement)
        first = t + up(row.lag_months / run.step)
        last = first + up(row.term_months / run.step) - 1
        run.pay("agreement", f"prepayment {agreement}", t, row.prepayment_musd)
        run.tables["agreements"].append(
            {
                "agreement": agreement,
                "signed": run.name(t),
                "live_from": run.name(first),
                "live_to": run.name(last),
            }
        )
    for (expansion, t), modules in run.d.builds.items():
        build(run, next(r for r in run.case.expansions if r.expansion == expansion), t, modules)


def known_respins(run, programme, k, chance):
    """How many respins count in a period: as said last, or as planned for."""
    rows = [row for row in run.case.delays if row.item == programme and row.respins is not None]
    said = None if k < 0 else in_force(rows, run.start + min(k, run.n - 1) * run.step)
    return chance if said is None else said.respins


def comes(run, item, t, length, more=lambda _: 0.0):
    """When something of so many months is done that began in a period, and when it was called off, if it was.

    Day by day: in each period the months passed are held against what is known there. Before the plan nothing of
    delays is known, after it what was known last.
    """
    rows = [row for row in run.case.delays if row.item == item]
    called_off = False
    for k in range(min(t, 0), run.n + 1000):
        said = None if k < 0 else in_force(rows, run.start + min(k, run.n - 1) * run.step)
        called_off = called_off or (said is not None and said.fails)
        if called_off and k >= t:
            return NEVER, k
        late = 0 if said is None else said.months
        if k >= t and (k - t) * run.step >= length + more(k) + late - 1e-9:
            return k, None
    raise AssertionError(item)


def onwards(run, t):
    return [k for k in range(run.n) if k >= t]


def dated(run, t):
    return "" if t == NEVER else run.name(t)


def close(run, row, t):
    asked = run.start if row.as_of is None else months(row.as_of)
    price = row.price_musd * (1 + row.price_growth_per_year) ** ((run.start + t * run.step - asked) / 12)
    closed, broken = comes(run, row.acquisition, t, row.months_to_close)
    owned, _ = comes(run, row.acquisition, t, row.months_to_close + row.months_to_integrate)
    if closed == NEVER:
        back = max(broken, t + up(row.months_to_close / run.step))
        run.pay("acquisition", f"refund {row.acquisition}", back, -price * (1 - row.break_fee_share))
    run.pay("acquisition", f"price {row.acquisition}", t, price)
    left, k = 0 if closed == NEVER else row.integration_years, closed
    while left > 1e-12:
        part = min(left, run.dt)
        run.pay("acquisition", f"integration {row.acquisition}", k, row.integration_musd_per_year * part)
        left, k = left - part, k + 1
    for k in onwards(run, owned):
        run.pay("acquisition", f"contribution {row.acquisition}", k, -row.contribution_musd_per_year * run.dt)
    run.tables["acquisitions"].append(
        {
            "acquisition": row.acquisition,
            "signed": run.name(t),
            "closed": dated(run, closed),
            "owned": dated(run, owned),
            "price_musd": price if t >= 0 else 0.0,
        }
    )


def build(run, row, t, modules):
    lag = up(row.lead_time_months / run.step)
    cost = modules * row.cost_musd_per_module
    line = f"modules {row.expansion}"
    if lag == 0:
        run.pay("expansion", line, t, cost)
    for k in range(lag):
        run.pay("expansion", line, t + k, cost / lag)
    works, _ = comes(run, row.expansion, t, row.lead_time_months)
    if row.life_years and works < run.n:
        gone = (run.n - works) * run.dt / row.life_years
        run.pay("value_left", line, "end", -cost * max(0, 1 - gone))
    run.tables["expansions"].append(
        {
            "expansion": row.expansion,
            "site": row.site,
            "period": run.name(t),
            "modules": modules,
            "energised": dated(run, works),
            "ends": "",
        }
    )
