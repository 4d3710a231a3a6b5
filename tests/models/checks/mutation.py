"""Plans that can be changed in one place: the tools that the mutants are made with."""

import dataclasses
import math
from dataclasses import dataclass

from models.tables.disruption_rows import Delay
from tests.models.checks.simulator_time import STEP, ends, in_force, months


@dataclass(frozen=True)
class Mutant:
    """A plan that breaks `requirement`; `change` says how it differs from the plan that holds."""

    requirement: str
    change: str
    case: object
    tables: dict
    objective: object


@dataclass(frozen=True)
class Plan:
    """A case with its result tables and objective, and copies of it with one change."""

    case: object
    tables: dict
    objective: object

    def rows(self, table):
        return list(enumerate(self.tables[table]))

    def inputs(self, table):
        return list(enumerate(getattr(self.case, table)))

    def _with_rows(self, table, rows):
        return dataclasses.replace(self, tables={**self.tables, table: rows})

    def cell(self, table, at, **cells):
        rows = [{**row, **cells} if k == at else row for k, row in self.rows(table)]
        return self._with_rows(table, rows)

    def drop(self, table, at):
        return self._with_rows(table, [row for k, row in self.rows(table) if k != at])

    def keep(self, table, wanted):
        return self._with_rows(table, [row for row in self.tables[table] if wanted(row)])

    def plus(self, table, row):
        return self._with_rows(table, [*self.tables[table], row])

    def given(self, table, at, **values):
        rows = tuple(
            dataclasses.replace(row, **values) if k == at else row for k, row in enumerate(getattr(self.case, table))
        )
        return dataclasses.replace(self, case=dataclasses.replace(self.case, **{table: rows}))

    def given_rows(self, table, rows):
        return dataclasses.replace(self, case=dataclasses.replace(self.case, **{table: tuple(rows)}))

    def given_plus(self, table, *rows):
        return self.given_rows(table, [*getattr(self.case, table), *rows])

    def settings(self, **values):
        settings = dataclasses.replace(self.case.settings, **values)
        return dataclasses.replace(self, case=dataclasses.replace(self.case, settings=settings))

    def goal(self, objective):
        return dataclasses.replace(self, objective=objective)

    # Time.

    @property
    def step(self):
        return STEP[self.case.settings.period]

    @property
    def years(self):
        return self.step / 12

    @property
    def count(self):
        return self.case.settings.periods + self.case.settings.lookahead_periods

    def month(self, label):
        return months(label)

    def at(self, label):
        return (months(label) - months(self.case.settings.start)) // self.step

    def label(self, t):
        month = months(self.case.settings.start) + t * self.step
        year, rest = divmod(month, 12)
        part = {12: "", 6: f"H{rest // 6 + 1}", 3: f"Q{rest // 3 + 1}", 1: f"-{rest + 1:02d}"}[self.step]
        return f"{year:04d}{part}"

    def later(self, label, by=1):
        return self.label(self.at(label) + by)

    def periods(self):
        return [self.label(t) for t in range(self.count)]

    def inside(self, label, span):
        first, end = ends(span)
        return first <= months(label) < end

    # What disruptions have changed.

    def deliverable(self, offer, label):
        """The period in which an order can arrive, by number; infinite when that is after the horizon."""
        waits = [row for row in self.case.lead_times if row.offer == offer]
        for t in range(self.at(label), self.count):
            said = in_force(waits, self.month(self.label(t))) or self.offer(offer)[1]
            if (t - self.at(label)) * self.step > said.lead_time_months - 1e-9:
                return t
        return math.inf

    def late_from(self, offer):
        """The period from which what was ordered may arrive later, by number; infinite for never."""
        return min((self.at(row.since) for row in self.case.backlogs if row.offer == offer), default=math.inf)

    def place(self, site, label):
        """Power in MW (None: no limit), share of it that can be used, and price of electricity, in a period."""
        given = next(row for row in self.case.sites if row.site == site)
        said = in_force([row for row in self.case.site_series if row.site == site], self.month(label))
        if said is None:
            return given.power_mw, 1.0, given.electricity_usd_per_mwh
        power = given.power_mw if said.power_mw is None else said.power_mw
        price = said.electricity_usd_per_mwh
        return power, said.available_share, given.electricity_usd_per_mwh if price is None else price

    def placed(self, site, **values):
        """The site as it is in the case, but for some values from the start on."""
        given = next(row for row in self.inputs("sites") if row[1].site == site)
        others = [row for row in self.case.site_series if row.site != site]
        return self.given("sites", given[0], **values).given_rows("site_series", others)

    def delayed(self, item, *rows):
        """Another delay of something: rows of label, months and failure."""
        others = [row for row in self.case.delays if row.item != item]
        new = [Delay(item=item, period=label, months=months, fails=fails) for label, months, fails in rows]
        return self.given_rows("delays", [*others, *new])

    def hindered(self, item, label):
        """Ways in which something that is reached in a period (blank: never) is not reached any more."""
        if label and self.at(label) >= 0:
            first = self.label(0)
            yield say(item, "failed from the start"), self.delayed(item, (first, 0.0, True))
            yield say(item, "far too late"), self.delayed(item, (first, 999.0, False))
            if self.at(label) < self.count:
                known = [row for row in self.case.delays if row.item == item]
                rows = [(r.period, r.months, r.fails) for r in known if self.month(r.period) < self.month(label)]
                yield say(item, "failed as it came"), self.delayed(item, *rows, (label, 0.0, True))
                mended = self.delayed(item, (first, 0.0, True), (self.label(1), 0.0, False))
                if self.count > 1:
                    yield say(item, "failed for good, whatever is said later"), mended

    # Rows by what they are about.

    def offer(self, name):
        return next((k, row) for k, row in self.inputs("offers") if row.offer == name)

    def vendor(self, accelerator):
        return next(row.vendor for row in self.case.accelerators if row.accelerator == accelerator)

    def accelerator(self, name):
        return next((k, row) for k, row in self.inputs("accelerators") if row.accelerator == name)

    def taken(self):
        """Moves of the plan: table of the case, position there, table of the plan, position, name, period."""
        found = []
        for k, row in self.rows("tape_outs"):
            at = next(i for i, r in self.inputs("routes") if (r.programme, r.route) == (row["programme"], row["route"]))
            found.append(("routes", at, "tape_outs", k, row["programme"], row["start"]))
        for table, column in (("acquisitions", "acquisition"), ("agreements", "agreement")):
            for k, row in self.rows(table):
                at = next(i for i, r in self.inputs(table) if getattr(r, column) == row[column])
                found.append((table, at, table, k, row[column], row["signed"]))
        return found


def num(row, column):
    """A cell as a number, a blank one as 0."""
    return 0.0 if row[column] in ("", None) else float(row[column])


def resized(row, offer, lots):
    """The cells of an order of another size; lots stay blank where units are ordered freely."""
    return {"lots": lots if offer.lot_size else None, "units": lots * (offer.lot_size or 1)}


def elsewhere(p, site):
    """The other sites of the case, as a cell that allows only them."""
    return tuple(row.site for row in p.case.sites if row.site != site) or ("elsewhere",)


def say(*parts):
    return " ".join(str(part) for part in parts)


def mutant(requirement, change, plan):
    return Mutant(requirement, change, plan.case, plan.tables, plan.objective)


def nudges(value, least=10e-6):
    """Values that differ from one by a little, by a unit, by a part: all beyond the tolerance of the check."""
    small = max(least, 1e-5 * abs(value))
    found = {
        "a little more": value + small,
        "a little less": value - small,
        "one more": value + max(1.0, small),
        "a tenth more": value * 1.1 + small,
        "half": value / 2 - small,
    }
    return list(found.items())
