/**
 * Calls fn when waiting any longer makes no sense: the network is back, or the page is seen again after it was hidden or
 * frozen. Returns what stops that. Does nothing outside of pages and workers.
 */
export function onWake(fn: () => void): () => void {
  const { addEventListener: add, removeEventListener: remove, document } = globalThis;
  if (typeof add !== "function") return () => {};
  const onVisible = () => {
    if (!document.hidden) fn();
  };
  add("online", fn);
  add("pageshow", fn);
  document?.addEventListener("visibilitychange", onVisible);
  return () => {
    remove("online", fn);
    remove("pageshow", fn);
    document?.removeEventListener("visibilitychange", onVisible);
  };
}
