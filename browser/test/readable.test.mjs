import { requireDist } from "./helper.mjs";
import { runScenarios } from "./scenarios.mjs";

runScenarios("socket.io.js", requireDist("socket.io.js"), { isOurs: true });
