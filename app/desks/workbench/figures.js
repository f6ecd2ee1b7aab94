/* The figures of a bureau chief for the chosen months and area, and the same by county; a click on a county chooses it. */

import { dayBefore, periodText } from "../../static/shared/days.js";
import { all, at, el, whole } from "../../static/shared/dom.js";
import { query } from "../../static/shared/request.js";
import { GRADES } from "../../core/words.py";

export function figures(city) {
  const share = (value) => (value == null ? "—" : `${(100 * value).toFixed(1)}%`);

  const verified = (f) => (f.tips ? f.verified / f.tips : null);

  /* What was not checked is not free: the share is of all communities, and the unchecked ones are named beside it. */
  const free = (f) => {
    if (!f.communities) return share(null);
    return f.unreported === f.communities ? "未报告" : share(f.free / f.communities);
  };

  const FIGURES = [
    { key: "tips", title: "线索数", unit: "条", show: whole },
    {
      key: "verified",
      title: "核实率",
      of: verified,
      show: share,
      note: (f) => (f.tips ? `已核实 ${whole(f.verified)} 条` : null),
    },
    { key: "dens", title: "捣毁窝点", unit: "个", show: whole },
    { key: "rescued", title: "解救人数", unit: "人", show: whole },
    /* The desk counts to today, and says so too. */
    { key: "overdue", title: "超期", unit: "条", show: whole, note: (f) => `到 ${dayBefore(f.until)} 未受理` },
    {
      key: "free",
      title: "无传销社区占比",
      of: free,
      show: String,
      note: (f) =>
        f.communities ? `${whole(f.free)} / ${whole(f.communities)} 个,未报告 ${whole(f.unreported)} 个` : null,
    },
  ];

  function showFigures(figures) {
    at("figures").replaceChildren(
      ...FIGURES.map(({ key, title, unit, of = (f) => f[key], show, note }) =>
        el(
          "div",
          { "data-figure": key },
          el("dt", {}, title),
          el("dd", {}, el("b", {}, show(of(figures))), unit && of(figures) != null ? el("i", {}, unit) : null),
          note?.(figures) ? el("dd", { class: "note" }, note(figures)) : null,
        ),
      ),
    );
  }

  const COLUMNS = [
    { title: "线索", key: "tips", show: whole },
    { title: "核实率", of: verified, show: share },
    { title: "窝点", key: "dens", show: whole },
    { title: "解救", key: "rescued", show: whole },
    { title: "超期", key: "overdue", show: whole },
    { title: "无传销", of: free, show: String },
  ];

  function showCounties(counties) {
    if (!counties.length)
      return at("county-table").replaceChildren(
        el("p", { class: "empty" }, "还没有县(市、区)的边界和名称,导入行政区划后这里列出各区县。"),
      );
    const head = [
      el("th", { scope: "col" }, "县(市、区)"),
      ...COLUMNS.map(({ title }) => el("th", { scope: "col" }, title)),
      el("th", { scope: "col" }, gradeHeads()),
    ];
    const all = el("button", { type: "button", class: "link all", onclick: () => city.setArea("") }, "全市");
    at("county-table").replaceChildren(
      el("div", { class: "caption" }, el("h2", {}, "各区县"), all),
      el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...counties.map(countyRow))),
      el("section", { id: "first-zones" }),
      el(
        "p",
        { class: "hint" },
        "点区县名只看该区县。超期算到期末那一天,线索页算到今天。无传销社区占比:截至期末一年内检查过、未发现且没有疑似热点的社区(村)占全部社区(村)的比例;没有检查记录的为“未报告”,不算无传销。",
      ),
    );
    markCounty();
    city.tell("counties");
  }

  function countyRow(county) {
    const choose = () => city.setArea(city.area === county.code ? "" : county.code);
    const name = el(
      "button",
      { type: "button", "aria-pressed": "false", onclick: (event) => (event.stopPropagation(), choose()) },
      county.name,
    );
    const grades = GRADES.map((grade) =>
      el("span", { class: `grade ${grade}${county[grade] ? "" : " none"}` }, String(county[grade] ?? 0)),
    );
    return el(
      "tr",
      { "data-code": county.code, onclick: choose },
      el("th", { scope: "row" }, name),
      ...COLUMNS.map(({ key = "", of = (f) => f[key], show }) => el("td", {}, show(of(county)))),
      el("td", { class: "grades" }, ...grades),
    );
  }

  function gradeHeads() {
    return el(
      "span",
      { class: "grades" },
      ...GRADES.map((grade) => el("span", { class: `grade ${grade}` }, city.styles.grades[grade].title[0])),
    );
  }

  function markCounty() {
    for (const row of all("#counties tbody tr")) {
      const chosen = row.dataset.code === city.area;
      row.classList.toggle("chosen", chosen);
      row.querySelector("button").setAttribute("aria-pressed", String(chosen));
    }
  }

  function showScope() {
    at("scope-area").textContent = city.area ? (city.places.names.get(city.area) ?? city.area) : "全市";
    at("scope-period").textContent = periodText(city.period);
    at("stamp").textContent = city.stamp();
    const { today, analysed_until: analysed } = city.config.period;
    const days = analysed ? Math.round((Date.parse(today) - Date.parse(analysed)) / 86_400_000) : 0;
    at("age").textContent = days > 0 ? `(${days} 天前)` : "";
  }

  async function refreshFigures() {
    showScope();
    const asked = `${city.area} ${city.period.since} ${city.period.until}`;
    const figures = await city.answers.fetch(
      `/api/figures${query({ ...city.period, ...(city.area && { area: city.area }) })}`,
      "主要数字",
    );
    if (figures && asked === `${city.area} ${city.period.since} ${city.period.until}`) showFigures(figures);
  }

  async function refreshCounties() {
    const { since, until } = city.period;
    const counties = await city.answers.fetch(`/api/counties${query({ since, until })}`, "区县表");
    if (counties && since === city.period.since && until === city.period.until) showCounties(counties);
  }

  showScope();
  showFigures(city.config.figures);
  showCounties(city.config.counties);
  city.on("period", () => (refreshFigures(), refreshCounties()));
  city.on("area", () => (markCounty(), refreshFigures()));
  city.on("reloaded", () => (refreshFigures(), refreshCounties()));
}
