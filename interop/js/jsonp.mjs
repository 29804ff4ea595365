// As much of a page as the JSONP transport of old clients touches: script elements that load and run what a server sends, and forms that
// are posted into an iframe. Everything else of the client is the unmodified npm package.
import http from "node:http";
import vm from "node:vm";

const agent = new http.Agent({ keepAlive: true });

function request(method, url, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" };
    const req = http.request(url, { method, headers, agent }, (res) => {
      const chunks = [];
      res.on("data", (chunk) => chunks.push(chunk));
      res.on("end", () => resolve({ status: res.statusCode, body: Buffer.concat(chunks).toString() }));
    });
    req.on("error", reject);
    req.end(body);
  });
}

class Element {
  children = [];
  style = {};

  constructor(tag) {
    this.tag = tag;
  }

  setAttribute() {}

  appendChild(child) {
    this.children.push(child);
    child.parentNode = this;
    if (child.tag === "script") child.run();
  }

  removeChild(child) {
    this.children = this.children.filter((other) => other !== child);
    child.parentNode = null;
    child.removed = true;
  }

  /** Loads a script and runs it, unless it was taken out of the page meanwhile. */
  async run() {
    try {
      const { status, body } = await request("GET", this.src);
      if (this.removed) return;
      if (status !== 200) throw new Error(`status ${status}`);
      vm.runInThisContext(body);
    } catch (err) {
      if (!this.removed) this.onerror?.(err);
    }
  }

  /** Posts a form, in the manner of a browser; its iframe has loaded with the answer, if there is one. */
  async submit() {
    const area = this.children.find(({ tag }) => tag === "textarea");
    const value = area.value.replace(/\r?\n/g, "\r\n");
    const posted = request("POST", this.action, `${area.name}=${encodeURIComponent(value).replaceAll("%20", "+")}`);
    if (await posted.catch(() => undefined)) this.children.find(({ tag }) => tag === "iframe")?.onload?.();
  }
}

/** Gives the process the document that the transport wants. */
export function installDocument() {
  globalThis.document ??= {
    head: new Element("head"),
    body: new Element("body"),
    createElement(tag) {
      if (tag.startsWith("<")) throw new Error("not an old Internet Explorer");
      return new Element(tag);
    },
    getElementsByTagName: () => [],
  };
}
