// octokit as its users have it, against a base URL. Usage: node walk.mjs BASE_URL TOKEN OWNER/REPO
// Prints one JSON object of what it saw; anything unexpected is an exception.
import { Octokit } from "@octokit/rest";
import { throttling } from "@octokit/plugin-throttling";

const [baseUrl, auth, fullName] = process.argv.slice(2);
const [owner, repo] = fullName.split("/");
const limited = [];
const retryOnce = (kind) => (after, options, octokit, count) => {
  limited.push({ kind, after, url: options.url });
  return count < 1;
};
const Throttled = Octokit.plugin(throttling);
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };
const octokit = new Throttled({
  baseUrl,
  auth,
  log: quiet,
  throttle: { onRateLimit: retryOnce("primary"), onSecondaryRateLimit: retryOnce("secondary") },
});

const out = {};
const ids = (list) => list.map((item) => item.id);
out.followers = ids(await octokit.paginate(octokit.rest.users.listFollowersForUser, { username: "ada", per_page: 30 }));
out.repos = ids(await octokit.paginate("GET /users/{username}/repos", { username: "ada", per_page: 100 }));
const starred = await octokit.paginate("GET /users/{username}/starred", {
  username: "ada",
  per_page: 50,
  headers: { accept: "application/vnd.github.star+json" },
});
out.starred = starred.map((s) => [s.repo.id, s.starred_at]);
out.early = [];
for await (const { data } of octokit.paginate.iterator("GET /users/{username}/followers", { username: "ada", per_page: 10 })) {
  out.early.push(...ids(data));
  if (out.early.length >= 20) break;
}
out.readme = (await octokit.rest.repos.getReadme({ owner, repo, mediaType: { format: "raw" } })).data;
const commits = await octokit.rest.repos.listCommits({ owner, repo });
out.diff = (await octokit.rest.repos.getCommit({ owner, repo, ref: commits.data[0].sha, mediaType: { format: "diff" } })).data;
out.zip = (await octokit.rest.repos.downloadZipballArchive({ owner, repo, ref: "" })).data.byteLength;

const first = await octokit.request("GET /users/{username}", { username: "ada" });
out.ratelimit = Number(first.headers["x-ratelimit-limit"]);
try {
  await octokit.request("GET /users/{username}", { username: "ada", headers: { "if-none-match": first.headers.etag } });
  out.conditional = 200;
} catch (error) {
  out.conditional = error.status;
}
try {
  await octokit.rest.repos.get({ owner: "no", repo: "such" });
} catch (error) {
  out.missing = [error.status, error.message.split(" - ")[0]];
}
const answer = await octokit.graphql(
  `query($owner: String!, $name: String!) {
     viewer { login }
     repository(owner: $owner, name: $name) { nameWithOwner stargazerCount }
     rateLimit { cost remaining }
   }`,
  { owner, name: repo },
);
out.graphql = answer.repository;
out.viewer = answer.viewer?.login;
try {
  await octokit.graphql("{ nonsense }");
} catch (error) {
  out.graphqlError = error.name;
}
out.limited = limited;
console.log(JSON.stringify(out));
