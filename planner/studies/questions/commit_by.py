"""By when each early decision of a plan must be made: what waiting costs, and until when it costs next to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.documents.number_text import money, musd_between, percent
from planner.errors import CaseFaults, Fault, listed
from planner.results.table import Cell
from planner.studies.delayed_decisions import (
    DEFAULT_SHARE,
    MOST_LATER,
    DelayedDecision,
    Waiting,
    delayed_decisions,
    known_by,
)
from planner.studies.explained_plan import ExplainedPlan
from planner.studies.significance import cost_of, kind_in_words
from planner.studies.study_columns import LEAST, MOST, SHARE, base_facts
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study

MOST_LINES = 12
_MUSD = "USD million"
_DECISION = Column("decision", "Decision", width=26)
_KIND = Column("kind", "Kind", width=12)


def commit_by(
    context: StudyContext, plan: ExplainedPlan, decisions: Sequence[str] = (), *, share: float = DEFAULT_SHARE
) -> Study:
    """Returns the calendar of the early decisions of a plan; `share` of its cost is what waiting may cost.

    Raises:
        CaseFaults: the share is not above 0 and at most 1.
    """
    if not 0.0 < share <= 1.0:
        raise CaseFaults(
            [Fault("waiting", "must be above 0 and at most 1", "Write for example 0.001.", value=str(share))]
        )
    best, found = delayed_decisions(context, plan, decisions, share)
    amount = share * abs(cost_of(best))
    ranked = sorted(found, key=lambda one: (_place(one, amount), -_cost_after(one, amount)))
    return Study(
        kind="commit_by",
        title="By when each decision must be made",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(context, ranked, amount, share)),
        tables=(_calendar(context, ranked, amount), _waits(context, ranked, cost_of(best))),
        charts=(
            ChartBlock(
                "waiting", "What it costs to decide one period later", ChartKind.BARS, "calendar", "change_musd",
                "decision", reference=0.0,
            ),
        ),
        notes=tuple(_notes(context, amount, share)),
        facts={"run": plan.run, "waiting_share": share, **base_facts(best)},
        refers_to_base=not context.over_scenarios,
    )  # fmt: skip


def _place(one: DelayedDecision, amount: float) -> int:
    """The last period, from 0, until which waiting is proven to cost less than the amount."""
    last = one.last_below(amount)
    return one.period + (0 if last is None else last.later)


def _commit_label(one: DelayedDecision, amount: float) -> str:
    last = one.last_below(amount)
    return one.label if last is None else last.label


def _next(one: DelayedDecision, amount: float) -> Waiting | None:
    """The first waiting that is not proven to cost less than the amount; None where all of them are."""
    last = one.last_below(amount)
    later = 0 if last is None else last.later
    return next((wait for wait in one.waits if wait.later > later), None)


def _cost_after(one: DelayedDecision, amount: float) -> float:
    after = _next(one, amount)
    return 0.0 if after is None else after.least


def _headlines(context: StudyContext, ranked: Sequence[DelayedDecision], amount: float, share: float) -> Iterator[str]:
    if not ranked:
        yield "No decision of the plan falls in the first third of its periods."
        return
    first = context.case.settings.calendar.labels[0]
    at_once = [
        one for one in ranked if _place(one, amount) == 0 and (after := _next(one, amount)) and after.least >= amount
    ]
    many = "1 early decision" if len(ranked) == 1 else f"{len(ranked)} early decisions"
    costs = f"{money(amount)} {_MUSD} ({percent(share, 2)} %) or more"
    if at_once:
        yield f"Of {many}, {len(at_once)} must be made in {first}: waiting a period longer costs {costs}."
    else:
        yield f"Of {many}, for none is waiting beyond {first} proven to cost {costs}."
    for one in ranked[:MOST_LINES]:
        yield _line(one, amount)
    if len(ranked) > MOST_LINES:
        yield f"The table has {len(ranked) - MOST_LINES} more."


def _line(one: DelayedDecision, amount: float) -> str:
    kind, item = kind_in_words(one.decision)
    label, after = _commit_label(one, amount), _next(one, amount)
    lead = f"{item} ({kind}, planned {one.label}): decide by {label}"
    if after is None:
        return f"{lead} or later; up to then waiting costs less than {money(amount)} {_MUSD}."
    return f"{lead}; {_after(after, amount)}."


def _after(after: Waiting, amount: float) -> str:
    if after.is_impossible:
        return f"from {after.label} on there is no plan"
    if after.found is None:
        return f"what waiting until {after.label} costs is not solved"
    words = f"not before {after.label} costs {musd_between((after.least, after.most))}"
    if after.least < amount:
        words += f", so that the gaps leave {after.label} open"
    return words if after.when else f"{words} and it is not taken any more"


def _notes(context: StudyContext, amount: float, share: float) -> Iterator[str]:
    yield (
        "A decision that waits may be made from the later period on, or not at all, and everything else is planned "
        "again. Decisions of the first third of the periods are looked at; of modules and orders the first."
    )
    yield (
        f"The date to decide by is the last at which waiting is proven to cost less than {money(amount)} {_MUSD}, "
        f"{percent(share, 2)} % of the cost of the plan."
    )
    if context.over_scenarios:
        yield "Costs are expected over the scenarios, and a decision waits in all of them."


def _calendar(context: StudyContext, ranked: Sequence[DelayedDecision], amount: float) -> TableBlock:
    known = (Column("known", "Known by then", width=34, spare=2),) if context.over_scenarios else ()
    columns = (
        _DECISION, _KIND,
        Column("planned", "Planned", width=10),
        Column("commit_by", "Decide by", width=10),
        Column("open_until", "Perhaps until", width=10, spare=1),
        Column("next", "Not before", width=10),
        Column("change_musd", "costs", Form.MUSD_CHANGE, _MUSD),
        LEAST, MOST,
        Column("then", "And then", width=24),
        *known,
    )  # fmt: skip
    records: list[dict[str, Cell]] = []
    for one in ranked:
        kind, item = kind_in_words(one.decision)
        perhaps, after = one.last_possibly_below(amount), _next(one, amount)
        label = _commit_label(one, amount)
        record: dict[str, Cell] = {"decision": item, "kind": kind, "planned": one.label, "commit_by": label}
        if perhaps is not None and perhaps.later > _place(one, amount) - one.period:
            record["open_until"] = perhaps.label
        if after is not None:
            record |= {"next": after.label, **_cost(after), "then": _then(after)}
        else:
            record["then"] = "waiting costs less than the amount"
        if known:
            record["known"] = _known(context, label)
        records.append(record)
    note = (
        "Until the date to decide by, waiting is proven to cost less than the amount; perhaps until is as far as the "
        "gaps leave it open. The cost is that of deciding not before the next period."
    )
    return TableBlock("calendar", "The calendar of decisions", note, columns, rows_of(records, columns))


def _waits(context: StudyContext, ranked: Sequence[DelayedDecision], cost: float) -> TableBlock:
    known = (Column("known", "Known by then", width=34, spare=2),) if context.over_scenarios else ()
    columns = (
        _DECISION, _KIND,
        Column("later", "Periods later", Form.COUNT),
        Column("label", "Not before", width=10),
        Column("change_musd", "Waiting costs", Form.MUSD_CHANGE, _MUSD),
        LEAST, MOST, SHARE,
        Column("then", "And then", width=24),
        *known,
        Column("reason", "Why there is no plan", width=40, spare=3),
    )  # fmt: skip
    records: list[dict[str, Cell]] = []
    for one in ranked:
        kind, item = kind_in_words(one.decision)
        for wait in one.waits:
            share = None if wait.found is None or not cost else wait.found / abs(cost)
            record: dict[str, Cell] = {"decision": item, "kind": kind, "later": wait.later, "label": wait.label}
            record |= {**_cost(wait), "change_share": share, "then": _then(wait), "reason": wait.reason}
            if known:
                record["known"] = _known(context, wait.label)
            records.append(record)
    note = (
        "Each decision is put off until it is not taken any more, or there is no plan; at most by "
        f"{MOST_LATER} periods."
    )
    return TableBlock("waiting", "What waiting costs", note, columns, rows_of(records, columns))


def _cost(wait: Waiting) -> dict[str, Cell]:
    least = None if wait.is_impossible else wait.least
    return {"change_musd": wait.found, "change_least_musd": least, "change_most_musd": wait.most}


def _then(wait: Waiting) -> str:
    if wait.is_impossible:
        return "no plan"
    if wait.found is None:
        return "not solved"
    return f"decided {wait.when}" if wait.when else "not taken any more"


def _known(context: StudyContext, label: str) -> str:
    names = list(known_by(context.case, label))
    return listed(names) if names else "nothing more"
