/* One joint action: who goes where and when, its papers edited by version, planned anew, approved. */

import { ACTION_STATUSES } from "../../core/words.py";
import { beginCity } from "../../static/shared/city.js";
import { at, el, svg } from "../../static/shared/dom.js";
import { request, store } from "../../static/shared/request.js";
import { actionMap } from "./map.js";
import { badge, papers } from "./papers.js";

export function start(map, groups, config) {
  const city = beginCity(map, groups, config);
  const { draw, look, lookAt } = actionMap(city);
  const UNDOES = "这个行动已经批准。改动后批准作废,打印出去的行动单不能再用,要由另一个人重新批准。确定要改吗?";
  const page = at("action");
  const address = `/api/actions/${page.dataset.action}`;
  const group = L.featureGroup().addTo(city.map);
  /* What was typed and not saved yet, by target: it outlives every redrawing of the page. */
  const typed = new Map();
  const fault = at("fault");
  let version = 0;
  let pages = 0;
  let approved = false;

  addEventListener("beforeunload", (event) => typed.size && event.preventDefault());
  city.open = () => {};
  city.hint = () => {};
  at("plan").addEventListener("click", () => mayChange() && attempt(() => change("/plan")));
  at("approve").addEventListener("click", () => attempt(() => change("/approve")));
  at("print").addEventListener("click", (event) => {
    if (pages <= Number(page.dataset.few)) return;
    event.preventDefault();
    if (at("print").ariaBusy !== "true") attempt(print);
  });
  attempt(async () => {
    show(await request(address));
    lookAt(group.getBounds().pad(0.15), 16);
  }).finally(() => (page.dataset.ready = "yes"));

  async function change(what) {
    show(await request(address + what, { method: "POST", version }));
  }

  /* Any change undoes an approval, and sheets printed under it may be in the teams' hands: who changes it is asked. */
  function mayChange() {
    return !approved || confirm(UNDOES);
  }

  /* An order of many pages is drawn in the queue, and handed out when it is there. */
  async function print() {
    const title = at("print").textContent;
    at("print").ariaBusy = "true";
    at("print").textContent = `正在制作 ${pages} 页…`;
    try {
      const { job_id, order } = await request(`${address}/order`, { method: "POST" });
      if (job_id) await drawn(job_id);
      el("a", { href: order, download: "" }).click(); // leaving the page would ask about words not kept
    } finally {
      at("print").ariaBusy = "false";
      at("print").textContent = title;
    }
  }

  async function drawn(job) {
    for (;;) {
      const { status, note } = await request(`/api/jobs/${job}`);
      if (status === "succeeded") return;
      if (!["todo", "doing"].includes(status)) throw new Error(`行动单没有做好${note ? `:${note}` : ""}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  function show({ action, targets, legs, shared, steps }) {
    version = action.version;
    pages = legs.features.length;
    approved = action.status === "approved";
    at("status").textContent = ACTION_STATUSES[action.status];
    at("status").className = `badge ${action.status === "draft" ? "pending" : "ready"}`;
    at("approve").disabled = approved;
    at("print").hidden = action.status === "draft";
    at("second").hidden = action.status !== "planned";
    const wait = `${action.buffer_minutes} 分钟`;
    const facts = [
      ["日期", action.date],
      ["统一行动时间", action.h_hour ? time(action.h_hour) : "未定"],
      ["到达后等候", wait],
      ["时间窗口", `${time(action.window_since)}—${time(action.window_until)}`],
      ["部门", action.agencies.join("、")],
      ["排定岗位", action.planned_by],
      ["批准岗位", action.approved_by],
    ].filter(([, value]) => value);
    const twice = shared.map(
      ({ team, action: other, status }) => `${team}当天还在“${other}”(${ACTION_STATUSES[status]})里`,
    );
    at("shared").textContent = `注意:${twice.join(";")}。`;
    at("shared").hidden = !twice.length;
    at("facts").replaceChildren(
      ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    );
    const chosen = targets.features.map(({ properties, geometry: { coordinates } }) => ({
      ...properties,
      lon: coordinates[0],
      lat: coordinates[1],
    }));
    at("targets").replaceChildren(...chosen.map(card));
    at("legs").replaceChildren(...chosen.flatMap((target) => rows(target, legs.features, action.agencies)));
    at("steps").replaceChildren(
      ...steps.map(({ at: moment, post, sentence }) =>
        el("li", {}, `${moment.slice(0, 10)} ${time(moment)} ${post} ${sentence}`),
      ),
    );
    at("no-plan").hidden = legs.features.length > 0;
    draw(group, { targets: chosen, legs: legs.features, agencies: action.agencies });
  }

  const time = (moment) => moment.slice(11, 16);

  function rows(target, legs, agencies) {
    const own = legs.filter(({ properties }) => properties.number === target.number);
    const head = el(
      "tr",
      {},
      el("th", { colspan: 6, scope: "rowgroup" }, `${target.number}. ${target.address} `, badge(target.pending)),
    );
    const lines = own.map((leg) => {
      const { agency, team, officers, notify_at, leave_at, arrive_at, km, travel_minutes } = leg.properties;
      const way = `${km.toFixed(1)} 公里 ${Math.ceil(travel_minutes)} 分钟`;
      const follow = () => city.look(L.geoJSON(leg).getBounds().pad(0.2), 17);
      const who = el("button", { type: "button", class: "link", onclick: follow, title: "在地图上看这条路线" }, team);
      return el(
        "tr",
        {},
        el("td", {}, swatch(agencies.indexOf(agency)), agency),
        el("td", {}, who, ` ${officers} 人`),
        el("td", { "data-title": "通知" }, time(notify_at)),
        el("td", { "data-title": "出发" }, el("b", {}, time(leave_at))),
        el("td", { class: "number" }, way),
        el("td", { "data-title": "到达" }, time(arrive_at)),
      );
    });
    return own.length ? [head, ...lines] : [];
  }

  function swatch(place) {
    const [stroke, dash] = look(place);
    const line = svg("line", { x1: 1, x2: 27, y1: 5, y2: 5, stroke, "stroke-width": 3.5, "stroke-dasharray": dash });
    return svg("svg", { viewBox: "0 0 28 10", class: "route", "aria-hidden": "true" }, line);
  }

  function card(target) {
    const { number } = target;
    const draft = { ...target, ...typed.get(number) };
    const save = el(
      "button",
      {
        type: "button",
        class: "act",
        disabled: !typed.has(number),
        onclick: () => mayChange() && attempt(() => keep(number), number),
      },
      "保存",
    );
    const fields = papers(draft, `target-${number}`, (name) => {
      typed.set(number, { ...typed.get(number), [name]: draft[name] });
      save.disabled = false;
    });
    const summary = el("summary", {}, el("b", {}, `${number}. ${target.address}`), " ", badge(target.pending));
    const open = target.pending || typed.has(number);
    return el(
      "li",
      { "data-target": number },
      el("details", { open }, summary, fields, el("p", { class: "ends" }, save)),
    );
  }

  /* Only what was typed is sent: what somebody else wrote in another field meanwhile stands. */
  async function keep(number) {
    const json = typed.get(number);
    const told = await store(`${address}/targets/${number}`, { method: "PUT", json, version });
    typed.delete(number);
    show(told);
  }

  /* One step: what goes wrong is said in one sentence beside what it is about, and what was typed stays. Where somebody
     was quicker, the page shows what stands now, and the next try is made from there. */
  async function attempt(step, number) {
    fault.hidden = true;
    try {
      await step();
    } catch (error) {
      if (error.kind === "stale") await request(address).then(show, () => null);
      (document.querySelector(`[data-target="${number}"] .ends`) ?? at("plan").parentElement).prepend(fault);
      fault.textContent = error.message;
      fault.hidden = false;
      fault.scrollIntoView({ block: "center" });
    }
  }
  return city;
}
