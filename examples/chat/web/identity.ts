// Who this page is. Kept for the tab, so that a reload does not sign out.

export interface Identity {
  name: string;
  /** A secret that proves to the server that the name is ours. */
  token: string;
}

const KEY = "chat.identity";

/** A random name that nobody can guess. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function savedIdentity(): Identity | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

export function saveIdentity(identity: Identity | undefined): void {
  if (identity) sessionStorage.setItem(KEY, JSON.stringify(identity));
  else sessionStorage.removeItem(KEY);
}
