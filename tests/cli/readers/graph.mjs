// graph.mjs FILE.gexf|FILE.graphml: what graphology reads of it, as JSON.
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Graph = require("graphology");
const file = process.argv[2];
const parser = require(file.endsWith(".gexf") ? "graphology-gexf" : "graphology-graphml");
const graph = parser.parse(Graph.MultiDirectedGraph, fs.readFileSync(file, "utf8"));
const nodes = graph.mapNodes((node, attributes) => [node, attributes]);
const edges = graph.mapEdges((edge, attributes, source, target) => [source, target, attributes]);
console.log(JSON.stringify({ type: graph.type, nodes, edges }));
