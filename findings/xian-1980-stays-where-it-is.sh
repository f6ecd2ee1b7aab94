#!/bin/sh
# Guess: pyproj moves coordinates of Xian 1980 (EPSG:4610) and Beijing 1954 (EPSG:4214) to WGS 84, or refuses
#   where it knows no shift.
# So it is: pyproj 3.7.2 has no shift of Xian 1980 at all and one of Beijing 1954 for a few basins only.
#   Elsewhere it hands back the same degrees as WGS 84; only `accuracy` (-1) and the word Ballpark in the
#   description tell. Beijing 1954 jumps by tens of metres where such a basin ends.
# Hurt: an office that lays old survey sheets over today's map: everything sits tens of metres off, on the
#   next building, and no error says so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyproj==3.7.2 certifi==2026.10.19.post1
cat > expected <<'EOF'
4610 118.2 26.6 moved 0 0 (1e-5 degrees) accuracy -1.0 ballpark
4214 118.2 26.6 moved 0 0 (1e-5 degrees) accuracy -1.0 ballpark
4214 107.05 36.0 moved 38 24 (1e-5 degrees) accuracy 1.0 known
4214 106.95 36.0 moved 0 0 (1e-5 degrees) accuracy -1.0 ballpark
EOF
venv/bin/python - > seen <<'EOF'
from pyproj import Transformer
from pyproj.exceptions import ProjError
for code, lon, lat in ((4610, 118.2, 26.6), (4214, 118.2, 26.6), (4214, 107.05, 36.0), (4214, 106.95, 36.0)):
    shift = Transformer.from_crs(code, 4326, always_xy=True)
    x, y = shift.transform(lon, lat)
    try:
        used = shift.get_last_used_operation()
    except ProjError:  # there was only one to choose from
        used = shift
    print(code, lon, lat, "moved", round((x - lon) * 1e5), round((y - lat) * 1e5), "(1e-5 degrees)",
          "accuracy", used.accuracy, "ballpark" if "Ballpark" in used.description else "known")
EOF
cat seen
diff expected seen
