/* A map of one purpose, as a page or a file of its own. */

import { beginCity } from "./city.js";
import { sheet } from "./sheet.js";

export function start(map, groups, config) {
  return beginCity(map, groups, config, sheet);
}
