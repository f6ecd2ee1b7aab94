/* Finds areas by name or code, addresses, roads and premises by the gazetteer, and zones; shows what is chosen on the map. */

import { at, el } from "../../static/shared/dom.js";
import { insidePoint } from "../../static/shared/geometry.js";
import { query, request } from "../../static/shared/request.js";
import { placeLine, suggest } from "../../static/shared/suggest.js";
import { AREA_LEVELS } from "../../core/words.py";

/* An address, a road or premises: its mark on ``layer``, the circle in which it may lie, and the map moved there. */
export function markPlace(city, { lon, lat, radius_m }, layer) {
  const at = [lat, lon];
  const mark = { color: "#c62828", interactive: false, className: "place" };
  L.circle(at, { ...mark, radius: radius_m, weight: 1, fillOpacity: 0.08 }).addTo(layer);
  L.circleMarker(at, { ...mark, radius: 7, fillOpacity: 0.7 }).addTo(layer);
  city.look(L.latLng(at).toBounds(Math.max(2 * radius_m, 400)), 17);
}

export function search(city) {
  const input = at("search-text");
  const FEW = 5;
  const MOST = 9;
  const shown = L.featureGroup().addTo(city.map);

  suggest({ input, list: at("search-results"), find, line, choose, first: true });
  input.addEventListener("input", () => input.value.trim() || forget());
  city.on("area", forget);

  async function find(text) {
    const asked = plain(text);
    const [areas, told] = await Promise.all([
      Promise.all(Object.keys(AREA_LEVELS).map((level) => city.places.areasOf(level))),
      asked.length < 2 ? null : request(`/api/places${query({ q: text, limit: MOST })}`).catch(() => null),
    ]);
    if (asked !== plain(input.value)) return null;
    const places = (told?.places ?? []).filter(({ kind }) => !(kind in AREA_LEVELS));
    const sure = told?.sure ? places.splice(0, 1) : [];
    const found = [
      ...sure,
      ...matches(areas.flat(), asked).slice(0, places.length ? FEW : MOST - 1),
      ...zones(asked),
      ...places,
    ].slice(0, MOST);
    at("search-none").textContent = found.length ? "" : (told?.sentence ?? "没有找到这个名称、地址或代码。");
    return found;
  }

  /* Those whose name or code begins with it come first, larger areas before smaller. */
  function matches(areas, asked) {
    const begins = (text) => text.startsWith(asked);
    const texts = ({ properties: { name, code } }) => [plain(name), plain(String(code))];
    const holding = areas.filter((area) => texts(area).some((text) => text.includes(asked)));
    const [first, rest] = [true, false].map((on) => holding.filter((area) => texts(area).some(begins) === on));
    return [...first, ...rest];
  }

  /* Zones by their number, or by the community they lie in, of which there are few. */
  function zones(asked) {
    if (asked.length < 2) return [];
    const all = city.drawers.get("risk_zones").all();
    return all
      .filter(({ properties: p }) =>
        [p.zone_id, city.places.nameOf(p)].some((text) => plain(String(text)).includes(asked)),
      )
      .slice(0, 3);
  }

  function plain(text) {
    return text.normalize("NFKC").trim().toLowerCase();
  }

  function line(one) {
    if (one.kind) return placeLine(one);
    const { name, code, zone_id, grade } = one.properties;
    if (zone_id)
      return placeLine({
        name: `热点 ${zone_id}`,
        kind: "zone",
        area: `${city.styles.grades[grade].title[0]} ${city.places.nameOf(one.properties)}`,
      });
    return [el("span", {}, name), el("span", { class: "muted" }, city.places.parents(one.properties) || code)];
  }

  function choose(one) {
    forget();
    if (one.kind) return showPlace(one);
    if (one.properties.zone_id) return city.tell("zone", one);
    return showArea(one);
  }

  function showArea(area) {
    const { name, code } = area.properties;
    if (!area.geometry) return city.fail(`“${name}”(${code})的边界待绘,地图上还找不到它。`);
    if (!city.inArea(area.properties)) city.setArea("");
    outline(area.geometry);
    city.tell("found", area);
    city.look(L.geoJSON(area).getBounds(), 15);
    return city.drawing ? null : city.pointing.openArea(insidePoint(area.geometry), area);
  }

  /* The border of what was found is drawn strongly, and all around it is dimmed. */
  function outline(geometry) {
    const { type, coordinates } = geometry;
    const rings = (type === "Polygon" ? [coordinates] : coordinates).map(([outer]) => L.GeoJSON.coordsToLatLngs(outer));
    city.dim(geometry, { fillOpacity: 0.55, className: "dimmed" }).addTo(shown);
    for (const ring of rings)
      L.polygon(ring, {
        color: city.ground.ink,
        weight: 3,
        fill: false,
        interactive: false,
        className: "outlined",
      }).addTo(shown);
  }

  function showPlace(place) {
    if (!city.inArea(place)) city.setArea("");
    city.tell("found", null);
    markPlace(city, place, shown);
  }

  function forget() {
    shown.clearLayers();
  }
}
