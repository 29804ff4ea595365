// People in the arena. Run by browser_test.go, which starts the server.

import assert from "node:assert/strict";
import { atBest, command, play, shoot, visit, Visitor } from "../../internal/browsertest/harness.mjs";

const PIXEL = 16;

class Pilot extends Visitor {
  async join() {
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByRole("button", { name: "Fly" }).click();
    await this.flies();
  }

  /** Waits until the server shows our ship; returns its id. */
  async flies() {
    await this.until(() => arena.world.myShip?.health > 0);
    return this.page.evaluate(() => arena.world.me);
  }

  /** Waits until somebody's ship rests. */
  async rests(id) {
    await this.until((id) => {
      const ship = arena.world.latest?.ships.get(id);
      return ship?.health > 0 && ship.vx === 0 && ship.vy === 0;
    }, id);
  }

  async hold(key, ticks) {
    await this.page.keyboard.down(key);
    const tick = await this.page.evaluate(() => arena.world.latest.tick);
    await this.until((until) => arena.world.latest.tick >= until, tick + ticks);
    await this.page.keyboard.up(key);
  }

  /** The colours of points all over the canvas. */
  async colours() {
    return this.page.evaluate(() => {
      const canvas = document.querySelector("#arena");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const found = new Set();
      for (let i = 0; i < data.length; i += 4 * 7) found.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      return found.size;
    });
  }
}

/** Small, because every frame of it is drawn without a graphics card. */
const watch = (name, options) => visit(name, { Class: Pilot, viewport: { width: 720, height: 450 }, ...options });

async function arrive(name, options) {
  const pilot = await watch(name, options);
  await pilot.join();
  return pilot;
}

/** Runs in a page before everything else: remembers when a key was last pressed. */
function watchKeys() {
  addEventListener("keydown", () => (window.pressedAt = Date.now()), true);
}

/** Runs in a page: where a ship is drawn. */
const placeOf = (id) => arena.ships().find((ship) => ship.id === id);

/** Runs in a page: the time when a ship is drawn somewhere else than before, or never. */
async function timeOfMove({ id, x, y }) {
  const end = Date.now() + 3000;
  for (;;) {
    const ship = arena.ships().find((ship) => ship.id === id);
    if (Math.hypot(ship.x - x, ship.y - y) > 4 * 16) return Date.now();
    if (Date.now() > end) return Infinity;
    await new Promise(requestAnimationFrame);
  }
}

const scenarios = {
  // From a key to what the other one sees; and where the own ship is predicted to be, it is.
  async fly() {
    const [ada, ben] = await Promise.all([arrive("Ada", { init: watchKeys }), arrive("Ben")]);
    const id = await ada.flies();
    await atBest("a key moves the ship on the other screen", { below: 250, unit: "ms", tries: 12 }, async () => {
      await ben.rests(id);
      const before = await ben.page.evaluate(placeOf, id);
      const key = before.x > 1200 * PIXEL ? "ArrowLeft" : "ArrowRight";
      const moved = ben.page.evaluate(timeOfMove, before);
      await ada.page.keyboard.down(key);
      const ms = (await moved) - (await ada.page.evaluate(() => window.pressedAt));
      await ada.page.keyboard.up(key);
      return ms;
    });

    await atBest("a flight", { below: 1, unit: "wrong predictions", tries: 10 }, async () => {
      const before = await ada.page.evaluate(() => arena.world.corrections);
      for (const key of ["KeyW", "KeyD", "ArrowDown", "Space"]) await ada.hold(key, 12);
      return (await ada.page.evaluate(() => arena.world.corrections)) - before;
    });
    await ada.until(() => /^lag \d+ ms$/.test(document.querySelector("#lag").textContent));
    assert.ok((await ada.colours()) > 5, "the canvas is blank");
  },

  // Everybody sees the same world, also who only watches.
  async world() {
    const [ada, ben, cy] = await Promise.all([arrive("Ada"), arrive("Ben"), watch("Cy")]);
    await ada.hold("KeyD", 30);
    const last = await ben.page.evaluate(() => arena.world.latest.tick);
    for (const { page } of [ada, cy]) await page.waitForFunction((tick) => arena.world.latest.tick > tick, last, { polling: 50 });
    const [seen, ...others] = await Promise.all([ada, ben, cy].map(({ page }) => page.evaluate(() => [...arena.world.hashes])));
    for (const hashes of others.map((list) => new Map(list))) {
      const common = seen.filter(([tick]) => hashes.has(tick));
      assert.ok(common.length >= 10, `${common.length} ticks in common`);
      for (const [tick, hash] of common) assert.equal(hashes.get(tick), hash, `tick ${tick}`);
    }
    for (const pilot of [ada, ben, cy]) {
      assert.equal(await pilot.page.evaluate(() => arena.world.mismatches), 0, "not what the server has summed up");
      assert.ok((await pilot.colours()) > 8, "the canvas is blank");
    }
    await ben.until(() => document.querySelectorAll("#best .bot").length >= 4);
    await ben.page.locator("#server", { hasText: "ms" }).waitFor();
  },

  // A page that sends more than it may, and what it may not.
  async cheat() {
    const [ada, ben] = await Promise.all([arrive("Ada"), arrive("Ben")]);
    const id = await ada.flies();
    await ben.rests(id);
    const flight = ben.page.evaluate(async (id) => {
      const places = [];
      while (places.length < 60) {
        const { tick, ships } = arena.world.latest;
        const { x, y } = ships.get(id);
        if (places.at(-1)?.tick !== tick) places.push({ tick, x, y });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return places;
    }, id);
    await ada.page.evaluate((id) => {
      const { socket } = arena;
      for (const strange of [null, "x", { seq: "1" }, { seq: 1e9, keys: 8 }, { seq: 5e8, keys: 999 }, { seq: -1, keys: 8 }]) socket.emit("input", strange);
      socket.emit("teleport", { id, x: 0, y: 0 });
      socket.emit("snapshot", new Uint8Array(20));
      for (let i = 1; i <= 3000; i++) socket.emit("input", { seq: 1e9 + i, keys: 8 });
    }, id);
    const places = await flight;
    for (let i = 1; i < places.length; i++) {
      const [from, to] = [places[i - 1], places[i]];
      const pixels = Math.hypot(to.x - from.x, to.y - from.y) / PIXEL;
      assert.ok(pixels <= (to.tick - from.tick) * 2 * 7.5, `${pixels} pixels in ${to.tick - from.tick} ticks`);
    }
    console.log(`3000 inputs at once moved the ship by ${(places.at(-1).x - places[0].x) / PIXEL} pixels`);
  },

  // The pages go on as soon as there is a server again.
  async restart() {
    const [ada, ben] = await Promise.all([arrive("Ada"), arrive("Ben")]);
    await command("stop");
    await ada.page.getByText("Connection lost").waitFor();
    await command("start");
    await ada.page.getByText("Connection lost").waitFor({ state: "hidden" });
    const id = await ada.flies();
    await ben.until((id) => arena.world.latest?.ships.has(id) && arena.world.myShip, id);
    await ada.page.locator("#best").waitFor();
  },

  async screenshots() {
    const ada = await arrive("Ada", { viewport: { width: 1100, height: 700 }, reducedMotion: "no-preference" });
    await arrive("Grace");
    await arrive("Alan");
    // To where there is something to see.
    for (let i = 0; i < 12; i++) {
      const { keys, near } = await ada.page.evaluate(() => {
        const { x, y, id } = arena.world.myShip;
        const others = arena.ships().filter((ship) => ship.health && ship.id !== id).map((ship) => ({ dx: ship.x - x, dy: ship.y - y }));
        const distance = ({ dx, dy }) => Math.hypot(dx, dy);
        const [{ dx, dy }] = others.sort((a, b) => distance(a) - distance(b));
        const keys = [Math.abs(dx) > 1000 && (dx > 0 ? "KeyD" : "KeyA"), Math.abs(dy) > 1000 && (dy > 0 ? "KeyS" : "KeyW")];
        return { keys: keys.filter(Boolean), near: others.filter((other) => distance(other) < 400 * 16).length };
      });
      if (near >= 2) break;
      for (const key of keys.slice(1)) await ada.page.keyboard.down(key);
      await ada.hold(keys[0] ?? "KeyD", 10);
      for (const key of keys.slice(1)) await ada.page.keyboard.up(key);
    }
    await ada.flies();
    await ada.page.keyboard.down("Space");
    for (const colorScheme of ["dark", "light"]) {
      await ada.page.emulateMedia({ colorScheme });
      await ada.flies();
      await ada.hold("KeyD", 8);
      await shoot(ada.page, `game-${colorScheme}`);
    }
    await ada.page.keyboard.up("Space");
    await ada.page.emulateMedia({ colorScheme: "dark" });
    await ada.page.setViewportSize({ width: 390, height: 700 });
    await ada.flies();
    await ada.hold("KeyA", 8);
    await shoot(ada.page, "game-narrow");
  },
};

await play(scenarios);
