/**
 * The URL of a key with any characters.
 * @param {string} base where keys are served, such as `https://cdn.example.com`
 * @param {string} key
 */
export const url = (base, key) =>
  `${base.replace(/\/+$/, "")}/${key.split("/").map(encodeURIComponent).join("/")}`;
