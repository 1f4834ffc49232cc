// A browser starts no worker from a file on disk, but it does from a text: the one that the build wrote beside this file.
if (location.protocol === "file:") {
  document.write(`<script src="${document.currentScript.src.replace(/[^/]*$/, "worker.js")}"></script>`);
  const Native = window.Worker;
  window.Worker = function () {
    return new Native(URL.createObjectURL(new Blob([__worker], { type: "text/javascript" })));
  };
}
