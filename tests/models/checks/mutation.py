"""Plans that can be changed in one place: the tools that the mutants are made with."""

import dataclasses
from dataclasses import dataclass

from tests.models.checks.simulator_time import STEP, ends, months


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
