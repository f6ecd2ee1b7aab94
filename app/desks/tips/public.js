/* The public form: names of areas, roads and public places while an address is typed; without an answer it works as well. */

import { at, el } from "../../static/shared/dom.js";
import { query, request } from "../../static/shared/request.js";
import { suggest } from "../../static/shared/suggest.js";
import { quiet } from "./quiet.js";

quiet(() => {
  if (!at("address")) return; // the receipt
  suggest({
    input: at("address"),
    list: at("names"),
    find,
    line: ({ name, area }) => [el("span", {}, name), el("span", { class: "muted" }, area)],
    choose: take,
  });
});

async function find(asked) {
  const answer = await request(`/tips/names${query({ q: asked.slice(0, 60) })}`).catch(() => null);
  return answer?.names ?? [];
}

/* The name with its areas before it, the largest first; whoever fills in the form adds the house. */
function take({ name, area }) {
  const areas = area
    .split(" ")
    .filter((each) => each && each !== name)
    .reverse();
  at("address").value = [...areas, name].join("");
  at("address").focus();
}
