#!/bin/sh
# Guess: pyogrio says the same of a time without a zone whichever way it is read.
# So it is: in pyogrio 0.13.0 a GeoPackage column that was written without a zone is zoneless in the fields'
#   dtypes, which read_dataframe follows, but the Arrow stream of open_arrow calls it UTC; a FlatGeobuf of the
#   same rows stays zoneless in both.
# Hurt: whoever takes tips from a GeoPackage by Arrow for speed: eight in the morning by the office's clock
#   becomes four in the afternoon in China.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyogrio==0.13.0 pyarrow==26.0.1 numpy==2.4.6 certifi==2026.10.19.post1
cat > expected <<'EOF'
tips.gpkg dtypes: datetime64[ms] | Arrow: timestamp[ms, tz=UTC]
tips.fgb dtypes: datetime64[ms] | Arrow: timestamp[ms]
EOF
venv/bin/python - > seen <<'EOF'
import struct
import numpy as np, pyarrow, pyogrio.raw
point = np.array([struct.pack("<BI2d", 1, 1, 118, 26)], dtype=object)
time = np.array(["2026-03-01T08:00:00"], dtype="datetime64[ms]")
for name, driver in (("tips.gpkg", "GPKG"), ("tips.fgb", "FlatGeobuf")):
    pyogrio.raw.write(name, point, [time], ["time"], driver=driver, geometry_type="Point", crs="EPSG:4490")
    with pyogrio.open_arrow(name) as (meta, stream):
        field = pyarrow.RecordBatchReader.from_stream(stream).schema.field("time")
    print(name, "dtypes:", *meta["dtypes"], "| Arrow:", field.type)
EOF
cat seen
diff expected seen
