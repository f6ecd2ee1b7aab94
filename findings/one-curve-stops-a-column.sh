#!/bin/sh
# Guess: shapely's on_invalid="ignore" gives None for a curve, which GEOS cannot hold in shapely, and reads
#   the rest of the column.
# So it is: shapely 2.2.0 raises NotImplementedError for the whole array whatever on_invalid says, from WKT
#   and from WKB; a text that is no geometry at all is passed over as promised.
# Hurt: an office that imports a register of borders in which one has an arc: with the precaution taken, not
#   one row comes in.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check shapely==2.2.0 numpy==2.4.6
cat > expected <<'EOF'
no geometry ignore ['POINT (1 2)', 'None']
no geometry warn ['POINT (1 2)', 'None']
no geometry fix ['POINT (1 2)', 'None']
arc as WKT ignore Nonlinear geometry types are not currently supported
arc as WKT warn Nonlinear geometry types are not currently supported
arc as WKT fix Nonlinear geometry types are not currently supported
arc as WKB ignore Nonlinear geometry types are not currently supported
arc as WKB warn Nonlinear geometry types are not currently supported
arc as WKB fix Nonlinear geometry types are not currently supported
EOF
venv/bin/python - > seen <<'EOF'
import struct, warnings
import shapely
warnings.simplefilter("ignore")
arc = struct.pack("<BII6d", 1, 8, 3, 0, 0, 1, 1, 2, 0)
point = shapely.Point(1, 2)
for name, read, column in (("no geometry", shapely.from_wkt, [point.wkt, "nonsense"]),
                           ("arc as WKT", shapely.from_wkt, [point.wkt, "CIRCULARSTRING (0 0, 1 1, 2 0)"]),
                           ("arc as WKB", shapely.from_wkb, [point.wkb, arc])):
    for mode in ("ignore", "warn", "fix"):
        try:
            print(name, mode, [str(shape) for shape in read(column, on_invalid=mode)])
        except NotImplementedError as error:
            print(name, mode, error)
EOF
cat seen
diff expected seen
