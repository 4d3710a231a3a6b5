"""Tables of actuals: templates, folder and workbook alike, faults with file, row, column, value and remedy."""

import re

import openpyxl
import pytest

from models.tables.actual_rows import ACTUAL_TABLES
from models.tables.column_descriptions import columns_of
from planner.case import read_case
from planner.case.reference import render_table
from planner.case.template import EXAMPLE_MARK, write_template
from planner.errors import CaseFaults
from planner.tracking.actuals_reading import read_actuals
from planner.tracking.actuals_template import write_actuals_template
from tests.planner.tiny import ROOT, write_tiny

FOCUS = (
    "BilledCost,EffectiveCost,ContractedCost,ListCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,"
    "ChargePeriodEnd,ServiceProviderName,ServiceCategory,ChargeCategory,SkuId,PricingQuantity,PricingUnit,ContractApplied,"
    "x_Own\n"
)
HOURS = (
    "1000000,2000000,2100000,2500000,USD,2027-07-01T00:00:00Z,2027-07-01T00:00:00Z,2027-08-01T00:00:00Z,Cloud Inc,"
    "Compute,Usage,GPU-1,876000,GPU-Hours,"
    '"{""Elements"": [{""ContractId"": ""C7"", ""ContractCommitmentId"": ""C7-1""}]}",?\n'
)
COMMITMENT = (
    "ContractId,ContractCommitmentId,ContractCommitmentCategory,ContractCommitmentPeriodStart,ContractCommitmentPeriodEnd,"
    "ContractCommitmentCost,BillingCurrency\n"
    "C7,C7-1,Spend,2027-01-01T00:00:00Z,2028-01-01T00:00:00Z,24000000,USD\n"
)


@pytest.fixture
def tiny(tmp_path):
    return read_case(write_tiny(tmp_path / "case")).case


def written(folder, **tables):
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def faults(folder, case):
    with pytest.raises(CaseFaults) as caught:
        read_actuals(folder, case)
    return [fault.text for fault in caught.value.faults]


@pytest.fixture
def example(tmp_path):
    """The case of the template, whose names the examples of actuals use."""
    for path in write_template(tmp_path / "example"):
        path.write_text(path.read_text().replace(EXAMPLE_MARK, ""))
    return read_case(tmp_path / "example").case


def test_examples_of_the_template_read_alike_from_folder_and_workbook(tmp_path, example):
    for path in write_actuals_template(tmp_path / "folder"):
        path.write_text(path.read_text().replace(EXAMPLE_MARK, ""))
    write_actuals_template(tmp_path / "book.xlsx")
    one, other = read_actuals(tmp_path / "folder", example), read_actuals(tmp_path / "book.xlsx", example)
    for table, row_class in ACTUAL_TABLES.items():
        [row], [same] = getattr(one, table), getattr(other, table)
        assert isinstance(row, row_class)
        shown = {name for name, facts in columns_of(row_class).items() if facts.example}
        assert all(getattr(row, name) == getattr(same, name) for name in shown)
        assert (one.cite(table, 0), other.cite(table, 0)) == (f"{table}.csv row 5", f"{table} row 3")
    assert one.warnings == other.warnings == ()


def test_a_cleared_template_is_read_as_nothing(tmp_path, tiny):
    write_actuals_template(tmp_path / "folder", clear=True)
    write_actuals_template(tmp_path / "book.xlsx", clear=True)
    for path in (tmp_path / "folder", tmp_path / "book.xlsx"):
        found = read_actuals(path, tiny)
        assert not any(getattr(found, table) for table in ACTUAL_TABLES)


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "book.xlsx").write_bytes(b"mine")
    with pytest.raises(CaseFaults):
        write_actuals_template(tmp_path / "book.xlsx")
    assert (tmp_path / "book.xlsx").read_bytes() == b"mine"


def test_all_faults_are_reported_at_once_with_their_places(tmp_path, tiny):
    folder = written(
        tmp_path / "actuals",
        deliveries="offer,site,promised,units_promised,period,units\nchip_lst,home,,,2027,4\nchip_list,home,,,2026,4\n"
        "chip_list,home,,4,,4\n",
        payments="period,category,item,vendor,amount_musd\n2027,power,home,,many\n2027,power,,,1\n",
        event_dates="item,event,period\nnothing,ready,2027\n",
        delivery="offer\n",
    )
    assert faults(folder, tiny) == [
        "deliveries.csv row 2, offer = chip_lst: is not a name in offers of the case that was planned. Did you mean "
        "chip_list?",
        "deliveries.csv row 3, period = 2026: lies before the start of the plan, 2027. Leave the row out: what was "
        "before is in the opening position of the case.",
        "deliveries.csv row 4, units = 4: units are delivered at no time. Fill in the period, or clear the units.",
        "deliveries.csv row 4, promised = (blank): what is not delivered yet needs the time it is promised for. Fill "
        "in when they are now promised, as far as is known.",
        "delivery.csv: is neither a table of actuals nor a bill with the columns of FOCUS. Did you mean "
        "deliveries.csv?",
        "event_dates.csv row 2, item = nothing: is not a name in programmes or acquisitions or agreements or "
        "expansions of the case that was planned. Known names: none.",
        "payments.csv row 2, amount_musd = many: must be a number. Write the number in USD million alone.",
        "payments.csv row 3, item = (blank): neither an item nor a vendor is named. Name one of them.",
    ]


def test_a_repeated_row_is_a_fault_unless_its_reference_differs(tmp_path, tiny):
    rows = "offer,site,reference,period,units\nchip_list,home,{},2027,4\nchip_list,home,{},2027,4\n"
    one = written(tmp_path / "one", deliveries=rows.format("", ""))
    assert faults(one, tiny) == [
        "deliveries.csv row 3, offer = chip_list: row 2 has the same offer and site and reference and promised and "
        "period. Delete one of the two. Give each a reference where both are meant."
    ]
    other = written(tmp_path / "other", deliveries=rows.format("#1", "#2"))
    assert [row.reference for row in read_actuals(other, tiny).deliveries] == ["#1", "#2"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("own_chip,closed,2027,,", "does not happen to programmes. Use started or taped_out or ready."),
        ("own_chip,ready,2027,abroad,", "is no route of own_chip. Its routes are in_house."),
        ("own_chip,ready,2027,,3", "only an expansion has modules. Clear the cell."),
    ],
)
def test_what_cannot_happen_to_an_item_is_a_fault(tmp_path, example, row, said):
    folder = written(tmp_path / "actuals", event_dates=f"item,event,period,route,modules\n{row}\n")
    [text] = faults(folder, example)
    assert text.endswith(said)


def test_faults_of_a_workbook_name_sheet_and_cell(tmp_path, tiny):
    write_actuals_template(tmp_path / "book.xlsx", clear=True)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    book["deliveries"].append(["chip_lst", "home", None, None, None, "2027", 4])
    book.create_sheet("remarks").append(["mine"])
    book.save(tmp_path / "book.xlsx")
    assert faults(tmp_path / "book.xlsx", tiny) == [
        "deliveries!A3, offer = chip_lst: is not a name in offers of the case that was planned. Did you mean "
        "chip_list?",
        "remarks: is not a table of actuals. Name it _remarks to keep it without its being read.",
    ]


def test_bills_and_commitments_are_recognised_by_their_columns(tmp_path, tiny):
    folder = written(tmp_path / "actuals", july=FOCUS + HOURS, contracts=COMMITMENT)
    found = read_actuals(folder, tiny)
    [bill], [commitment] = found.bills, found.contract_commitments
    assert (bill.period, bill.last, bill.provider, bill.charge) == ("2027-07", "2027-07", "Cloud Inc", "Usage")
    assert (bill.billed_musd, bill.effective_musd, bill.contracted_musd, bill.list_musd) == (1.0, 2.0, 2.1, 2.5)
    assert (bill.quantity, bill.unit) == (876000.0, "GPU-Hours")
    assert bill.identifiers == {"SkuId": ("GPU-1",), "ContractId": ("C7",), "ContractCommitmentId": ("C7-1",)}
    assert (commitment.commitment, commitment.cost_musd, commitment.start, commitment.end) == (
        "C7-1", 24.0, "2027-01", "2027-12",
    )  # fmt: skip


def test_the_older_name_of_the_provider_is_read_too(tmp_path, tiny):
    folder = written(tmp_path / "actuals", july=(FOCUS + HOURS).replace("ServiceProviderName", "ProviderName"))
    assert read_actuals(folder, tiny).bills[0].provider == "Cloud Inc"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (",USD,", ",EUR,", "BillingCurrency = EUR: must be USD. Convert the amounts to USD and write USD."),
        ("1000000,", ",", "BilledCost = (blank): must be a number. Write the number alone."),
        (
            "2027-07-01T00:00:00Z,2027-08",
            "July,2027-08",
            "ChargePeriodStart = July: must be a date and time. Write it as",
        ),
        ("[{", "[[{", "ContractApplied = "),
    ],
)
def test_faults_of_bills_name_row_and_column(tmp_path, tiny, before, after, said):
    folder = written(tmp_path / "actuals", july=FOCUS + HOURS.replace(before, after, 1))
    assert any(said in text and text.startswith("july.csv row 2, ") for text in faults(folder, tiny))


def test_what_is_no_folder_of_actuals_is_refused(tmp_path, tiny):
    (tmp_path / "empty").mkdir()
    assert faults(tmp_path / "empty", tiny)[0].endswith("Begin with `fleetplan template FOLDER --actuals`.")
    assert "does not exist" in faults(tmp_path / "nowhere", tiny)[0]


def test_the_page_describes_every_table_as_it_is_read():
    page = (ROOT / "docs" / "actuals.md").read_text(encoding="utf-8")
    for table, row_class in ACTUAL_TABLES.items():
        assert f"### {table}\n" in page
        assert render_table(row_class) in page
    assert set(re.findall(r"^### (\w+)$", page, re.MULTILINE)) == set(ACTUAL_TABLES)
