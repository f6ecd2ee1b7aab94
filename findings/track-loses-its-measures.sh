#!/bin/sh
# Guess: what shapely does to a line with measures (M, here the minute of each point of a track) leaves M in
#   place, as it leaves heights (Z).
# So it is: shapely 2.2.0 keeps both through reverse and set_precision, but simplify, segmentize and
#   line_merge drop M without a word and keep Z.
# Hurt: whoever thins the track of a patrol before storing it: the places stay and every time of day is gone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check shapely==2.2.0 numpy==2.4.6
cat > expected <<'EOF'
reverse | LINESTRING M (1 1 6, 0 0 5) | LINESTRING Z (1 1 6, 0 0 5)
set_precision | LINESTRING M (0 0 5, 1 1 6) | LINESTRING Z (0 0 5, 1 1 6)
simplify | LINESTRING (0 0, 1 1) | LINESTRING Z (0 0 5, 1 1 6)
segmentize | LINESTRING (0 0, 1 1) | LINESTRING Z (0 0 5, 1 1 6)
line_merge | LINESTRING (0 0, 1 1) | LINESTRING Z (0 0 5, 1 1 6)
EOF
venv/bin/python - > seen <<'EOF'
import shapely
steps = {"reverse": shapely.reverse, "set_precision": lambda s: shapely.set_precision(s, 1),
         "simplify": lambda s: shapely.simplify(s, 0),
         "segmentize": lambda s: shapely.segmentize(s, 9), "line_merge": shapely.line_merge}
for name, step in steps.items():
    print(name, *(step(shapely.from_wkt(f"LINESTRING {kind} (0 0 5, 1 1 6)")).wkt for kind in "MZ"), sep=" | ")
EOF
cat seen
diff expected seen
