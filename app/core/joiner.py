"""ES modules joined into one classic script, so that a page and a map in one file need no loader.

The syntax is a part of the language's: imports of names (``import { a, b as c } from "./x.js"``, and ``import X from``
a module whose export is the default) and exports of declarations, each at the beginning of a line. A module named
without a path lies in the folder of third-party files, under its own name. One file is none of the language's: of
``words.py`` scripts get the module that it writes.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core import words
from gis.errors import Unavailable

_IMPORT = re.compile(r"^import (?:(\w+)|\{([^{}]*)\}) from ([\"'])([^\"'\n]+)\3;$", re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?((?:(?:async )?function\*?|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*|\bimport(?:\(|\.meta\b).*", re.MULTILINE)
_NAMED = re.compile(r"(\w+)(?: as (\w+))?")


_WORDS = Path(words.__file__)


@dataclass(frozen=True, kw_only=True)
class _Module:
    """``imports`` are (module, its name, the name here); ``exports`` are names and what they are called inside."""

    imports: tuple[tuple[Path, str, str], ...]
    exports: Mapping[str, str]
    body: str


def join(entry: Path, vendor: Path) -> str:
    """The script that runs ``entry`` and all it imports, each once, what is imported first, each in a scope of its own.

    What ``entry`` exports is the script's constant ``wuchuan``.

    Raises:
        Unavailable: a module is not there, imports itself, exports no such name, or is written in another syntax.
    """
    order = modules_of(entry, vendor)
    modules = {path: _module(path, path.stat().st_mtime_ns, vendor) for path in order}
    number = {path: f"_{n}" for n, path in enumerate(order)}
    scopes = "".join(_scope(path, modules, number) for path in order)
    opening, result = ("const wuchuan = ", number[entry]) if modules[entry].exports else ("", "")
    return f'"use strict";\n{opening}(() => {{\n{scopes}return {result};\n}})();\n'


def modules_of(entry: Path, vendor: Path) -> tuple[Path, ...]:
    """The files of ``entry`` in the order they run in; raises as ``join`` does."""
    order: dict[Path, None] = {}
    _walk(entry, vendor, (), order)
    return tuple(order)


def text_of(path: Path) -> str:
    """The module in that file, as it is joined."""
    return words.module() if path == _WORDS else path.read_text("utf-8")


def _walk(path: Path, vendor: Path, above: tuple[Path, ...], order: dict[Path, None]) -> None:
    if path in above:
        chain = " → ".join(each.name for each in (*above[above.index(path) :], path))
        raise _fault(f"循环导入:{chain}")
    if path in order:
        return
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise _fault(f"没有 {path.name}" + (f"({above[-1].name} 要用)" if above else "")) from error
    for needed in dict.fromkeys(module for module, _, _ in _module(path, changed, vendor).imports):
        _walk(needed, vendor, (*above, path), order)
    order[path] = None


@functools.lru_cache(maxsize=512)
def _module(path: Path, _changed_ns: int, vendor: Path) -> _Module:
    text = text_of(path)
    imports = tuple(_imports(path, text, vendor))
    exports = {("default" if default else name): name for default, _, name in _EXPORT.findall(text)}
    body = _EXPORT.sub(r"\2", _IMPORT.sub(lambda match: "\n" * match[0].count("\n"), text))
    if other := _OTHER.search(body):
        line = body.count("\n", 0, other.start()) + 1
        raise _fault(f"{path.name} 第 {line} 行的写法不能合并:{other[0].strip()}")
    here = [local for _, _, local in imports]
    if twice := {name for name in here if here.count(name) > 1 or name in exports.values()}:
        raise _fault(f"{path.name} 里 {'、'.join(sorted(twice))} 有两个来源")
    return _Module(imports=imports, exports=exports, body=body)


def _imports(path: Path, text: str, vendor: Path) -> Iterator[tuple[Path, str, str]]:
    for default, names, _, address in _IMPORT.findall(text):
        bare = not address.startswith(".")
        module = vendor / address / "index.js" if bare else (path.parent / address).resolve()
        if default:
            yield module, "default", default
        for name in filter(None, map(str.strip, names.split(","))):
            if not (found := _NAMED.fullmatch(name)):
                raise _fault(f"{path.name} 的写法不能合并:import {{ {name} }}")
            yield module, found[1], found[2] or found[1]


def _scope(path: Path, modules: Mapping[Path, _Module], number: Mapping[Path, str]) -> str:
    own = modules[path]
    for module, name, _ in own.imports:
        if name not in modules[module].exports:
            raise _fault(f"{module.name} 没有导出 {name}({path.name} 要用)")
    taken = "".join(f"const {local} = {number[module]}.{name};\n" for module, name, local in own.imports)
    given = ", ".join(f"{outer}: {inner}" for outer, inner in own.exports.items())
    return f"const {number[path]} = (() => {{\n{taken}{own.body}\nreturn {{ {given} }};\n}})();\n"


def _fault(sentence: str) -> Unavailable:
    return Unavailable(f"网页脚本合并不了:{sentence}", kind="assets")
