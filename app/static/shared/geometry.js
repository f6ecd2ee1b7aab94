/* Points and polygons as GeoJSON holds them. */

/* A point well inside the largest ring of a polygon: the middle of the widest stretch of the line through its middle. */
export function insidePoint(geometry) {
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
  return { lat: middle, lng: (best[0] + best[1]) / 2 };

  function extent(r) {
    let area = 0;
    for (let i = 0; i < r.length - 1; i++) area += r[i][0] * r[i + 1][1] - r[i + 1][0] * r[i][1];
    return Math.abs(area);
  }
}

/* Whether a polygon or multipolygon holds a point. */
export function holds(geometry, { lat, lng }) {
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
}

export function linesOf({ type, coordinates }) {
  return type === "LineString" ? [coordinates] : type === "MultiLineString" ? coordinates : [];
}
