"use strict";
/* How each kind of layer is drawn. A drawer answers {refresh, restyle, pick, legend}; it fetches when first shown. */

wuchuan.draw = {};

/* Two thousand borders are noise from afar. */
wuchuan.COMMUNITIES_FROM = 11;

wuchuan.LEVELS = { county: "县(市、区)", township: "乡镇(街道)", community: "社区(村)" };

/* Shared by the drawers of GeoJSON: fetch once per address, rebuild, restyle. */
wuchuan.features = function (
  city,
  layer,
  group,
  { address, build, pick = () => [], legend = () => [], after = () => {} },
) {
  let shown = null;
  let collection = null;
  let wanted = 0;
  return {
    async refresh() {
      const turn = ++wanted;
      const loaded = await city.load(layer, address());
      if (turn !== wanted || !loaded) return;
      collection = loaded;
      this.rows = loaded.numberMatched ?? loaded.features.length;
      this.restyle();
      await after(loaded);
    },
    restyle() {
      if (!collection) return;
      if (shown) group.removeLayer(shown);
      shown = build(collection);
      group.addLayer(shown);
    },
    pick: (place) => (collection ? pick(collection, place) : []),
    legend: () => (collection?.features.some((f) => f.geometry) ? legend(collection) : []),
  };
};

wuchuan.draw.border = function (city, layer, group) {
  const looks = {
    county: () => ({ color: city.ground.county, weight: 1.8 }),
    township: () => ({ color: city.ground.township, weight: 0.9 }),
    community: () => ({ color: city.ground.community, weight: 0.7 }),
  };
  const jurisdiction = () => ({ color: city.ground.county, weight: 1.2, dashArray: "6 5" });
  const look = looks[layer.level] || jurisdiction;
  const renderer = L.canvas({ pane: "border", padding: 0.3 });
  const near = () =>
    layer.level !== "community" || city.isCoarsest("community") || city.map.getZoom() >= wuchuan.COMMUNITIES_FROM;
  let isNear = null;
  const follow = () => {
    if (near() === isNear) return;
    drawer.restyle();
    city.tell("layers");
  };
  if (layer.level === "community") city.map.on("zoomend", follow);
  const drawer = wuchuan.features(city, layer, group, {
    address: () => (layer.level ? { level: layer.level } : {}),
    build(areas) {
      isNear = near();
      const style = { ...look(), fill: false, renderer, interactive: false };
      return isNear ? L.geoJSON(areas, { style }) : L.featureGroup(); // from afar they are not even built
    },
    legend: () => (near() ? [{ swatch: wuchuan.lineSwatch(look()), text: `${layer.title}界` }] : []),
    after(areas) {
      drawer.undrawn = areas.features.filter((area) => !area.geometry).length;
      if (layer.level) city.name(layer.level, areas);
      follow();
    },
  });
  return drawer;
};

/* Roads and rivers; side roads join when somebody comes near, until then they are not even built. */
wuchuan.SIDE_ROADS_FROM = 11;

wuchuan.draw.lines = function (city, layer, group) {
  const renderer = L.canvas({ pane: "lines", padding: 0.3 });
  const width = ({ properties }) => (layer.key === "rivers" ? 2 : (city.styles.roads[properties.class] ?? 0.7));
  const isMain = (line) => width(line) >= 1.2;
  const near = () => city.map.getZoom() >= wuchuan.SIDE_ROADS_FROM;
  const style = (line) => ({
    color: layer.key === "rivers" ? city.ground.river : width(line) >= 1.8 ? city.ground.road : city.ground.casing,
    weight: width(line) * Math.min(Math.max(2 ** ((city.map.getZoom() - 10) / 4), 0.55), 2.2),
  });
  const drawn = (collection, filter) =>
    L.geoJSON(collection, { filter, style: (f) => ({ ...style(f), renderer, interactive: false, smoothFactor: 1.5 }) });
  let main = null;
  let side = null;
  const drawer = wuchuan.features(city, layer, group, {
    address: () => ({ limit: 50000 }),
    build(collection) {
      main = drawn(collection, isMain);
      side = null;
      drawer.comeNear = () => {
        if (near()) side ??= drawn(collection, (line) => !isMain(line));
        if (!side) return;
        if (near()) both.addLayer(side);
        else both.removeLayer(side);
      };
      const both = L.featureGroup([main]);
      drawer.comeNear();
      return both;
    },
    legend: () => [{ swatch: wuchuan.lineSwatch(style({ properties: { class: "primary" } })), text: layer.title }],
  });
  city.map.on("zoomend", () => {
    drawer.comeNear?.();
    main?.setStyle(style);
    side?.setStyle(style);
  });
  return drawer;
};

wuchuan.draw.raster = function (city, layer, group) {
  let tiles = null;
  return {
    refresh() {
      tiles ??= L.tileLayer("/basemap/{z}/{x}/{y}", { pane: "land", className: "basemap" }).addTo(group);
    },
    restyle() {},
    pick: () => [],
    legend: () => [],
  };
};

wuchuan.MEASURES = {
  tips: { title: "线索数", unit: "条" },
  findings: { title: "发现窝点的行动数", unit: "次" },
  rate_per_100: { title: "每百处出租屋和场所的线索、发现数", unit: "", digits: 2 },
  rental_units: { title: "出租屋数", unit: "处" },
  venues: { title: "场所数", unit: "处" },
};

wuchuan.draw.choropleth = function (city, layer, group) {
  const renderer = L.canvas({ pane: "choropleth", padding: 0.3 });
  const state = { level: "township", measure: "tips", breaks: [] };
  const value = (feature) => feature.properties[state.measure];
  const instead = { township: "community", community: "county", county: "township" };
  const bare = new Set(); // levels of which nobody has drawn the borders
  const drawer = wuchuan.features(city, layer, group, {
    address: () => ({ level: state.level, ...city.period }),
    build(areas) {
      state.breaks = wuchuan.quantiles(areas.features.map(value), city.ground.ramp.length);
      const style = (feature) => ({
        fillColor: wuchuan.classColour(value(feature), state.breaks, city.ground),
        fillOpacity: 1,
        color: city.ground.land,
        weight: state.level === "community" ? 0.3 : 0.8,
      });
      return L.geoJSON(areas, { style: (f) => ({ ...style(f), renderer, interactive: false }) });
    },
    pick: (areas, place) =>
      areas.features
        .filter((f) => f.geometry && wuchuan.holds(f.geometry, place.latlng))
        .map((feature) => ({ area: feature })),
    legend: () => wuchuan.rampLegend(state, city.ground),
    async after(areas) {
      if (areas.features.some((f) => f.geometry)) return bare.clear();
      bare.add(state.level);
      if (bare.has(instead[state.level])) return bare.clear();
      state.level = instead[state.level];
      await city.refresh(layer.key);
    },
  });
  const title = () => `${wuchuan.MEASURES[state.measure].title}(按${wuchuan.LEVELS[state.level]})`;
  return Object.assign(drawer, { state, title });
};

wuchuan.draw.cells = function (city, layer, group) {
  const renderer = L.canvas({ pane: "choropleth", padding: 0.3 });
  const looks = city.styles.cells;
  const lookOf = ({ properties: { method } }) => looks[method] ?? looks[layer.key];
  const style = ({ colour, dash }) => ({ color: colour, dashArray: dash, weight: 1.2, fillColor: colour, fillOpacity: 0.22 });
  const drawer = wuchuan.features(city, layer, group, {
    address: () => ({ limit: 50000 }),
    build(cells) {
      drawer.looks = new Set(cells.features.map(lookOf));
      const filter = (f) => city.inArea(f.properties);
      return L.geoJSON(cells, { filter, style: (f) => ({ ...style(lookOf(f)), renderer, interactive: false }) });
    },
    legend: () => [...drawer.looks].map(({ colour, title }) => ({ swatch: wuchuan.boxSwatch(colour, colour), text: title })),
  });
  return drawer;
};

/* The upper bounds of the classes of positive values: quantiles without repeats. */
wuchuan.quantiles = function (values, classes) {
  const positive = values.filter((v) => v > 0).sort((a, b) => a - b);
  if (!positive.length) return [];
  const at = (share) => positive[Math.min(Math.ceil(share * positive.length) - 1, positive.length - 1)];
  const bounds = Array.from({ length: classes }, (_, i) => at((i + 1) / classes));
  return [...new Set(bounds)];
};

wuchuan.classColour = function (value, breaks, ground) {
  if (!(value > 0)) return ground.empty;
  const at = breaks.findIndex((bound) => value <= bound);
  return ground.ramp[Math.round(((at + 1) / breaks.length) * ground.ramp.length) - 1];
};

wuchuan.draw.tiles = function (city, layer, group) {
  const tiles = new Set();
  const unseen = new Set();
  const fine = layer.key === "rental_units";
  const colour = () => Object.values(city.styles.symbols[layer.source])[0].colour;
  const dot = () => ({ colour: colour(), outline: fine ? null : city.ground.halo });
  const style = (properties, zoom) => {
    if (properties.count) return { radius: wuchuan.dotRadius(properties.count, fine), dot: dot(), properties };
    const symbol = wuchuan.symbolOf(city.styles, layer.source, properties);
    if (unseen.has(symbol.title)) return [];
    return {
      radius: (fine ? 0.75 : 1) * (zoom < 15 ? 4.5 : zoom < 16 ? 5.5 : 7),
      symbol,
      properties,
    };
  };
  let grid = null;
  const address = () =>
    `/tiles/${layer.source}/{z}/{x}/{y}.mvt${city.query(layer.source === "tips" ? city.period : {})}`;
  return {
    unseen,
    async refresh() {
      grid ??= new wuchuan.MarkGrid(address(), city, tiles, { [layer.source]: style });
      if (grid._url !== address()) grid.setUrl(address());
      group.addLayer(grid);
      const first = await city.load(layer, { limit: 1, ...(layer.source === "tips" ? city.period : {}) });
      if (first) this.rows = first.numberMatched;
    },
    restyle: () => grid?.redraw(),
    pick: (place) =>
      [...tiles]
        .flatMap((tile) => tile.under(place))
        .filter((properties) => properties.count || city.inArea(properties))
        .map((properties) => ({ layer: layer.source, properties })),
    legend: () => wuchuan.symbolLegend(city, layer.source, unseen),
  };
};

/* Vector tiles drawn by our own marks: twice as fine as the tile, so that half zooms and phones stay sharp, and with a
   margin around it (map.css draws them back by as much), so that no mark is cut at an edge. */
wuchuan.TILE_MARGIN = 12;

wuchuan.MarkGrid = L.VectorGrid.Protobuf.extend({
  initialize(url, city, tiles, styles) {
    const [west, south, east, north] = city.config.city.bounds; // no place lies outside, so no tile is asked for there
    this.city = city;
    L.VectorGrid.Protobuf.prototype.initialize.call(this, url, {
      pane: "tiles",
      bounds: [[south, west], [north, east]],
      vectorTileLayerStyles: styles,
      rendererFactory: (coords, size, options) => {
        const tile = new wuchuan.MarkTile(coords, size, { ...options, city });
        tiles.add(tile);
        tile.getContainer().tile = tile;
        return tile;
      },
    });
    this.on("tileunload", ({ tile }) => tiles.delete(tile.tile));
  },
  /* Leaflet throws all tiles away whenever the view is set at once; they stay while their zoom does. */
  getEvents() {
    return { ...L.VectorGrid.Protobuf.prototype.getEvents.call(this), viewprereset() {} };
  },
  /* Leaflet's redraw forgets to round half zooms. */
  _clampZoom(zoom) {
    return L.VectorGrid.Protobuf.prototype._clampZoom.call(this, Math.round(zoom));
  },
  _getVectorTilePromise(coords) {
    return L.VectorGrid.Protobuf.prototype._getVectorTilePromise.call(this, coords).catch(() => {
      this.city.fail("点位没有取到,请检查服务是否在运行,稍后移动地图再试。");
      return { layers: {} };
    });
  },
});

wuchuan.MarkTile = L.Canvas.Tile.extend({
  initialize(coords, size, options) {
    L.Canvas.Tile.prototype.initialize.call(this, coords, size, options);
    this._container.width = this._container.height = 0;
    this.marks = [];
  },
  _updateCircle(mark) {
    const { city } = this.options;
    const { symbol, dot, properties } = mark.options;
    if (!this.marks.length) this.unroll();
    this.marks.push({ point: mark._point, radius: mark._radius, properties });
    if (dot) wuchuan.drawDot(this._ctx, mark._point, mark._radius, dot);
    else wuchuan.drawMark(this._ctx, mark._point, mark._radius, symbol, city.styles.shapes, city.ground.halo);
  },
  /* Only what has a mark takes memory, and a place in every frame. */
  unroll() {
    this._container.width = 2 * (this._size.x + 2 * wuchuan.TILE_MARGIN);
    this._container.height = 2 * (this._size.y + 2 * wuchuan.TILE_MARGIN);
    this._ctx.scale(2, 2);
    this._ctx.translate(wuchuan.TILE_MARGIN, wuchuan.TILE_MARGIN);
  },
  under({ latlng, reach }) {
    if (!this._map) return [];
    const point = this._map.project(latlng, this._tileCoord.z).subtract(this._tileCoord.scaleBy(this._size));
    const edge = L.bounds([-reach, -reach], this._size.add([reach, reach]));
    if (!edge.contains(point)) return []; // without a look at its thousand marks
    const near = this.marks.filter((mark) => mark.point.distanceTo(point) <= Math.max(mark.radius, reach));
    return near.map((mark) => mark.properties);
  },
});

wuchuan.draw.marks = function (city, layer, group) {
  const renderer = new wuchuan.MarkCanvas({ pane: "marks", padding: 0.3, city });
  const dated = ["tips", "raids"].includes(layer.source);
  const unseen = new Set();
  const symbol = (feature) => wuchuan.symbolOf(city.styles, layer.source, feature.properties);
  const kept = (feature) => feature.geometry && city.inArea(feature.properties) && !unseen.has(symbol(feature).title);
  const drawer = wuchuan.features(city, layer, group, {
    address: () => (dated ? { limit: 20000, ...city.period } : { limit: 20000 }),
    build: (points) =>
      L.geoJSON(points, {
        filter: kept,
        pointToLayer: (f, latlng) =>
          L.circleMarker(latlng, { radius: 6, renderer, interactive: false, symbol: symbol(f) }),
      }),
    pick: (points, { latlng, reach }) => {
      const at = city.map.latLngToLayerPoint(latlng);
      const near = (f) =>
        at.distanceTo(city.map.latLngToLayerPoint(L.GeoJSON.coordsToLatLng(f.geometry.coordinates))) <= reach;
      return points.features
        .filter((f) => kept(f) && near(f))
        .map((f) => ({ layer: layer.source, properties: f.properties }));
    },
    legend: () => wuchuan.symbolLegend(city, layer.source, unseen),
  });
  return Object.assign(drawer, { unseen });
};

wuchuan.MarkCanvas = L.Canvas.extend({
  _updateCircle(mark) {
    if (!this._drawing || mark._empty()) return;
    const { city } = this.options;
    wuchuan.drawMark(this._ctx, mark._point, mark._radius, mark.options.symbol, city.styles.shapes, city.ground.halo);
  },
});

wuchuan.draw.heat = function (city, layer, group) {
  let heat = null;
  let wanted = 0;
  const bandwidth = () => (city.map.getZoom() < 9.5 ? 3000 : city.map.getZoom() < 12 ? 1500 : 700);
  city.map.on("zoomend", () => {
    if (heat?.bandwidth_m && heat.bandwidth_m !== bandwidth() && city.isShown(layer.key)) city.refresh(layer.key);
  });
  return {
    async refresh() {
      const turn = ++wanted;
      const steady = city.steady && heat?.bandwidth_m === bandwidth() ? { peak_per_km2: heat.peak_per_km2 } : {};
      const loaded = await city.load(layer, { ...city.period, bandwidth_m: bandwidth(), ...steady });
      if (turn !== wanted || !loaded) return;
      heat = loaded;
      const [west, south, east, north] = heat.bounds;
      const image = L.imageOverlay(
        heat.image,
        [
          [south, west],
          [north, east],
        ],
        { pane: "heat", className: "heat" },
      );
      const before = group.getLayers();
      image.once("load error", () => before.forEach((old) => group.removeLayer(old)));
      image.once("error", () => city.fail("热力图没有取到,请稍后再试。"));
      group.addLayer(image);
    },
    restyle() {},
    pick: () => [],
    legend: () => (heat ? [wuchuan.heatLegend(city, heat)] : []),
  };
};
