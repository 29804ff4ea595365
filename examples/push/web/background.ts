// Alerts while no page is open: the service worker, and the browser's push subscription.

/** Whether this browser can do it at all. On iOS only once the page is on the home screen. */
export const isPossible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** The subscription, if there is one that belongs to the server's key. */
export async function current(key: string): Promise<PushSubscription | undefined> {
  if (!isPossible || Notification.permission !== "granted") return undefined;
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return undefined;
  const itsKey = subscription.options.applicationServerKey;
  if (!itsKey || encode(itsKey) === key) return subscription;
  // The server has a new key: what was sent with it would be refused.
  await subscription.unsubscribe();
  return subscribe(key);
}

/** Asks for permission and subscribes. Rejects with an error whose text can be shown. */
export async function turnOn(key: string): Promise<PushSubscription> {
  if ((await Notification.requestPermission()) !== "granted") {
    throw new Error("The browser does not allow notifications from this page.");
  }
  return subscribe(key);
}

async function subscribe(key: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register("sw.js");
  const registration = await navigator.serviceWorker.ready;
  try {
    return await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (error) {
    throw new Error("The browser could not subscribe to its push service.", { cause: error });
  }
}

function encode(key: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(key)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
