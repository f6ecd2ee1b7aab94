"use strict";
/* Marks at points: one table of shapes (styles.py) drawn on canvas for the map and as SVG for the legend. */

const wuchuan = {};

/* An id for one form or drawing, so that what is sent twice is stored once; also where the page is not a secure one. */
wuchuan.newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

wuchuan.SVG = "http://www.w3.org/2000/svg";

/* An element with attributes and children. Text becomes a text node, never markup. */
wuchuan.el = function (tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

wuchuan.at = (id) => document.getElementById(id);

/* A count as people read it; none known is a dash. */
wuchuan.whole = (value) => (value == null ? "—" : value.toLocaleString("zh-CN"));

wuchuan.svg = function (tag, attributes = {}, ...children) {
  const node = document.createElementNS(wuchuan.SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

/* The symbol of a feature: by the value of the layer's symbol field, else the layer's last one. */
wuchuan.symbolOf = function (styles, layer, properties) {
  const kinds = styles.symbols[layer];
  const value = properties[styles.symbolFields[layer]];
  return kinds[String(value ?? "")] || Object.values(kinds).at(-1);
};

wuchuan.drawMark = function (ctx, point, radius, symbol, shapes, halo) {
  ctx.beginPath();
  if (symbol.shape === "circle") ctx.arc(point.x, point.y, radius, 0, 2 * Math.PI);
  else {
    for (const [x, y] of shapes[symbol.shape]) ctx.lineTo(point.x + x * radius, point.y + y * radius);
    ctx.closePath();
  }
  ctx.lineJoin = "round";
  ctx.lineWidth = symbol.hollow ? 1.6 : 1;
  ctx.fillStyle = symbol.hollow ? halo : symbol.colour;
  ctx.strokeStyle = symbol.hollow ? symbol.colour : halo;
  ctx.fill();
  ctx.stroke();
};

/* Many points in one cell of a far view: a dot that grows with the logarithm of their count. ``fine`` is for so many
   points that larger dots would only cover one another. */
wuchuan.dotRadius = (count, fine) => (fine ? 1.1 : 3.5) + Math.min(0.95 * Math.log10(count), 2.9);

wuchuan.drawDot = function (ctx, point, radius, { colour, outline }) {
  ctx.beginPath();
  ctx.arc(point.x, point.y, radius, 0, 2 * Math.PI);
  ctx.globalAlpha = 0.78;
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.globalAlpha = 1;
  if (!outline) return;
  ctx.lineWidth = 0.8;
  ctx.strokeStyle = outline;
  ctx.stroke();
};

wuchuan.markSwatch = function (symbol, shapes) {
  const paint = {
    fill: symbol.hollow ? "none" : symbol.colour,
    stroke: symbol.hollow ? symbol.colour : "none",
    "stroke-width": 0.3,
    "stroke-linejoin": "round",
  };
  const shape =
    symbol.shape === "circle"
      ? wuchuan.svg("circle", { r: 0.9, ...paint })
      : wuchuan.svg("polygon", { points: shapes[symbol.shape].join(" "), ...paint });
  return wuchuan.svg("svg", { viewBox: "-1.5 -1.5 3 3", class: "swatch", "aria-hidden": "true" }, shape);
};

/* The pattern of a grade, for an SVG of any size: its colour for the eye, its hatch for print and colour-blind readers. */
wuchuan.gradePattern = function (key, grade, prefix, dark) {
  const marks = {
    cross: "M0 0L8 8M8 0L0 8",
    diagonal: "M-2 2L2 -2M0 8L8 0M6 10L10 6",
    dots: "M2 2h.01M6 6h.01",
  };
  return wuchuan.svg(
    "pattern",
    { id: `${prefix}${key}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
    wuchuan.svg("rect", { width: 8, height: 8, fill: grade.fill, "fill-opacity": 0.38 }),
    wuchuan.svg("path", {
      d: marks[grade.pattern],
      stroke: dark ? grade.line_dark : grade.line,
      "stroke-width": grade.pattern === "dots" ? 2.2 : 1.1,
      "stroke-linecap": "round",
      "stroke-opacity": 0.75,
      fill: "none",
    }),
  );
};

wuchuan.gradeSwatch = function (key, grade, dark) {
  const prefix = `swatch-${(wuchuan.swatches = (wuchuan.swatches || 0) + 1)}-`;
  return wuchuan.svg(
    "svg",
    { viewBox: "0 0 24 16", class: "swatch wide", "aria-hidden": "true" },
    wuchuan.gradePattern(key, grade, prefix, dark),
    wuchuan.svg("rect", {
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
};
