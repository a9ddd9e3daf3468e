// Keeps the dashboard up to date: fetches the part that changes again while the page is visible. Without it the page stays as it was
// loaded. It changes nothing while the user types or has a part open.
const live = document.querySelector("[data-refresh]");

async function refresh() {
  if (document.hidden || live.contains(document.activeElement) || live.querySelector("details[open]")) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-refresh]");
  if (fresh) live.replaceChildren(...fresh.childNodes);
}

if (live) setInterval(() => refresh().catch(() => {}), Number(live.dataset.refresh) * 1000);
