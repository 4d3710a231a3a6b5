"""When what was taken comes true: ready, closed, owned, energised, and what comes back when it fails.

Worked out again from the period of the decision and the delays of the case; None is never, on what is known at the
end of the horizon. What would come after the horizon has the delay that is known then.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from models.checks.case_facts import CaseFacts
from models.checks.time import CheckCalendar


def reached(
    facts: CaseFacts,
    calendar: CheckCalendar,
    item: str,
    taken: int,
    months: float,
    more: Sequence[float] = (),
    *,
    state: str = "",
) -> int | None:
    """Returns the first period u with u − taken ≥ lag(months + delay known in u), unless a failure is known by then.

    `more` are months by period that come on top. What was reached before the plan stays: no delay is known there,
    except of what is late at its start, or what came at another time. `state` is "closed", or blank for the last one.
    """
    if (state, item, taken) in facts.came:
        return facts.came[state, item, taken]
    late = ("closed", "refunded") if state == "closed" else ("ready", "closed", "owned", "energised", "refunded")
    nominal = taken + calendar.lag(months)
    delays = facts.delays.get(item)
    if delays is None or (nominal < 0 and facts.late.get((item, taken)) not in late):
        return nominal
    for u in range(max(0, taken), calendar.periods):
        if delays.failed[u]:
            return None
        if u - taken >= calendar.lag(months + delays.months[u] + (more[u] if more else 0.0)):
            return u
    return taken + calendar.lag(months + delays.months[-1] + (more[-1] if more else 0.0))


def ready(facts: CaseFacts, calendar: CheckCalendar, programme: str, route: str, start: int) -> int | None:
    """Returns the period in which a programme is ready, None also when it has no such route."""
    lags = facts.lags.get((programme, route))
    if lags is None:
        return None
    more = [respins * facts.routes[programme, route].respin_months for respins in lags.unplanned]
    return reached(facts, calendar, programme, start, lags.ready_months, more)


def stopped(facts: CaseFacts, calendar: CheckCalendar, programme: str, route: str, start: int) -> int:
    """Returns the period from which nothing is paid for a programme any more, as it fails before it is ready."""
    known = facts.delays.get(programme)
    if known is None or ready(facts, calendar, programme, route, start) is not None:
        return sys.maxsize
    return next((t for t in range(calendar.periods) if known.failed[t]), sys.maxsize)


def closed(facts: CaseFacts, calendar: CheckCalendar, acquisition: str, signed: int) -> int | None:
    """Returns the period in which a signed acquisition closes."""
    company = facts.acquisitions[acquisition]
    return reached(facts, calendar, acquisition, signed, company.months_to_close, state="closed")


def owned(facts: CaseFacts, calendar: CheckCalendar, acquisition: str, signed: int) -> int | None:
    """Returns the period from which a signed company is owned."""
    company = facts.acquisitions[acquisition]
    return reached(facts, calendar, acquisition, signed, company.months_to_close + company.months_to_integrate)


def refunded(facts: CaseFacts, calendar: CheckCalendar, acquisition: str, signed: int) -> int | None:
    """Returns the period of the horizon in which a part of the price comes back: it has failed before it closed.

    The refund waits until the closing would nominally have been.
    """
    if closed(facts, calendar, acquisition, signed) is not None or facts.late.get((acquisition, signed)) == "refunded":
        return None
    due = signed + calendar.lag(facts.acquisitions[acquisition].months_to_close)
    failed = facts.delays[acquisition].failed
    return next((u for u in range(max(0, due), calendar.periods) if failed[u]), None)


def energised(facts: CaseFacts, calendar: CheckCalendar, expansion: str, ordered: int) -> int | None:
    """Returns the period from which modules work."""
    return reached(facts, calendar, expansion, ordered, facts.expansions[expansion].lead_time_months)
