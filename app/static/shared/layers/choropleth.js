/* Areas coloured by a measure. */

import { classColour, quantiles } from "../classes.js";
import { holds } from "../geometry.js";
import { rampLegend } from "../legend.js";
import { AREA_LEVELS, AREA_MEASURES } from "../../../core/words.py";
import { features } from "./features.js";

export function choropleth(city, layer, group) {
  const renderer = L.canvas({ pane: "choropleth", padding: 0.3 });
  const state = { level: "township", measure: "tips", breaks: /** @type {number[]} */ ([]) };
  const value = (feature) => feature.properties[state.measure];
  const instead = { township: "community", community: "county", county: "township" };
  const bare = new Set(); // levels of which nobody has drawn the borders
  const drawer = features(city, layer, group, {
    address: () => ({ level: state.level, ...city.period }),
    build(areas) {
      state.breaks = quantiles(areas.features.map(value), city.ground.ramp.length);
      const style = (feature) => ({
        fillColor: classColour(value(feature), state.breaks, city.ground),
        fillOpacity: 1,
        color: city.ground.land,
        weight: state.level === "community" ? 0.3 : 0.8,
      });
      return L.geoJSON(areas, { style: (f) => ({ ...style(f), renderer, interactive: false }) });
    },
    pick: (areas, place) =>
      areas.features
        .filter((f) => f.geometry && holds(f.geometry, place.latlng))
        .map((feature) => ({ area: feature })),
    legend: () => rampLegend(state, city.ground),
    async after(areas) {
      if (areas.features.some((f) => f.geometry)) return bare.clear();
      bare.add(state.level);
      if (bare.has(instead[state.level])) return bare.clear();
      state.level = instead[state.level];
      await city.refresh(layer.key);
    },
  });
  const title = () => `${AREA_MEASURES[state.measure].title}(按${AREA_LEVELS[state.level]})`;
  return Object.assign(drawer, { state, title });
}
