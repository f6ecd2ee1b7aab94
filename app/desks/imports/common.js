/* What the parts of the import page share. */

import { at } from "../../static/shared/dom.js";

export const page = at("import");
export const config = JSON.parse(page.dataset.config);

/* The fields of the layer that is chosen. */
export function fields() {
  return config.layers.find(({ key }) => key === at("layer").value).fields;
}

export function show(section) {
  for (const id of ["preview", "report"]) at(id).hidden = id !== section;
}
