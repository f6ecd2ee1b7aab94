"use strict";
/* What the pages of joint actions share: changes by version, the papers of a target, targets and routes on the map. */

(function () {
  const { el, city } = wuchuan;
  let session = null;

  const PAPERS = {
    evidence: "证据依据",
    legal_basis: "法律依据",
    authority: "批准机关",
    document_no: "文号",
    police_document_no: "公安文号",
  };

  /* Asks the service; what it refuses becomes an error with its sentence and kind. */
  async function send(address, { method = "GET", body, version } = {}) {
    const headers = { Accept: "application/json" };
    if (method !== "GET") {
      session ??= await send("/api/session");
      headers["X-CSRF-Token"] = session.csrf_token;
    }
    if (body) headers["Content-Type"] = "application/json";
    if (version) headers["If-Match"] = `"${version}"`;
    const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) }).catch(() => null);
    const told = await answer?.json().catch(() => ({}));
    if (answer?.ok) return told;
    throw Object.assign(new Error(told?.sentence ?? "连不上服务,请检查它是否在运行,稍后再试。"), { kind: told?.error });
  }

  const lacking = (target) =>
    Object.keys(PAPERS).some((name) => !target[name] && (name !== "police_document_no" || target.dwelling));

  const badge = (pending) =>
    el("span", { class: pending ? "badge pending" : "badge ready" }, pending ? "待核" : "文书齐全");

  /* The fields of a target's papers; ``changed`` hears the name of what changed in the target, which is kept up to date. */
  function papers(target, prefix, changed) {
    const fields = Object.entries(PAPERS).map(([name, title]) => {
      const id = `${prefix}-${name}`;
      const input = el("input", {
        id,
        maxlength: name === "evidence" ? 100 : 40,
        autocomplete: "off",
        list: name === "legal_basis" ? "bases" : null,
        oninput: (event) => change(name, event.target.value.trim()),
      });
      input.value = target[name] ?? "";
      return el("p", { class: name === "evidence" ? "wide" : "", "data-paper": name }, el("label", { for: id }, title), input);
    });
    const lived = el("input", { type: "checkbox", onchange: (event) => change("dwelling", event.target.checked) });
    lived.checked = target.dwelling;
    const police = fields.at(-1);
    police.hidden = !target.dwelling;
    function change(name, value) {
      target[name] = value;
      police.hidden = !target.dwelling;
      changed(name);
    }
    const tick = el("label", { class: "tick wide" }, lived, " 有人居住(还要公安文号)");
    return el("div", { class: "fields" }, ...fields.slice(0, -1), tick, police);
  }

  /* Numbered targets, stations and routes, each agency with its colour and dash. */
  function draw(group, { targets, legs = [], agencies = [] }) {
    group.clearLayers();
    const halo = { color: city.ground.halo, weight: 7, opacity: 0.8, interactive: false };
    for (const leg of legs) L.geoJSON(leg, { style: halo }).addTo(group); // below all lines: where two run together both show
    for (const leg of legs) {
      const [color, dashArray] = look(agencies.indexOf(leg.properties.agency));
      const [from] = L.GeoJSON.coordsToLatLngs(leg.geometry.coordinates);
      L.geoJSON(leg, { style: { color, dashArray, weight: 3.5, interactive: false } }).addTo(group);
      L.circleMarker(from, { radius: 5, color: city.ground.halo, weight: 1.5, fillColor: color, fillOpacity: 1, interactive: false }).addTo(group);
    }
    const spot = ({ lat, lon }) => `${lat.toFixed(4)} ${lon.toFixed(4)}`;
    targets.forEach((target, place) => {
      const html = el("span", { class: target.pending ? "target pending" : "target" }, String(place + 1));
      const before = targets.slice(0, place).filter((other) => spot(other) === spot(target)).length; // in the same house
      const icon = L.divIcon({ html, className: "", iconSize: [26, 26], iconAnchor: [13 - 24 * before, 13] });
      L.marker([target.lat, target.lon], { icon, interactive: false, keyboard: false }).addTo(group);
    });
  }

  /* Colour and dash of the agency at that place of the action. */
  const look = (place) => city.styles.routes[place % city.styles.routes.length];

  /* Looks there as soon as the map has its land, which is looked at first. */
  function lookAt(bounds, zoom) {
    let done = false;
    const go = () => {
      if (done || !city.areas || !bounds.isValid()) return;
      done = true;
      city.look(bounds, zoom);
    };
    city.on("layers", go);
    go();
  }

  wuchuan.actions = { send, lacking, badge, papers, draw, look, lookAt, PAPERS };
})();
