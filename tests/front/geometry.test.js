import assert from "node:assert/strict";
import { test } from "node:test";

import { holds, insidePoint } from "../../app/static/shared/geometry.js";

const square = (x, y, side) => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
];
const holed = { type: "Polygon", coordinates: [square(0, 0, 10), square(4, 4, 2)] };
const two = { type: "MultiPolygon", coordinates: [[square(20, 20, 1)], [square(0, 0, 10)]] };

test("a hole is no part of its polygon", () => {
  assert.equal(holds(holed, { lat: 5, lng: 5 }), false);
  assert.equal(holds(holed, { lat: 1, lng: 1 }), true);
  assert.equal(holds(holed, { lat: 11, lng: 1 }), false);
});

test("a multipolygon holds what any part holds, and its point lies in the largest", () => {
  assert.equal(holds(two, { lat: 20.5, lng: 20.5 }), true);
  assert.equal(insidePoint(two).lng, 5);
});

test("the point of a horseshoe lies in it, not between its arms", () => {
  const coordinates = [
    [
      [0, 0],
      [9, 0],
      [9, 9],
      [6, 9],
      [6, 3],
      [2, 3],
      [2, 9],
      [0, 9],
      [0, 0],
    ],
  ];
  const horseshoe = { type: "Polygon", coordinates };
  assert.equal(holds(horseshoe, insidePoint(horseshoe)), true);
});
