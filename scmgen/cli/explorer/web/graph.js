// The graph: drawn once; what a do sets, cuts and moves is marked in it.

let graphWords = "";

/** The factor that a node shows: of a graph in time x[t] and x[t-1] show x. */
const nodeName = (node) => node.replace(/\[t(-\d+)?\]$/, "");
const isEarlier = (node) => /\[t-\d+\]$/.test(node);

function layGraph(text) {
  const picture = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
  for (const node of picture.querySelectorAll("[data-node]")) {
    const [box, inner] = [node.querySelector("rect"), node.querySelector("rect").cloneNode()];
    for (const [side, by] of [["x", 3.5], ["y", 3.5], ["width", -7], ["height", -7]]) {
      inner.setAttribute(side, Number(box.getAttribute(side)) + by);
    }
    inner.classList.add("inner");
    box.after(inner);
    node.append(reach(box));
  }
  graphWords = picture.getAttribute("aria-label");
  $("graph").replaceChildren(picture);
}

/** An unseen box around a node that a finger hits. */
function reach(box) {
  const area = box.cloneNode();
  const [tall, wide] = [44, Math.max(44, Number(box.getAttribute("width")))];
  area.setAttribute("height", tall);
  area.setAttribute("y", Number(box.getAttribute("y")) + (Number(box.getAttribute("height")) - tall) / 2);
  area.setAttribute("width", wide);
  area.setAttribute("x", Number(box.getAttribute("x")) + (Number(box.getAttribute("width")) - wide) / 2);
  area.setAttribute("class", "reach");
  return area;
}

function markGraph() {
  const done = held(accepted.do, accepted.step);
  const cuts = (name) => name in done && !isSoft(done[name]);
  const moved = movedFactors();
  for (const node of $("graph").querySelectorAll("[data-node]")) {
    const name = isEarlier(node.dataset.node) ? null : nodeName(node.dataset.node);
    node.classList.toggle("target", name in done);
    node.classList.toggle("moved", moved.includes(name) && !(name in done));
  }
  for (const edge of $("graph").querySelectorAll(".edge")) {
    const [from, to] = [edge.dataset.from, edge.dataset.to].map(nodeName);
    edge.classList.toggle("cut", cuts(to) || (edge.classList.contains("bidirected") && cuts(from)));
  }
  const words = Object.keys(done).map((name) => `intervention on ${name}`);
  $("graph").firstElementChild?.setAttribute("aria-label", [graphWords, ...words].join("; "));
}
