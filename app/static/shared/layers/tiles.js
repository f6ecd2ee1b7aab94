/* Many points, as vector tiles drawn by our own marks. */

import { CHECK_AND_MOVE } from "../../../core/words.py";
import { symbolLegend } from "../legend.js";
import { dotRadius, drawDot, drawMark, symbolOf } from "../marks.js";
import { query } from "../request.js";
import { inTile, VectorGrid } from "./vector-grid.js";

const MARGIN = 12; // as map.css has it

export function tiles(city, layer, group) {
  const unseen = new Set();
  const fine = layer.key === "rental_units";
  const dated = layer.source === "tips" ? () => city.period : () => ({});
  const address = () => `/tiles/${layer.source}/{z}/{x}/{y}.mvt${query(dated())}`;
  let grid = null;
  return {
    unseen,
    async refresh() {
      grid ??= new VectorGrid(address(), options());
      grid.setAddress(address());
      group.addLayer(grid);
      const first = await city.answers.load(layer, { limit: 1, ...dated() });
      if (first) this.rows = first.numberMatched;
    },
    restyle: () => grid?.repaint(),
    pick: ({ latlng, reach }) =>
      (grid?.readAt(latlng, reach) ?? [])
        .flatMap(({ read, point }) => read.filter((mark) => isNear(mark, point, reach)))
        .filter(({ properties }) => properties.count || city.inArea(properties))
        .map(({ properties }) => ({ layer: layer.source, properties })),
    legend: () => symbolLegend(city, layer.source, unseen),
  };

  function options() {
    const [west, south, east, north] = city.config.city.bounds; // no place lies outside, so no tile is asked for there
    const bounds = L.latLngBounds([south, west], [north, east]);
    const fail = () => city.fail(`点位没有取到,${CHECK_AND_MOVE}`);
    return { pane: "tiles", margin: MARGIN, bounds, read, draw, fail };
  }

  function read({ layers }) {
    const own = layers[layer.source];
    return own ? Array.from({ length: own.length }, (_, n) => marksOf(own.feature(n))).flat() : null;
  }

  function marksOf(feature) {
    const { properties, extent } = feature;
    return feature.loadGeometry().map(([point]) => ({ ...inTile(point, extent), radius: 0, properties }));
  }

  /* A mark has its radius while it is seen. */
  function draw(ctx, marks, { z: zoom }) {
    const { halo } = city.ground;
    const dot = { colour: Object.values(city.styles.symbols[layer.source])[0].colour, outline: fine ? null : halo };
    const size = (fine ? 0.75 : 1) * (zoom < 15 ? 4.5 : zoom < 16 ? 5.5 : 7);
    for (const mark of marks) {
      const { count } = mark.properties;
      const symbol = count ? null : symbolOf(city.styles, layer.source, mark.properties);
      mark.radius = count ? dotRadius(count, fine) : unseen.has(symbol.title) ? 0 : size;
      if (count) drawDot(ctx, mark, mark.radius, dot);
      else if (mark.radius) drawMark(ctx, mark, mark.radius, symbol, city.styles.shapes, halo);
    }
  }
}

function isNear({ x, y, radius }, point, reach) {
  return radius > 0 && Math.hypot(x - point.x, y - point.y) <= Math.max(radius, reach);
}
