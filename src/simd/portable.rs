//! Vectors of 16 bytes in plain code. They serve processors without any of the other instruction
//! sets, and the tests compare those with them.

use super::kernels::Isa;

/// The plain code, which every processor can run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portable;

type Vector = [u8; 16];

#[inline(always)]
fn each(of: impl Fn(usize) -> u8) -> Vector {
    std::array::from_fn(of)
}

impl Isa for Portable {
    type Vector = Vector;

    const WIDTH: usize = 16;

    #[inline(always)]
    fn splat(self, byte: u8) -> Vector {
        [byte; 16]
    }

    #[inline(always)]
    fn table(self, entries: &[u8; 16]) -> Vector {
        *entries
    }

    #[inline(always)]
    unsafe fn load(self, start: *const u8) -> Vector {
        // SAFETY: as the caller promises; arrays of bytes need no alignment.
        unsafe { start.cast::<Vector>().read() }
    }

    #[inline(always)]
    fn equal(self, one: Vector, other: Vector) -> Vector {
        each(|at| match one[at] == other[at] {
            true => u8::MAX,
            false => 0,
        })
    }

    #[inline(always)]
    fn and(self, one: Vector, other: Vector) -> Vector {
        each(|at| one[at] & other[at])
    }

    #[inline(always)]
    fn or(self, one: Vector, other: Vector) -> Vector {
        each(|at| one[at] | other[at])
    }

    #[inline(always)]
    fn minus(self, one: Vector, other: Vector) -> Vector {
        each(|at| one[at].wrapping_sub(other[at]))
    }

    #[inline(always)]
    fn look_up(self, table: Vector, indices: Vector) -> Vector {
        each(|at| table[usize::from(indices[at] & 15)])
    }

    #[inline(always)]
    fn upper_halves(self, bytes: Vector) -> Vector {
        each(|at| bytes[at] >> 4)
    }

    #[inline(always)]
    fn has_any(self, bytes: Vector) -> bool {
        u128::from_le_bytes(bytes) != 0
    }

    /// Returns a bit for each byte. A product moves the highest bits of eight bytes next to each
    /// other.
    #[inline(always)]
    fn bits(self, bytes: Vector) -> u64 {
        let [low, high] = [0, 8].map(|at| {
            let eight: [u8; 8] = std::array::from_fn(|nth| bytes[at + nth]);
            let ones = u64::from_le_bytes(eight) >> 7 & 0x0101_0101_0101_0101;
            ones.wrapping_mul(0x0102_0408_1020_4080) >> 56
        });
        low | high << 8
    }

    #[inline(always)]
    fn sum(self, bytes: Vector) -> u64 {
        bytes.iter().map(|&byte| u64::from(byte)).sum()
    }
}
