// XMLHttpRequest polling, with the implementation for Node.js that the published client brings along.
import "./helper.mjs";
import xmlhttprequest from "xmlhttprequest-ssl";
import { runScenarios } from "./scenarios.mjs";
import * as client from "../dist/socket.io.esm.min.js";

globalThis.XMLHttpRequest = class {
  constructor() {
    const xhr = new xmlhttprequest.XMLHttpRequest();
    // Its abort() makes errors that nobody can catch. The server ends what is not aborted.
    xhr.abort = () => {};
    return xhr;
  }
};
runScenarios("socket.io.esm.min.js with XMLHttpRequest", client, { isOurs: true, modes: ["polling", "upgrade"] });
