/* Cells to look at first. */

import { boxSwatch } from "../swatches.js";
import { features } from "./features.js";

export function cells(city, layer, group) {
  const renderer = L.canvas({ pane: "choropleth", padding: 0.3 });
  const looks = city.styles.cells;
  const lookOf = ({ properties: { method } }) => looks[method] ?? looks[layer.key];
  const style = ({ colour, dash }) => ({ color: colour, dashArray: dash, weight: 1.2, fillColor: colour, fillOpacity: 0.22 });
  const drawer = features(city, layer, group, {
    address: () => ({ limit: 50000 }),
    build(cells) {
      drawer.looks = new Set(cells.features.map(lookOf));
      const filter = (f) => city.inArea(f.properties);
      return L.geoJSON(cells, { filter, style: (f) => ({ ...style(lookOf(f)), renderer, interactive: false }) });
    },
    legend: () => [...drawer.looks].map(({ colour, title }) => ({ swatch: boxSwatch(colour, colour), text: title })),
  });
  return drawer;
}
