// Who this browser is. All of its tabs are the same user, also tomorrow.

export interface Identity {
  name: string;
  /** A secret that proves to the server that the name is ours. */
  token: string;
}

const KEY = "push.identity";

export function savedIdentity(): Identity | undefined {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

export function saveIdentity(identity: Identity): void {
  localStorage.setItem(KEY, JSON.stringify(identity));
}

/** A new identity, whose token nobody can guess. */
export function newIdentity(name: string): Identity {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { name, token: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}
