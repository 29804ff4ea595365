export const MODES = ["polling", "websocket", "upgrade"];
export const scenarios = [];

/**
 * Adds a scenario: run(world) throws when the server is wrong.
 *
 * modes: the transport modes it means something in (default: all).
 * own: flags of a fixture started for it alone; without it the scenario shares one fixture with all others of its mode
 *      and must not disturb them: namespaces /a … /h belong to one scenario each, rooms and names carry its name.
 */
export function scenario(name, { modes = MODES, own } = {}, run) {
  if (scenarios.some((other) => other.name === name)) throw new Error(`two scenarios named "${name}"`);
  scenarios.push({ name, modes, own, run });
}
