/* The basemap of the city's profile: its pictures, or its vectors in the colours of our own ground. */

import { CHECK_AND_MOVE } from "../../../core/words.py";
import { areaKind, lineKind, placeName, WIDTHS } from "../basemap-kinds.js";
import { inTile, VectorGrid } from "./vector-grid.js";

const NAMES = { font: "400 12px inherit", height: 16, from: 8, to: 99, rank: 9 };

export function basemap(city, layer, group) {
  let shown = null;
  return {
    async refresh() {
      if (shown) return;
      const about = await city.answers.fetch("/basemap", layer.title);
      if (about) shown = (about.vector ? vectors(city, about) : pictures(about)).addTo(group);
    },
    restyle: () => shown?.repaint?.(),
    pick: () => [],
    legend: () => [],
  };
}

/* Nearer than the file reaches, its nearest tiles are drawn larger. */
const ADDRESS = "/basemap/{z}/{x}/{y}";
const reach = ({ most_zoom }) => ({ pane: "land", maxNativeZoom: most_zoom });

function pictures(about) {
  return L.tileLayer(ADDRESS, { ...reach(about), className: "basemap" });
}

function vectors(city, about) {
  const fail = () => city.fail(`底图没有取到,${CHECK_AND_MOVE}`);
  const draw = (ctx, read, { z }) => paint(ctx, read, z, city.ground);
  const grid = new VectorGrid(ADDRESS, { ...reach(about), read, draw, fail });
  grid.on("load", () => city.labels.set("basemap", [...grid.canvases()].flatMap(namesOf), { basemap: NAMES }));
  return grid;

  function namesOf({ read: content, coords }) {
    const corner = coords.multiplyBy(256);
    return (content?.names ?? []).map(({ x, y, text }) => {
      const latlng = city.map.unproject(corner.add([x, y]), coords.z);
      return { latlng, text, kind: "basemap" };
    });
  }
}

/* The shapes of each kind as one path, and the names of places. */
function read({ layers }) {
  const content = { paths: {}, names: [] };
  for (const [name, layer] of Object.entries(layers))
    for (let n = 0; n < layer.length; n++) take(content, name, layer.feature(n));
  return content;
}

function take({ paths, names }, layer, feature) {
  const rings = () => feature.loadGeometry().map((ring) => ring.map((point) => inTile(point, feature.extent)));
  const text = feature.type === 1 ? placeName(layer, feature.properties) : "";
  if (text) names.push({ ...rings()[0][0], text });
  const kindOf = { 2: lineKind, 3: areaKind }[feature.type];
  const kind = kindOf?.(layer, feature.properties);
  if (!kind) return;
  const path = (paths[kind] ??= new Path2D());
  for (const ring of rings()) {
    ring.forEach(({ x, y }, n) => (n ? path.lineTo(x, y) : path.moveTo(x, y)));
    if (feature.type === 3) path.closePath();
  }
}

function paint(ctx, { paths }, zoom, ground) {
  const fills = { green: ground.green, built: ground.empty, water: ground.river, building: ground.community };
  for (const [kind, colour] of Object.entries(fills))
    if (paths[kind]) {
      ctx.fillStyle = colour;
      ctx.fill(paths[kind], "evenodd");
    }
  ctx.lineJoin = ctx.lineCap = "round";
  const lines = { stream: ground.river, rail: ground.township, lane: ground.community, street: ground.township, road: ground.casing, main: ground.road };
  const scale = Math.min(Math.max(2 ** ((zoom - 13) / 2), 0.5), 3);
  for (const [kind, colour] of Object.entries(lines))
    if (paths[kind]) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = WIDTHS[kind] * scale;
      ctx.stroke(paths[kind]);
    }
}
