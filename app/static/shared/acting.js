/* The post in the bar: says in whose name the page acts, and changes it without leaving what is typed on the page. */

import { at, el, one } from "./dom.js";
import { query, request } from "./request.js";

const box = one(".acting");
const form = box.querySelector("form");
const name = at("acting-post");
const fault = form.querySelector(".fault");
let typing = 0;

box.addEventListener("toggle", () => box.open && (offer(), name.focus()));
name.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(offer, 250);
});
document.addEventListener("keydown", (event) => event.key === "Escape" && (box.open = false));
document.addEventListener("click", (event) => !box.contains(/** @type {Node} */ (event.target)) && (box.open = false));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new URLSearchParams([...new FormData(form)].map(([key, text]) => [key, String(text)]));
  try {
    show((await request("/post", { method: "POST", body })).post);
    name.value = "";
    box.open = false;
  } catch (error) {
    blame(error.message);
  }
});

function show(post) {
  blame("");
  box.classList.remove("none");
  at("acting").textContent = post;
  document.dispatchEvent(new CustomEvent("acting", { detail: post }));
}

function blame(sentence) {
  fault.textContent = sentence;
  fault.hidden = !sentence;
}

async function offer() {
  const text = name.value.trim();
  const answer = await request(`/api/posts${query(text ? { text } : {})}`).catch(() => null);
  if (!answer || text !== name.value.trim()) return;
  at("acting-posts").replaceChildren(...answer.posts.map(({ post, area }) => el("option", { value: post }, area)));
}
