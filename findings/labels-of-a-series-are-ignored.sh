#!/bin/sh
# Guess: a libpysal Graph knows its places by label, so a labelled pandas Series is matched by label, or
#   refused where its order differs.
# So it is: libpysal 4.14.1 and esda 2.9.0 match by position without a word: the same four values under the
#   same four labels in another order give another lag and another Moran's I (0.04 and -0.42).
# Hurt: whoever sorts the table of communities by name or by count between building the neighbours and
#   computing the statistic: the result is of a city that does not exist.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check libpysal==4.14.1 esda==2.9.0 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 geopandas==1.2.0 shapely==2.2.0 scikit-learn==1.9.1
cat > expected <<'EOF'
['a', 'b', 'c', 'd'] lag {'a': 2.0, 'b': 4.0, 'c': 12.0, 'd': 3.0} I 0.04
['d', 'a', 'c', 'b'] lag {'a': 1.0, 'b': 13.0, 'c': 3.0, 'd': 3.0} I -0.42
EOF
venv/bin/python - > seen <<'EOF'
import warnings
warnings.simplefilter("ignore")
import pandas as pd
from esda import Moran
from libpysal.graph import Graph
graph = Graph.from_dicts({"a": {"b": 1}, "b": {"a": 1, "c": 1}, "c": {"b": 1, "d": 1}, "d": {"c": 1}})
counts = pd.Series({"a": 1.0, "b": 2.0, "c": 3.0, "d": 10.0})
for series in (counts, counts[["d", "a", "c", "b"]]):
    lag = dict(zip(graph.unique_ids, graph.lag(series).tolist()))
    print(list(series.index), "lag", lag, "I", round(float(Moran(series, graph, permutations=0).I), 4))
EOF
cat seen
diff expected seen
