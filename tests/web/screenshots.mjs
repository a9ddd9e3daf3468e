// The pictures of the README: node screenshots.mjs BASE USER PASSWORD CHROMIUM FOLDER, on a demo that has run for a while.
import { chromium } from "playwright-core";

const [base, user, password, executablePath, folder] = process.argv.slice(2);
const WAIT_MS = 90000; // the demo fills, and its follows and stars come and go

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

try {
  const light = await signedIn("light"), dark = await signedIn("dark");
  await light.waitForTimeout(WAIT_MS);
  await light.goto(`${base}/`);
  await light.screenshot({ path: `${folder}/dashboard.png` });
  await dark.goto(`${base}/github/developers/by-login/ada/`);
  await dark.screenshot({ path: `${folder}/profile.png` });
  await light.goto(`${base}/github/charts/stars/?repo=ada/super-db,ada/rustserver`);
  await light.locator("figure.plot").waitFor();
  await light.waitForTimeout(1000);
  await light.screenshot({ path: `${folder}/stars.png` });
} finally {
  await browser.close();
}
