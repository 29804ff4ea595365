import "./helper.mjs";
import { runScenarios } from "./scenarios.mjs";
import * as client from "../dist/socket.io.esm.min.js";

runScenarios("socket.io.esm.min.js", client, { isOurs: true });
