"""What is right, though it looks odd, is read without a word; and names are matched on what the files say."""

import pytest

from planner.case.checks_effect_futures import LEFT_ASIDE

FINE = {
    "an offer kept for its open orders": """
        offers 2 last_order = 2026
        - prices 2
        - prices 2
        + open_orders offer=alpha_list | site=home | units=8 | due=2027
    """,
    "an offer too slow for an order, kept for its open orders": """
        offers 2 lead_time_months = 60
        + open_orders offer=alpha_list | site=home | units=8 | due=2028
    """,
    "an order from before the plan that may be cancelled, although a limit has no room for it": """
        offers 2 cancel_until_months = 0
        + limits limit=wafers | span=2027..2029 | amount=5
        + limit_use limit=wafers | offer=alpha_list | use_per_unit=0.5
        + open_orders offer=alpha_list | site=home | units=20 | due=2028 | ordered=2026 | paid_usd_per_unit=9000
    """,
    "prices from the gate of their offer on": """
        + acquisitions acquisition=a | price_musd=5 | months_to_close=12
        offers 2 requires = a
        prices 2 period = 2028
        - prices 3
    """,
    "budget rows finer than a period that fill it": """
        budgets 2 span = 2027H1
        + budgets budget=all_money | categories=all | span=2027H2 | amount_musd=5
        + budgets budget=all_money | categories=all | span=2028..2029
    """,
    "categories in another order": """
        budgets 2 span = 2027
        budgets 2 categories = lease;hardware
        + budgets budget=all_money | categories=hardware; lease | span=2028..2029 | amount_musd=5
    """,
    "labels coarser than a period": """
        plan period = "quarter"
        offers 2 lead_time_months = 6
        offers 2 first_order = 2027
        offers 2 last_order = 2027
        budgets 2 span = 2027Q1..2027Q3
        - demand 3
        - prices 3
    """,
    "moves made before the plan": """
        + programmes programme=p
        + routes programme=p | route=r | design_months=12 | design_cost_musd=10 | last_start=2024
        + commitments kind=start | item=p | period=2025 | status=done
        offers 2 requires = p
    """,
    "a gate whose other route is open": """
        + programmes programme=p
        + routes programme=p | route=slow | design_months=24 | design_cost_musd=10
        + routes programme=p | route=quick | design_months=6 | design_cost_musd=10
        offers 2 requires = p
    """,
    "a limit that an agreement widens enough": """
        + agreements agreement=k | term_months=36
        + limits limit=w | span=2027..2029 | amount=5
        + added_supply gate=k | limit=w | amount_per_year=4
        + limit_use limit=w | offer=alpha_list | use_per_unit=1
        + commitments kind=order | item=alpha_list | period=2027 | quantity=16 | status=done
    """,
    "a limit without an amount": """
        + limits limit=w | span=2027..2029 | unit=wafers
        + limit_use limit=w | offer=alpha_list | use_per_unit=1
        + open_orders offer=alpha_list | site=home | units=8000 | due=2027
    """,
    "barred in one period and fixed in another": """
        + commitments kind=order | item=alpha_list | period=2027 | quantity=8 | status=fixed
        + commitments kind=order | item=alpha_list | period=2028 | status=barred
    """,
    "orders of one offer in several periods": """
        + commitments kind=order | item=alpha_list | period=2027 | quantity=8 | status=fixed
        + commitments kind=order | item=alpha_list | period=2028 | quantity=8 | status=done
    """,
    "an excluded company that is not taken": """
        + acquisitions acquisition=a | price_musd=5 | contribution_musd_per_year=1
        + acquisitions acquisition=b | price_musd=5 | excludes=a
        + commitments kind=close | item=b | status=fixed
    """,
    "an opening cohort in its last year": """
        + opening_fleet accelerator=alpha | site=home | units=500 | in_service_since=2024
    """,
    "a curve of its own beside the common one": """
        + resale accelerator=alpha | age_years=1 | fraction_of_reference_price=0.2
        + offers offer=beta_list | accelerator=beta | kind=buy
        + prices offer=beta_list | period=2027 | unit_price_usd=20000
        accelerators 3 reference_price_usd = 20000
    """,
    "tiers of several spans and one price each": """
        + price_tiers offer=alpha_list | span=2027 | from_units=0 | discount=0 | kind=all_units
        + price_tiers offer=alpha_list | span=2027 | from_units=80 | discount=0.1 | kind=all_units
        + price_tiers offer=alpha_list | span=2028..2029 | from_units=80 | discount=0.1 | kind=incremental
    """,
    "scenarios in thirds": """
        + scenarios scenario=s | probability=0.333333333 | revealed=2028
        + scenarios scenario=t | probability=0.333333333 | revealed=2028
        + scenarios scenario=u | probability=0.333333334 | revealed=2028
        + scenario_values scenario=s | table=demand | key=chat | \
            column=queries_per_day_million | period=2028 | effect=add | value=2
        + scenario_values scenario=t | table=demand | key=chat | \
            column=queries_per_day_million | period=2028 | effect=add | value=3
    """,
    "one disruption with several targets": """
        + disruptions disruption=d | target=acme | field=price | effect=multiply | value=2 | start=2028 | months=6
        + disruptions disruption=d | target=chat | field=demand | effect=multiply | value=2 | start=2028 | \
            recovery_months=6
        + scenarios scenario=s | probability=1 | revealed=2028 | disruptions=d
    """,
    "changed values by key, part of a key, and any": """
        plan use_scenarios = false
        + scenarios scenario=s | probability=1 | revealed=2028
        + scenario_values scenario=s | table=throughput | key=alpha;chat | \
            column=queries_per_second | effect=multiply | value=2
        + scenario_values scenario=s | table=throughput | key=beta | \
            column=queries_per_second | effect=multiply | value=2
        + scenario_values scenario=s | table=throughput | key=*;chat | \
            column=variable_usd_per_1000 | effect=add | value=2
        + scenario_values scenario=s | table=resale | key=*;1 | \
            column=fraction_of_reference_price | effect=set | value=0.5
        + uncertain name=u | table=demand | column=queries_per_day_million | distribution=discrete | p1=1 | \
            p2=2 | effect=multiply
    """,
    "shares that leave room": """
        + policies policy=p | kind=min_vendor_share | subject=acme | span=2027 | value=0.4
        + policies policy=q | kind=min_vendor_share | subject=bolt | span=2027 | value=0.6
        + policies policy=r | kind=max_vendor_share | subject=acme | span=2028 | value=0.3
        + policies policy=s | kind=min_capability | subject=alpha | span=2028 | value=0
        + policies policy=t | kind=max_order_growth | subject=alpha_list | span=2028 | value=3
    """,
    "no offers at all": """
        - offers 2
        - offers 2
        - prices 2
        - prices 2
        - prices 2
        + opening_fleet accelerator=alpha | site=home | units=500 | in_service_since=2026
        - accelerators 3
        - throughput 3
    """,
    "no budget rows": """
        - budgets 2
    """,
    "remarks in every table": """
        offers 2 note = judged; "half" of it, and more
        offers 2 source = trade press
    """,
    "an open order beyond a limit, with a backlog": """
        + limits limit=w | span=2027..2029 | amount=5
        + limit_use limit=w | offer=alpha_list | use_per_unit=1
        + open_orders offer=alpha_list | site=home | units=8 | due=2028
        + backlogs offer=alpha_list | since=2028-05
    """,
    "a committed order that arrives in a later span by its lead time then": """
        + limits limit=w | span=2027..2028 | amount=0
        + limits limit=w | span=2029 | amount=8
        + limit_use limit=w | offer=alpha_list | use_per_unit=1
        + commitments kind=order | item=alpha_list | period=2027 | quantity=8 | status=done
        + lead_times offer=alpha_list | period=2028 | lead_time_months=24
    """,
    "a lead time beyond the horizon, since the nominal one is inside": """
        + lead_times offer=alpha_list | period=2028 | lead_time_months=60
        + backlogs offer=alpha_list | since=2028
    """,
    "what has been known since before the plan": """
        + lead_times offer=alpha_list | period=2026-03 | lead_time_months=8
        + backlogs offer=alpha_list | since=2026-03
        + site_series site=home | period=2025 | power_mw=40 | electricity_usd_per_mwh=90
        + acquisitions acquisition=a | price_musd=5 | break_fee_share=0.03 | contribution_musd_per_year=1
        + delays item=a | period=2026 | months=3
    """,
    "an expansion of a site whose power becomes limited": """
        + sites site=away
        + expansions expansion=hall | site=away | module_mw=5 | cost_musd_per_module=6 | max_modules=2
        + site_series site=away | period=2028 | power_mw=5 | available_share=0.5
        + delays item=hall | period=2028 | months=6
        + delays item=hall | period=2029 | fails=true
    """,
    "disruptions of an expansion, for good": """
        + expansions expansion=hall | site=home | module_mw=5 | cost_musd_per_module=6 | max_modules=2
        + disruptions disruption=d | target=hall | field=slip | effect=add | value=6 | start=2028
        + disruptions disruption=d | target=hall | field=fail | effect=add | value=0 | start=2029
    """,
    "roles with several targets": """
        + roles role=merchant_accelerators | target=acme
        + roles role=merchant_accelerators | target=bolt
        + roles role=demand | target=chat
    """,
    "one value for what has one in all periods": """
        - prices 3
        + uncertain name=u | table=prices | key=*_lease | column=unit_price_usd | distribution=discrete | \
            p1=9000 | p2=9500
        uncertain 2 key = beta_lease
        + uncertain name=v | table=prices | key=* | column=unit_price_usd | distribution=normal | p1=1 | p2=0.1 | \
            effect=multiply
    """,
    "how deep and when a disruption is": """
        + disruptions disruption=d | target=acme | field=price | effect=multiply | value=2 | start=2028 | months=6
        + uncertain name=u | table=disruptions | key=d | column=depth | effect=set | distribution=uniform | p1=0 | p2=2
        + uncertain name=v | table=disruptions | key=d | column=onset_months | effect=set | distribution=normal | \
            p1=0 | p2=6
        + uncertain name=w | table=disruptions | key=d;* | column=months | effect=multiply | distribution=uniform | \
            p1=0.5 | p2=2
    """,
    "a name made of others": f"""
        + limits limit={"a" * 60}~{"b" * 60} | span=2027..2029
        + limit_use limit={"a" * 60}~{"b" * 60} | offer=alpha_list | use_per_unit=1
    """,
    "a rent after the end, where what is owed then counts": """
        plan count_owed = "count"
        + prices offer=beta_lease | period=2030 | unit_price_usd=7000
    """,
    "names with signs and letters of any language": """
        sites 2 site = Zürich (DC-2), 東京
        offers 3 sites =
    """,
}


@pytest.mark.parametrize("changes", list(FINE.values()), ids=list(FINE))
def test_what_is_right_is_read_without_a_finding(tiny, changes):
    tiny.change(changes)
    told = ("not whole periods", LEFT_ASIDE)
    assert [text for text in tiny.findings() if not any(each in text for each in told)] == []


def test_blank_cells_become_the_defaults(tiny):
    case = tiny.read().case
    workload, offer, site = case.workloads[0], case.offers[0], case.sites[0]
    assert (workload.unit, workload.sites, workload.revenue_usd_per_1000) == ("query", (), None)
    assert (offer.min_lots, offer.max_lots_per_period, offer.first_order, offer.deposit_share) == (0.0, None, None, 0.0)
    assert case.offers[1].lot_size is None
    assert site.power_mw == 50.0
    assert case.limits == ()


def test_values_are_typed(tiny):
    tiny.change("+ expansions expansion=hall | site=home | module_mw=5 | cost_musd_per_module=6 | max_modules=2.0")
    case = tiny.read().case
    assert type(case.expansions[0].max_modules) is int
    assert type(case.expansions[0].module_mw) is float
    assert case.budgets[0].carry_over is False
    assert case.budgets[0].categories == ("all",)


def test_names_are_checked_without_a_calendar(tiny):
    tiny.change("plan periods = 0\noffers 2 accelerator = alfa")
    assert {fault.file for fault in tiny.faults().faults} == {"plan.toml", "offers.csv"}


def test_an_unreadable_table_makes_no_unknown_references(tiny):
    tiny.path("accelerators").write_bytes(b"PK\x03\x04")
    assert [fault.file for fault in tiny.faults().faults] == ["accelerators.csv"]


def test_a_table_with_a_wrong_header_makes_no_unknown_references(tiny):
    tiny.change("accelerators 1 it_kw = it_watts")
    assert {fault.file for fault in tiny.faults().faults} == {"accelerators.csv"}


def test_warnings_come_with_the_faults(tiny):
    tiny.change("prices 4 unit_price_usd = 25\noffers 2 lot_size = 0.5")
    error = tiny.faults()
    assert [warning.file for warning in error.warnings] == ["prices.csv"]
    assert [fault.file for fault in error.faults] == ["offers.csv"]
