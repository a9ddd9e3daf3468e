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
  const size = (node) => (node.depth === 0 ? 10 : 4 + Math.min(6, Math.log10(1 + Math.max(0, node.followers_count ?? 0))));
  // As wide as its place: pulled together less along the longer side.
  const wide = Math.min(2.2, Math.max(0.6, place.parentElement.clientWidth / Math.min(0.7 * innerHeight, 640, innerWidth)));
  const simulation = d3.forceSimulation(nodes).stop()
    .force("link", d3.forceLink(edges).id((node) => node.id).distance(60).strength(0.25))
    .force("charge", d3.forceManyBody().strength(-90))
    .force("x", d3.forceX().strength(0.06 / wide)).force("y", d3.forceY().strength(0.06 * wide))
    .force("collide", d3.forceCollide((node) => size(node) + 2));
  simulation.tick(Math.min(300, Math.ceil(30000 / (nodes.length + 50))));
  const svg = make("svg", { class: "network", role: "group", "aria-label": place.dataset.label }, document.createDocumentFragment());
  const lines = make("g", { class: "edges" }, svg), points = make("g", {}, svg), names = make("g", { class: "names", "aria-hidden": "true" }, svg);
  const drawn = edges.map((edge) => ({ ...edge, line: make("line",
    { class: edge.kind, x1: edge.source.x, y1: edge.source.y, x2: edge.target.x, y2: edge.target.y }, lines) }));
  for (const node of nodes) {
    const link = make("a", { href: new URL(node.url).pathname, "aria-label": node.name, tabindex: node.depth ? -1 : 0 }, points);
    make("circle", { class: `${node.kind} depth${node.depth}`, cx: node.x, cy: node.y, r: size(node) }, link);
    make("title", {}, link).textContent = node.name;
  }
  // Who is pointed at, or focused, stands out with its neighbours; leaving gives all of it back.
  const links = new Map(nodes.map((node, i) => [node, points.children[i]])), texts = new Map();
  const select = (chosen) => {
    const near = new Set(chosen ? [chosen] : nodes);
    for (const { source, target, line } of drawn) {
      const touches = !chosen || source === chosen || target === chosen;
      line.classList.toggle("far", !touches);
      if (touches) near.add(source).add(target);
    }
    for (const shown of [links, texts]) for (const [node, element] of shown) element.classList.toggle("far", !near.has(node));
  };
  for (const [node, link] of links) {
    for (const event of ["pointerenter", "focus"]) link.addEventListener(event, () => select(node));
    for (const event of ["pointerleave", "blur"]) link.addEventListener(event, () => select(null));
  }
  const xs = nodes.map((node) => node.x), ys = nodes.map((node) => node.y);
  const view = { x: Math.min(...xs) - 40, y: Math.min(...ys) - 40 };
  view.width = Math.max(...xs) - view.x + 120;
  view.height = Math.max(...ys) - view.y + 40;
  const pixel = () => { // in units of the drawing
    const box = svg.getBoundingClientRect();
    return Math.max(view.width / box.width, view.height / box.height);
  };
  const look = () => {
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    names.setAttribute("font-size", 11 * pixel()); // as large at every zoom
  };
  // The seed and the best connected have their names beside them, where there is room.
  const name = () => {
    const ends = new Map(nodes.map((node) => [node, 0])), taken = [], unit = pixel();
    for (const { source, target } of edges) for (const end of [source, target]) ends.set(end, ends.get(end) + 1);
    const ranked = [...ends].sort(([a, n], [b, m]) => a.depth && b.depth ? m - n : a.depth - b.depth).slice(0, 40);
    for (const [node] of ranked) {
      const left = node.x + size(node) + 2 * unit, box = { left, right: left + 7 * unit * node.name.length, top: node.y - 7 * unit, bottom: node.y + 7 * unit };
      if (taken.some((one) => one.left < box.right && box.left < one.right && one.top < box.bottom && box.top < one.bottom)) continue;
      taken.push(box);
      const text = make("text", { x: left, y: node.y + 4 * unit }, names);
      text.textContent = node.name;
      texts.set(node, text);
      if (taken.length === 14) break;
    }
  };
  const zoom = (by, cx = 0.5, cy = 0.5) => {
    view.x += view.width * cx * (1 - by);
    view.y += view.height * cy * (1 - by);
    view.width *= by;
    view.height *= by;
    look();
  };
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
  // Tab reaches the drawing once; arrows go from one to the next, in the order of the table.
  let stop = points.querySelector('[tabindex="0"]');
  const go = (from, step) => {
    stop?.setAttribute("tabindex", -1);
    stop = points.children[(from + step + nodes.length) % nodes.length];
    stop.setAttribute("tabindex", 0);
    stop.focus();
  };
  svg.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own keys
    const at = [...points.children].indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "+") zoom(1 / 1.25);
    else if (event.key === "-") zoom(1.25);
    else if (step && at >= 0) {
      event.preventDefault();
      go(at, step);
    }
  });
  place.replaceWith(svg);
  look();
  name();
  document.querySelector(".legend").hidden = false;
}

async function show() {
  const answer = await fetch(place.dataset.url);
  if (answer.ok) draw(await answer.json());
}

if (place && window.d3?.forceSimulation) show().catch(() => {});
