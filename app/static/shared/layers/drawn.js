/* What was drawn by hand: its outline, a pattern no grade has, the mark of its family and its name. */

import { svg } from "../dom.js";
import { drawnMiddle, drawnShape, familyColour, familyPattern, familySwatch, familySymbol } from "../drawn.js";
import { holds, linesOf } from "../geometry.js";
import { features } from "./features.js";
import { MarkCanvas } from "./points.js";

export function drawn(city, layer, group) {
  const shapes = L.svg({ pane: "drawn", padding: 0.3 });
  const marks = new MarkCanvas({ pane: "marks", padding: 0.3, city });
  const kinds = { drawn: { font: "600 12px inherit", height: 16, from: 9, to: 99, rank: 3, shifts: [17, -17, 33] } };
  const families = Object.keys(city.styles.families);
  let shown = [];
  const kept = (f) => f.geometry && city.inArea(f.properties) && f.properties.id !== drawer.hidden;
  const drawer = features(city, layer, group, {
    address: () => ({}),
    build({ features }) {
      shown = features.filter(kept);
      const built = L.featureGroup(shown.flatMap(both));
      built.once("add", definePatterns);
      city.labels.set("drawn", shown.map(label), kinds);
      return built;
    },
    pick: (_, { latlng, reach }) => shown.filter((f) => touches(f, latlng, reach)).map((drawn) => ({ drawn })),
    legend: () =>
      families
        .filter((family) => shown.some((f) => f.properties.family === family))
        .map((family) => ({ swatch: familySwatch(city, family), text: city.styles.families[family].title })),
  });
  group.on("remove", () => city.labels.set("drawn", [], kinds));
  group.on("add", () => drawer.restyle());
  const { refresh } = drawer;
  return Object.assign(drawer, {
    hidden: null, // the one that is being edited
    refresh() {
      city.answers.forget(layer); // an answer that was kept may be older than what was just drawn
      return refresh.call(drawer);
    },
  });

  function both(feature) {
    const { family } = feature.properties;
    const at = drawnMiddle(feature.geometry);
    const colour = familyColour(city, family);
    const { dash } = city.styles.families[family];
    const style = { color: colour, weight: 2, dashArray: dash, fillColor: `url(#drawn-${family})` };
    const shape = drawnShape(feature, {
      ...style,
      fillOpacity: 1,
      renderer: shapes,
      interactive: false,
      className: `drawn ${family}`,
      pmIgnore: false,
    });
    const symbol = familySymbol(city, family);
    const mark = L.circleMarker(at, { radius: 6, renderer: marks, interactive: false, symbol });
    return shape ? [shape, mark] : [mark];
  }
  function label({ geometry, properties: { name, area_code } }) {
    return { latlng: drawnMiddle(geometry), text: name, area_code, kind: "drawn" };
  }
  function touches({ geometry, properties }, latlng, reach) {
    const at = city.map.latLngToLayerPoint(latlng);
    const middle = drawnMiddle(geometry);
    if (at.distanceTo(city.map.latLngToLayerPoint(middle)) <= reach) return true;
    if (properties.radius_m) return city.map.distance(middle, latlng) <= properties.radius_m;
    if (geometry.type.endsWith("Polygon")) return holds(geometry, latlng);
    return linesOf(geometry).some((line) => nearLine(line, at, reach));
  }
  function nearLine(line, at, reach) {
    const points = line.map((place) => city.map.latLngToLayerPoint(L.GeoJSON.coordsToLatLng(place)));
    return points.some((to, i) => i && L.LineUtil.pointToSegmentDistance(at, points[i - 1], to) <= reach);
  }
  function definePatterns() {
    const root = shapes._container;
    root?.querySelector("defs")?.remove();
    root?.prepend(svg("defs", {}, ...families.map((f) => familyPattern(city, f, `drawn-${f}`))));
  }
}
