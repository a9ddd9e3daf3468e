// The dashboard, kept up to date: the part that changes is fetched again while somebody looks at it. Without this the page stays as it
// was loaded, and whoever types or has something open is left alone.
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
