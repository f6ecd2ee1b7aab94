#!/bin/sh
# Guess: the return from GCJ-02 to WGS 84 undoes the way there within a decimetre, most surely in a package
#   that promises high precision.
# So it is: prcoords 1.0.2 and eviltransform 0.1.1 subtract the shift of the shifted point: 1.7 m off in
#   Nanping, 3 m at worst in a grid over the east of China. eviltransform's gcj2wgs_exact is 0.1 m off,
#   coord-convert 0.2.1 does return. pygcj 0.0.2 is 0.8 m off in Nanping and 549 m at worst; its pair of raw
#   functions, whose search ends as soon as one axis is close, 15 m and 383 m.
# Hurt: whoever moves a register to and fro between a Chinese web map and survey data: doors wander, by metres
#   a pass, to the next entrance.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check prcoords==1.0.2 eviltransform==0.1.1 pygcj==0.0.2 rtree==1.4.1 coord-convert==0.2.1
cat > expected <<'EOF'
prcoords: Nanping 1.7 m, worst 3.0 m
eviltransform: Nanping 1.7 m, worst 3.0 m
eviltransform exact: Nanping 0.1 m, worst 0.1 m
pygcj: Nanping 0.8 m, worst 548.9 m
pygcj raw: Nanping 14.9 m, worst 383.3 m
coord-convert: Nanping 0.0 m, worst 0.0 m
EOF
venv/bin/python - > seen <<'EOF'
from math import cos, hypot, radians
import eviltransform, prcoords
from coord_convert import transform
from pygcj.pygcj import GCJProj
pygcj = GCJProj()
def swap(function):
    return lambda lat, lon: function(lon, lat)[::-1]
ways = {"prcoords": (lambda *p: prcoords.wgs_gcj(prcoords.Coords(*p)), lambda *p: prcoords.gcj_wgs(prcoords.Coords(*p))),
        "eviltransform": (eviltransform.wgs2gcj, eviltransform.gcj2wgs),
        "eviltransform exact": (eviltransform.wgs2gcj, eviltransform.gcj2wgs_exact),
        "pygcj": (pygcj.wgs_to_gcj, pygcj.gcj_to_wgs),
        "pygcj raw": (pygcj.wgs_to_gcj_raw, pygcj.gcj_to_wgs_raw),
        "coord-convert": (swap(transform.wgs2gcj), swap(transform.gcj2wgs))}
def off(way, lat, lon):
    back_lat, back_lon = way[1](*way[0](lat, lon))
    return hypot((back_lat - lat) * 111195, (back_lon - lon) * 111195 * cos(radians(lat)))
grid = [(24 + i * 0.37, 104 + j * 0.37) for i in range(40) for j in range(40)]
for name, way in ways.items():
    print(f"{name}: Nanping {off(way, 26.64, 118.17):.1f} m, worst {max(off(way, *p) for p in grid):.1f} m")
EOF
cat seen
diff expected seen
