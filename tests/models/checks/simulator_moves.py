"""What is decided once, in the simulator: programmes, companies, agreements, power."""

from tests.models.checks.simulator_time import up


def moves(run):
    risk = run.case.settings.tape_out_risk
    for programme, route, t in run.d.starts:
        row = next(r for r in run.case.routes if (r.programme, r.route) == (programme, route))
        chance = {"expected": row.respin_probability, "optimistic": 0, "pessimistic": 1}[risk]
        design = up(row.design_months / run.step)
        lag = row.design_months + row.tape_out_to_volume_months + chance * row.respin_months
        ready = t + up(lag / run.step)
        item = f"{programme}/{route}"
        if design == 0:
            run.pay("tape_out", f"design {item}", t, row.design_cost_musd)
        for k in range(design):
            run.pay("tape_out", f"design {item}", t + k, row.design_cost_musd / design)
        run.pay("tape_out", f"masks {item}", t + design, row.mask_set_musd + chance * row.respin_cost_musd)
        for k in range(ready, run.n):
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
                "ready": run.name(ready),
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


def close(run, row, t):
    price = row.price_musd * (1 + row.price_growth_per_year) ** (t * run.dt)
    closed = t + up(row.months_to_close / run.step)
    owned = t + up((row.months_to_close + row.months_to_integrate) / run.step)
    run.pay("acquisition", f"price {row.acquisition}", t, price)
    left, k = row.integration_years, closed
    while left > 1e-12:
        part = min(left, run.dt)
        run.pay("acquisition", f"integration {row.acquisition}", k, row.integration_musd_per_year * part)
        left, k = left - part, k + 1
    for k in range(owned, run.n):
        run.pay("acquisition", f"contribution {row.acquisition}", k, -row.contribution_musd_per_year * run.dt)
    run.tables["acquisitions"].append(
        {
            "acquisition": row.acquisition,
            "signed": run.name(t),
            "closed": run.name(closed),
            "owned": run.name(owned),
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
    if row.life_years:
        gone = (run.n - t - lag) * run.dt / row.life_years
        run.pay("value_left", line, "end", -cost * max(0, 1 - gone))
    run.tables["expansions"].append(
        {
            "expansion": row.expansion,
            "site": row.site,
            "period": run.name(t),
            "modules": modules,
            "energised": run.name(t + lag),
        }
    )
