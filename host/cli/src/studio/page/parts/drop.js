// A drop zone for files, which can be dropped, pasted or chosen, by mouse or keyboard.

import { h, id } from "../dom.js";
import { chosen, dropped, pasted } from "./uploads.js";

/** A zone that calls `take` with files. Returns the element, and a function that ends it. */
export function dropPlace({ label, hint, accept, many = true, folder = false, take }) {
  const name = id("files");
  const input = h("input", {
    type: "file",
    id: name,
    multiple: many,
    accept,
    class: "visually-hidden",
    onchange: () => {
      const files = chosen(input);
      input.value = "";
      if (files.length > 0) take(files);
    },
  });
  const folderInput =
    folder &&
    h("input", {
      type: "file",
      id: `${name}-folder`,
      webkitdirectory: true,
      class: "visually-hidden",
      onchange: () => take(chosen(folderInput)),
    });
  const element = h(
    "div",
    {
      class: "drop",
      ondragover: (event) => {
        event.preventDefault();
        element.classList.add("over");
      },
      ondragleave: () => element.classList.remove("over"),
      ondrop: async (event) => {
        event.preventDefault();
        event.stopPropagation();
        element.classList.remove("over");
        const files = await dropped(event.dataTransfer);
        if (files.length > 0) take(files);
      },
    },
    h("p", { class: "drop-title" }, label),
    h(
      "p",
      { class: "drop-how" },
      input,
      h("label", { for: name, class: "button" }, many ? "Choose files" : "Choose a file"),
      folderInput && [folderInput, h("label", { for: `${name}-folder`, class: "button" }, "Choose a folder")],
    ),
    hint && h("p", { class: "hint" }, hint),
  );
  const paste = (event) => {
    const files = pasted(event.clipboardData);
    if (files.length > 0) {
      event.preventDefault();
      take(files);
    }
  };
  document.addEventListener("paste", paste);
  return { element, end: () => document.removeEventListener("paste", paste) };
}
