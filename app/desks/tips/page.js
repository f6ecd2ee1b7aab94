/* The tip desk: the inbox by working days left, one tip with its place beside what it may repeat. */

import { NO_DUPLICATES, PERSONS_MASKED, TIP_STATUSES, TIP_STEPS } from "../../core/words.py";
import { at, el, facts, isField, one } from "../../static/shared/dom.js";
import { query, request, store } from "../../static/shared/request.js";
import { clock, urgency } from "./clock.js";
import { change, config, GRADES, isBusy, originals as likely, say } from "./common.js";
import { tipForm } from "./form.js";
import { tipMap } from "./map.js";
import { tipPlaces } from "./places.js";

let inbox = [];
let start = 0; // of the page that is listed
let pageful = 0;
let open = null;
let small = null; // the map of the tip that is shown
const reasons = new Map(); // typed beside a tip and not sent yet, by tip

const beside = (selector) => () => one(selector);

async function load(chosen) {
  const status = at("status").value;
  const told = await request(`/tips/inbox${query({ status, text: at("look").value.trim(), start })}`);
  const matched = told.counts[status];
  if (start && start >= matched) return turn(Math.floor(Math.max(matched - 1, 0) / told.page) * told.page, chosen);
  inbox = told.tips;
  const last = start + inbox.length;
  const listed = last - start < matched ? `,这里是第 ${start + 1} 到 ${last} 条` : "";
  const late = status === "new" && told.overdue ? `,到今天(${told.today})超期 ${told.overdue} 条` : "";
  at("matched").textContent = matched ? `共 ${matched} 条${late}${listed}` : "";
  at("pages").hidden = !listed;
  at("back").disabled = !start;
  at("on").disabled = last >= matched;
  pageful = told.page;
  for (const option of at("status").options)
    option.textContent = `${TIP_STATUSES[option.value]} ${told.counts[option.value]}`;
  say(at("warning"), told.warning);
  at("none").hidden = inbox.length > 0;
  at("inbox").replaceChildren(...inbox.map(line));
  const next = inbox.find((tip) => tip.tip_id === chosen) ?? inbox[0];
  const shown = chosen || next?.tip_id; // one that is asked for by its address may have left the list
  if (shown) await show(shown);
  else at("tip").replaceChildren(el("p", { class: "muted" }, "这里没有线索。"));
  document.body.dataset.drawn = "all";
}

/* Another page, or the first one of another list. */
function turn(from, chosen) {
  start = from;
  at("inbox").scrollTop = 0;
  return load(chosen);
}

function line(tip) {
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", "data-tip": tip.tip_id, onclick: () => change(() => look(tip.tip_id)) },
      el("span", { class: `left ${urgency(tip)}` }, clock(tip)),
      el("span", { class: "where" }, tip.address || tip.community || "地点未明"),
      tip.grade ? el("span", { class: `mark ${tip.grade}` }, GRADES[tip.grade]) : null,
      tip.is_supplemented ? el("span", { class: "mark yellow" }, "有补充") : null,
      el("span", { class: "muted" }, [tip.tip_no, tip.channel, tip.category].filter(Boolean).join(" · ")),
    ),
  );
}

async function show(tip_id) {
  const tip = await request(`/tips/${tip_id}`);
  open = tip;
  for (const button of at("inbox").querySelectorAll("button"))
    button.toggleAttribute("aria-current", button.dataset.tip === String(tip_id));
  at("inbox").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  small?.remove();
  small = null;
  const parts = [
    el("h2", {}, tip.tip_no || `线索 ${tip.tip_id}`),
    facts([
      ["接报", moment(tip.received_at)],
      ["期限", tip.status === "new" ? `${tip.due_on},${clock(tip)}` : null],
      ["渠道", tip.channel],
      ["类别", tip.category],
      ["来源编号", tip.source_no],
      ["地址", tip.address],
      ["社区", tip.community],
      ["所在热点", GRADES[tip.grade]],
      ["状态", TIP_STATUSES[tip.status]],
      ["移送", tip.transferred_to],
      ["重复了", tip.original_no],
    ]),
    tip.has_contact ? el("p", {}, el("a", { href: `/contacts#tip=${tip.tip_id}` }, "留有联系方式")) : null,
    tip.doubt ? el("p", { class: "note" }, tip.doubt) : null,
    el("p", { class: "text" }, tip.text || "没有文字内容。"),
    acts(tip),
    whereabouts(tip),
    tipPlaces(tip, { change: (act) => change(act, beside("#tip .places")), done: placed }),
    originals(tip),
    steps(tip),
  ];
  at("tip").replaceChildren(...parts.filter(Boolean));
  if (tip.lon != null)
    small = tipMap(at("tip").querySelector(".small-map"), { bounds: config.bounds }).show(tip, tip.originals);
}

async function placed(sentence) {
  await show(open.tip_id);
  say(at("done"), sentence);
}

/* On a phone the tip stands below the list: bring it into sight. */
async function look(tip_id) {
  await show(tip_id);
  if (matchMedia("(max-width: 820px)").matches) at("tip").scrollIntoView({ block: "start" });
}

function whereabouts(tip) {
  if (tip.lon == null) return el("p", { class: "muted" }, "这条线索没有地图上的位置。");
  const far = tip.place_error_m ? `按地址定位,误差约 ${Math.round(tip.place_error_m)} 米` : "位置是地图上标出的";
  const zone = tip.grade ? `,在${GRADES[tip.grade]}里` : ",不在任何热点里";
  const near = tip.originals.length ? "。小点是可能重复的线索" : "";
  return el(
    "figure",
    {},
    el("div", { class: "small-map", role: "img", "aria-label": "线索所在的位置" }),
    el("figcaption", { class: "muted" }, `${far}${zone}${near}。`),
  );
}

/* Of the public form the day alone is kept: its midnight. */
const moment = (text) => text.slice(0, 16).replace("T00:00", "").replace("T", " ");

/* The key takes only one that is near or of the same source: like words alone are for reading first. */
function acts(tip) {
  const first = tip.originals[0];
  const likeliest = first && (first.same_source || first.distance_m != null) ? first : null;
  const act = (key, title, step, rest = () => ({})) =>
    tip.status === step
      ? null
      : el(
          "button",
          { type: "button", class: "act", "data-key": key, onclick: () => take(step, rest()) },
          title,
          el("kbd", {}, key),
        );
  return el(
    "div",
    { class: "acts" },
    act("A", "受理", "accepted"),
    likeliest && act("D", "重复", "duplicate", () => ({ original: likeliest.tip_id })),
    act("T", "移送", "transferred", () => ({ transferred_to: at("more").value.trim() })),
    act("R", "不予受理", "rejected"),
    el(
      "p",
      { class: "more" },
      el("label", { for: "more" }, "理由,或移送给哪个单位"),
      el("input", { id: "more", maxlength: 500, autocomplete: "off", value: reasons.get(tip.tip_id) }),
    ),
  );
}

function originals(tip) {
  if (!tip.originals.length) return el("p", { class: "muted" }, `${NO_DUPLICATES}。`);
  const same = ({ tip_id }) =>
    el(
      "button",
      { type: "button", class: "act", onclick: () => take("duplicate", { original: tip_id }) },
      "重复了这一条",
    );
  return el("section", {}, el("h2", {}, `可能重复 ${tip.matched} 条`), ...likely(tip, same));
}

function steps(tip) {
  const lines = tip.steps.map(({ at: when, post, step, reason }) =>
    el("li", {}, `${moment(when)} ${post} ${TIP_STEPS[step]}${reason ? `:${reason}` : ""}`),
  );
  return el("ol", { class: "steps" }, ...lines);
}

function take(step, rest = {}) {
  const tip = open;
  if (!tip) return;
  const reason = step === "transferred" ? "" : at("more").value.trim();
  change(async () => {
    const place = inbox.findIndex((each) => each.tip_id === tip.tip_id);
    try {
      await store(`/tips/${tip.tip_id}/steps`, {
        method: "POST",
        json: { step, reason, version: tip.version, ...rest },
      });
    } catch (error) {
      if (error.status === 412) await show(tip.tip_id); // somebody was quicker: what they did, and what was typed
      throw error;
    }
    reasons.delete(tip.tip_id);
    const kept = tip.originals.find((each) => each.tip_id === rest.original);
    const of = kept ? `:重复了 ${kept.tip_no || kept.tip_id}` : "";
    say(at("done"), `${tip.tip_no || tip.tip_id} 已${TIP_STEPS[step]}${of}`);
    await load(inbox[place + 1]?.tip_id);
  }, beside("#tip .acts"));
}

at("tip").addEventListener("input", ({ target }) => reasons.set(open.tip_id, target.value));
addEventListener("beforeunload", (event) => {
  if ([...reasons.values()].some((text) => text.trim())) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || isField(event.target)) return;
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const button = one(`#tip [data-key="${CSS.escape(event.key.toUpperCase())}"]`);
  if (!move && !button) return;
  event.preventDefault();
  if (button) return button.click();
  const next = inbox[inbox.findIndex((tip) => tip.tip_id === open?.tip_id) + move];
  if (next) change(() => show(next.tip_id));
});

/* A choice made while the last change is still on its way waits for its turn. */
const choose = (from) => (isBusy() ? setTimeout(choose, 50, from) : change(() => turn(from())));
const first = () => 0;
at("status").addEventListener("change", () => choose(first));
at("back").addEventListener("click", () => choose(() => Math.max(start - pageful, 0)));
at("on").addEventListener("click", () => choose(() => start + pageful));
let typing = 0;
at("look").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(choose, 300, first);
});
/* What the form stored is shown as the first page of what is new. */
tipForm(async (kept) => {
  [at("status").value, at("look").value, start] = ["new", "", 0];
  await load(kept.tip_id);
  say(at("done"), `已登记 ${kept.tip_no},${kept.due_on} 前办结${kept.masked ? PERSONS_MASKED : ""}`);
});
at("status").replaceChildren(...Object.entries(TIP_STATUSES).map(([value, title]) => el("option", { value }, title)));
change(() => load(Number(/^#tip=(\d+)$/.exec(location.hash)?.[1] ?? 0)));
