/* The areas of the city: their names and borders, the land they make, their labels on the map. */

import { holds, insidePoint } from "./geometry.js";
import { AREA_LEVELS } from "../../core/words.py";

const LABELS = {
  county: {
    font: "600 15px inherit",
    height: 20,
    spacing: 2,
    from: 0,
    to: 12.5,
    rank: 4,
    shifts: [0, -20, 20, -36, 36],
  },
  township: { font: "400 12px inherit", height: 16, from: 9.5, to: 14, rank: 5, shifts: [0, -20, 20] },
  community: { font: "400 11px inherit", height: 14, from: 13, to: 99, rank: 6, shifts: [0, -18, 18] },
};

export class Places {
  constructor(city) {
    this.city = city;
    this.names = new Map();
    this.levels = new Set();
    this.group = L.featureGroup().addTo(city.map);
    this.renderer = L.svg({ pane: "land", padding: 0.5 });
  }

  /* Areas arrived: keep their names, label them, and let the coarsest be the land. */
  take(level, areas) {
    this.keepNames(areas.features);
    this.city.tell("names");
    const drawn = areas.features.filter((f) => f.geometry);
    if (drawn.length) this.levels.add(level);
    if (drawn.length && (level === "county" || !this.land))
      this.setLand({ type: "FeatureCollection", features: drawn });
    if (LABELS[level]) this.label(level, drawn);
  }

  keepNames(features) {
    for (const { properties } of features) this.names.set(properties.code, properties.name);
  }

  label(level, drawn) {
    const entries = drawn.map(({ geometry, properties: { name, code } }) => ({
      get latlng() {
        return (this.inside ??= insidePoint(geometry)); // of two thousand, when somebody comes near
      },
      text: name,
      code,
      kind: level,
    }));
    const { from } = LABELS[level];
    const kind = Object.defineProperty({ ...LABELS[level] }, "from", {
      get: () => (this.isCoarsest(level) ? 0 : from),
      enumerable: true,
    });
    this.city.labels.set(level, entries, { [level]: kind });
  }

  /* Whether no larger areas are on the map: then these are shown and named from afar. */
  isCoarsest(level) {
    return Object.keys(AREA_LEVELS).find((each) => this.levels.has(each)) === level;
  }

  setLand(areas) {
    if (!this.land) {
      this.home = L.geoJSON(areas).getBounds();
      this.city.look(this.home, 12);
    }
    this.land = areas;
    this.restyle();
  }

  restyle() {
    if (!this.land) return;
    const { halo, land } = this.city.ground;
    const style = { stroke: true, weight: 6, color: halo, opacity: 0.6, fillColor: land, fillOpacity: 1 };
    this.group.clearLayers();
    L.geoJSON(this.land, { style: { ...style, renderer: this.renderer, interactive: false } }).addTo(this.group);
  }

  nameOf({ area_name, area_code, code, name }) {
    if (area_name || name) return area_name || name;
    const full = String(area_code ?? code ?? "");
    return this.chain(full).join(" ") || this.names.get(full) || full || "社区未知";
  }

  /* The names of the county, the township and the community that a code stands in. */
  chain(code) {
    return [...new Set([6, 9, 12].map((length) => this.names.get(above(code, length))).filter(Boolean))];
  }

  /* The names of what an area lies in, the county first. */
  parents({ code }) {
    const codes = new Set([6, 9].map((length) => above(code, length)));
    codes.delete(code);
    return [...codes]
      .map((each) => this.names.get(each))
      .filter(Boolean)
      .join(" ");
  }

  /* The areas of a level, fetched when first asked for; none after a failure, which has then been told. */
  async areasOf(level) {
    const areas = await this.city.answers.load({ source: "areas", title: AREA_LEVELS[level] }, { level });
    this.keepNames(areas?.features ?? []);
    return areas?.features ?? [];
  }

  async smallestAt(latlng) {
    for (const level of Object.keys(AREA_LEVELS).reverse()) {
      const areas = await this.areasOf(level);
      const found = areas.find((area) => area.geometry && holds(area.geometry, latlng));
      if (found) return this.city.inArea(found.properties) ? found : null;
    }
    return null;
  }
}

function above(code, length) {
  return code.slice(0, length).padEnd(12, "0");
}
