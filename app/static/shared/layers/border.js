/* Borders of areas and jurisdictions. */

import { lineSwatch } from "../swatches.js";
import { features } from "./features.js";

/* Two thousand borders are noise from afar. */
export const COMMUNITIES_FROM = 11;

export function border(city, layer, group) {
  const looks = {
    county: () => ({ color: city.ground.county, weight: 1.8 }),
    township: () => ({ color: city.ground.township, weight: 0.9 }),
    community: () => ({ color: city.ground.community, weight: 0.7 }),
  };
  const jurisdiction = () => ({ color: city.ground.county, weight: 1.2, dashArray: "6 5" });
  const look = looks[layer.level] || jurisdiction;
  const renderer = L.canvas({ pane: "border", padding: 0.3 });
  const near = () =>
    layer.level !== "community" || city.places.isCoarsest("community") || city.map.getZoom() >= COMMUNITIES_FROM;
  let isNear = null;
  const follow = () => {
    if (near() === isNear) return;
    drawer.restyle();
    city.tell("layers");
  };
  if (layer.level === "community") city.map.on("zoomend", follow);
  const drawer = features(city, layer, group, {
    address: () => (layer.level ? { level: layer.level } : {}),
    build(areas) {
      isNear = near();
      const style = { ...look(), fill: false, renderer, interactive: false };
      return isNear ? L.geoJSON(areas, { style }) : L.featureGroup(); // from afar they are not even built
    },
    legend: () => (near() ? [{ swatch: lineSwatch(look()), text: `${layer.title}界` }] : []),
    after(areas) {
      drawer.undrawn = areas.features.filter((area) => !area.geometry).length;
      if (layer.level) city.places.take(layer.level, areas);
      follow();
    },
  });
  return drawer;
}
