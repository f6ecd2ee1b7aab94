/* The places that a tip's address may mean, each with its radius and a button that puts the tip there. */

import { el } from "../../static/shared/dom.js";
import { store } from "../../static/shared/request.js";
import { placeLine } from "../../static/shared/suggest.js";

export function tipPlaces(tip, { change, done }) {
  const FEW = 3;
  const { places, places_matched: matched } = tip;
  if (!places.length) return null;
  const [likeliest, rest] = [places.slice(0, FEW), places.slice(FEW)];
  const unlisted = matched > places.length ? `(只列出前 ${places.length} 处)` : "";
  const more = rest.length
    ? el("details", {}, el("summary", {}, `另有 ${matched - FEW} 处,问明乡镇或社区后再选${unlisted}`), list(rest))
    : null;
  const choices = [list(likeliest), more].filter(Boolean);
  if (tip.lon == null)
    return el("section", { class: "places" }, el("h2", {}, `地址可能是 ${matched} 处,选一处定位`), ...choices);
  return el("details", { class: "places" }, el("summary", {}, "换一处定位"), ...choices);

  function list(those) {
    return el("ul", {}, ...those.map((place) => el("li", {}, ...placeLine(place), button(place))));
  }

  function button(place) {
    return el("button", { type: "button", class: "act", onclick: () => change(() => put(place)) }, "定在这里");
  }

  async function put({ name, lon, lat, radius_m, community_code }) {
    const json = {
      name,
      lon,
      lat,
      place_error_m: radius_m,
      community_code: community_code ?? "",
      version: tip.version,
    };
    await store(`/tips/${tip.tip_id}/place`, { method: "POST", json }).then(
      () => done(`已定位到“${name}”,误差约 ${radius_m} 米`),
      (error) => (error.status === 412 ? done(null) : null, Promise.reject(error)), // somebody was quicker: what they did
    );
  }
}
