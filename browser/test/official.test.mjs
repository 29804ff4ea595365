// The control: the published client must pass the same scenarios.
import * as client from "socket.io-client";
import { runScenarios } from "./scenarios.mjs";

runScenarios("socket.io-client", client, { isOurs: false });
