/* A new joint action: targets ticked in a list or framed on the map, one decision for all, evidence for each. */

import { beginCity } from "../../static/shared/city.js";
import { at, el } from "../../static/shared/dom.js";
import { newId, query, request, store } from "../../static/shared/request.js";
import { placeLine, suggest } from "../../static/shared/suggest.js";
import { lasso } from "./lasso.js";
import { actionMap } from "./map.js";
import { badge, lacking, papers, PAPERS } from "./papers.js";
import { FIELDS, placed, premisesLine, suggested } from "./premises.js";

export function start(map, groups, config) {
  const city = beginCity(map, groups, config);
  const { draw, lookAt } = actionMap(city);
  const form = at("action");
  const group = L.featureGroup().addTo(city.map);
  const REACH_PX = 14;
  const MOST_TARGETS = 60;
  /* Evidence is each target's own; the rest may come from one decision. */
  const DECISION = ["legal_basis", "authority", "document_no", "police_document_no"];
  let listed = [];
  let targets = [];
  let stored = false;
  let formId = newId(); // one action comes of this page, however often it is sent

  addEventListener("beforeunload", (event) => {
    if (!stored && (targets.length || at("name").value.trim())) event.preventDefault();
  });
  at("find").addEventListener("click", find);
  const placeList = suggest({ input: at("text"), list: at("text-places"), find: places, line: placeLine, choose: go });
  at("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented) return;
    event.preventDefault();
    find();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(solve);
  });
  const framing = lasso(city, at("frame"), (bounds) => attempt(() => takeWithin(bounds)));
  city.open = (latlng) => framing() || attempt(() => pick(latlng));
  for (const name of DECISION) at(`decision-${name}`).addEventListener("input", () => decide(name));
  city.hint = () => {};
  begin();

  async function begin() {
    if (form.dataset.zone) {
      await attempt(() => offer(`zone=${encodeURIComponent(form.dataset.zone)}`, "这处重点关注区里没有登记的点位。"));
      lookAt(L.latLngBounds(listed.map(({ lat, lon }) => [lat, lon])).pad(0.3), 17);
    }
    list();
    form.dataset.ready = "yes";
  }

  function find() {
    const text = at("text").value.trim();
    placeList.close();
    if (text) attempt(() => offer(`text=${encodeURIComponent(text)}`, "没有找到;可以换个说法,或在地图上点一处。"));
  }

  async function places(text) {
    if (text.length < 2) return [];
    const told = await request(`/api/places${query({ q: text, limit: 6 })}`).catch(() => null);
    return told?.places ?? [];
  }

  /* A place that was suggested: the map moves there, and the premises that are called so are listed. */
  function go({ name, lat, lon, radius_m }) {
    at("text").value = name;
    city.look(L.latLng(lat, lon).toBounds(Math.max(2 * radius_m, 400)), 17);
    find();
  }

  async function offer(query, none) {
    const { features, numberMatched } = await request(`/api/premises?${query}`);
    listed = features.map(placed);
    at("cut").textContent =
      `共 ${numberMatched} 处,只列出前 ${listed.length} 处;其余的请用更完整的编号、名称或地址查找,或在地图上点。`;
    at("cut").hidden = listed.length === numberMatched;
    at("none").textContent = none;
    at("none").hidden = listed.length > 0;
    list();
  }

  /* The premises under a click, or a place of its own that wants a name. */
  async function pick(latlng) {
    const reach = [REACH_PX, -REACH_PX];
    const point = city.map.latLngToContainerPoint(latlng);
    const [a, b] = [point.subtract(reach), point.add(reach)].map((corner) => city.map.containerPointToLatLng(corner));
    const box = L.latLngBounds(a, b);
    const { features } = await request(`/api/premises?bbox=${box.toBBoxString()}`);
    const found = features.slice(0, 8).map(placed);
    const rows = found.map((place) =>
      el("button", { type: "button", class: "link", onclick: () => take(place) }, place.address),
    );
    const name = el("input", { maxlength: 60, placeholder: "给这个位置起个名称", "aria-label": "位置名称" });
    const own = () =>
      name.value.trim() && take({ address: name.value.trim(), lat: latlng.lat, lon: latlng.lng, dwelling: false });
    name.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), own()));
    const add = el("button", { type: "button", class: "act", onclick: own }, "加为目标");
    city.popup(latlng, [
      el("h3", {}, found.length ? "加为目标" : "这里没有登记的点位"),
      ...rows.map((row) => el("p", {}, row)),
      el("p", { class: "search" }, name, add),
    ]);
  }

  function take(...places) {
    city.map.closePopup();
    for (const place of places)
      if (!isChosen(place) && targets.length < MOST_TARGETS)
        targets.push({ ...place, evidence: suggested(place), ...decision() });
    show();
  }

  /* Those of the list inside the frame, or where there are none whatever premises stand there. */
  async function takeWithin(bounds) {
    let inside = listed.filter((place) => bounds.contains([place.lat, place.lon]));
    if (!inside.length) {
      await offer(`bbox=${bounds.toBBoxString()}`, "框里没有登记的点位。");
      inside = listed;
    }
    take(...inside);
  }

  const isChosen = ({ place }) => place && targets.some((target) => target.place === place);

  const decision = () => Object.fromEntries(DECISION.map((name) => [name, at(`decision-${name}`).value.trim()]));

  /* A target keeps what was written for it alone. */
  function decide(name) {
    for (const target of targets) if (!target.own?.has(name)) target[name] = decision()[name];
    show();
  }

  function toggle(place, on) {
    if (on) return take(place);
    targets = targets.filter((target) => target.place !== place.place);
    show();
  }

  function list() {
    at("premises").replaceChildren(
      ...listed.map((place) => premisesLine(place, (event) => toggle(place, event.target.checked))),
    );
    show();
  }

  /* The list of premises stays as it is but for its ticks, so that the keyboard stays where it is. */
  function show() {
    for (const box of at("premises").querySelectorAll("input")) box.checked = isChosen({ place: box.dataset.place });
    at("targets").replaceChildren(...targets.map(card));
    at("no-targets").hidden = targets.length > 0;
    const ready = targets.filter((target) => !lacking(target)).length;
    at("count").textContent = targets.length ? `${targets.length} 个,${ready} 个文书齐全` : "";
    redraw();
  }

  function redraw() {
    const chosen = targets.map((target) => ({ ...target, pending: lacking(target) }));
    draw(group, { targets: chosen });
    for (const place of listed)
      if (!isChosen(place))
        L.circleMarker([place.lat, place.lon], {
          radius: 4,
          color: city.ground.halo,
          weight: 1,
          fillColor: "#1f5a96",
          fillOpacity: 0.9,
          interactive: false,
        }).addTo(group);
  }

  function card(target, place) {
    const state = el("span", {});
    const tell = () => state.replaceChildren(badge(lacking(target)));
    const changed = (name) => {
      (target.own ??= new Set()).add(name);
      told.textContent = target.evidence;
      tell();
      redraw();
    };
    const remove = el(
      "button",
      { type: "button", class: "link", onclick: () => ((targets = targets.filter((each) => each !== target)), show()) },
      "去掉",
    );
    target.open ??= !target.evidence;
    tell();
    const told = el("small", { class: "muted told" }, target.evidence);
    const summary = el("summary", {}, el("b", {}, `${place + 1}. ${target.address}`), " ", state, told);
    const rest = [papers(target, `target-${place}`, changed), el("p", { class: "ends" }, remove)];
    const node = el("details", { open: target.open }, summary, ...rest);
    node.addEventListener("toggle", () => (target.open = node.open));
    return el("li", {}, node);
  }

  async function solve() {
    const value = (id) => at(id).value;
    const chosen = [...at("agencies").querySelectorAll("input:checked")].map((box) => box.value);
    const wanted = targets.map(({ place, lon, lat, address, dwelling, ...rest }) => ({
      ...(place ? { place } : { lon, lat, address }),
      dwelling,
      zone_id: form.dataset.zone && place ? form.dataset.zone : null,
      ...Object.fromEntries(Object.keys(PAPERS).map((name) => [name, rest[name] ?? ""])),
    }));
    const buffer = at("buffer_minutes").valueAsNumber;
    const { action_id } = await store("/api/actions", {
      method: "POST",
      id: formId,
      json: {
        name: value("name"),
        date: value("date"),
        since: value("since"),
        until: value("until"),
        buffer_minutes: Number.isNaN(buffer) ? null : buffer,
        agencies: chosen,
        targets: wanted,
      },
    });
    stored = true;
    location.assign(`/actions/${action_id}`);
  }

  /* One step: what goes wrong is said beside its field, and the work on the page stays. */
  async function attempt(step) {
    const fault = at("fault");
    fault.hidden = true;
    form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
    at("solve").disabled = true;
    try {
      await step();
    } catch (error) {
      if (error.kind === "other_submission") formId = newId();
      const field = at(FIELDS[error.kind] ?? "solve");
      if (field !== at("solve")) field.setAttribute("aria-invalid", "true");
      field.closest("p, fieldset").append(fault);
      fault.textContent = error.message;
      fault.hidden = false;
      fault.scrollIntoView({ block: "center" });
    } finally {
      at("solve").disabled = false;
    }
  }
  return city;
}
