"""Every line of docs/python.md runs, in order, and says what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "python.md"


def test_every_block_of_the_page_runs(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) > 7
    before = set(Path("outputs").rglob("*"))
    names: dict = {"scratch": tmp_path}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    assert "must be a whole number of at least 1" in names["reason"]
    assert (
        names["case"].tables["demand"]["queries_per_day_million"].sum()
        < names["demand"]["queries_per_day_million"].sum()
    )
    assert names["plan"].gap <= 0.001 * (1 + 1e-9)
    assert names["again"].verify() == ()
    assert names["again"].objective_musd == names["plan"].objective_musd
    assert names["runs"]["net_present_cost"].tolist() == [pytest.approx(names["plan"].objective_musd)]
    assert "true difference lies between" in names["difference"].headlines[0]
    assert set(names["by_vendor"].index) >= {"nvidia"}
    assert capfd.readouterr().out == ""
    assert set(Path("outputs").rglob("*")) == before
