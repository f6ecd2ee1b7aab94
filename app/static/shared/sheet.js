/* What a map without the workbench carries: its title and date, a list of layers, a legend; zones open in a popup. */

import { el } from "./dom.js";
import { insidePoint } from "./geometry.js";
import { fillLegend } from "./legend.js";
import { BORDERS, CAUTION } from "../../core/words.py";
import { explainZone } from "./zones.js";

export function sheet(city) {
  const legend = el("div");
  const title = el(
    "header",
    { class: "sheet-title" },
    el("h1", {}, city.config.title),
    el("p", {}, `${city.config.city.name} · 状态截至 ${city.stamp()}`),
    city.config.note ? el("p", {}, city.config.note) : null,
    city.config.mark ? el("p", { class: "mark" }, city.config.mark) : null,
  );
  const layers = el(
    "details",
    { class: "sheet-layers" },
    el("summary", {}, "图层"),
    ...city.config.layers.map(layerLine),
  );
  const lines = el("details", { class: "sheet-legend", open: innerWidth > 820 }, el("summary", {}, "图例"), legend);
  const caution = city.drawers.has("risk_zones") ? `${CAUTION}。` : "";
  const foot = el("p", { class: "sheet-foot" }, `${caution}${BORDERS}。`);
  const notice = el("p", { class: "sheet-notice", role: "alert", hidden: true });
  city.map.getContainer().after(title, layers, lines, foot, notice);
  city.on("layers", () => fillLegend(city, legend));
  city.on("zone", (zone) => city.popup(insidePoint(zone.geometry), explainZone(city, zone)));
  city.on("fail", (sentence) => {
    notice.textContent = sentence;
    notice.hidden = false;
  });

  function layerLine(layer) {
    const box = el("input", { type: "checkbox", checked: layer.shown });
    box.addEventListener("change", () => city.show(layer.key, box.checked));
    return el("label", {}, box, layer.title);
  }
}
