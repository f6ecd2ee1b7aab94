/* The field of the drawing form that finds an address, a road or premises and moves the map there. */

import { UNREGISTERED } from "../../core/words.py";
import { el } from "../../static/shared/dom.js";
import { query, request } from "../../static/shared/request.js";
import { placeLine, suggest } from "../../static/shared/suggest.js";
import { markPlace } from "./search.js";

export function drawPlace(city) {
  const shown = L.featureGroup().addTo(city.map);
  const told = el("p", { class: "hint", role: "status" });
  const input = el("input", { type: "search", maxlength: 200, autocomplete: "off", placeholder: "地址、路名或场所" });
  const list = el("ul", { class: "suggestions", id: "draw-places", "aria-label": "可能的地点", hidden: true });
  suggest({ input, list, find, line: placeLine, choose, first: true });
  input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault()); // it stores nothing
  input.addEventListener("input", (event) => (event.stopPropagation(), shown.clearLayers())); // it is no part of the drawing
  return {
    node: el("div", { class: "found" }, el("label", {}, "找地点", input), list, told),
    remove: () => shown.remove(),
  };

  async function find(text) {
    const answer =
      text.length < 2 ? { places: [] } : await request(`/api/places${query({ q: text, limit: 6 })}`).catch(() => null);
    if (text !== input.value.trim()) return null;
    const places = answer?.places ?? [];
    const none = answer ? `${UNREGISTERED}。` : "没有取到,请稍后再试。";
    told.textContent = places.length || text.length < 2 ? "" : (answer?.sentence ?? none);
    return places;
  }

  function choose(place) {
    input.value = place.name;
    markPlace(city, place, shown);
  }
}
