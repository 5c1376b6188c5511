//! Describes the machine, as Windows does.

use std::{ffi::c_void, fs::File, os::windows::io::AsRawHandle, ptr};

use windows_sys::{
    Wdk::System::SystemServices::RtlGetVersion,
    Win32::{
        Storage::FileSystem::GetVolumeInformationByHandleW,
        System::{
            Registry::{HKEY_LOCAL_MACHINE, RRF_RT_REG_SZ, RegGetValueW},
            SystemInformation::{GlobalMemoryStatusEx, MEMORYSTATUSEX, OSVERSIONINFOW},
        },
    },
    w,
};

/// The largest length of a text that is asked for.
const TEXT_UNITS: usize = 256;

/// Returns the model of the processor, from the registry.
pub(crate) fn processor() -> Option<String> {
    let mut units = [0u16; TEXT_UNITS];
    let mut bytes = u32::try_from(size_of_val(&units)).ok()?;
    // SAFETY: both names are constant and end with a zero; `units` is valid for writes of `bytes`
    // bytes.
    let code = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            w!("HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0"),
            w!("ProcessorNameString"),
            RRF_RT_REG_SZ,
            ptr::null_mut(),
            units.as_mut_ptr().cast::<c_void>(),
            &raw mut bytes,
        )
    };
    (code == 0)
        .then(|| text(&units))
        .filter(|text| !text.is_empty())
}

/// Returns how much memory there is.
pub(crate) fn memory_bytes() -> Option<u64> {
    let mut status = MEMORYSTATUSEX {
        dwLength: u32::try_from(size_of::<MEMORYSTATUSEX>()).ok()?,
        ..Default::default()
    };
    // SAFETY: `status` is valid for writes of its own length, which it says.
    let done = unsafe { GlobalMemoryStatusEx(&raw mut status) };
    (done != 0).then_some(status.ullTotalPhys)
}

/// Returns the version of Windows.
pub(crate) fn kernel() -> Option<String> {
    let mut version = OSVERSIONINFOW {
        dwOSVersionInfoSize: u32::try_from(size_of::<OSVERSIONINFOW>()).ok()?,
        ..Default::default()
    };
    // SAFETY: `version` is valid for writes of its own length, which it says.
    let status = unsafe { RtlGetVersion(&raw mut version) };
    (status == 0).then(|| {
        format!(
            "Windows {}.{}.{}",
            version.dwMajorVersion, version.dwMinorVersion, version.dwBuildNumber
        )
    })
}

/// Returns `None`: Windows uses huge pages where a program asks for them, and for no mapped file.
pub(crate) fn huge_pages() -> Option<String> {
    None
}

/// Returns the kind of file system that a file is on.
pub(crate) fn file_system(file: &File) -> Option<String> {
    let mut units = [0u16; TEXT_UNITS];
    // SAFETY: the handle is open while `file` is borrowed; `units` is valid for writes of so many
    // units, and what is null is not wanted.
    let done = unsafe {
        GetVolumeInformationByHandleW(
            file.as_raw_handle(),
            ptr::null_mut(),
            0,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            units.as_mut_ptr(),
            u32::try_from(TEXT_UNITS).ok()?,
        )
    };
    (done != 0).then(|| text(&units))
}

/// Returns the text before the first zero.
fn text(units: &[u16]) -> String {
    let end = units.iter().position(|&unit| unit == 0);
    let text = String::from_utf16_lossy(&units[..end.unwrap_or(units.len())]);
    text.trim().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_describes_its_machine() {
        assert!(memory_bytes().unwrap() > 1 << 20);
        assert!(kernel().unwrap().starts_with("Windows "));
        assert!(processor().is_some());
    }
}
