// push/web/sw.ts
self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => {
  if (event.data) event.waitUntil(show(event.data.json()));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});
async function show({ id, from, topic, title, body, at }) {
  await self.registration.showNotification(title, {
    body: [body, topic ? `#${topic} · ${from}` : `from ${from}`].filter(Boolean).join("\n"),
    tag: `alert-${id}`,
    // a repetition replaces the first one
    icon: "icon.svg",
    data: { at }
  });
}
async function openPage() {
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (page) await page.focus();
  else await self.clients.openWindow(self.registration.scope);
}
