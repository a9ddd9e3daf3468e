// Validates a GraphQL document against GitHub's published schema. Usage: node validate_query.mjs FILE.graphql
import { readFileSync } from "node:fs";
import { schema as published } from "@octokit/graphql-schema";
import { buildSchema, parse, validate } from "graphql";

const file = process.argv[2];
if (!file) {
  console.error("validate_query.mjs: expected a .graphql file");
  process.exit(2);
}
const schema = buildSchema(published.idl, { assumeValidSDL: true });
let errors;
try {
  errors = validate(schema, parse(readFileSync(file, "utf8")));
} catch (error) {
  errors = [error];
}
for (const error of errors) console.error(`${file}: ${error.message} ${JSON.stringify(error.locations ?? [])}`);
process.exit(errors.length ? 1 : 0);
