"""A study of each kind, results by hand, a `solve` that looks them up, and small cases with futures."""

from __future__ import annotations

from types import SimpleNamespace

from models.case import Price
from models.outcome import SolveOptions
from models.polish import polish
from models.solution import Solution
from models.stages import solve_model
from models.tables.strategy_rows import (
    Acquisition,
    Disruption,
    Programme,
    Route,
    Scenario,
    ScenarioValue,
    Uncertain,
)
from models.uncertainty.scenario_tree import planned_model
from planner.results import tables_of
from planner.results.loaded_run import LoadedRun
from planner.studies.future_recipes import recipe_of
from planner.studies.point_work import answer
from planner.studies.study_context import StudyContext
from planner.sweeps.points import StoredPlan, WorkContext
from tests.models.tiny import add, change, tiny_case

# One study of each kind, of a case that is solved in no time: tables for `write_tiny`, and the options of each command.
STUDY_TABLES = {
    "budgets": "budget,categories,span,amount_musd\ncompute,all,2027,5\ncompute,all,2028,5\n",
    "workloads": "workload,min_service,penalty_usd_per_1000\nchat,0.5,5\n",
    "demand": "workload,period,queries_per_day_million\nchat,2027,8.64\nchat,2028,17.28\n",
    "expansions": "expansion,site,module_mw,cost_musd_per_module,max_modules\nhall,home,1,0.2,2\n",
    "sites": "site,power_mw,pue,electricity_usd_per_mwh\nhome,0.012,1,50\n",
    "disruptions": "disruption,target,field,effect,value,start,months\n"
    "dear,chip_list,price,multiply,1.5,2028,12\nfewer,chat,demand,multiply,0.6,2028,12\n",
    "scenarios": "scenario,probability,revealed,disruptions\ncalm,0.7,2027,\nbad,0.3,2028,dear\n",
    "uncertain": "name,table,key,column,effect,distribution,p1,p2\n"
    "price of chips,prices,chip_list,unit_price_usd,multiply,uniform,0.8,1.2\n"
    "cost of the hall,expansions,hall,cost_musd_per_module,multiply,uniform,0.5,30\n",
}
STUDIES = {
    "disrupt": [],
    "stress": ["--base", "-d", "dear", "-d", "fewer@2028*0.5", "-d", "dear+fewer"],
    "regret": ["--scenarios"],
    "tornado": [],
    "grid": ["--x", "price of chips", "--y", "cost of the hall", "--steps", "2x2", "--decision", "expansion:hall"],
    "sample": ["--count", "3"],
    "breakeven": ["-i", "cost of the hall", "--decision", "expansion:hall", "--tolerance", "0.1"],
}


def result(cost, bound=None, **more):
    """A plan with its cost and bound (none given: proven to be the least)."""
    taken = more.pop("taken", {})
    decisions = {"tape_out:chip": {"taken": False, "how": "", "when": ""}}
    for name, (how, when) in taken.items():
        decisions[name] = {"taken": True, "how": how, "when": when}
    found = {
        "status": "optimal",
        "objective_musd": cost,
        "bound_musd": cost if bound is None else bound,
        "figures": {"least_share_served": 1.0, "peak_mw": 1.0},
        "cash": {"hardware": cost},
        "unserved": {"chat": 0.0},
        "decisions": decisions,
        "orders": {},
        "vendors": {},
        "seen": None,
        "changes": [],
        "without_effect": [],
        "breaches": [],
        "breach_price_musd": 0.0,
        "breach_least_musd": 0.0,
    }
    return found | more


def strained(cost, price, least=None):
    """A plan that breaks its budget."""
    breach = {
        "requirement": "budgets",
        "where": "cash:2027",
        "amount": price,
        "unit": "USD million",
        "price_musd": price,
    }
    return result(cost, breaches=[breach], breach_price_musd=price, breach_least_musd=price if least is None else least)


def context(case, answers):
    """A question to a `solve` that looks results up by name, or calls what is given with the point."""

    def solve(points):
        return {point.name: answers(point) if callable(answers) else answers[point.name] for point in points}

    return StudyContext(case, solve)


def asked_at(case, cost_of):
    """A question whose plans cost what a function of the recipe's lever values says."""
    return context(case, lambda point: result(cost_of([value for _, _, value in point.recipe.get("levers", [])])))


def hit(name, target="beta_list", start="2028", field="price", value=2.0, **more):
    values = {"effect": "multiply", "months": 12.0, **more}
    return Disruption(disruption=name, target=target, field=field, start=start, value=value, **values)


def strategic_case(**changes):
    """The tiny case with a chip by two routes, a company, two disruptions of prices and one of a company."""
    routes = tuple(
        Route(programme="chip", route=name, design_months=6.0, design_cost_musd=0.1) for name in ("house", "partner")
    )
    return add(
        tiny_case(**changes),
        programmes=(Programme(programme="chip"),),
        routes=routes,
        acquisitions=(Acquisition(acquisition="firm", price_musd=0.1, months_to_close=12.0),),
        disruptions=(
            hit("dear"),
            hit("dearer", target="alpha_list", start="2029"),
            hit("lost", target="firm", field="fail", effect="add", value=0.0, months=0.0),
        ),
        uncertain=(uncertain("price a", "alpha_list", 0.5, 1.5), uncertain("price b", "beta_list", 0.75, 1.25)),
    )


def uncertain(name, offer, low, high, **more):
    """An uncertain price: every factor from low to high is as likely."""
    values = {"table": "prices", "key": offer, "column": "unit_price_usd", "effect": "multiply", **more}
    return Uncertain(name=name, distribution="uniform", p1=low, p2=high, low=low, high=high, **values)


def shocked(text):
    return recipe_of(shocks=text)


def solving(case, engine, *, gap=0.0, over_scenarios=False):
    """A question whose points are solved in this process to a gap, each with the plan of the point that it is after."""
    known, plans = {}, {}

    def solve(points):
        for point in points:
            if point.name not in known:
                start = None if plans.get(point.after) is None else StoredPlan(plans[point.after])
                work = WorkContext(case, SolveOptions(gap=gap, threads=1), engine, start=start)
                known[point.name] = answer(work, point)
                plans[point.name] = work.plan
        return known

    return StudyContext(case, solve, over_scenarios=over_scenarios)


def loaded_run(case, engine):
    """The run of the optimal plan of a case, over its scenarios where it has some."""
    model = planned_model(case)
    options = SolveOptions(gap=0.0, threads=1)
    outcome = polish(model.program, solve_model(model, engine, options), engine=engine, options=options)
    manifest = {
        "status": outcome.status.value, "stop": outcome.stop.value, "solver": {"name": "native", "version": "1"},
        "objective_musd": outcome.objective, "bound_musd": outcome.bound,
        "scenarios": [{}] * len(model.frame.cases) if len(model.frame.cases) > 1 else [],
    }  # fmt: skip
    read = SimpleNamespace(case=case, case_hash="")
    return LoadedRun(manifest, tables_of(Solution(model, outcome)), read, "run")


def firm_case(**changes):
    """The tiny case with beta at 20,000 USD behind a company of 0.3 USD million, which can be signed in any year.

    50 beta and the company cost 1.3 USD million; without it 100 alpha cost 2.
    """
    firm = Acquisition(acquisition="firm", price_musd=0.3)
    prices = (
        Price(offer="alpha_list", period="2027", unit_price_usd=20000.0),
        Price(offer="beta_list", period="2027", unit_price_usd=20000.0),
    )
    case = change(tiny_case(prices=prices, **changes), "offers", "beta_list", requires=("firm",))
    return add(case, acquisitions=(firm,))


def with_two_scenarios(case, factor, chance=0.5):
    """The case over two scenarios, known in 2028: demand from then on is as it is or, with a chance, a factor of it."""
    rows = (
        Scenario(scenario="same", probability=1.0 - chance, revealed="2028"),
        Scenario(scenario="other", probability=chance, revealed="2028"),
    )
    value = ScenarioValue(
        scenario="other", table="demand", key="chat", column="queries_per_day_million", period="2028",
        effect="multiply", value=factor,
    )  # fmt: skip
    return add(case, scenarios=rows, scenario_values=(value,))
