"""Changes to a case of the project in lines: the same that a person makes in a spreadsheet."""

import csv
import shutil
from pathlib import Path

INPUTS = Path(__file__).parents[3] / "inputs"


def edited(folder, name, changes):
    """Copies a case into a folder and changes cells in it; `offers h100_cloud kind = buy` where a key cell is that.

    `prices h100_cloud unit_price_usd *= 0.001` multiplies, `demand * …` changes all rows; a key may hold `;` for
    the first key columns of a row, as in `throughput h100;chat`.
    """
    shutil.copytree(INPUTS / name if isinstance(name, str) else name, folder, dirs_exist_ok=True)
    for line in filter(None, map(str.strip, changes.splitlines())):
        place, value = line.split(" = ") if " = " in line else line.split(" *= ")
        table, key, column = place.split()
        path = folder / f"{table}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        wanted = key.split(";")
        hit = [row for row in rows if key == "*" or wanted == list(row.values())[: len(wanted)]]
        assert hit, line
        for row in hit:
            if " *= " not in line:
                row[column] = value
            elif row.get(column):
                row[column] = repr(float(row[column]) * float(value))
        fields = list(rows[0]) if column in rows[0] else [*rows[0], column]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fields, restval="")
            writer.writeheader()
            writer.writerows(rows)
    return folder
