/* Many points, as vector tiles. */

import { symbolLegend } from "../legend.js";
import { dotRadius, drawDot, drawMark, symbolOf } from "../marks.js";
import { query } from "../request.js";

export function tiles(city, layer, group) {
  const tiles = new Set();
  const unseen = new Set();
  const fine = layer.key === "rental_units";
  const colour = () => Object.values(city.styles.symbols[layer.source])[0].colour;
  const dot = () => ({ colour: colour(), outline: fine ? null : city.ground.halo });
  const style = (properties, zoom) => {
    if (properties.count) return { radius: dotRadius(properties.count, fine), dot: dot(), properties };
    const symbol = symbolOf(city.styles, layer.source, properties);
    if (unseen.has(symbol.title)) return [];
    return {
      radius: (fine ? 0.75 : 1) * (zoom < 15 ? 4.5 : zoom < 16 ? 5.5 : 7),
      symbol,
      properties,
    };
  };
  let grid = null;
  const address = () =>
    `/tiles/${layer.source}/{z}/{x}/{y}.mvt${query(layer.source === "tips" ? city.period : {})}`;
  return {
    unseen,
    async refresh() {
      grid ??= new MarkGrid(address(), city, tiles, { [layer.source]: style });
      if (grid._url !== address()) grid.setUrl(address());
      group.addLayer(grid);
      const first = await city.answers.load(layer, { limit: 1, ...(layer.source === "tips" ? city.period : {}) });
      if (first) this.rows = first.numberMatched;
    },
    restyle: () => grid?.redraw(),
    pick: (place) =>
      [...tiles]
        .flatMap((tile) => tile.under(place))
        .filter((properties) => properties.count || city.inArea(properties))
        .map((properties) => ({ layer: layer.source, properties })),
    legend: () => symbolLegend(city, layer.source, unseen),
  };
}

/* Vector tiles drawn by our own marks: twice as fine as the tile, so that half zooms and phones stay sharp, and with a
   margin around it (map.css draws them back by as much), so that no mark is cut at an edge. */
export const TILE_MARGIN = 12;

export const MarkGrid = L.VectorGrid.Protobuf.extend({
  initialize(url, city, tiles, styles) {
    const [west, south, east, north] = city.config.city.bounds; // no place lies outside, so no tile is asked for there
    this.city = city;
    L.VectorGrid.Protobuf.prototype.initialize.call(this, url, {
      pane: "tiles",
      bounds: [[south, west], [north, east]],
      vectorTileLayerStyles: styles,
      rendererFactory: (coords, size, options) => {
        const tile = new MarkTile(coords, size, { ...options, city });
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

export const MarkTile = L.Canvas.Tile.extend({
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
    if (dot) drawDot(this._ctx, mark._point, mark._radius, dot);
    else drawMark(this._ctx, mark._point, mark._radius, symbol, city.styles.shapes, city.ground.halo);
  },
  /* Only what has a mark takes memory, and a place in every frame. */
  unroll() {
    this._container.width = 2 * (this._size.x + 2 * TILE_MARGIN);
    this._container.height = 2 * (this._size.y + 2 * TILE_MARGIN);
    this._ctx.scale(2, 2);
    this._ctx.translate(TILE_MARGIN, TILE_MARGIN);
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
