//! Ids that look like WeChat's; the same seed and the same calls give the same ids.

pub(crate) struct Ids {
    rng: fastrand::Rng,
    serial: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), serial: 0 }
    }

    /// A counter for what is numbered in the order of its making.
    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// 19 digits: a message, a friendship, an invitation, of one phone. The last six count, so none repeats.
    pub(crate) fn of_phone(&mut self) -> String {
        let serial = self.serial() % 1_000_000;
        format!("{:013}{serial:06}", self.rng.u64(1_000_000_000_000..10_000_000_000_000))
    }

    pub(crate) fn room(&mut self) -> String {
        format!("{}@chatroom", self.rng.u64(10_000_000_000..100_000_000_000))
    }

    pub(crate) fn uuid(&mut self) -> String {
        let bits = self.rng.u128(..);
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            (bits >> 96) as u32,
            (bits >> 80) as u16,
            (bits >> 68) as u16 & 0xfff,
            (bits >> 48) as u16 & 0x3fff | 0x8000,
            bits & 0xffff_ffff_ffff
        )
    }

    pub(crate) fn phone_number(&mut self) -> String {
        format!("13{:09}", self.rng.u32(0..1_000_000_000))
    }
}
