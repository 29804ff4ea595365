import assert from "node:assert/strict";
import { test } from "node:test";
import { importSources } from "./source.mjs";

const { backoff } = (await importSources("backoff")).backoff;

const delays = (n, reconnectionDelay, reconnectionDelayMax, randomizationFactor) =>
  Array.from({ length: n }, (_, attempt) => backoff(attempt, { reconnectionDelay, reconnectionDelayMax, randomizationFactor }));

test("delays double up to the maximum", () => {
  assert.deepEqual(delays(6, 100, 1000, 0), [100, 200, 400, 800, 1000, 1000]);
});

test("jitter moves a delay both ways, at the maximum only down", () => {
  for (let i = 0; i < 200; i++) {
    const [first, second, third] = delays(3, 1000, 3000, 0.5);
    assert(first >= 500 && first <= 1500, first);
    assert(second >= 1000 && second <= 3000, second);
    assert(third >= 1500 && third <= 3000, third);
  }
  const capped = new Set(delays(100, 5000, 5000, 0.5));
  assert(capped.size > 50, "clients must not come back together");
});

test("jitter outside of (0, 1] means none", () => {
  for (const jitter of [-1, 0, 1.5, NaN]) assert.deepEqual(delays(3, 7, 50, jitter), [7, 14, 28]);
});

test("delays stay sane after thousands of attempts", () => {
  for (const delay of delays(3000, 1000, 5000, 0.5).slice(10)) assert(delay >= 2500 && delay <= 5000, delay);
});
