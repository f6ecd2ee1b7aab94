"""XML without its dangers: no document type, so no entity and no reference to another file."""

from collections.abc import Callable
from typing import BinaryIO, NoReturn, TextIO
from xml.parsers import expat

from gis.errors import IntakeError

_CHUNK = 1 << 18
_LONGEST_TEXT = 1 << 20


def _nothing(_: object) -> None:
    return None


def parse(
    file: BinaryIO | TextIO,
    *,
    start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object] = _nothing,
    text: Callable[[str], object] = _nothing,
    heard: Callable[[int], object] = _nothing,
) -> None:
    """Call ``start``, ``end`` and ``text`` for what ``file`` holds; names come without the prefix of the root element.

    ``heard`` is called with the size of each piece that has been read. Text that is decoded already may declare any
    encoding (expat itself knows no Chinese one).

    Raises:
        IntakeError: external_reference for a document type or entity, not_readable for what is not well-formed.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _LONGEST_TEXT

    def root(name: str, attributes: dict[str, str]) -> None:
        prefix = name[: name.find(":") + 1]
        # most files have none, and a sheet has millions of elements: they go straight to their handler
        parser.StartElementHandler = (lambda tag, said: start(tag.removeprefix(prefix), said)) if prefix else start
        parser.EndElementHandler = (lambda tag: end(tag.removeprefix(prefix))) if prefix else end
        start(name.removeprefix(prefix), attributes)

    parser.StartElementHandler = root
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_foreign
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
            heard(len(chunk))
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise IntakeError(f"XML 内容不完整或有错(第 {error.lineno} 行)。", kind="not_readable") from error


def refuse_foreign(*_: object) -> NoReturn:
    """Refuse a file that refers to other files or defines entities.

    Raises:
        IntakeError: kind external_reference.
    """
    raise IntakeError("文件中有外部引用或实体定义,可能有害,未读取。", kind="external_reference")
