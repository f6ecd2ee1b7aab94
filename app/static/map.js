"use strict";
/* The map of one city: what is shown, for which months and which area, and what lies under a click. */

wuchuan.City = class {
  constructor(map, groups, config) {
    Object.assign(this, {
      map,
      groups,
      config,
      styles: config.styles,
      area: "",
      names: new Map(),
      levels: new Set(),
      fetched: new Map(),
    });
    this.events = new EventTarget();
    this.period = config.period ? { since: config.period.since, until: config.period.until } : {};
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.labels = new wuchuan.Labels(map, (entry) => this.inArea(entry));
    this.renderers = { land: L.svg({ pane: "land", padding: 0.5 }), mask: L.svg({ pane: "mask", padding: 0.5 }) };
    this.land = L.featureGroup().addTo(map);
    this.mask = L.featureGroup().addTo(map);
    this.paint();
    this.drawers = new Map(
      config.layers.map((layer) => [layer.key, wuchuan.draw[layer.draw](this, layer, groups[layer.key])]),
    );
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    this.scheme.addEventListener("change", () => this.restyle());
    map.on("click", ({ latlng }) => this.open(latlng));
    if (matchMedia("(hover: hover)").matches) map.on("mousemove", ({ latlng }) => this.hint(latlng));
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== map.getContainer()) return;
      event.preventDefault(); // or the same key would press the button that gets the focus
      this.open(map.getCenter());
    });
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
      await new Promise((idle) => (window.requestIdleCallback ?? setTimeout)(idle, { timeout: 2000 }));
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
    this.events.addEventListener(name, ({ detail }) => listener(detail));
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
    if (this.home) return this.home;
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

  query(parameters) {
    const text = new URLSearchParams(parameters).toString();
    return text && `?${text}`;
  }

  /* The answer for a layer, from the page's own data or from /api; null after a failure, which has then been told. */
  async load(layer, parameters) {
    if (this.config.data) return this.config.data[[layer.source, parameters.level].filter(Boolean).join(":")] ?? null;
    return this.fetch(`${this.folderOf(layer)}${this.query(parameters)}`, layer.title);
  }

  folderOf({ source }) {
    return wuchuan.FOLDERS[source] ?? `/api/layers/${source}`;
  }

  /* Ask anew for a layer the next time. */
  forget(layer) {
    for (const address of this.fetched.keys())
      if (address.split("?")[0] === this.folderOf(layer)) this.fetched.delete(address);
  }

  async fetch(address, title) {
    if (!this.fetched.has(address)) this.fetched.set(address, this.ask(address));
    try {
      return await this.fetched.get(address);
    } catch (error) {
      this.fetched.delete(address);
      this.fail(error.sentence || `“${title}”没有取到,请检查服务是否在运行,稍后再试。`);
      return null;
    }
  }

  async ask(address, { method = "GET", headers = {} } = {}) {
    const answer = await fetch(address, { method, headers: { Accept: "application/json", ...headers } });
    if (answer.ok) return answer.json();
    const { sentence } = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(address), { sentence });
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
    this.fetched.clear();
    this.tell("reloaded");
    return Promise.all([...this.visible()].map(({ layer }) => this.refresh(layer.key)));
  }

  setPeriod(since, until) {
    this.period = { since, until };
    this.tell("period");
    for (const { layer } of this.visible())
      if (["heat", "tips", "raids", "areas"].includes(layer.source) && !layer.level) this.refresh(layer.key);
  }

  /* Narrows the map to one area (its code without trailing zeros), or to the whole city with "". */
  setArea(code) {
    this.area = code;
    this.mask.clearLayers();
    const area = this.areas?.features.find((f) => f.properties.code === code);
    if (area) {
      const { coordinates, type } = area.geometry;
      const holes = (type === "Polygon" ? [coordinates] : coordinates).map((rings) =>
        rings[0].map(([lng, lat]) => [lat, lng]),
      );
      const world = [
        [-85, -180],
        [-85, 180],
        [85, 180],
        [85, -180],
      ];
      const style = { stroke: false, fillColor: this.ground.outside, fillOpacity: 0.82 };
      L.polygon([world, ...holes], { ...style, renderer: this.renderers.mask, interactive: false }).addTo(this.mask);
      this.look(L.geoJSON(area).getBounds(), 13);
    } else this.look(this.bounds(), 12);
    for (const { drawer } of this.visible()) drawer.restyle();
    this.labels.place();
    this.tell("area");
    this.tell("layers");
  }

  inArea({ area_code, community_code, code }) {
    return !this.area || String(area_code ?? community_code ?? code ?? "").startsWith(this.area.replace(/(000)+$/, ""));
  }

  /* Areas arrived: keep their names, label them, and let the coarsest be the land. */
  name(level, areas) {
    for (const { properties } of areas.features) this.names.set(properties.code, properties.name);
    this.tell("names");
    const drawn = areas.features.filter((f) => f.geometry);
    if (drawn.length) this.levels.add(level);
    if (drawn.length && (level === "county" || !this.areas))
      this.setLand({ type: "FeatureCollection", features: drawn });
    if (!wuchuan.LABELS[level]) return;
    const entries = drawn.map(({ geometry, properties: { name, code } }) => ({
      get latlng() {
        return (this.inside ??= wuchuan.insidePoint(geometry)); // of two thousand, when somebody comes near
      },
      text: name,
      code,
      kind: level,
    }));
    const from = wuchuan.LABELS[level].from;
    const kind = Object.defineProperty({ ...wuchuan.LABELS[level] }, "from", {
      get: () => (this.isCoarsest(level) ? 0 : from),
      enumerable: true,
    });
    this.labels.set(level, entries, { [level]: kind });
  }

  /* Whether no larger areas are on the map: then these are shown and named from afar. */
  isCoarsest(level) {
    return Object.keys(wuchuan.LEVELS).find((each) => this.levels.has(each)) === level;
  }

  setLand(areas) {
    if (!this.areas) {
      this.home = L.geoJSON(areas).getBounds();
      this.look(this.home, 12);
    }
    this.areas = areas;
    this.land.clearLayers();
    const style = {
      stroke: true,
      weight: 6,
      color: this.ground.halo,
      opacity: 0.6,
      fillColor: this.ground.land,
      fillOpacity: 1,
    };
    L.geoJSON(areas, { style: { ...style, renderer: this.renderers.land, interactive: false } }).addTo(this.land);
  }

  paint() {
    this.map.getContainer().style.background = this.ground.outside;
    this.map.getContainer().style.setProperty("--ink", this.ground.ink);
    this.map.getContainer().style.setProperty("--halo", this.ground.halo);
  }

  restyle() {
    this.paint();
    if (this.areas) this.setLand(this.areas);
    for (const { drawer } of this.visible()) drawer.restyle();
    this.tell("layers");
  }

  areaName({ area_name, area_code, code, name }) {
    if (area_name || name) return area_name || name;
    const whole = String(area_code ?? code ?? "");
    return this.chain(whole).join(" ") || this.names.get(whole) || whole || "社区未知";
  }

  /* The names of the county, the township and the community that a code stands in. */
  chain(code) {
    return [...new Set([6, 9, 12].map((length) => this.names.get(this.above(code, length))).filter(Boolean))];
  }

  /* The names of what an area lies in, the county first. */
  parents({ code }) {
    const above = new Set([6, 9].map((length) => this.above(code, length)));
    above.delete(code);
    return [...above].map((each) => this.names.get(each)).filter(Boolean).join(" ");
  }

  above(code, length) {
    return code.slice(0, length).padEnd(12, "0");
  }

  stamp() {
    return this.config.stamp || this.config.period?.analysed_until || this.config.period?.stamp || "";
  }

  /* What lies at a place: marks, zones, areas. */
  under(latlng) {
    const reach = L.Browser.mobile ? 16 : 9;
    return [...this.visible()].flatMap(({ drawer }) => drawer.pick({ latlng, reach }));
  }

  /* A hand over what a click would open, looked up once a frame. */
  hint(latlng) {
    if (this.drawing || this.map.dragging.moving()) return;
    cancelAnimationFrame(this.hinting);
    this.hinting = requestAnimationFrame(
      () => (this.map.getContainer().style.cursor = this.under(latlng).length ? "pointer" : ""),
    );
  }

  /* Shows what lies at a place: marks first, being smallest, then zones, then areas. */
  open(latlng) {
    if (this.drawing) return;
    const hits = this.under(latlng);
    const zone = hits.find((hit) => hit.zone)?.zone;
    const marks = hits.filter((hit) => hit.layer);
    const drawn = hits.filter((hit) => hit.drawn).map((hit) => wuchuan.explainDrawn(this, hit.drawn));
    if (marks.length || drawn.length) this.popup(latlng, [...drawn, ...wuchuan.explainMarks(this, marks, zone)]);
    else if (zone) this.tell("zone", zone);
    else this.openAreaAt(latlng, hits[0]?.area);
  }

  /* The smallest area that is stored there, unless the map is coloured by larger ones. */
  async openAreaAt(latlng, coloured) {
    const area = coloured ?? (await this.smallestAt(latlng));
    if (area) this.openArea(latlng, area);
  }

  async smallestAt(latlng) {
    for (const level of Object.keys(wuchuan.LEVELS).reverse()) {
      const areas = await this.areasOf(level);
      const found = areas.find((area) => area.geometry && wuchuan.holds(area.geometry, latlng));
      if (found) return this.inArea(found.properties) ? found : null;
    }
    return null;
  }

  /* Names at once, counts when they come. */
  async openArea(latlng, area) {
    const popup = this.popup(latlng, wuchuan.explainArea(this, area.properties));
    const counted = await this.counted(area);
    if (counted && popup.isOpen()) popup.setContent(wuchuan.popupBody(wuchuan.explainArea(this, counted.properties)));
  }

  /* The area with what happened there in the period. */
  async counted(area) {
    const { code, level, name, tips } = area.properties;
    if (tips !== undefined) return area;
    const address = `/api/layers/areas${this.query({ level, area: code, ...this.period })}`;
    const found = this.config.data ? null : await this.fetch(address, name);
    return found?.features.find(({ properties }) => properties.code === code);
  }

  /* The areas of a level, fetched when first asked for; none after a failure, which has then been told. */
  async areasOf(level) {
    const areas = await this.load({ source: "areas", title: wuchuan.LEVELS[level] }, { level });
    for (const { properties } of areas?.features ?? []) this.names.set(properties.code, properties.name);
    return areas?.features ?? [];
  }

  popup(latlng, nodes) {
    const clear = [12, 104]; // of the legend and the zoom buttons of a phone
    return L.popup({ maxWidth: 320, minWidth: 200, maxHeight: 320, autoPanPaddingTopLeft: clear })
      .setLatLng(latlng)
      .setContent(wuchuan.popupBody(nodes))
      .openOn(this.map);
  }
};

/* Layers that do not stand under /api/layers. */
wuchuan.FOLDERS = { heat: "/api/heat", drawn_zones: "/api/drawn-zones" };

wuchuan.LABELS = {
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

/* A value as people read it: choices by their title, moments in the city's time, yes and no. */
wuchuan.readable = function (city, field, value) {
  if (field.choices) return field.choices[value] ?? value;
  if (field.kind === "flag") return value ? "是" : "否";
  if (field.kind === "moment" && value.length > 10)
    return new Date(value).toLocaleString("zh-CN", {
      timeZone: city.config.city.timezone,
      dateStyle: "medium",
      timeStyle: "short",
    });
  if (typeof value === "number") {
    const shown = field.unit === "%" ? 100 * value : value; // shares are stored as fractions
    return `${shown.toLocaleString("zh-CN")}${field.unit ? ` ${field.unit}` : ""}`;
  }
  return value;
};

wuchuan.explainMarks = function (city, marks, zone) {
  const nodes = marks.slice(0, 6).map(({ layer, properties }) => {
    const symbol = wuchuan.symbolOf(city.styles, layer, properties);
    const title = properties.count
      ? `${city.config.layers.find((l) => l.source === layer).title} ${properties.count} 处,放大后逐个显示`
      : properties.name || symbol.title;
    const rows = properties.count
      ? []
      : city.config.fields[layer].map((field) => [
          field.title,
          properties[field.name] == null ? null : wuchuan.readable(city, field, properties[field.name]),
        ]);
    return wuchuan.el(
      "section",
      {},
      wuchuan.el("h3", {}, wuchuan.markSwatch(symbol, city.styles.shapes), title),
      wuchuan.facts(rows),
    );
  });
  if (marks.length > 6) nodes.push(wuchuan.el("p", {}, `这里另有 ${marks.length - 6} 处,放大后分开显示。`));
  if (zone)
    nodes.push(
      wuchuan.el("button", { type: "button", class: "link", onclick: () => city.tell("zone", zone) }, "查看所在热点"),
    );
  return nodes;
};

wuchuan.popupBody = (nodes) => wuchuan.el("div", { class: "popup" }, ...nodes);

wuchuan.explainArea = function (city, properties) {
  const rows = Object.entries(wuchuan.MEASURES).map(([key, { title, digits = 0 }]) => [
    title,
    properties[key]?.toLocaleString("zh-CN", { maximumFractionDigits: digits }),
  ]);
  const place = [
    ["代码", properties.code],
    ["所属", city.parents(properties)],
    ["统计期间", city.period.since && `${city.period.since} 至 ${wuchuan.dayBefore(city.period.until)}`],
  ];
  const head = wuchuan.el("h3", {}, city.areaName(properties));
  return [wuchuan.el("section", {}, head, wuchuan.facts([...place, ...rows]), city.chartOf?.(properties) ?? null)];
};

wuchuan.start = function (map, groups, config) {
  const city = (wuchuan.city = new wuchuan.City(map, groups, config));
  if (config.title) wuchuan.sheet(city);
  wuchuan.workbench?.(city);
  city.begin();
};
