"""The ladder of cases, from mid-size by year to frontier-lab by month with more of everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.build import build
from models.tree import branching
from planner.case import read_case
from tests.benchmarks import scaling
from tests.case_folder import write_case

ROOT = Path(__file__).resolve().parents[2]
INPUTS = ROOT / "inputs"
SEED = 20260101
GAP = 0.001
MONTHLY_GAP = 0.005


@dataclass(frozen=True)
class Rung:
    """One case of the ladder: what it is made from and how many times as much it has of each thing.

    `gap` is the relative gap that is asked for; `for_rivals`: rivals solve it on a full run.
    """

    name: str
    base: str = "frontier-lab"
    period: str = "year"
    offers: int = 1
    sites: int = 1
    workloads: int = 1
    futures: int = 1
    gap: float = GAP
    for_rivals: bool = False

    @property
    def is_original(self):
        """True for a case that is taken from the inputs as it stands."""
        return (self.period, self.offers, self.sites, self.workloads) == ("year", 1, 1, 1)


LADDER = (
    Rung("mid-year", base="mid-size", for_rivals=True),
    Rung("mid-half", base="mid-size", period="half"),
    Rung("mid-quarter", base="mid-size", period="quarter"),
    Rung("mid-month", base="mid-size", period="month"),
    Rung("lab-year", for_rivals=True),
    Rung("lab-half", period="half"),
    Rung("lab-quarter", period="quarter"),
    Rung("lab-month", period="month", gap=MONTHLY_GAP),
    Rung("lab-offers-2", offers=2),
    Rung("lab-offers-4", offers=4),
    Rung("lab-sites-2", sites=2),
    Rung("lab-sites-4", sites=4),
    Rung("lab-workloads-2", workloads=2),
    Rung("lab-workloads-4", workloads=4),
    Rung("lab-futures-2", futures=2),
    Rung("lab-futures-4", futures=4),
    Rung("lab-futures-8", futures=8),
    Rung("lab-quarter-all-2", period="quarter", offers=2, sites=2, workloads=2, gap=MONTHLY_GAP),
    Rung("lab-month-all-2", period="month", offers=2, sites=2, workloads=2, gap=MONTHLY_GAP),
)
NAMES = tuple(rung.name for rung in LADDER)


def rung_of(name):
    """The rung of a name; raises ValueError for a name that is none."""
    for rung in LADDER:
        if rung.name == name:
            return rung
    msg = f"there is no rung '{name}'; there are {', '.join(NAMES)}"
    raise ValueError(msg)


def case_of(rung, seed=SEED):
    """The case of a rung, without its futures."""
    case = read_case(INPUTS / rung.base).case
    if rung.is_original:
        return case
    case = scaling.finer(scaling.certain(case), rung.period)
    case = scaling.more_offers(case, rung.offers, seed)
    case = scaling.more_sites(case, rung.sites, seed)
    return scaling.more_workloads(case, rung.workloads, seed)


def folder_of(rung, within, seed=SEED):
    """The folder with the files of a rung's case: that of the inputs, or one written below `within`."""
    if rung.is_original:
        return INPUTS / rung.base
    folder = within / f"{rung.name}-{seed}"
    if not (folder / "plan.toml").exists():
        write_case(case_of(rung, seed), folder)
    return folder


def model_of(case, futures=1, seed=SEED):
    """The model of a case, or of a tree with this many futures."""
    if futures == 1:
        return build(case)
    found = scaling.futures_of(case, futures, seed)
    periods = scaling.calendar_of(case).count
    return build(case, futures=found.cases, tree=branching(periods, found.probability, found.revealed))
