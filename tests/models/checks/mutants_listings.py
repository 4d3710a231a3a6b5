"""Mutants of the listings of a plan: sales, decisions, milestones, and what is owed after the end."""

from tests.models.checks.mutation import nudges, num, say

OTHER = {"yes": "no", "no": "yes"}


def sales_table(p):
    for k, row in p.rows("sales"):
        where = say(row["accelerator"], row["site"], row["vintage"], row["period"])
        for column in ("units", "age_years", "unit_value_usd", "musd"):
            # A sale is what is left of a vintage, which may be many times as large.
            for how, value in nudges(num(row, column), least=1e-3 if column == "units" else 1e-5):
                yield say(where, column, how), p.cell("sales", k, **{column: value})
        for column in ("end_of_life", "reported"):
            yield say(where, column), p.cell("sales", k, **{column: OTHER[row[column]]})
        yield say(where, "left out"), p.drop("sales", k)
        later = p.later(row["period"], 1 if p.at(row["period"]) < p.count - 1 else -1)
        yield say(where, "in another period"), p.cell("sales", k, period=later)
        yield say(where, "of another vintage"), p.cell("sales", k, vintage="1999")


def listed(p, table, texts):
    """Changes of each cell of the rows, of each row as a whole, and one row more."""
    for k, row in p.rows(table):
        where = say(table, row["when"], row["item"])
        for column in ("units", "musd"):
            if row[column] is None:
                yield say(where, column, "filled in"), p.cell(table, k, **{column: 1.0})
                continue
            yield say(where, column, "blank"), p.cell(table, k, **{column: None})
            for how, value in nudges(num(row, column), least=1e-3 if column == "units" else 1e-5):
                yield say(where, column, how), p.cell(table, k, **{column: value})
        for column in texts:
            yield say(where, column, "otherwise"), p.cell(table, k, **{column: row[column] + "s"})
            yield say(where, column, "blank"), p.cell(table, k, **{column: "" if row[column] else "x"})
        for column in ("committed", "reported"):
            if column in row:
                yield say(where, column), p.cell(table, k, **{column: OTHER[row[column]]})
        moved = p.later(row["when"], 1 if p.at(row["when"]) < p.count - 1 else -1)
        yield say(where, "at another time"), p.cell(table, k, when=moved)
        yield say(where, "left out"), p.drop(table, k)
        yield say(where, "of something else"), p.cell(table, k, item=row["item"] + "s")
        yield say(where, "a second time, of something else"), p.plus(table, {**row, "item": row["item"] + "s"})


def decisions_table(p):
    yield from listed(p, "decisions", ("verb", "how", "periods", "unit", "effect"))


def milestones_table(p):
    yield from listed(p, "milestones", ("what", "periods"))


def owed_table(p):
    for k, row in p.rows("owed"):
        where = say(row["line"], row["what"], row["year"])
        for column in ("musd", "whole_musd"):
            for how, value in nudges(num(row, column)):
                yield say(where, column, how), p.cell("owed", k, **{column: value})
        for column in ("from", "to"):
            yield say(where, column, "otherwise"), p.cell("owed", k, **{column: p.later(row[column])})
        yield say(where, "left out"), p.drop("owed", k)
        yield say(where, "a year later"), p.cell("owed", k, year=row["year"] + 20)
        yield say(where, "of something else"), p.cell("owed", k, what=row["what"] + "s")
        other = "power" if row["line"] != "power" else "lease"
        yield say(where, "in another category"), p.cell("owed", k, line=other)
    yield "owed what is not", p.plus("owed", {
        "line": "lease", "what": "rent of nobody", "from": p.label(p.count), "to": p.label(p.count), "year": 2099,
        "musd": 1.0, "whole_musd": 1.0,
    })  # fmt: skip
