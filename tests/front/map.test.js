import assert from "node:assert/strict";
import { test } from "node:test";

import { clock, urgency } from "../../app/desks/tips/clock.js";
import { suggested } from "../../app/desks/actions/premises.js";
import { classColour, quantiles } from "../../app/static/shared/classes.js";
import { readable } from "../../app/static/shared/explain.js";
import { dotRadius } from "../../app/static/shared/marks.js";
import { byGrade, parted } from "../../app/static/shared/zones.js";

test("shares are read as percent, flags as words, and dots are large enough to see", () => {
  assert.equal(readable({}, { kind: "number", unit: "%" }, 0.006), "0.6 %");
  assert.equal(readable({}, { kind: "flag" }, false), "否");
  assert.ok(dotRadius(1) >= 3.5);
});

test("classes hold as many values each, zero is no class, and equal values make one", () => {
  assert.deepEqual(quantiles([0, 1, 2, 3, 4], 2), [2, 4]);
  assert.deepEqual(quantiles([7, 7, 7], 3), [7]);
  assert.equal(classColour(0, [2, 4], { empty: "none", ramp: ["light", "dark"] }), "none");
  assert.equal(classColour(3, [2, 4], { empty: "none", ramp: ["light", "dark"] }), "dark");
});

test("zones stand by grade and score, those that have lapsed last", () => {
  const zone = (grade, score, expired = false) => ({ properties: { grade, score, expired } });
  const zones = [zone("red", 9, true), zone("yellow", 5), zone("red", 1), zone("red", 2)];
  assert.deepEqual(
    zones.sort(byGrade).map(({ properties: { score } }) => score),
    [2, 1, 5, 9],
  );
  assert.equal(parted(zones)[1].length, 1);
});

test("only a tip that nobody took up is urgent", () => {
  assert.equal(urgency({ status: "new", days_left: -1 }), "late");
  assert.equal(urgency({ status: "accepted", days_left: -1 }), "");
  assert.equal(clock({ status: "new", days_left: -2 }), "超期 2 个工作日");
});

test("evidence names as many numbers as fit into a hundred letters", () => {
  const long = Array.from({ length: 3 }, (_, n) => `${n}`.padStart(40, "9"));
  assert.equal(suggested({ tips: 2, findings: 0, tip_numbers: ["A1", "A2"] }), "线索2条:A1、A2");
  assert.equal(suggested({ tips: 3, findings: 0, tip_numbers: long }), `线索3条:${long.slice(0, 2).join("、")}等`);
});
