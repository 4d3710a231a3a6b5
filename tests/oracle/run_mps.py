"""Solves an MPS file with SCIP or HiGHS of OR-Tools and prints the result as JSON; runs as a script of its own."""

from __future__ import annotations

import datetime
import json
import sys
import time

from ortools.linear_solver.python import model_builder
from ortools.math_opt.python import mathopt


def read(path):
    """The model of an MPS file, and its variables by name."""
    builder = model_builder.Model()
    if not builder.import_from_mps_file(path):
        message = f"not an MPS file: {path}"
        raise ValueError(message)
    source = builder.export_to_proto()
    model = mathopt.Model()
    variables = [
        model.add_variable(lb=row.lower_bound, ub=row.upper_bound, is_integer=row.is_integer, name=row.name)
        for row in source.variable
    ]
    for row in source.constraint:
        constraint = model.add_linear_constraint(lb=row.lower_bound, ub=row.upper_bound)
        for column, value in zip(row.var_index, row.coefficient, strict=True):
            constraint.set_coefficient(variables[column], value)
    model.objective.is_maximize = source.maximize
    model.objective.offset = source.objective_offset
    for variable, row in zip(variables, source.variable, strict=True):
        model.objective.set_linear_coefficient(variable, row.objective_coefficient)
    return model, variables


def solve(path, solver, gap, time_limit):
    """Status, objective, bound, values and seconds."""
    began = time.perf_counter()
    model, variables = read(path)
    ready = time.perf_counter()
    parameters = mathopt.SolveParameters(
        time_limit=datetime.timedelta(seconds=time_limit), relative_gap_tolerance=gap, absolute_gap_tolerance=0.0
    )
    engine = mathopt.SolverType.HIGHS
    if solver == "scip":
        engine = mathopt.SolverType.GSCIP
        parameters.gscip.real_params["numerics/feastol"] = 1e-9
    result = mathopt.solve(model, engine, params=parameters)
    found = {
        "status": result.termination.reason.name.lower().replace("no_solution_found", "nothing found"),
        "objective": None,
        "bound": result.termination.objective_bounds.dual_bound,
        "values": {},
        "read": ready - began,
        "solve": time.perf_counter() - ready,
    }
    if result.has_primal_feasible_solution():
        found["objective"] = result.objective_value()
        found["values"] = {variable.name: result.variable_values(variable) for variable in variables}
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(solve(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))))
