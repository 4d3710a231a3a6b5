"""Text cells become the typed rows of a table, by the descriptions in `models.tables.column_descriptions` alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from models.tables.column_descriptions import ColumnDescription, column_of, columns_of
from models.tables.fleet_rows import InputRow
from planner.case.labels import read_label, read_span
from planner.case.nearest_name import nearest, other_writing
from planner.case.numbers import NumberStyle, read_number, style_of
from planner.case.sheet import Sheet
from planner.case.text import UnreadableError
from planner.errors import Fault, FaultLog, Severity, listed

LONGEST_NAME = 64
LONGEST_LABEL = 80
JOINED_BY = "~"
BEYOND = 1e12
"""No number of a plan is larger than this, or closer to 0 than one over it, unless its unit is wrong."""
MOST_SHARE = 3.0
"""Columns up to this are shares and ratios, which people also write in per cent."""
ROUNDING = 0.05
NUMBER_TYPES = frozenset(("float", "float | None", "int"))
NOT_NAMES = frozenset(("table", "key", "column", "reference"))
TRUE_WORDS = frozenset(("true", "yes", "1"))
FALSE_WORDS = frozenset(("false", "no", "0"))
TOTALS = frozenset(
    ("total", "totals", "sum", "sums", "subtotal", "sub-total", "grand total", "summe", "gesamt", "total:", "sum:")
)


@dataclass(frozen=True)
class TypedTable:
    """The typed rows of a table with the row of each in its file, and the text that they were read from."""

    name: str
    sheet: Sheet
    rows: tuple[InputRow, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def refused(self) -> int:
        """Rows of the file that are not among the typed rows."""
        return self.sheet.row_count - len(self.rows)


def convert_table(name: str, row_class: type[InputRow], sheet: Sheet, log: FaultLog) -> TypedTable:
    """Returns the typed rows of a sheet; cells that do not fit go to the log and their rows are left out."""
    described = {entry.name: (entry, column_of(entry)) for entry in fields(row_class)}
    if not _header_is_known(row_class, sheet, log):
        return TypedTable(name, sheet)
    style = _number_style(described, sheet, log)
    totals = frozenset(_totals(described, sheet, log))
    bad = set(totals)
    names, values = [], []
    for column, texts in sheet.texts.items():
        entry, facts = described[column]
        names.append(column)
        values.append(_convert_column(entry, facts, texts, _CellPlace(sheet, log, style, totals, bad)))
    rows, numbers = [], []
    for position, cells in enumerate(zip(*values, strict=True)):
        if position not in bad:
            rows.append(row_class(**dict(zip(names, cells, strict=True))))
            numbers.append(sheet.rows[position])
    return TypedTable(name, sheet, tuple(rows), tuple(numbers))


def is_name(name: str, facts: ColumnDescription) -> bool:
    """Returns whether a text column holds names that the user gives."""
    return name == "vendor" or (facts.key and not facts.refs and not facts.label and name not in NOT_NAMES)


def _header_is_known(row_class: type[InputRow], sheet: Sheet, log: FaultLog) -> bool:
    known = columns_of(row_class)
    sound = True
    for column in sheet.texts:
        if column in known:
            continue
        sound = False
        close = nearest(column, [name for name in known if name not in sheet.texts])
        remedy = f"Did you mean {close}?" if close else f"The columns are {', '.join(known)}."
        if not close and (other := nearest(column, known)):
            remedy = f"Delete it: the header has {other} already."
        if any(mark in column for mark in ",;\t"):
            remedy = "Write the header as separate cells, without quotes around the whole line."
        log.add(Fault(sheet.file, "is not a column of this table", remedy, sheet.header_row, column))
    for entry in fields(row_class):
        if entry.name not in sheet.texts and entry.default is MISSING:
            sound = False
            remedy = f"Add it to the header in row {sheet.header_row}."
            log.add(Fault(sheet.file, f"the column is missing ({column_of(entry).meaning})", remedy, column=entry.name))
    return sound


def _number_style(
    described: dict[str, tuple[Field[Any], ColumnDescription]], sheet: Sheet, log: FaultLog
) -> NumberStyle:
    if not sheet.separator:
        return NumberStyle("")
    numeric = [texts for name, texts in sheet.texts.items() if described[name][0].type in NUMBER_TYPES]
    style = style_of(set().union(*numeric) if numeric else (), separator=sheet.separator)
    if style.is_mixed:
        # A set has no order: look again in file order, so that the message is the same on every run.
        style = style_of((text for texts in numeric for text in texts), separator=sheet.separator)
        expected = f"holds numbers with a decimal comma ({style.comma}) and with a decimal point ({style.point})"
        log.add(Fault(sheet.file, expected, "Write all numbers of the file with a decimal point."))
    return style


def _totals(described: dict[str, tuple[Field[Any], ColumnDescription]], sheet: Sheet, log: FaultLog) -> Iterator[int]:
    """Yields positions of rows that add up others: a word for total, and nothing in the other text columns."""
    needed = [
        name
        for name, (entry, facts) in described.items()
        if entry.type in ("str", "tuple[str, ...]") and facts.blank is None and name in sheet.texts
    ]
    for name in needed:
        for position, text in enumerate(sheet.texts[name]):
            if text.casefold() not in TOTALS:
                continue
            others = [sheet.texts[other][position] for other in needed if other != name]
            if others and all(others):
                continue
            yield position
            remedy = "Delete the row, or choose another name."
            log.add(Fault(sheet.file, "looks like a row of totals", remedy, sheet.rows[position], name, text))


@dataclass(frozen=True)
class _CellPlace:
    sheet: Sheet
    log: FaultLog
    style: NumberStyle
    totals: frozenset[int]
    bad: set[int]


def _convert_column(entry: Field[Any], facts: ColumnDescription, texts: list[str], place: _CellPlace) -> list[Any]:
    """Returns the values of a column; each text is converted once, and positions of bad ones are marked."""
    convert = _converter(entry, facts, place.style)
    values: dict[str, Any] = {}
    refusals: dict[str, UnreadableError] = {}
    reported = place.sheet.reported.get(entry.name, frozenset())
    place.bad.update(reported)
    for text in dict.fromkeys(texts):
        try:
            values[text] = _blank(entry, facts) if not text else convert(text)
        except UnreadableError as error:
            refusals[text] = error
            values[text] = None
    if refusals:
        for position, text in enumerate(texts):
            if text in refusals and position not in place.totals and position not in reported:
                refusal = refusals[text]
                remedy = refusal.remedy or _number_remedy(facts)
                row = place.sheet.rows[position]
                place.log.add(Fault(place.sheet.file, refusal.expected, remedy, row, entry.name, text))
        place.bad.update(position for position, text in enumerate(texts) if text in refusals)
    _warn_unusual(entry, facts, texts, values, place)
    return [values[text] for text in texts]


def _blank(entry: Field[Any], facts: ColumnDescription) -> object:
    if entry.default is MISSING and facts.blank is None:
        expected = "a value is needed"
        raise UnreadableError(expected, f"Enter: {facts.meaning}{f', {facts.unit}' if facts.unit else ''}.")
    return None if entry.default is MISSING else entry.default


def _converter(entry: Field[Any], facts: ColumnDescription, style: NumberStyle) -> Callable[[str], Any]:
    """Returns the function that turns a cell that is not blank into a value of the field's type."""
    kind = str(entry.type)
    if kind in NUMBER_TYPES:
        whole = facts.whole or kind == "int"
        to_type: type[int] | type[float] = int if kind == "int" else float
        return lambda text: to_type(in_bounds(read_number(text, style), facts, whole=whole))
    if kind == "bool":
        return _truth
    if facts.many:
        return lambda text: _names(text, facts)
    if facts.label:
        return read_span if facts.label == "span" else read_label
    if facts.choices:
        return lambda text: _choice(text, facts.choices)
    if is_name(entry.name, facts):
        return _name
    return _label if entry.name == "label" else str


def bounds_of(facts: ColumnDescription, *, whole: bool) -> str:
    """Returns in words which numbers a column holds: `a whole number of at least 1`."""
    text = "a whole number" if whole else "a number"
    if facts.least is not None and facts.most is not None:
        return f"{text} from {facts.least:,.10g} to {facts.most:,.10g}"
    if facts.above is not None and facts.most is not None:
        return f"{text} above {facts.above:,.10g} and at most {facts.most:,.10g}"
    if facts.least is not None:
        return f"{text} of at least {facts.least:,.10g}"
    if facts.above is not None:
        return f"{text} above {facts.above:,.10g}"
    return f"{text} of at most {facts.most:,.10g}" if facts.most is not None else text


def in_bounds(value: float, facts: ColumnDescription, *, whole: bool) -> float:
    """Returns the value where the column allows it; raises UnreadableError with the remedy."""
    too_low = (facts.least is not None and value < facts.least) or (facts.above is not None and value <= facts.above)
    too_high = facts.most is not None and value > facts.most
    if not too_low and not too_high and not (whole and value != int(value)):
        return value
    expected = f"must be {bounds_of(facts, whole=whole)}"
    if too_low:
        low = facts.least if facts.least is not None else facts.above
        remedy = (
            f"Use {'more than ' if facts.least is None else ''}{low:g}{' or more' if facts.least is not None else ''}."
        )
    elif too_high:
        assert facts.most is not None
        share = facts.most <= MOST_SHARE and in_range(value / 100, facts)
        remedy = f"Use {value / 100:.10g} for {value:g} %." if share else f"Use {facts.most:,.10g} or less."
    else:
        below = int(value // 1)
        allowed = [number for number in (below, below + 1) if facts.least is None or number >= facts.least]
        remedy = f"Use {' or '.join(map(str, allowed))}."
    raise UnreadableError(expected, remedy)


def in_range(value: float, facts: ColumnDescription) -> bool:
    """Returns whether a column allows a number, whole or not."""
    if facts.above is not None and value <= facts.above:
        return False
    return (facts.least is None or value >= facts.least) and (facts.most is None or value <= facts.most)


def _number_remedy(facts: ColumnDescription) -> str:
    unit = f" in {facts.unit}" if facts.unit else ""
    if facts.blank is not None:
        return f"Write the number{unit} alone, or leave the cell blank ({facts.blank})."
    return f"Write the number{unit} alone."


def _truth(text: str) -> bool:
    word = text.casefold()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    expected = "must be TRUE or FALSE"
    raise UnreadableError(expected, "Write TRUE or FALSE.")


def _choice(text: str, choices: tuple[str, ...]) -> str:
    if text in choices:
        return text
    close = nearest(text, choices)
    expected = f"must be one of {', '.join(choices)}"
    raise UnreadableError(expected, f"Use {close}." if close else "Use one of them.")


def _names(text: str, facts: ColumnDescription) -> tuple[str, ...]:
    parts = [part.strip() for part in text.split(";")]
    names = [_choice(part, facts.choices) if facts.choices else part for part in parts if part]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        expected = f"names {listed(twice)} twice"
        raise UnreadableError(expected, "Name each once.")
    return tuple(names)


def _name(text: str) -> str:
    # A name made of others, such as that of a limit which a disruption splits off, is as long as they are.
    if max(map(len, text.split(JOINED_BY))) > LONGEST_NAME:
        expected = f"is a name of {len(text)} characters"
        raise UnreadableError(expected, f"Use at most {LONGEST_NAME}.")
    if ";" in text:
        expected = "contains a semicolon, which separates names in lists"
        raise UnreadableError(expected, f"Use {text.replace(';', '-')}.")
    if not text.isprintable():
        expected = "contains an invisible character"
        raise UnreadableError(expected, f"Use {other_writing(text)}.")
    if text.startswith("#"):
        expected = "is a name that begins with #, or a comment without a space after it"
        raise UnreadableError(expected, "Begin a comment with '# ', or use another name.")
    if text == "*":
        expected = "is reserved: it stands for every name"
        raise UnreadableError(expected, "Use another name.")
    return text


def _label(text: str) -> str:
    """Returns a name for people, which is shown as it is written: one line of visible characters."""
    if len(text) > LONGEST_LABEL:
        expected = f"is a label of {len(text)} characters"
        raise UnreadableError(expected, f"Use at most {LONGEST_LABEL}; a note has room for more.")
    if not text.isprintable():
        expected = "contains an invisible character or a line break"
        raise UnreadableError(expected, f"Use {other_writing(text)}.")
    return text


def _warn_unusual(
    entry: Field[Any], facts: ColumnDescription, texts: list[str], values: dict[str, Any], place: _CellPlace
) -> None:
    """Warns of values that are probably in another unit."""
    if entry.type not in NUMBER_TYPES:
        return
    low, high = facts.typical or (-BEYOND, BEYOND)
    odd = {text for text, value in values.items() if value and text and not low <= value <= high}
    if facts.typical is None:
        odd |= {text for text, value in values.items() if value and text and abs(value) < 1 / BEYOND}
    for position, text in enumerate(texts):
        if text in odd:
            expected = f"is outside the usual {low:,.10g} to {high:,.10g} {facts.unit}".rstrip()
            if facts.typical is None:
                expected = f"is {'beyond' if abs(values[text]) > 1 else 'closer to 0 than'} what a plan can hold"
            place.log.add(
                Fault(
                    place.sheet.file,
                    expected,
                    unit_hint(values[text], facts),
                    place.sheet.rows[position],
                    entry.name,
                    text,
                    Severity.WARNING,
                )
            )


def unit_hint(value: float, facts: ColumnDescription) -> str:
    """Returns the unit that brings an unusual value into the usual range, as a question.

    Of months and years a whole number is likelier than a broken one and stands first, and two units are named.
    """
    low, high = facts.typical or (0.0, BEYOND)
    fits = [(name, value * factor) for name, factor in facts.other_units if low <= value * factor <= high]
    if facts.unit in ("months", "years"):
        fits.sort(key=lambda fit: abs(fit[1] - round(fit[1])) > ROUNDING)
    if not fits:
        return f"Check the unit: {facts.unit}." if facts.unit not in ("", "1/year") else "Check the number."
    most = 2 if facts.unit in ("months", "years") else 1
    unit = "" if facts.unit in ("", "1/year") else f" {facts.unit}"
    return " ".join(f"Is it in {name}? Then use {as_meant(meant)}{unit}." for name, meant in fits[:most])


def as_meant(value: float) -> str:
    """Returns a number as a remedy proposes it: six digits, and never an exponent.

    >>> as_meant(22776.0), as_meant(5 / 3), as_meant(1234567.8)
    ('22,776', '1.66667', '1,234,568')
    """
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
