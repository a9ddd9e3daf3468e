// The throttling plugin against a base URL that limits. Usage: node limited.mjs BASE_URL TOKEN PATH|graphql [give-up]
// Prints what the plugin was told, and the status (or the error's name) in the end.
import { Octokit } from "@octokit/rest";
import { throttling } from "@octokit/plugin-throttling";

const [baseUrl, auth, path, giveUp] = process.argv.slice(2);
const told = [];
// The plugin counts whole seconds: on a busy machine its wait may end a moment early, and it would ask again at once.
const handler = (kind) => async (after, options, octokit, count) => {
  told.push({ kind, after });
  if (giveUp) return false;
  await new Promise((resolve) => setTimeout(resolve, after ? 0 : 500));
  return count < (kind === "primary" ? 5 : 2);
};
const octokit = new (Octokit.plugin(throttling))({
  baseUrl,
  auth,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  throttle: { onRateLimit: handler("primary"), onSecondaryRateLimit: handler("secondary"), fallbackSecondaryRateRetryAfter: 1 },
});
let status, error;
try {
  if (path === "graphql") await octokit.graphql("{ viewer { login } }");
  else status = (await octokit.request(`GET ${path}`)).status;
} catch (caught) {
  status = caught.status;
  error = caught.name;
}
console.log(JSON.stringify({ status, error, told }));
