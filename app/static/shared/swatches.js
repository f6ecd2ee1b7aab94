/* What a legend shows beside its words, as SVG from the tables that the map is drawn from. */

import { nextId, svg } from "./dom.js";

export function markSwatch(symbol, shapes) {
  const paint = {
    fill: symbol.hollow ? "none" : symbol.colour,
    stroke: symbol.hollow ? symbol.colour : "none",
    "stroke-width": 0.3,
    "stroke-linejoin": "round",
  };
  const shape =
    symbol.shape === "circle"
      ? svg("circle", { r: 0.9, ...paint })
      : svg("polygon", { points: shapes[symbol.shape].join(" "), ...paint });
  return svg("svg", { viewBox: "-1.5 -1.5 3 3", class: "swatch", "aria-hidden": "true" }, shape);
}

/* The pattern of a grade, for an SVG of any size: its colour for the eye, its hatch for print and colour-blind readers. */
export function gradePattern(key, grade, prefix, dark) {
  const marks = { cross: "M0 0L8 8M8 0L0 8", diagonal: "M-2 2L2 -2M0 8L8 0M6 10L10 6", dots: "M2 2h.01M6 6h.01" };
  return svg(
    "pattern",
    { id: `${prefix}${key}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
    svg("rect", { width: 8, height: 8, fill: grade.fill, "fill-opacity": 0.38 }),
    svg("path", {
      d: marks[grade.pattern],
      stroke: dark ? grade.line_dark : grade.line,
      "stroke-width": grade.pattern === "dots" ? 2.2 : 1.1,
      "stroke-linecap": "round",
      "stroke-opacity": 0.75,
      fill: "none",
    }),
  );
}

export function gradeSwatch(key, grade, dark) {
  const prefix = `${nextId("swatch")}-`;
  return svg(
    "svg",
    { viewBox: "0 0 24 16", class: "swatch wide", "aria-hidden": "true" },
    gradePattern(key, grade, prefix, dark),
    svg("rect", {
      x: 1,
      y: 1,
      width: 22,
      height: 14,
      rx: 2,
      fill: `url(#${prefix}${key})`,
      stroke: dark ? grade.line_dark : grade.line,
      "stroke-width": grade.width,
    }),
  );
}

export function lineSwatch({ color, weight, dashArray = "" }) {
  const line = { x1: 1, y1: 8, x2: 23, y2: 8, stroke: color, "stroke-width": Math.min(Math.max(weight, 1), 4) };
  if (dashArray) line["stroke-dasharray"] = dashArray;
  return svg("svg", { viewBox: "0 0 24 16", class: "swatch wide", "aria-hidden": "true" }, svg("line", line));
}

export function boxSwatch(fill, line) {
  const box = svg("rect", { x: 1, y: 1, width: 22, height: 14, rx: 2, fill, stroke: line });
  return svg("svg", { viewBox: "0 0 24 16", class: "swatch wide", "aria-hidden": "true" }, box);
}
