#!/bin/sh
# Guess: a KML <when> of a year, a month, a day or an instant, all of which the format allows, becomes a time
#   at the start of it.
# So it is: GDAL's LIBKML in pyogrio 0.13.0 does so for months (2026-03 is 1 March) and gives a year alone no
#   time at all, without a word; a month and a day cannot be told from midnight.
# Hurt: whoever imports places drawn in a globe viewer and dated by year only ("built 2026"): they fall out of
#   every selection by time.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyogrio==0.13.0 numpy==2.4.6 certifi==2026.10.19.post1
cat > expected <<'EOF'
2026 NaT
2026-03 2026-03-01T00:00:00.000
2026-03-01 2026-03-01T00:00:00.000
2026-03-01T08:00:00+08:00 2026-03-01T08:00:00.000
EOF
venv/bin/python - > seen <<'EOF'
import warnings
import pyogrio.raw
warnings.simplefilter("error")
times = ("2026", "2026-03", "2026-03-01", "2026-03-01T08:00:00+08:00")
marks = "".join(f"<Placemark><name>{t}</name><TimeStamp><when>{t}</when></TimeStamp>"
                "<Point><coordinates>118,26</coordinates></Point></Placemark>" for t in times)
with open("dated.kml", "w") as file:
    file.write(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>')
_, _, _, (names, stamps) = pyogrio.raw.read("dated.kml", columns=["Name", "timestamp"])
for name, stamp in zip(names, stamps):
    print(name, stamp)
EOF
cat seen
diff expected seen
