// Draws the numbers of a figure's data-url with uPlot, in the place of the server's picture, which stays where this fails.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const seconds = (day) => Date.parse(`${day}T00:00:00Z`) / 1000;
const names = { stargazers_count: "stars", stars_added: "stars gained", stars_ended: "stars removed", forks_count: "forks", subscribers_count: "watchers",
  open_issues_count: "open issues", followers_count: "followers", following_count: "following", public_repos: "public repositories",
  public_gists: "public gists", follows_ended: "follows ended" };
const words = (name) => names[name] ?? name.replaceAll("_", " ");

// Between two marks of the axis lie whole days, months or years.
const spans = [1, 2, 3, 5, 7, 10, 15, 30, 60, 90, 120, 180, 365, 730, 1825, 3650].map((days) => days * 86400);

// Numbers of people and things are whole.
const steps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();

// As everywhere on the pages: days as 2026-11-30, months and years as far as the marks tell them apart.
function dates(_, marks) {
  const texts = marks.map((at) => new Date(at * 1000).toISOString().slice(0, 10));
  if (texts.every((text) => text.endsWith("-01-01"))) return texts.map((text) => text.slice(0, 4));
  return texts.every((text) => text.endsWith("-01")) ? texts.map((text) => text.slice(0, 7)) : texts;
}

// [x, values of each series…] and what they are called.
function history(json) {
  const field = json.fields.find((name) => json.points.some((point) => point[name] !== null)) ?? json.fields[0];
  const known = (point) => point[field] !== null; // stars have years, other numbers the days of the crawl
  const points = json.points.slice(Math.max(0, json.points.findIndex(known)), json.points.findLastIndex(known) + 1);
  return { data: [points.map((point) => seconds(point.day)), points.map((point) => point[field])], labels: [words(field)], time: true };
}

function stars(json) {
  const aged = json.by === "age";
  const at = (point) => (aged ? point.age : seconds(point.day));
  const xs = [...new Set(json.series.flatMap((one) => one.points.map(at)))].sort((a, b) => a - b);
  const columns = json.series.map((one) => {
    const known = new Map(one.points.map((point) => [at(point), point.stargazers_count]));
    return xs.map((x) => known.get(x) ?? null);
  });
  return { data: [xs, ...columns], labels: json.series.map((one) => one.full_name), time: !aged, log: json.scale === "log" };
}

// One point has no width: a few days around it, as uPlot itself would show years.
function alone(xs, time) {
  const around = time ? 3 * 86400 : 1;
  return xs.length === 1 ? { range: [xs[0] - around, xs[0] + around] } : {};
}

function draw(figure, json) {
  const { data, labels, time, log } = (figure.dataset.kind === "stars" ? stars : history)(json);
  if (!data[0].length) return;
  const axis = { stroke: token("--soft"), grid: { stroke: token("--line"), width: 1 }, ticks: { stroke: token("--line") } };
  const newest = data.map((values) => values.findLastIndex((value) => value !== null));
  if (!time) newest[0] = null; // each has its own age
  const options = {
    width: figure.clientWidth, height: 320, padding: [null, 40, null, null], cursor: { drag: { x: true, y: false } },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
    scales: { x: { time, ...alone(data[0], time) }, y: log ? { distr: 3 } : { range: (_, low, high) => uPlot.rangeNum(0, high || 1, 0.1, true) } },
    axes: [time ? { ...axis, incrs: spans, values: dates, space: 90 } : axis, { ...axis, size: 72, ...(log ? {} : { incrs: steps }) }],
    // The newest values, until others are pointed at.
    hooks: { setLegend: [(plot) => { if (plot.legend.idx === null) plot.setLegend({ idxs: newest }, false); }] },
    series: [{ label: time ? "Day" : "Days since creation", value: time ? "{YYYY}-{MM}-{DD}" : (_, value) => value },
      ...labels.map((label, i) => ({ label, stroke: token(`--chart${(i % 8) + 1}`), width: 2, spanGaps: true, points: { show: data[0].length < 40 },
        dash: [[], [6, 3], [2, 3], [8, 3, 2, 3]][i % 4] }))],
  };
  const picture = figure.querySelector("img, .uplot");
  const place = document.createElement("div");
  const plot = new uPlot(options, data, place);
  plot.root.setAttribute("role", "img");
  plot.root.setAttribute("aria-label", figure.dataset.label);
  picture.replaceWith(plot.root);
  for (const other of figure.querySelectorAll("img")) other.remove();
  return plot;
}

async function show(figure) {
  const picture = figure.querySelector("img");
  figure.dataset.label = picture.alt;
  const answer = await fetch(figure.dataset.url);
  if (!answer.ok) return;
  const json = await answer.json();
  let plot = draw(figure, json);
  if (!plot) return;
  new ResizeObserver(() => plot.setSize({ width: figure.clientWidth, height: 320 })).observe(figure);
  dark.addEventListener("change", () => { plot.destroy(); figure.prepend(document.createElement("img")); plot = draw(figure, json); });
}

if (window.uPlot) for (const figure of document.querySelectorAll("figure.plot")) show(figure).catch(() => {});
