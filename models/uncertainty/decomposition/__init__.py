"""Plans over wide scenario trees by decomposition: one program for each path, and multipliers that tie them together.

The columns of nodes that several paths share are copied for each path. That the copies are equal (non-anticipativity)
is relaxed with multipliers; what the paths cost at least is then a bound of the tree's cost, whatever the multipliers
are (Lagrangian or dual decomposition: Rockafellar and Wets 1991, Carøe and Schultz 1999). A plan comes from a reduced
tree of a few representative paths: the decisions that its paths share are held, and each path is solved by itself.

    path_programs     the programs of the paths, made one at a time, and which of their columns are shared
    path_store        programs that differ in little, kept as differences
    merged_program    the program of some paths together, and how its duals are parted among them
    multipliers       multipliers of the shared columns
    batches           which paths are solved together to improve multipliers (block-coordinate ascent)
    representatives   a few paths that stand for all
    path_tasks        what is solved for one path after another, by any engine of a pool
    dual_ascent       from paths alone to multipliers
    tree_plan         from representatives to a plan of the whole tree; `exact_paths` makes it exact
    tree_columns      where the columns of paths are in the program of the whole tree
    decomposed        the search as a whole
"""
