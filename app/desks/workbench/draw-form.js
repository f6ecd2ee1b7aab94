/* The small form beside a drawing: family, name, note, radius; saving; what to do when somebody else was quicker. */

import { el } from "../../static/shared/dom.js";
import { familySwatch } from "../../static/shared/drawn.js";
import { newId, store } from "../../static/shared/request.js";
import { drawPlace } from "./draw-place.js";
import { phone } from "./phone.js";

export const DRAWN = "/api/drawn-zones";

/**
 * Stores a change of a drawing; throws as ``store`` does.
 *
 * @param {string} method
 * @param {{id: any, version: any, feature?: object, clientId?: string | null, path?: string}} change
 */
export function sendDrawing(method, { id, version, feature, clientId, path = "" }) {
  return store(id ? `${DRAWN}/${id}${path}` : DRAWN, { method, json: feature, id: clientId, version: id && version });
}

/* ``work`` is what is being drawn: {id, version, clientId, properties, shape(), setRadius(metres), compare(feature)}. ``changed``
   hears of every keystroke, ``ended`` of the stored feature, or of null where the work was given up. */
export function drawForm(city, work, { changed, ended }) {
  const { families } = city.styles;
  const { name = "", note = "", family = work.family ?? "key_area", radius_m } = work.properties;
  const fault = (field) => el("p", { class: "fault", "data-fault": field, role: "alert" });
  const nameBox = el("input", { name: "name", maxlength: 60, value: name, required: true, autocomplete: "off" });
  const noteBox = el("textarea", { name: "note", maxlength: 500, rows: 2, "aria-label": "说明" }, note);
  const radiusBox = radius_m
    ? el("input", { name: "radius_m", type: "number", min: 1, max: 20000, step: "any", value: Math.round(radius_m) })
    : null;
  const choices = Object.entries(families).map(([key, { title }]) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name: "family", value: key, checked: key === family }),
      familySwatch(city, key),
      el("span", {}, title),
    ),
  );
  const button = (label, onclick, kind = "link") => el("button", { type: "button", class: kind, onclick }, label);
  const save = el("button", { class: "confirm" }, "保存");
  const place = drawPlace(city);
  const conflict = el("div", { class: "conflict", hidden: true });
  const form = el(
    "form",
    { id: "draw-form", "aria-label": "绘制的图形", novalidate: true },
    place.node,
    el("fieldset", {}, el("legend", {}, "类别"), ...choices),
    fault("family"),
    el("label", {}, "名称", nameBox),
    fault("name"),
    radiusBox && el("label", {}, "半径(米)", radiusBox),
    radiusBox && fault("radius_m"),
    el("details", { open: Boolean(note) || !phone.matches }, el("summary", {}, "说明(可不填)"), noteBox),
    fault("note"),
    fault("geometry"),
    conflict,
    el(
      "div",
      { class: "buttons" },
      save,
      button("放弃", () => ended(null)),
    ),
  );
  form.addEventListener("submit", (event) => (event.preventDefault(), store()));
  form.addEventListener("input", () => {
    if (radiusBox?.valueAsNumber > 0) work.setRadius(radiusBox.valueAsNumber);
    changed();
  });
  return {
    form,
    feature,
    focus: () => nameBox.focus(),
    remove: () => (place.remove(), form.remove()),
    setRadius: (metres) => radiusBox && (radiusBox.value = Math.round(metres)),
  };

  function feature() {
    const told = new FormData(form);
    const { geometry, radius_m: metres } = work.shape();
    return {
      type: "Feature",
      geometry,
      properties: {
        name: told.get("name"),
        family: told.get("family"),
        note: told.get("note"),
        radius_m: radiusBox ? metres : null,
      },
    };
  }

  async function store({ id, version, clientId } = work) {
    for (const node of form.querySelectorAll("[data-fault]")) node.textContent = "";
    conflict.hidden = true;
    save.disabled = true;
    try {
      ended(
        await sendDrawing(id ? "PUT" : "POST", { id, version, clientId: id ? null : clientId, feature: feature() }),
      );
    } catch (error) {
      if (error.status === 412) compare(error.answer);
      else blame(error);
    } finally {
      save.disabled = false;
    }
  }

  /* Beside the field, or for what no field can mend at the foot; the work stays where it is. */
  function blame({ status, kind = "", message }) {
    if (kind === "other_submission") work.clientId = newId();
    const field = kind.replace("bad_", "");
    const node =
      form.querySelector(`[data-fault="${CSS.escape(field)}"]`) ?? form.querySelector('[data-fault="geometry"]');
    const kept = status === 401 || status === 403 ? "。图形还在这一页,在另一个标签页登录后再按“保存”" : "";
    node.textContent = `${message}${kept}`;
    if (field === "note") noteBox.parentElement.open = true;
    form.elements[field]?.focus?.();
  }

  /* Somebody else was quicker: both versions side by side, theirs on the map as well, and the choice. */
  function compare({ sentence, current }) {
    const mine = feature().properties;
    const theirs = current.properties;
    const rows = [
      ["名称", theirs.name, mine.name],
      ["类别", families[theirs.family].title, families[String(mine.family)].title],
      ["说明", theirs.note || "—", mine.note || "—"],
    ];
    const cells = (/** @type {any[]} */ [title, ...texts]) =>
      el("tr", {}, el("th", {}, title), ...texts.map((text) => el("td", {}, text)));
    conflict.replaceChildren(
      el("p", { role: "alert" }, `${sentence}。地图上红色虚线是现有版本。`),
      el("table", {}, el("tr", {}, el("td"), el("th", {}, "现有版本"), el("th", {}, "我的")), ...rows.map(cells)),
      el(
        "div",
        { class: "buttons" },
        button("保存我的", () => store({ id: work.id, version: current.version }), "confirm"),
        button("另存为新图形", () => store({ clientId: newId() })),
        button("用现有版本", () => ended(theirs.deleted_at ? null : current)),
      ),
    );
    conflict.hidden = false;
    work.compare(current);
    conflict.querySelector("button").focus();
  }
}
