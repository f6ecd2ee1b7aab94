"""One table as it stands in a stranger's file: read, not yet understood."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

#: what a reader may say of records or of its file; "bad_quotes" refuses its rows, the others are warnings
NOTES = ("bad_quotes", "text_cut", "part_not_read")


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a reader noticed. ``rows`` are numbers of records as in ``RawTable.rows``; none: the whole file."""

    kind: str
    sentence: str
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """A sheet, a text file or a vector layer, before any heading, datum or value is interpreted.

    A grid (``typed`` False: workbook, csv, HTML table) has columns c0, c1 ... of nullable strings and holds every row,
    titles and headings too; blank rows stand between filled ones, unless over 100 follow each other, and never at the
    end: ``rows`` is what counts. Cells are canonical text: days "2016-05-03", moments "2016-05-03T14:05:00", times of
    day "14:05:00" (the workbook's 1900 or 1904 system resolved), whole floats without ".0", other floats by repr,
    booleans "TRUE" and "FALSE", errors as they show ("#REF!"; "#N/A" for a formula never calculated), an empty cell
    null, text exactly as typed.

    A typed table (GeoPackage, GeoJSON, shapefile, KML, Parquet) has the file's own columns and types; nested and binary
    columns are left out.
    """

    #: workbook sheet or vector layer; None for text files
    sheet: str | None
    table: pa.Table
    #: number of each record: the sheet row as Excel shows it, the csv record, the feature, each counted from 1
    rows: np.typing.NDArray[np.int64]
    #: physical line on which each record starts; text files only
    lines: np.typing.NDArray[np.int64] | None = None
    #: columns of a sheet, under their names in ``table``, whose cells show other texts than the numbers they hold
    numbers: pa.Table | None = None
    #: how many cells each record was written with, empty ones too; separated text only
    cells: np.typing.NDArray[np.int64] | None = None
    typed: bool
    #: geometry of each record of a typed table, null where it has none
    wkb: pa.BinaryArray | None = None
    #: "EPSG:4490", or WKT or PROJJSON text, as the file states it (GeoJSON and KML by being that), else None
    crs: str | None = None
    #: merged cells of a sheet, 0-based and inclusive into ``table``: (first_row, first_col, last_row, last_col)
    merged: tuple[tuple[int, int, int, int], ...] = ()
    #: encoding of a text file or of a shapefile's dbf
    encoding: str | None = None
    #: the workbook counts days from 1904: for bare numbers in a column of days (formatted ones are resolved)
    date1904: bool = False
    #: what the reader noticed
    notes: tuple[Note, ...] = ()
    #: the bytes in hex of headings that a dbf may have cut, by name
    cut: dict[str, str] = field(default_factory=dict)
    #: a second name of a column, by the first
    also: dict[str, str] = field(default_factory=dict)
