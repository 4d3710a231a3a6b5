"""Sites as numbers: what power they have, and what electricity costs there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.case import Case
from models.data.series import series
from models.frame import Frame
from models.program import Floats


@dataclass(frozen=True, eq=False)
class SiteData:
    """By (site, node)."""

    power: Floats
    """MW of facility power, without modules; 0 where there is no limit."""
    is_limited: np.ndarray
    share: Floats
    """What of the power, modules included, can be used."""
    electricity: Floats
    """USD per MWh."""


def places_of(frame: Frame) -> SiteData:
    """Returns the numbers of all sites.

    Raises:
        ModelError: the futures of a tree differ before they are revealed.
    """
    power = at_sites(frame, "power_mw")
    return SiteData(
        power=np.nan_to_num(power),
        is_limited=~np.isnan(power),
        share=np.where(np.isnan(power), 1.0, at_sites(frame, "available_share")),
        electricity=at_sites(frame, "electricity_usd_per_mwh"),
    )


def at_sites(frame: Frame, column: str) -> Floats:
    """Returns (site, node) of a column of `site_series`, as in `sites` where it has none; NaN where that is blank.

    Raises:
        ModelError: the futures of a tree differ before they are revealed.
    """
    return frame.by_node(lambda case: _series(frame, case, column))


def _series(frame: Frame, case: Case, column: str) -> Floats:
    """(site, period) of a column of `site_series`, as in `sites` where it has none; NaN for no limit."""
    found = []
    for site in case.sites:
        # The whole of an available site is available unless a row says otherwise.
        usual = 1.0 if column == "available_share" else getattr(site, column)
        usual = np.nan if usual is None else usual
        given = [(row.period, getattr(row, column)) for row in case.site_series if row.site == site.site]
        values = series(frame.calendar, [(label, usual if value is None else value) for label, value in given])
        before = series(frame.calendar, [(label, 0.0) for label, _ in given])
        found.append(np.where(np.isnan(before), usual, values))
    return np.array(found, dtype=float).reshape(len(found), frame.calendar.count)
