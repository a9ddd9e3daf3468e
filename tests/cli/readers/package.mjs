// package.mjs FOLDER: reads an export as a Frictionless data package, casting each value. Prints {errors, rows: {table: rows}} as JSON.
import path from "node:path";
import { createRequire } from "node:module";

const { Package } = createRequire(import.meta.url)("datapackage");
const folder = process.argv[2];
const pack = await Package.load(path.join(folder, "datapackage.json"), { basePath: folder });
const rows = {};
for (const resource of pack.resources.filter((one) => one.tabular)) rows[resource.name] = await resource.read({ keyed: true });
console.log(JSON.stringify({ errors: pack.errors.map(String), rows }));
