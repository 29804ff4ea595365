export const MODES = ["polling", "websocket", "upgrade"];
export const scenarios = [];

/**
 * Adds a scenario: run(world) throws when the server is wrong.
 *
 * proves: identifiers of the behaviours it proves, separated by spaces.
 * modes: the transport modes it means something in (default: all).
 * needs: what a client must be able to do, see clients.mjs (default: nothing special).
 * clients: the clients it is about, where it is about some only.
 * own: flags of a fixture started for it alone; without it the scenario shares one fixture with all others of its client and mode
 *      and must not disturb them: namespaces /a … /h belong to one scenario each, rooms and names carry its name.
 */
export function scenario(name, { proves = "", modes = MODES, needs = [], clients, own } = {}, run) {
  if (scenarios.some((other) => other.name === name)) throw new Error(`two scenarios named "${name}"`);
  scenarios.push({ name, proves: proves.split(" ").filter(Boolean), modes, needs, clients, own, run });
}
