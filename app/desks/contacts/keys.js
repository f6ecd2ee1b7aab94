/* The desk's key: made with two holders, who each type a passphrase here; a holder replaced; another pair. The private
   key is in this page's memory while the form is being saved, and nowhere else. */

import { at, el } from "../../static/shared/dom.js";
import { newId, request } from "../../static/shared/request.js";
import { newPair, unwrapped, wrapped } from "../../static/shared/seal.js";
import { change, say } from "./one.js";

const LEAST = 16; // characters of a passphrase
const HOLDERS = [1, 2];

/* What shows a key; ``saved`` runs after each change. */
export function keyForm(saved) {
  let key = null;
  let posts = [];

  function show(told, onDuty) {
    [key, posts] = [told, onDuty];
    at("holders").textContent = key
      ? `由两个岗位持有,任何一个都能打开:${key.copies.map(({ post }) => post).join("、")}。口令丢了一个,用另一个更换;两个都丢了,已收的谁也打不开。`
      : "还没有密钥:公众填报页和电话登记都不收联系方式。两个岗位的人坐到一起,各自输入自己的口令。";
    at("key-acts").hidden = !key;
    at("key-form").hidden = true;
    if (!key) ask(making());
  }

  function ask({ hint, fields, save }) {
    at("key-hint").textContent = hint;
    at("key-fields").replaceChildren(...fields);
    at("key-form").hidden = false;
    at("close-key").hidden = !key;
    at("key-form").onsubmit = (event) => {
      event.preventDefault();
      change(async () => {
        await save();
        at("key-fields").replaceChildren();
        await saved();
        say(at("done"), "密钥已保存");
      });
    };
  }

  function making() {
    return {
      hint: "浏览器现在生成一对密钥,私钥分别用两个口令封好后保存。",
      fields: HOLDERS.flatMap((holder) => [post(holder, `第 ${holder} 个持有岗位`), ...words(holder)]),
      save: async () => {
        const typed = HOLDERS.map((holder) => ({ holder, post: at(`post-${holder}`).value, word: word(holder) }));
        if (typed[0].word === typed[1].word) refuse("两个岗位的口令要不同。");
        const { publicKey, privateKey } = await newPair();
        const copies = [];
        for (const { word: secret, ...copy } of typed) copies.push({ ...copy, ...(await wrapped(privateKey, secret)) });
        await request("/contacts/keys", { method: "POST", json: { public_key: publicKey, copies }, id: newId() });
        privateKey.fill(0);
      },
    };
  }

  function replacing() {
    const which = el("select", { id: "which" }, ...key.copies.map(({ holder, post: title }) => option(holder, title)));
    return {
      hint: "用任何一个现有的口令打开私钥,再用新口令封一份,代替所选岗位的那一份。",
      fields: [
        field("which", "更换哪一份", which),
        secret("now", "现有的口令"),
        post("new", "新的持有岗位"),
        ...words("new"),
      ],
      save: async () => {
        const fresh = word("new");
        const privateKey = await unwrapped(key.copies, at("word-now").value);
        if (!privateKey) refuse("现有的口令不对。");
        const copy = { holder: Number(which.value), post: at("post-new").value, ...(await wrapped(privateKey, fresh)) };
        privateKey.fill(0);
        await request("/contacts/holders", { method: "POST", json: { desk_key: key.desk_key, copy }, id: newId() });
      },
    };
  }

  function post(id, title) {
    const select = el("select", { id: `post-${id}` }, ...posts.map((each) => option(each, each)));
    if (id === 2) select.selectedIndex = Math.min(1, posts.length - 1);
    return field(`post-${id}`, title, select);
  }

  at("replace").addEventListener("click", () => ask(replacing()));
  at("renew").addEventListener("click", () => ask(making()));
  at("close-key").addEventListener("click", () => {
    at("key-fields").replaceChildren();
    at("key-form").hidden = true;
  });
  return show;
}

function words(id) {
  return [secret(id, `口令(至少 ${LEAST} 个字符,抄在纸上分开保管)`), secret(`${id}-again`, "再输一次口令")];
}

function secret(id, title) {
  const input = el("input", { id: `word-${id}`, type: "password", autocomplete: "new-password", required: true });
  return field(`word-${id}`, title, input);
}

function word(id) {
  const typed = at(`word-${id}`).value;
  if ([...typed].length < LEAST) refuse(`口令至少 ${LEAST} 个字符。`);
  if (typed !== at(`word-${id}-again`).value) refuse("两次输入的口令不一样。");
  return typed;
}

function refuse(sentence) {
  throw Object.assign(new Error(sentence), { sentence });
}

const field = (id, title, control) => el("p", {}, el("label", { for: id }, title), control);
const option = (value, title) => el("option", { value }, title);
