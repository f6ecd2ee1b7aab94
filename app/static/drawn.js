"use strict";
/* What was drawn by hand: its outline, a pattern no grade has, the mark of its family and its name. */

wuchuan.FAMILY_PATTERNS = { upright: "M4 0V8", level: "M0 4H8" };

wuchuan.familyColour = (city, family) => city.styles.families[family][city.dark ? "colour_dark" : "colour"];

wuchuan.familySymbol = (city, family) => {
  const { title, shape } = city.styles.families[family];
  return { title, shape, colour: wuchuan.familyColour(city, family) };
};

wuchuan.familyPattern = function (city, family, id) {
  const colour = wuchuan.familyColour(city, family);
  const d = wuchuan.FAMILY_PATTERNS[city.styles.families[family].pattern] ?? "";
  const lines = { d, stroke: colour, "stroke-width": 1 };
  return wuchuan.svg(
    "pattern",
    { id, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
    wuchuan.svg("rect", { width: 8, height: 8, fill: colour, "fill-opacity": 0.1 }),
    wuchuan.svg("path", { ...lines, "stroke-opacity": 0.65, fill: "none" }),
  );
};

wuchuan.familySwatch = function (city, family) {
  const { dash, shape } = city.styles.families[family];
  const colour = wuchuan.familyColour(city, family);
  const id = `swatch-${(wuchuan.swatches = (wuchuan.swatches || 0) + 1)}`;
  const box = { x: 1, y: 1, width: 22, height: 14, rx: 2, fill: `url(#${id})`, stroke: colour, "stroke-width": 1.5 };
  const mark =
    shape === "circle"
      ? wuchuan.svg("circle", { r: 0.9, fill: colour })
      : wuchuan.svg("polygon", { points: city.styles.shapes[shape].join(" "), fill: colour });
  const placed = wuchuan.svg("g", { transform: "translate(12 8) scale(4)" }, mark);
  return wuchuan.svg(
    "svg",
    { viewBox: "0 0 24 16", class: "swatch wide", "aria-hidden": "true" },
    wuchuan.familyPattern(city, family, id),
    wuchuan.svg("rect", { ...box, "stroke-dasharray": dash || "none" }),
    placed,
  );
};

/* A drawing as a Leaflet layer; a point with a radius is a circle, a point without one has its mark alone. */
wuchuan.drawnShape = function ({ geometry, properties }, options) {
  const { type, coordinates } = geometry;
  const swap = (depth, list) => L.GeoJSON.coordsToLatLngs(list, depth);
  if (type === "Point") {
    const at = L.GeoJSON.coordsToLatLng(coordinates);
    return properties.radius_m ? L.circle(at, { ...options, radius: properties.radius_m }) : null;
  }
  if (type.endsWith("LineString"))
    return L.polyline(swap(type === "LineString" ? 0 : 1, coordinates), { ...options, fill: false });
  return L.polygon(swap(type === "Polygon" ? 1 : 2, coordinates), options);
};

wuchuan.draw.drawn = function (city, layer, group) {
  const shapes = L.svg({ pane: "drawn", padding: 0.3 });
  const marks = new wuchuan.MarkCanvas({ pane: "marks", padding: 0.3, city });
  const kinds = { drawn: { font: "600 12px inherit", height: 16, from: 9, to: 99, rank: 3, shifts: [17, -17, 33] } };
  const families = Object.keys(city.styles.families);
  let shown = [];
  const kept = (f) => f.geometry && city.inArea(f.properties) && f.properties.id !== drawer.hidden;
  const drawer = wuchuan.features(city, layer, group, {
    address: () => ({}),
    build({ features }) {
      shown = features.filter(kept);
      const built = L.featureGroup(shown.flatMap(both));
      built.once("add", definePatterns);
      city.labels.set("drawn", shown.map(label), kinds);
      return built;
    },
    pick: (_, { latlng, reach }) => shown.filter((f) => touches(f, latlng, reach)).map((drawn) => ({ drawn })),
    legend: () =>
      families
        .filter((family) => shown.some((f) => f.properties.family === family))
        .map((family) => ({ swatch: wuchuan.familySwatch(city, family), text: city.styles.families[family].title })),
  });
  group.on("remove", () => city.labels.set("drawn", [], kinds));
  group.on("add", () => drawer.restyle());
  const { refresh } = drawer;
  return Object.assign(drawer, {
    hidden: null, // the one that is being edited
    refresh() {
      city.forget(layer); // an answer that was kept may be older than what was just drawn
      return refresh.call(drawer);
    },
  });

  function both(feature) {
    const { family } = feature.properties;
    const at = wuchuan.drawnMiddle(feature.geometry);
    const colour = wuchuan.familyColour(city, family);
    const { dash } = city.styles.families[family];
    const style = { color: colour, weight: 2, dashArray: dash, fillColor: `url(#drawn-${family})` };
    const shape = wuchuan.drawnShape(feature, {
      ...style,
      fillOpacity: 1,
      renderer: shapes,
      interactive: false,
      className: `drawn ${family}`,
      pmIgnore: false,
    });
    const symbol = wuchuan.familySymbol(city, family);
    const mark = L.circleMarker(at, { radius: 6, renderer: marks, interactive: false, symbol });
    return shape ? [shape, mark] : [mark];
  }
  function label({ geometry, properties: { name, area_code } }) {
    return { latlng: wuchuan.drawnMiddle(geometry), text: name, area_code, kind: "drawn" };
  }
  function touches({ geometry, properties }, latlng, reach) {
    const at = city.map.latLngToLayerPoint(latlng);
    const middle = wuchuan.drawnMiddle(geometry);
    if (at.distanceTo(city.map.latLngToLayerPoint(middle)) <= reach) return true;
    if (properties.radius_m) return city.map.distance(middle, latlng) <= properties.radius_m;
    if (geometry.type.endsWith("Polygon")) return wuchuan.holds(geometry, latlng);
    return wuchuan.linesOf(geometry).some((line) => nearLine(line, at, reach));
  }
  function nearLine(line, at, reach) {
    const points = line.map((place) => city.map.latLngToLayerPoint(L.GeoJSON.coordsToLatLng(place)));
    return points.some((to, i) => i && L.LineUtil.pointToSegmentDistance(at, points[i - 1], to) <= reach);
  }
  function definePatterns() {
    const root = shapes._container;
    root?.querySelector("defs")?.remove();
    root?.prepend(wuchuan.svg("defs", {}, ...families.map((f) => wuchuan.familyPattern(city, f, `drawn-${f}`))));
  }
};

wuchuan.linesOf = function ({ type, coordinates }) {
  return type === "LineString" ? [coordinates] : type === "MultiLineString" ? coordinates : [];
};

/* Where a drawing's mark and name stand: its point, the middle of its line, or well inside its area. */
wuchuan.drawnMiddle = function (geometry) {
  if (geometry.type === "Point") return L.GeoJSON.coordsToLatLng(geometry.coordinates);
  if (geometry.type.endsWith("Polygon")) return wuchuan.insidePoint(geometry);
  const line = wuchuan.linesOf(geometry)[0];
  const i = Math.floor((line.length - 1) / 2);
  return L.latLng((line[i][1] + line[i + 1][1]) / 2, (line[i][0] + line[i + 1][0]) / 2);
};

/* A drawing in words; a page that can draw adds what can be done with it. */
wuchuan.explainDrawn = function (city, drawn) {
  const { name, family, note, radius_m, version, updated_at } = drawn.properties;
  const rows = [
    ["类别", city.styles.families[family].title],
    ["所在", city.areaName({ area_code: drawn.properties.area_code })],
    ["半径", radius_m && `${wuchuan.whole(radius_m)} 米`],
    ["改于", updated_at && wuchuan.readable(city, { kind: "moment" }, updated_at)],
    ["版本", `第 ${version} 版`],
  ];
  const head = wuchuan.el("h3", {}, wuchuan.familySwatch(city, family), name);
  const told = note ? wuchuan.el("p", { class: "note" }, note) : null;
  return wuchuan.el("section", { class: "drawn-facts" }, head, told, wuchuan.facts(rows), city.actionsFor?.(drawn) ?? null);
};
