#!/bin/sh
# Guess: GDAL's ESRIJSON driver draws the curves of an ArcGIS answer (curveRings, curvePaths) as chords, or
#   refuses the file.
# So it is: GDAL in pyogrio 0.13.0 gives such rows no geometry at all, without an error or a warning; the
#   others of the layer come in, and the attributes are all there.
# Hurt: whoever imports districts or roads from a map service asked with returnTrueCurves: exactly the places
#   with a rounded edge are missing on the map, while the count of rows is right.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyogrio==0.13.0 numpy==2.4.6 certifi==2026.10.19.post1
cat > expected <<'EOF'
EPSG:4490 Polygon
straight 77 bytes
curved no geometry
EOF
venv/bin/python - > seen <<'EOF'
import json, warnings
import pyogrio.raw
warnings.simplefilter("error")
straight = {"rings": [[[118, 26], [118, 27], [119, 27], [118, 26]]]}
curved = {"curveRings": [[[118, 26], {"c": [[118, 28], [117, 27]]}, [118, 26]]]}
layer = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4490},
         "fields": [{"name": "name", "type": "esriFieldTypeString"}],
         "features": [{"attributes": {"name": "straight"}, "geometry": straight},
                      {"attributes": {"name": "curved"}, "geometry": curved}]}
with open("layer.json", "w") as file:
    json.dump(layer, file)
meta, _, shapes, (names,) = pyogrio.raw.read("layer.json")
print(meta["crs"], meta["geometry_type"])
for name, shape in zip(names, shapes):
    print(name, "no geometry" if shape is None else f"{len(shape)} bytes")
EOF
cat seen
diff expected seen
