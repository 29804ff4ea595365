import assert from "node:assert/strict";
import { test } from "node:test";
import { importSource } from "./helper.mjs";

const { parseUrl, parseQuery } = await importSource("url.ts");
const page = { protocol: "https:", host: "page.example:8443", hostname: "page.example", port: "8443" };

// address, in a page?, id, namespace, query
const CASES = [
  [undefined, page, "https://page.example:8443", "/", ""],
  ["", page, "https://page.example:8443", "/", ""],
  ["/chat", page, "https://page.example:8443", "/chat", ""],
  ["/chat?token=1", page, "https://page.example:8443", "/chat", "token=1"],
  ["//other.example/chat", page, "https://other.example:443", "/chat", ""],
  ["other.example:3000/chat", page, "https://other.example:3000", "/chat", ""],
  ["http://other.example", page, "http://other.example:80", "/", ""],
  ["https://other.example/", page, "https://other.example:443", "/", ""],
  ["ws://other.example/a/b?x=1&y=2#end", page, "ws://other.example:80", "/a/b", "x=1&y=2"],
  ["wss://other.example:1/", page, "wss://other.example:1", "/", ""],
  ["HTTP://Other.example:81", page, "http://Other.example:81", "/", ""],
  ["http://user:secret@other.example/", page, "http://other.example:80", "/", ""],
  ["http://[::1]:3000/chat", page, "http://[::1]:3000", "/chat", ""],
  ["http://[fe80::1]", page, "http://[fe80::1]:80", "/", ""],
  ["localhost:3000", undefined, "https://localhost:3000", "/", ""],
  ["//localhost:3000", undefined, "https://localhost:3000", "/", ""],
  ["http://localhost/комната", undefined, "http://localhost:80", "/комната", ""],
  [undefined, undefined, "http://localhost:80", "/", ""],
];

for (const [address, location, id, path, query] of CASES) {
  test(`address ${address}${location ? " in a page" : ""}`, () => {
    const parsed = parseUrl(address, location);
    assert.deepEqual([parsed.id, parsed.path, parsed.query], [id, path, query]);
    assert.equal(parsed.id, `${parsed.protocol}://${parsed.host}:${parsed.port}`);
  });
}

test("a query string", () => {
  assert.deepEqual(parseQuery("a=1&b=x%20y&a=2&c=d=e&f"), { a: "2", b: "x y", c: "d=e", f: "" });
});
