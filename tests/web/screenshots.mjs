// The pictures of the README: node screenshots.mjs BASE USER PASSWORD CHROMIUM FOLDER, on a demo that has run for a while.
import { chromium } from "playwright-core";

const [base, user, password, executablePath, folder] = process.argv.slice(2);
const WAIT_MS = 180000; // for the demo's first crawl and its past

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

async function signedIn(colorScheme) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme });
  const page = await context.newPage();
  await page.goto(`${base}/login/`);
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${base}/`);
  return page;
}

// Until the demo has its thirty days, and somebody has changed their mind.
async function lives(page) {
  for (const until = Date.now() + WAIT_MS; ; ) {
    const facts = await page.evaluate(async () => {
      const json = async (path) => (await fetch(`${path}&format=json`)).json();
      const past = (await json("/github/quota/history/?resource=core")).samples.length > 250;
      return past && (await json("/github/changes/?type=follow.closed")).results.length > 3;
    });
    if (facts) return;
    if (Date.now() > until) throw new Error("the demo has no past yet");
    await page.waitForTimeout(2000);
  }
}

try {
  const light = await signedIn("light"), dark = await signedIn("dark");
  await lives(light);
  await light.waitForTimeout(70000); // what the dashboard keeps for a minute is made anew
  for (const [page, suffix] of [[light, ""], [dark, "-dark"]]) {
    await page.goto(`${base}/`);
    await page.screenshot({ path: `${folder}/dashboard${suffix}.png` });
    await page.goto(`${base}/github/developers/by-login/ada/`);
    await page.locator("img.chart").evaluate((image) => image.decode());
    await page.screenshot({ path: `${folder}/profile${suffix}.png` });
    await page.goto(`${base}/github/charts/stars/?repo=ada/super-db,ada/rustserver`);
    await page.locator(".uplot canvas, figure img").first().waitFor();
    await page.waitForTimeout(1000);
    await page.screenshot({ path: `${folder}/stars${suffix}.png` });
  }
} finally {
  await browser.close();
}
