"""Tables whose file already says what its columns are."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute  # casts look for it, and after the lock-down it would not be found

from layers.intake import raw, readers
from layers.intake.readers.nesting import refuse_deep_wkb


def stream(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    geometry: str | None,
    crs: str | None,
    sheet: str | None = None,
    encoding: str | None = None,
    notes: tuple[raw.Note, ...] = (),
) -> readers.TableStream:
    """The table on its way to the parent: ``geometry`` in front as WKB, the records numbered from 1.

    A ``geometry`` that is no column of ``schema`` (GDAL leaves out one that no row has) is null in every record.
    Dictionaries are spelled out. Nested and binary columns are no attributes and are left out.
    """
    kept = [i for i, column in enumerate(schema) if column.name != geometry and _is_plain(column.type)]
    fields = [pa.field(schema.field(i).name, _plain(schema.field(i).type)) for i in kept]
    leading = map(pa.field, readers.LEADING, (pa.int64(), pa.null(), pa.null(), pa.binary() if geometry else pa.null()))
    target = pa.schema([*leading, *fields])
    position = schema.get_field_index(geometry) if geometry else None
    return readers.TableStream(
        schema=target,
        batches=_converted(batches, target, kept, position),
        typed=True,
        sheet=sheet,
        crs=crs,
        encoding=encoding,
        notes=notes,
    )


def _value(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):  # a column of texts and numbers comes as JSON
        kind = kind.storage_type
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_plain(kind: pa.DataType) -> bool:
    value = _value(kind)
    return bool(pa.types.is_primitive(value) or pa.types.is_decimal(value) or _plain(value) == pa.string())


def _plain(kind: pa.DataType) -> pa.DataType:
    value = _value(kind)
    text = pa.types.is_string(value) or pa.types.is_large_string(value) or pa.types.is_string_view(value)
    return pa.string() if text else value


def _converted(
    batches: Iterable[pa.RecordBatch], target: pa.Schema, positions: list[int], geometry: int | None
) -> Iterator[pa.RecordBatch]:
    row = 1
    for batch in batches:
        count = batch.num_rows
        wkb = pa.nulls(count, target.field(len(readers.LEADING) - 1).type)
        if geometry is not None and geometry >= 0:
            wkb = _storage(batch.column(geometry)).cast(pa.binary())
            refuse_deep_wkb(wkb)
        columns = [
            _storage(batch.column(i)).cast(target.field(len(readers.LEADING) + n).type) for n, i in enumerate(positions)
        ]
        numbers, none = pa.arange(row, row + count), pa.nulls(count)
        yield pa.RecordBatch.from_arrays([numbers, none, none, wkb, *columns], schema=target)
        row += count


def _storage(column: pa.Array) -> pa.Array:
    return column.storage if isinstance(column, pa.ExtensionArray) else column
