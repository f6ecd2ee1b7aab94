/* What lies at a place, in words: marks and areas. */

import { dayBefore } from "./days.js";
import { el, facts } from "./dom.js";
import { symbolOf } from "./marks.js";
import { markSwatch } from "./swatches.js";
import { AREA_MEASURES } from "../../core/words.py";

/* A value as people read it: choices by their title, moments in the city's time, yes and no. */
export function readable(city, field, value) {
  if (field.choices) return field.choices[value] ?? value;
  if (field.kind === "flag") return value ? "是" : "否";
  if (field.kind === "moment" && value.length > 10)
    return new Date(value).toLocaleString("zh-CN", {
      timeZone: city.config.city.timezone,
      dateStyle: "medium",
      timeStyle: "short",
    });
  if (typeof value === "number") {
    const shown = field.unit === "%" ? 100 * value : value; // shares are stored as fractions
    return `${shown.toLocaleString("zh-CN")}${field.unit ? ` ${field.unit}` : ""}`;
  }
  return value;
}

export function explainMarks(city, marks, zone) {
  const nodes = marks.slice(0, 6).map(({ layer, properties }) => {
    const symbol = symbolOf(city.styles, layer, properties);
    const title = properties.count
      ? `${city.config.layers.find((l) => l.source === layer).title} ${properties.count} 处,放大后逐个显示`
      : properties.name || symbol.title;
    const rows = properties.count
      ? []
      : city.config.fields[layer].map((field) => [
          field.title,
          properties[field.name] == null ? null : readable(city, field, properties[field.name]),
        ]);
    return el("section", {}, el("h3", {}, markSwatch(symbol, city.styles.shapes), title), facts(rows));
  });
  if (marks.length > 6) nodes.push(el("p", {}, `这里另有 ${marks.length - 6} 处,放大后分开显示。`));
  if (zone)
    nodes.push(el("button", { type: "button", class: "link", onclick: () => city.tell("zone", zone) }, "查看所在热点"));
  return nodes;
}

export const popupBody = (nodes) => el("div", { class: "popup" }, ...nodes);

export function explainArea(city, properties) {
  const rows = Object.entries(AREA_MEASURES).map(([key, { title, digits = 0 }]) => [
    title,
    properties[key]?.toLocaleString("zh-CN", { maximumFractionDigits: digits }),
  ]);
  const place = [
    ["代码", properties.code],
    ["所属", city.places.parents(properties)],
    ["统计期间", city.period.since && `${city.period.since} 至 ${dayBefore(city.period.until)}`],
  ];
  const head = el("h3", {}, city.places.nameOf(properties));
  return [el("section", {}, head, facts([...place, ...rows]), city.chartOf?.(properties) ?? null)];
}
