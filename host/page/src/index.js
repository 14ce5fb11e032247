// Obscura's renditions in a page.
//
// - members: the renditions of a family, in the order in which a page offers them
// - picture: what stands in the attributes, and the text of it
// - placeholder: what is seen before the picture
//
// What not every page needs is apart: `load` reads a picture's record from where it is served, `loaders` makes
// addresses for Next.js and unpic.

export { html, picture } from "./picture.js";
