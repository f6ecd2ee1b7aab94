#!/bin/sh
# Guess: GDAL's XLSX driver takes the first row of a sheet as its headings.
# So it is: GDAL in pyogrio 0.13.0 does so only where a column's heading is text and the cell below is not. A
#   sheet of texts only (names, streets, codes kept as text) comes in with fields Field1, Field2 and its
#   headings as the first row; one number in a column, and the headings are there.
# Hurt: an office whose register holds codes as text, as it should: a matching by heading fails, and the
#   heading is counted as one more place.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyogrio==0.13.0 numpy==2.4.6 certifi==2026.10.19.post1 openpyxl==3.1.5
cat > expected <<'EOF'
number ['name', 'street', 'rooms'] rows 1
text ['Field1', 'Field2', 'Field3'] rows 2
EOF
venv/bin/python - > seen <<'EOF'
import openpyxl, pyogrio.raw
for third in ("number", "text"):
    book = openpyxl.Workbook()
    for row in (["name", "street", "rooms"], ["Inn", "East Street", 12 if third == "number" else "12"]):
        book.active.append(row)
    book.save(f"{third}.xlsx")
    meta, _, _, columns = pyogrio.raw.read(f"{third}.xlsx")
    print(third, list(meta["fields"]), "rows", len(columns[0]))
EOF
cat seen
diff expected seen
