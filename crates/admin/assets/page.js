// Keeps what is marked `data-live` as it is at the gateway. Without it a page is right when it is loaded.
(() => {
  "use strict";
  const live = document.querySelectorAll("[data-live][id]");
  if (!live.length) return;
  const link = document.getElementById("link");
  // Nobody reads faster, and pages of large teams cost the gateway something.
  const PAUSE = 1000;
  // Of a one-time link that shows nothing any more.
  const GONE = 410;
  let events, isAsking = false, isOver = false, isStale = false;

  const lost = (is) => {
    if (!link || link.hidden === !is) return;
    link.hidden = !is;
    link.textContent = is ? link.dataset.lost : "";
  };

  const options = (field) => [...(field.options || [])];
  // What a field holds as it comes.
  const before = (field) => {
    if (!field.options) return field.defaultValue;
    return (options(field).find((it) => it.defaultSelected) || field.options[0])?.value;
  };

  // What somebody chose or wrote, and has not sent yet.
  const FIELDS = "select[id], input[id]:not([type=hidden], [type=checkbox], [type=radio])";
  const entered = (old) => [...old.querySelectorAll(FIELDS)].filter((it) => it.value !== before(it)).map((it) => [it.id, it.value]);

  const enter = ([id, value]) => {
    const field = document.getElementById(id);
    // What can't be chosen any more is not.
    if (field && (!field.options || options(field).some((it) => it.value === value))) field.value = value;
  };

  // Somebody writes, or has a list open before them, which another one in its place would shut. Some browsers don't say that it is.
  const LIST = CSS.supports("selector(:open)") ? "select:open" : "select";
  const isBusy = (active) => active.matches(`input:not([type=hidden]), ${LIST}`);

  const swap = (old, fresh) => {
    const active = document.activeElement, has = old.contains(active);
    if (!fresh || old.isEqualNode(fresh) || (has && isBusy(active))) return;
    const focus = has ? active.id : "";
    const open = [...old.querySelectorAll("details[open][id]")].map((it) => it.id);
    const held = entered(old);
    old.className = fresh.className;
    old.replaceChildren(...fresh.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    held.forEach(enter);
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  };

  const load = async () => {
    isStale = true;
    if (isAsking || isOver) return;
    isAsking = true;
    while (isStale && !isOver && !document.hidden) {
      isStale = false;
      try {
        const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
        // The session is over: where it leads there one logs in.
        if (answer.redirected) return location.reload();
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!page.getElementById(live[0].id)) throw new Error(answer.status);
        lost(false);
        document.title = page.title;
        for (const old of live) swap(old, page.getElementById(old.id));
        isOver = answer.status === GONE;
        if (isOver) events?.close();
      } catch {
        lost(true);
      }
      await new Promise((done) => setTimeout(done, PAUSE));
    }
    isAsking = false;
  };

  const listen = () => {
    if (isOver) return;
    events = new EventSource(document.body.dataset.events || "/events");
    events.addEventListener("changed", load);
    events.addEventListener("error", () => {
      // Whether the gateway is gone, or only this is over, the page itself shows.
      load();
      // There is no place for one more: it is asked now and then instead.
      if (events.readyState === EventSource.CLOSED) setTimeout(listen, 10000);
    });
  };
  document.addEventListener("visibilitychange", () => document.hidden || load());
  listen();
})();
