#!/bin/sh
# Guess: libpysal's adaptive kernel weights give places at one and the same point the full weight, as the
#   kernel has at distance 0.
# So it is: libpysal 4.14.1 sets a place's bandwidth to the distance of its k-th neighbour; with more than k
#   places at one point that is 0 and every weight is 0/0. The rows are NaN, numpy warns of a division and
#   nothing is raised; a spatial lag is NaN there.
# Hurt: an analysis of rental units: three units of one building share one coordinate, and with k=2 the
#   building drops out of every statistic that skips NaN, or blanks the sum of one that does not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check libpysal==4.14.1 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 geopandas==1.2.0 shapely==2.2.0
cat > expected <<'EOF'
bandwidths [0.0, 0.0, 0.0, 10.0, 10.0, 10.0]
row of the building [nan, nan, nan]
lag [nan, nan, nan, 1.0, 1.0, 1.0]
EOF
venv/bin/python - > seen <<'EOF'
import warnings
import numpy as np
from libpysal.weights import Kernel, lag_spatial
warnings.simplefilter("ignore")
building = [[0, 0], [0, 0], [0, 0]]
apart = [[10, 0], [0, 10], [10, 10]]
weights = Kernel(np.array(building + apart, float), k=2, fixed=False)
print("bandwidths", [round(float(b), 3) for b in weights.bandwidth.ravel()])
print("row of the building", [float(w) for w in weights.weights[0]])
print("lag", [round(float(v), 3) for v in lag_spatial(weights, np.ones(6))])
EOF
cat seen
diff expected seen
