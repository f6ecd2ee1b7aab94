/* Elements of the page. Text becomes a text node, never markup. */

const SVG = "http://www.w3.org/2000/svg";

let ids = 0;

/* An element with attributes and children; ``onclick`` and the like are listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @returns {any} the element of that id, of whatever kind */
export function at(id) {
  return document.getElementById(id);
}

/** @returns {any} the first element that the selector finds, of whatever kind */
export function one(selector) {
  return document.querySelector(selector);
}

/** @returns {any[]} all that it finds */
export function all(selector) {
  return [...document.querySelectorAll(selector)];
}

/* Whether what is typed there is text of its own. */
export function isField(target) {
  return Boolean(target.closest("input, textarea, select"));
}

/* An id that no other element of the page has. */
export function nextId(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}

/* A count as people read it; none known is a dash. */
export function whole(value) {
  return value === null || value === undefined ? "—" : value.toLocaleString("zh-CN");
}

/* A list of terms and values; rows without a value are left out. */
export function facts(rows) {
  const list = el("dl", { class: "facts" });
  for (const [term, value] of rows)
    if (value !== null && value !== undefined && value !== "")
      list.append(el("div", {}, el("dt", {}, term), el("dd", {}, String(value))));
  return list;
}
