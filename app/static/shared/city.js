/* The map of one city: what is shown, for which months and which area. */

import { Answers } from "./answers.js";
import { Labels } from "./labels.js";
import { DRAWERS } from "./layers/all.js";
import { Places } from "./places.js";
import { Pointing } from "./pointing.js";

const DATED = ["heat", "tips", "raids", "areas"];

export class City {
  constructor(map, groups, config) {
    this.map = map;
    this.groups = groups;
    this.config = config;
    this.styles = config.styles;
    this.area = "";
    this.drawing = false; // while somebody draws, a click opens nothing
    this.padding = null; // which parts of the map the page's panels cover
    this.events = new EventTarget();
    this.period = config.period ? { since: config.period.since, until: config.period.until } : {};
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.answers = new Answers(config.data, (sentence) => this.fail(sentence));
    this.labels = new Labels(map, (entry) => this.inArea(entry));
    this.places = new Places(this);
    this.maskRenderer = L.svg({ pane: "mask", padding: 0.5 });
    this.mask = L.featureGroup().addTo(map);
    this.paint();
    this.drawers = new Map(
      config.layers.map((layer) => [layer.key, DRAWERS[layer.draw](this, layer, groups[layer.key])]),
    );
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    this.scheme.addEventListener("change", () => this.restyle());
    this.pointing = new Pointing(this);
    map.getContainer().setAttribute("aria-label", `${config.city.name}地图。方向键移动,加减号缩放,回车查看中心处`);
  }

  /* What the first look needs comes first; the heavy rest follows, a layer whenever the page has nothing else to do.
     The container says how far it is. */
  async begin() {
    this.look(this.bounds(), 12);
    this.followSize();
    const { dataset } = this.map.getContainer();
    const shown = this.config.layers.filter((layer) => layer.shown);
    await Promise.all(shown.filter((layer) => !layer.late).map((layer) => this.refresh(layer.key)));
    dataset.drawn = "first";
    for (const { key } of shown.filter((layer) => layer.late)) {
      await new Promise((idle) => requestIdleCallback(idle, { timeout: 2000 }));
      await this.refresh(key).catch(console.error);
    }
    dataset.drawn = "all";
  }

  get dark() {
    return this.scheme.matches;
  }

  get ground() {
    return this.dark ? this.styles.dark : this.styles.light;
  }

  /* Events: zones (they arrived), layers (one was switched or arrived), period, area, zone (one was clicked), found (an
     area was looked up), analysed (up to a new day). */
  on(name, listener) {
    this.events.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail));
  }

  tell(name, detail) {
    this.events.dispatchEvent(new CustomEvent(name, { detail }));
  }

  fail(sentence) {
    this.tell("fail", sentence);
  }

  /* The page settles after the map is made, panels come and go, a sheet is printed: what was last looked at stays in view
     until somebody moves the map. */
  followSize() {
    const container = this.map.getContainer();
    const letGo = () => (this.aim = null);
    for (const event of ["pointerdown", "wheel", "keydown"])
      container.addEventListener(event, letGo, { passive: true });
    new ResizeObserver(() => {
      this.map.invalidateSize({ pan: false });
      if (this.aim && !this.map.getSize().equals(this.lookedIn)) this.look(...this.aim);
    }).observe(container);
  }

  bounds() {
    if (this.places.home) return this.places.home;
    const [west, south, east, north] = this.config.city.bounds;
    return L.latLngBounds([south, west], [north, east]);
  }

  /* Moves the view; the page says by ``padding`` which parts of the map its panels cover. At once, not in a glide:
     Leaflet drops a move that comes while another one runs. */
  look(bounds, maxZoom) {
    this.aim = [bounds, maxZoom];
    this.lookedIn = this.map.getSize();
    this.map.fitBounds(bounds, { maxZoom, animate: false, ...(this.padding?.() ?? { padding: [12, 12] }) });
  }

  isShown(key) {
    return this.map.hasLayer(this.groups[key]);
  }

  *visible() {
    for (const layer of this.config.layers)
      if (this.isShown(layer.key)) yield { layer, drawer: this.drawers.get(layer.key) };
  }

  async show(key, on) {
    if (on) this.map.addLayer(this.groups[key]);
    else this.map.removeLayer(this.groups[key]);
    this.tell("layers");
    if (on) await this.refresh(key);
  }

  async refresh(key) {
    await this.drawers.get(key).refresh();
    this.tell("layers");
  }

  /* Something changed behind the page: ask for everything visible again. */
  reload() {
    this.answers.forget();
    this.tell("reloaded");
    return Promise.all([...this.visible()].map(({ layer }) => this.refresh(layer.key)));
  }

  setPeriod(since, until) {
    this.period = { since, until };
    this.tell("period");
    for (const { layer } of this.visible()) if (DATED.includes(layer.source) && !layer.level) this.refresh(layer.key);
  }

  /* Narrows the map to one area (its code without trailing zeros), or to the whole city with "". */
  setArea(code) {
    this.area = code;
    this.mask.clearLayers();
    const area = this.places.land?.features.find((f) => f.properties.code === code);
    if (area) {
      this.dim(area.geometry, { fillOpacity: 0.82 }).addTo(this.mask);
      this.look(L.geoJSON(area).getBounds(), 13);
    } else this.look(this.bounds(), 12);
    for (const { drawer } of this.visible()) drawer.restyle();
    this.labels.place();
    this.tell("area");
    this.tell("layers");
  }

  /* The whole world but for an area, in the colour of what lies outside. */
  dim({ type, coordinates }, options) {
    const outer = (type === "Polygon" ? [coordinates] : coordinates).map(([ring]) => L.GeoJSON.coordsToLatLngs(ring));
    const world = L.latLngBounds([-85, -180], [85, 180]);
    const corners = [world.getSouthWest(), world.getSouthEast(), world.getNorthEast(), world.getNorthWest()];
    const style = { stroke: false, fillColor: this.ground.outside, renderer: this.maskRenderer, interactive: false };
    return L.polygon([corners, ...outer], { ...style, ...options });
  }

  inArea({ area_code, community_code, code }) {
    return !this.area || String(area_code ?? community_code ?? code ?? "").startsWith(this.area.replace(/(000)+$/, ""));
  }

  paint() {
    const { style } = this.map.getContainer();
    style.background = this.ground.outside;
    style.setProperty("--ink", this.ground.ink);
    style.setProperty("--halo", this.ground.halo);
  }

  restyle() {
    this.paint();
    this.places.restyle();
    for (const { drawer } of this.visible()) drawer.restyle();
    this.tell("layers");
  }

  stamp() {
    return this.config.stamp || this.config.period?.analysed_until || this.config.period?.stamp || "";
  }

  hint(latlng) {
    if (!this.drawing) this.pointing.hint(latlng);
  }

  open(latlng) {
    if (!this.drawing) this.pointing.open(latlng);
  }

  popup(latlng, nodes) {
    return this.pointing.popup(latlng, nodes);
  }
}

/* The map of the page, begun; ``prepare`` adds what stands around it before anything arrives. */
export function beginCity(map, groups, config, prepare) {
  const city = new City(map, groups, config);
  prepare?.(city);
  city.begin();
  return city;
}
