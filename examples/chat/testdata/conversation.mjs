// A conversation to look at: what the screenshots show.

import { shoot } from "../../internal/browsertest/harness.mjs";

const people = ["Grace Hopper", "Alan Turing", "Barbara Liskov", "Ken Thompson"];
const me = "Ada Lovelace";

/** Brings everybody together and lets them talk. */
export async function conversation(signIn) {
  const all = Object.fromEntries(await Promise.all(people.map(async (name) => [name, await signIn(name)])));
  const star = await signIn(me, { viewport: { width: 1200, height: 760 } });
  conversation.star = star;
  conversation.typist = all["Grace Hopper"];
  await star.hasTransport("websocket");
  const say = async (who, text) => {
    const person = who === me ? star : all[who];
    await person.say(text);
    await person.tick(escape(text), "delivered", "seen");
    await star.reads(escape(text));
  };

  const visitRoom = async (person, name, enter) => {
    await enter(person.page);
    await person.page.getByRole("heading", { name }).waitFor();
    await person.page.getByRole("button", { name: "general" }).click();
    await person.page.getByRole("heading", { name: "general" }).waitFor();
  };
  const create = (name) => async (page) => {
    await page.getByLabel("Name of a new room").fill(name);
    await page.getByLabel("Name of a new room").press("Enter");
  };
  await visitRoom(star, "compilers", create("compilers"));
  await visitRoom(all["Ken Thompson"], "chess", create("chess"));
  for (const name of ["Grace Hopper", "Barbara Liskov"]) {
    await visitRoom(all[name], "compilers", (page) => page.getByRole("button", { name: "Join compilers" }).click());
  }

  await say("Grace Hopper", "Morning everyone! The new build is on staging.");
  await say("Grace Hopper", "I restarted the server twice meanwhile. Did anybody notice?");
  await say("Alan Turing", "A banner said “reconnecting” for a second, and then my message went out as if nothing had happened.");
  await say("Barbara Liskov", "And the order was kept?");
  await star.page.evaluate(pasteChart);
  await star.page.locator("#attachment img[src]").waitFor();
  await say(me, "Yes: twenty in a row, none lost, none twice.");
  await all["Alan Turing"].page.locator(".picture img[src]").waitFor();
  await say("Ken Thompson", "How much code is that?");
  await say("Alan Turing", "Read events.go first, it is the whole protocol on one page.");
  await say(me, "Then chat.go. Ten minutes, with a cup of tea.");

  for (const [who, room, text] of [
    ["Alan Turing", "random", "Anyone up for a walk at noon?"],
    ["Alan Turing", "random", "It stopped raining."],
    ["Barbara Liskov", "compilers", "I have a question about substitution…"],
  ]) {
    const { page } = all[who];
    await page.getByRole("button", { name: new RegExp(`^${room}`) }).click();
    await page.getByRole("heading", { name: room }).waitFor();
    await all[who].say(text);
    await all[who].tick(escape(text), "delivered", "seen");
  }
  await star.page.getByRole("button", { name: "random, 2 unread" }).waitFor();
  await star.page.getByRole("button", { name: "compilers, 1 unread" }).waitFor();
}

/** Takes a picture while somebody is typing. */
conversation.shoot = async (name) => {
  await conversation.typist.typesUntilSeenBy(conversation.star);
  await shoot(conversation.star.page, name);
};

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Runs in a page: pastes a picture of a curve. */
async function pasteChart() {
  const canvas = new OffscreenCanvas(640, 220);
  const context = canvas.getContext("2d");
  const sky = context.createLinearGradient(0, 0, 0, 220);
  sky.addColorStop(0, "#123b34");
  sky.addColorStop(1, "#0b1f1c");
  context.fillStyle = sky;
  context.fillRect(0, 0, 640, 220);
  context.strokeStyle = "#ffffff18";
  for (let y = 40; y < 220; y += 45) context.strokeRect(-1, y, 642, 0);
  for (const [height, colour] of [[70, "#45c4ad"], [38, "#ffcf70"]]) {
    context.beginPath();
    for (let x = 0; x <= 640; x += 4) {
      const noise = Math.sin(x / 23) * 8 + Math.sin(x / 7) * 3;
      const restart = Math.exp(-(((x - 330) / 26) ** 2)) * height;
      context.lineTo(x, 150 - height - noise + restart);
    }
    context.strokeStyle = colour;
    context.lineWidth = 3;
    context.stroke();
  }
  context.fillStyle = "#ffffffc0";
  context.font = "600 17px sans-serif";
  context.fillText("messages per second, with a restart", 22, 32);
  const clipboard = new DataTransfer();
  clipboard.items.add(new File([await canvas.convertToBlob()], "chart.png", { type: "image/png" }));
  document.dispatchEvent(Object.assign(new Event("paste", { cancelable: true }), { clipboardData: clipboard }));
}
