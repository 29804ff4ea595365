// The forms of an address.
import { connected, equal } from "../kit.mjs";
import { scenario } from "./registry.mjs";

const nspOf = async (t, url, opts) => {
  const socket = await connected(t.io(url, opts));
  socket.disconnect();
  return socket.nsp;
};

scenario("takes the forms of an address", async (t) => {
  const host = t.url.slice("http://".length);
  equal(await nspOf(t, `http://${host}`), "/");
  equal(await nspOf(t, `http://${host}/`), "/");
  equal(await nspOf(t, `http://${host}/chat`), "/chat");
  equal(await nspOf(t, `ws://${host}/chat?x=1`), "/chat");
  equal(await nspOf(t, `http://user:password@${host}/a`), "/a");
});

scenario("takes the scheme of the page", { platform: "browser" }, async (t) => {
  const host = t.url.slice("http://".length);
  equal(await nspOf(t, host), "/");
  equal(await nspOf(t, `//${host}/chat`), "/chat");
  equal(await nspOf(t, `${host}/a?x=1`), "/a");
});

scenario("takes the parts of an address as options of the manager", async (t) => {
  const { hostname, port } = new URL(t.url);
  const manager = new t.client.Manager({ host: hostname, port, secure: false, autoConnect: false });
  const socket = await connected(manager.socket("/").connect());
  socket.disconnect();
});

scenario("puts the path of an address nowhere but into the namespace", async (t) => {
  const socket = t.io(`${t.url}/b`, { path: "/socket.io" });
  await connected(socket);
  equal([socket.nsp, socket.io.opts.path], ["/b", "/socket.io"]);
});

scenario("knows that the same address is the same server", async (t) => {
  const { port } = new URL(t.url);
  const opts = { autoConnect: false, forceNew: false };
  const first = t.io(`http://127.0.0.1:${port}/`, opts);
  equal(t.io(`http://127.0.0.1:${port}/x?a=b`, opts).io === first.io, true);
  equal(t.io(`http://127.0.0.1:${port}/y`, { ...opts, path: "/other" }).io === first.io, false);
  equal(t.io(`https://127.0.0.1:${port}/z`, opts).io === first.io, false);
});
