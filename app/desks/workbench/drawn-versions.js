/* The versions of a drawing: each with who, when and what; the shape of one on the map, and back to it by a button. */

import { UNRESTORED } from "../../core/words.py";
import { el } from "../../static/shared/dom.js";
import { drawnMiddle, drawnShape } from "../../static/shared/drawn.js";
import { readable } from "../../static/shared/explain.js";
import { request } from "../../static/shared/request.js";
import { DRAWN, sendDrawing } from "./draw-form.js";

export function drawnVersions(city, drawn, restored) {
  const { id, version } = drawn.properties;
  const address = `${DRAWN}/${encodeURIComponent(id)}/versions`;
  const shown = L.featureGroup().addTo(city.map);
  const rows = el("ol", { class: "versions" });
  const node = el("details", {}, el("summary", {}, `以前的版本(共 ${version} 版)`), rows);
  node.addEventListener("toggle", () => (node.open ? look() : shown.clearLayers()));
  city.map.once("popupclose", () => shown.remove());
  return version > 1 ? node : null;

  async function look() {
    try {
      const { features } = await request(address);
      rows.replaceChildren(...features.slice(0, -1).reverse().map(line));
    } catch (error) {
      rows.replaceChildren(el("li", {}, error.sentence || "没有取到以前的版本,请稍后再试。"));
    }
  }

  function line(feature) {
    const { name, family, deleted_at, updated_at } = feature.properties;
    const when = readable(city, { kind: "moment" }, updated_at);
    const told = `第 ${feature.version} 版 ${when} ${city.styles.families[family].title}“${name}”${deleted_at ? "(删除)" : ""} `;
    const button = (label, onclick) => el("button", { type: "button", class: "link", onclick }, label);
    return el(
      "li",
      {},
      told,
      button("在图上看", () => show(feature)),
      " ",
      button("恢复到这一版", () => restore(feature)),
    );
  }

  function show(feature) {
    const style = {
      color: "#c01f38",
      weight: 2.5,
      dashArray: "6 5",
      fillOpacity: 0.08,
      interactive: false,
      pane: "drawn",
    };
    const mark = () => L.circleMarker(drawnMiddle(feature.geometry), { ...style, radius: 9 });
    shown.clearLayers().addLayer(drawnShape(feature, style) ?? mark());
  }

  async function restore(feature) {
    try {
      await sendDrawing("POST", { id, version, path: `/versions/${feature.version}/restore` });
    } catch (error) {
      return city.fail(error.sentence ?? UNRESTORED);
    }
    city.map.closePopup();
    return restored();
  }
}
