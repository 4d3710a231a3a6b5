"""Folders, settings and schema versions that are not as they should be."""

import pytest

from planner.case import assemble, read, sheet
from planner.case.assemble import RawCase, migrate
from planner.errors import FaultLog
from tests.planner.case.conftest import faults_of


def test_missing_folder_is_a_fault(tmp_path):
    assert faults_of(tmp_path / "none") == [
        f"{tmp_path / 'none'}: does not exist. Name a folder with plan.toml and the tables as CSV files."
    ]


def test_file_in_place_of_a_folder_is_a_fault(tmp_path):
    (tmp_path / "case").write_text("")
    assert faults_of(tmp_path / "case") == [
        f"{tmp_path / 'case'}: is not a folder. Name a folder with plan.toml and the tables as CSV files."
    ]


def test_empty_folder_names_every_file_that_is_needed(tmp_path):
    texts = faults_of(tmp_path)
    assert [text.split(":")[0] for text in texts] == [
        "accelerators.csv",
        "budgets.csv",
        "demand.csv",
        "offers.csv",
        "plan.toml",
        "prices.csv",
        "sites.csv",
        "throughput.csv",
        "workloads.csv",
    ]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("offer.csv", "Did you mean offers.csv?"),
        ("Offers.CSV", "Did you mean offers.csv?"),
        ("plans.toml", "Did you mean plan.toml?"),
        ("zebra.csv", "Move it out of the folder, or name it as its table."),
    ],
)
def test_file_that_is_no_table_is_a_fault(tiny, name, remedy):
    (tiny.folder / name).write_text("a,b\n")
    assert tiny.findings() == [f"{name}: is not a table of a case. {remedy}"]


@pytest.mark.parametrize("name", ["README.md", ".~lock.offers.csv#", ".hidden.csv", "~$offers.csv", "facts.xlsx"])
def test_other_files_are_left_alone(tiny, name):
    (tiny.folder / name).write_text("a,b\n")
    assert tiny.findings() == []


def test_folder_in_place_of_a_table_is_a_fault(tiny):
    tiny.path("prices").unlink()
    tiny.path("prices").mkdir()
    assert tiny.findings() == ["prices.csv: is a folder, which is not read. Put a file there."]


def test_large_file_is_refused_with_a_sentence(tiny, monkeypatch):
    monkeypatch.setattr(read, "MOST_BYTES", 1_000_000)
    tiny.path("prices").write_text("offer,period,unit_price_usd\n" + "#" * 2_000_000)
    assert tiny.findings() == [
        "prices.csv: has more than the 1 MB that are read. Split it, or leave out what changes nothing."
    ]


def test_many_rows_are_refused_with_a_sentence(tiny, monkeypatch):
    monkeypatch.setattr(sheet, "MOST_ROWS", 2)
    assert tiny.findings() == [
        "prices.csv: has more than 2 rows. Split the case, or leave out rows that change nothing."
    ]


@pytest.mark.parametrize("table", ["workloads", "demand", "accelerators", "throughput", "sites"])
def test_table_without_rows_is_a_fault(tiny, table):
    tiny.write(table, tiny.rows(table)[:1])
    assert any(f"{table}.csv: the table has no rows" in text for text in tiny.findings())


def test_plan_may_have_a_mark_and_another_encoding(tiny):
    path = tiny.folder / "plan.toml"
    path.write_bytes(b"\xff\xfe" + path.read_text().replace("\n", "\r\n").encode("utf-16-le"))
    assert tiny.read().case.settings.name == "tiny"


def test_start_may_be_a_number(tiny):
    tiny.change("plan start = 2027")
    assert tiny.read().case.settings.start == "2027"


def test_solver_settings_are_read(tiny):
    path = tiny.folder / "plan.toml"
    path.write_text(path.read_text() + '[solver]\nname = "scip"\ngap = 0.01\ntime_limit_s = 5\nthreads = 2\nseed = 3\n')
    solver = tiny.read().case.solver
    assert (solver.name, solver.gap, solver.time_limit_s, solver.threads, solver.seed) == ("scip", 0.01, 5.0, 2, 3)


def test_faults_of_solver_settings_carry_the_table(tiny):
    path = tiny.folder / "plan.toml"
    path.write_text(path.read_text() + "[solver]\ngab = 0.01\nseed = -1\n")
    assert tiny.findings() == [
        "plan.toml, solver.gab: is not a setting. Did you mean gap?",
        "plan.toml, solver.seed = -1: must be a whole number from 0 to 2,147,483,647. Use 0 or more.",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "hihgs",
            "is not a known solver. Did you mean highs? Use one of: native, scip, highs, cp_sat, gurobi, cbc,",
        ),
        ("glop", "solves continuous programs only, and a plan has integers. Use native, scip or highs."),
    ],
)
def test_solver_that_cannot_plan_is_a_fault_of_the_case(tiny, name, words):
    path = tiny.folder / "plan.toml"
    path.write_text(path.read_text() + f'[solver]\nname = "{name}"\n')
    (found,) = tiny.findings()
    assert found.startswith(f"plan.toml, solver.name = {name}: {words}")


@pytest.mark.parametrize(
    "text",
    [
        "periods = " + "9" * 5000,
        "periods = " + "9" * 400,
        "discount_rate = 1e999",
        "a = " + "[" * 3000,
        "\x00",
        "=",
        "é",
    ],
)
def test_monstrous_plans_are_faults(tiny, text):
    path = tiny.folder / "plan.toml"
    path.write_text(text + "\n", encoding="utf-8")
    assert tiny.findings()


def test_older_cases_are_migrated_by_pure_functions_one_after_another():
    log = FaultLog()
    old = RawCase({"schema_version": -1, "title": "x"}, {}, frozenset())
    steps = {
        -1: lambda raw: RawCase({**raw.plan, "name": raw.plan["title"]}, raw.sheets, raw.present),
        0: lambda raw: RawCase({key: raw.plan[key] for key in raw.plan if key != "title"}, raw.sheets, raw.present),
    }
    assert migrate(old, log, migrations=steps).plan == {"schema_version": 1, "name": "x"}
    assert old.plan == {"schema_version": -1, "title": "x"}
    assert log.faults == ()


def test_migration_stops_where_there_is_no_way():
    log = FaultLog()
    assert migrate(RawCase({"schema_version": -1}, {}, frozenset()), log, migrations={0: lambda raw: raw}) is None
    assert [fault.column for fault in log.faults] == ["schema_version"]


def test_today_there_is_nothing_to_migrate():
    assert dict(assemble.MIGRATIONS) == {}


def test_name_of_two_lines_is_a_fault(tiny):
    tiny.change('plan name = "a\\nb"')
    assert tiny.findings() == ["plan.toml, name = 'a\\nb': must be one line of at most 200 characters. Shorten it."]
