import assert from "node:assert/strict";
import { test } from "node:test";
import { importSources } from "./source.mjs";

const { parseUrl } = (await importSources("url")).url;
const page = { protocol: "https:", host: "page.example:8443" };
const extension = { protocol: "chrome-extension:", host: "abcdef" };

// address, page, id, namespace, query
const CASES = [
  [undefined, page, "https://page.example:8443", "/"],
  ["", page, "https://page.example:8443", "/"],
  ["/", page, "https://page.example:8443", "/"],
  ["/chat", page, "https://page.example:8443", "/chat"],
  ["/chat?token=1", page, "https://page.example:8443", "/chat", "token=1"],
  ["?token=1", page, "https://page.example:8443", "/", "token=1"],
  ["//other.example/chat", page, "https://other.example:443", "/chat"],
  ["other.example:3000/chat", page, "https://other.example:3000", "/chat"],
  ["http://other.example", page, "http://other.example:80", "/"],
  ["https://other.example/", page, "https://other.example:443", "/"],
  ["https://other.example:443/", page, "https://other.example:443", "/"],
  ["ws://other.example/a/b?x=1&y=2#end", page, "ws://other.example:80", "/a/b", "x=1&y=2"],
  ["wss://other.example:1/", page, "wss://other.example:1", "/"],
  ["HTTP://Other.example:81", page, "http://other.example:81", "/"],
  ["http://user:secret@other.example/", page, "http://other.example:80", "/"],
  ["http://[::1]:3000/chat", page, "http://[::1]:3000", "/chat"],
  ["http://[fe80::1]", page, "http://[fe80::1]:80", "/"],
  ["http://other.example/комната", page, "http://other.example:80", "/комната"],
  ["//other.example", extension, "chrome-extension://other.example:80", "/"],
  ["localhost:3000", undefined, "https://localhost:3000", "/"],
  ["//localhost:3000", undefined, "https://localhost:3000", "/"],
  ["/chat", undefined, "https://localhost:443", "/chat"],
  [undefined, undefined, "https://localhost:443", "/"],
];

for (const [address, location, id, path, query] of CASES) {
  test(`address ${address}${location ? ` in ${location.protocol}//${location.host}` : ""}`, () => {
    const parsed = parseUrl(address, location);
    assert.deepEqual([parsed.id, parsed.path, parsed.query], [id, path, query]);
  });
}

test("ws and http, wss and https are told apart", () => {
  const isSecure = (address) => parseUrl(address, page).secure;
  assert.deepEqual(["http://x", "ws://x", "https://x", "wss://x", "x"].map(isSecure), [false, false, true, true, true]);
});
