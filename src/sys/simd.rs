//! Positions at which certain bytes stand, found for 256 positions at a time.
//!
//! The first tests of a [`Tests`] are run by vector instructions over whole groups of positions,
//! the rest, and what is too short for a group, byte by byte. Which instructions there are is
//! decided when the program runs, so there is no need for `-C target-cpu=native`.
//!
//! Three kernels. [`Kernel::Equal`] compares two bytes, in either case if need be, with what they
//! should be: the "packed pair" of memchr's memmem, after Muła's "generic SIMD"
//! (<http://0x80.pl/articles/simd-strfind.html>), but for 256 positions before anything branches.
//! [`Kernel::Tables`] looks both halves of each byte up in tables of 16 entries whose eight bits
//! stand for eight alternatives: Teddy, from Hyperscan (Wang et al., NSDI 2019, section 4), which
//! is exact for classes of bytes that are a product of upper and lower halves, such as digits, and
//! lets a few more pass of others. [`Kernel::Rows`] spends the eight bits on one alternative, whose
//! classes it decides whatever they are (after Muła's "SIMD byte lookup",
//! <http://0x80.pl/articles/simd-byte-lookup.html>).
//!
//! All ask for bytes that are to come soon. The processor's own prefetchers stop at every page, and
//! what is searched where it is mapped comes from memory: `-c ERROR` over a mapping takes 0.8 of
//! the time with it (2 threads, 2026-11).

/// How many positions are tested at once.
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
pub(crate) const LANES: usize = 256;

/// How far ahead bytes are asked for: 1 to 4 KiB do as well, 8 KiB less.
#[cfg(target_arch = "x86_64")]
const PREFETCH_BYTES: usize = 2 << 10;

/// How much [`prefetch`] asks for: a few lines of most logs. What follows them the processor asks
/// for by itself. For `-o` and `-n` half of it did as well, for the context of `-C 3` it was not
/// tried (2026-11).
#[cfg(target_arch = "x86_64")]
const SOON_BYTES: usize = 512;

/// How many tests the vector kernels run.
const VECTOR_TESTS_MAX: usize = 3;

/// One byte, or two that differ in one bit, as a letter in both cases does: those that are `value`
/// under `mask`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaskedByte {
    pub(crate) mask: u8,
    pub(crate) value: u8,
}

impl MaskedByte {
    /// What all of `bytes`, each given once, and no others have in common, if they can be told so.
    pub(crate) fn of(mut bytes: impl Iterator<Item = u8>) -> Option<MaskedByte> {
        let first = bytes.next()?;
        let ignored = bytes.next().map_or(0, |second| first ^ second);
        let is_all = bytes.next().is_none() && ignored.count_ones() <= 1;
        is_all.then_some(MaskedByte {
            mask: !ignored,
            value: first & !ignored,
        })
    }
}

/// What the byte `offset` bytes behind a position stands for: a bit for each alternative that may
/// have it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByteTest {
    pub(crate) offset: usize,
    pub(crate) alternatives: Box<[u8; 256]>,
}

impl ByteTest {
    /// The alternatives that may begin at `position`, by this byte.
    pub(crate) fn alternatives_at(&self, bytes: &[u8], position: usize) -> u8 {
        self.alternatives[usize::from(bytes[position + self.offset])]
    }

    /// The byte it is about and the bits that make no difference, if that says it all.
    fn equal(&self) -> Option<Equal> {
        let bytes = (0..=u8::MAX).filter(|&byte| self.alternatives[usize::from(byte)] != 0);
        let MaskedByte { mask, value } = MaskedByte::of(bytes)?;
        Some(Equal {
            offset: self.offset,
            ignored: !mask,
            byte: value | !mask,
        })
    }

    /// Whether there is but one alternative.
    fn is_single(&self) -> bool {
        self.alternatives.iter().all(|&bits| bits <= 1)
    }

    /// Tables for the lower and the upper half of a byte that have a bit in common if the byte is
    /// possible, for one alternative; and whether only then.
    ///
    /// Bytes with equal upper halves form a row, and each row is a set of lower halves. There is a
    /// bit for every set, so this is exact for up to eight different ones; all classes of ASCII
    /// that are in use have fewer.
    fn rows(&self) -> (Halves, bool) {
        let mut halves = Halves {
            offset: self.offset,
            low: [0; 16],
            high: [0; 16],
        };
        let mut sets: Vec<u16> = Vec::new();
        for (upper, row) in self.alternatives.as_chunks::<16>().0.iter().enumerate() {
            let lower = |set: u16, (lower, &bits): (usize, &u8)| set | u16::from(bits & 1) << lower;
            let set = row.iter().enumerate().fold(0, lower);
            if set == 0 {
                continue;
            }
            let nth = sets.iter().position(|&other| other == set);
            let nth = nth.unwrap_or_else(|| {
                sets.push(set);
                sets.len() - 1
            });
            let bit = 1 << nth.min(7);
            halves.high[upper] |= bit;
            for (lower, bits) in halves.low.iter_mut().enumerate() {
                if set >> lower & 1 == 1 {
                    *bits |= bit;
                }
            }
        }
        (halves, sets.len() <= 8)
    }

    /// Tables for the lower and the upper half of a byte that let at least the same bytes pass.
    fn halves(&self) -> Halves {
        let mut halves = Halves {
            offset: self.offset,
            low: [0; 16],
            high: [0; 16],
        };
        for (byte, bits) in self.alternatives.iter().enumerate() {
            halves.low[byte & 15] |= bits;
            halves.high[byte >> 4] |= bits;
        }
        halves
    }
}

/// A byte, but for the bits in `ignored`, which are set in `byte`.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
struct Equal {
    offset: usize,
    ignored: u8,
    byte: u8,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
struct Halves {
    offset: usize,
    low: [u8; 16],
    high: [u8; 16],
}

/// Tests that a position must pass: some alternative must be possible for all of them.
#[derive(Clone, Debug)]
pub(crate) struct Tests {
    all: Vec<ByteTest>,
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    kernel: Kernel,
    /// How many of them the kernel decides, and not only nearly.
    decided: usize,
    /// How many bytes a position has.
    reach: usize,
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
enum Kernel {
    Equal([Equal; 2]),
    /// A bit for each alternative.
    Tables([Halves; VECTOR_TESTS_MAX], usize),
    /// One alternative, and bits for the parts of each class.
    Rows([Halves; VECTOR_TESTS_MAX], usize),
}

/// Whether this machine has the vector instructions: without them other engines are faster.
pub(crate) fn is_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

impl Tests {
    /// The tests, those first that the fewest positions pass; `vector_tests` of them are worth
    /// running everywhere.
    ///
    /// # Panics
    /// Without a test.
    pub(crate) fn new(all: Vec<ByteTest>, vector_tests: usize) -> Tests {
        let reach = all.iter().map(|test| test.offset + 1).max();
        let reach = reach.expect("there is a test");
        let vector_tests = vector_tests.clamp(1, VECTOR_TESTS_MAX.min(all.len()));
        let equal = |nth: usize| all.get(nth).unwrap_or(&all[0]).equal();
        let is_single = all.iter().all(ByteTest::is_single);
        let tables = |of: &dyn Fn(&ByteTest) -> Halves| {
            let mut tables = [of(&all[0]); VECTOR_TESTS_MAX];
            for (halves, test) in tables.iter_mut().zip(&all) {
                *halves = of(test);
            }
            tables
        };
        let (kernel, decided) = match (equal(0), equal(1)) {
            (Some(first), Some(second)) => {
                let decided = if is_single { all.len().min(2) } else { 0 };
                (Kernel::Equal([first, second]), decided)
            }
            _ if is_single => {
                let in_vectors = all.iter().take(vector_tests);
                let decided = in_vectors.take_while(|test| test.rows().1).count();
                let rows = tables(&|test| test.rows().0);
                (Kernel::Rows(rows, vector_tests), decided)
            }
            _ => (Kernel::Tables(tables(&ByteTest::halves), vector_tests), 0),
        };
        Tests {
            all,
            kernel,
            decided,
            reach,
        }
    }

    /// How many tests there are.
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Whether a position passes, which must have all its bytes.
    #[inline]
    pub(crate) fn passes(&self, bytes: &[u8], position: usize) -> bool {
        let mut alternatives = u8::MAX;
        self.all.iter().all(|test| {
            alternatives &= test.alternatives_at(bytes, position);
            alternatives != 0
        })
    }

    /// Whether a position passes that [`Tests::scan`] has visited.
    #[inline]
    pub(crate) fn passes_rest(&self, bytes: &[u8], position: usize) -> bool {
        // What is decided is so for one alternative only.
        self.decided == self.all.len()
            || match self.decided {
                0 => self.passes(bytes, position),
                decided => self.all[decided..]
                    .iter()
                    .all(|test| test.alternatives_at(bytes, position) != 0),
            }
    }

    /// Calls `visit` with the positions from `at` on that pass the vector tests, in ascending
    /// order, and goes on where it says, which is behind the position; None is the end. Such a
    /// position has all its bytes, and may fail other tests: ask [`Tests::passes_rest`] if it
    /// matters.
    #[inline]
    pub(crate) fn scan(
        &self,
        bytes: &[u8],
        mut at: usize,
        mut visit: impl FnMut(usize) -> Option<usize>,
    ) {
        #[cfg(target_arch = "x86_64")]
        if is_available() {
            // SAFETY: the processor has AVX2, as was just seen.
            let next = unsafe { avx2::scan(&self.kernel, bytes, at, self.reach, &mut visit) };
            match next {
                Some(next) => at = next,
                None => return,
            }
        }
        let Some(last) = bytes.len().checked_sub(self.reach) else {
            return;
        };
        while at <= last {
            match self.passes(bytes, at) {
                false => at += 1,
                true => match visit(at) {
                    Some(next) => at = next,
                    None => return,
                },
            }
        }
    }
}

/// How many bytes are `byte`.
pub(crate) fn count(bytes: &[u8], byte: u8) -> usize {
    #[cfg(target_arch = "x86_64")]
    if is_available() {
        // SAFETY: the processor has AVX2, as was just seen.
        return unsafe { avx2::count(bytes, byte) };
    }
    memchr::memchr_iter(byte, bytes).count()
}

/// As memchr, but without a call, and without a branch for each vector, if the byte is one of the
/// next 128: most lines end so soon, and where they do cannot be predicted.
#[inline]
pub(crate) fn find_near(bytes: &[u8], byte: u8) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if let Some(near) = bytes.first_chunk() {
        // SAFETY: every x86-64 processor has SSE2.
        let at = unsafe { sse2::first_of(near, byte) };
        if at < near.len() {
            return Some(at);
        }
    }
    memchr::memchr(byte, bytes)
}

/// Asks for the beginning of `bytes`, a few lines, which will be looked at soon. They are not
/// looked at now, so it does no harm if another process has cut the mapping that they are in.
#[inline]
pub(crate) fn prefetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    {
        let length = bytes.len().min(SOON_BYTES);
        for at in (0..length).step_by(64).chain(length.checked_sub(1)) {
            // SAFETY: every x86-64 processor has SSE.
            unsafe { sse2::prefetch(bytes.as_ptr().wrapping_add(at)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

/// What every x86-64 processor has.
#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::*;

    /// Asks for the cache line at `address`.
    #[inline]
    #[target_feature(enable = "sse")]
    #[allow(
        unused_unsafe,
        clippy::allow_attributes,
        reason = "newer compilers know that it is safe"
    )]
    pub(super) fn prefetch(address: *const u8) {
        // SAFETY: a prefetch may have any address; of one that is not mapped it does nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
    }

    /// Where `byte` is for the first time, or 128.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn first_of(bytes: &[u8; 128], byte: u8) -> usize {
        let wanted = _mm_set1_epi8(byte.cast_signed());
        let mut places = 0_u128;
        for (nth, vector) in bytes.as_chunks::<16>().0.iter().enumerate() {
            // SAFETY: 16 bytes are read, which the array has; no alignment is asked for.
            let vector = unsafe { _mm_loadu_si128(vector.as_ptr().cast()) };
            let bits = _mm_movemask_epi8(_mm_cmpeq_epi8(vector, wanted));
            places |= u128::from(bits.cast_unsigned()) << (16 * nth);
        }
        places.trailing_zeros() as usize
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{Equal, Halves, Kernel, LANES, PREFETCH_BYTES, sse2};

    /// How many positions one vector holds.
    const WIDTH: usize = 32;
    const VECTORS: usize = LANES / WIDTH;

    /// Runs `test` for each vector of each group from `at` on, and for each vector of what is left,
    /// and `visit` for each position that passes. `test` gets where a vector's positions begin, of
    /// which all have `reach` bytes. Returns where the tests ended, for want of bytes; None if
    /// `visit` ended them.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn groups(
        bytes: &[u8],
        mut at: usize,
        reach: usize,
        test: impl Fn(*const u8) -> __m256i,
        visit: &mut impl FnMut(usize) -> Option<usize>,
    ) -> Option<usize> {
        while bytes.len().saturating_sub(at) >= LANES + reach {
            let base = at;
            let mut lanes = [_mm256_setzero_si256(); VECTORS];
            let mut any = _mm256_setzero_si256();
            for (nth, lane) in lanes.iter_mut().enumerate() {
                let start = bytes[base..].as_ptr().wrapping_add(nth * WIDTH);
                if nth % 2 == 0 {
                    let ahead = start.wrapping_add(PREFETCH_BYTES);
                    sse2::prefetch(ahead);
                }
                *lane = test(start);
                any = _mm256_or_si256(any, *lane);
            }
            if _mm256_testz_si256(any, any) == 0 {
                for (nth, lane) in lanes.iter().enumerate() {
                    let mut bits = _mm256_movemask_epi8(*lane).cast_unsigned();
                    while bits != 0 {
                        let position = base + nth * WIDTH + bits.trailing_zeros() as usize;
                        bits &= bits - 1;
                        if position >= at {
                            at = visit(position)?;
                        }
                    }
                }
            }
            at = at.max(base + LANES);
        }
        // What is too short for a group, one vector after the other; the last overlaps the one
        // before.
        let Some(last) = bytes.len().checked_sub(reach + WIDTH - 1) else {
            return Some(at);
        };
        let end = last + WIDTH;
        while at < end {
            let base = at.min(last);
            let mut bits = _mm256_movemask_epi8(test(bytes[base..].as_ptr())).cast_unsigned();
            let next = base + WIDTH;
            while bits != 0 {
                let position = base + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if position >= at {
                    at = visit(position)?;
                }
            }
            at = at.max(next);
        }
        Some(at)
    }

    /// Counts in bytes of a vector, which are added up before they overflow.
    #[target_feature(enable = "avx2")]
    pub(super) fn count(bytes: &[u8], byte: u8) -> usize {
        const VECTORS_MAX: usize = 4 * 255;
        let wanted = _mm256_set1_epi8(byte.cast_signed());
        let zero = _mm256_setzero_si256();
        let mut sums = zero;
        let (vectors, rest) = bytes.as_chunks::<WIDTH>();
        for some in vectors.chunks(VECTORS_MAX) {
            let mut counts = [zero; 4];
            let (fours, rest) = some.as_chunks::<4>();
            for four in fours {
                for line in 0..2 {
                    sse2::prefetch(
                        four.as_ptr()
                            .cast::<u8>()
                            .wrapping_add(PREFETCH_BYTES + 64 * line),
                    );
                }
                for (count, vector) in counts.iter_mut().zip(four) {
                    *count = _mm256_sub_epi8(*count, is(vector, wanted));
                }
            }
            for (count, vector) in counts.iter_mut().zip(rest) {
                *count = _mm256_sub_epi8(*count, is(vector, wanted));
            }
            for count in counts {
                sums = _mm256_add_epi64(sums, _mm256_sad_epu8(count, zero));
            }
        }
        let sums = [
            _mm256_extract_epi64::<0>(sums),
            _mm256_extract_epi64::<1>(sums),
            _mm256_extract_epi64::<2>(sums),
            _mm256_extract_epi64::<3>(sums),
        ];
        let sum: i64 = sums.iter().sum();
        let sum = usize::try_from(sum).expect("no more bytes are counted than there are");
        sum + rest.iter().filter(|&&other| other == byte).count()
    }

    /// Which bytes are the wanted one.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn is(vector: &[u8; WIDTH], wanted: __m256i) -> __m256i {
        // SAFETY: 32 bytes are read, which the array has; no alignment is asked for.
        _mm256_cmpeq_epi8(
            unsafe { _mm256_loadu_si256(vector.as_ptr().cast()) },
            wanted,
        )
    }

    /// The bytes `offset` behind the positions of a vector.
    ///
    /// # Safety
    /// There are 32 bytes to read from `start + offset` on. For a `start` that comes from
    /// [`groups`], and the offset of one of the tests whose `reach` it got, there are: it has seen
    /// that the last position of each vector has `reach` bytes, and `Tests::new` computes `reach`
    /// as the largest offset and one more.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load(start: *const u8, offset: usize) -> __m256i {
        // SAFETY: as the caller promises; no alignment is asked for.
        unsafe { _mm256_loadu_si256(start.wrapping_add(offset).cast()) }
    }

    /// As [`super::Tests::scan`], if there are as many positions as a vector holds.
    #[target_feature(enable = "avx2")]
    pub(super) fn scan(
        kernel: &Kernel,
        bytes: &[u8],
        at: usize,
        reach: usize,
        visit: &mut impl FnMut(usize) -> Option<usize>,
    ) -> Option<usize> {
        match kernel {
            Kernel::Equal(pair) => equal(bytes, at, pair, reach, visit),
            Kernel::Tables([a, ..], 1) => tables::<1, false>(bytes, at, &[*a], reach, visit),
            Kernel::Tables([a, b, ..], 2) => tables::<2, false>(bytes, at, &[*a, *b], reach, visit),
            Kernel::Tables(all, _) => tables::<3, false>(bytes, at, all, reach, visit),
            Kernel::Rows([a, ..], 1) => tables::<1, true>(bytes, at, &[*a], reach, visit),
            Kernel::Rows([a, b, ..], 2) => tables::<2, true>(bytes, at, &[*a, *b], reach, visit),
            Kernel::Rows(all, _) => tables::<3, true>(bytes, at, all, reach, visit),
        }
    }

    #[target_feature(enable = "avx2")]
    fn equal(
        bytes: &[u8],
        at: usize,
        pair: &[Equal; 2],
        reach: usize,
        visit: &mut impl FnMut(usize) -> Option<usize>,
    ) -> Option<usize> {
        let [a, b] = *pair;
        let broadcast = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
        let (a_byte, b_byte) = (broadcast(a.byte), broadcast(b.byte));
        if a.ignored | b.ignored == 0 {
            let test = |start| {
                // SAFETY: `start` comes from `groups`, which got the reach of these tests.
                let a_bytes = unsafe { load(start, a.offset) };
                // SAFETY: as for the other test.
                let b_bytes = unsafe { load(start, b.offset) };
                let a_is = _mm256_cmpeq_epi8(a_bytes, a_byte);
                let b_is = _mm256_cmpeq_epi8(b_bytes, b_byte);
                _mm256_and_si256(a_is, b_is)
            };
            return groups(bytes, at, reach, test, visit);
        }
        let (a_ignored, b_ignored) = (broadcast(a.ignored), broadcast(b.ignored));
        let test = |start| {
            // SAFETY: `start` comes from `groups`, which got the reach of these tests.
            let a_bytes = unsafe { load(start, a.offset) };
            // SAFETY: as for the other test.
            let b_bytes = unsafe { load(start, b.offset) };
            let a_is = _mm256_or_si256(a_bytes, a_ignored);
            let b_is = _mm256_or_si256(b_bytes, b_ignored);
            let a_is = _mm256_cmpeq_epi8(a_is, a_byte);
            let b_is = _mm256_cmpeq_epi8(b_is, b_byte);
            _mm256_and_si256(a_is, b_is)
        };
        groups(bytes, at, reach, test, visit)
    }

    /// The bits of `N` tests must have one in common, or with `ROWS` each test must have one.
    #[target_feature(enable = "avx2")]
    fn tables<const N: usize, const ROWS: bool>(
        bytes: &[u8],
        at: usize,
        tests: &[Halves; N],
        reach: usize,
        visit: &mut impl FnMut(usize) -> Option<usize>,
    ) -> Option<usize> {
        let table = |table: &[u8; 16]| {
            let (low, high) = table.split_at(8);
            let half = |bytes: &[u8]| {
                i64::from_le_bytes(bytes.try_into().expect("half of 16 bytes are 8"))
            };
            _mm256_broadcastsi128_si256(_mm_set_epi64x(half(high), half(low)))
        };
        let tables = tests.map(|test| (test.offset, table(&test.low), table(&test.high)));
        let fifteen = _mm256_set1_epi8(15);
        let zero = _mm256_setzero_si256();
        let test = |start| {
            let mut alternatives = _mm256_set1_epi8(-1);
            let mut failed = zero;
            for (offset, low, high) in tables {
                // SAFETY: `start` comes from `groups`, which got the reach of these tests.
                let byte = unsafe { load(start, offset) };
                let lower = _mm256_and_si256(byte, fifteen);
                let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(byte), fifteen);
                let possible = _mm256_and_si256(
                    _mm256_shuffle_epi8(low, lower),
                    _mm256_shuffle_epi8(high, upper),
                );
                match ROWS {
                    true => failed = _mm256_or_si256(failed, _mm256_cmpeq_epi8(possible, zero)),
                    false => alternatives = _mm256_and_si256(alternatives, possible),
                }
            }
            if !ROWS {
                failed = _mm256_cmpeq_epi8(alternatives, zero);
            }
            _mm256_xor_si256(failed, _mm256_set1_epi8(-1))
        };
        groups(bytes, at, reach, test, visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A test with the bytes of each alternative.
    fn test(offset: usize, alternatives: &[&[u8]]) -> ByteTest {
        let mut all = Box::new([0; 256]);
        for (nth, bytes) in alternatives.iter().enumerate() {
            for &byte in *bytes {
                all[usize::from(byte)] |= 1 << nth;
            }
        }
        ByteTest {
            offset,
            alternatives: all,
        }
    }

    #[test]
    fn every_position_is_visited_that_a_plain_loop_lets_pass() {
        let hash = |n: u32| usize::try_from(n.wrapping_mul(n ^ 0x9e37_79b9) >> 13).unwrap();
        let bytes: Vec<u8> = (0..5000u32)
            .map(|n| match hash(n) {
                letter if letter.is_multiple_of(3) => b"EReRx0"[letter / 3 % 6],
                other => u8::try_from(other / 3 % 256).unwrap(),
            })
            .collect();
        let low: Vec<u8> = (0..100).collect();
        let odd: Vec<u8> = (1..=255).step_by(2).collect();
        // More different rows than there are bits.
        let scattered: Vec<u8> = (0..=255).filter(|byte| byte % 17 < byte / 16).collect();
        let sets = [
            vec![test(0, &[b"E"])],
            vec![test(0, &[b"E"]), test(3, &[b"R"])],
            vec![test(2, &[b"eE"]), test(0, &[b"rR"])],
            vec![test(1, &[&low, b"x"])],
            vec![test(0, &[&low, &odd]), test(7, &[&low, &odd])],
            vec![test(1, &[&odd]), test(2, &[b"EReRx"]), test(0, &[b"Ex"])],
            vec![test(3, &[&scattered]), test(1, &[&odd]), test(2, &[&low])],
            vec![
                test(4, &[&odd]),
                test(1, &[b"0123456789\x80\xff", b"abc"]),
                test(0, &[&low]),
                test(9, &[&odd, &low]),
            ],
        ];
        for all in sets {
            let passes = |at: usize| {
                (0..8).any(|bit| {
                    all.iter().all(|test| {
                        let byte = bytes[at + test.offset];
                        test.alternatives[usize::from(byte)] >> bit & 1 == 1
                    })
                })
            };
            for vector_tests in 1..=all.len() {
                let tests = Tests::new(all.clone(), vector_tests);
                for (from, length, step) in [
                    (0, 5000, 1),
                    (77, 4000, 1),
                    (0, 5000, 40),
                    (0, 200, 1),
                    (0, 3, 1),
                ] {
                    let bytes = &bytes[..length];
                    let mut want = Vec::new();
                    let mut at = from;
                    while at + tests.reach <= length {
                        match passes(at) {
                            true => {
                                want.push(at);
                                at += step;
                            }
                            false => at += 1,
                        }
                    }
                    let mut got = Vec::new();
                    tests.scan(bytes, from, |at| match tests.passes_rest(bytes, at) {
                        true => {
                            got.push(at);
                            Some(at + step)
                        }
                        false => Some(at + 1),
                    });
                    assert_eq!(got, want, "{tests:?} from {from} of {length}");
                    assert!(length < 4000 || !want.is_empty());
                }
            }
        }
    }

    #[test]
    fn a_visit_ends_the_scan() {
        for length in [300, 3000] {
            let bytes = vec![b'E'; length];
            let tests = Tests::new(vec![test(0, &[b"E"])], 1);
            let mut visits = Vec::new();
            tests.scan(&bytes, 0, |at| {
                visits.push(at);
                (visits.len() < 3).then_some(at + 100)
            });
            assert_eq!(visits, [0, 100, 200]);
            tests.scan(&bytes, length, |_| panic!("there is nothing"));
            tests.scan(&[], 0, |_| panic!("there is nothing"));
        }
    }

    #[test]
    fn bytes_are_counted_however_many_there_are() {
        for length in [0_usize, 1, 31, 32, 33, 127, 128, 1000, 40_000] {
            for step in [1, 3, 100] {
                let bytes: Vec<u8> = (0..length).map(|n| u8::from(n % step == 0)).collect();
                assert_eq!(count(&bytes, 1), length.div_ceil(step), "{length} {step}");
            }
        }
    }

    #[test]
    fn a_byte_is_found_wherever_it_is() {
        for length in [0, 1, 127, 128, 129, 300] {
            let mut bytes = vec![b'.'; length];
            assert_eq!(find_near(&bytes, b'x'), None);
            for at in (0..length).rev() {
                bytes[at] = b'x';
                assert_eq!(find_near(&bytes, b'x'), Some(at), "of {length}");
            }
        }
    }

    #[test]
    fn classes_of_ascii_are_decided_by_the_tables() {
        let not_words: Vec<u8> = (0..=255)
            .filter(|byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'_')
            .collect();
        let scattered: Vec<u8> = (0..=255).filter(|byte| byte % 17 < byte / 16).collect();
        for (class, is_exact) in [
            (not_words, true),
            (b"0123456789".to_vec(), true),
            (scattered, false),
        ] {
            let (halves, exact) = test(0, &[&class]).rows();
            assert_eq!(exact, is_exact);
            for byte in 0..=255 {
                let bits = halves.low[usize::from(byte & 15)] & halves.high[usize::from(byte >> 4)];
                let is_possible = class.contains(&byte);
                assert!(bits != 0 || !is_possible, "{byte} is not let pass");
                assert!(!exact || (bits != 0) == is_possible, "{byte}");
            }
        }
    }

    #[test]
    fn a_letter_in_both_cases_is_one_comparison() {
        assert!(test(0, &[b"eE"]).equal().is_some());
        assert!(test(0, &[b"e"]).equal().is_some());
        assert!(test(0, &[b"ef"]).equal().is_none(), "two bits differ");
        assert!(test(0, &[b"eEf"]).equal().is_none());
        assert!(test(0, &[]).equal().is_none());
    }
}
