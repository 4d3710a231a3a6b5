"""Labels in cells: read as they stand, or refused with the label that was meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calendar import parse_label, parse_span
from planner.case.labels import read_label, read_span
from planner.case.nearest_name import nearest, other_writing, twin_form
from planner.case.text import UnreadableError, trim


@pytest.mark.parametrize("label", ["2027", "2027H1", "2027Q3", "2027-07"])
def test_label_is_read_as_it_stands(label):
    assert read_label(label) == label


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("2027H3", "Write one of these forms."),
        ("H2 2027", "Use 2027H2."),
        ("2027/7", "Use 2027-07."),
        ("07/2027", "Use 2027-07."),
        ("2027.07.15", "Use 2027-07, and format the column as text."),
        ("31/12/2027", "Use 2027-12, and format the column as text."),
        ("12/31/2027", "Use 2027-12, and format the column as text."),
        ("99/99/2027", "Use a label such as 2027-07, and format the column as text."),
        ("2027-99-01", "Use a label such as 2027-07, and format the column as text."),
        ("Sept 2027", "Use 2027-09, and format the column as text."),
        ("1-Mar-27", "Use 2027-03, and format the column as text."),
        ("2027,0", "Use 2027."),
        ("12345", "Write one of these forms."),
    ],
)
def test_label_in_another_form_is_refused_with_what_is_meant(text, remedy):
    with pytest.raises(UnreadableError) as caught:
        read_label(text)
    assert caught.value.remedy == remedy


@pytest.mark.parametrize("text", ["2027", "2027..2029", "2027Q3..2028Q2", "2027 .. 2028"])
def test_span_is_read_without_inner_spaces(text):
    assert read_span(text) == text.replace(" ", "")


@pytest.mark.parametrize(
    "text", ["2027..", "..2027", "2027..2028..2029", "2028..2027", "2027 to 2029", "2027:2029", ""]
)
def test_span_in_another_form_is_refused(text):
    with pytest.raises(UnreadableError):
        read_span(text)


@given(st.text(max_size=16))
@settings(max_examples=500, derandomize=True)
def test_any_text_is_a_label_or_refused(text):
    for convert, parse in ((read_label, parse_label), (read_span, parse_span)):
        refusal = None
        try:
            parse(convert(text))
        except UnreadableError as error:
            refusal = error
        assert refusal is None or (refusal.expected and refusal.remedy.endswith("."))


@given(st.text(alphabet="0123456789-/.:QHqhFYjanfeb ", max_size=12))
@settings(max_examples=500, derandomize=True)
def test_texts_near_a_label_are_labels_or_refused(text):
    for convert in (read_label, read_span):
        refusal = None
        try:
            convert(text)
        except UnreadableError as error:
            refusal = error
        assert refusal is None or refusal.remedy.endswith(".")


def test_nearest_prefers_other_writings_over_close_spellings():
    assert nearest("GPU_A", ["gpu-b", "gpu-a"]) == "gpu-a"
    assert nearest("gpu–a", ["gpu-b", "gpu-a"]) == "gpu-a"
    assert nearest("a", []) == ""


@given(st.text(max_size=20))
@settings(max_examples=300, derandomize=True)
def test_plain_writing_is_printable_and_stable(text):
    plain = other_writing(trim(text))
    assert plain.isprintable()
    assert twin_form(plain) == twin_form(other_writing(plain))
