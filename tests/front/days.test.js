import assert from "node:assert/strict";
import { test } from "node:test";

import { dayBefore, monthsBetween, monthText, periodText } from "../../app/static/shared/days.js";

test("a period is told by its last day, over the end of a year and of a leap February", () => {
  assert.equal(dayBefore("2026-01-01"), "2025-12-31");
  assert.equal(dayBefore("2028-03-01"), "2028-02-29");
});

test("months begin with the first one whole and end before the day that is not reached", () => {
  assert.deepEqual(monthsBetween("2025-11-15", "2026-02-01"), ["2025-11-01", "2025-12-01", "2026-01-01"]);
  assert.deepEqual(monthsBetween("2026-02-01", "2026-02-01"), []);
});

test("one month is named once", () => {
  assert.equal(monthText("2026-03-01"), "2026年3月");
  assert.equal(periodText({ since: "2026-03-01", until: "2026-04-01" }), "2026年3月");
  assert.equal(periodText({ since: "2025-12-01", until: "2026-04-01" }), "2025年12月 — 2026年3月");
});
