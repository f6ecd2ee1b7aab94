/* What the parts of the tip desk share: one change at a time, saying what went wrong, and how tips read in lists. */

import { CHECK_SERVICE, TIP_STATUSES } from "../../core/words.py";
import { at, el } from "../../static/shared/dom.js";

export const config = JSON.parse(at("desk").dataset.config);
export const GRADES = { red: "红区", orange: "橙区", yellow: "黄区" };
let busy = false;

export function say(node, sentence) {
  node.textContent = sentence ?? "";
  node.hidden = !sentence;
}
const fault = at("fault");

/* Before the node that ``beside`` finds; else at the head of the page. */
export function fail(error, beside) {
  const node = beside?.();
  if (node) node.before(fault);
  else at("warning").before(fault);
  say(fault, error.sentence || `没有成功,${CHECK_SERVICE}您填的内容还在。`);
  fault.scrollIntoView({ block: "nearest" });
}

/* One change at a time; whatever goes wrong is said beside what it is about, and what was typed stays. */
export async function change(act, beside) {
  if (busy) return;
  busy = true;
  say(fault);
  say(at("done"));
  await act().catch((error) => fail(error, beside));
  busy = false;
}

export const isBusy = () => busy;
const metres = (m) => (m < 10_000 ? `${Math.ceil(m)} 米` : `${Math.ceil(m / 1000)} 公里`);

/* A distance is said as far as it is known: two points that may each be off may lie anywhere within both radii. */
function distance({ distance_m: far, distance_error_m: off }) {
  if (far == null) return "有一条没有位置";
  if (!off) return `相距 ${metres(far)}`;
  return far <= off ? `相距 ${metres(far + off)}以内` : `相距约 ${metres(far)},误差 ${metres(off)}`;
}

/* An earlier tip that may be repeated; ``act`` is what can be done with it. */
function original(other, act) {
  const apart = [
    distance(other),
    other.days_apart ? `相隔 ${other.days_apart} 天` : "同一天",
    other.alike ? `文字相近 ${Math.round(100 * other.alike)}%` : null,
    other.same_source ? "来源编号相同" : null,
  ];
  return el(
    "article",
    { class: "original" },
    el(
      "header",
      {},
      el("b", {}, other.tip_no || `线索 ${other.tip_id}`),
      el("span", { class: "muted" }, [...apart, TIP_STATUSES[other.status]].filter(Boolean).join(",")),
      act ?? null,
    ),
    el("p", { class: "text" }, other.text || "没有文字内容。"),
  );
}

/* The likeliest in full, the others on request. */
export function originals({ originals: all, matched }, act = (_other) => null) {
  const FEW = 6;
  const [near, rest] = [all.slice(0, FEW), all.slice(FEW)];
  const cards = (those) => el("div", { class: "originals" }, ...those.map((other) => original(other, act(other))));
  const more =
    matched > all.length
      ? `另有 ${rest.length} 条(共 ${matched} 条,只列出前 ${all.length} 条)`
      : `另有 ${rest.length} 条`;
  return [cards(near), rest.length ? el("details", {}, el("summary", {}, more), cards(rest)) : null].filter(Boolean);
}
