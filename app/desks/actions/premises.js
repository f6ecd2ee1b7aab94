/* Premises that may become targets, and what the service says of a new action. */

import { el } from "../../static/shared/dom.js";

const [EVIDENCE_LETTERS, NUMBERS] = [100, 3];

/* Beside which field a refusal is shown. */
export const FIELDS = {
  no_name: "name",
  bad_name: "name",
  name_taken: "name",
  bad_date: "date",
  window_past: "since",
  bad_window: "until",
  bad_time: "since",
  bad_buffer: "buffer_minutes",
  no_agencies: "agencies",
  too_few_teams: "agencies",
  unreachable: "agencies",
  no_targets: "text",
  no_road: "text",
  no_boundary: "text",
  unknown_place: "text",
};

export const placed = ({ properties, geometry: { coordinates } }) => ({
  ...properties,
  lon: coordinates[0],
  lat: coordinates[1],
});

/* One of the list, with a box that tells when it is ticked. */
export function premisesLine(place, onchange) {
  const box = el("input", { type: "checkbox", "data-place": place.place, onchange });
  const told = [
    place.dwelling && "出租屋",
    place.tips && `${place.tips} 条线索`,
    place.findings && `${place.findings} 次发现`,
  ];
  const notes = told.filter(Boolean).map((note) => el("small", {}, note));
  return el("li", {}, el("label", { class: "tick" }, box, ` ${place.address} `, ...notes));
}

/* What already points at the place, by number; whoever plans looks it over. */
export function suggested({ tips, findings, tip_numbers, finding_numbers }) {
  const told = (title, count, unit, numbers, most) =>
    count
      ? `${title}${count}${unit}${most && numbers?.length ? `:${numbers.slice(0, most).join("、")}${count > most ? "等" : ""}` : ""}`
      : "";
  for (let most = NUMBERS; most >= 0; most--) {
    const parts = [
      told("线索", tips, "条", tip_numbers, most),
      told("执法发现", findings, "次", finding_numbers, most),
    ];
    const text = parts.filter(Boolean).join(";");
    if (text.length <= EVIDENCE_LETTERS) return text;
  }
  return "";
}
