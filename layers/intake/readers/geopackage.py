"""GeoPackage."""

from collections.abc import Iterator
from typing import BinaryIO

from layers.intake.readers import Order, TableStream, chosen, ogr

#: the two bytes of a SQLite header that say "changes wait in another file"; 1 says they do not
_JOURNAL = slice(18, 20)
_NO_JOURNAL = b"\x01\x01"


def read(file: BinaryIO, order: Order) -> Iterator[TableStream]:
    """Every layer, or the one that ``order`` names.

    Raises:
        IntakeError: not_readable for a SQLite file that is no GeoPackage, or has no layer of that name.
    """
    data = bytearray(file.read())
    data[_JOURNAL] = _NO_JOURNAL
    path = "GPKG:" + ogr.mount("file.gpkg", bytes(data))
    for name in chosen(ogr.layer_names(path), order):
        yield from ogr.read_layer(path, name, sheet=name)
