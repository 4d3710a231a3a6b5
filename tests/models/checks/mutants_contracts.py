"""Mutants of contracts: levels, milestones, loans and rights that the plan does not keep, and tables that err."""

from tests.models.checks.mutants_money import lines
from tests.models.checks.mutation import nudges, num, say


def cells(p, table, columns, name, *, least=2e-5, drops=True):
    """Rows of a table with a number changed, or left out."""
    for k, row in p.rows(table):
        for column in columns.split():
            scale = max(1.0, abs(num(row, column)))
            for how, value in nudges(num(row, column), least=least * scale):
                if value >= 0:
                    where = row[name], row.get("period", row.get("to")), column
                    yield say(*where, how), p.cell(table, k, **{column: value})
        if drops:
            yield say(row[name], "left out"), p.drop(table, k)


def is_of(*names):
    return lambda line: line.startswith(names)


def milestone(p):
    """Reached for less than its amount, after its last period, or twice."""
    for k, row in p.inputs("milestones"):
        own = [(i, one) for i, one in p.rows("incentives") if one["milestone"] == row.milestone]
        for _, one in own:
            if one["reached"] == "yes":
                for how, more in (("just more", 3e-6), ("a tenth more", 0.1), ("twice", 1.0), ("ten times", 9.0)):
                    amount = num(one, "counted") * (1 + more) + 3e-6
                    yield say(row.milestone, how), p.given("milestones", k, amount=amount)
                if p.at(one["period"]) > 0:
                    yield say(row.milestone, "too late"), p.given("milestones", k, by=p.label(p.at(one["period"]) - 1))
        for i, one in own:
            if one["reached"] == "no" and any(other["reached"] == "yes" for _, other in own):
                yield say(row.milestone, "twice", one["period"]), p.cell("incentives", i, reached="yes")
            if one["reached"] == "no" and num(one, "counted") < row.amount and not row.by:
                yield say(row.milestone, "only", one["period"]), _only(p, row.milestone, i)


def _only(p, milestone, at):
    """The plan with a milestone reached in one row of the table alone."""
    rows = p.tables["incentives"]
    for k, row in enumerate(rows):
        if row["milestone"] == milestone:
            p = p.cell("incentives", k, reached="yes" if k == at else "no")
    return p


def facility_limits(p):
    for k, row in p.inputs("facilities"):
        most = max(num(one, "outstanding_musd") for one in p.tables["financing"] if one["facility"] == row.facility)
        for how, share in (("just less", 1 - 3e-5), ("a tenth less", 0.9), ("half", 0.5), ("nothing", 0.0)):
            yield say(row.facility, how), p.given("facilities", k, limit_musd=most * share)
        for how, values in (("longer", {"term_months": row.term_months * 3}), ("at the end", {"repayment": "bullet"})):
            changed = p.given("facilities", k, limit_musd=most, **values)
            if values.get("repayment") != row.repayment:
                yield say(row.facility, how), changed
    for k, one in p.rows("financing"):
        for how, more in (("more", 1.0), ("much more", 5.0)):
            yield (
                say(one["facility"], one["period"], how),
                p.cell("financing", k, drawn_musd=num(one, "drawn_musd") + num(one, "slack_musd") + more),
            )


def facility_advance(p):
    for k, row in p.inputs("facilities"):
        drawn = [
            one for one in p.tables["financing"] if one["facility"] == row.facility and num(one, "drawn_musd") > 1e-3
        ]
        for how, share in (("a little", 0.01), ("nothing", 0.0)):
            yield say(row.facility, "advances", how), p.given("facilities", k, advance_share=row.advance_share * share)
        yield say(row.facility, "of nothing"), p.given("facilities", k, categories=("acquisition",))
        for one in drawn:
            first = p.label(p.at(one["period"]) + 1)
            yield say(row.facility, "from", first), p.given("facilities", k, first_draw=first)
            if p.at(one["period"]) > 0:
                last = p.label(p.at(one["period"]) - 1)
                yield say(row.facility, "until", last), p.given("facilities", k, last_draw=last)
    for k, one in p.rows("financing"):
        if num(one, "drawn_musd") > 1e-3:
            yield (
                say(one["facility"], one["period"], "more"),
                p.cell("financing", k, drawn_musd=num(one, "drawn_musd") + 9),
            )


def commit_level(p):
    yield from lines(p, "agreement", is_of("level "))
    for k, row in p.inputs("commit_levels"):
        signed = [one for one in p.tables["commit_levels"] if one["year_of_term"] == row.year_of_term]
        for one in signed:
            least = num(one, "counted") + num(one, "brought_forward")
            for how, amount in (("a level above", least + 5.0), ("twice the level", 2 * max(row.amount, least) + 1)):
                yield say(row.agreement, row.year_of_term, how), p.given("commit_levels", k, amount=amount)
            if num(one, "shortfall") > 0:
                for share in (0.0, row.shortfall_share / 2):
                    changed = p.given("commit_levels", k, shortfall_share=share)
                    yield say(row.agreement, row.year_of_term, "share", share), changed
    short = {row["unit"] for row in p.tables["commit_levels"] if num(row, "shortfall") > 0}
    for k, row in p.inputs("agreements"):
        for unit, column in (("units", "shortfall_usd_per_unit"), ("mw", "shortfall_musd_per_mw")):
            if unit in short:
                for more in (1.1, 2.0):
                    yield (
                        say(row.agreement, column, more),
                        p.given("agreements", k, **{column: getattr(row, column) * more}),
                    )


def cost_financing(p):
    yield from lines(p, "financing", lambda _: True)
    for k, row in p.inputs("facilities"):
        yield say(row.facility, "dearer"), p.given("facilities", k, rate_per_year=row.rate_per_year + 0.01)
        yield say(row.facility, "fee"), p.given("facilities", k, fee_share=row.fee_share + 0.01)
        yield say(row.facility, "longer"), p.given("facilities", k, term_months=row.term_months + 12)


def cost_incentive(p):
    yield from lines(p, "incentive", lambda _: True)
    reached = {row["milestone"]: p.at(row["period"]) for row in p.tables["incentives"] if row["reached"] == "yes"}
    for k, row in p.inputs("milestones"):
        if row.milestone not in reached:
            continue
        for how, value in (("more", row.value_musd + 0.01), ("nothing", 0.0), ("twice", row.value_musd * 2)):
            if not any(one.milestone == row.milestone for one in p.case.milestone_values):
                yield say(row.milestone, how), p.given("milestones", k, value_musd=value)
    for k, row in p.inputs("milestone_values"):
        if reached.get(row.milestone, -1) < p.at(row.period):
            continue
        for how, value in (("more", row.value_musd + 0.01), ("nothing", 0.0), ("half", row.value_musd / 2)):
            yield say(row.milestone, row.period, how), p.given("milestone_values", k, value_musd=value)
    for k, row in p.rows("incentives"):
        other = "no" if row["reached"] == "yes" else "yes"
        yield say(row["milestone"], row["period"], other), p.cell("incentives", k, reached=other)


def financing_table(p):
    columns = "repaid_musd interest_musd fee_musd outstanding_musd limit_musd slack_musd"
    yield from cells(p, "financing", columns, "facility")


def incentives_table(p):
    yield from cells(p, "incentives", "counted amount", "milestone")
    for k, row in p.rows("incentives"):
        yield say(row["milestone"], row["period"], "measure"), p.cell("incentives", k, measure="tonnes")
        more = num(row, "income_musd") + 0.01
        yield say(row["milestone"], row["period"], "income"), p.cell("incentives", k, income_musd=more)


def commit_levels_table(p):
    yield from cells(p, "commit_levels", "level counted brought_forward shortfall fee_musd", "agreement", least=2e-3)
    for k, row in p.rows("commit_levels"):
        yield say(row["agreement"], row["to"], "from"), p.cell("commit_levels", k, **{"from": p.label(-9)})
        other = "musd" if row["unit"] == "units" else "units"
        yield say(row["agreement"], row["to"], "unit"), p.cell("commit_levels", k, unit=other)


def cancellations(p):
    for k, row in p.rows("cancellations"):
        offer, given = p.offer(row["offer"])
        where = row["offer"], row["ordered"]
        yield say(*where, "more than ordered"), p.cell("cancellations", k, units=num(row, "units") + 1000)
        yield say(*where, "before its order"), p.cell("cancellations", k, period=p.label(0), ordered=p.label(1))
        if p.at(row["ordered"]) < 0:
            yield from _ordered_before(p, row)
            continue
        yield say(*where, "in its period"), p.cell("cancellations", k, period=row["ordered"])
        other = "late" if row["right"] == "in time" else "in time"
        for right in (other, "as it likes"):
            yield say(*where, "right", right), p.cell("cancellations", k, right=right)
        if given.lot_size:
            yield say(*where, "half a lot"), p.cell("cancellations", k, units=num(row, "units") - given.lot_size / 2)
        values = {"cancel_until_months": None, "late_exit_months": None}
        yield say(*where, "no right"), p.given("offers", offer, **values)
        yield say(*where, "too late"), p.given("offers", offer, cancel_until_months=99.0, late_exit_months=99.0)
        yield say(*where, "of a lease"), p.given("offers", offer, kind="lease", term_months=6.0)
        yield say(*where, "there at once"), p.given("offers", offer, lead_time_months=0.0).given_rows("lead_times", [])


def _ordered_before(p, row):
    """Inputs under which an order from before the plan could not have been cancelled as it was."""
    at, given = p.offer(row["offer"])
    where = row["offer"], row["ordered"]
    yield say(*where, "more than its right"), p.given("offers", at, cancel_until_months=None, late_exit_months=None)
    yield say(*where, "after its time"), p.given("offers", at, cancel_until_months=99.0, late_exit_months=99.0)
    yield say(*where, "a lease"), p.given("offers", at, kind="lease", term_months=6.0)
    for k, order in p.inputs("open_orders"):
        if order.offer == given.offer and order.ordered == row["ordered"]:
            for how, values in (
                ("there by then", {"due": row["period"]}), ("nobody knows when", {"ordered": None}),
                ("long ago", {"ordered": p.label(-40)}), ("less of it", {"units": order.units / 2}),
            ):  # fmt: skip
                yield say(*where, order.site, how), p.given("open_orders", k, **values)


def _changes(p, verb):
    return [(k, row) for k, row in p.rows("lease_changes") if row["verb"] == verb]


def _contract(p, name, **values):
    for table, column in (("offers", "offer"), ("open_leases", "lease")):
        for k, row in p.inputs(table):
            if getattr(row, column) == name:
                return p.given(table, k, **values)
    raise KeyError(name)


def lease_exit(p):
    for k, row in _changes(p, "leave"):
        where = row["contract"], row["site"], row["period"]
        yield say(*where, "more than there are"), p.cell("lease_changes", k, units=num(row, "units") + 1000)
        yield say(*where, "no right"), _contract(p, row["contract"], exit_fee_months=None)
        yield say(*where, "long notice"), _contract(p, row["contract"], exit_notice_months=99.0)
        yield say(*where, "of another term"), p.cell("lease_changes", k, term=row["term"] + 5)
        yield say(*where, "of another beginning"), p.cell("lease_changes", k, begun=p.label(-7))
        yield say(*where, "of no lease"), p.cell("lease_changes", k, contract="nobody's")
        yield say(*where, "at the end of the plan"), p.cell("lease_changes", k, period=p.label(p.count - 1))


def lease_renewal(p):
    for k, row in _changes(p, "renew"):
        where = row["contract"], row["site"], row["period"]
        for how, more in (("a few more", 1.0), ("many more", 1000.0), ("twice", num(row, "units"))):
            yield say(*where, how), p.cell("lease_changes", k, units=num(row, "units") + more)
        yield say(*where, "no right"), _contract(p, row["contract"], renew_months=None)
        yield say(*where, "never"), _contract(p, row["contract"], renewals=0)
        for term in (0, 2, 3, 9):
            yield say(*where, "term", term), p.cell("lease_changes", k, term=term)
        for t in range(p.count):
            if p.label(t) != row["period"]:
                yield say(*where, "in", p.label(t)), p.cell("lease_changes", k, period=p.label(t))
            if p.label(t) != row["begun"]:
                yield say(*where, "begun", p.label(t)), p.cell("lease_changes", k, begun=p.label(t))
        yield say(*where, "of no lease"), p.cell("lease_changes", k, contract="nobody's")


def cancellations_table(p):
    yield from cells(p, "cancellations", "value_musd fee_musd", "offer", drops=False)
    gone = {(one["offer"], one["ordered"]) for one in p.tables["cancellations"]}
    for k, row in p.inputs("open_orders"):
        for name in ("paid_usd_per_unit", "balance_usd_per_unit"):
            value = getattr(row, name)
            if value and (row.offer, row.ordered) in gone:
                yield say(row.offer, row.ordered, row.site, name), p.given("open_orders", k, **{name: value * 1.05})
    for k, row in p.inputs("offers"):
        if any(one["offer"] == row.offer and one["right"] == "in time" for one in p.tables["cancellations"]):
            for share in (row.cancel_fee_share + 0.05, row.cancel_fee_share / 2):
                yield say(row.offer, "fee", share), p.given("offers", k, cancel_fee_share=share)


def lease_changes_table(p):
    yield from cells(p, "lease_changes", "musd", "contract", drops=False)
    for k, row in p.rows("lease_changes"):
        where = row["contract"], row["site"], row["period"]
        for by in (1, 2):
            later = p.label(p.at(row["effective"]) + by)
            yield say(*where, "effective", later), p.cell("lease_changes", k, effective=later)
        yield say(*where, "verb"), p.cell("lease_changes", k, verb="stay")


def leases_table(p):
    for k, row in p.rows("leases"):
        where = row["contract"], row["site"], row["begins"]
        for how, value in nudges(num(row, "units"), least=2e-5 * max(1.0, num(row, "units"))):
            if value >= 0:
                yield say(*where, "units", how), p.cell("leases", k, units=value)
        if row["rent_usd_per_unit_per_year"] not in ("", None):
            rent = num(row, "rent_usd_per_unit_per_year")
            yield say(*where, "rent"), p.cell("leases", k, rent_usd_per_unit_per_year=rent * 1.01 + 1)
        yield say(*where, "ends"), p.cell("leases", k, ends=p.label(p.at(row["ends"]) + 1))
        yield say(*where, "left out"), p.drop("leases", k)
