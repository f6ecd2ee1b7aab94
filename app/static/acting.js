"use strict";
/* The post in the bar: says in whose name the page acts, and changes it without leaving what is typed on the page. */

(function () {
  const box = document.querySelector(".acting");
  const form = box.querySelector("form");
  const name = form.querySelector("#acting-post");
  const fault = form.querySelector(".fault");
  const JSON_TOO = { Accept: "application/json" };
  let typing = 0;

  box.addEventListener("toggle", () => box.open && (offer(), name.focus()));
  name.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(offer, 250);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && (box.open = false));
  document.addEventListener("click", (event) => !box.contains(event.target) && (box.open = false));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch("/post", { method: "POST", headers: JSON_TOO, body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    const told = await answer?.json().catch(() => ({}));
    if (!answer?.ok) return blame(told?.sentence ?? "没有连上服务,请稍后再试");
    show(told.post);
    name.value = "";
    box.open = false;
  });

  function show(post) {
    blame("");
    box.classList.remove("none");
    document.getElementById("acting").textContent = post;
    document.dispatchEvent(new CustomEvent("acting", { detail: post }));
  }

  function blame(sentence) {
    fault.textContent = sentence;
    fault.hidden = !sentence;
  }

  async function offer() {
    const text = name.value.trim();
    const answer = await fetch(`/api/posts${text ? `?${new URLSearchParams({ text })}` : ""}`, { headers: JSON_TOO }).catch(() => null);
    if (!answer?.ok || text !== name.value.trim()) return;
    const { posts } = await answer.json();
    form.querySelector("datalist").replaceChildren(
      ...posts.map(({ post, area }) => {
        const option = document.createElement("option");
        option.value = post;
        option.textContent = area;
        return option;
      }),
    );
  }
})();
