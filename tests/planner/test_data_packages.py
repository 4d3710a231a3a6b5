"""Tables that other programs read: data packages that the public validator accepts, and Parquet without loss."""

from __future__ import annotations

import io
import json
import shutil
import sys
import warnings
from dataclasses import replace as dc_replace
from functools import cache

import pytest
from typer.testing import CliRunner

import planner
from models.checks.requirements import COLUMNS
from models.checks.scenario_distributions import CELLS
from models.checks.scenario_paths import FUTURES
from models.checks.worth_checks import BESIDE
from models.tables.column_descriptions import columns_of
from planner.case import read_case
from planner.case_conversion import convert, package_beside, package_of_folder, template_folder
from planner.cli.commands import app
from planner.errors import CaseFaults
from planner.files.run_folder import DATA_PACKAGE, MANIFEST
from planner.plan_request import Request
from planner.report_files import write_report
from planner.results.column_meanings import described_columns, meaning_of_column
from planner.results.loaded_run import read_run
from planner.results.table_meanings import meaning_of_table
from planner.runs import make_plan
from planner.show.live_progress import NoProgress
from planner.verification.written_runs import verify_run
from tests.case_folder import write_case
from tests.models.checks.plans_contracts import contracts_case
from tests.planner.studies.making import STUDIES, STUDY_TABLES
from tests.planner.tiny import INPUTS, SHIPPED, names_in, write_tiny

EVERY = {**COLUMNS, "futures": FUTURES, **CELLS, **BESIDE}
ODD = {
    # Names and remarks that formats like to change: a formula, a number with zeros in front, an empty-looking word.
    "offers": 'offer,accelerator,kind,lot_size,source,note\n\'=1+1,chip,buy,4,"a; b, ""c""",NA\n',
    "prices": "offer,period,unit_price_usd,source\n'=1+1,2027,100000,list of 2026\n",
    "sites": "site,power_mw,pue,electricity_usd_per_mwh\n00123,1,1,50\n",
}


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def faults_of(folder):
    """What the public validator finds in a package and in every row of its tables."""
    with warnings.catch_warnings():
        # It and its dependencies use what newer versions of Python and each other call old.
        warnings.simplefilter("ignore")
        import frictionless

        report = frictionless.validate(str(folder / DATA_PACKAGE))
        assert report.tasks or report.errors
        return [error.type for error in report.errors] + [
            f"{task.name} {error.type}: {error.message}" for task in report.tasks for error in task.errors
        ]


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    """Makes a run with its tables as Parquet by name, once: with odd names, over scenarios, or with contracts."""
    base = tmp_path_factory.mktemp("packages")

    @cache
    def made(name):
        if name == "contracts":
            case = contracts_case()
            write_case(dc_replace(case, commit_levels=case.commit_levels[:2]), base / name)
        else:
            write_tiny(base / name, **{"odd": ODD, "tree": STUDY_TABLES, "plain": {}}[name])
        request = Request(output=base / "runs" / name, parquet=name != "plain", gap=1e-3)
        return make_plan(base / name, request, NoProgress()).folder

    return made


RUNS = ["odd", *(pytest.param(name, marks=pytest.mark.slow) for name in ("tree", "contracts"))]


@pytest.mark.parametrize("name", RUNS)
def test_every_run_is_a_valid_data_package_of_its_tables_and_inputs(run_of, name):
    folder = run_of(name)
    assert faults_of(folder) == []
    package = json.loads((folder / DATA_PACKAGE).read_text(encoding="utf-8"))
    assert package["profile"] == "tabular-data-package"
    paths = {path.relative_to(folder).as_posix() for path in folder.glob("*/*.csv")}
    assert {resource["path"] for resource in package["resources"]} == paths
    assert DATA_PACKAGE in json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            assert field["title"]
            assert field["description"], (resource["name"], field["name"])
    schemas = {resource["name"]: resource["schema"] for resource in package["resources"]}
    keys = {
        (name, key["fields"][0]): key["reference"] for name in schemas for key in schemas[name].get("foreignKeys", ())
    }
    assert keys["arrivals", "offer"] == {"resource": "input_offers", "fields": ["offer"]}
    assert keys["input_prices", "offer"] == {"resource": "input_offers", "fields": ["offer"]}
    assert schemas["costs"]["primaryKey"][:3] == ["category", "line", "period"]
    (price,) = (field for field in schemas["input_prices"]["fields"] if field["name"] == "unit_price_usd")
    assert price["constraints"] == {"required": True, "minimum": 0}
    assert price["unit"].startswith("USD")


FAULTS = [
    ("tables/arrivals.csv", "chip_list,", "nobody,", "foreign-key"),
    ("tables/power.csv", "home,2028", "home,2027", "primary-key"),
    ("tables/fleet.csv", ",owned", ",lent", "constraint-error"),
    ("inputs/prices.csv", "100000", "many", "type-error"),
    ("inputs/sites.csv", "home,1,", "home,-1,", "constraint-error"),
    ("tables/orders.csv", "offer,", "offers,", "incorrect-label"),
]


@pytest.mark.parametrize(
    ("path", "old", "new", "fault"), [*FAULTS[:2], *(pytest.param(*one, marks=pytest.mark.slow) for one in FAULTS[2:])]
)
def test_the_package_says_enough_for_a_validator_to_find_what_is_wrong(run_of, tmp_path, path, old, new, fault):
    folder = shutil.copytree(run_of("plain"), tmp_path / "run")
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text, text
    (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(fault in found for found in faults_of(folder)), faults_of(folder)


def test_every_column_of_every_result_table_has_a_meaning_and_none_is_described_that_is_not_there():
    missing = [
        (table, column) for table in EVERY for column in EVERY[table] if meaning_of_column(table, column) is None
    ]
    assert missing == []
    assert [table for table in EVERY if not meaning_of_table(table)] == []
    known = {column for columns in EVERY.values() for column in columns} | {"node", "scenarios", "probability"}
    known |= {f"{table}.{column}" for table, columns in EVERY.items() for column in columns}
    assert described_columns() <= known
    ends = {"_musd": "USD million", "_mw": "MW"}
    for table, columns in EVERY.items():
        for column in columns:
            for end, unit in ends.items():
                assert not column.endswith(end) or meaning_of_column(table, column).unit == unit, (table, column)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_case_is_a_valid_data_package_that_is_current(name):
    """After a change: python -m tests.planner.test_data_packages writes them again, with what people wrote there."""
    folder = INPUTS / name
    assert (folder / DATA_PACKAGE).read_bytes() == package_of_folder(files_of(folder))
    package = json.loads((folder / DATA_PACKAGE).read_text(encoding="utf-8"))
    assert package["licenses"] == [{"name": "MIT", "title": "MIT License"}]
    assert package["sources"]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_the_validator_accepts_every_shipped_case(name):
    assert faults_of(INPUTS / name) == []


def test_a_case_keeps_what_people_wrote_in_its_package_and_reads_as_without_one(tmp_path):
    case = write_tiny(tmp_path / "tiny")
    before = read_case(case).case_hash
    words = {"licenses": [{"name": "CC-BY-4.0"}], "title": "Ours", "contributors": [{"title": "Ann"}], "resources": 7}
    (case / DATA_PACKAGE).write_text(json.dumps(words), encoding="utf-8")
    assert read_case(case).case_hash == before
    convert(case, tmp_path / "new", "quarter")
    package = json.loads((tmp_path / "new" / DATA_PACKAGE).read_text(encoding="utf-8"))
    assert {name: package[name] for name in ("licenses", "title", "contributors")} == {
        name: words[name] for name in ("licenses", "title", "contributors")
    }
    assert len(package["resources"]) == 8
    assert faults_of(tmp_path / "new") == []
    (case / DATA_PACKAGE).write_bytes(b"\xff no package")
    convert(case, tmp_path / "again")
    assert faults_of(tmp_path / "again") == []
    assert package_beside(tmp_path / "nowhere") == {}


@pytest.mark.slow
@pytest.mark.parametrize("clear", [True, False])
def test_a_template_is_a_valid_package(tmp_path, clear):
    files = template_folder(tmp_path / "new", only_required=False, clear=clear)
    assert DATA_PACKAGE in {path.name for path in files}
    assert faults_of(tmp_path / "new") == []


@pytest.mark.slow
def test_numbers_with_a_decimal_comma_and_comments_are_described_as_they_are_written(tmp_path):
    case = write_tiny(
        tmp_path / "tiny",
        prices="offer;period;unit_price_usd;note\n# euro habits;;;\nchip_list;2027;100000,5;x\n",
        sites="site,power_mw,pue,electricity_usd_per_mwh\nhome,1 000,1.25,50\n",
    )
    planner.read_case(case).write(tmp_path / "out")
    assert faults_of(tmp_path / "out") == []
    package = json.loads((tmp_path / "out" / DATA_PACKAGE).read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert resources["prices"]["dialect"] == {"delimiter": ";", "commentChar": "#"}
    fields = {field["name"]: field for field in resources["prices"]["schema"]["fields"]}
    assert (fields["unit_price_usd"]["type"], fields["unit_price_usd"]["decimalChar"]) == ("number", ",")
    fields = {field["name"]: field for field in resources["sites"]["schema"]["fields"]}
    assert (fields["power_mw"]["type"], fields["pue"]["type"]) == ("string", "number")


@pytest.mark.slow
def test_tables_with_periods_across_are_described_as_they_are_written(tmp_path):
    convert(write_tiny(tmp_path / "tiny"), tmp_path / "out", wide=True)
    assert faults_of(tmp_path / "out") == []
    package = json.loads((tmp_path / "out" / DATA_PACKAGE).read_text(encoding="utf-8"))
    schema = next(one["schema"] for one in package["resources"] if one["name"] == "budgets")
    types = {"budget": "string", "categories": "string", "2027": "number", "2028": "number"}
    assert {field["name"]: field["type"] for field in schema["fields"]} == types
    assert schema["primaryKey"] == ["budget"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tornado", "regret"])
def test_every_study_is_a_valid_data_package(tmp_path, monkeypatch, kind):
    write_tiny(tmp_path / "tiny", **STUDY_TABLES)
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, [kind, "tiny", *STUDIES[kind], "-o", "study"])
    assert ended.exit_code == 0, ended.output
    assert faults_of(tmp_path / "study") == []
    package = json.loads((tmp_path / "study" / DATA_PACKAGE).read_text(encoding="utf-8"))
    paths = {path.relative_to(tmp_path / "study").as_posix() for path in (tmp_path / "study").glob("*/*.csv")}
    assert {resource["path"] for resource in package["resources"]} == paths
    types = {field["type"] for resource in package["resources"] for field in resource["schema"]["fields"]}
    assert {"number", "string"} <= types


def test_a_changed_package_of_a_run_is_found(run_of, tmp_path):
    folder = shutil.copytree(run_of("odd"), tmp_path / "run")
    (folder / DATA_PACKAGE).write_text("{}", encoding="utf-8")
    assert any(DATA_PACKAGE in finding for finding in verify_run(folder).findings)


# Parquet.


def expected_cells(table):
    """The cells of a result table by column."""
    return {name: [row[at] for row in table.rows] for at, name in enumerate(table.columns)}


def same(found, wanted):
    """Whether cells are the same in their order: text as text, a blank as nothing, 0 as 0, doubles to the last bit."""
    if wanted is None or (wanted == "" and not isinstance(found, str)):
        return found is None
    if isinstance(wanted, str) or isinstance(found, str):
        return found == str(wanted)
    return float(found) == float(wanted) and isinstance(found, int | float)


def by_pandas(path):
    import pandas

    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    return {name: [None if pandas.isna(cell) else cell for cell in frame[name].tolist()] for name in frame.columns}


def by_polars(path):
    import polars

    return polars.read_parquet(path).to_dict(as_series=False)


def by_duckdb(path):
    import duckdb

    with duckdb.connect() as session:
        found = session.execute(f"SELECT * FROM read_parquet('{path}')")
        names, rows = [column[0] for column in found.description], found.fetchall()
        return {name: [row[at] for row in rows] for at, name in enumerate(names)}


@pytest.mark.parametrize("read", [by_pandas, by_polars, by_duckdb])
@pytest.mark.parametrize("name", RUNS)
def test_parquet_is_read_back_without_loss(run_of, name, read):
    loaded = read_run(run_of(name))
    blanks, zeros, texts = 0, 0, set()
    for table in loaded.tables.values():
        found, wanted = read(run_of(name) / "parquet" / f"{table.name}.parquet"), expected_cells(table)
        assert list(found) == list(table.columns)
        for column in table.columns:
            assert len(found[column]) == len(wanted[column])
            assert all(map(same, found[column], wanted[column])), (table.name, column)
            blanks += found[column].count(None)
            zeros += sum(1 for cell in found[column] if cell == 0 and not isinstance(cell, str))
            texts |= {cell for cell in found[column] if isinstance(cell, str)}
    assert blanks
    assert zeros
    if name == "odd":
        assert {"=1+1", "00123"} <= texts


@pytest.mark.slow
@pytest.mark.parametrize("read", [by_pandas, by_polars, by_duckdb])
def test_inputs_are_in_parquet_as_they_were_read(run_of, read):
    case = read_run(run_of("contracts")).case
    for table in ("offers", "prices", "open_leases", "commit_levels"):
        found = read(run_of("contracts") / "parquet" / f"input_{table}.parquet")
        rows = getattr(case, table)
        for column in columns_of(type(rows[0])):
            wanted = [getattr(row, column) for row in rows]
            wanted = [";".join(cell) if isinstance(cell, tuple) else cell for cell in wanted]
            assert all(map(same, found[column], wanted)), (table, column)


def test_units_meanings_and_sources_are_in_the_metadata(run_of):
    from pyarrow import parquet

    schema = parquet.read_schema(run_of("odd") / "parquet" / "costs.parquet")
    assert schema.field("musd").metadata[b"unit"] == b"USD million"
    assert schema.field("musd").metadata[b"description"]
    assert b"run odd" in schema.field("musd").metadata[b"sources"]
    assert schema.metadata[b"case_hash"].decode() == read_case(run_of("odd") / "inputs").case_hash
    assert json.loads(schema.metadata[b"primary_key"]) == ["category", "line", "period"]
    prices = parquet.read_schema(run_of("odd") / "parquet" / "input_prices.parquet")
    assert json.loads(prices.field("unit_price_usd").metadata[b"sources"]) == ["list of 2026"]
    assert prices.field("unit_price_usd").metadata[b"unit"].startswith(b"USD")
    assert str(schema.field("period").type) == "string"


@pytest.mark.slow
def test_the_types_of_a_column_do_not_depend_on_its_cells(run_of):
    from pyarrow import parquet

    for path in (run_of("odd") / "parquet").glob("*.parquet"):
        other = run_of("contracts") / "parquet" / path.name
        if other.exists():
            assert parquet.read_schema(path).types == parquet.read_schema(other).types, path.name


def test_parquet_of_a_run_is_verified_and_written_again_by_report(run_of, tmp_path):
    from pyarrow import parquet

    folder = shutil.copytree(run_of("odd"), tmp_path / "run")
    assert verify_run(folder).passed
    written = write_report(folder, tmp_path / "out", parquet=True)
    assert {path.name for path in written} >= {"costs.parquet", "input_offers.parquet", "plan.xlsx"}
    path = folder / "parquet" / "costs.parquet"
    table = parquet.read_table(path)
    stream = io.BytesIO()
    parquet.write_table(table.slice(1), stream)
    forged = stream.getvalue()
    for data, words in ((forged, "it differs from what the other files"), (b"PAR1", "cannot be read as Parquet")):
        path.write_bytes(data)
        mend(folder, "parquet/costs.parquet", data)
        assert any(words in finding for finding in verify_run(folder).findings), verify_run(folder).findings


def mend(folder, name, data):
    """Makes the manifest list the hash of other bytes."""
    import hashlib

    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256(data).hexdigest()
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def test_without_the_library_it_says_what_to_install_before_the_search(run_of, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    case = write_tiny(tmp_path / "tiny")
    for asks in (
        lambda: make_plan(case, Request(output=tmp_path / "run", parquet=True), NoProgress()),
        lambda: write_report(run_of("odd"), tmp_path / "out", parquet=True),
    ):
        with pytest.raises(CaseFaults, match=r"needs pyarrow, which is not installed\. Install it: pip"):
            asks()
    assert names_in(tmp_path) == ["tiny"]
    verdict = verify_run(run_of("odd"))
    assert verdict.passed
    assert any("pyarrow is not installed" in note for note in verdict.notes)


def test_a_case_is_converted_to_parquet_beside_its_tables(tmp_path):
    case = write_tiny(tmp_path / "tiny", **ODD)
    convert(case, tmp_path / "out", parquet=True)
    assert by_polars(tmp_path / "out" / "parquet" / "offers.parquet")["offer"] == ["=1+1"]
    assert read_case(tmp_path / "out").case_hash == read_case(case).case_hash
    with pytest.raises(CaseFaults, match="--parquet: is for a folder"):
        convert(case, tmp_path / "out.xlsx", parquet=True)


def test_plans_are_written_with_parquet_from_python(tmp_path):
    plan = planner.plan(planner.read_case(write_tiny(tmp_path / "tiny")))
    folder = plan.write(tmp_path / "run", parquet=True)
    assert by_polars(folder / "parquet" / "orders.parquet")["units"] == [12.0]


if __name__ == "__main__":
    for case in SHIPPED:
        (INPUTS / case / DATA_PACKAGE).write_bytes(package_of_folder(files_of(INPUTS / case)))
