/* Suggestions under a text field, by mouse and keyboard: addresses, roads, premises and areas from the city's own register. */

import { el } from "./dom.js";

export const KINDS = {
  house: "门牌",
  site: "场所",
  between: "按相邻门牌推算",
  beyond: "按邻近门牌推算",
  lane: "弄巷口",
  road: "道路",
  community: "社区",
  township: "乡镇",
  county: "区县",
  zone: "热点",
};

/**
 * A place as two lines of a list: its name, what it lies in, and how far off it may be.
 *
 * @param {{name: string, kind: string, area: string, radius_m?: any}} place
 */
export function placeLine({ name, kind, area, radius_m }) {
  const far = radius_m >= 1000 ? `${(radius_m / 1000).toFixed(1)} 公里` : `${Math.round(radius_m)} 米`;
  const told = [KINDS[kind], area, radius_m == null ? "" : `误差约 ${far}`].filter(Boolean).join(" · ");
  return [el("span", {}, name), el("span", { class: "muted" }, told)];
}

/* ``find`` answers for a text what to list (a promise; null where it became of no interest), ``line`` the nodes of one,
   ``choose`` takes it. ``first``: the first is chosen by Enter without being pointed at. */
export function suggest({ input, list, find, line, choose, first = false, wait = 200 }) {
  let found = [];
  let current = -1;
  let waiting = 0;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  list.setAttribute("role", "listbox");
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, wait);
  });
  input.addEventListener("focus", () => input.value.trim() && look());
  input.addEventListener("blur", () => show([]));
  input.addEventListener("keydown", press);
  show([]);
  return { close: () => show([]) };

  async function look() {
    const asked = input.value.trim();
    const told = asked ? await find(asked) : [];
    if (told && asked === input.value.trim()) show(document.activeElement === input ? told : []);
  }

  function show(those) {
    found = those;
    list.replaceChildren(...those.map(option));
    list.hidden = !those.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    point(first && those.length ? 0 : -1);
  }

  function option(one, n) {
    const node = el("li", { role: "option", id: `${list.id}-${n}`, onclick: () => take(one) }, ...line(one));
    node.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus, and so the list
    return node;
  }

  function take(one) {
    clearTimeout(waiting);
    show([]);
    choose(one);
  }

  function point(n) {
    current = n;
    for (const [i, node] of [...list.children].entries()) node.setAttribute("aria-selected", String(i === n));
    if (n < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${list.id}-${n}`);
  }

  function press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!found.length) return;
    if (event.key === "Escape") show([]);
    else if (step) point((current + step + found.length) % found.length);
    else if (event.key === "Enter" && current >= 0) take(found[current]);
    else return;
    event.preventDefault();
  }
}
