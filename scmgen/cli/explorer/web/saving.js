// A picture to save: what the page shows, with its captions, as a PNG.

const TILE = 360;

async function savePicture() {
  const figures = [...$("worlds").querySelectorAll("figure:not([hidden])")];
  const across = $("worlds").classList.contains("three") ? 3 : 2;
  const [edge, head, foot] = [16, 26, 44];
  const down = Math.ceil(figures.length / across);
  const canvas = make("canvas", { width: edge + across * (TILE + edge), height: down * (TILE + head + foot + edge) + edge + 24 });
  const brush = canvas.getContext("2d");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  brush.fillStyle = colour("--paper");
  brush.fillRect(0, 0, canvas.width, canvas.height);
  for (const [k, figure] of figures.entries()) {
    const [x, y] = [edge + (k % across) * (TILE + edge), edge + Math.floor(k / across) * (TILE + head + foot + edge)];
    write(brush, figure.querySelector(".kind").textContent, x, y + 16, "600 16px system-ui, sans-serif", colour("--ink"));
    brush.imageSmoothingEnabled = !document.body.classList.contains("coarse");
    const image = figure.querySelector("img");
    await image.decode();
    const side = image.naturalWidth; // of a clip the frame that is shown
    brush.drawImage(image, 0, scene.frames ? frameNow() * side : 0, side, scene.frames ? side : image.naturalHeight, x, y + head, TILE, TILE);
    const told = figure.querySelector("figcaption").textContent;
    write(brush, told, x, y + head + TILE + 18, "14px system-ui, sans-serif", colour("--soft"));
  }
  write(brush, `${scene.name}, seed ${accepted.seed} · scmgen`, edge, canvas.height - 12, "12px system-ui, sans-serif", colour("--soft"), canvas.width);
  canvas.toBlob((file) => {
    const link = make("a", { href: URL.createObjectURL(file), download: fileName() });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}

/** A text in at most two lines. */
function write(brush, text, x, y, font, colour, wide = TILE) {
  [brush.font, brush.fillStyle] = [font, colour];
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (brush.measureText(longer).width <= wide || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  lines.slice(0, 2).forEach((line, k) => brush.fillText(k === 1 && lines.length > 2 ? `${line} …` : line, x, y + 18 * k));
}

function fileName() {
  const words = [scene.name, `sample-${accepted.index}`, scene.frames ? `frame-${frameNow()}` : "", spellStep(held(accepted.do, accepted.step))].filter(Boolean).join("-");
  return `${words.replace(/[^A-Za-z0-9.,_-]+/g, "_").slice(0, 80)}.png`;
}
