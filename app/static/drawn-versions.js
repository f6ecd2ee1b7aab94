"use strict";
/* The versions of a drawing: each with who, when and what; the shape of one on the map, and back to it by a button. */

wuchuan.drawnVersions = function (city, drawn, restored) {
  const { el } = wuchuan;
  const { id, version } = drawn.properties;
  const address = `${wuchuan.DRAWN}/${encodeURIComponent(id)}/versions`;
  const shown = L.featureGroup().addTo(city.map);
  const rows = el("ol", { class: "versions" });
  const node = el("details", {}, el("summary", {}, `以前的版本(共 ${version} 版)`), rows);
  node.addEventListener("toggle", () => (node.open ? look() : shown.clearLayers()));
  city.map.once("popupclose", () => shown.remove());
  return version > 1 ? node : null;

  async function look() {
    try {
      const { features } = await city.ask(address);
      rows.replaceChildren(...features.slice(0, -1).reverse().map(line));
    } catch (error) {
      rows.replaceChildren(el("li", {}, error.sentence || "没有取到以前的版本,请稍后再试。"));
    }
  }

  function line(feature) {
    const { name, family, deleted_at, updated_at } = feature.properties;
    const when = wuchuan.readable(city, { kind: "moment" }, updated_at);
    const told = `第 ${feature.version} 版 ${when} ${city.styles.families[family].title}“${name}”${deleted_at ? "(删除)" : ""} `;
    const button = (label, onclick) => el("button", { type: "button", class: "link", onclick }, label);
    return el("li", {}, told, button("在图上看", () => show(feature)), " ", button("恢复到这一版", () => restore(feature)));
  }

  function show(feature) {
    const style = { color: "#c01f38", weight: 2.5, dashArray: "6 5", fillOpacity: 0.08, interactive: false, pane: "drawn" };
    const mark = () => L.circleMarker(wuchuan.drawnMiddle(feature.geometry), { ...style, radius: 9 });
    shown.clearLayers().addLayer(wuchuan.drawnShape(feature, style) ?? mark());
  }

  async function restore(feature) {
    const { status, told } = await wuchuan.sendDrawing("POST", { id, version, path: `/versions/${feature.version}/restore` });
    if (status !== 200) return city.fail(told.sentence ?? "没有恢复成功,请稍后再试。");
    city.map.closePopup();
    restored(told);
  }
};
