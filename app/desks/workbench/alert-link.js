/* "在地图上看" on the page of alerts: shows the layer of open alerts and opens the one that is named, with its outline. */

import { dayBefore } from "../../static/shared/days.js";
import { at, el, facts } from "../../static/shared/dom.js";
import { insidePoint } from "../../static/shared/geometry.js";
import { AREA_LEVELS } from "../../core/words.py";

export async function alertLink(city) {
  const number = Number(/^#alert=(\d+)$/.exec(location.hash)?.[1]);
  const layer = city.config.layers.find(({ key }) => key === "alerts");
  if (!number || !layer) return;
  at("layer-alerts").checked = true;
  await city.show("alerts", true);
  const open = await city.answers.load(layer, { limit: 50000 });
  const alert = open?.features.find((feature) => feature.properties.alert_id === number);
  if (!alert) return city.fail("这条预警已经办结,不在图上。");
  await Promise.all(Object.keys(AREA_LEVELS).map((level) => city.places.areasOf(level))); // for its name
  if (!city.places.land) await new Promise((come) => city.on("names", come)); // the land is looked at first
  const outline = L.geoJSON(alert, {
    style: { className: "alert-outline", fill: false, weight: 4 },
    interactive: false,
  });
  city.look(outline.getBounds(), 13);
  const popup = city.popup(insidePoint(alert.geometry), explain(alert.properties));
  outline.addTo(city.map);
  popup.once("remove", () => outline.remove());

  function explain(p) {
    const rows = [
      ["时间", `${p.since} 至 ${dayBefore(p.until)}`],
      ["收到", `${p.observed} 条线索`],
      ["按往常应有", `约 ${p.expected.toFixed(1)} 条`],
      ["负责岗位", p.post],
      ["核查期限", p.due_on],
    ];
    const task = el("p", {}, el("a", { href: `/alerts#alert-${p.alert_id}` }, "办结这条预警"));
    return [el("h3", {}, `预警:${city.places.nameOf(p)}`), facts(rows), task];
  }
}
