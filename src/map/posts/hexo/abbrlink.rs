//! hexo-abbrlink: short numbers from titles.

/// CRC-16/ARC over the UTF-8 of a title.
pub(super) fn crc16(text: &str) -> u16 {
    text.bytes().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u16::from(byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xA001 } else { sum >> 1 })
    })
}

/// CRC-32 (IEEE) over the UTF-8 of a title.
pub(super) fn crc32(text: &str) -> u32 {
    let sum = text.bytes().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(byte),
            |sum, _| {
                if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 }
            },
        )
    });
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_both_sums() {
        assert_eq!(crc16("123456789"), 0xBB3D);
        assert_eq!(crc32("123456789"), 0xCBF4_3926);
        assert_eq!(crc16(""), 0);
    }
}
