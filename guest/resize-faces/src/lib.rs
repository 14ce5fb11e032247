//! The transform `resize`, with `"position": "faces"`: `cover` keeps the faces in a picture.
//!
//! It is a component of its own because of the model that finds them, and because whoever deploys it decides that
//! people's pictures are looked at in this way. It takes the same parameters and gives the same renditions: route to
//! it in the place of `resize`.

pub use resize::Resize;
