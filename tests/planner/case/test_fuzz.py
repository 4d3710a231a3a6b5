"""Whatever stands in the cells, a case is read or its faults are raised; nothing else ever happens."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.case import TABLES
from planner.case import read_case, write_template
from planner.case.template import EXAMPLE_MARK
from planner.errors import CaseFaults

WORDS = """
0 -1 1 2.5 1e15 1e-300 1e400 nan 12% 1,5 1.234 1200 #REF! * 2026 2027 2027Q3 2028 9999 0000 2035-12 2027..2028
2028..2027 0000..9999 46023 own_chip wafer_agreement chip_team own_chip;chip_team home chat wafers own a;b buy lease
order start close sign build done fixed barred all hardware;power max_vendor_share max_order_growth min_capability
supply slip fail multiply set TRUE second_hall own_chip_lots in_house demand prices queries_per_day_million normal
"""
CELLS = st.one_of(
    st.sampled_from(["", " ", "# x", *WORDS.split()]),
    st.text(max_size=8),
    st.floats().map(repr),
    st.integers(min_value=-(10**18), max_value=10**18).map(str),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """The template with its example rows, as texts by file."""
    folder = tmp_path_factory.mktemp("fuzz") / "case"
    paths = write_template(folder)
    return folder, {path.name: path.read_text().replace(EXAMPLE_MARK, "") for path in paths}


def read_or_faults(folder):
    """Returns whether a case was read; anything but a case or faults with texts is an error."""
    refusal = None
    try:
        counts = read_case(folder).row_counts
    except CaseFaults as error:
        refusal, counts = error, error.row_counts
    assert all(read >= 0 and refused >= 0 for read, refused in counts.values())
    if refusal is None:
        assert all(refused == 0 for _, refused in counts.values())
        return True
    assert refusal.faults
    assert all(fault.text and fault.expected and fault.remedy for fault in refusal.faults)
    return False


def write(folder, texts):
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", errors="replace", newline="")


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


def with_cell(text, column, cell):
    """Replaces a cell of the last line, and returns the text; every table of the template has one row."""
    lines = text.splitlines()
    cells = lines[-1].split(",")
    cells[column % len(cells)] = quoted(cell)
    return "\n".join([lines[0], ",".join(cells)]) + "\n"


@given(changes=st.lists(st.tuples(st.sampled_from(sorted(TABLES)), st.integers(0, 20), CELLS), min_size=1, max_size=4))
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_cells_are_read_or_refused(filled, changes):
    folder, texts = filled
    changed = dict(texts)
    for table, column, cell in changes:
        changed[f"{table}.csv"] = with_cell(changed[f"{table}.csv"], column, cell)
    write(folder, changed)
    read_or_faults(folder)


@given(
    changes=st.lists(
        st.tuples(st.sampled_from(sorted(TABLES)), st.lists(st.tuples(st.integers(0, 20), CELLS), max_size=3)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_further_rows_are_read_or_refused(filled, changes):
    folder, texts = filled
    changed = dict(texts)
    for table, cells in changes:
        row = changed[f"{table}.csv"].splitlines()[-1]
        more = f"h\n{row}\n"
        for column, cell in cells:
            more = with_cell(more, column, cell)
        changed[f"{table}.csv"] += more.splitlines()[-1] + "\n"
    write(folder, changed)
    read_or_faults(folder)


@given(
    keys=st.dictionaries(
        st.sampled_from(["start", "period", "periods", "lookahead_periods", "discount_rate", "name", "tape_out_risk"]),
        st.one_of(
            st.integers(-(10**30), 10**30).map(str),
            st.floats(allow_nan=False, allow_infinity=False).map(repr),
            st.sampled_from(
                ['"2027"', '"0000"', '"9999"', '"year"', '"month"', "true", "[1]", "{}", "2027-01-01", "inf"]
            ),
        ),
        min_size=1,
    )
)
@settings(max_examples=100, derandomize=True, deadline=None)
def test_any_settings_are_read_or_refused(filled, keys):
    folder, texts = filled
    kept = [line for line in texts["plan.toml"].splitlines() if line.split(" =")[0] not in keys]
    plan = "\n".join([*(f"{key} = {value}" for key, value in keys.items()), *kept])
    write(folder, {**texts, "plan.toml": plan})
    read_or_faults(folder)


def test_any_bytes_are_read_or_refused(filled):
    folder, texts = filled
    source = random.Random(5)
    for _ in range(150):
        write(folder, texts)
        path = folder / source.choice(sorted(texts))
        data = bytearray(path.read_bytes())
        for _ in range(source.randint(1, 8)):
            position = source.randrange(len(data))
            data[position : position + source.choice([0, 1, 4])] = source.randbytes(source.choice([0, 1, 2]))
        path.write_bytes(bytes(data))
        read_or_faults(folder)


def test_the_unchanged_case_is_read(filled):
    folder, texts = filled
    write(folder, texts)
    assert read_or_faults(folder)
