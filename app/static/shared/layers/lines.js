/* Roads and rivers. */

import { lineSwatch } from "../swatches.js";
import { features } from "./features.js";

/* Roads and rivers; side roads join when somebody comes near, until then they are not even built. */
export const SIDE_ROADS_FROM = 11;

export function lines(city, layer, group) {
  const renderer = L.canvas({ pane: "lines", padding: 0.3 });
  const width = ({ properties }) => (layer.key === "rivers" ? 2 : (city.styles.roads[properties.class] ?? 0.7));
  const isMain = (line) => width(line) >= 1.2;
  const near = () => city.map.getZoom() >= SIDE_ROADS_FROM;
  const style = (line) => ({
    color: layer.key === "rivers" ? city.ground.river : width(line) >= 1.8 ? city.ground.road : city.ground.casing,
    weight: width(line) * Math.min(Math.max(2 ** ((city.map.getZoom() - 10) / 4), 0.55), 2.2),
  });
  const drawn = (collection, filter) =>
    L.geoJSON(collection, { filter, style: (f) => ({ ...style(f), renderer, interactive: false, smoothFactor: 1.5 }) });
  let main = null;
  let side = null;
  const drawer = features(city, layer, group, {
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
    legend: () => [{ swatch: lineSwatch(style({ properties: { class: "primary" } })), text: layer.title }],
  });
  city.map.on("zoomend", () => {
    drawer.comeNear?.();
    main?.setStyle(style);
    side?.setStyle(style);
  });
  return drawer;
}
