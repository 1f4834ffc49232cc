// The switch of versions: `versions.js` beside the folders of the versions says which there are, and their pages.
(() => {
  const here = document.currentScript.src;
  const root = new URL("../../", here);
  const [own, ...rest] = location.href.slice(root.href.length).split("/");
  const page = rest.join("/").replace(/[?#].*$/, "");
  const show = () => {
    const choice = document.createElement("select");
    choice.className = "versions";
    choice.ariaLabel = "Version of the documentation";
    for (const { name } of window.scmgenVersions) choice.add(new Option(name, name, false, name === own));
    choice.addEventListener("change", () => {
      const { name, pages } = window.scmgenVersions.find((version) => version.name === choice.value);
      location.href = new URL(`${name}/${pages.includes(page) ? page : "index.html"}`, root);
    });
    document.querySelector(".md-header__inner .md-header__title").after(choice);
  };
  const list = document.createElement("script");
  list.src = new URL("versions.js", root);
  list.onload = show;
  document.head.append(list);
})();
