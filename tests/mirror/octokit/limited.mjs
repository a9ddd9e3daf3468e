// The throttling plugin against a base URL that limits. Usage: node limited.mjs BASE_URL TOKEN PATH
// Prints what the plugin was told, and the status in the end.
import { Octokit } from "@octokit/rest";
import { throttling } from "@octokit/plugin-throttling";

const [baseUrl, auth, path] = process.argv.slice(2);
const told = [];
// The plugin counts whole seconds: on a busy machine its wait may end a moment early, and it would ask again at once.
const handler = (kind) => async (after, options, octokit, count) => {
  told.push({ kind, after });
  await new Promise((resolve) => setTimeout(resolve, after ? 0 : 500));
  return count < (kind === "primary" ? 5 : 2);
};
const octokit = new (Octokit.plugin(throttling))({
  baseUrl,
  auth,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  throttle: { onRateLimit: handler("primary"), onSecondaryRateLimit: handler("secondary"), fallbackSecondaryRateRetryAfter: 1 },
});
let status;
try {
  status = (await octokit.request(`GET ${path}`)).status;
} catch (error) {
  status = error.status;
}
console.log(JSON.stringify({ status, told }));
