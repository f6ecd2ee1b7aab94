"use strict";
/* The public form: names of areas, roads and public places while an address is typed; without an answer it works as well. */

(function () {
  const { el, at, suggest } = wuchuan;
  const input = at("address");

  suggest({ input, list: at("names"), find, line: ({ name, area }) => [el("span", {}, name), el("span", { class: "muted" }, area)], choose: take });

  async function find(asked) {
    const answer = await fetch(`/tips/names?${new URLSearchParams({ q: asked.slice(0, 60) })}`, { headers: { Accept: "application/json" } }).catch(() => null);
    return answer?.ok ? (await answer.json()).names : [];
  }

  /* The name with its areas before it, the largest first; whoever fills in the form adds the house. */
  function take({ name, area }) {
    const areas = area.split(" ").filter((each) => each && each !== name).reverse();
    input.value = [...areas, name].join("");
    input.focus();
  }
})();
