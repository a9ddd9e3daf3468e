// The throttling plugin against a base URL that limits. Usage: node limited.mjs BASE_URL TOKEN PATH
// Prints what the plugin was told, and the status in the end.
import { Octokit } from "@octokit/rest";
import { throttling } from "@octokit/plugin-throttling";

const [baseUrl, auth, path] = process.argv.slice(2);
const told = [];
const handler = (kind) => (after, options, octokit, count) => {
  told.push({ kind, after });
  return count < 2; // its clock counts whole seconds: on a busy machine the first wait may end a moment early
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
