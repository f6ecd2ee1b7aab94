import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.core import joiner, words
from app.maps import figure
from gis.errors import Unavailable
from tests.front import tools


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def joined(folder: Path, files: Mapping[str, str], entry: str = "page.js") -> str:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return joiner.join(folder / entry, folder / "vendor")


def run(script: str) -> object:
    """What the page's constant holds after the script."""
    command = [str(tools.node() / "bin" / "node"), "--eval", f"{script}\nconsole.log(JSON.stringify(wuchuan));"]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_what_is_imported_runs_first_and_once(folder: Path) -> None:
    files = {
        "log.js": "export const log = [];\n",
        "a.js": 'import { log } from "./log.js";\nlog.push("a");\nexport const a = 1;\n',
        "b.js": 'import { log } from "./log.js";\nimport { a } from "./a.js";\n'
        'log.push("b");\nexport const b = a + 1;\n',
        "page.js": 'import { b } from "./b.js";\nimport { a } from "./a.js";\nimport { log } from "./log.js";\n'
        "export const sum = a + b;\nexport const order = log;\n",
    }
    assert run(joined(folder, files)) == {"sum": 3, "order": ["a", "b"]}
    order = [path.name for path in joiner.modules_of(folder / "page.js", folder)]
    assert order == ["log.js", "a.js", "b.js", "page.js"]


def test_names_of_one_module_are_not_those_of_another(folder: Path) -> None:
    files = {
        "a.js": "const own = 1;\nexport function get() {\n  return own;\n}\n",
        "b.js": 'import {\n  get as other,\n} from "./a.js";\nconst own = 2;\n'
        "export function get() {\n  return own + other();\n}\n",
        "page.js": 'import { get } from "./b.js";\nconst own = 4;\nexport const all = own + get();\n',
    }
    assert run(joined(folder, files)) == {"all": 7}


def test_a_module_of_others_may_export_one_thing_by_default(folder: Path) -> None:
    files = {
        "vendor/@maker/part/index.js": "export default class Part {}\nexport const size = 5;\n",
        "page.js": "import Part from '@maker/part';\nimport { size } from \"@maker/part\";\n"
        "export const made = [new Part() instanceof Part, size];\n",
    }
    assert run(joined(folder, files)) == {"made": [True, 5]}


def test_a_misspelt_name_is_an_error_and_no_new_global(folder: Path) -> None:
    page = (
        "function named() {\n  try {\n    misspelt = 1;\n  } catch (error) {\n    return error.name;\n  }\n}\n"
        "export const fault = named();\n"
    )
    assert run(joined(folder, {"page.js": page})) == {"fault": "ReferenceError"}


def test_a_page_that_exports_nothing_leaves_no_name_behind(folder: Path) -> None:
    assert "wuchuan" not in joined(folder, {"page.js": "document.title;\n"})


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"page.js": 'import { a } from "./a.js";\n', "a.js": 'import { b } from "./page.js";\nexport const a = 1;\n'},
         "循环导入:page.js → a.js → page.js"),
        ({"page.js": 'import { b } from "./a.js";\n', "a.js": "export const a = 1;\n"},
         "a.js 没有导出 b(page.js 要用)"),
        ({"page.js": 'import { a } from "./a.js";\n'}, "没有 a.js(page.js 要用)"),
        ({"page.js": 'import { a } from "./a.js";\nexport const a = 2;\n', "a.js": "export const a = 1;\n"},
         "page.js 里 a 有两个来源"),
        ({"page.js": "const a = 1;\nexport { a };\n"}, "page.js 第 2 行的写法不能合并:export { a };"),
        ({"page.js": "\nexport let a = 1;\n"}, "page.js 第 2 行的写法不能合并:export let a = 1;"),
        ({"page.js": 'import {\n  a,\n} from "./a.js";\nimport.meta;\n', "a.js": "export const a = 1;\n"},
         "page.js 第 4 行的写法不能合并:import.meta;"),
        ({"page.js": 'import * as a from "./a.js";\n'}, "page.js 第 1 行的写法不能合并"),
        ({"page.js": 'import "./a.js";\n'}, "page.js 第 1 行的写法不能合并"),
        ({"page.js": 'const a = import("./a.js");\n'}, "page.js 第 1 行的写法不能合并"),
        ({"page.js": 'import { a.b } from "./a.js";\n'}, "page.js 的写法不能合并:import { a.b }"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_told_by_file_and_line(folder: Path, files: dict[str, str], fault: str) -> None:
    with pytest.raises(Unavailable, match=re.escape(fault)):
        joined(folder, files)


def test_a_changed_module_is_read_again(folder: Path) -> None:
    first = joined(
        folder, {"page.js": 'import { a } from "./a.js";\nexport const b = a;\n', "a.js": "export const a = 1;\n"}
    )
    assert (run(first), run(joined(folder, {"a.js": "export const a = 20;\n"}))) == ({"b": 1}, {"b": 20})


def test_a_script_takes_the_caution_from_where_python_has_it(folder: Path) -> None:
    address = os.path.relpath(words.__file__, folder)
    page = f'import {{ CAUTION, GRADES }} from "{address}";\nexport const shown = [CAUTION, ...GRADES];\n'
    shown = ["红色区域只启动核查和走访,绝不是入户的依据", "red", "orange", "yellow"]
    assert run(joined(folder, {"page.js": page})) == {"shown": shown}


def test_a_script_has_another_address_once_a_word_in_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before = figure.content_hash("desks/workbench/page.js")
    monkeypatch.setattr(words, "CAUTION", "红色区域")
    figure._hash.cache_clear()
    assert figure.content_hash("desks/workbench/page.js") != before
    figure._hash.cache_clear()
