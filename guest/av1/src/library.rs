//! Calls of libaom, as `aom/aom_encoder.h` and `aom/aomcx.h` document them. All `unsafe` is here.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::zeroed;
use std::{ptr, slice};

use libaom_sys as aom;

use crate::frame::{Coded, Fault, Plane, Sampling};

/// Why a call is sound: `context` is initialized from `new` until `drop`, and is not shared.
type Context = Box<aom::aom_codec_ctx_t>;

/// An encoder of one frame.
pub(crate) struct Encoder {
    context: Context,
    sampling: Sampling,
}

impl Encoder {
    /// An encoder of a frame of `width` × `height` samples.
    pub(crate) fn new(width: u32, height: u32, sampling: Sampling) -> Result<Self, Fault> {
        // SAFETY: structures of C without references, for which zeros are valid. libaom fills the
        // configuration, copies it, and writes to nothing but the context.
        unsafe {
            let interface = aom::aom_codec_av1_cx();
            let mut configuration: aom::aom_codec_enc_cfg_t = zeroed();
            let mut context: Context = Box::new(zeroed());
            let status = aom::aom_codec_enc_config_default(
                interface,
                &raw mut configuration,
                aom::AOM_USAGE_ALL_INTRA,
            );
            checked(&context, status)?;
            configuration.g_w = width;
            configuration.g_h = height;
            configuration.g_profile = u32::from(sampling == Sampling::Full);
            configuration.g_threads = 1;
            configuration.g_lag_in_frames = 0;
            // One frame: a still picture, with the short header of those.
            configuration.g_limit = 1;
            configuration.monochrome = u32::from(sampling == Sampling::Luma);
            configuration.rc_end_usage = aom::AOM_Q;
            let status = aom::aom_codec_enc_init_ver(
                &raw mut *context,
                interface,
                &raw const configuration,
                0,
                aom::AOM_ENCODER_ABI_VERSION as c_int,
            );
            checked(&context, status)?;
            let mut encoder = Self { context, sampling };
            let full = aom::AOM_CR_FULL_RANGE as c_int;
            encoder.control(|context| {
                aom::aom_codec_control(context, aom::AV1E_SET_COLOR_RANGE as c_int, full)
            })?;
            Ok(encoder)
        }
    }

    /// Set an option by its name on the command line of libaom's program `aomenc`.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let [name, value] = [name, value].map(|text| CString::new(text).unwrap_or_default());
        // SAFETY: see `Context`; both texts end with zero and outlive the call.
        self.control(|context| unsafe {
            aom::aom_codec_set_option(context, name.as_ptr(), value.as_ptr())
        })
    }

    /// Encode planes of the sizes that `new` was told.
    pub(crate) fn encode(mut self, planes: &[Plane<'_>]) -> Result<Coded, Fault> {
        let image = Image::new(planes, self.sampling)?;
        // SAFETY: see `Context`; the image outlives both calls, which only read it.
        self.control(|context| unsafe { aom::aom_codec_encode(context, image.0, 0, 1, 0) })?;
        let mut units = self.units();
        // SAFETY: as above. Without an image, it encodes what it still holds back.
        self.control(|context| unsafe { aom::aom_codec_encode(context, ptr::null(), 0, 1, 0) })?;
        units.append(&mut self.units());
        let shown = self.shown(planes)?;
        Ok(Coded { units, shown })
    }

    /// What was encoded since the last call of `aom_codec_encode`.
    fn units(&mut self) -> Vec<u8> {
        let mut units = Vec::new();
        let mut place: aom::aom_codec_iter_t = ptr::null();
        // SAFETY: see `Context`. A packet is valid until the next call; the union holds a frame if
        // `kind` says so, with `sz` bytes at `buf`.
        unsafe {
            while let Some(packet) =
                aom::aom_codec_get_cx_data(&raw mut *self.context, &raw mut place).as_ref()
            {
                if packet.kind == aom::AOM_CODEC_CX_FRAME_PKT {
                    let frame = packet.data.frame;
                    units.extend_from_slice(slice::from_raw_parts(frame.buf.cast(), frame.sz));
                }
            }
        }
        units
    }

    /// The planes that decoders will show.
    fn shown(&mut self, planes: &[Plane<'_>]) -> Result<Vec<Vec<u8>>, Fault> {
        // SAFETY: zeros are a valid image; libaom overwrites it with pointers into the encoder's
        // frame, which stays until the next call.
        let mut image: aom::aom_image_t = unsafe { zeroed() };
        let wanted = aom::AV1_GET_NEW_FRAME_IMAGE as c_int;
        let to = &raw mut image;
        // SAFETY: see `Context`; this control takes a pointer to an image.
        self.control(|context| unsafe { aom::aom_codec_control(context, wanted, to) })?;
        if image.fmt & aom::AOM_IMG_FMT_HIGHBITDEPTH != 0 {
            return Err(Fault::Library("the frame has more than 8 bits".to_owned()));
        }
        Ok(planes.iter().enumerate().map(|(at, plane)| rows(&image, at, plane)).collect())
    }

    fn control(
        &mut self,
        call: impl FnOnce(*mut aom::aom_codec_ctx_t) -> aom::aom_codec_err_t,
    ) -> Result<(), Fault> {
        let status = call(&raw mut *self.context);
        checked(&self.context, status)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: see `Context`.
        unsafe { aom::aom_codec_destroy(&raw mut *self.context) };
    }
}

/// An image that libaom allocated.
struct Image(*mut aom::aom_image_t);

impl Image {
    /// A copy of planes. Grey gets chroma without colour, which libaom reads but does not code.
    fn new(planes: &[Plane<'_>], sampling: Sampling) -> Result<Self, Fault> {
        let format = match sampling {
            Sampling::Full => aom::AOM_IMG_FMT_I444,
            Sampling::Luma | Sampling::Half => aom::AOM_IMG_FMT_I420,
        };
        let (width, height) = (planes[0].width, planes[0].height);
        // SAFETY: a null pointer asks for a new image. Its planes have `stride` × rows bytes, rows
        // being the height, for chroma of I420 half of it, rounded up; `sampling` stands for that.
        unsafe {
            let image = aom::aom_img_alloc(ptr::null_mut(), format, width, height, 16);
            let Some(to) = image.as_mut() else {
                return Err(Fault::Library("no memory for the planes".to_owned()));
            };
            to.monochrome = c_int::from(sampling == Sampling::Luma);
            to.range = aom::AOM_CR_FULL_RANGE;
            for (at, plane) in planes.iter().enumerate() {
                let stride = to.stride[at].unsigned_abs() as usize;
                let width = plane.width as usize;
                for (row, samples) in plane.samples.chunks_exact(width).enumerate() {
                    ptr::copy_nonoverlapping(
                        samples.as_ptr(),
                        to.planes[at].add(row * stride),
                        width,
                    );
                }
            }
            for at in planes.len()..3 {
                let stride = to.stride[at].unsigned_abs() as usize;
                ptr::write_bytes(to.planes[at], 128, stride * height.div_ceil(2) as usize);
            }
            Ok(Self(image))
        }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // SAFETY: it was allocated by `aom_img_alloc`, and is freed once.
        unsafe { aom::aom_img_free(self.0) };
    }
}

/// The samples of one plane of an image, as many as `plane` has.
fn rows(image: &aom::aom_image_t, at: usize, plane: &Plane<'_>) -> Vec<u8> {
    let mut samples = Vec::with_capacity(plane.samples.len());
    for row in 0..plane.height as isize {
        // SAFETY: the encoder's frame has the sizes of the planes that it encoded, and `stride` bytes
        // from one row to the next.
        samples.extend_from_slice(unsafe {
            let start = image.planes[at].offset(row * image.stride[at] as isize);
            slice::from_raw_parts(start, plane.width as usize)
        });
    }
    samples
}

fn checked(context: &Context, status: aom::aom_codec_err_t) -> Result<(), Fault> {
    if status == aom::AOM_CODEC_OK {
        return Ok(());
    }
    // SAFETY: see `Context`; both calls give a text that ends with zero, or null.
    let (detail, reason) = unsafe {
        (
            text(aom::aom_codec_error_detail(&raw const **context)),
            text(aom::aom_codec_err_to_string(status)),
        )
    };
    Err(Fault::Library(detail.or(reason).unwrap_or_else(|| status.to_string())))
}

/// # Safety
///
/// A text that ends with zero, or null.
unsafe fn text(text: *const c_char) -> Option<String> {
    // SAFETY: see above.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}
