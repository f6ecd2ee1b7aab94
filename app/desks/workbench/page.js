/* The workbench: the parts around the map, each told of what happens by the map's events; one line for what went wrong. */

import { beginCity } from "../../static/shared/city.js";
import { at, el } from "../../static/shared/dom.js";
import { alertLink } from "./alert-link.js";
import { drawing } from "./draw.js";
import { figures } from "./figures.js";
import { followJobs } from "./jobs.js";
import { layerList } from "./layer-list.js";
import { months } from "./months.js";
import { panel } from "./panel.js";
import { phone } from "./phone.js";
import { search } from "./search.js";
import { zoneList } from "./zone-list.js";

function workbench(city) {
  let hiding = null;

  /* ``offer`` is what can be done about it: a label and an act. */
  function notice(sentence, offer) {
    const close = el("button", { type: "button", class: "link", onclick: hide }, "知道了");
    const take = () => (hide(), offer.act());
    const act = offer && el("button", { type: "button", class: "link", onclick: take }, offer.label);
    at("notice").replaceChildren(sentence, act ?? "", close);
    at("notice").hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(hide, 12000);
  }

  function hide() {
    at("notice").hidden = true;
  }

  /* What of the map is covered: the months at its foot and the sentence above them, and on a phone the sheet below them. */
  city.padding = () => ({
    paddingTopLeft: [16, 16],
    paddingBottomRight: [16, at("timeline").offsetHeight + (phone.matches ? at("panel").offsetHeight + 38 : 44)],
  });

  at("legend").open = !phone.matches;
  city.on("fail", (sentence) => notice(sentence));
  city.on("offer", ({ sentence, ...offer }) => notice(sentence, offer));
  panel(city); // first, so that what others show and focus is in sight
  months(city);
  figures(city);
  search(city);
  zoneList(city);
  layerList(city);
  if ("draws" in document.body.dataset) drawing(city);
  followJobs(city, { node: at("work"), button: at("analyse") });
  alertLink(city);
}

export function start(map, groups, config) {
  return beginCity(map, groups, config, workbench);
}
