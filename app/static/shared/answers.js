/* What the map has asked for, each address once, or what a file holds that was made to be read without a service. */

import { CHECK_SERVICE } from "../../core/words.py";
import { query, request } from "./request.js";

/* Layers that do not stand under /api/layers. */
const FOLDERS = { heat: "/api/heat", drawn_zones: "/api/drawn-zones" };

export class Answers {
  /* ``data`` are the answers that the page brings with it, if any; ``fail`` hears a sentence. */
  constructor(data, fail) {
    this.data = data;
    this.fail = fail;
    this.fetched = new Map();
  }

  /* The answer for a layer; null after a failure, which has then been told. */
  async load(layer, parameters) {
    if (this.data) return this.data[[layer.source, parameters.level].filter(Boolean).join(":")] ?? null;
    return this.fetch(`${folderOf(layer)}${query(parameters)}`, layer.title);
  }

  async fetch(address, title) {
    if (!this.fetched.has(address)) this.fetched.set(address, request(address));
    try {
      return await this.fetched.get(address);
    } catch (error) {
      this.fetched.delete(address);
      this.fail(error.sentence || `“${title}”没有取到,${CHECK_SERVICE}`);
      return null;
    }
  }

  /* Ask anew for a layer the next time, or for everything. */
  forget(layer) {
    for (const address of this.fetched.keys())
      if (!layer || address.split("?")[0] === folderOf(layer)) this.fetched.delete(address);
  }
}

function folderOf({ source }) {
  return FOLDERS[source] ?? `/api/layers/${source}`;
}
