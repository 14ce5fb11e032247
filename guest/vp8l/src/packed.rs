//! Arithmetic on the four channels of a pixel at once, written so that the compiler can vectorise
//! it.

/// The top bit of each channel, so that no channel borrows from the next.
const HIGH: u32 = 0x8080_8080;

/// Each channel's difference, modulo 256.
#[inline(always)]
pub(crate) fn subtract(a: u32, b: u32) -> u32 {
    ((a | HIGH).wrapping_sub(b & !HIGH)) ^ ((a ^ !b) & HIGH)
}

/// Each channel's mean, rounded down.
#[inline(always)]
pub(crate) fn mean(a: u32, b: u32) -> u32 {
    (((a ^ b) & 0xfefe_fefe) >> 1) + (a & b)
}

/// The channel at a shift, unsigned.
#[inline(always)]
pub(crate) fn channel(pixel: u32, shift: u32) -> i32 {
    (pixel >> shift & 255) as i32
}

/// The channel at a shift, signed.
#[inline(always)]
pub(crate) fn signed(pixel: u32, shift: u32) -> i32 {
    i32::from((pixel >> shift) as u8 as i8)
}

/// Subtract green from red and blue.
pub(crate) fn subtract_green(pixels: &mut [u32]) {
    for pixel in pixels {
        let green = *pixel >> 8 & 255;
        *pixel = *pixel & 0xff00_ff00 | subtract(*pixel, green << 16 | green) & 0x00ff_00ff;
    }
}
