import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { newId, query, request, store } from "../../app/static/shared/request.js";

let asked = [];
let answers = {};

beforeEach(() => {
  asked = [];
  answers = { "/api/session": [[200, { csrf_token: "token" }]] };
  globalThis.fetch = async (address, init) => {
    asked.push({ address, ...init });
    const own = answers[address] ?? [];
    const [status, body] = own.length > 1 ? own.shift() : own[0];
    if (status === 0) throw new TypeError("no network");
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  };
});

const headersOf = (address) => asked.filter((each) => each.address === address).map(({ headers }) => headers);

test("a change carries token, version and the id of its form", async () => {
  answers["/api/a"] = [[200, { well: true }]];
  const told = await request("/api/a", { method: "PUT", json: { text: "x" }, version: 3, id: "form" });
  assert.deepEqual(told, { well: true });
  const [{ "X-CSRF-Token": token, "If-Match": version, "Idempotency-Key": id, "Content-Type": type }] =
    headersOf("/api/a");
  assert.deepEqual([token, version, id, type], ["token", '"3"', "form", "application/json"]);
});

test("a refusal is an error with the sentence, its kind, its status and the whole answer", async () => {
  answers["/api/a"] = [[412, { error: "stale", sentence: "已被改动", current: 7 }]];
  const { message, kind, status, answer } = await request("/api/a").catch((error) => error);
  assert.deepEqual([message, kind, status, answer.current], ["已被改动", "stale", 412, 7]);
});

test("a service that is not reached, or says nothing, is told in a sentence", async () => {
  answers["/api/a"] = [[0]];
  assert.match((await request("/api/a").catch((error) => error)).message, /连不上服务/);
  answers["/api/b"] = [[204]];
  assert.equal(await request("/api/b"), null);
});

test("the token of a session that has ended is asked for anew, once", async () => {
  answers["/api/a"] = [
    [200, {}],
    [403, {}],
    [200, { done: true }],
    [403, {}],
  ];
  await request("/api/a", { method: "POST" });
  assert.deepEqual(await request("/api/a", { method: "POST" }), { done: true });
  assert.equal((await request("/api/a", { method: "POST" }).catch((error) => error)).status, 403);
  assert.equal(headersOf("/api/a").length, 5);
});

test("a name is asked about once, and the same words are then stored as they are", async () => {
  answers["/api/a"] = [
    [409, { error: "person_names", sentence: "像人名" }],
    [200, {}],
  ];
  const change = { method: "POST", json: { text: "someone" } };
  assert.equal((await store("/api/a", change).catch((error) => error)).kind, "person_names");
  await store("/api/a", change);
  assert.deepEqual(
    headersOf("/api/a").map((headers) => headers["X-Names"]),
    ["ask", undefined],
  );
});

test("an id has 32 digits and no two are the same; no parameters make no question mark", () => {
  assert.match(newId(), /^[0-9a-f]{32}$/);
  assert.notEqual(newId(), newId());
  assert.equal(query({}), "");
  assert.equal(query({ q: "路 1" }), "?q=%E8%B7%AF+1");
});
