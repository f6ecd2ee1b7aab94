"""What the guard refuses, by name and in time, while the process that asked goes on.

The files are harmless ones of the refused kind: a nest of 200 where 64 is the limit, an archive a little over it.
"""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gis.errors import IntakeError, Unavailable
from layers.intake import sandbox
from layers.intake.limits import Limits
from layers.intake.readers.signature import kind_of
from layers.intake.sandbox import open_file

#: A nest over the limit of 64, which any parser would take.
DEEP = 200
HONEST = "编号,地址\n1,样板路1号\n2,样板路2号\n"

ATTEMPTS = """
import errno, json, os, socket, subprocess, sys, threading
sys.path.insert(0, sys.argv[1])
from layers.intake.lockdown import lock_down
attempts = {
    "socket": lambda: socket.socket(),
    "unix socket": lambda: socket.socket(socket.AF_UNIX),
    "open": lambda: open("/etc/hostname"),
    "write": lambda: open("escape", "w"),
    "list": lambda: os.listdir("/"),
    "stat": lambda: os.stat("/etc/hostname"),
    "fork": lambda: os.fork() or os._exit(0),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "limits": lambda: __import__("resource").prlimit(os.getppid(), 0),
    "remove": lambda: os.remove("kept"),
    "pipe to the world": lambda: os.pipe(),
    "memory": lambda: bytearray(200 << 20),
}
lock_down(memory_bytes=64 << 20, cpu_s=60)
done = []
for name, attempt in attempts.items():
    try:
        attempt()
        done.append(name)
    except (PermissionError, MemoryError):
        pass
thread = threading.Thread(target=done.append, args=["thread"])
thread.start()
thread.join()
print(json.dumps(done))
"""


def test_locked_down_process_can_only_compute(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    command = [sys.executable, "-c", ATTEMPTS, str(Path(sandbox.__file__).parents[2])]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(answer.stdout) == ["thread"]
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def zipped(members: dict[str, str | bytes], *, link: str | None = None) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if name == link:
                entry.external_attr = 0o120777 << 16
            archive.writestr(entry, data)
    return content.getvalue()


def workbook(sheet: str, strings: str = "<sst/>") -> bytes:
    return zipped(
        {
            "xl/workbook.xml": '<workbook><sheets><sheet name="表" r:id="rId1" xmlns:r="r"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<R><R Id="rId1" Type="x/worksheet" Target="worksheets/s.xml"/></R>',
            "xl/sharedStrings.xml": strings,
            "xl/worksheets/s.xml": f"{sheet}",
        }
    )


def encrypted_zip() -> bytes:
    content = bytearray(zipped({"a.shp": b"x"}))
    content[6] |= 1  # in the local header
    content[content.rfind(b"PK\x01\x02") + 8] |= 1  # and in the list at the end
    return bytes(content)


def deep_wkb() -> bytes:
    deep = struct.pack("<BII", 1, 7, 1) * DEEP + struct.pack("<BI2d", 1, 1, 118.0, 26.0)
    geo = {"primary_column": "g", "columns": {"g": {"encoding": "WKB", "geometry_types": []}}}
    content = io.BytesIO()
    pq.write_table(pa.table({"g": [deep]}).replace_schema_metadata({"geo": json.dumps(geo)}), content)
    return content.getvalue()


VRT = "<OGRVRTDataSource/>"
SHEET = "<worksheet><sheetData>{}</sheetData></worksheet>"
ENTITY = '<!DOCTYPE k [<!ENTITY x "y">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)

#: kind of the refusal, and the content, of what is told apart before any reader is chosen
REFUSED_AT_SIGHT: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "picture": ("not_readable", lambda: b"\x89PNG\r\n\x1a\n\0\0"),
    "pdf": ("not_readable", lambda: b"%PDF-1.7"),
    "VRT after a comment": ("external_reference", lambda: "\ufeff <!-- x -->\n" + VRT),
    "VRT in a zip": ("not_readable", lambda: zipped({"a.vrt": VRT})),
    "WFS document": ("not_readable", lambda: "<OGRWFSDataSource/>"),
    "entity in KML": (
        "external_reference",
        lambda: f"{ENTITY}<kml><Placemark><name>&x;</name></Placemark></kml>",
    ),
    "way out by ..": ("unsafe_archive", lambda: zipped({"a.shp": "x", "../b.shp": "x"})),
    "way out by backslash": ("unsafe_archive", lambda: zipped({"a.shp": "x", "..\\b.shp": "x"})),
    "absolute name": ("unsafe_archive", lambda: zipped({"a.shp": "x", "/b.shp": "x"})),
    "link in a zip": ("unsafe_archive", lambda: zipped({"a.shp": "b.shp"}, link="a.shp")),
    "zip in a zip": ("unsafe_archive", lambda: zipped({"a.shp": "x", "b.zip": zipped({"c": "d"})})),
    "many members": ("unsafe_archive", lambda: zipped({f"{n}.shp": "" for n in range(2001)})),
    "password on a zip": ("encrypted", encrypted_zip),
    "password on a workbook": ("encrypted", lambda: OLE + "EncryptedPackage".encode("utf-16-le")),
    "Word document": ("not_readable", lambda: OLE + "WordDocument".encode("utf-16-le")),
    "cut off": ("not_readable", lambda: workbook(SHEET.format("<row/>"))[:300]),
    "inflating workbook": ("too_large", lambda: workbook(SHEET.format(" " * (33 << 20)))),
}


@pytest.mark.parametrize("name", REFUSED_AT_SIGHT)
def test_harmful_content_is_refused_before_a_reader_is_chosen(name: str) -> None:
    kind, build = REFUSED_AT_SIGHT[name]
    content = build()
    with pytest.raises(IntakeError) as refused:
        kind_of(io.BytesIO(content if isinstance(content, bytes) else content.encode()), Limits())
    assert refused.value.kind == kind


#: name of the file, kind of the refusal, and the content
HOSTILE: dict[str, tuple[str, str, Callable[[], str | bytes]]] = {
    "empty": ("a.csv", "empty", lambda: ""),
    "headings only": ("a.csv", "empty", lambda: "编号,地址\n"),
    "no features": ("a.geojson", "empty", lambda: '{"type":"FeatureCollection","features":[]}'),
    "open quote": ("a.csv", "not_readable", lambda: '编号,内容\n1,"多人聚集\n2,夜间\n'),
    "lost character": ("a.csv", "not_readable", lambda: "编号,内容\n1,多人\ufffd聚集\n"),
    "VRT named geojson": ("a.geojson", "external_reference", lambda: VRT),
    "VRT as shp": ("a.zip", "not_readable", lambda: zipped({f"a.{e}": VRT for e in ("shp", "shx", "dbf")})),
    "GDAL pipeline": ("a.geojson", "not_readable", lambda: '{"type":"gdal_streamed_alg"}'),
    "linked CRS": (
        "a.geojson",
        "external_reference",
        lambda: '{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"a"}},"features":[]}',
    ),
    "entity in KMZ": ("a.kmz", "external_reference", lambda: zipped({"doc.kml": ENTITY + "<kml>&x;</kml>"})),
    "KML of links": ("a.kml", "external_reference", lambda: "<kml><NetworkLink><href>b.kml</href></NetworkLink></kml>"),
    "entity in a sheet": (
        "a.xlsx",
        "external_reference",
        lambda: workbook(ENTITY + SHEET.format("<row><c><v>&x;</v></c></row>")),
    ),
    "deep GeoJSON": ("a.geojson", "too_deep", lambda: '{"a":' + "[" * DEEP + "]" * DEEP + "}"),
    "deep, hidden by a string": (
        "a.geojson",
        "too_deep",
        lambda: '{"a":"' + "]" * DEEP + '\\\\","b":' + "[" * DEEP + "]" * DEEP + "}",
    ),
    "deep WKT": (
        "a.csv",
        "too_deep",
        lambda: '编号,WKT\n1,"' + "GEOMETRYCOLLECTION(" * DEEP + ")" * DEEP + '"\n',
    ),
    "deep WKB": ("a.parquet", "too_deep", deep_wkb),
    "inflating gzip": ("a.csv.gz", "too_large", lambda: gzip.compress(b"a,b\n" * (33 << 18), 9)),
    "cells far apart": (
        "a.xlsx",
        "too_large",
        lambda: workbook(SHEET.format("".join(f'<row><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 1001)))),
    ),
    "column beyond the last": (
        "a.xlsx",
        "not_readable",
        lambda: workbook(SHEET.format('<row><c r="XFE1"><v>1</v></c></row>')),
    ),
    "one string many times": (
        "a.xlsx",
        "too_large",
        lambda: workbook(
            SHEET.format('<row><c t="s"><v>0</v></c></row>' * 4000), f"<sst><si><t>{'长' * 50_000}</t></si></sst>"
        ),
    ),
    "open comment": ("a.xls", "empty", lambda: "<html><!--x"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_as_what_it_is(name: str, tmp_path: Path) -> None:
    file, kind, build = HOSTILE[name]
    content = build()
    path = tmp_path / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(IntakeError) as refused:
        open_file(path)
    assert refused.value.kind == kind


def test_honest_file_is_read_after_a_hostile_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\ufffd\n" * 3, encoding="utf-8")
    (tmp_path / "b.csv").write_text(HONEST, encoding="utf-8")
    with pytest.raises(IntakeError):
        open_file(tmp_path / "a.csv")
    assert open_file(tmp_path / "b.csv")[0].table.num_rows == 3


@pytest.mark.parametrize(
    "limits",
    [Limits(memory_mib=4, memory_per_byte=0), Limits(result_mib=1, result_per_byte=0), Limits(file_mib=1)],
    ids=["memory", "result", "file"],
)
def test_file_over_a_limit_is_too_large(limits: Limits, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + f"{'x' * 100},2\n" * 20_000, encoding="utf-8")
    with pytest.raises(IntakeError) as refused:
        open_file(tmp_path / "a.csv", limits=limits)
    assert refused.value.kind == "too_large"


def test_time_over_the_limit_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HONEST, encoding="utf-8")
    since = time.monotonic()
    with pytest.raises(IntakeError, match="时间过长"):
        open_file(tmp_path / "a.csv", limits=Limits(cpu_s=0.01))
    assert time.monotonic() - since < 2


def answering(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> Path:
    """A file whose child runs ``script`` instead, with ``pipe`` as its way to the parent."""
    monkeypatch.setattr(sandbox, "_BOOT", f"import json, os, sys; pipe = int(sys.argv[3]); {script}")
    (tmp_path / "a.csv").write_text(HONEST, encoding="utf-8")
    return tmp_path / "a.csv"


@pytest.mark.parametrize(
    "script",
    [
        "os.kill(os.getpid(), 11)",
        "os.write(pipe, b'X' * 100)",
        "os.write(pipe, b'T' + b'\\xff\\xff\\xff\\xff' + b'\\xff' * 60)",
        "os.write(pipe, b'E\\xff\\xff\\xff\\x7f' + b'{' * 5000)",
        "os.write(pipe, b'E\\x02\\0\\0\\0[]')",
    ],
    ids=["crash", "noise", "bad stream", "endless message", "odd message"],
)
def test_child_that_does_not_keep_to_the_rules_is_not_readable(
    script: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError) as refused:
        open_file(answering(monkeypatch, tmp_path, script))
    assert refused.value.kind == "not_readable"


class Stream(io.BytesIO):
    """Bytes in place of a child's pipe."""

    def __init__(self, process: "subprocess.Popen[bytes]", content: bytes) -> None:
        super().__init__(content)
        self.process = process


def test_offsets_that_point_outside_are_found_before_anybody_follows_them() -> None:
    content = io.BytesIO()
    with pa.ipc.new_stream(content, pa.schema({"c0": pa.string()})) as writer:
        writer.write_batch(pa.record_batch({"c0": ["x" * 12_345]}))
    lying = content.getvalue().replace(struct.pack("<2i", 0, 12_345), struct.pack("<2i", 0, 1 << 30))
    assert lying != content.getvalue()
    with subprocess.Popen(["true"]) as ended, pytest.raises(IntakeError):
        sandbox._table(Stream(ended, lying))  # type: ignore[arg-type]


def test_child_gets_no_environment_and_no_descriptor_but_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WUCHUAN_DATABASE_URL", "postgresql://secret")
    script = (
        "links = [f'/proc/self/fd/{n}' for n in range(3, 4096)];"
        "held = [os.readlink(link).split(':')[0] for link in links if os.path.exists(link)];"
        "answer = json.dumps([sorted(os.environ), held, os.getcwd()]);"
        "said = json.dumps({'kind': 'asked', 'sentence': answer}).encode();"
        "os.write(pipe, b'E' + len(said).to_bytes(4, 'little') + said)"
    )
    path = answering(monkeypatch, tmp_path, script)
    with (tmp_path / "b.csv").open("w") as other:
        os.set_inheritable(other.fileno(), True)
        with pytest.raises(Unavailable) as answer:
            open_file(path)
    environment, held, folder = json.loads(answer.value.sentence)
    assert set(environment) <= {*sandbox._ENVIRONMENT, "LC_CTYPE"}
    assert sorted(held) == sorted([str(path), "pipe"])
    assert folder == "/"


def test_what_is_not_a_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("pipe.csv", "missing.csv", "."):
        with pytest.raises(IntakeError) as refused:
            open_file(tmp_path / name)
        assert refused.value.kind == "not_readable"


def test_a_line_of_text_under_the_name_of_a_workbook_is_called_what_it_is(tmp_path: Path) -> None:
    for text, sentence in (("这里只有一行字\n", "这不是工作簿"), ("编号,地址\n", "只有表头")):
        (tmp_path / "bad.xlsx").write_text(text, "utf-8")
        with pytest.raises(IntakeError, match=sentence):
            open_file(tmp_path / "bad.xlsx")


#: the files of the open set that must be refused as a whole
OPEN_SET = {
    "压缩炸弹.xlsx": "too_large",
    "社区边界.geojson": "external_reference",
    "嵌套几何.csv.gz": "too_deep",
    "嵌套.geojson": "too_deep",
    "路径穿越.zip": "unsafe_archive",
    "空文件.xlsx": "empty",
    "空文件.csv": "empty",
    "只有表头.csv": "empty",
    "截断.xlsx": "not_readable",
    "实体炸弹.kml": "external_reference",
}


@pytest.mark.real
@pytest.mark.parametrize("name", OPEN_SET)
def test_hostile_file_of_the_open_set_is_refused(name: str, shared_data: Path) -> None:
    with pytest.raises(IntakeError) as refused:
        open_file(shared_data / "messy/open/7_恶意文件" / name)
    assert refused.value.kind == OPEN_SET[name]
