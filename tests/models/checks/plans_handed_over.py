"""A plan made from an earlier one: rates and prices as of an earlier start, and an old cohort."""

import dataclasses

from models.tables.holding_rows import OpeningFleet, OpenLease


def handed_over(case, decisions):
    """Rates as of 2026 and prices as of 2025; a cohort whose life ends within a period; leases that run.

    One ends with a period, one within another, one after the horizon.
    """
    throughput = tuple(
        dataclasses.replace(row, as_of="2026-10") if row.software_gain_per_year else row for row in case.throughput
    )
    companies = tuple(dataclasses.replace(row, as_of="2025H2") for row in case.acquisitions)
    machines = {row.accelerator: row for row in case.accelerators}
    life = machines["alpha"].life_years * 12
    # It is left with a half year and two months, which is one period of a half year.
    month = 2027 * 12 + 8 - round(life)
    since = f"{month // 12}-{month % 12 + 1:02d}"
    cohort = OpeningFleet(accelerator="alpha", site="south", units=3.0, in_service_since=since)
    fleet = (*case.opening_fleet, cohort)
    given = (
        ("rented", "beta", "north", 12.0, 6000.0, "2028"),
        ("cloud until spring", "alpha", "cloud", 7.5, 9000.0, "2029-03"),
        ("long", "beta", "cloud", 4.0, 500.0, "2045"),
    )
    columns = ("lease", "accelerator", "site", "units", "rent_usd_per_unit_per_year", "ends")
    leases = tuple(OpenLease(**dict(zip(columns, row, strict=True))) for row in given)
    changed = {"throughput": throughput, "acquisitions": companies, "opening_fleet": fleet, "open_leases": leases}
    return dataclasses.replace(case, **changed), decisions
