"""Mutants of the table of what binds: amounts that are not the plan's, and worths that cannot be true."""

from tests.models.checks.mutation import nudges, num, say


def binding_table(p):
    for table, item, when, _ in TABLES:
        for k, row in p.rows(table):
            if row["price"] not in ("", None) and any(
                (one["item"], one["period"]) == (row.get(item, ""), row[when]) for one in p.tables["binding"]
            ):
                more = num(row, "price") * 1.01 + 0.01
                yield say(row.get(item, ""), row[when], "of another price"), p.cell(table, k, price=more)
    for k, row in p.rows("binding"):
        where = (row["requirement"], row["item"], row["period"])
        scale = max(1.0, num(row, "available"), num(row, "used"))
        for column in ("used", "available"):
            for how, value in nudges(num(row, column), least=2e-5 * scale):
                yield say(*where, column, how), p.cell("binding", k, **{column: value})
        if row["share"] not in ("", None):
            for how, value in nudges(num(row, "share")):
                yield say(*where, "share", how), p.cell("binding", k, share=value)
        yield say(*where, "of another unit"), p.cell("binding", k, unit="tonnes")
        yield say(*where, "of another time"), p.cell("binding", k, period="1999")
        yield say(*where, "called something else"), p.cell("binding", k, what="power at nobody's")
        yield say(*where, "of another kind"), p.cell("binding", k, kind="tariff")
        yield say(*where, "of another item"), p.cell("binding", k, item="nobody's")
        for change, cells in wrong_prices(row):
            yield say(*where, change), p.cell("binding", k, **cells)
        if num(row, "available") > 0 and num(row, "used") / num(row, "available") > 0.981:
            yield say(*where, "left out"), p.drop("binding", k)


TABLES = (
    ("budgets", "budget", "span", "slack_musd"),
    ("limits", "limit", "span", "slack"),
    ("power", "site", "period", "slack_mw"),
    ("carbon_limits", "", "span", "slack_tonnes"),
)


def prices(p):
    carrying = {row.budget for row in p.case.budgets if row.carry_over}
    for table, item, when, slack in TABLES:
        for k, row in p.rows(table):
            if row[slack] not in ("", None):
                yield say(row.get(item, ""), row[when], "below nothing"), p.cell(table, k, price=-1e-6)
                if num(row, slack) > 1e-3 and row.get(item, "") not in carrying:
                    for price in (1e-9, 0.5, 1e6):
                        yield say(row.get(item, ""), row[when], price, "with slack"), p.cell(table, k, price=price)


def wrong_prices(row):
    price, held = num(row, "price"), num(row, "holds_up_to")
    one, per_cent = num(row, "worth_of_one_unit_musd"), num(row, "worth_of_one_per_cent_musd")
    yield "a price below nothing", {"price": -1e-3}
    yield "a unit worth more than its price", {"worth_of_one_unit_musd": price * 1.01 + 0.01}
    yield "1 % worth more than its price", {"worth_of_one_per_cent_musd": price * num(row, "available") * 0.0101 + 0.01}
    yield "a unit worth less than nothing", {"worth_of_one_unit_musd": -0.01}
    yield "no price, yet worths", {"price": ""}
    yield "one worth alone", {"worth_of_one_unit_musd": ""}
    yield "nothing said, and no reason", {
        "worth_of_one_unit_musd": "", "worth_of_one_per_cent_musd": "", "holds_up_to": "", "note": "",
    }  # fmt: skip
    if price > 0:
        yield "a price that holds less than nothing", {"holds_up_to": -1.0}
        yield "a price that holds for longer", {"holds_up_to": held * 2}
        yield "a unit worth less than the price holds for", {"worth_of_one_unit_musd": one * 0.9}
        yield "1 % worth less than the price holds for", {"worth_of_one_per_cent_musd": per_cent * 0.9}
        yield "a lower price with the same worths", {"price": price * 0.9}
