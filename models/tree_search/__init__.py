"""Branch and bound of our own: a program and linear programs in, a plan and a bound out.

It knows nothing of what the columns mean beyond a guide (`branching_guide`), and nothing of the code that solves its
linear programs beyond a protocol (`lp_protocol`). No bound is taken from that code: each is computed here from duals.

    search                    one search from start to end
    branch_and_bound          the node loop; `node_queue` the open nodes, `search_state` incumbent, bound and effort
    strong_branching          branching where linear programs are fast; `sos1_branching` where they are not
    primal_heuristics         when plans are looked for: `diving`, `local_search`, `fix_and_optimise`, `relax_and_fix`
    starting_plan             a first plan from a few linear programs, for a search that ends before it has one
    extended_formulation      sums and running totals to branch on; `bound_propagation` bounds that follow from rows
    reduced_lp                smaller linear programs answered for the whole one; `large_reduced_lp` for large ones,
                              with `aggregated_lp`, `column_substitution`, `column_aggregation` and `stock_chains`
    dual_bounds               what duals prove; `infeasibility` the rays that prove that there is no plan
"""
