/* Vector tiles, each drawn on a canvas of its own; what was read of a tile stays, so that another look needs no fetch. */

import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

const SIDE = 256;
/* Twice as fine as the tile, so that half zooms and phones stay sharp. */
const SCALE = 2;

/* Made with the address and the options of L.GridLayer; besides ``margin`` (pixels around a tile that may be drawn on, so
   that no mark is cut at an edge; the sheet draws the canvas back by as much), ``read`` (tile → what is to be drawn, null
   for nothing), ``draw`` (context, that, coordinates) and ``fail``, which hears of a tile that did not come. */
export const VectorGrid = L.GridLayer.extend({
  options: { tileSize: SIDE, margin: 0 },

  initialize(address, options) {
    this.address = address;
    L.setOptions(this, options);
    this.on("tileunload", ({ tile }) => tile.stop.abort());
  },

  /* Leaflet throws all tiles away whenever the view is set at once; they stay while their zoom does. */
  getEvents() {
    return { ...L.GridLayer.prototype.getEvents.call(this), viewprereset() {} };
  },

  /* Leaflet's redraw forgets to round half zooms. */
  _clampZoom(zoom) {
    return L.GridLayer.prototype._clampZoom.call(this, Math.round(zoom));
  },

  setAddress(address) {
    if (address === this.address) return;
    this.address = address;
    this.redraw();
  },

  /* Draws what was read once more, as it looks now. */
  repaint() {
    for (const tile of this.canvases()) this.paint(tile);
  },

  canvases() {
    return Object.values(this._tiles ?? {}).map(({ el }) => el);
  },

  createTile(coords, done) {
    const tile = L.DomUtil.create("canvas", "leaflet-tile");
    Object.assign(tile, { coords, width: 0, height: 0, stop: new AbortController() });
    this.fill(tile).then(() => done(null, tile));
    return tile;
  },

  async fill(tile) {
    const { signal } = tile.stop;
    try {
      tile.read = this.options.read(await fetched(L.Util.template(this.address, tile.coords), signal));
      this.paint(tile);
    } catch {
      if (!signal.aborted) this.options.fail();
    }
  },

  /* Only what has something on it takes memory, and a place in every frame. */
  paint(tile) {
    const { margin, draw } = this.options;
    tile.width = tile.height = tile.read ? SCALE * (SIDE + 2 * margin) : 0;
    if (!tile.read) return;
    const ctx = tile.getContext("2d");
    ctx.scale(SCALE, SCALE);
    ctx.translate(margin, margin);
    draw(ctx, tile.read, tile.coords);
  },

  /* Of each tile that may lie there: what was read of it, and the place within it. */
  readAt(latlng, reach) {
    const edge = L.bounds([-reach, -reach], [SIDE + reach, SIDE + reach]);
    return this.canvases().flatMap(({ read, coords }) => {
      const point = this._map?.project(latlng, coords.z).subtract(coords.multiplyBy(SIDE));
      return read && point && edge.contains(point) ? [{ read, point }] : [];
    });
  },
});

/* The place of a geometry's point in its tile. */
export function inTile({ x, y }, extent) {
  return { x: (x * SIDE) / extent, y: (y * SIDE) / extent };
}

async function fetched(address, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(address);
  return new VectorTile(new PbfReader(await answer.arrayBuffer()));
}
