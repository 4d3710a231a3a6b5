"""The workbook behind a native chart, in which text stays text. Imported where a chart is made, not before."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import xlsxwriter
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.chart.xlsx import CategoryWorkbookWriter, XyWorkbookWriter

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FIXED_DATE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


@contextmanager
def _worksheet(xlsx_file: IO[bytes]) -> Iterator[tuple[Any, Any]]:
    # The library's own writers turn a name such as `=1+1` into a live formula, and an address into a link.
    book = xlsxwriter.Workbook(xlsx_file, _OPTIONS)
    book.set_properties({"created": _FIXED_DATE})
    yield book, book.add_worksheet()
    book.close()


class _Writer(CategoryWorkbookWriter):
    @contextmanager
    def _open_worksheet(self, xlsx_file: IO[bytes]) -> Iterator[tuple[Any, Any]]:
        with _worksheet(xlsx_file) as opened:
            yield opened


class _PointWriter(XyWorkbookWriter):
    @contextmanager
    def _open_worksheet(self, xlsx_file: IO[bytes]) -> Iterator[tuple[Any, Any]]:
        with _worksheet(xlsx_file) as opened:
            yield opened


class ChartData(CategoryChartData):
    """Categories and series of a chart, whose workbook holds no formula and no link."""

    @property
    def _workbook_writer(self) -> Any:  # noqa: ANN401
        made: Any = _Writer
        return made(self)


class PointData(XyChartData):
    """Series of points of a chart, whose workbook holds no formula and no link."""

    @property
    def _workbook_writer(self) -> Any:  # noqa: ANN401
        made: Any = _PointWriter
        return made(self)
