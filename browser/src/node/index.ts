// The whole client, for Node.js.
import "../index.js";

export * from "./full.js";
export { default } from "../core.js";
