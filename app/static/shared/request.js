/* Asks the service. A change carries the session's token, and where it is given the version it was made from (If-Match)
   and the id of the form it comes from (Idempotency-Key). */

const UNREACHED = "连不上服务,请检查它是否在运行,稍后再试。";
const UNANSWERED = "没有收到回答,请稍后再试。";
const UNSIGNED = [401, 403];

let token = null;
let warned = null; // what was sent when a person's name was seen in it

/* An id for one form or drawing, so that what is sent twice is stored once; also where the page is not a secure one. */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* Parameters as the end of an address, "" where there are none. */
export function query(parameters) {
  const text = new URLSearchParams(/** @type {any} */ (parameters)).toString();
  return text && `?${text}`;
}

/**
 * What the service answers, null where it answers nothing.
 *
 * What it refuses, and that it could not be reached, is thrown as an error: ``message`` is a sentence to show,
 * ``sentence`` the service's own where it told one, ``kind`` and ``status`` say what it was, ``answer`` is its whole body.
 *
 * @param {string} address
 * @param {{method?: string, json?: object, body?: BodyInit, version?: number, id?: string, keepalive?: boolean,
 *   asksNames?: boolean}} [options]
 * @returns {Promise<any>}
 */
export async function request(address, options = {}) {
  const remembered = token;
  try {
    return await once(address, options);
  } catch (error) {
    if (!UNSIGNED.includes(error.status)) throw error;
    token = null; // of a session that has ended; another tab may have signed in since
    if (!remembered || isRead(options)) throw error;
    return once(address, options);
  }
}

/* As ``request``, for what is to be stored: where the service sees a person's name in it, it is corrected, or sent once
   more as it is. */
export async function store(address, options) {
  const sent = `${options.method} ${address} ${JSON.stringify(options.json) ?? options.body}`;
  try {
    const answer = await request(address, { ...options, asksNames: warned !== sent });
    warned = null;
    return answer;
  } catch (error) {
    warned = error.kind === "person_names" ? sent : null;
    throw error;
  }
}

/**
 * The main part of the page that a form is answered with, sent as the browser would send it; what is refused in a
 * sentence instead is thrown as by ``request``.
 *
 * @param {string} address
 * @param {FormData} fields
 * @returns {Promise<Element>}
 */
export async function pageOf(address, fields) {
  const headers = { Accept: "application/json" };
  if (fields.get("names") === "ask") headers["X-Names"] = "ask";
  fields.delete("names");
  const body = new URLSearchParams(/** @type {any} */ (fields));
  const answer = await fetch(address, { method: "POST", headers, body, cache: "no-store" }).catch(() => null);
  if (!answer) throw refusal(UNREACHED, {});
  if (answer.headers.get("Content-Type")?.startsWith("text/html")) {
    const main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (main) return document.adoptNode(main);
  }
  const { sentence, error: kind } = (await answer.json().catch(() => null)) ?? {};
  throw refusal(sentence ?? UNANSWERED, { sentence, kind, status: answer.status });
}

async function once(address, options) {
  const headers = await headersOf(options);
  const { method = "GET", json, body, keepalive } = options;
  const sent = { method, headers, body: json ? JSON.stringify(json) : body, keepalive };
  const answer = await fetch(address, sent).catch(() => null);
  if (!answer) throw refusal(UNREACHED, {});
  const told = answer.status === 204 ? null : await answer.json().catch(() => undefined);
  if (answer.ok && told !== undefined) return told;
  const { sentence, error: kind } = told ?? {};
  throw refusal(sentence ?? UNANSWERED, { sentence, kind, status: answer.status, answer: told });
}

async function headersOf({ method = "GET", json, version, id, asksNames }) {
  const headers = { Accept: "application/json" };
  if (!isRead({ method })) {
    token = token ?? (await once("/api/session", {})).csrf_token;
    headers["X-CSRF-Token"] = token;
  }
  if (json) headers["Content-Type"] = "application/json";
  if (version) headers["If-Match"] = `"${version}"`;
  if (id) headers["Idempotency-Key"] = id;
  if (asksNames) headers["X-Names"] = "ask";
  return headers;
}

function isRead({ method = "GET" }) {
  return method === "GET";
}

function refusal(message, parts) {
  return Object.assign(new Error(message), parts);
}
