#!/bin/sh
# Guess: fastkml reads the KML of before 2008 (namespace earth.google.com/kml/2.x), which some devices and
#   mapping tools still write, or refuses it.
# So it is: fastkml 1.4.0 returns an empty document: no placemark, no error. GDAL in pyogrio 0.13.0 reads one
#   placemark in each.
# Hurt: whoever imports an old collection of placemarks: the import ends well and brings nothing, which looks
#   like an empty file.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check fastkml==1.4.0 pygeoif==1.6.0 pyogrio==0.13.0 numpy==2.4.6 certifi==2026.10.19.post1
cat > expected <<'EOF'
www.opengis.net/kml/2.2 fastkml 1 GDAL 1
earth.google.com/kml/2.0 fastkml 0 GDAL 1
earth.google.com/kml/2.1 fastkml 0 GDAL 1
earth.google.com/kml/2.2 fastkml 0 GDAL 1
EOF
venv/bin/python - > seen <<'EOF'
import fastkml, pyogrio
for space in ("www.opengis.net/kml/2.2", "earth.google.com/kml/2.0", "earth.google.com/kml/2.1", "earth.google.com/kml/2.2"):
    text = (f'<kml xmlns="http://{space}"><Document><Placemark><name>gate</name>'
            "<Point><coordinates>118,26</coordinates></Point></Placemark></Document></kml>")
    with open("old.kml", "w") as file:
        file.write(text)
    places = [p for d in fastkml.KML.from_string(text).features for p in d.features]
    print(space, "fastkml", len(places), "GDAL", pyogrio.read_info("old.kml")["features"])
EOF
cat seen
diff expected seen
