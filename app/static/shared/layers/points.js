/* Points, each with its symbol. */

import { symbolLegend } from "../legend.js";
import { drawMark, symbolOf } from "../marks.js";
import { features } from "./features.js";

export function points(city, layer, group) {
  const renderer = new MarkCanvas({ pane: "marks", padding: 0.3, city });
  const dated = ["tips", "raids"].includes(layer.source);
  const unseen = new Set();
  const symbol = (feature) => symbolOf(city.styles, layer.source, feature.properties);
  const kept = (feature) => feature.geometry && city.inArea(feature.properties) && !unseen.has(symbol(feature).title);
  const drawer = features(city, layer, group, {
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
    legend: () => symbolLegend(city, layer.source, unseen),
  });
  return Object.assign(drawer, { unseen });
}

export const MarkCanvas = L.Canvas.extend({
  _updateCircle(mark) {
    if (!this._drawing || mark._empty()) return;
    const { city } = this.options;
    drawMark(this._ctx, mark._point, mark._radius, mark.options.symbol, city.styles.shapes, city.ground.halo);
  },
});
