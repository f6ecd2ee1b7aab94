/* One change at a time; what goes wrong is said at the head of the page. */

import { CHECK_SERVICE } from "../../core/words.py";
import { at } from "../../static/shared/dom.js";

let busy = false;

export function say(node, sentence) {
  node.textContent = sentence ?? "";
  node.hidden = !sentence;
}

export async function change(act) {
  if (busy) return;
  busy = true;
  say(at("fault"));
  say(at("done"));
  try {
    await act();
  } catch (error) {
    say(at("fault"), error.sentence || `没有成功,${CHECK_SERVICE}`);
    at("fault").scrollIntoView({ block: "nearest" });
  }
  busy = false;
}
