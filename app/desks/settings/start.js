/* The steps of a city's set-up: starts the first analysis and tells how far it is. */

import { CHECK_SERVICE } from "../../core/words.py";
import { at } from "../../static/shared/dom.js";
import { followQueue } from "../../static/shared/queue.js";
import { request } from "../../static/shared/request.js";

const button = at("analyse");

button?.addEventListener("click", async () => {
  button.disabled = true;
  try {
    await request("/api/analyses", { method: "POST" });
    followQueue();
  } catch (error) {
    at("queue").textContent = error.sentence || `分析没有开始,${CHECK_SERVICE}`;
    at("queue").hidden = false;
    button.disabled = false;
  }
});
if (button) followQueue();
document.body.dataset.drawn = "all";
