// A walk through the pages in a real browser: node walk.mjs SETTINGS.json; says each step, ends with 1 and the reason at
// the first that fails. Settings: base, user, password, chromium, axe (its script), shots (a folder), login, repo, repos, hostile, bundles.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { base } = settings;
const troubles = [];

function ok(condition, what) {
  if (!condition) throw new Error(what);
}

const begun = Date.now();

function step(text) {
  console.log(`ok ${text} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
}

// Everything a page does is watched: requests, the console, exceptions, dialogs, what its policy stopped.
async function watched(browser, options = {}) {
  const context = await browser.newContext(options);
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith(`${base}/`) || url.startsWith("data:") || url.startsWith("blob:")) return route.continue();
    troubles.push(`a request left for ${url}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.refusals = 0; // the console names each answer of 400 and more: so many are expected
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (/status of 4\d\d/.test(message.text()) && page.refusals-- > 0) return;
    troubles.push(`the console of ${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => troubles.push(`an exception on ${page.url()}: ${error.message}`));
  page.on("dialog", (dialog) => {
    troubles.push(`a dialog on ${page.url()}: ${dialog.message()}`);
    return dialog.dismiss();
  });
  return page;
}

async function json(page) {
  const text = await page.locator("pre code").innerText();
  return JSON.parse(text.replace(/,?\s*… \d+ more; a page shows the first \d+/g, ""));
}

async function see(page, path, status = 200) {
  if (status >= 400) page.refusals++;
  const answer = await page.goto(base + path);
  ok(answer.status() === status, `${path} answered ${answer.status()}`);
}

// ---- signing in ----

async function signIn(page, path = "/") {
  await page.goto(base + path);
  await page.getByLabel("User name").fill(settings.user);
  await page.getByLabel("Password").fill(settings.password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(base + path);
  ok((await page.locator("header .user").innerText()).includes(settings.user), "the page does not say who is signed in");
}

async function jobEnds(page) {
  await page.waitForURL(/\/github\/jobs\/\d+\/$/);
  const number = page.url().match(/(\d+)\/$/)[1];
  ok((await page.locator("h1").innerText()).startsWith(`Job ${number}`), "no heading of the job");
  await page.locator("h1:has-text('Job')").waitFor();
  for (let tries = 0; ; tries++) { // the page refreshes by itself while the task is open
    const open = await page.getByRole("status").count().catch(() => 1);
    if (!open && (await page.locator(".state.completed").count())) break;
    ok(tries < 480, "the job is not over after two minutes");
    await page.waitForTimeout(250);
  }
  ok((await page.locator(".progress").innerText()).includes("jobs done"), "the job says nothing of its task");
  return number;
}

// ---- the walk ----

async function walk(page) {
  await see(page, "/");
  ok((await page.locator("h1").innerText()) === "Sign in", "/ is no sign-in page");
  const typing = () => page.evaluate(() => document.activeElement.name);
  ok((await typing()) === "username", `the cursor of the sign-in page is in ${await typing()}`);
  page.refusals++;
  await page.getByLabel("User name").fill(settings.user);
  await page.getByLabel("Password").fill("not this");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  ok((await page.getByRole("alert").innerText()) === "Wrong user name or password.", "a wrong password is not refused in words");
  ok((await typing()) === "password", `after a wrong password the cursor is in ${await typing()}`);
  await signIn(page);
  step("signed in, first with a wrong password");

  ok((await page.locator("h2", { hasText: "Nothing is known yet" }).count()) === 1, "no empty state");
  ok((await page.locator(".steps li").count()) === 3, "not three steps");
  await page.getByLabel("GitHub login").fill(settings.login);
  await page.getByRole("button", { name: "Seed" }).click();
  settings.job = await jobEnds(page);
  step("the empty state, seeded; the job comes to its end");

  await page.getByRole("link", { name: settings.login, exact: true }).click();
  ok((await page.locator("h1").innerText()).startsWith(settings.login), "the job does not lead to what it brought");
  await page.getByRole("link", { name: "gitomatic", exact: true }).click();
  const known = Number((await page.locator(".tiles .figure").first().innerText()).replaceAll(",", ""));
  ok(known > 3, `the dashboard shows ${known} developers`);
  ok((await page.locator(".tiles .spark").count()) === 4, "not four sparklines");
  step("the dashboard fills");

  await page.getByRole("searchbox", { name: /^Search for/ }).fill("nobody-at-all");
  await page.keyboard.press("Enter");
  await page.getByText("is not known here: crawl it").waitFor();
  await page.getByRole("searchbox", { name: /^Search for/ }).fill(settings.login.toUpperCase());
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/github\/developers\/[0-9a-f-]+\/$/);
  settings.profile = new URL(page.url()).pathname;
  const main = await page.getByRole("main").innerText();
  ok(main.includes(settings.hostile.name) && main.includes(settings.hostile.bio), "the hostile profile is not shown as it is");
  step("search: somebody unknown is offered to be crawled, a login leads to its page");

  await page.getByRole("navigation", { name: "Parts" }).getByRole("link", { name: "Followers" }).click();
  ok((await page.locator("tbody tr").count()) > 0, "no followers in the table");
  ok((await page.locator("h1").innerText()) === `${settings.login}: Followers`, `the heading is ${await page.locator("h1").innerText()}`);
  const parts = page.getByRole("navigation", { name: "Parts" });
  if (await parts.getByRole("link", { name: "Network" }).count()) {
    await parts.getByRole("link", { name: "Network" }).click();
    ok((await page.locator("table tbody tr").count()) > 1, "no table of the network");
    if (settings.bundles) await page.locator("svg.network circle").first().waitFor();
    step("the network");
  }
  await see(page, settings.profile);
  await page.getByRole("navigation", { name: "Parts" }).getByRole("link", { name: "Repositories" }).click();
  ok((await page.locator("tbody tr").count()) > 0, "no repositories in the table");
  await see(page, `/search/?q=${encodeURIComponent(settings.repo)}`);
  ok((await page.locator("h1").innerText()) === settings.repo, "no heading of the repository");
  settings.repository = new URL(page.url()).pathname;
  const links = await page.locator("a").evaluateAll((all) => all.map((a) => a.protocol));
  ok(links.every((protocol) => /^https?:$/.test(protocol)), `links of ${links}`);
  ok((await page.locator("main script, iframe, [onerror], [onclick]").count()) === 0, "something of a stranger is in the page");
  ok(!(await page.title()).includes("owned"), "a stranger's script has run");
  await page.locator("img.chart").evaluate((image) => image.decode());
  step("a repository and its chart; hostile fields are text");

  await page.getByRole("navigation", { name: "Parts" }).getByRole("link", { name: "History" }).click();
  ok((await page.locator("table tbody tr").count()) > 0, "no numbers of the history");
  if (settings.bundles) await page.locator(".uplot canvas").waitFor();
  await see(page, settings.repository);
  await page.getByLabel("Compare its stars with").fill(settings.repos[1]);
  await page.getByRole("button", { name: "Compare" }).click();
  ok(new URL(page.url()).searchParams.getAll("repo").join() === settings.repos.join(), `compared at ${page.url()}`);
  ok((await page.locator(".scroll table").first().locator("tbody tr").count()) === 2, "not two repositories beside each other");
  if (settings.bundles) await page.locator(".uplot canvas").waitFor();
  ok((await page.locator(".snippet").innerText()).startsWith("![Stars](http"), "no snippet to copy");
  step("the history, and two repositories beside each other");

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Stats" }).click();
  ok((await page.locator(".tiles .figure").first().innerText()) !== "0" && (await page.locator("tbody tr").count()) >= 30, "no figures by day");
  await see(page, "/github/repositories/facets/?field=language&stargazers_count__gte=0");
  const [value] = await page.locator("tbody tr").filter({ hasNot: page.locator("i") }).all();
  const [language, n] = await value.locator("th, td").allInnerTexts();
  await value.getByRole("link").click();
  ok((await page.locator(".pager").first().innerText()).includes(`of ${n}`), `${n} of ${language}, but the list says ${await page.locator(".pager").first().innerText()}`);
  ok((await page.locator(".chips li").count()) === 2, "the filter of the facets is lost");
  await see(page, "/github/quota/history/");
  ok((await page.getByRole("main").innerText()).length > 20, "no quota over time");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Samples" }).click();
  await page.getByLabel("Ids to draw").fill("300");
  await page.getByRole("button", { name: "Draw" }).click();
  await jobEnds(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Samples" }).click();
  await page.locator("tbody").getByRole("link").first().click();
  settings.sample = new URL(page.url()).pathname.split("/").at(-2);
  ok(/\d[.,]?\d* %, between/.test((await page.getByRole("main").innerText()).replaceAll("\u00a0", " ")), "no share with its interval");
  const here = await page.locator(".tiles li:nth-child(3) .figure").innerText();
  await page.getByRole("link", { name: "Members" }).click();
  await page.locator("h1", { hasText: ": Developers" }).waitFor();
  ok((await page.locator(".pager").first().innerText()).includes(`of ${here}`), "the list of members is not as long as what was found");
  step("a sample, its share and its members");
  step("stats, facets that lead to their lists, the quota over time");

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Tasks" }).click();
  await page.locator('select[name="name"]').selectOption("full_profile_sync");
  await page.locator('input[name="username"]').fill("");
  page.refusals++;
  await page.getByRole("button", { name: "Request" }).click();
  ok((await page.getByRole("alert").innerText()).includes("username"), "no complaint about the missing name");
  await page.locator('input[name="username"]').fill(settings.login);
  await page.getByRole("button", { name: "Request" }).click();
  await jobEnds(page);
  ok((await page.getByRole("button", { name: "Cancel" }).count()) === 0, "a job that is over has a button to cancel it");
  step("a task, first without its name; its job's page comes to its end");

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Developers" }).click();
  await page.getByRole("link", { name: "Next →" }).first().click();
  ok(page.url().includes("page=2"), "the next page is not the second");
  ok(/11–\d+ of \d+/.test(await page.locator(".pager").first().innerText()), "the pager does not say where it is");
  await page.getByRole("link", { name: "← Previous" }).first().click();
  await page.locator("summary", { hasText: "More filters" }).click();
  await page.locator('input[name="login"]').fill(settings.login);
  await page.getByRole("button", { name: "Show" }).click();
  ok(page.url() === `${base}/github/developers/?login=${settings.login}`, `the filter's address is ${page.url()}`);
  ok((await page.locator("tbody tr").count()) === 1 && (await page.locator(".chips li").innerText()).startsWith(`login is ${settings.login}`),
    "the filter found something else, or is not named");
  await page.getByRole("link", { name: "Remove this filter" }).click();
  await page.locator("thead").getByRole("link", { name: "Followers" }).click();
  const counts = await page.locator("tbody td.number:not(.wide)").allInnerTexts();
  const sorted = counts.map(Number);
  ok(sorted.every((n, i) => i === 0 || sorted[i - 1] >= n), `not sorted: ${counts}`);
  ok((await page.locator('th[aria-sort="descending"]').innerText()).startsWith("Followers"), "the head does not say how it is sorted");
  step("a list filtered and sorted");

  await page.locator("summary", { hasText: "This page as JSON" }).click();
  ok((await page.locator(".request code").innerText()).startsWith("curl -u "), "no request for curl");
  await page.getByRole("link", { name: "JSON in a page" }).click();
  ok((await json(page)).count === known || (await json(page)).count > 3, "the JSON is not the list");
  step("one click to the JSON");

  await see(page, "/github/developers/nobody/", 404);
  ok((await page.locator("h1").innerText()) === "404 Not Found", "no page for what is not there");
  await see(page, "/github/developers/by-login/nobody-at-all/", 404);
  ok((await page.getByRole("button", { name: "Crawl it" }).count()) === 1, "an unknown login is not offered to be crawled");
  await see(page, '/github/developers/?ordering="zzz"', 400);
  ok((await page.getByRole("alert").innerText()).includes('"zzz"'), "the error is escaped twice");
  step("errors are pages");

  await webhook(page);
  step("a webhook is added and removed");

  await page.getByRole("button", { name: "Sign out" }).click();
  ok((await page.locator("h1").innerText()) === "Sign in", "signing out leads elsewhere");
  await see(page, "/github/developers/", 401);
  ok((await page.getByLabel("Password").count()) === 1, "a page without a session shows no form");
  step("signed out");
}

async function webhook(page) {
  await page.goto(`${base}/github/webhooks/`);
  await page.getByLabel("URL").fill("https://receiver.invalid/hook");
  await page.getByRole("button", { name: "Add" }).click();
  await page.getByText("Secret (shown only once)").waitFor();
  await page.getByRole("link", { name: "Open the webhook" }).click();
  ok((await page.getByRole("main").innerText()).includes("https://receiver.invalid/hook"), "the webhook does not say where it sends");
  await page.getByText("Remove…").click();
  await page.locator("form.action button", { hasText: "Remove" }).click();
  await page.waitForURL(`${base}/github/webhooks/`);
  await page.getByText("Nothing here yet.").waitFor();
}

async function withoutScript(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page);
  for (const path of ["/", settings.profile, settings.repository, `${settings.repository}history/`, "/github/developers/",
    `/github/charts/stars/?repo=${settings.repos[0]}`, "/github/stats/", "/github/samples/", `/github/samples/${settings.sample}/`, "/github/developers/facets/", `${settings.profile}network/`, "/github/", "/github/jobs/", `/github/jobs/${settings.job}/`]) {
    await page.goto(base + path);
    ok((await page.locator("main table tbody tr, main dl, main .tiles li").count()) > 0, `${path} shows no table without script`);
    ok(/\d/.test(await page.getByRole("main").innerText()), `${path} shows no numbers without script`);
  }
  await webhook(page);
  await context.close();
  step("numbers and tables, and a webhook that comes and goes, without script");
}

async function keyboard(page) {
  await see(page, "/github/developers/");
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => ({ text: document.activeElement.textContent, left: document.activeElement.getBoundingClientRect().left }));
  ok(first.text === "Skip to the answer" && first.left >= 0, `Tab first reaches ${first.text}`);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.hash === "#answer"); // the page says so a moment later
  const unnamed = await page.locator("input:not([type=hidden]), select, button").evaluateAll((all) =>
    all.filter((one) => !(one.labels?.length && one.labels[0].textContent.trim()) && !one.textContent.trim()).map((one) => one.name));
  ok(unnamed.length === 0, `inputs without a label: ${unnamed}`);
  if (settings.bundles) { // one stop of Tab in the drawing, and arrows from one node to the next
    await see(page, `${settings.profile}network/?limit=40`);
    await page.locator("svg.network circle").first().waitFor();
    const nodes = page.locator("svg.network a");
    ok((await page.locator('svg.network a[tabindex="0"]').count()) === 1 && (await nodes.count()) > 3, "each node of a network is a stop of Tab");
    const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    await nodes.first().focus();
    await page.keyboard.press("ArrowRight");
    ok((await focused()) === (await nodes.nth(1).getAttribute("aria-label")), "an arrow does not lead to the next node");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    ok((await focused()) === (await nodes.last().getAttribute("aria-label")), "an arrow does not lead to the last node");
    ok((await page.locator('svg.network a[tabindex="0"]').getAttribute("aria-label")) === (await focused()), "Tab would come back to another node");
    await nodes.nth(1).focus();
    await page.keyboard.press("Control+ArrowRight");
    ok((await focused()) === (await nodes.nth(1).getAttribute("aria-label")), "an arrow with Control leads to another node");
    await page.keyboard.press("ArrowRight");
    ok((await page.locator('svg.network a[tabindex="0"]').count()) === 1, "after a node without tabindex 0, an arrow leaves two stops of Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => !url.pathname.endsWith("/network/"));
  }
  step("by keyboard");
}

// ---- documentation ----

async function swagger(page) {
  await see(page, "/github/swagger/");
  await page.getByRole("button", { name: "Authorize" }).first().click();
  const dialog = page.locator(".dialog-ux");
  await dialog.locator("#auth-basic-username, input[name=username]").first().fill(settings.user);
  await dialog.locator("#auth-basic-password, input[name=password]").first().fill(settings.password);
  await dialog.locator("form", { has: page.locator("input[name=password]") }).getByRole("button", { name: "Apply credentials" }).click();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  const operation = page.locator("#operations-developers-listDevelopers");
  await operation.locator(".opblock-summary-control").first().click();
  await operation.locator('tr[data-param-name="login"] input').fill(settings.login);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().includes("/github/developers/?")),
    operation.getByRole("button", { name: "Execute" }).click(),
  ]);
  ok(answer.status() === 200 && (await answer.json()).count === 1, `Swagger UI's request came to ${answer.status()}`);
  await operation.locator(".live-responses-table .response-col_status", { hasText: "200" }).first().waitFor();
  step("Swagger UI: try it out");

  const task = page.locator("#operations-tasks-postTasks");
  await task.locator(".opblock-summary-control").first().click();
  const [posted] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST"),
    task.getByRole("button", { name: "Execute" }).click(),
  ]);
  ok(posted.status() === 200 && (await posted.json()).success === "yes", `a task through Swagger UI came to ${posted.status()}`);
  step("Swagger UI: a task");
}

async function redoc(page) {
  await see(page, "/github/redoc/");
  await page.getByRole("heading", { name: /gitomatic/ }).first().waitFor();
  ok((await page.getByText("/github/developers/{id}/").count()) > 0, "ReDoc shows no addresses");
  await page.getByPlaceholder("Search...").fill("quota");
  await page.locator("[data-role='search:results'] li").first().waitFor();
  step("ReDoc, and its search");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html.dark-mode").waitFor();
  await page.getByRole("heading", { name: /gitomatic/ }).first().waitFor();
  const [text, back] = await page.getByRole("heading", { name: /gitomatic/ }).first().evaluate((one) => {
    const sum = (color) => (color.match(/[\d.]+/g) ?? []).slice(0, 3).reduce((a, b) => a + Number(b), 0);
    let at = one;
    while (at.parentElement && /, 0\)$|transparent/.test(getComputedStyle(at).backgroundColor)) at = at.parentElement;
    return [sum(getComputedStyle(one).color), sum(getComputedStyle(at).backgroundColor)];
  });
  ok(text > back + 300, `ReDoc is not dark: ${text} on ${back}`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.locator("html:not(.dark-mode)").waitFor();
  step("ReDoc is dark where the system is");
}

// ---- how it looks ----

// Text that is hard to read: less than 4.5 to 1 (WCAG 2.2, 1.4.3).
function faint() {
  const channels = (color) => (color.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${element.tagName} "${element.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return found;
}

const axe = readFileSync(settings.axe, "utf8");

// What axe-core finds serious or critical.
async function grave(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const rules = { "color-contrast": { enabled: Boolean(settings.all_ways) } }; // its slowest, and faint() looks at every text
  const found = await page.evaluate((chosen) => window.axe.run(document, { resultTypes: ["violations"], preload: false, iframes: false, rules: chosen }), rules);
  return found.violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(" | ")}`);
}

// Few rows a page: each is looked at like the others.
function places() {
  const stars = `/github/charts/stars/?repo=${settings.repos.join(",")}`;
  return { dashboard: "/", root: "/github/", developers: "/github/developers/?page_size=12&location__icontains=a", repositories: "/github/repositories/?archived=false&page_size=12",
    tasks: "/github/tasks/", jobs: "/github/jobs/", job: `/github/jobs/${settings.job}/`, changes: "/github/changes/?page_size=15", rate_limit: "/github/rate_limit/",
    samples: "/github/samples/", sample: `/github/samples/${settings.sample}/`, members: `/github/samples/${settings.sample}/developers/`, quota: "/github/quota/history/",
    stats: "/github/stats/", facets: "/github/developers/facets/?field=location&limit=15", network: `${settings.profile}network/?limit=40`, profile: settings.profile,
    followers: `${settings.profile}followers/`, history: `${settings.profile}history/`, repository: settings.repository, stars, json: "/github/developers/?page_size=2&view=json",
    search: "/search/?q=a", missing: "/github/nowhere/", login: "/login/" };
}

async function lookAt(page, device, colorScheme, name, path) {
  if (name === "login") await page.context().clearCookies();
  await see(page, path, name === "missing" ? 404 : 200);
  if (settings.bundles && (name === "stars" || name === "history")) await page.locator(".uplot canvas").waitFor();
  await page.screenshot({ path: `${settings.shots}/${name}-${device}-${colorScheme}.png` });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  ok(wide <= 0, `${name} is ${wide} pixels too wide for a ${device}`);
  const hard = await page.evaluate(faint);
  ok(hard.length === 0, `${name}, ${colorScheme}: hard to read: ${hard.slice(0, 5).join("; ")}`);
  const found = await grave(page);
  ok(found.length === 0, `${name}, ${device}, ${colorScheme}: axe-core finds ${found.join("; ")}`);
}

async function look(browser, device, colorScheme) {
  const page = await watched(browser, { viewport: device === "phone" ? { width: 390, height: 844 } : { width: 1280, height: 900 }, colorScheme });
  page.setDefaultTimeout(60000);
  await signIn(page);
  for (const [name, path] of Object.entries(places())) await lookAt(page, device, colorScheme, name, path);
  await page.context().close();
  step(`${device}, ${colorScheme}; axe-core finds nothing serious`);
}

// The documentation works, and is kept as pictures.
async function documentation(page) {
  await swagger(page);
  await page.screenshot({ path: `${settings.shots}/swagger.png` });
  await redoc(page);
  await page.screenshot({ path: `${settings.shots}/redoc.png` });
}

const browser = await chromium.launch({
  executablePath: settings.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const page = await watched(browser);
  page.setDefaultTimeout(60000);
  await walk(page);
  await withoutScript(browser);
  await signIn(page);
  await keyboard(page);
  const ways = settings.all_ways ? [["phone", "light"], ["desktop", "dark"], ["phone", "dark"], ["desktop", "light"]] : [["phone", "light"], ["desktop", "dark"]];
  await Promise.all([settings.bundles && documentation(page), ...ways.map((way) => look(browser, ...way))]);
  ok(troubles.length === 0, troubles.slice(0, 10).join("\n"));
  step("no request left, no error in the console");
} catch (error) {
  console.log(`not ok ${error.stack}`);
  if (troubles.length) console.log(troubles.slice(0, 10).join("\n"));
  process.exitCode = 1;
} finally {
  await browser.close();
}
