// The list of scenarios: what an application sees, from the client's side alone. Each one runs over our builds and over the
// published client, which shows that it asks for nothing the published client does not do; in Node.js and in Chromium; with
// our server and with the published one; and with each transport.

export const scenarios = [];

/**
 * Adds a scenario. Options:
 *   flavour   the server it wants: "pinging" with many pings, "deaf" with little patience for answers, "narrow" with a
 *             limit of 1,000 bytes for a message, or "recovering" lost connections
 *   isAlone   it looks at something that all connections share
 *   modes     the transports it is about; all unless given
 *   isOurs    it asks for what only our client does
 *   platform  node or browser, when it is about one of them
 */
export function scenario(name, options, run = options) {
  scenarios.push({ ...(run === options ? {} : options), name, run });
}

export const MODES = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: {},
};
