/* The review of a zone, in its panel: who decided what, and the form by which the acting post decides. */

import { el } from "../../static/shared/dom.js";
import { newId, request, store } from "../../static/shared/request.js";
import { CHECK_SERVICE, EXPIRED_ZONE, GRADES } from "../../core/words.py";

/* What was typed and not sent yet, by zone: another zone or the list may be looked at meanwhile. */
const reviewDrafts = new Map();
addEventListener("beforeunload", (event) => {
  if ([...reviewDrafts.values()].some(({ reason }) => reason.trim())) event.preventDefault();
});

export function review(city, zone) {
  const { zone_id } = zone.properties;
  const address = `/api/zones/${encodeURIComponent(zone_id)}/review`;
  const node = el("section", { class: "review" });
  const fault = el("p", { class: "fault", role: "alert", hidden: true });
  let version = null;
  let formId = newId();
  request(address).then(show, fail);
  return node;

  function show(standing) {
    version = standing.version;
    fault.hidden = true;
    const plan = el("a", { href: `/actions/new?zone=${encodeURIComponent(zone_id)}` }, "列入行动");
    const confirmed = standing.reviews.some((review) => review.decision === "confirmed");
    const lines = standing.reviews.map(line);
    node.replaceChildren(
      el("h3", {}, "核定"),
      ...(lines.length ? [el("ol", { class: "reviews" }, ...lines)] : []),
      ...(confirmed && !standing.expired ? [el("p", {}, plan)] : []),
      standing.expired ? lapsed(standing) : form(standing),
    );
  }

  function line({ post, reviewed_on, grade, expires_on, reason }) {
    const title = city.styles.grades[grade].title;
    return el("li", {}, `${reviewed_on} ${post}核定为${title},${expires_on} 失效:${reason}`);
  }

  function lapsed({ expires_on }) {
    return el("p", { class: "muted" }, `${EXPIRED_ZONE.replace("{day}", expires_on)}。`);
  }

  function form({ grade, post, today, expires_on }) {
    const day = (n) => new Date(Date.parse(today) + n * 86_400_000).toISOString().slice(0, 10);
    const draft = reviewDrafts.get(zone_id) ?? { grade, reason: "" };
    const ends = draft.expires_on ?? (expires_on > today && expires_on <= day(365) ? expires_on : day(90)); // as the evidence has it
    const grades = el(
      "select",
      { id: "review-grade" },
      ...GRADES.map((g) => el("option", { value: g, selected: g === draft.grade }, city.styles.grades[g].title)),
    );
    const reason = el("textarea", { id: "review-reason", rows: 2, maxlength: 500 }, draft.reason);
    const expires = el("input", { id: "review-expires", type: "date", value: ends, min: day(1), max: day(365) });
    const who = el("p", { class: "muted" });
    const name = (acting) => (who.textContent = acting ? `以“${acting}”核定` : "核定前请先在页面上方选好岗位");
    name(post);
    document.addEventListener("acting", (event) => name(/** @type {CustomEvent} */ (event).detail));
    const told = () => ({ grade: grades.value, reason: reason.value, expires_on: expires.value });
    const send = (decision) => () => put({ decision, ...told(), version });
    return el(
      "div",
      { class: "review-form", oninput: () => reviewDrafts.set(zone_id, told()) },
      who,
      el("label", {}, "等级", grades),
      el("label", {}, "失效日期", expires),
      el("label", {}, "理由", reason),
      fault,
      el("button", { type: "button", class: "confirm", onclick: send("confirmed") }, "核定为重点关注区"),
      el("button", { type: "button", class: "link", onclick: send("dismissed") }, "不予认定"),
    );
  }

  async function put(told) {
    fault.hidden = true;
    try {
      await store(address, { method: "PUT", body: new URLSearchParams(told), id: formId });
      formId = newId();
      reviewDrafts.delete(zone_id);
      await city.reload();
      if (node.isConnected) show(await request(address)); // a second review may leave the zone as it was
    } catch (error) {
      if (error.kind === "other_submission") formId = newId();
      fail(error);
    }
  }

  /* What was typed stays; after a conflict the next try is made against what stands now. */
  function fail({ sentence }) {
    fault.textContent = sentence || `没有成功,${CHECK_SERVICE}`;
    fault.hidden = false;
    if (!fault.isConnected) node.append(fault);
    request(address).then(
      (standing) => (version = standing.version),
      () => null,
    );
  }
}
