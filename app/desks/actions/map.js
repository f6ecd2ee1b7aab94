/* Targets, stations and routes of a joint action on the map of its page. */

import { el } from "../../static/shared/dom.js";

const [MARK, MARK_PX] = ["#a3122a", 27];
const LANE_PX = 4.5;
const AROUND = [[0, 0]];
for (const ring of [1, 2, 3, 4])
  for (let n = 0; n < 6 * ring; n++) {
    const turn = (2 * Math.PI * n) / (6 * ring);
    AROUND.push([ring * MARK_PX * Math.cos(turn), ring * MARK_PX * Math.sin(turn)]);
  }

/* A line that runs ``aside`` pixels to the right of its way. */
const Lane = L.Polyline.extend({
  _projectLatlngs(latlngs, result, bounds) {
    L.Polyline.prototype._projectLatlngs.call(this, latlngs, result, bounds);
    if (L.LineUtil.isFlat(latlngs)) result.push(shifted(L.LineUtil.simplify(result.pop(), 1.5), this.options.aside));
  },
});

function shifted(points, aside) {
  const sides = points.slice(1).map((to, n) => {
    const [dx, dy] = [to.x - points[n].x, to.y - points[n].y];
    const length = Math.hypot(dx, dy) || 1;
    return { x: -dy / length, y: dx / length };
  });
  return points.map((point, n) => {
    const [a, b] = [sides[n - 1] ?? sides[n], sides[n] ?? sides[n - 1]];
    if (!a) return point;
    const bend = Math.max(1 + a.x * b.x + a.y * b.y, 0.5); // at a sharp turn the corner is cut
    return L.point(point.x + (aside * (a.x + b.x)) / bend, point.y + (aside * (a.y + b.y)) / bend);
  });
}

/* What the pages of actions do with their map: ``draw`` shows an action in a group, ``look`` is how an agency is drawn, ``lookAt`` looks
   somewhere once there is land. */
export function actionMap(city) {
  /* Numbered targets, stations and routes, each agency with its colour and dash, side by side on one road. */
  function draw(group, { targets, legs = [], agencies = [] }) {
    group.clearLayers();
    const ways = legs.map(({ geometry, properties: { agency } }) => {
      const [place, latlngs] = [agencies.indexOf(agency), L.GeoJSON.coordsToLatLngs(geometry.coordinates)];
      return { place, latlngs, aside: LANE_PX * (place - (agencies.length - 1) / 2) };
    });
    const halo = { color: city.ground.halo, weight: 7, opacity: 0.8, interactive: false };
    for (const { latlngs, aside } of ways) new Lane(latlngs, { ...halo, aside }).addTo(group); // below all lines
    for (const { place, latlngs, aside } of ways) {
      const [color, dashArray] = look(place);
      new Lane(latlngs, { color, dashArray, weight: 3.5, interactive: false, className: "leg", aside }).addTo(group);
      L.circleMarker(latlngs[0], {
        radius: 5,
        color: city.ground.halo,
        weight: 1.5,
        fillColor: color,
        fillOpacity: 1,
        interactive: false,
      }).addTo(group);
    }
    for (const { lat, lon } of targets)
      L.circleMarker([lat, lon], { radius: 3, color: MARK, fillOpacity: 1, interactive: false }).addTo(group);
    spread = () => mark(targets);
    spread();
  }

  /* Marks that would cover one another stand around their places, each with a line to its own. */
  let spread = () => {};
  city.map.on("zoomend", () => spread());
  city.map.createPane("targets").style.zIndex = 690; // over the marks of zones, under what is asked about them
  const marks = L.layerGroup().addTo(city.map); // not of the group, whose bounds are looked at
  function mark(targets) {
    marks.clearLayers();
    const taken = [];
    targets.forEach(({ lat, lon, pending }, place) => {
      const point = city.map.latLngToLayerPoint([lat, lon]);
      const isFree = (shift) => taken.every((other) => other.distanceTo(point.add(shift)) >= MARK_PX - 1);
      const shift = AROUND.find(isFree) ?? [0, 0];
      taken.push(point.add(shift));
      const stands = city.map.layerPointToLatLng(point.add(shift));
      if (shift[0] || shift[1])
        L.polyline([[lat, lon], stands], { color: MARK, weight: 1.5, interactive: false }).addTo(marks);
      const html = el("span", { class: pending ? "target pending" : "target" }, String(place + 1));
      const icon = L.divIcon({ html, className: "", iconSize: [26, 26] });
      L.marker(stands, { icon, pane: "targets", interactive: false, keyboard: false }).addTo(marks);
    });
  }

  /* Colour and dash of the agency at that place of the action. */
  const look = (place) => city.styles.routes[place % city.styles.routes.length];

  /* Looks there as soon as the map has its land, which is looked at first. */
  function lookAt(bounds, zoom) {
    let done = false;
    const go = () => {
      if (done || !city.places.land || !bounds.isValid()) return;
      done = true;
      city.look(bounds, zoom);
    };
    city.on("layers", go);
    go();
  }

  return { draw, look, lookAt };
}
