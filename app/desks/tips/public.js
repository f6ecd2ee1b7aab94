/* The public form: names of areas, roads and public places while an address is typed; without an answer it works as well. */

import { at, el } from "../../static/shared/dom.js";
import { query, request } from "../../static/shared/request.js";
import { sealed, sodium } from "../../static/shared/seal.js";
import { suggest } from "../../static/shared/suggest.js";
import { quiet } from "./quiet.js";

quiet(prepare, seal);

function prepare() {
  if (!at("address")) return; // the receipt
  at("contact")?.addEventListener("focus", () => sodium().catch(() => null)); // on its way while it is typed
  suggest({
    input: at("address"),
    list: at("names"),
    find,
    line: ({ name, area }) => [el("span", {}, name), el("span", { class: "muted" }, area)],
    choose: take,
  });
}

/* The contact is sealed here; where that cannot be, it goes as it is and is sealed on arrival. */
async function seal(fields) {
  const text = String(fields.get("contact") ?? "").trim();
  if (!text) return;
  const { desk_key, public_key } = at("contact").dataset;
  const told = await sealed(text, public_key).catch(() => null);
  if (!told) return;
  fields.delete("contact");
  for (const [name, value] of Object.entries({ desk_key, ...told })) fields.set(`contact_${name}`, value);
}

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
