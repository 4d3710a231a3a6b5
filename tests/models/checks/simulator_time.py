"""Labels as months and lags as periods, for the simulator and the mutants."""

import math

STEP = {"year": 12, "half": 6, "quarter": 3, "month": 1}


def months(label):
    """First month of a label, counted from year 0."""
    year = int(label[:4])
    if len(label) == 4:
        return year * 12
    if label[4] == "-":
        return year * 12 + int(label[5:]) - 1
    return year * 12 + (int(label[5]) - 1) * {"Q": 3, "H": 6}[label[4]]


def ends(span):
    """First month of a span and the first after it."""
    first, last = (span.split("..") * 2)[:2]
    length = {4: 12, 7: 1}.get(len(last), 6 if "H" in last else 3)
    return months(first), months(last) + length


def in_force(rows, month):
    """The row whose label began last by a month; None before the first."""
    begun = [row for row in rows if months(row.period) <= month]
    return max(begun, key=lambda row: months(row.period), default=None)


def up(value):
    return math.ceil(round(value, 9))
