// A walk through the pages in a real browser: node walk.mjs SETTINGS.json; says each step, ends with 1 and the reason at
// the first that fails. Settings: base, user, password, chromium, shots (a folder), login, repo, kinds of records to come.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { base } = settings;
const troubles = [];

function ok(condition, what) {
  if (!condition) throw new Error(what);
}

function step(text) {
  console.log(`ok ${text}`);
}

// Everything a page does is watched: requests, the console, exceptions, dialogs, what its policy stopped.
async function watched(browser, options = {}) {
  const context = await browser.newContext({
    httpCredentials: { username: settings.user, password: settings.password, origin: base },
    ...options,
  });
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
  return JSON.parse(text.replace(/,?\s*… \d+ more: a page shows the first \d+/g, ""));
}

async function see(page, path, status = 200) {
  if (status >= 400) page.refusals++;
  const answer = await page.goto(base + path);
  ok(answer.status() === status, `${path} answered ${answer.status()}`);
}

// ---- the walk ----

async function walk(page) {
  await see(page, "/");
  ok(page.url() === `${base}/github/`, `/ led to ${page.url()}`);
  step("the root");

  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Developers" }).click();
  ok((await page.locator("h1").innerText()) === "Developers", "no heading of developers");
  const all = (await json(page)).count;
  ok(all > 3, `only ${all} developers`);
  await page.getByRole("link", { name: "Next →" }).first().click();
  ok(page.url().includes("page=2"), "the next page is not the second");
  await page.getByRole("link", { name: "← Previous" }).first().click();
  step("developers, a page on and back");

  await page.locator("summary", { hasText: "Filters" }).click();
  await page.locator('input[name="login"]').fill(settings.login);
  await page.getByRole("button", { name: "Show" }).click();
  const found = await json(page);
  ok(page.url() === `${base}/github/developers/?login=${settings.login}`, `the filter's address is ${page.url()}`);
  ok(found.count === 1 && found.results[0].login === settings.login, "the filter found something else");
  step("a filter, and an address without what was left empty");

  await page.getByRole("link", { name: found.results[0].url, exact: true }).click();
  ok((await page.locator("h1").innerText()) === settings.login, "no heading of the developer");
  step("the detail");

  const developer = await json(page);
  ok(developer.name === settings.hostile.name && developer.bio === settings.hostile.bio, "the hostile profile is not shown as it is");
  await page.getByRole("link", { name: developer.repositories[0], exact: true }).first().click();
  ok((await json(page)).owner === developer.url, "the repository has another owner");
  step("one of the repositories");

  await see(page, `/github/repositories/?full_name=${encodeURIComponent(settings.repo)}`);
  ok((await json(page)).results[0].homepage === settings.hostile.homepage, "the hostile homepage is not shown as it is");
  const links = await page.locator("a").evaluateAll((all) => all.map((a) => a.protocol));
  ok(links.every((protocol) => /^https?:$/.test(protocol)), `links of ${links}`);
  ok((await page.locator("img, script, iframe, [onerror], [onclick]").count()) === 0, "something of a stranger is in the page");
  ok(!(await page.title()).includes("owned"), "a stranger's script has run");
  step("hostile fields are text");

  await page.getByRole("link", { name: "Tasks" }).click();
  await page.locator('select[name="name"]').selectOption("full_profile_sync");
  await page.locator('input[name="username"]').fill("");
  page.refusals++;
  await page.getByRole("button", { name: "Ask for it" }).click();
  ok((await page.getByRole("alert").innerText()).includes("username"), "no complaint about the missing name");
  await page.locator('input[name="username"]').fill(settings.login);
  await page.getByRole("button", { name: "Ask for it" }).click();
  const asked = await json(page);
  ok(asked.success === "yes", `the task was refused: ${JSON.stringify(asked)}`);
  step("a task, first without its name");

  await see(page, `/github/jobs/${asked.job}/`);
  for (let tries = 0; (await json(page)).state !== "completed"; tries++) {
    ok(tries < 240, `the job is ${(await json(page)).state} after a minute`);
    await page.waitForTimeout(250);
    await page.reload();
  }
  ok((await json(page)).pages > 0, "the job is over, but saw nothing");
  step("its job comes to its end");

  page.refusals++;
  await page.getByRole("button", { name: "Cancel" }).click();
  ok((await page.getByRole("alert").innerText()).includes("completed"), "a job that is over was called off");
  step("a button, refused in words");

  await see(page, "/github/developers/nobody/", 404);
  ok((await page.locator("h1").innerText()) === "404 Not Found", "no page for what is not there");
  await see(page, "/github/developers/?followers_count=many", 400);
  ok((await page.getByRole("alert").innerText()).includes("Enter a number."), "no page for what was not understood");
  step("errors are pages");
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
  step("by keyboard");
}

async function locked(browser) {
  const page = await watched(browser, { httpCredentials: undefined });
  await see(page, "/github/");
  page.refusals++;
  const asked = await page.goto(`${base}/github/developers/`).catch((error) => error.message); // nobody is there to answer
  ok(String(asked).includes("ERR_INVALID_AUTH_CREDENTIALS"), `the browser did not ask for credentials: ${asked}`);
  await page.context().close();
  step("without credentials the browser asks for them");
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

async function look(browser, job) {
  const ours = { root: "/github/", developers: "/github/developers/?page_size=3", filters: "/github/repositories/?archived=false",
    tasks: "/github/tasks/", job: `/github/jobs/${job}/`, changes: "/github/changes/", detail: settings.detail, missing: "/github/nowhere/" };
  const theirs = { swagger: "/github/swagger/", redoc: "/github/redoc/" };
  for (const [device, viewport] of [["phone", { width: 390, height: 844 }], ["desktop", { width: 1280, height: 900 }]])
    for (const colorScheme of ["light", "dark"]) {
      const page = await watched(browser, { viewport, colorScheme });
      const heavy = settings.bundles && (device === "phone") === (colorScheme === "light"); // twice will do
      for (const [name, path] of Object.entries(heavy ? { ...ours, ...theirs } : ours)) {
        await see(page, path, name === "missing" ? 404 : 200);
        if (name in theirs) await page.getByText("/github/developers/{id}/").first().waitFor({ state: "attached" });
        await page.screenshot({ path: `${settings.shots}/${name}-${device}-${colorScheme}.png` });
        if (name in theirs) continue;
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        ok(wide <= 0, `${name} is ${wide} pixels too wide for a ${device}`);
        const hard = await page.evaluate(faint);
        ok(hard.length === 0, `${name}, ${colorScheme}: hard to read: ${hard.slice(0, 5).join("; ")}`);
      }
      await page.context().close();
    }
  step("phone and desktop, light and dark");
}

const browser = await chromium.launch({
  executablePath: settings.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const page = await watched(browser);
  page.setDefaultTimeout(30000);
  await walk(page);
  await keyboard(page);
  await locked(browser);
  if (settings.bundles) {
    await swagger(page);
    await redoc(page);
  }
  await look(browser, 1);
  ok(troubles.length === 0, troubles.slice(0, 10).join("\n"));
  step("no request left, no error in the console");
} catch (error) {
  console.log(`not ok ${error.stack}`);
  if (troubles.length) console.log(troubles.slice(0, 10).join("\n"));
  process.exitCode = 1;
} finally {
  await browser.close();
}
