// Several namespaces over one connection.
import { ask, assert, connected, equal, next } from "../kit.mjs";
import { scenario } from "./registry.mjs";

const SHARED = { forceNew: false };

scenario("shares one connection between namespaces", async (t) => {
  const [main, chat] = [t.io(t.url, SHARED), t.io(`${t.url}/chat`, SHARED)];
  assert(main.io instanceof t.client.Manager);
  assert(main instanceof t.client.Socket);
  assert(main.io === chat.io, "not shared");
  equal([main.nsp, chat.nsp], ["/", "/chat"]);
  const welcome = next(chat, "welcome");
  await Promise.all([connected(main), connected(chat)]);
  assert(main.id !== chat.id);
  equal(await welcome, [{ id: chat.id }]);
  equal((await ask(chat, "whoami"))[0].nsp, "/chat");
  // One leaves, the other one stays.
  chat.disconnect();
  equal(await ask(main, "echo", "still here"), ["still here"]);
  chat.connect();
  await next(chat, "connect");
});

scenario("opens another connection for the same namespace, and when told to", async (t) => {
  const first = t.io(t.url, SHARED);
  for (const [path, opts] of [["/", {}], ["/c", { forceNew: true }], ["/d", { multiplex: false }], ["/e", { "force new connection": true }]]) {
    const socket = t.io(t.url + path, { ...SHARED, ...opts });
    assert(socket.io !== first.io, path);
    await connected(socket);
  }
  assert(t.io(`${t.url}/f`, SHARED).io === first.io, "shared");
});

scenario("closes the connection with its last socket, and opens it with the first", async (t) => {
  const [main, chat] = [t.io(t.url, SHARED), t.io(`${t.url}/chat`, SHARED)];
  await Promise.all([connected(main), connected(chat)]);
  const { engine } = main.io;
  main.disconnect();
  equal(engine.readyState, "open");
  const closed = next(main.io, "close");
  chat.disconnect();
  equal((await closed)[0], "forced close");
  await connected(chat.connect());
  equal(main.connected, false);
  assert(chat.io.engine !== engine);
});

scenario("reconnects all namespaces, but not those that were disconnected", async (t) => {
  const [main, chat, gone] = ["/", "/chat", "/g"].map((path) => t.io(t.url + path, SHARED));
  await Promise.all([main, chat, gone].map(connected));
  gone.disconnect();
  await Promise.all([next(chat, "disconnect"), t.lose(main)]);
  await Promise.all([main, chat].map(connected));
  equal([gone.active, gone.connected], [false, false]);
});

scenario("joins a namespace while another one is refused", async (t) => {
  const [auth, main] = [t.io(`${t.url}/auth`, SHARED), t.io(t.url, SHARED)];
  const [[err]] = await Promise.all([next(auth, "connect_error"), connected(main)]);
  equal(err.message, "unauthorized");
  equal(await ask(main, "echo", 1), [1]);
});

scenario("gives sockets by the manager's method", async (t) => {
  const manager = new t.client.Manager(t.url, { autoConnect: false });
  const socket = manager.socket("/h");
  assert(manager.socket("/h") === socket, "one socket per namespace");
  equal([socket.nsp, socket.active], ["/h", false]);
  await connected(socket.connect());
  socket.disconnect();
});
