#!/bin/sh
# Guess: the geometry type that pyogrio reports of a layer is that of the shapes which it hands out.
# So it is: pyogrio 0.13.0 reports MultiPolygon for a layer of surfaces with arcs (MULTISURFACE). Its plain
#   reader straightens the arcs and is right; the Arrow stream says MultiPolygon too and hands out curves (WKB
#   type 12), which shapely 2.2.0 refuses.
# Hurt: whoever looks at the type to decide between the fast and the plain way: the layer that looks plain
#   fails at its first row.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyogrio==0.13.0 shapely==2.2.0 pyarrow==26.0.1 numpy==2.4.6 certifi==2026.10.19.post1
cat > expected <<'EOF'
reported MultiPolygon
plain MultiPolygon WKB type 6
Arrow MultiPolygon WKB type 12
shapely: Nonlinear geometry types are not currently supported
EOF
venv/bin/python - > seen <<'EOF'
import struct, warnings
import pyarrow, pyogrio.raw, shapely
warnings.simplefilter("ignore")
with open("parks.csv", "w") as file:
    file.write('name,WKT\npark,"MULTISURFACE (CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0)))"\n')
with open("parks.vrt", "w") as file:
    file.write('<OGRVRTDataSource><OGRVRTLayer name="parks"><SrcDataSource>parks.csv</SrcDataSource>'
               "<GeometryType>wkbMultiSurface</GeometryType></OGRVRTLayer></OGRVRTDataSource>")
print("reported", pyogrio.read_info("parks.vrt")["geometry_type"])
meta, _, (shape,), _ = pyogrio.raw.read("parks.vrt")
print("plain", meta["geometry_type"], "WKB type", *struct.unpack("<I", shape[1:5]))
with pyogrio.open_arrow("parks.vrt") as (meta, stream):
    table = pyarrow.RecordBatchReader.from_stream(stream).read_all()
wkb = table.column(meta["geometry_name"] or "wkb_geometry")[0].as_py()
print("Arrow", meta["geometry_type"], "WKB type", *struct.unpack("<I", wkb[1:5]))
try:
    shapely.from_wkb(wkb)
except NotImplementedError as error:
    print("shapely:", error)
EOF
cat seen
diff expected seen
