'use strict';
// The page is asked for again now and then, and what has changed of it is taken over. Without this it is loaded by hand.
const often = 400;
let isAsking = false;

async function look() {
  if (isAsking || document.hidden) return;
  isAsking = true;
  try {
    const answer = await fetch('/');
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const now of document.querySelectorAll('[data-live]')) {
      const next = page.getElementById(now.id);
      if (!next) continue;
      if (now.className !== next.className) now.className = next.className;
      if (now.innerHTML !== next.innerHTML) now.replaceChildren(...next.childNodes);
    }
  } catch {
    document.getElementById('state').textContent = 'The demo has ended.';
  } finally {
    isAsking = false;
  }
}

document.addEventListener('submit', event => {
  event.preventDefault();
  fetch(event.target.action, { method: 'POST', redirect: 'manual' }).then(look, look);
});
setInterval(look, often);
