/* Contacts and rewards: the list, opening one by a holder's passphrase, and what became of a reward. */

import { at, el } from "../../static/shared/dom.js";
import { newId, request } from "../../static/shared/request.js";
import { opened, unwrapped } from "../../static/shared/seal.js";
import { keyForm } from "./keys.js";
import { change, say } from "./one.js";

const { rewards } = JSON.parse(at("desk").dataset.config);
const SHOWN_SECONDS = 120; // what was opened leaves the screen by itself
const NEXT = { none: ["promised", "paid", "lapsed"], promised: ["paid", "lapsed"], paid: [], lapsed: [] };
const ACTS = { promised: "承诺奖励", paid: "已经发放", lapsed: "奖励失效" };

const showKey = keyForm(load);

async function load() {
  const { key, contacts, posts } = await request("/contacts/list");
  showKey(key, posts);
  at("none").hidden = contacts.length > 0;
  at("list").replaceChildren(...contacts.map(line));
  const asked = /^#tip=(\d+)$/.exec(location.hash);
  if (asked) at(`tip-${asked[1]}`)?.scrollIntoView({ block: "center" });
  document.body.dataset.drawn = "all";
}

function line(contact) {
  const { tip_id, tip_no, received_on, reward, reward_on, is_kept, destroyed_on, opened: times } = contact;
  const until = destroyed_on && is_kept ? `,${destroyed_on} 销毁` : "";
  return el(
    "li",
    { id: `tip-${tip_id}` },
    el("a", { href: `/tips#tip=${tip_id}` }, tip_no || `线索 ${tip_id}`),
    el("span", { class: "muted" }, `${received_on} 登记${times ? `,打开过 ${times} 次` : ""}`),
    el("span", {}, `奖励${rewards[reward]}${reward_on ? `(${reward_on})` : ""}${until}`),
    is_kept ? passphrase(contact) : el("span", { class: "muted" }, "密钥已销毁,打不开了"),
    ...NEXT[reward].map((next) => button(ACTS[next], () => move(tip_id, next))),
  );
}

function passphrase({ tip_id }) {
  const id = `word-${tip_id}`;
  const word = el("input", {
    id,
    type: "password",
    autocomplete: "off",
    required: true,
    placeholder: "持有岗位的口令",
  });
  const form = el(
    "form",
    { class: "open", autocomplete: "off" },
    el("label", { for: id, class: "hidden-text" }, "口令"),
    word,
    el("button", { class: "act" }, "打开"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(() => open(tip_id, word, form));
  });
  return form;
}

/* The service notes who opens it and hands over what is sealed; the passphrase stays here. */
async function open(tip_id, word, form) {
  const told = await request(`/contacts/${tip_id}/open`, { method: "POST", id: newId() });
  const privateKey = await unwrapped(told.copies, word.value);
  word.value = "";
  if (!privateKey) throw Object.assign(new Error(), { sentence: "口令不对,没有打开;这次打开已经记下。" });
  const text = await opened(told, told.public_key, privateKey).catch(() => {
    throw Object.assign(new Error(), { sentence: "这一条不是用线索岗位的密钥封的,打不开。" });
  });
  privateKey.fill(0);
  const shown = el("p", { class: "opened" }, text);
  form.replaceWith(shown);
  setTimeout(() => shown.isConnected && shown.replaceWith(passphrase({ tip_id })), SHOWN_SECONDS * 1000);
}

async function move(tip_id, reward) {
  await request(`/contacts/${tip_id}/reward`, { method: "POST", json: { reward }, id: newId() });
  await load();
  say(at("done"), `奖励${rewards[reward]}`);
}

function button(title, act) {
  return el("button", { type: "button", class: "act", onclick: () => change(act) }, title);
}

addEventListener("pagehide", () => at("list").replaceChildren());
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
change(load);
