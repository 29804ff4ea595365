// What is shown beside the canvas: the best, the lag, and messages.

import { byId, inside, keyed, setText, clone } from "../../internal/web/dom.js";
import type { Entry, Stats } from "./protocol.js";
import type { World } from "./world.js";

const SHOWN = 6;
const SLOW_MS = 150;

export class Hud {
  private names = new Map<number, Entry>();

  constructor(private readonly world: World) {}

  nameOf(id: number): string {
    return this.names.get(id)?.name ?? "";
  }

  setRoster(list: Entry[]): void {
    this.names = new Map(list.map((entry) => [entry.id, entry]));
  }

  setStats({ jitter99, viewers }: Stats): void {
    setText(byId("server"), `server ±${(jitter99 / 1000).toFixed(1)} ms`);
    setText(byId("viewers"), viewers === 1 ? "1 here" : `${viewers} here`);
  }

  /** Called now and then, not for every picture. */
  render(): void {
    const { world } = this;
    const ships = [...(world.latest?.ships.values() ?? [])].sort((a, b) => b.score - a.score || a.id - b.id);
    const rank = ships.findIndex(({ id }) => id === world.me);
    const best = ships.slice(0, SHOWN);
    if (rank >= SHOWN) best.push(ships[rank]);
    keyed(byId("best"), best, ({ id }) => String(id), () => clone("t-score"), (line, { id, score }) => {
      const entry = this.names.get(id);
      setText(inside(line, ".rank"), String(ships.findIndex((ship) => ship.id === id) + 1));
      setText(inside(line, ".name"), entry?.name ?? "");
      setText(inside(line, ".score"), String(score));
      line.classList.toggle("mine", id === world.me);
      line.classList.toggle("bot", entry?.bot === true);
    });
    setText(byId("lag"), world.me ? `lag ${Math.round(world.lag)} ms` : "watching");
    byId("lag").classList.toggle("slow", world.lag > SLOW_MS);
    const isDead = world.me !== 0 && world.myShip?.health === 0;
    byId("message").hidden = !isDead;
  }
}
