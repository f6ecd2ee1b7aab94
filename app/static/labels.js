"use strict";
/* Names on the map that never cover one another: the important ones first, the others where there is room. */

wuchuan.Labels = class {
  constructor(map, keeps) {
    this.map = map;
    this.keeps = keeps;
    this.pane = map.getPane("labels");
    this.sets = new Map();
    this.measure = document.createElement("canvas").getContext("2d");
    this.widths = new Map();
    map.on("moveend zoomend resize", () => this.place());
    map.on("zoomstart", () => this.pane.classList.add("hidden"));
  }

  /* entries: {latlng, text, kind, rank}; kinds: {kind: {font, height, from, to}}; small ranks are placed first.
     ``shifts`` are the places up or down that a name may give way to.
     What finds no room is left out, or with ``dot`` in its kind shrinks to a dot. */
  set(name, entries, kinds) {
    this.sets.set(name, { entries, kinds });
    this.place();
  }

  place() {
    const zoom = this.map.getZoom();
    const view = this.map.getBounds().pad(0.05);
    const wanted = [];
    for (const { entries, kinds } of this.sets.values())
      for (const entry of entries) {
        const kind = kinds[entry.kind];
        if (zoom >= kind.from && zoom < kind.to && view.contains(entry.latlng) && this.keeps(entry))
          wanted.push({ ...entry, ...kind });
      }
    wanted.sort((a, b) => a.rank - b.rank);
    const taken = [];
    const labels = wanted.map((entry) => this.fit(entry, taken)).filter(Boolean);
    this.pane.replaceChildren(...labels.reverse());
    this.pane.classList.remove("hidden");
  }

  fit(entry, taken) {
    const point = this.map.latLngToLayerPoint(entry.latlng);
    const half = { x: this.width(entry) / 2 + 3, y: entry.height / 2 + 1 };
    const boxAt = (dy) => [point.x - half.x, point.y + dy - half.y, point.x + half.x, point.y + dy + half.y];
    const free = ([west, north, east, south]) =>
      !taken.some((t) => west < t[2] && east > t[0] && north < t[3] && south > t[1]);
    const shift = (entry.shifts ?? [0]).find((dy) => free(boxAt(dy)));
    if (shift === undefined && !entry.dot) return null;
    const dot = shift === undefined;
    if (!dot) taken.push(boxAt(shift));
    const label = wuchuan.el("span", { class: `label ${entry.kind}${dot ? " dot" : ""}` }, dot ? "" : entry.text);
    label.style.transform = `translate(${Math.round(point.x)}px, ${Math.round(point.y + (shift ?? 0))}px) translate(-50%, -50%)`;
    return label;
  }

  width({ text, font, spacing = 0 }) {
    const key = font + text;
    if (!this.widths.has(key)) {
      this.measure.font = font.replace("inherit", getComputedStyle(this.pane).fontFamily);
      this.widths.set(key, this.measure.measureText(text).width + spacing * text.length);
    }
    return this.widths.get(key);
  }
};

/* A point well inside the largest ring of a polygon: the middle of the widest stretch of the line through its middle. */
wuchuan.insidePoint = function (geometry) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const ring = polygons.map((p) => p[0]).reduce((a, b) => (extent(b) > extent(a) ? b : a));
  const lats = ring.map((c) => c[1]);
  const lat = ring.reduce((sum, c) => sum + c[1], 0) / ring.length;
  const middle = Math.min(Math.max(lat, Math.min(...lats)), Math.max(...lats)) + 1e-9;
  const crossings = [];
  for (let i = 0; i < ring.length - 1; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i], ring[i + 1]];
    if (y1 > middle !== y2 > middle) crossings.push(x1 + ((middle - y1) / (y2 - y1)) * (x2 - x1));
  }
  crossings.sort((a, b) => a - b);
  let best = [ring[0][0], ring[0][0]];
  for (let i = 0; i + 1 < crossings.length; i += 2)
    if (crossings[i + 1] - crossings[i] > best[1] - best[0]) best = [crossings[i], crossings[i + 1]];
  return L.latLng(middle, (best[0] + best[1]) / 2);

  function extent(r) {
    let area = 0;
    for (let i = 0; i < r.length - 1; i++) area += r[i][0] * r[i + 1][1] - r[i + 1][0] * r[i][1];
    return Math.abs(area);
  }
};

/* Whether a polygon or multipolygon holds a point. */
wuchuan.holds = function (geometry, { lat, lng }) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.some((rings) => rings.reduce((inside, ring) => inside !== inRing(ring), false));

  function inRing(ring) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[x1, y1], [x2, y2]] = [ring[i], ring[j]];
      if (y1 > lat !== y2 > lat && lng < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
    }
    return inside;
  }
};
