/* The small maps of the tip desk: areas and roads as the ground, standing zones, a tip with its radius, what it may repeat. */

import { insidePoint } from "../../static/shared/geometry.js";
import { Labels } from "../../static/shared/labels.js";
import { query, request } from "../../static/shared/request.js";

const MARK = "#c62828";
const LINE = { color: "#7b8a99", interactive: false };

/* Whoever looks for a place sees the names of counties first, of townships and communities when coming near. */
const NAMES = {
  county: { font: "600 15px inherit", height: 20, spacing: 2, from: 0, to: 12, rank: 1, shifts: [0, -20, 20] },
  township: { font: "400 12px inherit", height: 16, from: 9.5, to: 14, rank: 2, shifts: [0, -20, 20] },
  community: { font: "400 11px inherit", height: 14, from: 12, to: 99, rank: 3, shifts: [0, -18, 18] },
};

async function nameAreas(map, communities) {
  map.createPane("labels").style.zIndex = 640;
  const labels = new Labels(map, () => true);
  const told = await Promise.all(["county", "township"].map((level) => request(`/api/layers/areas?level=${level}`)));
  const [counties, townships] = told.map(({ features }) => features.filter((area) => area.geometry));
  L.geoJSON(counties, { style: { color: "#7b8a99", weight: 2, fill: false }, interactive: false }).addTo(map);
  for (const [kind, areas] of Object.entries({ county: counties, township: townships, community: communities })) {
    const entry = ({ geometry, properties: { name } }) => ({ latlng: insidePoint(geometry), text: name, kind });
    labels.set(kind, areas.map(entry), { [kind]: NAMES[kind] });
  }
}

/**
 * A map in ``node``; ``pick`` hears where somebody points.
 *
 * @param {HTMLElement} node
 * @param {{bounds: number[], pick?: (latlng: any) => void}} given
 */
export function tipMap(node, { bounds, pick }) {
  const [west, south, east, north] = bounds;
  const map = L.map(node, { attributionControl: false, maxZoom: 19, keyboard: Boolean(pick) }).fitBounds([
    [south, west],
    [north, east],
  ]);
  const ground = L.layerGroup().addTo(map);
  const others = L.layerGroup().addTo(map);
  const marks = L.layerGroup().addTo(map);
  if (pick) map.on("click", ({ latlng }) => pick(latlng));
  let asked = "";
  map.on("moveend", () => map.getZoom() >= 13 && surroundings().catch(() => {}));

  /* What lies in sight: communities, roads and zones. */
  async function surroundings() {
    const bbox = map.getBounds().pad(0.5).toBBoxString();
    if (asked && L.latLngBounds(...corners(asked)).contains(map.getBounds())) return;
    asked = bbox;
    const [areas, roads, zones] = await Promise.all(
      ["communities", "roads", "risk_zones"].map((layer) =>
        request(`/api/layers/${layer}${query({ bbox, limit: 2000 })}`),
      ),
    );
    if (asked !== bbox || !node.isConnected) return;
    ground.clearLayers();
    const drawn = ({ features }) => features.filter(({ geometry }) => geometry);
    L.geoJSON(drawn(areas), { style: { ...LINE, weight: 1, fillOpacity: 0.04 } }).addTo(ground);
    L.geoJSON(drawn(roads), { style: { ...LINE, color: "#b59a6a", weight: 2, opacity: 0.7 } }).addTo(ground);
    const colours = { red: "#b3261e", orange: "#c2570c", yellow: "#9a7b00" };
    L.geoJSON(drawn(zones), {
      style: ({ properties: { grade } }) => ({
        color: colours[grade],
        weight: 2,
        fillOpacity: 0.12,
        interactive: false,
      }),
    }).addTo(ground);
  }
  const corners = (box) => {
    const [w, s, e, n] = box.split(",").map(Number);
    return [
      [
        [s, w],
        [n, e],
      ],
    ];
  };

  const shown = {
    /* One place, with the circle in which it may lie; null for none. */
    mark(place) {
      marks.clearLayers();
      if (!place) return shown;
      const at = [place.lat, place.lon];
      if (place.place_error_m)
        L.circle(at, {
          radius: place.place_error_m,
          color: MARK,
          weight: 1,
          fillOpacity: 0.08,
          interactive: false,
        }).addTo(marks);
      L.circleMarker(at, { radius: 7, color: MARK, fillOpacity: 0.7, interactive: false }).addTo(marks);
      if (!place.pointed) map.setView(at, place.place_error_m > 600 ? 14 : 16, { animate: false });
      return shown;
    },
    others(tips) {
      others.clearLayers();
      for (const { lat, lon } of tips)
        if (lat != null)
          L.circleMarker([lat, lon], {
            radius: 4,
            color: "#1f5a96",
            weight: 1,
            fillOpacity: 0.6,
            interactive: false,
          }).addTo(others);
    },
    show(tip, originals) {
      shown.mark(tip);
      shown.others(originals);
      return shown;
    },
    lookAt: (area) => map.fitBounds(L.geoJSON(area).getBounds()),
    resize: () => map.invalidateSize(),
    remove: () => map.remove(),
    /* The borders of the whole city with their names; looked at unless a place is shown already. */
    async areas(communities, stay) {
      const drawn = L.geoJSON(communities, { style: { ...LINE, weight: 0.7, opacity: 0.6, fillOpacity: 0.04 } }).addTo(
        map,
      );
      if (communities.length && !stay) map.fitBounds(drawn.getBounds());
      await nameAreas(map, communities);
    },
  };
  return shown;
}
