// Asks a running simulator and checks each answer against GitHub's published OpenAPI description.
// Usage: node validate.mjs BASE_URL [PART]; prints one line per answer; exit code 1 when any does not fit. PART: only answers to
// addresses with this text in them are checked, since what takes the time is to compile a schema.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const [base, part = ""] = process.argv.slice(2);
if (!base) {
  console.error("validate.mjs: expected the base URL of a running simulator");
  process.exit(2);
}
const require = createRequire(import.meta.url);
const folder = require.resolve("@octokit/openapi/package.json").replace(/package\.json$/, "");
const api = JSON.parse(readFileSync(folder + "generated/api.github.com.json", "utf8"));

// OpenAPI 3.0 says nullable where JSON Schema says type null.
function toJsonSchema(node) {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (node === null || typeof node !== "object") return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (["example", "examples", "nullable", "discriminator", "deprecated", "x-github", "externalDocs"].includes(key)) continue;
    out[key] = key === "$ref" ? value.replace("#/components/schemas/", "github#/$defs/") : toJsonSchema(value);
  }
  if (node.nullable && !node.$ref) return { anyOf: [{ type: "null" }, out] };
  return out;
}

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
// Recorded answers have "" for homepage and blog, which the description calls URIs.
const uri = ajv.formats.uri;
ajv.addFormat("uri", { ...uri, type: "string", validate: (text) => text === "" || (uri.validate ?? uri)(text) });
// Recorded organisations have null where the description has a plain string.
const recordedNulls = { "/orgs/{org}": ["/name", "/company", "/location", "/email"] };
ajv.addSchema({ $id: "github", $defs: toJsonSchema(api.components.schemas) });

function responseSchema(path, status, media) {
  let response = api.paths[path].get.responses[status];
  if (!response) throw new Error(`${path} has no ${status} in the description`);
  if (response.$ref) response = api.components.responses[response.$ref.split("/").pop()];
  const content = response.content;
  return toJsonSchema((content[media] ?? content["application/json"]).schema);
}

const validators = new Map(); // by path, status and media type
function validator(path, status, media) {
  const key = `${status} ${path} ${media}`;
  if (!validators.has(key)) validators.set(key, ajv.compile(responseSchema(path, status, media)));
  return validators.get(key);
}

let failed = 0;
async function check(url, path, { status = "200", accept = "application/json", token = "validator", headers = {} } = {}) {
  const sent = { accept, "user-agent": "validate", ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(base + url, { headers: sent, redirect: "manual" });
  const body = await answer.json();
  if (!url.includes(part)) return body;
  const valid = validator(path, status, accept);
  const problems = String(answer.status) !== status ? [`status ${answer.status}`] : [];
  if (Array.isArray(body) && body.length === 0) problems.push("an empty list proves nothing");
  const known = (e) => e.keyword === "type" && (recordedNulls[path] ?? []).includes(e.instancePath);
  if (!valid(body)) problems.push(...valid.errors.filter((e) => !known(e)).slice(0, 5).map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`));
  failed += problems.length > 0;
  console.log(problems.length ? `FAIL ${url}: ${problems.join("; ")}` : `ok   ${url}`);
  return body;
}

const ada = "/users/ada";
const star = "application/vnd.github.v3.star+json";
const users = await (await fetch(base + "/users?per_page=100", { headers: { "user-agent": "validate" } })).json();
const org = users.find((u) => u.type === "Organization").login;
await check(ada, "/users/{username}");
await check(`/users/${org}`, "/users/{username}");
const me = await check(ada, "/users/{username}", { token: null });
await check(`/user/${me.id}`, "/user/{account_id}");
for (const user of users.slice(0, 40)) await check(`/users/${user.login}`, "/users/{username}");
await check("/users?since=0", "/users");
await check(`/orgs/${org}`, "/orgs/{org}");
await check(ada + "/followers", "/users/{username}/followers");
await check(ada + "/following", "/users/{username}/following");
const repos = await check(ada + "/repos?per_page=100", "/users/{username}/repos");
await check(ada + "/starred?per_page=100", "/users/{username}/starred");
await check(ada + "/starred?per_page=100", "/users/{username}/starred", { accept: star });
const forks = repos.filter((r) => r.fork).slice(0, 3);
for (const { full_name: name } of repos.slice(0, 20).concat(forks)) {
  await check(`/repos/${name}`, "/repos/{owner}/{repo}");
  await check(`/repos/${name}`, "/repos/{owner}/{repo}", { token: null });
  await check(`/repos/${name}/languages`, "/repos/{owner}/{repo}/languages");
  await check(`/repos/${name}/topics`, "/repos/{owner}/{repo}/topics");
}
const popular = repos.reduce((a, b) => (b.stargazers_count > a.stargazers_count ? b : a)).full_name;
const forked = repos.reduce((a, b) => (b.forks_count > a.forks_count ? b : a)).full_name;
const full = repos.find((r) => r.size > 0).full_name;
await check(`/repos/${popular}/stargazers`, "/repos/{owner}/{repo}/stargazers");
await check(`/repos/${popular}/stargazers`, "/repos/{owner}/{repo}/stargazers", { accept: star });
await check(`/repos/${popular}/subscribers`, "/repos/{owner}/{repo}/subscribers");
await check(`/repos/${full}/contributors`, "/repos/{owner}/{repo}/contributors");
await check(`/repos/${forked}/forks`, "/repos/{owner}/{repo}/forks");
for (const tail of ["count", "history"]) {
  const path = `/repos/{owner}/{repo}/stargazers/${tail}`;
  if (api.paths[path]) await check(`/repos/${popular}/stargazers/${tail}`, path);
  else console.log(`skip ${path}: not in this version of the description`);
}
await check(`/repos/${full}/readme`, "/repos/{owner}/{repo}/readme");
for (const path of ["", "/src", "/logo.png"]) await check(`/repos/${full}/contents${path}`, "/repos/{owner}/{repo}/contents/{path}");
const commits = await check(`/repos/${full}/commits`, "/repos/{owner}/{repo}/commits");
await check(`/repos/${full}/commits/${commits[0].sha}`, "/repos/{owner}/{repo}/commits/{ref}");
const asset = repos.find((r) => r.full_name === full).id;
await check(`/repos/${full}/releases/assets/${asset}`, "/repos/{owner}/{repo}/releases/assets/{asset_id}");
await check("/repositories", "/repositories");
await check("/search/users?q=ada", "/search/users");
await check("/rate_limit", "/rate_limit");
await check("/versions", "/versions");
await check("/meta", "/meta");
await check("/users/nobody-at-all", "/users/{username}", { status: "404" });
await check("/repos/ada/nothing", "/repos/{owner}/{repo}", { status: "404" });
await check("/search/users", "/search/users", { status: "422" });
process.exit(failed ? 1 : 0);
