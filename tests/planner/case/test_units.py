"""A value in a wrong unit: what is told, and the value that it names; no word about the cases of the project."""

import re

import pytest

from planner.case import read_case
from planner.errors import CaseFaults
from tests.planner.case.edits import INPUTS, edited

CASES = ("make-or-buy-2023", "mid-size", "frontier-lab", "frontier-lab-quarterly", "tenth-of-google")
# By what was mistaken: case, edit, the file and column of the warning, and the value that its remedy names.
WRONG = {
    "W for kW": ("make-or-buy-2023", "accelerators h100 it_kw *= 1000", "accelerators.csv it_kw", "1.275 kW"),
    "MW for kW": ("make-or-buy-2023", "accelerators h100 it_kw *= 0.001", "accelerators.csv it_kw", "1.275 kW"),
    "kW of a server of 8": ("make-or-buy-2023", "accelerators h100 it_kw *= 8", "accelerators.csv it_kw", "1.275 kW"),
    "kW of a server of 8, mid-size": ("mid-size", "accelerators b200 it_kw *= 8", "accelerators.csv it_kw", "1.79 kW"),
    "months for years of life": (
        "make-or-buy-2023", "accelerators h100 life_years = 60", "accelerators.csv life_years", "5 years",
    ),
    "quarters for years of life": (
        "make-or-buy-2023", "accelerators h100 life_years = 20", "accelerators.csv life_years", "5 years",
    ),
    "years for months of design": (
        "make-or-buy-2023", "routes own_chip;in_house design_months = 3", "routes.csv design_months", "36 months",
    ),
    "quarters for months to volume": (
        "make-or-buy-2023", "routes * tape_out_to_volume_months = 4", "routes.csv tape_out_to_volume_months",
        "12 months",
    ),
    "years for months to volume": (
        "make-or-buy-2023", "routes * tape_out_to_volume_months = 1", "routes.csv tape_out_to_volume_months",
        "12 months",
    ),
    "years for months of lead": (
        "make-or-buy-2023", "offers h100_list lead_time_months = 0.75", "offers.csv lead_time_months", "9 months",
    ),
    "days for months of lead": (
        "make-or-buy-2023", "offers h100_list lead_time_months = 365", "offers.csv lead_time_months", "12 months",
    ),
    "years for months of a lease": (
        "mid-size", "offers gb300_cloud_3y term_months = 3", "offers.csv term_months", "36 months",
    ),
    "years for months of an agreement": (
        "frontier-lab", "agreements nvidia_framework term_months = 3", "agreements.csv term_months", "36 months",
    ),
    "months for years of integration": (
        "make-or-buy-2023", "acquisitions * integration_years = 24", "acquisitions.csv integration_years", "2 years",
    ),
    "months for years of age": ("mid-size", "resale mi355x;4 age_years = 48", "resale.csv age_years", "4 years"),
    "months for years of a hall": (
        "make-or-buy-2023", "expansions * life_years = 96", "expansions.csv life_years", "8 years",
    ),
    "a rent per hour": (
        "make-or-buy-2023", "prices h100_cloud;2026 unit_price_usd = 2.6", "prices.csv unit_price_usd", "22,776 USD",
    ),
    "all rents per hour": (
        "mid-size", f"prices h100_cloud_1y unit_price_usd *= {1 / 8760!r}", "prices.csv unit_price_usd", "20,590 USD",
    ),
    "a rent per hour and server of 8": (
        "make-or-buy-2023", "prices h100_cloud;2026 unit_price_usd = 20.8", "prices.csv unit_price_usd", "22,776 USD",
    ),
    "a rent per month": (
        "make-or-buy-2023", "prices h100_cloud;2026 unit_price_usd = 1898", "prices.csv unit_price_usd", "22,776 USD",
    ),
    "a rent in thousands": (
        "mid-size", "prices b200_cloud_1y unit_price_usd *= 0.001", "prices.csv unit_price_usd", "31,540 USD",
    ),
    "a price in thousands": (
        "make-or-buy-2023", "prices h100_list unit_price_usd *= 0.001", "prices.csv unit_price_usd", "37,500 USD",
    ),
    "a price in millions": (
        "mid-size", "prices b200_server unit_price_usd *= 1e-6", "prices.csv unit_price_usd", "52,000 USD",
    ),
    "the price of a server of 8": (
        "mid-size", "prices b200_server unit_price_usd *= 8", "prices.csv unit_price_usd", "52,000 USD",
    ),
    "one price in thousands": (
        "mid-size", "prices b200_server;2027 unit_price_usd *= 0.001", "prices.csv unit_price_usd", "USD.",
    ),
    "a reference price in thousands": (
        "mid-size", "accelerators b200 reference_price_usd *= 0.001", "accelerators.csv reference_price_usd",
        "46,140 USD",
    ),
    "integration in thousands": (
        "mid-size", "offers b200_server integration_usd_per_unit *= 0.001", "offers.csv integration_usd_per_unit",
        "11,440 USD",
    ),
    "upkeep in thousands": (
        "mid-size", "accelerators b200 maintenance_usd_per_year *= 0.001",
        "accelerators.csv maintenance_usd_per_year", "2,860 USD",
    ),
    "a balance in thousands": (
        "mid-size", "open_orders * balance_usd_per_unit *= 0.001", "open_orders.csv balance_usd_per_unit",
        "43,200 USD",
    ),
    "a design in USD": (
        "make-or-buy-2023", "routes own_chip;in_house design_cost_musd *= 1e6", "routes.csv design_cost_musd",
        "750 USD million",
    ),
    "a design in thousands": (
        "make-or-buy-2023", "routes own_chip;in_house design_cost_musd *= 1e3", "routes.csv design_cost_musd",
        "750 USD million",
    ),
    "a design in billions": (
        "make-or-buy-2023", "routes own_chip;in_house design_cost_musd *= 1e-3", "routes.csv design_cost_musd",
        "750 USD million",
    ),
    "masks in thousands": (
        "mid-size", "routes * mask_set_musd *= 1e3", "routes.csv mask_set_musd", "30 USD million",
    ),
    "a company in USD": (
        "mid-size", "acquisitions * price_musd *= 1e6", "acquisitions.csv price_musd", "360 USD million",
    ),
    "a company in thousands": (
        "mid-size", "acquisitions * price_musd *= 1e3", "acquisitions.csv price_musd", "360 USD million",
    ),
    "a prepayment in thousands": (
        "frontier-lab", "agreements nvidia_framework prepayment_musd *= 1e3", "agreements.csv prepayment_musd",
        "1,500 USD million",
    ),
    "a budget in USD": (
        "make-or-buy-2023", "budgets compute amount_musd *= 1e6", "budgets.csv amount_musd", "7,000 USD million",
    ),
    "a budget in billions": (
        "make-or-buy-2023", "budgets compute amount_musd *= 1e-3", "budgets.csv amount_musd", "7,000 USD million",
    ),
    "a hall in thousands": (
        "mid-size", "expansions * cost_musd_per_module *= 1e3", "expansions.csv cost_musd_per_module",
        "3 USD million",
    ),
    "a module in kW": (
        "make-or-buy-2023", "expansions * module_mw *= 1e3", "expansions.csv module_mw", "100 MW",
    ),
    "a small module in kW": (
        "mid-size", "expansions * module_mw *= 1e3", "expansions.csv cost_musd_per_module", "2 MW",
    ),
    "fixed cost in thousands": (
        "mid-size", "sites colo fixed_musd_per_year *= 1e3", "sites.csv fixed_musd_per_year", "1.5 USD million",
    ),
    "site power in kW": ("mid-size", "sites colo power_mw *= 1e3", "sites.csv power_mw", "6 MW"),
    "large site power in kW": ("make-or-buy-2023", "sites own_site power_mw *= 1e3", "sites.csv power_mw", "320 MW"),
    "site power in GW": ("make-or-buy-2023", "sites own_site power_mw *= 1e-3", "sites.csv power_mw", "320 MW"),
    "USD a kWh": (
        "make-or-buy-2023", "sites own_site electricity_usd_per_mwh *= 1e-3", "sites.csv electricity_usd_per_mwh",
        "75 USD/MWh",
    ),
    "cents a kWh": (
        "make-or-buy-2023", "sites own_site electricity_usd_per_mwh *= 0.1", "sites.csv electricity_usd_per_mwh",
        "75 USD/MWh",
    ),
    "queries a day, not millions": (
        "make-or-buy-2023", "demand chat queries_per_day_million *= 1e6", "demand.csv queries_per_day_million",
        "200 million queries a day",
    ),
    "thousand queries a day": (
        "mid-size", "demand chat queries_per_day_million *= 1e3", "demand.csv queries_per_day_million",
        "54.1 million queries a day",
    ),
    "queries a second": (
        "make-or-buy-2023", f"demand chat queries_per_day_million *= {1e6 / 86400!r}",
        "demand.csv queries_per_day_million", "200 million queries a day",
    ),
    "billion queries a day": (
        "mid-size", "demand * queries_per_day_million *= 1e-3", "demand.csv queries_per_day_million",
        "54.1 million queries a day",
    ),
    "one demand in queries a day": (
        "mid-size", "demand chat;2027 queries_per_day_million *= 1e6", "demand.csv queries_per_day_million",
        "million queries a day",
    ),
    "rates per hour": (
        "mid-size", "throughput b200;chat queries_per_second *= 3600", "throughput.csv queries_per_second",
        "queries/s",
    ),
    "all rates per hour": (
        "mid-size", "throughput * queries_per_second *= 3600", "demand.csv queries_per_day_million",
        "Or are rates or units too large?",
    ),
    "growth of rates in per cent": (
        "mid-size", "throughput * software_gain_per_year = 5", "throughput.csv software_gain_per_year", "0.05.",
    ),
    "growth of a price in per cent": (
        "mid-size", "acquisitions * price_growth_per_year = 10", "acquisitions.csv price_growth_per_year", "0.1.",
    ),
    "a factor in per cent": (
        "make-or-buy-2023", "disruptions * value = 80", "disruptions.csv value", "0.8, or 1.8",
    ),
    "a number beyond all": (
        "mid-size", "limits * amount = 2e12", "limits.csv amount", "Check the number.",
    ),
    "a number below all": (
        "mid-size", "limit_use * use_per_unit = 1e-13", "limit_use.csv use_per_unit", "Check the number.",
    ),
    "a lead beyond five years": (
        "frontier-lab", "expansions texas_phase3 lead_time_months = 61", "expansions.csv lead_time_months", "months.",
    ),
    "a fleet beyond its power": (
        "make-or-buy-2023", "sites own_site power_mw = 100", "sites.csv power_mw", "is idle.",
    ),
    "owed more than there is": (
        "make-or-buy-2023", "budgets compute;all;2024 amount_musd = 3000", "budgets.csv amount_musd",
        "Raise it, or check the unit of the balances.",
    ),
    "demand of a hundred fleets": (
        "make-or-buy-2023", "opening_fleet * units *= 0.001", "demand.csv queries_per_day_million", "queries a day.",
    ),
}  # fmt: skip
# What a column cannot hold at all: refused, with the value that is meant.
REFUSED = {
    "discount rate": ("plan.toml", "plan discount_rate = 8", "Use 0.08 for 8 %."),
    "failures": ("accelerators.csv", "accelerators h100 failure_rate_per_year = 5", "Use 0.05 for 5 %."),
    "utilisation": ("accelerators.csv", "accelerators h100 utilisation = 55", "Use 0.55 for 55 %."),
    "deposit": ("offers.csv", "offers h100_list deposit_share = 30", "Use 0.3 for 30 %."),
    "service": ("workloads.csv", "workloads chat min_service = 75", "Use 0.75 for 75 %."),
    "respin": ("routes.csv", "routes * respin_probability = 40", "Use 0.4 for 40 %."),
    "resale": ("resale.csv", "resale * fraction_of_reference_price = 70", "Use 0.7 for 70 %."),
    "pue": ("sites.csv", "sites own_site pue = 118", "Use 1.18 for 118 %."),
    "share of a vendor": ("policies.csv", "policies * value = 80", "Use 0.8 for 80 %."),
}


@pytest.mark.parametrize("what", list(WRONG))
def test_a_wrong_unit_is_told_with_the_value_that_is_meant(tmp_path, what):
    case, change, place, meant = WRONG[what]
    folder = edited(tmp_path / "case", case, change)
    try:
        warnings = read_case(folder).warnings
    except CaseFaults as error:
        warnings = error.warnings
    found = [f for f in warnings if f"{f.file} {f.column}" == place and meant in f.remedy]
    assert found, [str(warning) for warning in warnings]


@pytest.mark.parametrize("case", CASES)
def test_the_cases_of_the_project_are_plausible(case):
    texts = [warning.text for warning in read_case(INPUTS / case).warnings]
    assert [text for text in texts if "has no effect" not in text and "not whole periods" not in text] == []


def test_there_is_no_effectless_word_about_the_cases_but_these():
    texts = {case: [warning.text for warning in read_case(INPUTS / case).warnings] for case in CASES}
    places = {
        case: [re.sub(r" = .*", "", text) for text in found if "has no effect" in text] for case, found in texts.items()
    }
    places = {case: found for case, found in places.items() if found}
    assert places == {"make-or-buy-2023": ["disruptions.csv row 14, target", "scenarios.csv row 2, scenario"]}


@pytest.mark.parametrize("what", list(REFUSED))
def test_per_cent_in_a_share_is_refused_with_the_share(tmp_path, what):
    file, change, remedy = REFUSED[what]
    folder = edited(tmp_path / "case", "make-or-buy-2023", "" if file == "plan.toml" else change)
    if file == "plan.toml":
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(re.sub(r"discount_rate = .*", "discount_rate = 8", text), encoding="utf-8")
    with pytest.raises(CaseFaults) as caught:
        read_case(folder)
    assert remedy in [fault.remedy for fault in caught.value.faults if fault.file == file]
