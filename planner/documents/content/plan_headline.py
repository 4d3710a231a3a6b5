"""What is read first of a plan: the plan in a sentence, how far it can be trusted, and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.documents.blocks import EVERYWHERE, Medium, Sentence, Tile, Tone
from planner.documents.content.plan_remarks import owed_lines, remarks
from planner.documents.number_text import MINUS, counted, gap_percent, money, percent
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

_PARTS = {
    "discounted_capex": "capex",
    "discounted_opex": "opex",
    "discounted_borrowing": "loans repaid less drawn",
    "discounted_incentive": "incentives",
    "discounted_revenue": "revenue",
    "discounted_penalty": "penalty for unserved demand",
    "discounted_value_left": "value left",
}
_COUNTED = {
    "order": "order",
    "lease": "lease",
    "sell": "sale",
    "retire": "retirement",
    "start": "own chip",
    "buy": "acquisition",
    "sign": "supply agreement",
    "build": "power expansion",
    "renew": "renewal",
    "leave": "early exit",
    "cancel": "cancellation",
    "draw": "draw",
}
_PERIODS = {"year": "years", "half": "half-years", "quarter": "quarters", "month": "months"}
_STOPS = {
    "gap": "the gap was reached",
    "proof": "the proof is complete",
    "time": "the time limit",
    "memory": "the memory limit",
    "interrupt": "Ctrl-C",
    "work": "the search's limit of linear programs",
    "killed": "something outside, which killed the solver",
    "failure": "a failure of the solver",
}
_NOTHING = 5e-10
_MOST_OWED = 3

Figures = Mapping[str, Mapping[str, Cell]]


def span_of(loaded: LoadedRun) -> str:
    """Returns the reported periods in words."""
    periods = loaded.periods
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"


def decided(loaded: LoadedRun) -> list[str]:
    """Returns how many decisions of each kind the reported periods have, in words; none of what is not decided."""
    counts = {str(row["verb"]): row["decisions"] for row in loaded.rows("decision_counts")}
    return [
        f"{counted(number(count))} {what}{'' if count == 1 else 's'}"
        for verb, what in _COUNTED.items()
        if (count := counts.get(verb))
    ]


def lead(loaded: LoadedRun) -> str:
    """Returns the plan in one sentence."""
    said = decided(loaded)
    listed = ", ".join(said[:-1]) + (" and " if len(said) > 1 else "") + said[-1] if said else "no decision"
    settings = loaded.case.settings
    kind = _PERIODS[settings.period]
    return f"{settings.name}, {span_of(loaded)} ({len(loaded.periods)} {kind}): {listed}."


def headline_claim(loaded: LoadedRun) -> str:
    """Returns what the plan achieves for how much, in a line."""
    least, cash = loaded.figure("least_share_served"), money(loaded.figure("cash_cost") or 0.0)
    served = "" if least is None else f"at least {percent(least, 2)} % of each workload served for "
    return f"{loaded.case.settings.name}: {served}{cash} USD million, {span_of(loaded)}"


def headlines(loaded: LoadedRun) -> Iterator[Sentence]:
    """Yields the plan in a sentence, and all that is said about trust: proof, check, second solver, what to know."""
    yield Sentence(lead(loaded), Tone.STRONG)
    yield standing(loaded.manifest)
    yield checked(loaded.manifest)
    second = loaded.manifest.get("second_solver")
    if second:
        yield Sentence(f"Second solver: {second.get('text', '')}", _tone(is_good=second.get("agrees") is True))
    yield from warning_count(loaded)
    for text in remarks(loaded.case, loaded.tables):
        yield Sentence(text, Tone.CARE)


def warning_count(loaded: LoadedRun) -> Iterator[Sentence]:
    """Yields how many warnings about the inputs there are and where they are listed, a sentence for each medium."""
    count = len(loaded.read.warnings)
    if count:
        many = "1 warning" if count == 1 else f"{count} warnings"
        page = frozenset({Medium.PAGE})
        yield Sentence(f"{many} about the inputs, listed below.", Tone.CARE, page)
        yield Sentence(f"{many} about the inputs, listed in report.html and run.log.", Tone.CARE, EVERYWHERE - page)


def standing(manifest: Mapping[str, Any]) -> Sentence:
    """Returns how good the plan is proven to be, the gap in per cent and in money."""
    gap, within = manifest.get("gap"), manifest.get("gap_musd")
    asked = (manifest.get("options") or {}).get("gap")
    is_optimal = manifest.get("status") == "optimal"
    stop = str(manifest.get("stop"))
    stopped = "" if is_optimal else f" Stopped by {_STOPS.get(stop, stop)}."
    early = "Interrupted. " if manifest.get("interrupted") else ""
    if gap is None or within is None:
        words = "Best plan found; how far it lies from the least possible cost is not known."
        return Sentence(f"{early}{words}{stopped}", Tone.CARE)
    if is_optimal and within == 0:
        return Sentence(f"{early}Optimal: no plan costs less.", Tone.GOOD)
    distance = f"{gap_percent(gap)} % ({money(within)} USD million)"
    wish = f"; {gap_percent(asked)} % was asked" if asked is not None else ""
    if is_optimal:
        text = f"{early}Optimal within {distance} of the least possible cost{wish}."
        return Sentence(text, _tone(is_good=not early))
    text = f"{early}Best plan found: at most {distance} above the least possible cost{wish}.{stopped}"
    return Sentence(text, Tone.CARE)


def checked(manifest: Mapping[str, Any], how: str = "") -> Sentence:
    """Returns what the independent check found; `how` is a remark on the way it was made."""
    check = manifest.get("check") or {}
    requirements = check.get("requirements") or {}
    count, kinds = check.get("comparisons", sum(requirements.values())), len([n for n in requirements.values() if n])
    if check.get("passed"):
        return Sentence(f"Checked independently{how}: {count:,} comparisons of {kinds} requirements hold.", Tone.GOOD)
    findings = len(check.get("findings") or [])
    many = "1 finding" if findings == 1 else f"{findings} findings"
    return Sentence(f"The independent check did not pass: {many} in {count:,} comparisons.", Tone.CARE)


def lookahead_note(loaded: LoadedRun) -> str:
    """Returns what to know where more periods were optimised than are shown; nothing where not."""
    extra = loaded.case.settings.lookahead_periods
    if not extra:
        return ""
    ahead = "1 period of lookahead is" if extra == 1 else f"{extra} periods of lookahead are"
    rest = f"net present cost counts them, all other figures are of {span_of(loaded)}"
    return f"{ahead} optimised and not shown: {rest}."


def tiles(loaded: LoadedRun) -> list[Tile]:
    """Returns the figures of the headline: of the reported periods, but for what is discounted; 0/0 is left out."""
    figures = {str(row["name"]): row for row in loaded.records("key_figures")}
    span, settings = span_of(loaded), loaded.case.settings
    extra = settings.lookahead_periods
    ahead = f", {extra} {'period' if extra == 1 else 'periods'} of lookahead counted" if extra else ""
    basis = f"USD million ({settings.discount_rate * 100:.4g} % a year, {settings.currency_basis}{ahead})"
    parts = _parts(figures)
    value = figures.get("net_present_value")
    found = [
        Tile("Net present cost", _money(figures, "net_present_cost"), f"{basis}{f': {parts}' if parts else ''}"),
        None
        if value is None
        else Tile("Net present value", _money(figures, "net_present_value"), f"{basis}: revenue, without penalties"),
        Tile(
            "Cash spent",
            _money(figures, "cash_cost"),
            f"USD million, {span}, after resale: {cash_parts(loaded)}",
        ),
        _penalty(figures, span),
        _owed(figures, loaded),
        _service(loaded),
        _unit_cost(figures),
        Tile(
            "Most power",
            counted(rounded_power(figures["peak_mw"]["value"])),
            f"MW drawn{_of(figures, 'peak_mw', ', ')}",
        ),
        _vendor(figures),
    ]
    return [tile for tile in found if tile is not None]


def cash_parts(loaded: LoadedRun) -> str:
    """Returns what the cash of the reported periods adds up from: capex, opex, and what loans bring and cost."""
    parts = [f"capex {amount(loaded.figure('capex') or 0.0)}", f"opex {amount(loaded.figure('opex') or 0.0)}"]
    if loaded.case.facilities:
        parts.append(f"loans repaid less drawn {amount(loaded.figure('borrowing') or 0.0)}")
    return ", ".join(parts)


def _tone(*, is_good: bool) -> Tone:
    return Tone.GOOD if is_good else Tone.CARE


def _parts(figures: Figures) -> str:
    """What the net present cost adds up from, where it is more than cash."""
    known = {word: number(figures[name]["value"]) for name, word in _PARTS.items() if name in figures}
    nonzero = {word: musd for word, musd in known.items() if abs(musd) > _NOTHING}
    return ", ".join(f"{word} {amount(musd)}" for word, musd in nonzero.items()) if len(nonzero) > 1 else ""


def _penalty(figures: Figures, span: str) -> Tile | None:
    musd = number(figures["unserved_penalty"]["value"])
    words = f"USD million, {span}; in the net present cost, not cash"
    return Tile("Penalty for unserved demand", money(musd), words) if musd > _NOTHING else None


def _owed(figures: Figures, loaded: LoadedRun) -> Tile | None:
    """What is still to pay after the reported periods, with the largest parts of it; nothing where that is nothing."""
    whole = number(figures["owed_after_end"]["value"])
    if whole <= _NOTHING:
        return None
    parts = [f"{what} {money(musd)}" for what, _, musd in owed_lines(loaded.tables)]
    rest = f" and {len(parts) - _MOST_OWED} more" if len(parts) > _MOST_OWED else ""
    words = f"USD million, until {figures['owed_after_end']['of']}, in no figure above"
    return Tile("Owed after the end", money(whole), f"{words}: {', '.join(parts[:_MOST_OWED])}{rest}")


def _service(loaded: LoadedRun) -> Tile | None:
    """The workload that is served least."""
    rows = [row for row in loaded.records("service_by_workload") if row["share_served"] is not None]
    if not rows:
        return None
    row = min(rows, key=lambda row: round(number(row["share_served"]), 6))
    if not row["worst_period"]:
        return Tile("Demand served", percent(number(row["share_served"]), 2), "% of every workload")
    worst = f"{percent(number(row['worst_share']), 2)} % in {row['worst_period']}"
    words = f"% of {row['workload']}, served least" if len(rows) > 1 else f"% of {row['workload']}"
    return Tile("Demand served", percent(number(row["share_served"]), 2), f"{words}; {worst}")


def _unit_cost(figures: Figures) -> Tile | None:
    value = figures["cost_per_thousand_queries"]["value"]
    return None if value is None else Tile("Cash per 1,000 queries", f"{number(value):,.2f}", "USD")


def _vendor(figures: Figures) -> Tile | None:
    row = figures["share_of_largest_vendor"]
    if row["value"] is None:
        return None
    return Tile("Largest vendor's share", percent(number(row["value"])), f"% of installed capability: {row['of']}")


def _of(figures: Figures, name: str, lead: str) -> str:
    of = figures[name]["of"]
    return f"{lead}{of}" if of else ""


def amount(musd: float) -> str:
    """Returns an amount of money with a minus sign that no line ends after."""
    return money(musd).replace("-", MINUS)


def _money(figures: Figures, name: str) -> str:
    return money(number(figures[name]["value"]))


def rounded_power(value: Cell) -> float:
    """Returns megawatts as they are shown: whole from 10 on, else with the digits that count."""
    found = number(value)
    return round(found) if found >= 10 else float(f"{found:.2g}")


def number(cell: Cell) -> float:
    """Returns a cell as a number, a blank one as 0."""
    return float(cell) if isinstance(cell, int | float) else 0.0
