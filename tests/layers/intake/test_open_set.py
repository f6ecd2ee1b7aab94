"""Every file of messy/open gives what its expected.json says: row by row, value by value."""

import gzip
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from gis.errors import IntakeError
from layers.catalog import layer_named
from layers.intake.options import ReadOptions
from layers.intake.register import Register, read_register
from layers.profile import CityProfile

MESSY = Path(__file__).parents[3].parent / "shared" / "data" / "messy" / "open"
#: what expected.json calls a field → what a layer does, and what its number is multiplied by
ALIASES = {"source": "channel", "amount_wan": "amount_yuan"}
FACTORS = {"amount_wan": 10_000}
METRES = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4548", always_xy=True)
#: a degree is about 111 km; 1 cm where expected.json states no tolerance
COORDINATE_M = 1.0


@dataclass(frozen=True)
class Run:
    """One file read with one set of options."""

    path: Path
    spec: dict[str, Any]
    run: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.path.name}{'-dropping' if self.run.get('options') else ''}"


def _runs() -> list[Run]:
    found = []
    for expected in sorted(MESSY.glob("*/expected.json")):
        for spec in json.loads(expected.read_text("utf-8"))["files"]:
            runs = spec.get("runs") or [{"file_level": "refuse", "file_reasons": spec["file_reasons"], "options": {}}]
            found += [Run(expected.parent / spec["file"], spec, run) for run in runs]
    return found


RUNS = _runs()
PARAMETERS = [pytest.param(run, id=run.id) for run in RUNS]


@pytest.fixture
def read(model_city: CityProfile, model_areas: gpd.GeoDataFrame, tmp_path: Path) -> Any:
    def _read(run: Run) -> tuple[Register | None, IntakeError | None]:
        path = run.path
        if path.suffix == ".gz":
            path = tmp_path / path.stem
            path.write_bytes(gzip.decompress(run.path.read_bytes()))
        options = ReadOptions(drop=tuple(run.run.get("options", {}).get("drop_columns", ())))
        layer = layer_named(run.spec["target"])
        try:
            return read_register(path, layer, profile=model_city, codes=model_areas, options=options), None
        except IntakeError as error:
            return None, error

    return _read


@pytest.mark.real
@pytest.mark.skipif(not RUNS, reason="the real files of ../shared/data are not here")
@pytest.mark.parametrize("run", PARAMETERS)
def test_file_gives_what_is_expected_of_it(run: Run, read: Any) -> None:
    register, error = read(run)
    allowed = {*run.run.get("file_reasons", ()), *run.spec.get("file_reasons", ())}
    may_refuse = run.run["file_level"] == "refuse" or run.spec.get("outcome") == "rows_or_refuse"
    if error is not None:
        assert may_refuse, f"refused: {error.kind} {error}"
        assert error.kind in allowed
        assert all(column in str(error) for column in run.run.get("personal_columns", ()))
        _check_secrets(run, error)
    elif run.run["file_level"] == "refuse":
        assert run.spec.get("outcome") == "rows_or_refuse"
        assert register.frame.empty, "no row of this file may be stored"
        assert {fault.kind for fault in register.refused} <= {*allowed, "bad_coordinate", "missing_required"}
    else:
        _check(run, register)


def _check(run: Run, register: Register) -> None:
    stored = _stored(register)
    for wanted in run.run["accepted"]:
        key = _key(wanted)
        assert key in stored, f"{key} is not stored: {_reasons(register, wanted)}"
        _check_values(stored[key], wanted["canon"], wanted)
        warned = _kinds(register.warnings, wanted)
        assert set(wanted.get("warn", ())) <= warned or wanted.get("level") == "should", f"{key} warns of {warned}"
    masked = [wanted for wanted in run.run["refused"] if wanted.get("or_mask")]
    for wanted in run.run["refused"]:
        if wanted not in masked:
            reasons = _kinds(register.refused, wanted)
            assert reasons & set(wanted["reasons"]), f"row {wanted['row']}: {reasons}, not {wanted['reasons']}"
            assert _key(wanted) not in stored
    for wanted in masked:
        assert _key(wanted) in stored
        assert "personal_data" in _kinds(register.warnings, wanted)
    taken = [wanted for wanted in run.run.get("either", ()) if _either_is_taken(wanted, stored, register)]
    totals = run.run["totals"]
    assert len(register.frame) == totals["accepted"] + len(masked) + len(taken)
    _check_skipped(run, register, stored)
    _check_sums(run, stored)
    for spot in run.run["spot_values"]:
        _check_values(stored[_key(spot)], {spot["field"]: spot["value"]}, spot)
    _check_topology(run, register)
    _check_secrets(
        run, *register.frame.astype(str).to_numpy().ravel(), *register.rejects.astype(str).to_numpy().ravel()
    )
    _check_secrets(run, *(str(fault) for fault in (*register.refused, *register.warnings)))


def _stored(register: Register) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The stored rows by sheet and row, and by month where one row of a wide table holds several."""
    frame = pd.DataFrame(register.frame).assign(_sheet=register.sheets, _row=register.rows)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in frame.to_dict("records"):
        month = f"{row['month']:%Y-%m}" if "month" in row else None
        found[row["_sheet"], row["_row"], month] = row
    return found


def _key(wanted: dict[str, Any]) -> tuple[Any, ...]:
    column = wanted.get("col")
    month = None if column is None else f"2024-{ord(column) - ord('C'):02d}"
    sheet = wanted.get("sheet")
    return sheet, wanted["row"], month


def _kinds(faults: tuple[Any, ...], wanted: dict[str, Any]) -> set[str]:
    same = [
        fault for fault in faults if fault.row == wanted["row"] and fault.sheet in (wanted.get("sheet"), fault.sheet)
    ]
    if wanted.get("sheet"):
        same = [fault for fault in same if fault.sheet == wanted["sheet"]]
    if "line" in wanted:
        assert all(fault.line == wanted["line"] for fault in same)
    return {fault.kind for fault in same}


def _reasons(register: Register, wanted: dict[str, Any]) -> list[str]:
    return [fault.sentence for fault in register.refused if fault.row == wanted["row"]]


def _check_values(row: dict[str, Any], canon: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in canon.items():
        if name.endswith("_precision") or name in ("name_in_file", "people"):
            continue  # "people" here is who was sent: the layer calls them officers
        if name in ("lon", "lat", "centroid_lon", "centroid_lat"):
            _check_place(row, name, value, wanted)
        elif name == "area_m2" and "area_m2" not in row:
            assert shapely.transform(row["geometry"], _in_metres).area == pytest.approx(value, rel=0.001)
        else:
            _check_value(row, name, value)
    if "people" in canon:
        assert row["officers"] == canon["people"]


def _check_value(row: dict[str, Any], name: str, value: Any) -> None:
    field = "code" if name == "community_code" and "code" in row else ALIASES.get(name, name)
    held = row.get(field)
    if value is None:
        assert pd.isna(held)
    elif isinstance(held, pd.Timestamp):
        local = held.tz_convert("Asia/Shanghai") if held.tzinfo else held
        assert local.strftime("%Y-%m-%dT%H:%M").startswith(value)
    elif isinstance(value, (int, float)):
        assert float(held) == pytest.approx(value * FACTORS.get(name, 1))
    else:
        assert held == value, f"{name} of {row}"


def _check_place(row: dict[str, Any], name: str, value: float | None, wanted: dict[str, Any]) -> None:
    if value is None:
        assert row["geometry"] is None
        return
    here = row["geometry"].centroid if name.startswith("centroid") else row["geometry"]
    held = here.x if name.endswith("lon") else here.y
    usual = 20 if name.startswith("centroid") else COORDINATE_M
    metres = float(str(wanted.get("tol", wanted.get("tol_m", usual))).split()[0])
    assert abs(held - value) * 111_320 <= metres


def _in_metres(degrees: np.ndarray) -> np.ndarray:
    return np.column_stack(METRES.transform(degrees[:, 0], degrees[:, 1]))


def _either_is_taken(wanted: dict[str, Any], stored: dict[Any, Any], register: Register) -> bool:
    """Whether a row of free choice was accepted, as it must be then; else it is refused as it may be, or no record."""
    if _key(wanted) not in stored:
        reasons = _kinds(register.refused, wanted)
        no_record = wanted["accept_as"] is None and _kinds(register.warnings, wanted)
        assert reasons & set(wanted["or_refuse"]) or no_record
        return False
    field = wanted["field"]
    if field == "geometry":
        assert stored[_key(wanted)]["code"] == wanted["accept_as"]
        assert stored[_key(wanted)]["geometry"].is_valid
    else:
        _check_value(stored[_key(wanted)], field, wanted["accept_as"])
    assert _kinds(register.warnings, wanted), "what is accepted by choice is warned about"
    return True


def _check_skipped(run: Run, register: Register, stored: dict[Any, Any]) -> None:
    skipped = run.run["totals"].get("skipped_non_data_rows")
    no_record = sum(1 for fault in register.warnings if fault.kind == "empty_mark" and fault.field == "count")
    if skipped is not None and run.spec.get("outcome") is None:
        assert register.skipped == skipped + no_record
    rows = {(sheet, row) for sheet, row, _ in stored} | {(fault.sheet, fault.row) for fault in register.refused}
    for wanted in run.run.get("skipped", ()):
        assert "col" in wanted or (wanted.get("sheet"), wanted["row"]) not in rows


def _check_sums(run: Run, stored: dict[Any, Any]) -> None:
    chosen = {_key(wanted) for wanted in run.run["accepted"]}
    for name, total in run.run.get("control_sums_accepted", {}).items():
        field = {"people": "officers"}.get(name, ALIASES.get(name, name))
        held = [row[field] for key, row in stored.items() if key in chosen and not pd.isna(row[field])]
        assert sum(map(float, held)) == pytest.approx(total * FACTORS.get(name, 1))


def _check_topology(run: Run, register: Register) -> None:
    for kind, pair in run.run.get("topology", {}).items():
        if kind != "note":
            told = [fault.sentence for fault in register.warnings if fault.kind == kind]
            areas = [float(word) for sentence in told for word in sentence.split() if word.isdigit() and len(word) < 12]
            assert any(pair["a"] in sentence for sentence in told)
            assert any(pair["b"] in sentence for sentence in told)
            assert any(area == pytest.approx(pair["area_m2"], rel=0.05) for area in areas)


def _check_secrets(run: Run, *texts: object) -> None:
    secrets = [*run.run.get("must_not_store", ()), "CANARY-OPEN-7Q2M"]
    told = "\n".join(map(str, texts))
    assert not [secret for secret in secrets if secret in told]


@pytest.mark.real
@pytest.mark.skipif(not RUNS, reason="the real files of ../shared/data are not here")
def test_every_kind_of_file_is_in_the_set() -> None:
    assert Counter(run.path.parent.name[0] for run in RUNS).keys() == set("1234567")
