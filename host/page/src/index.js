// Obscura's renditions in a page.
//
// - members: the renditions of a family, in the order in which a page offers them
// - picture: the attributes, and the HTML
// - placeholder: the background until the picture has loaded
//
// Optional modules: `load` fetches a picture's record, `loaders` builds URLs for Next.js and unpic.

export { html, picture } from "./picture.js";
