/* Drawing on the map: one piece of work at a time, kept through a reload. */

import { UNRESTORED } from "../../core/words.py";
import { at, el } from "../../static/shared/dom.js";
import { drawnMiddle, drawnShape } from "../../static/shared/drawn.js";
import { newId, request } from "../../static/shared/request.js";
import { drawForm, DRAWN, sendDrawing } from "./draw-form.js";
import { CROSSED, drawTools, penColour, pin } from "./draw-tools.js";
import { drawnVersions } from "./drawn-versions.js";
import { phone } from "./phone.js";

export function drawing(city) {
  const { map } = city;
  const LAYER = "drawn_zones";
  const DRAFT = "wuchuan-drawing";
  const tools = drawTools(city, begin);
  /** @type {any} */
  let work = null;

  city.actionsFor = (drawn) =>
    el(
      "div",
      { class: "buttons" },
      el("button", { type: "button", class: "link", onclick: () => edit(drawn.properties.id) }, "编辑"),
      el("button", { type: "button", class: "link", onclick: () => remove(drawn) }, "删除"),
      drawnVersions(city, drawn, () => city.refresh(LAYER)),
    );
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !city.drawing) return;
    if (work) end(null);
    else tools.idle();
  });
  const draft = readDraft();
  if (draft) offer("有一个没有保存的图形。", "继续", () => begin(draft));

  function offer(sentence, label, act) {
    city.tell("offer", { sentence, label, act });
  }

  async function edit(id) {
    map.closePopup();
    try {
      begin(await request(`${DRAWN}/${id}`));
    } catch (error) {
      city.fail(error.sentence || "没有取到这个图形,请稍后再试。");
    }
  }

  /* Takes a feature into work: its shape with handles on the map, its words in the form. */
  async function begin(feature) {
    if (!(await tools.loaded())) return;
    if (work) end(null);
    tools.leave();
    const layer = shapeOf(feature).addTo(map);
    layer.options.pmIgnore = false;
    L.PM.reInitLayer(layer);
    layer.pm.enable({ allowSelfIntersection: false, snappable: true, draggable: true });
    work = {
      id: feature.id,
      version: feature.version,
      clientId: feature.clientId ?? newId(),
      family: feature.family,
      properties: feature.properties,
      layer,
      others: L.featureGroup().addTo(map),
      shape: () => ({ geometry: layer.toGeoJSON(6).geometry, radius_m: layer.getRadius?.() ?? null }),
      setRadius: (metres) => (layer.setRadius(metres), layer.pm._refresh?.()),
      compare: (current) =>
        work.others.clearLayers().addLayer(shapeOf(current, { color: "#c01f38", dashArray: "6 5" })),
    };
    await tools.addSnaps();
    hide(feature.id ?? null);
    work.ui = drawForm(city, work, { changed: keepDraft, ended: end });
    layer.on("pm:intersect", () => city.fail(CROSSED));
    layer.on("pm:edit pm:markerdragend pm:vertexremoved", keepDraft);
    layer.on("pm:markerdrag pm:edit", () => layer.getRadius && work.ui.setRadius(layer.getRadius()));
    at("stage").append(work.ui.form);
    uncover();
    work.ui.focus();
    keepDraft();
  }

  /* On a phone the form lies over the foot of the map: what is being drawn moves up into what is left. */
  function uncover() {
    const { form } = work.ui;
    if (!phone.matches) return;
    const bounds = work.layer.getBounds?.() ?? L.latLngBounds([work.layer.getLatLng()]);
    const foot = map.latLngToContainerPoint(bounds.getSouthEast()).y + 24 - (map.getSize().y - form.offsetHeight);
    if (foot > 0) map.panBy([0, foot], { animate: false });
  }

  function shapeOf(feature, look = { color: penColour(city) }) {
    const style = { weight: 2.5, fillOpacity: 0.12, interactive: false, pane: "drawn", ...look };
    const point = () => L.marker(drawnMiddle(feature.geometry), { icon: pin(), pmIgnore: false });
    return drawnShape(feature, style) ?? point();
  }

  function hide(id) {
    const drawer = city.drawers.get(LAYER);
    drawer.hidden = id;
    drawer.restyle();
  }

  /* The end of the work: ``stored`` is what is on the map now, null says it was given up and may be taken up again. */
  async function end(stored) {
    const given = stored ? null : unsaved();
    work.layer.pm.disable();
    work.layer.remove();
    work.others.remove();
    work.ui.remove();
    work = null;
    sessionStorage.removeItem(DRAFT);
    hide(null);
    tools.idle();
    if (given) return offer("已放弃这次绘制。", "恢复", () => begin(given));
    await showAgain();
    at("draw")?.focus(); // unless the next one is drawn already
  }

  async function showAgain() {
    const box = at(`layer-${LAYER}`);
    if (box) box.checked = true;
    await city.show(LAYER, true);
  }

  async function remove({ properties }) {
    map.closePopup();
    const removed = await attempt("DELETE", properties, "没有删除成功,请稍后再试。");
    if (removed) offer(`“${properties.name}”已删除。`, "撤销", () => putBack(removed));
  }

  function putBack(removed) {
    return attempt("PUT", { ...removed, feature: removed }, UNRESTORED);
  }

  /* What became of a change, null where it was refused; the map shows in either case what stands. */
  async function attempt(method, change, otherwise) {
    const stored = await sendDrawing(method, change).catch((error) => {
      city.fail(error.sentence ?? otherwise);
      return null;
    });
    await city.refresh(LAYER);
    return stored;
  }

  function unsaved() {
    const { id, version, clientId, family, ui } = work;
    const feature = ui.feature();
    if (work.layer.getRadius) feature.properties.radius_m = work.layer.getRadius();
    return { ...feature, id, version, clientId, family };
  }

  /* A reload or a sign-in on this tab finds the unsaved work again. */
  function keepDraft() {
    sessionStorage.setItem(DRAFT, JSON.stringify(unsaved()));
  }

  function readDraft() {
    try {
      return JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
    } catch {
      return null;
    }
  }
}
