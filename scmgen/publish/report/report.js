"use strict";
/* Shows any pair of factors larger. All else on the page works without a script. */
for (const pairs of document.querySelectorAll(".pairs")) {
  const prefix = pairs.dataset.prefix;
  const across = pairs.querySelector("select.across"), up = pairs.querySelector("select.up");
  const side = 250, turned = `matrix(0 -1 -1 0 ${side} ${side})`;
  const show = () => {
    const x = Number(across.value), y = Number(up.value);
    for (const use of pairs.querySelectorAll("[data-pair]")) {
      use.setAttribute("href", x === y ? "" : `#${use.dataset.pair}-${Math.max(x, y)}-${Math.min(x, y)}`);
      if (y > x) use.removeAttribute("transform");
      else use.setAttribute("transform", turned);
    }
    for (const use of pairs.querySelectorAll("[data-scale]")) {
      use.setAttribute("href", `#${prefix}${use.dataset.scale}-${use.dataset.scale === "x" ? x : y}`);
    }
    for (const cell of pairs.querySelectorAll("[data-x]")) {
      cell.classList.toggle("shown", Number(cell.dataset.x) === x && Number(cell.dataset.y) === y);
    }
    for (const plot of pairs.querySelectorAll(".large svg")) {
      plot.setAttribute("aria-label", `${up.selectedOptions[0].text} against ${across.selectedOptions[0].text}`);
    }
  };
  across.addEventListener("change", show);
  up.addEventListener("change", show);
  pairs.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-x]");
    if (!cell) return;
    across.value = cell.dataset.x;
    up.value = cell.dataset.y;
    show();
    pairs.querySelector(".pickers").scrollIntoView({ block: "nearest" });
  });
  show();
}
document.documentElement.classList.add("script");
