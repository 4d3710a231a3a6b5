"""What is asked beside a plan over scenarios: information, the curve of risk and least regret, solved by hand.

Units cost USD 1 million in 2027 and 2 million from 2028 on, last for good and must serve all: 10 are needed in 2027,
and 15, 20 or 30 from 2028 on, with 0.5, 0.3 and 0.2. With x in 2027 a scenario costs x · NOW + (need − x)⁺ · LATER.
"""

from __future__ import annotations

import json
import shutil

import pytest

import planner
from planner.errors import CaseFaults
from planner.verification.written_runs import verify_run
from tests.planner.forging import forged
from tests.planner.test_scenario_plans import asked, case_with, rows

NOW, LATER = 1.1**-0.5, 2 * 1.1**-1.5
NEEDS = {"lo": (15.0, 0.5), "mid": (20.0, 0.3), "hi": (30.0, 0.2)}
PRICES = "offer,period,unit_price_usd\no,2027,1000000\no,2028,2000000\n"
# As much as the cheapest scenario regrets of more units as the dearest of fewer.
LEAST_REGRET = ((LATER - NOW) * 30 + NOW * 15) / LATER


def cost(x, name):
    return x * NOW + max(0.0, NEEDS[name][0] - x) * LATER


def mean(x):
    return sum(chance * cost(x, name) for name, (_, chance) in NEEDS.items())


def near(value):
    return pytest.approx(value, rel=1e-6, abs=1e-6)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return case_with(tmp_path_factory.mktemp("dearer") / "case", prices=PRICES)


@pytest.fixture(scope="module")
def run(case, tmp_path_factory):
    """A run with all that can be asked of a plan of least cost."""
    folder = tmp_path_factory.mktemp("asked") / "run"
    found = asked("plan", case, "--information", "--risk-curve", "1,0,0.25,0.5", "-o", folder, "-q")
    assert found.exit_code == 0, found.output
    return folder


@pytest.fixture(scope="module")
def regretful(case, tmp_path_factory):
    """A run of least regret."""
    folder = tmp_path_factory.mktemp("regret") / "run"
    found = asked("plan", case, "--objective", "regret", "-o", folder, "-q")
    assert found.exit_code == 0, found.output
    return folder


def test_information_is_that_by_hand(run):
    """15 are best over scenarios, 19.5 for the mean; at once 30. The mean's orders do not serve the dearest scenario.

    What is held while the rest is planned anew is held to a millionth.
    """
    found = {row["name"]: (row["at_least_musd"], row["at_most_musd"]) for row in rows(run, "information")}
    with_all_known = sum(chance * need * NOW for need, chance in NEEDS.values())
    wanted = {
        "WS": with_all_known, "RP": mean(15), "RP_two_stage": 30 * NOW, "EEV": mean(19.5),
        "EVPI": mean(15) - with_all_known, "VSS": mean(19.5) - mean(15), "VMS": 30 * NOW - mean(15),
    }  # fmt: skip
    for name, value in wanted.items():
        assert tuple(map(float, found[name])) == pytest.approx((value, value), abs=5e-6), name
    assert found["EEV_fixed"] == ("", "")


def test_the_curve_of_risk_is_that_by_hand(run):
    """The tail is the dearest scenario: 20 units are best with a weight of a quarter, 30 from a half on."""
    wanted = [(0.0, 15), (0.25, 20), (0.5, 30), (1.0, 30)]
    for row, (aversion, x) in zip(rows(run, "risk_curve"), wanted, strict=True):
        found = {name: float(cell) for name, cell in row.items()}
        objective = (1 - aversion) * mean(x) + aversion * cost(x, "hi")
        assert found == {
            "risk_aversion": aversion, "expected_musd": near(mean(x)), "cvar_musd": near(cost(x, "hi")),
            "objective_musd": near(objective), "bound_musd": near(objective),
        }  # fmt: skip


def test_the_least_greatest_regret_is_that_by_hand_and_needs_no_probabilities(regretful, case, tmp_path):
    found = {row["scenario"]: row for row in rows(regretful, "regret")}
    for name, (need, _) in NEEDS.items():
        assert float(found[name]["best_musd"]) == near(need * NOW)
        assert float(found[name]["regret_musd"]) == near(cost(LEAST_REGRET, name) - need * NOW)
        assert float(found[name]["regret_at_most_musd"]) == near(float(found[name]["regret_musd"]))
    greatest = NOW * (LEAST_REGRET - 15)
    manifest = json.loads((regretful / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["bound_musd"] <= greatest
    assert manifest["objective_musd"] == pytest.approx(greatest, rel=1e-3)
    likelier = shutil.copytree(case, tmp_path / "case")
    text = "scenario,probability,revealed\nlo,0.1,2028\nmid,0.1,2028\nhi,0.8,2028\n"
    (likelier / "scenarios.csv").write_text(text, encoding="utf-8")
    plan = planner.plan(planner.read_case(likelier), objective="regret")
    assert plan.objective_musd == near(manifest["objective_musd"])
    assert plan.verify() == ()
    assert plan.tables["orders"].query("period == '2027'")["units"].tolist() == [near(LEAST_REGRET)]


def test_regret_may_be_the_objective_of_the_case(case, tmp_path):
    folder = shutil.copytree(case, tmp_path / "case")
    text = (
        (folder / "plan.toml").read_text(encoding="utf-8").replace("periods = 3", 'periods = 3\nobjective = "regret"')
    )
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    assert "regret" in planner.plan(planner.read_case(folder)).tables
    assert "regret" not in planner.plan(planner.read_case(folder), objective="cost").tables
    exported = asked("export-model", folder, "--lp", tmp_path / "model.lp")
    assert "The objective is the expected cost" in " ".join(exported.output.split())
    (folder / "scenarios.csv").unlink()
    (folder / "scenario_values.csv").unlink()
    with pytest.raises(CaseFaults, match="objective"):
        planner.read_case(folder)


@pytest.mark.parametrize("made", ["run", "regretful"])
def test_written_runs_hold_and_are_proven_again(made, request):
    folder = request.getfixturevalue(made)
    assert verify_run(folder).findings == ()
    found = asked("verify", folder, "--resolve", "-q")
    assert found.exit_code == 0, found.output
    assert ("has less regret" if made == "regretful" else "costs less") in " ".join(found.output.split())
    said = " ".join(asked("verify", folder).output.split())
    assert ("no plan has a greatest regret of less" if made == "regretful" else "no plan costs less") in said


def changed(table, row, column):
    def change(_, plan):
        cell = plan["tables"][table][row][column]
        plan["tables"][table][row][column] = cell + "x" if isinstance(cell, str) else 1.01 * cell + 0.01

    return change


CELLS = [("run", "information", row, column) for row in (0, 1, 2, 3, 5, 6, 7) for column in (0, 1, 2, 3)]
CELLS += [("run", "risk_curve", row, column) for row in range(4) for column in range(5) if (row, column) != (2, 0)]
CELLS += [("regretful", "regret", row, column) for row in range(3) for column in range(6)]


def test_every_cell_that_is_changed_is_found(request, tmp_path):
    """All but costs of other plans that no difference is made of, and a weight of risk that changes no measure."""
    survived = []
    for made, table, row, place in CELLS:
        source = request.getfixturevalue(made)
        column = list(rows(source, table)[row])[place]
        folder = shutil.copytree(source, tmp_path / f"{table}-{row}-{column}")
        findings = verify_run(forged(folder, changed(table, row, column))).findings
        if not any(finding.startswith((table, "objective", "plan_json")) for finding in findings):
            survived.append((table, row, column))
    assert survived == []


def test_what_no_difference_is_made_of_is_held_to_the_orders(run, tmp_path):
    """The mean's orders cannot cost less than the two-stage plan, nor a point of the curve less than its bound."""

    def cheaper(_, plan):
        plan["tables"]["information"][4] |= {"at_least_musd": 1.0, "at_most_musd": 2.0}

    assert any("EEV_fixed" in one for one in verify_run(forged(shutil.copytree(run, tmp_path / "a"), cheaper)).findings)


def test_the_python_api_gives_the_same_tables(case):
    plan = planner.plan(planner.read_case(case))
    information = plan.information().set_index("name")
    assert information.loc["VMS", "at_least_musd"] == near(30 * NOW - mean(15))
    assert information.loc["EEV_fixed", "at_most_musd"] is None or information.loc["EEV_fixed"].isna()["at_most_musd"]
    curve = plan.risk_curve([1, 0.25])
    assert curve["risk_aversion"].tolist() == [0.25, 1.0]
    assert curve["expected_musd"].tolist() == [near(mean(20)), near(mean(30))]


@pytest.mark.parametrize(
    "words",
    [
        ("--base", "--information"), ("--base", "--objective", "regret"), ("--risk-curve", "0,2"),
        ("--risk-curve", "0,0"), ("--risk-curve", "much"), ("--objective", "profit"),
        ("--objective", "regret", "--information"), ("--objective", "regret", "--risk-curve", "0,1"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_asked_is_a_fault(case, words):
    found = asked("plan", case, *words, "-q")
    assert found.exit_code == 2, found.output
    assert any(word.removeprefix("--") in found.output for word in words if word.startswith("--"))


def test_where_scenarios_are_switched_off_the_remedy_is_the_setting(case, tmp_path):
    off = shutil.copytree(case, tmp_path / "off")
    text = (off / "plan.toml").read_text(encoding="utf-8")
    (off / "plan.toml").write_text("use_scenarios = false\n" + text, encoding="utf-8")
    found = asked("plan", off, "--information", "-q")
    assert found.exit_code == 2
    assert "Set use_scenarios = true in plan.toml." in " ".join(found.output.split())
