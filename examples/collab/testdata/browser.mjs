// Several people write in one document. Run by browser_test.go, which starts the server.

import assert from "node:assert/strict";
import { command, play, serverState, shoot, visit, Visitor } from "../../internal/browsertest/harness.mjs";

class Writer extends Visitor {
  get editor() {
    return this.page.getByRole("textbox", { name: "Document", exact: true });
  }

  async text() {
    return this.page.evaluate(() => notes.text.toString());
  }

  /** Waits until the server has everything, or until we know that it does not. */
  async status(want) {
    await this.until((want) => document.body.dataset.status === want, want);
  }

  /** Types at the beginning or the end of the document. */
  async type(text, { atStart = false } = {}) {
    await this.editor.press(atStart ? "Control+Home" : "Control+End");
    await this.editor.pressSequentially(text, { delay: 5 });
  }

  async sees(text) {
    await this.until((want) => notes.text.toString().includes(want), text);
  }

  async seesPeople(...names) {
    await this.until((want) => [...document.querySelectorAll("#people li")].map((li) => li.title).sort().join() === want, names.sort().join());
  }

  /** Waits until we see somebody's cursor. */
  async seesCursor(name) {
    await this.page.locator(".cm-ySelectionInfo", { hasText: name }).waitFor({ state: "attached" });
  }
}

async function arrive(name, options) {
  const writer = await visit(name, { Class: Writer, path: "#notes", ...options });
  await writer.page.getByLabel("Your name").fill(name);
  await writer.status("saved");
  return writer;
}

/** Waits until everybody has the same text, and returns it. */
async function agree(...writers) {
  for (const writer of writers) await writer.status("saved");
  for (;;) {
    const [first, ...others] = await Promise.all(writers.map((writer) => writer.text()));
    if (others.every((text) => text === first)) return first;
  }
}

const scenarios = {
  // Two type at the same time, and somebody joins later.
  async together() {
    const [ada, ben] = await Promise.all([arrive("Ada"), arrive("Ben")]);
    await ada.seesPeople("Ada (you)", "Ben");
    await ada.type("The middle.\n");
    await ben.sees("The middle.");
    const [above, below] = ["Ada writes above. ", "Ben writes below. "].map((words) => words.repeat(4));
    await Promise.all([ada.type(above, { atStart: true }), ben.type(below)]);
    assert.equal(await agree(ada, ben), `${above}The middle.\n${below}`);
    await Promise.all([ada.seesCursor("Ben"), ben.seesCursor("Ada")]);

    // In the same place, letter by letter: whatever comes out, it is the same for both.
    await Promise.all([ada.type("aaaaaaaaaa"), ben.type("bbbbbbbbbb")]);
    const text = await agree(ada, ben);
    assert.equal(text.replace(/[^a]/g, "").length - (above + "The middle.").replace(/[^a]/g, "").length, 10);

    const cy = await arrive("Cy");
    assert.equal(await agree(ada, ben, cy), text);
    await cy.seesPeople("Ada", "Ben", "Cy (you)");
    await ben.page.close();
    await cy.seesPeople("Ada", "Cy (you)");

    // Undo takes back only what we did.
    await ada.type("!");
    await cy.sees("!");
    await cy.type("?");
    await ada.sees("?");
    await ada.editor.press("Control+z");
    assert.ok(!(await agree(ada, cy)).includes("!"));
    assert.ok((await cy.text()).endsWith("?"));
  },

  // One has no network for a while, another chooses to work without.
  async offline() {
    const [ada, ben] = await Promise.all([arrive("Ada"), arrive("Ben")]);
    await ada.type("Shopping\n");
    await ben.sees("Shopping");
    await ben.page.context().setOffline(true);
    await ben.status("offline");
    await ada.seesPeople("Ada (you)");
    await ben.type("bread and ");
    await ben.type("butter");
    await ada.type("For Sunday: ", { atStart: true });
    await ada.status("saved");
    assert.equal(await ada.text(), "For Sunday: Shopping\n");
    assert.equal(await ben.text(), "Shopping\nbread and butter");
    await ben.page.context().setOffline(false);
    await ada.sees("butter");
    assert.equal(await agree(ada, ben), "For Sunday: Shopping\nbread and butter");
    await ada.seesPeople("Ada (you)", "Ben");

    await ada.page.getByRole("switch", { name: "Work offline" }).check();
    await ada.status("offline");
    await ada.type(", milk");
    await ben.type("?", { atStart: true });
    await ada.page.getByRole("switch", { name: "Work offline" }).uncheck();
    await ben.sees("milk");
    assert.equal(await agree(ada, ben), "?For Sunday: Shopping\nbread and butter, milk");
    await ben.seesCursor("Ada");
  },

  // A long history becomes short, and a new page gets all of the text.
  async compact() {
    const [ada, ben] = await Promise.all([arrive("Ada"), arrive("Ben")]);
    await ada.page.evaluate(() => {
      for (let i = 0; i < 2000; i++) notes.text.insert(i % 2 ? notes.text.length : 0, `${i} `);
    });
    const text = await agree(ada, ben);
    const { notes } = await serverState();
    assert.ok(notes.seq === 2000 && notes.seq - notes.base <= 500, JSON.stringify(notes));
    console.log(`2000 updates are ${notes.bytes} bytes now, for ${text.length} characters`);
    const cy = await arrive("Cy");
    assert.equal(await agree(ben, cy), text);
    await cy.type("the end");
    await ada.sees("the end");
  },

  // The server forgets, the pages do not.
  async restart() {
    const [ada, ben] = await Promise.all([arrive("Ada"), arrive("Ben")]);
    await ada.type("Remember me. ");
    await ben.sees("Remember me.");
    await command("stop");
    await Promise.all([ada.status("offline"), ben.status("offline")]);
    await ben.type("And me.");
    await command("start");
    await ada.sees("And me.");
    assert.equal(await agree(ada, ben), "Remember me. And me.");
    const cy = await arrive("Cy");
    assert.equal(await agree(ada, cy), "Remember me. And me.");
  },

  async screenshots() {
    const ada = await arrive("Ada Lovelace", { viewport: { width: 1000, height: 700 }, path: "#release-notes" });
    const lines = [
      "What is new", "",
      "Several people can write here at the same time. Every cursor has a name, and undo takes back only what you did yourself.", "",
      "Nobody has to be online for that. Changes wait until there is a connection, and then they are merged, not overwritten.", "",
      "The server does not understand any of this: it keeps a log of changes, passes them on, and now and then asks a page to make it shorter.", "",
      "To do",
      "- ask Grace about the introduction",
      "- a picture of the whole",
    ];
    await ada.page.evaluate((text) => notes.text.insert(0, text), lines.join("\n"));
    const others = [];
    for (const [name, line] of [["Grace Hopper", 4], ["Alan Turing", 10]]) {
      const other = await arrive(name, { path: "#release-notes" });
      await other.sees("a picture of the whole");
      await other.editor.press("Control+Home");
      for (let i = 0; i < line; i++) await other.editor.press("ArrowDown");
      await other.editor.press("End");
      if (name === "Alan Turing") for (let i = 0; i < 9; i++) await other.editor.press("Shift+Control+ArrowLeft");
      await ada.seesCursor(name);
      others.push(other);
    }
    await ada.seesPeople("Ada Lovelace (you)", "Alan Turing", "Grace Hopper");
    for (const colorScheme of ["light", "dark"]) {
      await ada.page.emulateMedia({ colorScheme });
      await shoot(ada.page, `collab-${colorScheme}`);
    }
    await ada.page.setViewportSize({ width: 390, height: 700 });
    await shoot(ada.page, "collab-narrow");
  },
};

await play(scenarios);
