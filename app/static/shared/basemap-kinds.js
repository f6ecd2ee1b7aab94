/* What a feature of a vector basemap is, by the layer it stands in and its class: of the schemas OpenMapTiles (``class``),
   Protomaps and Shortbread (``kind``). What is not known is not drawn. */

const WATER = ["water", "ocean", "water_polygons"];
const GROUND = ["landcover", "landuse", "land", "park", "parks"];
const BUILDINGS = ["building", "buildings"];
const STREAMS = ["waterway", "water_lines", "water"];
const ROADS = ["transportation", "roads", "streets"];
const PLACES = ["place", "places", "place_labels"];
const GREEN =
  /forest|wood|grass|park|garden|meadow|farm|orchard|vineyard|wetland|scrub|cemetery|nature|protected|green|heath|crop/;
const BUILT = /residential|commercial|industrial|retail|urban|built|school|university|hospital|military|railway/;
const CLASSES = {
  main: ["motorway", "trunk", "primary", "highway"],
  road: ["secondary", "tertiary", "major_road", "medium_road"],
  street: ["minor", "minor_road", "residential", "unclassified", "living_street", "street"],
  lane: ["service", "track", "path", "footway", "pedestrian", "other"],
  rail: ["rail", "transit"],
};

/* Of lines, in pixels at zoom 13. */
export const WIDTHS = { stream: 1.2, rail: 0.9, lane: 0.5, street: 0.9, road: 1.6, main: 2.2 };

/* The kind of an area, null for what is not drawn. */
export function areaKind(layer, properties) {
  if (WATER.includes(layer)) return "water";
  if (BUILDINGS.includes(layer)) return "building";
  if (!GROUND.includes(layer)) return null;
  const word = wordOf(properties);
  return GREEN.test(word) || layer.startsWith("park") ? "green" : BUILT.test(word) ? "built" : null;
}

/* The kind of a line. */
export function lineKind(layer, properties) {
  if (STREAMS.includes(layer)) return "stream";
  if (!ROADS.includes(layer)) return null;
  const word = wordOf(properties);
  return Object.keys(CLASSES).find((kind) => CLASSES[kind].includes(word)) ?? null;
}

/* The Chinese name of a place where it has one, "" for what is no place. */
export function placeName(layer, properties) {
  if (!PLACES.includes(layer)) return "";
  return properties["name:zh-Hans"] ?? properties["name:zh"] ?? properties.name ?? "";
}

function wordOf({ class: word, kind, subclass }) {
  return String(word ?? kind ?? subclass ?? "");
}
