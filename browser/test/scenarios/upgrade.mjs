// Moving to a better transport, and what happens when there is none.
import { ask, assert, connected, equal, movedTo, next, until } from "../kit.mjs";
import { scenario } from "./registry.mjs";

const ONLY = { modes: ["upgrade"] };

scenario("stays where it is when told to", ONLY, async (t) => {
  const socket = await connected(t.io(t.url, { upgrade: false }));
  socket.io.engine.on("upgrading", () => assert(false, "it moves"));
  for (let i = 0; i < 5; i++) await ask(socket, "echo", i);
  equal(socket.io.engine.transport.name, "polling");
});

scenario("goes on with polling when WebSockets are blocked", ONLY, async (t) => {
  await t.net("block");
  const socket = t.io();
  const [err] = await next(socket.io.engine, "upgradeError");
  assert(err instanceof Error);
  equal(err.transport, "websocket");
  await connected(socket);
  equal(await ask(socket, "echo", "all the same"), ["all the same"]);
  equal([socket.io.engine.transport.name, socket.connected], ["polling", true]);
});

scenario("tries the other transports only when told to", ONLY, async (t) => {
  await t.net("block");
  const transports = ["websocket", "polling"];
  const [err] = await next(t.io(t.url, { transports, reconnection: false }), "connect_error");
  equal(err.message, "websocket error");
  const socket = await connected(t.io(t.url, { transports, tryAllTransports: true, reconnection: false }));
  equal(socket.io.engine.transport.name, "polling");
});

scenario("remembers that the upgrade worked", { ...ONLY, isAlone: true }, async (t) => {
  await movedTo(await connected(t.io()), "websocket");
  const socket = t.io(t.url, { rememberUpgrade: true });
  equal(socket.io.engine.transport.name, "websocket");
  await connected(socket);
});

scenario("takes transports as classes", ONLY, async (t) => {
  const { Fetch, WebSocket } = t.client;
  if (!Fetch) t.skip("a script has no exports");
  for (const opts of [{ transports: [Fetch] }, { transportImplementations: [Fetch] }]) {
    const socket = await connected(t.io(t.url, opts));
    assert(socket.io.engine.transport instanceof Fetch);
    equal(await ask(socket, "echo", "x"), ["x"]);
  }
  const socket = await connected(t.io(t.url, { transportImplementations: [Fetch, WebSocket] }));
  await movedTo(socket, "websocket");
  assert(socket.io.engine.transport instanceof WebSocket);
});

scenario("delivers what was emitted before it is closed in the middle of an upgrade", ONLY, async (t) => {
  const watcher = await connected(t.io());
  const socket = await connected(t.io(t.url, { reconnection: false }));
  const got = next(watcher, "msg");
  await ask(watcher, "join", `of ${socket.id}`);
  const { engine } = socket.io;
  await until(engine, "upgrading", () => engine.upgrading || engine.transport.name === "websocket");
  socket.emit("room", `of ${socket.id}`, "last words");
  // The published server drops events that arrive together with the word that leaves a namespace.
  if (t.server === "npm") engine.close();
  else socket.disconnect();
  equal(await got, ["last words"]);
});

scenario("gives transports their own options", ONLY, async (t) => {
  const [err] = await next(t.io(t.url, { transportOptions: { polling: { path: "/nowhere/" } } }), "connect_error");
  equal(err.message, t.pollError);
});
