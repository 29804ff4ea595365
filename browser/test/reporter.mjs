// Prints what failed, why tests were skipped, and how many there were of each.
export default async function* report(source) {
  let passed = 0;
  let failed = 0;
  const skipped = new Map();
  for await (const { type, data } of source) {
    if (type === "test:stderr" || type === "test:stdout") yield data.message;
    if (type === "test:pass" && data.skip) skipped.set(data.skip, (skipped.get(data.skip) ?? 0) + 1);
    else if (type === "test:pass") passed++;
    // A test that only contains failed ones says nothing new.
    if (type === "test:fail" && data.details.error.failureType !== "subtestsFailed") {
      failed++;
      const { cause = data.details.error } = data.details.error;
      yield `FAILED ${data.name}\n  at ${data.file}:${data.line}\n${String(cause?.stack ?? cause).replace(/^/gm, "    ")}\n`;
    }
  }
  for (const [reason, count] of skipped) yield `skipped ${count}: ${reason}\n`;
  yield `${passed} passed, ${failed} failed\n`;
}
