/* What was drawn by hand: its colours, shape, place and words. */

import { el, facts, nextId, svg, whole } from "./dom.js";
import { readable } from "./explain.js";
import { insidePoint, linesOf } from "./geometry.js";

export const FAMILY_PATTERNS = { upright: "M4 0V8", level: "M0 4H8" };

export const familyColour = (city, family) => city.styles.families[family][city.dark ? "colour_dark" : "colour"];

export const familySymbol = (city, family) => {
  const { title, shape } = city.styles.families[family];
  return { title, shape, colour: familyColour(city, family) };
};

export function familyPattern(city, family, id) {
  const colour = familyColour(city, family);
  const d = FAMILY_PATTERNS[city.styles.families[family].pattern] ?? "";
  const lines = { d, stroke: colour, "stroke-width": 1 };
  return svg(
    "pattern",
    { id, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
    svg("rect", { width: 8, height: 8, fill: colour, "fill-opacity": 0.1 }),
    svg("path", { ...lines, "stroke-opacity": 0.65, fill: "none" }),
  );
}

export function familySwatch(city, family) {
  const { dash, shape } = city.styles.families[family];
  const colour = familyColour(city, family);
  const id = nextId("swatch");
  const box = { x: 1, y: 1, width: 22, height: 14, rx: 2, fill: `url(#${id})`, stroke: colour, "stroke-width": 1.5 };
  const mark =
    shape === "circle"
      ? svg("circle", { r: 0.9, fill: colour })
      : svg("polygon", { points: city.styles.shapes[shape].join(" "), fill: colour });
  const placed = svg("g", { transform: "translate(12 8) scale(4)" }, mark);
  return svg(
    "svg",
    { viewBox: "0 0 24 16", class: "swatch wide", "aria-hidden": "true" },
    familyPattern(city, family, id),
    svg("rect", { ...box, "stroke-dasharray": dash || "none" }),
    placed,
  );
}

/* A drawing as a Leaflet layer; a point with a radius is a circle, a point without one has its mark alone. */
export function drawnShape({ geometry, properties }, options) {
  const { type, coordinates } = geometry;
  const swap = (depth, list) => L.GeoJSON.coordsToLatLngs(list, depth);
  if (type === "Point") {
    const at = L.GeoJSON.coordsToLatLng(coordinates);
    return properties.radius_m ? L.circle(at, { ...options, radius: properties.radius_m }) : null;
  }
  if (type.endsWith("LineString"))
    return L.polyline(swap(type === "LineString" ? 0 : 1, coordinates), { ...options, fill: false });
  return L.polygon(swap(type === "Polygon" ? 1 : 2, coordinates), options);
}

/* Where a drawing's mark and name stand: its point, the middle of its line, or well inside its area. */
export function drawnMiddle(geometry) {
  if (geometry.type === "Point") return L.GeoJSON.coordsToLatLng(geometry.coordinates);
  if (geometry.type.endsWith("Polygon")) return insidePoint(geometry);
  const line = linesOf(geometry)[0];
  const i = Math.floor((line.length - 1) / 2);
  return L.latLng((line[i][1] + line[i + 1][1]) / 2, (line[i][0] + line[i + 1][0]) / 2);
}

/* A drawing in words; a page that can draw adds what can be done with it. */
export function explainDrawn(city, drawn) {
  const { name, family, note, radius_m, version, updated_at } = drawn.properties;
  const rows = [
    ["类别", city.styles.families[family].title],
    ["所在", city.places.nameOf({ area_code: drawn.properties.area_code })],
    ["半径", radius_m && `${whole(radius_m)} 米`],
    ["改于", updated_at && readable(city, { kind: "moment" }, updated_at)],
    ["版本", `第 ${version} 版`],
  ];
  const head = el("h3", {}, familySwatch(city, family), name);
  const told = note ? el("p", { class: "note" }, note) : null;
  return el("section", { class: "drawn-facts" }, head, told, facts(rows), city.actionsFor?.(drawn) ?? null);
}
