"""What has been decided once: programmes, deals, agreements, expansions and loans, and how far their terms have run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.calendar import parse_label
from models.data.strategic_options import planned_respins, risk_months
from models.tables.contract_rows import CommitLevel, IncentiveMilestone
from models.tables.strategy_rows import Agreement, Commitment, Route
from planner.replanning.begun_years import counted_in, year_begun
from planner.replanning.run_position import NOISE, CarriedDraft, RunPosition, SourceRow
from planner.results.milestones import respins_of

_TAKEN = (
    ("tape_outs", "start", "programme", "start", "", "started"),
    ("acquisitions", "close", "acquisition", "signed", "", "signed"),
    ("agreements", "sign", "agreement", "signed", "", "signed"),
    ("expansions", "build", "expansion", "period", "modules", "ordered"),
    ("financing", "draw", "facility", "period", "drawn_musd", "drawn"),
)
"""Result table, kind of commitment, the columns of its item, period and quantity, and what is said of it."""
_UNITS = {"build": "modules", "draw": "USD million"}


def carry_commitments(draft: CarriedDraft) -> None:
    """Makes commitments that are done of what was decided before the start, and keeps those that are still ahead."""
    position = draft.position
    old: list[Commitment] = list(draft.tables["commitments"])
    earlier = [row for row in old if row.period and position.at(row.period) < 0]
    draft.tables["commitments"] = [_as_it_stands(position, row) for row in earlier]
    taken: dict[tuple[str, str, str, str], tuple[float, list[SourceRow], str]] = {}
    for table, kind, item, when, quantity, what in _TAKEN:
        for row in position.rows(table):
            period = position.at(row[when])
            amount = float(row[quantity]) if quantity else 1.0
            if 0 <= period < position.passed and amount > NOISE:
                route = row["route"] if kind == "start" else ""
                key = kind, row[item], route, row[when]
                # A row for each group of futures says the same of one branch.
                before = taken.get(key, (0.0, [], what))
                taken[key] = (before[0] + amount, [*before[1], row], what)
    for (kind, item, route, label), (amount, rows, what) in taken.items():
        made = Commitment(
            kind=kind, item=item, route=route, period=label, quantity=amount if kind in _UNITS else None, status="done"
        )
        made = _as_it_stands(position, made)
        draft.put("commitments", made, what, made.quantity, _UNITS.get(kind, ""), rows)
    draft.tables["commitments"] += [row for one in old for row in _ahead(position, one, taken)]


def _as_it_stands(position: RunPosition, taken: Commitment) -> Commitment:
    """A decision with what it has come to by the start, where that is not as planned: its dates, and paid respins."""
    case, label = position.case, position.calendar.label_of(position.at(taken.period))
    steps: list[tuple[str, str, float]] = []
    table = item = when = ""
    if taken.kind == "start":
        table, item, when = "tape_outs", "programme", "start"
        route = next(one for one in case.routes if one.programme == taken.item and taken.route in ("", one.route))
        risk = risk_months(route, case.settings.tape_out_risk)
        steps = [("ready", "reached", route.design_months + route.tape_out_to_volume_months + risk)]
        taken = replace(taken, respins_paid=_respins_paid(position, taken, route))
    elif taken.kind == "close":
        table, item, when = "acquisitions", "acquisition", "signed"
        company = next(one for one in case.acquisitions if one.acquisition == taken.item)
        steps = [
            ("closed", "closed", company.months_to_close),
            ("owned", "reached", company.months_to_close + company.months_to_integrate),
        ]
    elif taken.kind == "build":
        table, item, when = "expansions", "expansion", "period"
        hall = next(one for one in case.expansions if one.expansion == taken.item)
        steps = [("energised", "reached", hall.lead_time_months)]
    rows = [row for row in position.rows(table) if row[item] == taken.item and row[when] == label] if table else []
    was_refunded = taken.late == "refunded" or _is_refunded(position, taken)
    taken = replace(taken, late="", reached="", closed="")
    for state, column, months in steps if rows else ():
        planned = position.at(taken.period) + position.calendar.lag_periods(months)
        came = next((row[state] for row in rows if row[state] and position.at(row[state]) < position.passed), None)
        if came is not None and position.at(came) != planned:
            taken = replace(taken, **{column: came})
        elif came is None and planned < position.passed and not taken.late:
            taken = replace(taken, late="refunded" if was_refunded else state)
    return taken


def _is_refunded(position: RunPosition, taken: Commitment) -> bool:
    """Returns whether what comes back of the price of a company has come before the start."""
    return taken.kind == "close" and any(
        row["line"] == f"refund {taken.item}" and row["period"] != "end" and position.is_past(row["period"])
        for row in position.rows("costs")
    )


def _respins_paid(position: RunPosition, taken: Commitment, route: Route) -> float:
    """The respins that are paid for by the start, of a tape-out before it."""
    case, calendar = position.case, position.calendar
    tape_out = position.at(taken.period) + calendar.lag_periods(route.design_months)
    if tape_out >= position.passed:
        return 0.0
    known = respins_of(case, calendar, taken.item, position.passed - 1)
    if known is not None:
        return known
    return taken.respins_paid if tape_out < 0 else planned_respins(route, case.settings.tape_out_risk)


def _ahead(
    position: RunPosition, row: Commitment, taken: dict[tuple[str, str, str, str], tuple[float, list[SourceRow], str]]
) -> Iterator[Commitment]:
    """Yields what a commitment still asks for from the start on."""
    if row.period and position.at(row.period) < 0:
        return
    first, months = parse_label(row.period) if row.period else (position.calendar.start_month, 0)
    end = first + months if row.period else position.calendar.end_month
    if end <= position.start_month:
        return
    if first >= position.start_month:
        yield row
        return
    done = _done(position, row, taken)
    if row.kind in ("start", "close", "sign") and row.status != "barred":
        if not done:
            yield replace(row, period="") if not row.period else replace(row, period=position.start)
        return
    if not row.period:
        left = None if row.status == "barred" else max(0.0, (1.0 if row.quantity is None else row.quantity) - done)
        yield row if left is None else replace(row, quantity=left)
        return
    for period in range(position.passed, position.calendar.period_of_month(end - 1) + 1):
        label = position.calendar.label_of(period)
        if row.status == "barred":
            yield replace(row, period=label)
        else:
            amount = _decided(position, row, period)
            if amount > NOISE or row.status == "fixed":
                yield replace(row, period=label, quantity=amount)


def _done(
    position: RunPosition, row: Commitment, taken: dict[tuple[str, str, str, str], tuple[float, list[SourceRow], str]]
) -> float:
    """How much of what is committed has been decided before the start, in its period."""
    first = parse_label(row.period)[0] if row.period else position.calendar.start_month
    if row.kind == "order":
        found = [
            float(one["units"])
            for one in position.rows("orders")
            if one["offer"] == row.item and position.is_past(one["period"]) and parse_label(one["period"])[0] >= first
        ]
        return sum(found)
    return sum(
        amount
        for (kind, item, route, period), (amount, _, _) in taken.items()
        if (kind, item) == (row.kind, row.item) and row.route in ("", route) and parse_label(period)[0] >= first
    )


def _decided(position: RunPosition, row: Commitment, period: int) -> float:
    """What the plan decides of a kind in one period."""
    label = position.calendar.label_of(period)
    table, item, when, quantity = {
        "order": ("orders", "offer", "period", "units"), "build": ("expansions", "expansion", "period", "modules"),
        "draw": ("financing", "facility", "period", "drawn_musd"),
    }[row.kind]  # fmt: skip
    return sum(float(one[quantity]) for one in position.rows(table) if (one[item], one[when]) == (row.item, label))


def carry_levels(draft: CarriedDraft) -> None:
    """Says what has counted in the year of a term that has begun, with what earlier years had above their levels."""
    position = draft.position
    known = {row["agreement"]: row for row in position.rows("agreements")}
    rows: list[CommitLevel] = list(draft.tables["commit_levels"])
    for name, signed in known.items():
        if position.at(signed["signed"]) >= position.passed:
            continue
        own = sorted((row for row in rows if row.agreement == name), key=lambda row: row.year_of_term)
        _carry_levels(draft, signed, own)


def _carry_levels(draft: CarriedDraft, signed: SourceRow, own: list[CommitLevel]) -> None:
    position, excess, sources = draft.position, 0.0, [signed]
    year = 12 // position.calendar.months
    first, last = position.at(signed["live_from"]), position.at(signed["live_to"])
    results = {row["year_of_term"]: row for row in position.rows("commit_levels") if row["agreement"] == own_name(own)}
    for row in own:
        begin = first + (row.year_of_term - 1) * year
        end = min(begin + year - 1, last)
        if begin > last:
            continue
        if end < position.passed:
            done = results.get(row.year_of_term)
            own_year = counted_in(position, row, begin, end + 1) if done is None else float(done["counted"])
            over = max(0.0, excess + own_year - row.amount)
            excess = over if row.carry == "excess" else 0.0
            sources += [] if done is None else [done]
            continue
        counted, brought = 0.0, row.brought_forward
        if begin < position.passed:
            counted = counted_in(position, row, begin, position.passed)
            counted += row.counted_before if begin < 0 else 0.0
        brought, excess = brought + excess, 0.0
        new = replace(
            row, counted_before=max(0.0, counted) if counted > NOISE else 0.0,
            brought_forward=brought if brought > NOISE else 0.0,
        )  # fmt: skip
        if new != row:
            draft.change("commit_levels", [(row, new)])
            what = "counted in the year, and brought forward"
            draft.note(
                "commit_levels", new, what, new.counted_before + new.brought_forward, row.unit, draft.cited(sources)
            )


def own_name(rows: list[CommitLevel]) -> str:
    """Returns the agreement of some levels; blank where there are none."""
    return rows[0].agreement if rows else ""


def carry_take_or_pay(draft: CarriedDraft) -> None:
    """Says what has been taken in the calendar year that has begun, of agreements that are live."""
    position = draft.position
    begun = year_begun(position)
    if begun is None:
        return
    for row in draft.each(Agreement, "agreements"):
        signed = next((one for one in position.rows("agreements") if one["agreement"] == row.agreement), None)
        if not row.min_units_per_year or signed is None or position.at(signed["live_from"]) >= position.passed:
            continue
        if position.at(signed["live_to"]) < begun:
            continue
        offers = {one.offer for one in position.case.offers if row.agreement in one.requires}
        came = [
            one
            for one in position.rows("arrivals")
            if one["offer"] in offers and begun <= position.at(one["period"]) < position.passed
        ]
        units = sum(float(one["units"]) for one in came)
        if begun <= 0:
            units += _before_the_run(position, row, signed) if row.taken_before is None else row.taken_before
        new = replace(row, taken_before=units)
        draft.change("agreements", [(row, new)])
        draft.note("agreements", new, "taken in the year", units, "units", draft.cited([signed, *came]))


def _before_the_run(position: RunPosition, row: Agreement, signed: SourceRow) -> float:
    """What counts as taken in the year of the start before the run: what was due then, as that year counts from it."""
    calendar = position.calendar
    ahead = range(position.at(signed["live_from"]), min(position.at(signed["live_to"]) + 1, 0))
    periods = [t for t in ahead if calendar.year_of(t) == calendar.year_of(0)]
    return len(periods) * calendar.delta * row.min_units_per_year


def carry_milestones(draft: CarriedDraft) -> None:
    """Takes out the milestones that are reached or over, and says what has counted towards the others."""
    position = draft.position
    last = position.calendar.labels[position.passed - 1]
    gone: set[str] = set()
    for row in draft.each(IncentiveMilestone, "milestones"):
        own = [one for one in position.rows("incentives") if one["milestone"] == row.milestone]
        past = [one for one in own if position.is_past(one["period"])]
        reached = [one for one in past if one["reached"] == "yes"]
        is_over = row.by is not None and sum(parse_label(row.by)) <= position.start_month
        if reached or is_over:
            gone.add(row.milestone)
            draft.change("milestones", [(row, None)])
            if reached:
                income = sum(float(one["income_musd"]) for one in reached)
                draft.note("milestones", row, "reached: taken out", income, "USD million", draft.cited(reached))
            continue
        now = next(one for one in past if one["period"] == last)
        counted = float(now["counted"])
        if counted > NOISE:
            new = replace(row, counted_before=counted)
            draft.change("milestones", [(row, new)])
            draft.note("milestones", new, "counted", counted, row.measure, draft.cited([now]))
    if gone:
        draft.tables["milestone_values"] = [
            row for row in draft.tables["milestone_values"] if row.milestone not in gone
        ]


def carry_opened_sites(draft: CarriedDraft) -> None:
    """Sites whose fixed cost began with a module pay it from the start on."""
    position = draft.position
    waiting = [row for row in draft.tables["sites"] if row.fixed_from == "first_module" and row.power_mw == 0]
    at = {row.expansion: row.site for row in position.case.expansions}
    for site in waiting:
        opened = [
            row
            for row in position.rows("expansions")
            if at[row["expansion"]] == site.site and row["energised"] and position.is_past(row["energised"])
        ]
        if opened:
            new = replace(site, fixed_from="start")
            draft.change("sites", [(site, new)])
            draft.note("sites", new, "opened: fixed cost from the start", None, "", draft.cited(opened))


__all__ = [
    "Agreement",
    "carry_commitments",
    "carry_levels",
    "carry_milestones",
    "carry_opened_sites",
    "carry_take_or_pay",
]
