"""What users see is what was kept; `python -m tests.planner.frozen --update` accepts a change."""

import pytest

from tests.planner.frozen.answers import UPDATE
from tests.planner.frozen.differences import differences
from tests.planner.frozen.normalised import normalised
from tests.planner.frozen.subjects import SEEN, SUBJECTS, kept, seen_of


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_users_see_is_what_was_kept(subject, tmp_path):
    seen = seen_of(subject, tmp_path)
    found = {name: differences(kept(subject, name), text) for name, text in seen.items()}
    told = [line for name, lines in found.items() if lines for line in (f"{subject}/{name}:", *lines)]
    accept = f"If that is meant: {UPDATE} {subject}"
    assert not told, "\n".join(["What users see has changed (- kept, + now).", *told, accept])
    assert {path.name for path in (SEEN / subject).iterdir()} == seen.keys()


def test_every_kept_folder_is_of_a_subject():
    assert {path.name for path in SEEN.iterdir()} == set(SUBJECTS)


@pytest.mark.parametrize(
    ("kept_line", "seen_line"),
    [
        ("Cost 34,645.5", "Cost 34,645.6"),
        ("F7\t=SUM(F8:F9)\t10\t[0.0]", "F7\t=SUM(F8:F9)\t10\t[0.00]"),
        ("F7\t=SUM(F8:F9)\t10", "F7\t=SUM(F8:F10)\t10"),
        ("F7\t1.5", "F7\t−1.5"),
        ("Buy 4 chips", "Buy 4 Chips"),
        ("a line", ""),
        ("", "a line"),
    ],
)
def test_a_change_is_told_with_both_lines(kept_line, seen_line):
    told = "\n".join(differences(f"above\n{kept_line}\nbelow", f"above\n{seen_line}\nbelow"))
    assert kept_line in told
    assert seen_line in told
    assert "above" not in told


def test_other_order_and_missing_lines_are_changes_and_noise_is_none():
    assert differences("a 1\nb 2\n", "b 2\na 1\n")
    assert differences("a 1\nb 2\n", "a 1\n") == ["- line 2: b 2"]
    assert differences("cell 0.123456789012 | 3e-14\n", "cell 0.123456789013 | -2e-13\n") == []
    assert differences("cell 1.0000001\n", "cell 1.0000002\n")


def test_only_what_varies_is_normalised(tmp_path):
    said = f"Files {tmp_path}/run, fleetplan 0.1.0, numpy 2.4.6, highs 1.2, hash {'0a' * 32}, 1,200 units, 0.5 s"
    told = "Files <folder>/run, fleetplan <version>, numpy <version>, highs 1.2, hash <hash>, 1,200 units, 0.5 s"
    assert normalised(said, tmp_path) == told
