#!/bin/sh
# Guess: the colour that branca's StepColormap gives a value is that of the class in which mapclassify counts
#   it, when the map's steps are mapclassify's breaks.
# So it is: mapclassify 2.10.0 closes classes above (a value equal to a break belongs below it), branca 0.8.2
#   closes them below (it belongs above). Quantiles and natural breaks of counts nearly always lie on a value,
#   so each break's places are drawn one class too high.
# Hurt: readers of a map of counts per community: the legend and table say five places in the middle class,
#   the map shows four; folium draws with branca and geopandas classifies with mapclassify, so the two meet
#   often.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mapclassify==2.10.0 branca==0.8.2 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
cat > expected <<'EOF'
Quantiles breaks [2.0, 4.0, 12.0]
  classified [0, 0, 0, 0, 0, 1, 1, 2, 2, 2]
  drawn      [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
NaturalBreaks breaks [2.0, 6.0, 12.0]
  classified [0, 0, 0, 0, 0, 1, 1, 1, 2, 2]
  drawn      [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
EOF
venv/bin/python - > seen <<'EOF'
import mapclassify
from branca.colormap import StepColormap
counts = [0, 1, 1, 2, 2, 3, 4, 6, 9, 12]
colours = {"#ff0000ff": 0, "#00ff00ff": 1, "#0000ffff": 2}
for scheme in (mapclassify.Quantiles, mapclassify.NaturalBreaks):
    classes = scheme(counts, k=3)
    steps = StepColormap(["red", "lime", "blue"], index=[0, *classes.bins], vmin=0, vmax=12)
    print(scheme.__name__, "breaks", [round(float(b), 6) for b in classes.bins])
    print("  classified", [int(c) for c in classes.yb])
    print("  drawn     ", [colours[steps(value)] for value in counts])
EOF
cat seen
diff expected seen
