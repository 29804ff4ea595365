// The service worker: it runs when a push message comes, whether a page is open or not.

import type { Alert } from "./protocol.js";

declare const self: ServiceWorkerGlobalScope;

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(show(event.data.json()));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});

async function show({ id, from, topic, title, body, at }: Alert): Promise<void> {
  await self.registration.showNotification(title, {
    body: [body, topic ? `#${topic} · ${from}` : `from ${from}`].filter(Boolean).join("\n"),
    tag: `alert-${id}`, // a repetition replaces the first one
    icon: "icon.svg",
    data: { at },
  });
}

/** Shows the page that is there, or opens one. */
async function openPage(): Promise<void> {
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (page) await page.focus();
  else await self.clients.openWindow(self.registration.scope);
}
