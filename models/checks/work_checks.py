"""Queries: who works on them, where, how much, and what stays unserved."""

from __future__ import annotations

from models.checks.evidence import Evidence
from models.checks.plan_check import compares
from models.checks.report import Recorder


@compares("assignments.qps active.units")
def work_within_active(plan: Evidence, record: Recorder) -> None:
    """Σ_w assign[g,s,w,n] / rate[g,w,t] ≤ utilisation · active[g,s,n]; no rate, no work."""
    busy: dict[tuple[str, str, int], float] = {}
    for (accelerator, site, workload, t), qps in plan.assignments.items():
        rates = plan.facts.rates.get((accelerator, workload))
        if rates is None:
            record.equal(qps, 0.0, (accelerator, site, workload, plan.labels[t]), "work without a rate, queries/s")
        else:
            key = (accelerator, site, t)
            busy[key] = busy.get(key, 0.0) + qps / rates[t]
    for (accelerator, site, t), units in busy.items():
        usable = plan.facts.accelerators[accelerator].utilisation * plan.active.get((accelerator, site, t), 0.0)
        record.at_most(units, usable, (accelerator, site, plan.labels[t]), "busy units")


@compares("assignments.qps")
def workload_sites(plan: Evidence, record: Recorder) -> None:
    """assign[g,s,w,n] > 0 only at the sites that may serve w."""
    for (accelerator, site, workload, t), qps in plan.assignments.items():
        allowed = plan.facts.workloads[workload].sites
        if allowed and site not in allowed:
            record.equal(
                qps, 0.0, (accelerator, site, workload, plan.labels[t]), "work at a site that may not, queries/s"
            )
        else:
            record.checked[record.requirement] += 1


def assigned(plan: Evidence) -> dict[tuple[str, int], float]:
    """Returns assigned queries/s at peak by workload and period."""
    found: dict[tuple[str, int], float] = {}
    for (_, _, workload, t), qps in plan.assignments.items():
        found[workload, t] = found.get((workload, t), 0.0) + qps
    return found


@compares("assignments.qps service.unserved_qps")
def demand_balance(plan: Evidence, record: Recorder) -> None:
    """Σ assign + unserved = demand, for each workload and period."""
    served = assigned(plan)
    for workload, demand in plan.facts.demand.items():
        for t, asked in enumerate(demand):
            unserved = plan.service.get((workload, t), (0.0, 0.0, 0.0))[2]
            total = served.get((workload, t), 0.0) + unserved
            record.equal(total, asked, (workload, plan.labels[t]), "served and unserved queries/s")


@compares("service.unserved_qps")
def minimum_service(plan: Evidence, record: Recorder) -> None:
    """unserved[w,n] ≤ (1 − minimum service) · demand[w,n]."""
    for (workload, t), (_, _, unserved) in plan.service.items():
        most = (1.0 - plan.facts.workloads[workload].min_service) * plan.facts.demand[workload][t]
        scale = plan.facts.demand[workload][t]
        record.at_most(unserved, most, (workload, plan.labels[t]), "unserved queries/s", scale)
