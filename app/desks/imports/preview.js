/* What would be understood of a file: its settings, its columns with a choice for each, and the judgement of its first rows. */

import { at, el } from "../../static/shared/dom.js";
import { fields } from "./common.js";

const LEFT_OUT = "";
const DATUMS = {
  wgs84: "WGS-84(GPS)",
  cgcs2000: "CGCS2000(国家2000)",
  gcj02: "GCJ-02(高德、腾讯)",
  bd09: "BD-09(百度)",
};
const STATED = { column: "按“坐标系”一列", crs: "按文件自带的坐标系" };

/* ``corrections`` is what was corrected so far; ``correct`` takes what makes more of it of those that stand then. */
export function showPreview(told, corrections, correct) {
  showSettings(told, corrections);
  showColumns(told, (heading, field) => correct((now) => mapped(now, heading, field)));
  showJudgement(told, correct);
}

function showSettings(told, corrections) {
  const sheets = told.sheets.map((name) => el("option", { value: name }, name));
  const all = told.sheets.length > 1 ? [el("option", { value: "" }, `全部(${told.sheets.length} 个)`)] : [];
  at("sheet").replaceChildren(...all, ...sheets);
  at("sheet").value = corrections.sheet;
  if (at("sheet").selectedIndex < 0) at("sheet").selectedIndex = 0;
  at("sheet-part").hidden = !told.sheets.length;
  const own = told.assumed
    ? `未写明(按 ${DATUMS[told.datum]})`
    : `文件写明:${STATED[told.datum] ?? DATUMS[told.datum]}`;
  const unstated = el("option", { value: "" }, corrections.datum ? "按文件所写" : own);
  at("datum").replaceChildren(
    unstated,
    ...Object.entries(DATUMS).map(([value, textContent]) => el("option", { value }, textContent)),
  );
  at("datum").value = corrections.datum;
  const placed = told.columns.some((column) => ["lon", "lat", "x", "y", "coordinates"].includes(column.field));
  at("datum-note").hidden = !(told.assumed && placed);
  at("order-part").hidden = !told.columns.some((column) => column.field === "coordinates");
  at("crs").value = corrections.crs;
  at("order").value = corrections.order;
  const rows = told.heading_rows;
  const where = rows.length > 1 ? `第 ${rows[0]}–${rows[rows.length - 1]} 行` : `第 ${rows[0]} 行`;
  const which = told.sheets.length > 1 && !corrections.sheet ? `“${told.sheet}”的` : "";
  at("headings").textContent = rows.length ? `${which}表头:${where}` : "列名由文件自带";
}

function showColumns(told, hold) {
  const choices = fields();
  const taken = new Set(told.columns.map((column) => column.field));
  const headings = told.columns.map((column) =>
    el("th", { scope: "col", class: column.field ? "" : "out" }, column.heading || "(无标题)"),
  );
  const menus = told.columns.map((column, place) =>
    el("th", {}, menu(column, place, choices, taken, hold), column.note ? el("p", { class: "why" }, column.note) : ""),
  );
  at("columns").tHead.replaceChildren(
    el(
      "tr",
      {},
      el("th", { scope: "col" }, "行"),
      ...headings,
      el("th", { scope: "col", class: "place" }, "位置"),
      el("th", { scope: "col", class: "verdict" }, "结果"),
    ),
    el("tr", {}, el("th"), ...menus, el("th"), el("th")),
  );
  at("columns").tBodies[0].replaceChildren(...told.rows.map((row) => line(row, told)));
}

function menu(column, place, choices, taken, hold) {
  const options = choices.map((field) => {
    const elsewhere = taken.has(field.name) && field.name !== column.field ? "(换到这列)" : "";
    return el("option", { value: field.name }, `${field.title}${field.required ? " *" : ""}${elsewhere}`);
  });
  const nothing = column.dropped ? "略过" : "不导入";
  const select = el("select", { disabled: !column.heading }, el("option", { value: LEFT_OUT }, nothing), ...options);
  select.value = column.field ?? LEFT_OUT;
  select.setAttribute("aria-label", `“${column.heading}”列是什么`);
  select.dataset.column = place;
  select.addEventListener("change", () => hold(column.heading, select.value));
  return select;
}

function line(row, told) {
  const cells = row.cells.map((cell, place) => {
    const { field } = told.columns[place];
    const read =
      field && row.read[place] !== null && row.read[place] !== cell
        ? el("span", { class: "read" }, `→ ${row.read[place]}`)
        : null;
    return el("td", { class: field ? "" : "out" }, cell ?? "", read);
  });
  const bad = row.faults.length > 0;
  const verdict = bad ? row.faults.join(";") : row.warnings.join(";") || (told.fault ? "" : "可导入");
  const className = bad ? "verdict bad" : row.warnings.length ? "verdict odd" : "verdict";
  const place = row.place ? `${row.place[0]}, ${row.place[1]}` : "";
  return el(
    "tr",
    {},
    el("td", {}, String(row.row)),
    ...cells,
    el("td", { class: "place" }, place),
    el("td", { class: className }, verdict),
  );
}

function showJudgement(told, correct) {
  const personal = told.columns.filter((column) => column.personal && !column.dropped).map((column) => column.heading);
  at("file-fault").textContent = told.fault?.sentence ?? "";
  at("file-fault").hidden = !told.fault;
  at("drop-part").hidden = !personal.length;
  at("drop-persons").textContent = `略过个人信息列:${personal.join("、")}`;
  at("drop-persons").onclick = () => correct((now) => ({ drop: [...now.drop, ...personal] }));
  at("start").disabled = Boolean(told.fault);
  const fine = told.looked_at - told.refused;
  const wrong = told.refused ? `,${told.refused} 行有错,会列在结果里` : "";
  at("judged").textContent = told.fault ? "" : `看了前 ${told.looked_at} 行:${fine} 行没有问题${wrong}。`;
}

/* A column holds another field from now on, or none; no field stands in two columns. */
function mapped(corrections, heading, field) {
  const others = Object.entries(corrections.mapping).filter(([key, value]) => key !== field && value !== heading);
  const mapping = Object.fromEntries(field === LEFT_OUT ? others : [...others, [field, heading]]);
  const kept = corrections.drop.filter((name) => name !== heading);
  return { mapping, drop: field === LEFT_OUT ? [...kept, heading] : kept };
}
