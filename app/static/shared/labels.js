/* Names on the map that never cover one another: the important ones first, the others where there is room. */

import { el } from "./dom.js";

export class Labels {
  constructor(map, keeps) {
    this.map = map;
    this.keeps = keeps;
    this.pane = map.getPane("labels");
    this.sets = new Map();
    this.measure = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    this.widths = new Map();
    map.on("moveend zoomend resize", () => this.place());
    map.on("zoomstart", () => this.pane.classList.add("hidden"));
  }

  /* entries: {latlng, text, kind, rank}; kinds: {kind: {font, height, from, to}}; small ranks are placed first.
     ``shifts`` are the places up or down that a name may give way to.
     What finds no room is left out, or with ``dot`` in its kind shrinks to a dot. */
  set(name, entries, kinds) {
    this.sets.set(name, { entries, kinds });
    this.place();
  }

  place() {
    const zoom = this.map.getZoom();
    const view = this.map.getBounds().pad(0.05);
    const wanted = [];
    for (const { entries, kinds } of this.sets.values())
      for (const entry of entries) {
        const kind = kinds[entry.kind];
        if (zoom >= kind.from && zoom < kind.to && view.contains(entry.latlng) && this.keeps(entry))
          wanted.push({ ...entry, ...kind });
      }
    wanted.sort((a, b) => a.rank - b.rank);
    const taken = [];
    const labels = wanted.map((entry) => this.fit(entry, taken)).filter(Boolean);
    this.pane.replaceChildren(...labels.reverse());
    this.pane.classList.remove("hidden");
  }

  fit(entry, taken) {
    const point = this.map.latLngToLayerPoint(entry.latlng);
    const half = { x: this.width(entry) / 2 + 3, y: entry.height / 2 + 1 };
    /** @returns {[number, number, number, number]} */
    const boxAt = (dy) => [point.x - half.x, point.y + dy - half.y, point.x + half.x, point.y + dy + half.y];
    const free = ([west, north, east, south]) =>
      !taken.some((t) => west < t[2] && east > t[0] && north < t[3] && south > t[1]);
    const shift = (entry.shifts ?? [0]).find((dy) => free(boxAt(dy)));
    if (shift === undefined && !entry.dot) return null;
    const dot = shift === undefined;
    if (!dot) taken.push(boxAt(shift));
    const label = el("span", { class: `label ${entry.kind}${dot ? " dot" : ""}` }, dot ? "" : entry.text);
    label.style.transform = `translate(${Math.round(point.x)}px, ${Math.round(point.y + (shift ?? 0))}px) translate(-50%, -50%)`;
    return label;
  }

  width({ text, font, spacing = 0 }) {
    const key = font + text;
    if (!this.widths.has(key)) {
      this.measure.font = font.replace("inherit", getComputedStyle(this.pane).fontFamily);
      this.widths.set(key, this.measure.measureText(text).width + spacing * text.length);
    }
    return this.widths.get(key);
  }
}
