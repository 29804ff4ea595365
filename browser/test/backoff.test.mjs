import assert from "node:assert/strict";
import { test } from "node:test";
import { importSource } from "./helper.mjs";

const { Backoff } = await importSource("backoff.ts");
const take = (backoff, n) => Array.from({ length: n }, () => backoff.duration());

test("delays double up to the maximum", () => {
  const backoff = new Backoff({ min: 100, max: 1000, jitter: 0 });
  assert.deepEqual(take(backoff, 6), [100, 200, 400, 800, 1000, 1000]);
  assert.equal(backoff.attempts, 6);
  backoff.reset();
  assert.deepEqual(take(backoff, 2), [100, 200]);
});

test("jitter moves a delay both ways, at the maximum only down", () => {
  for (let i = 0; i < 200; i++) {
    const [first, second, third] = take(new Backoff({ min: 1000, max: 3000, jitter: 0.5 }), 3);
    assert(first >= 500 && first <= 1500, first);
    assert(second >= 1000 && second <= 3000, second);
    assert(third >= 1500 && third <= 3000, third);
  }
  const capped = new Set(take(new Backoff({ min: 5000, max: 5000, jitter: 0.5 }), 100));
  assert(capped.size > 50, "clients must not come back together");
});

test("jitter outside of (0, 1] means none", () => {
  for (const jitter of [-1, 0, 1.5, NaN]) assert.deepEqual(take(new Backoff({ min: 7, max: 50, jitter }), 3), [7, 14, 28]);
});

test("delays stay sane after thousands of attempts", () => {
  const backoff = new Backoff({ min: 1000, max: 5000, jitter: 0.5 });
  for (const delay of take(backoff, 3000).slice(10)) assert(delay >= 2500 && delay <= 5000, delay);
});
