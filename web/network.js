// Draws who follows whom around a developer with d3-force. Without this the page shows the same as tables.
const place = document.querySelector(".network");
const svgNs = "http://www.w3.org/2000/svg";
const make = (name, attributes, parent) => {
  const element = document.createElementNS(svgNs, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
};

function draw(json) {
  const nodes = json.nodes.map((node) => ({ ...node }));
  const edges = json.edges.map((edge) => ({ ...edge }));
  const size = (node) => (node.depth === 0 ? 10 : 4 + Math.min(6, Math.log10(1 + (node.followers_count ?? 0))));
  const simulation = d3.forceSimulation(nodes).stop()
    .force("link", d3.forceLink(edges).id((node) => node.id).distance(60).strength(0.25))
    .force("charge", d3.forceManyBody().strength(-90))
    .force("x", d3.forceX().strength(0.06)).force("y", d3.forceY().strength(0.06))
    .force("collide", d3.forceCollide((node) => size(node) + 2));
  simulation.tick(Math.min(300, Math.ceil(30000 / (nodes.length + 50))));
  const svg = make("svg", { class: "network", role: "group", "aria-label": place.dataset.label }, document.createDocumentFragment());
  const lines = make("g", { class: "edges" }, svg), points = make("g", {}, svg);
  const drawn = edges.map((edge) => ({ ...edge, line: make("line",
    { class: edge.kind, x1: edge.source.x, y1: edge.source.y, x2: edge.target.x, y2: edge.target.y }, lines) }));
  for (const node of nodes) {
    const link = make("a", { href: new URL(node.url).pathname, "aria-label": node.name }, points);
    make("circle", { class: `${node.kind} depth${node.depth}`, cx: node.x, cy: node.y, r: size(node) }, link);
    make("title", {}, link).textContent = node.name;
    if (node.depth === 0 || nodes.length <= 60) make("text", { x: node.x + size(node) + 2, y: node.y + 4 }, link).textContent = node.name;
  }
  // Who is pointed at, or focused, stands out with its neighbours; leaving gives all of it back.
  const links = new Map(nodes.map((node, i) => [node, points.children[i]]));
  const select = (chosen) => {
    const near = new Set(chosen ? [chosen] : nodes);
    for (const { source, target, line } of drawn) {
      const touches = !chosen || source === chosen || target === chosen;
      line.classList.toggle("far", !touches);
      if (touches) near.add(source).add(target);
    }
    for (const [node, link] of links) link.classList.toggle("far", !near.has(node));
  };
  for (const [node, link] of links) {
    for (const event of ["pointerenter", "focus"]) link.addEventListener(event, () => select(node));
    for (const event of ["pointerleave", "blur"]) link.addEventListener(event, () => select(null));
  }
  const xs = nodes.map((node) => node.x), ys = nodes.map((node) => node.y);
  const view = { x: Math.min(...xs) - 40, y: Math.min(...ys) - 40 };
  view.width = Math.max(...xs) - view.x + 120;
  view.height = Math.max(...ys) - view.y + 40;
  const look = () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  const zoom = (by, cx = 0.5, cy = 0.5) => {
    view.x += view.width * cx * (1 - by);
    view.y += view.height * cy * (1 - by);
    view.width *= by;
    view.height *= by;
    look();
  };
  look();
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }, { passive: false });
  svg.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    const scale = view.width / svg.getBoundingClientRect().width;
    view.x -= event.movementX * scale;
    view.y -= event.movementY * scale;
    look();
  });
  svg.addEventListener("keydown", (event) => {
    if (event.key === "+") zoom(1 / 1.25);
    else if (event.key === "-") zoom(1.25);
  });
  place.replaceWith(svg);
  document.querySelector(".legend").hidden = false;
}

async function show() {
  const answer = await fetch(place.dataset.url);
  if (answer.ok) draw(await answer.json());
}

if (place && window.d3?.forceSimulation) show().catch(() => {});
