/* Graded zones, drawn in colour, pattern and word. */

import { svg } from "../dom.js";
import { holds, insidePoint } from "../geometry.js";
import { boxSwatch, gradePattern, gradeSwatch, lineSwatch } from "../swatches.js";
import { GRADES, REVIEWED, SUSPECTED } from "../../../core/words.py";
import { byGrade, parted, zoneClass } from "../zones.js";
import { features } from "./features.js";

export function zones(city, layer, group) {
  const renderer = L.svg({ pane: "zones", padding: 0.3 });
  const grades = city.styles.grades;
  const letter = (grade) => grades[grade].title[0];
  const kinds = {};
  for (const grade of [...GRADES, "expired"])
    kinds[`mark-${grade}`] = { font: "600 11px inherit", height: 18, from: 0, to: 99, dot: true };
  let zones = [];
  let chosen = null;
  const kept = (zone) => city.inArea(zone.properties);
  const isReviewed = (zone) => Boolean(zone.properties.reviewed_on);
  const UNREVIEWED_DASH = "7 4";
  const faded = city.styles.expired;
  const fadedLine = () => (city.dark ? faded.line_dark : faded.line);
  const style = ({ properties: { zone_id, grade, reviewed_on, expired } }) => ({
    color: expired ? fadedLine() : city.dark ? grades[grade].line_dark : grades[grade].line,
    weight: (expired ? faded : grades[grade]).width + (zone_id === chosen ? 2.5 : 0),
    dashArray: reviewed_on ? null : UNREVIEWED_DASH,
    fillColor: expired ? faded.fill : `url(#zone-${grade})`,
    fillOpacity: expired ? 0.3 : 1,
  });
  const drawer = features(city, layer, group, {
    address: () => ({}),
    build(collection) {
      zones = collection.features.filter((f) => f.geometry).sort(byGrade);
      const shapes = L.geoJSON(
        { type: "FeatureCollection", features: [...zones].reverse() },
        {
          filter: kept,
          style: (f) => ({ ...style(f), renderer, interactive: false, className: `zone ${zoneClass(f.properties)}` }),
        },
      );
      shapes.once("add", definePatterns);
      city.labels.set("zones", zones.map(mark), kinds);
      return shapes;
    },
    pick: (_, { latlng }) =>
      zones
        .filter((zone) => kept(zone) && (holds(zone.geometry, latlng) || nearMark(zone, latlng)))
        .map((zone) => ({ zone })),
    legend() {
      const [shown, gone] = parted(zones.filter(kept));
      const lines = GRADES.filter((grade) => shown.some((zone) => zone.properties.grade === grade)).map(
        (grade) => ({ swatch: gradeSwatch(grade, grades[grade], city.dark), text: grades[grade].title }),
      );
      if (gone.length) lines.push({ swatch: boxSwatch(`${faded.fill}4d`, fadedLine()), text: faded.title });
      const edge = { color: city.styles[city.dark ? "dark" : "light"].ink, weight: 1.6 };
      const broken = { swatch: lineSwatch({ ...edge, dashArray: UNREVIEWED_DASH }), text: "虚线边:未核定" };
      return [...shown, ...gone].every(isReviewed) ? lines : [...lines, broken];
    },
    after: () => city.tell("zones"),
  });
  group.on("remove", () => city.labels.set("zones", [], kinds));
  group.on("add", () => drawer.restyle());
  return Object.assign(drawer, {
    title() {
      const standing = [zones.some(isReviewed) && REVIEWED, !zones.every(isReviewed) && SUSPECTED];
      return standing.filter(Boolean).join("和") || SUSPECTED;
    },
    all: () => zones.filter(kept),
    choose(zone) {
      chosen = zone?.properties.zone_id ?? null;
      drawer.restyle();
      if (zone) city.look(L.geoJSON(zone).getBounds(), 15);
    },
  });

  function mark(zone) {
    const { grade, expired } = zone.properties;
    return {
      latlng: inside(zone),
      area_code: zone.properties.area_code,
      text: expired ? faded.title : letter(grade),
      kind: `mark-${zoneClass(zone.properties)}`,
      rank: expired ? GRADES.length : GRADES.indexOf(grade),
    };
  }
  function inside(zone) {
    return (zone.inside ??= insidePoint(zone.geometry));
  }
  function nearMark(zone, latlng) {
    return city.map.latLngToLayerPoint(inside(zone)).distanceTo(city.map.latLngToLayerPoint(latlng)) <= 11;
  }
  function definePatterns() {
    const root = renderer._container;
    root?.querySelector("defs")?.remove();
    root?.prepend(
      svg("defs", {}, ...GRADES.map((g) => gradePattern(g, grades[g], "zone-", city.dark))),
    );
  }
}
