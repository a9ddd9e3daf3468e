// Validates GraphQL documents against GitHub's published schema. Usage: node validate_query.mjs FILE.graphql…; says "ok FILE" or
// what is wrong with it.
import { readFileSync } from "node:fs";
import { schema as published } from "@octokit/graphql-schema";
import { buildSchema, parse, validate } from "graphql";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("validate_query.mjs: expected a .graphql file");
  process.exit(2);
}
const schema = buildSchema(published.idl, { assumeValidSDL: true });
let failed = 0;
for (const file of files) {
  let errors;
  try {
    errors = validate(schema, parse(readFileSync(file, "utf8")));
  } catch (error) {
    errors = [error];
  }
  if (errors.length === 0) console.log(`ok ${file}`);
  for (const error of errors) console.error(`${file}: ${error.message} ${JSON.stringify(error.locations ?? [])}`);
  failed += errors.length > 0;
}
process.exit(failed ? 1 : 0);
