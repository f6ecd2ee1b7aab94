/* The papers of a target: which there are, whether any is lacking, and their fields. */

import { el } from "../../static/shared/dom.js";

export const PAPERS = {
  evidence: "证据依据",
  legal_basis: "法律依据",
  authority: "批准机关",
  document_no: "文号",
  police_document_no: "公安文号",
};

export const lacking = (target) =>
  Object.keys(PAPERS).some((name) => !target[name] && (name !== "police_document_no" || target.dwelling));

export const badge = (pending) =>
  el("span", { class: pending ? "badge pending" : "badge ready" }, pending ? "待核" : "文书齐全");

/* The fields of a target's papers; ``changed`` hears the name of what changed in the target, which is kept up to date. */
export function papers(target, prefix, changed) {
  const fields = Object.entries(PAPERS).map(([name, title]) => {
    const id = `${prefix}-${name}`;
    const input = el("input", {
      id,
      maxlength: name === "evidence" ? 100 : 40,
      autocomplete: "off",
      list: name === "legal_basis" ? "bases" : null,
      oninput: (event) => change(name, event.target.value.trim()),
    });
    input.value = target[name] ?? "";
    return el(
      "p",
      { class: name === "evidence" ? "wide" : "", "data-paper": name },
      el("label", { for: id }, title),
      input,
    );
  });
  const lived = el("input", { type: "checkbox", onchange: (event) => change("dwelling", event.target.checked) });
  lived.checked = target.dwelling;
  const police = fields[fields.length - 1];
  police.hidden = !target.dwelling;
  function change(name, value) {
    target[name] = value;
    police.hidden = !target.dwelling;
    changed(name);
  }
  const tick = el("label", { class: "tick wide" }, lived, " 有人居住(还要公安文号)");
  return el("div", { class: "fields" }, ...fields.slice(0, -1), tick, police);
}
