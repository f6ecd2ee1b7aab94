"use strict";
/* The legend: what is on the map now, and nothing else. */

wuchuan.lineSwatch = function ({ color, weight, dashArray }) {
  const line = { x1: 1, y1: 8, x2: 23, y2: 8, stroke: color, "stroke-width": Math.min(Math.max(weight, 1), 4) };
  if (dashArray) line["stroke-dasharray"] = dashArray;
  return wuchuan.svg(
    "svg",
    { viewBox: "0 0 24 16", class: "swatch wide", "aria-hidden": "true" },
    wuchuan.svg("line", line),
  );
};

wuchuan.boxSwatch = function (fill, line) {
  const box = wuchuan.svg("rect", { x: 1, y: 1, width: 22, height: 14, rx: 2, fill, stroke: line });
  return wuchuan.svg("svg", { viewBox: "0 0 24 16", class: "swatch wide", "aria-hidden": "true" }, box);
};

wuchuan.symbolLegend = (city, key, unseen) =>
  Object.values(city.styles.symbols[key])
    .filter((symbol) => !unseen.has(symbol.title))
    .map((symbol) => ({ swatch: wuchuan.markSwatch(symbol, city.styles.shapes), text: symbol.title }));

wuchuan.rampLegend = function ({ measure, breaks }, ground) {
  const { digits = 0 } = wuchuan.MEASURES[measure];
  const number = (value) =>
    value.toLocaleString("zh-CN", { maximumFractionDigits: digits, minimumFractionDigits: digits });
  const step = 10 ** -digits;
  const classes = breaks.map((bound, i) => {
    const from = i ? breaks[i - 1] + step : Math.min(step, bound);
    const text = number(from) === number(bound) ? number(bound) : `${number(from)}–${number(bound)}`;
    return { swatch: wuchuan.boxSwatch(wuchuan.classColour(bound, breaks, ground), ground.township), text };
  });
  return [{ swatch: wuchuan.boxSwatch(ground.empty, ground.township), text: "0 或没有记录" }, ...classes];
};

wuchuan.heatLegend = function (city, heat) {
  const stops = city.styles.heat.map(([colour, alpha], i, all) => {
    const share = Math.round(alpha * 255)
      .toString(16)
      .padStart(2, "0");
    return `${colour}${share} ${(100 * i) / (all.length - 1)}%`;
  });
  const bar = wuchuan.el("div", { class: "ramp" });
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const ticks = new Set([0, ...heat.breaks.filter((v) => v < 0.85 * heat.peak_per_km2), heat.peak_per_km2]);
  const row = wuchuan.el("div", { class: "ticks" });
  for (const value of ticks) {
    const tick = wuchuan.el("span", {}, wuchuan.shortNumber(value));
    tick.style.left = `${(100 * value) / (heat.peak_per_km2 || 1)}%`;
    row.append(tick);
  }
  return {
    block: wuchuan.el(
      "div",
      { class: "heat-legend" },
      bar,
      row,
      wuchuan.el("small", {}, `条/km²${heat.bandwidth_m ? `,核密度,带宽 ${heat.bandwidth_m / 1000} km` : ""}`),
    ),
  };
};

wuchuan.shortNumber = (value) => value.toLocaleString("zh-CN", { maximumSignificantDigits: 2 });

/* Fills a node with one section per visible layer. */
wuchuan.fillLegend = function (city, node) {
  const sections = [...city.visible()]
    .map(({ layer, drawer }) => ({ title: drawer.title?.() ?? layer.title, lines: drawer.legend() }))
    .filter((section) => section.lines.length);
  node.replaceChildren(...sections.map(section));

  function section({ title, lines }) {
    const single = lines.length === 1 && lines[0].text;
    const rows = lines.map(
      ({ swatch, text, block }) => block || wuchuan.el("li", {}, swatch, wuchuan.el("span", {}, text)),
    );
    return wuchuan.el("section", {}, single ? null : wuchuan.el("h3", {}, title), wuchuan.el("ul", {}, ...rows));
  }
};
