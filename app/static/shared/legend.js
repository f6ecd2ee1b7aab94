/* The legend: what is on the map now, and nothing else. */

import { classColour } from "./classes.js";
import { el } from "./dom.js";
import { boxSwatch, markSwatch } from "./swatches.js";
import { AREA_MEASURES } from "../../core/words.py";

export const symbolLegend = (city, key, unseen) =>
  Object.values(city.styles.symbols[key])
    .filter((symbol) => !unseen.has(symbol.title))
    .map((symbol) => ({ swatch: markSwatch(symbol, city.styles.shapes), text: symbol.title }));

export function rampLegend({ measure, breaks }, ground) {
  const { digits = 0 } = AREA_MEASURES[measure];
  const number = (value) =>
    value.toLocaleString("zh-CN", { maximumFractionDigits: digits, minimumFractionDigits: digits });
  const step = 10 ** -digits;
  const classes = breaks.map((bound, i) => {
    const from = i ? breaks[i - 1] + step : Math.min(step, bound);
    const text = number(from) === number(bound) ? number(bound) : `${number(from)}–${number(bound)}`;
    return { swatch: boxSwatch(classColour(bound, breaks, ground), ground.township), text };
  });
  return [{ swatch: boxSwatch(ground.empty, ground.township), text: "0 或没有记录" }, ...classes];
}

export function heatLegend(city, heat) {
  const stops = city.styles.heat.map(([colour, alpha], i, all) => {
    const share = Math.round(alpha * 255)
      .toString(16)
      .padStart(2, "0");
    return `${colour}${share} ${(100 * i) / (all.length - 1)}%`;
  });
  const bar = el("div", { class: "ramp" });
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const ticks = new Set([0, ...heat.breaks.filter((v) => v < 0.85 * heat.peak_per_km2), heat.peak_per_km2]);
  const row = el("div", { class: "ticks" });
  for (const value of ticks) {
    const tick = el("span", {}, shortNumber(value));
    tick.style.left = `${(100 * value) / (heat.peak_per_km2 || 1)}%`;
    row.append(tick);
  }
  return {
    block: el(
      "div",
      { class: "heat-legend" },
      bar,
      row,
      el("small", {}, `条/km²${heat.bandwidth_m ? `,核密度,带宽 ${heat.bandwidth_m / 1000} km` : ""}`),
    ),
  };
}

export const shortNumber = (value) => value.toLocaleString("zh-CN", { maximumSignificantDigits: 2 });

/* Fills a node with one section per visible layer. */
export function fillLegend(city, node) {
  const sections = [...city.visible()]
    .map(({ layer, drawer }) => ({ title: drawer.title?.() ?? layer.title, lines: drawer.legend() }))
    .filter((section) => section.lines.length);
  node.replaceChildren(...sections.map(section));

  function section({ title, lines }) {
    const single = lines.length === 1 && lines[0].text;
    const rows = lines.map(({ swatch, text, block }) => block || el("li", {}, swatch, el("span", {}, text)));
    return el("section", {}, single ? null : el("h3", {}, title), el("ul", {}, ...rows));
  }
}
